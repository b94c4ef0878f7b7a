#!/usr/bin/env bash
# Further authorities go into Java's own store when that is asked for; then the command.
set -e
if [ -n "${USE_SYSTEM_CA_CERTS:-}" ]; then
    for certificate in /certificates/*; do
        [ -e "$certificate" ] || continue
        keytool -import -noprompt -alias "$(basename "$certificate")" -file "$certificate" -cacerts -storepass changeit
    done
fi
exec "$@"
