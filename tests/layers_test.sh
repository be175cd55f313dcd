#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A folder of lib/ may include only the internal headers of itself and of the folders below it: with
# the include path of its Makefile, every upward include must fail to compile, every downward one
# must work.
. "$srcdir/support/tap.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
layers="base value cel model fleet place compose reconcile"

# compiles LAYER HEADER: does a file of LAYER that includes HEADER compile?
compiles()
{
    echo "#include \"$2\"" >"$work/try.c"
    flags=$(make -s -C "$top_builddir/lib/$1" -f Makefile -f "$work/flags.mk" print-flags) || return 2
    (cd "$top_builddir/lib/$1" && $CC -std=c11 -fsyntax-only $flags "$work/try.c" -I"$top_srcdir/lib/$1")
}
printf 'print-flags:\n\t@echo $(AM_CPPFLAGS)\n' >"$work/flags.mk"

not()
{
    ! "$@" 2>/dev/null
}

for layer in $layers; do
    seen=
    for other in $layers; do
        header=$top_srcdir/lib/$other/${other}_internal.h
        if [ -e "$header" ]; then
            if [ -z "$seen" ]; then
                ok "$layer may include $other" compiles "$layer" "${other}_internal.h"
            else
                ok "$layer cannot include $other" not compiles "$layer" "${other}_internal.h"
            fi
        fi
        [ "$other" = "$layer" ] && seen=1
    done
done
tap_done
