#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The examples in Go: examples/go-plan on the example fleet, and examples/crossplane-function, served on
# loopback and asked over gRPC.  Their modules come from Go's module cache or from the network.
. "$srcdir/support/tap.sh"
. "$srcdir/support/go.sh"

[ -z "$go_sanitizer" ] || go_missing="the library is instrumented"
[ -z "$short" ] || go_missing="only where MP_TEST_SCALE is 100"

# usable DIR NAME: goes there; false, and the test is skipped, where it cannot be built.
usable()
{
    cd "$top_srcdir/examples/$1" || exit 99
    if [ -n "$go_missing" ]; then
        skip "$2" "$go_missing"
    elif ! go mod download >"$work/log" 2>&1; then
        skip "$2" "its modules cannot be had: $(tail -n 1 "$work/log" | cut -c1-100)"
    else
        return 0
    fi
    return 1
}

# The replicas in a table, with their clusters.
replicas()
{
    grep -o '[a-z][-a-z0-9]*-[0-9a-f]\{5\}  *[a-z][-a-z0-9]*' | tr -s ' ' | LC_ALL=C sort
}

same_plan()
{
    go run . ../fleet >"$work/table" && replicas <"$work/table" >"$work/got" &&
        replicas <"$srcdir/data/cli/plan-fleet.txt" >"$work/want" && [ -s "$work/want" ] &&
        diff "$work/want" "$work/got"
}

if usable go-plan "a plan of YAML files in Go"; then
    ok "go vet finds nothing in go-plan" go vet ./...
    ok "go-plan plans as the command does" same_plan
fi
if usable crossplane-function "the composition function in Go"; then
    ok "go vet finds nothing in it" go vet ./...
    go_test function .
fi
tap_done
