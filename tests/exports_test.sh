#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The shared library exports what lib/modelplane.exports lists, which is what the headers declare, and
# needs nothing but libc.
. "$srcdir/support/tap.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
library=$top_builddir/lib/.libs/libmodelplane.so
list=$top_srcdir/lib/modelplane.exports

declared()
{
    sh "$top_srcdir/lib/exports.sh" "$top_srcdir"/include/modelplane/*.h \
        "$top_srcdir/include/modelplane/version.h.in" >"$work/declared"
    diff "$work/declared" "$list"
}

named()
{
    ! grep -v '^mp_[a-z]' "$list"
}

exported()
{
    nm -D --defined-only "$library" | awk '{ print $3 }' | LC_ALL=C sort >"$work/exported"
    diff "$work/exported" "$list"
}

needed()
{
    ! objdump -p "$library" | awk '$1 == "NEEDED" { print $2 }' | grep -v '^libc\.'
}

# Whatever is undefined in the library comes from libc.
defined()
{
    echo 'int main(void) { return 0; }' >"$work/main.c"
    $CC "$work/main.c" -o "$work/main" "$library"
}

ok "the list of exports is what the headers declare (else: make update-exports)" declared
ok "every exported name begins with mp_" named
if [ ! -e "$library" ]; then
    reason="no shared library in this build"
elif [ -n "$MP_INSTRUMENTED" ]; then
    reason="an instrumented library exports and needs more"
else
    reason=
fi
check()
{
    if [ -n "$reason" ]; then
        skip "$1" "$reason"
    else
        ok "$@"
    fi
}
check "nm -D equals the list of exports" exported
check "the library needs libc alone" needed
check "no symbol of the library is left undefined" defined
tap_done
