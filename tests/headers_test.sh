#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every public header compiles alone, as C11 and as C++17, without a warning; versions agree.
. "$srcdir/support/tap.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
include="-I$top_srcdir/include -I$top_builddir/include"
warnings="-Wall -Wextra -Wpedantic -Wshadow -Werror"

for header in "$top_srcdir"/include/modelplane/*.h "$top_builddir"/include/modelplane/version.h; do
    name=modelplane/$(basename "$header")
    echo "#include <$name>" >"$work/alone.c"
    cp "$work/alone.c" "$work/alone.cc"
    ok "<$name> alone as C11" $CC -std=c11 $warnings $include -fsyntax-only "$work/alone.c"
    if command -v ${CXX%% *} >/dev/null 2>&1; then
        ok "<$name> alone as C++17" $CXX -std=c++17 $warnings $include -fsyntax-only "$work/alone.cc"
    else
        skip "<$name> alone as C++17" "no C++ compiler"
    fi
done

included()
{
    for header in "$top_srcdir"/include/modelplane/*.h; do
        name=$(basename "$header")
        [ "$name" = modelplane.h ] || [ "$name" = version.h ] ||
            grep -q "<modelplane/$name>" "$top_srcdir/include/modelplane/modelplane.h" ||
            { echo "$name is not in modelplane.h"; return 1; }
    done
}
ok "modelplane.h includes every header" included
tap_done
