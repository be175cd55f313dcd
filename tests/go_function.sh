#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# examples/crossplane-function: served on loopback and asked over gRPC.  Its modules come from Go's
# module cache or from the network.
. "$srcdir/support/tap.sh"
. "$srcdir/support/go.sh"

cd "$top_srcdir/examples/crossplane-function" || exit 99
name="the composition function in Go"
if [ -n "$go_missing" ]; then
    skip "$name" "$go_missing"
elif [ -n "$go_sanitizer" ]; then
    skip "$name" "the library is instrumented"
elif [ -n "$short" ]; then
    skip "$name" "only where MP_TEST_SCALE is 100"
elif ! go mod download >"$work/log" 2>&1; then
    skip "$name" "its modules cannot be had: $(tail -n 1 "$work/log" | cut -c1-100)"
else
    ok "go vet finds nothing in it" go vet ./...
    go_test function .
fi
tap_done
