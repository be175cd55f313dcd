#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Where Go is installed: fresh random patterns and texts, as Go's regexp sees them, through
# regex_cases.
name="patterns at random agree with Go's regexp"
echo 1..1
if ! go version >/dev/null 2>&1; then
    echo "ok 1 - $name # SKIP go is not installed"
    exit 0
fi
dir=$(mktemp -d) || exit 99
trap 'rm -rf "$dir"' EXIT
GOCACHE=$dir/cache GOFLAGS=-mod=mod GO111MODULE=off GOTOOLCHAIN=local
export GOCACHE GOFLAGS GO111MODULE GOTOOLCHAIN
if ! go build -o "$dir/cases" "$srcdir/regex_cases.go" 2>"$dir/log"; then
    sed 's/^/# /' "$dir/log"
    echo "ok 1 - $name # SKIP the go that is installed does not build regex_cases.go"
    exit 0
fi
"$dir/cases" -only -seed 20 -random 20000 >"$dir/cases.txt"
if "$builddir/regex_cases" "$dir/cases.txt" | sed 's/^/# /' >"$dir/log" &&
    grep -q '^# ok 1 ' "$dir/log"; then
    echo "ok 1 - $name"
else
    echo "not ok 1 - $name"
fi
grep -v '^# 1\.\.' "$dir/log"
exit 0
