#!/bin/sh
# An option, or what is no program, is for node.
set -e
case "${1:-}" in
-*) set -- node "$@" ;;
*) command -v "${1:-node}" >/dev/null || set -- node "$@" ;;
esac
exec "$@"
