#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What the Go binding costs over C, as JSON lines; nothing where Go is not installed.
: "${top_srcdir:?}" "${top_builddir:?}"
. "$top_srcdir/tests/support/go.sh"

[ -z "$go_missing$go_sanitizer" ] || {
    echo "no figures of the Go binding: ${go_missing:-the library is instrumented}" >&2
    exit 0
}
cd "$top_srcdir/bindings/go" || exit 1
go test -count=1 -run XXX -bench . -benchtime 50x . >"$work/out" 2>&1 || {
    cat "$work/out" >&2
    exit 1
}
awk '/^Benchmark/ {
    name = $1
    sub(/^Benchmark/, "", name)
    sub(/-[0-9]*$/, "", name)
    printf "{\"bench\": \"go.%s\"", tolower(name)
    for (i = 3; i < NF; i += 2) {
        unit = $(i + 1)
        gsub(/[^A-Za-z]/, "_", unit)
        printf ", \"%s\": %s", unit, $i
    }
    print "}"
}' "$work/out"
