#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What git tracks is what a release archive holds, so nothing is forgotten in an EXTRA_DIST.
. "$srcdir/support/tap.sh"

work=$(mktemp -d)
archive=archive_test.$$
trap 'chmod -R u+w "$top_builddir/$archive" 2>/dev/null; rm -rf "$work" "$top_builddir/$archive"' EXIT

# Not for a release archive.
only_git='^\.gitignore$'

whole()
{
    make -s -C "$top_builddir" distdir distdir="$archive" >"$work/make.log" 2>&1 || {
        tail -n 20 "$work/make.log"
        return 1
    }
    git -C "$top_srcdir" ls-files | grep -v "$only_git" | LC_ALL=C sort >"$work/tracked"
    (cd "$top_builddir/$archive" && find . ! -type d | sed 's|^\./||') | LC_ALL=C sort >"$work/archived"
    missing=$(LC_ALL=C comm -23 "$work/tracked" "$work/archived")
    [ -z "$missing" ] || {
        echo "tracked, but not in the archive:"
        echo "$missing"
        return 1
    }
}

name="a release archive holds every file that git tracks"
if [ "$(git -C "$top_srcdir" rev-parse --show-toplevel 2>/dev/null)" = "$(cd "$top_srcdir" && pwd -P)" ]; then
    ok "$name" whole
else
    skip "$name" "not a git checkout"
fi
tap_done
