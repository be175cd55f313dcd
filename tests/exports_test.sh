#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The shared library exports what lib/modelplane.exports lists, which is what the headers declare, and
# needs nothing but libc.
. "$srcdir/support/tap.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
library=$top_builddir/lib/.libs/libmodelplane.so

declared()
{
    cat "$top_srcdir"/include/modelplane/*.h "$top_srcdir"/include/modelplane/version.h.in |
        sed -n 's/^MP_API.*[ *]\(mp_[a-z0-9_]*\)(.*/\1/p' | LC_ALL=C sort -u >"$work/declared"
    diff "$work/declared" "$top_srcdir/lib/modelplane.exports"
}
ok "the list of exports is what the headers declare (else: make update-exports)" declared

exported()
{
    nm -D --defined-only "$library" | awk '{ print $3 }' | LC_ALL=C sort >"$work/exported"
    diff "$work/exported" "$top_srcdir/lib/modelplane.exports"
}

needed()
{
    objdump -p "$library" | awk '$1 == "NEEDED" { print $2 }' | grep -v '^libc\.so' >"$work/needed"
    if [ -s "$work/needed" ]; then
        cat "$work/needed"
        return 1
    fi
}

if [ ! -e "$library" ]; then
    skip "nm -D equals the list of exports" "no shared library in this build"
    skip "the library needs libc alone" "no shared library in this build"
elif [ -n "$MP_SANITIZERS" ]; then
    skip "nm -D equals the list of exports" "an instrumented library exports more"
    skip "the library needs libc alone" "an instrumented library needs more"
else
    ok "nm -D equals the list of exports" exported
    ok "the library needs libc alone" needed
fi
tap_done
