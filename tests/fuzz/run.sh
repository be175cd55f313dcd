#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# run.sh BUILD-DIR-OF-TESTS SECONDS: builds every fuzz target there and runs each on its seeds.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
build=$(CDPATH='' cd -- "$1" && pwd)
seconds=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

failed=0
for source in "$here"/*_fuzz.c; do
    name=$(basename "$source" .c)
    make -s -C "$build" "$name" || exit 1
    mkdir -p "$work/$name"
    echo "$name: $seconds s"
    if ! (cd "$work" && "$build/$name" -seed=1 -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
        -verbosity=0 -print_final_stats=1 "$work/$name" "$here/${name%_fuzz}") >"$work/$name.log" 2>&1; then
        tail -n 40 "$work/$name.log"
        echo "$name: FAILED"
        failed=1
    fi
    sed -n 's/^stat::number_of_executed_units: */  executions /p' "$work/$name.log"
done
exit $failed
