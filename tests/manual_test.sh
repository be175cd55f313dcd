#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The manual pages: they format without a warning, name what is there, and their program runs.
. "$srcdir/support/tap.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
page=$top_srcdir/doc/libmodelplane.3

formats()
{
    for manual in "$top_srcdir/doc/modelplane.1" "$page"; do
        groff -man -ww -Tutf8 "$manual" >/dev/null 2>"$work/said"
        grep . "$work/said" && return 1
    done
    return 0
}

# Every function and constant that the page names is declared; every public header is named.
names()
{
    sed 's/\\-/-/g' "$page" >"$work/page"
    for name in $(grep -oE '\bmp_[a-z0-9_]+|\bMP_[A-Z0-9_]+' "$work/page" | grep -v '_$' | sort -u); do
        grep -qwF "$name" "$top_srcdir"/include/modelplane/*.h "$top_srcdir"/include/modelplane/*.in || {
            echo "no header has $name"
            return 1
        }
    done
    for header in "$top_srcdir"/include/modelplane/*.h; do
        grep -qF "modelplane/$(basename "$header")" "$work/page" || {
            echo "the page does not name $header"
            return 1
        }
    done
}

# The first example of the page, compiled as it stands there.
program()
{
    sed -n '/^\.EX$/,/^\.EE$/p' "$page" | sed '/^\.E[XE]$/d; s/\\e/\\/g; s/\\-/-/g' >"$work/program.c"
    "$top_builddir/libtool" --silent --tag=CC --mode=link $CC $MP_INSTRUMENTED -std=c11 -Wall -Wextra \
        -Werror -I"$top_srcdir/include" -I"$top_builddir/include" "$work/program.c" -o "$work/program" \
        "$top_builddir/lib/libmodelplane.la" || return 1
    said=$("$work/program")
    echo "$said"
    [ "$said" = "placed: l4 on west" ] && grep -qF "$said" "$page"
}

if command -v groff >/dev/null 2>&1 && [ -e "$(find /usr/share/groff -name an.tmac 2>/dev/null | head -n 1)" ]; then
    ok "the manual pages format without a warning" formats
else
    skip "the manual pages format without a warning" "no groff"
fi
ok "libmodelplane(3) names every header, and nothing that is not there" names
ok "the program of libmodelplane(3) compiles and says what the page says" program
tap_done
