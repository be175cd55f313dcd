#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The Go binding: its tests, which run the project's own cases, as they are and under the race detector.
. "$srcdir/support/tap.sh"
. "$srcdir/support/go.sh"

formatted()
{
    files=$(gofmt -l .)
    [ -z "$files" ] || {
        echo "not as gofmt has it: $files"
        return 1
    }
}

if [ -n "$go_missing" ]; then
    skip "the Go binding" "$go_missing"
    tap_done
fi
cd "$top_srcdir/bindings/go" || exit 99
ok "gofmt changes nothing" formatted
ok "go vet finds nothing" go vet ./...
GODEBUG=cgocheck=1
export GODEBUG

# try FLAG: whether tests can be built with it here.
try()
{
    go test "$1" -run XXX . >"$work/try" 2>&1
}

if [ -n "$go_sanitizer" ]; then
    if try "$go_sanitizer"; then
        go_test "go $go_sanitizer" "$go_sanitizer" -short ./...
    else
        skip "the Go binding under the address sanitizer" "$(tail -n 1 "$work/try")"
    fi
    tap_done
fi
# shellcheck disable=SC2086
go_test go $short ./...
if [ -n "$short" ]; then
    skip "the Go binding under the race detector" "only where MP_TEST_SCALE is 100"
elif try -race; then
    go_test "go -race" -race -short ./...
else
    skip "the Go binding under the race detector" "$(tail -n 1 "$work/try")"
fi
tap_done
