#!/bin/bash
set -euo pipefail
export STARTED_BY="$(basename "$0")"
mkdir -p run
printf 'greeting=%s\n' "${GREETING^^}" > run/settings
exec ./server "$@"
