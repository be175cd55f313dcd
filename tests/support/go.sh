# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
#
# Sourced by the tests of Go modules: has pkg-config find the library of the build tree.
#
#   go_missing            why Go cannot be used here; empty if it can
#   go_sanitizer          the flag that builds for an instrumented library; empty if it is not
#   go_test NAME ARG...   a TAP line for every test of go test -v ARG...
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT

go_missing=
go_sanitizer=
if ! go version >"$work/version" 2>&1; then
    go_missing="go is not installed"
elif ! ${PKG_CONFIG:-pkg-config} --version >/dev/null 2>&1; then
    go_missing="pkg-config is not installed"
fi

case $MP_INSTRUMENTED in
'') ;;
*address*) go_sanitizer=-asan ;;
*) go_missing="the library is built with $MP_INSTRUMENTED" ;;
esac

# A static library is linked by its name: there may be an older shared one elsewhere.
libs="$top_builddir/lib/.libs"
if [ -e "$libs/libmodelplane.so" ]; then
    link="-L$libs -lmodelplane -Wl,-rpath,$libs"
else
    link="$libs/libmodelplane.a"
fi
case $MP_INSTRUMENTED in
*undefined*) link="$link -lubsan" ;;
esac
cat >"$work/modelplane.pc" <<END
Name: modelplane
Description: the library in its build tree
Version: 0
Libs: $link
Cflags: -I$top_srcdir/include -I$top_builddir/include
END
# Go's cache does not look into headers and libraries, so that what they hold goes into the flags.
sum=$(cat "$top_srcdir"/include/modelplane/*.h "$libs"/libmodelplane.* 2>/dev/null | cksum | tr ' ' _)
PKG_CONFIG_PATH=$work PKG_CONFIG=${PKG_CONFIG:-pkg-config} CGO_ENABLED=1
CGO_CFLAGS="-O2 -g -DMP_SUM=$sum" MP_TOP_SRCDIR=$top_srcdir
# No workspace around the tree counts, and git, which may not trust the tree, is not asked.
GOWORK=off GO111MODULE=on GOFLAGS="${GOFLAGS-} -buildvcs=false"
export PKG_CONFIG_PATH PKG_CONFIG CGO_ENABLED CGO_CFLAGS MP_TOP_SRCDIR GOWORK GO111MODULE GOFLAGS
[ -n "$(go env GOCACHE 2>/dev/null)" ] || {
    GOCACHE=$work/cache
    export GOCACHE
}

short=
[ "${MP_TEST_SCALE:-100}" -ge 100 ] || short=-short

go_test()
{
    prefix=$1
    shift
    go test -count=1 -v "$@" >"$work/out" 2>&1
    status=$?
    awk -v prefix="$prefix" -v n="$tap_count" '
        /^ *--- (PASS|FAIL|SKIP): / {
            n++
            print ($2 == "FAIL:" ? "not ok " : "ok ") n " - " prefix ": " $3 ($2 == "SKIP:" ? " # SKIP " why : "")
        }
        { why = $0; sub(/^ *[^ ]*: /, "", why) }' "$work/out" >"$work/tap"
    cat "$work/tap"
    tap_count=$((tap_count + $(grep -c . "$work/tap")))
    [ $status = 0 ] || {
        grep -v '^ *\(=== RUN\|--- PASS\)' "$work/out" | sed 's/^/# /' | head -n 60
    }
    ok "$prefix: go test succeeds" test $status = 0
}
