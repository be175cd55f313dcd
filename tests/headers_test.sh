#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every public header compiles alone, as C11 and as C++17, without a warning; the umbrella has them all.
. "$srcdir/support/tap.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
include="-I$top_srcdir/include -I$top_builddir/include"
warnings="-Wall -Wextra -Wpedantic -Wshadow -Werror"
umbrella=$top_srcdir/include/modelplane/modelplane.h
headers=$(cd "$top_srcdir/include/modelplane" && ls *.h *.h.in | sed 's/\.in$//' | LC_ALL=C sort -u)

included()
{
    for header in $headers; do
        [ "$header" = modelplane.h ] || grep -q "^#include <modelplane/$header>$" "$umbrella" || {
            echo "$header is not in modelplane.h"
            return 1
        }
    done
}

guarded()
{
    for header in $headers; do
        file=$top_srcdir/include/modelplane/$header
        [ -e "$file" ] || file=$file.in
        ! grep -n '^ *# *include *["<]\(config\|.*_internal\)\.h' "$file" || return 1
        [ "$header" = modelplane.h ] || grep -q '^extern "C" {$' "$file" || {
            echo "$header has no extern \"C\""
            return 1
        }
    done
}

# Every public limit has its line in doc/limits.md, with the value that the header has.
limits()
{
    status=0
    for name in $(sed -n 's/^#define \(MP_[A-Z_]*_\(MAX\|SIZE\|BUDGET_DEFAULT\)\) .*/\1/p' \
        "$top_srcdir"/include/modelplane/*.h); do
        value=$(sed -n "s/^#define $name \(UINT64_C(\)\{0,1\}\([0-9]*\).*/\2/p" \
            "$top_srcdir"/include/modelplane/*.h)
        grep -q "^| \`$name\` | ${value:-64 MiB}\( \||\)" "$top_srcdir/doc/limits.md" || {
            echo "doc/limits.md does not have $name with ${value:-its value}"
            status=1
        }
    done
    return $status
}

if command -v ${CXX%% *} >/dev/null 2>&1; then
    have_cxx=1
else
    have_cxx=
fi
for header in $headers; do
    echo "#include <modelplane/$header>" >"$work/alone.c"
    cp "$work/alone.c" "$work/alone.cc"
    ok "<modelplane/$header> alone as C11" $CC -std=c11 $warnings $include -fsyntax-only "$work/alone.c"
    if [ -n "$have_cxx" ]; then
        ok "<modelplane/$header> alone as C++17" $CXX -std=c++17 $warnings $include -fsyntax-only \
            "$work/alone.cc"
    else
        skip "<modelplane/$header> alone as C++17" "no C++ compiler"
    fi
done
ok "modelplane.h includes every header" included
ok "doc/limits.md has every public limit" limits
ok "no header shows an internal one, and all are C++-safe" guarded
tap_done
