#!/usr/bin/env bash
set -eu
jq -r '.[] | [.who, .sum] | @tsv' "$1" | gawk '{ sums[$1] += $2 } END { for (who in sums) printf "%s\t%.2f\n", who, sums[who] }'
