#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A folder of lib/ may include only the internal headers of itself and of the folders below it: with
# the include path of its Makefile, every downward include must compile and every upward one must not
# be found.  And what verifies the scheduler calls none of its functions.
. "$srcdir/support/tap.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
layers="base value cel model fleet place compose reconcile"
LC_ALL=C
export LC_ALL
printf 'print-flags:\n\t@echo flags: $(DEFAULT_INCLUDES) $(AM_CPPFLAGS)\n' >"$work/flags.mk"

# compiles LAYER HEADER: does a file of LAYER that includes HEADER compile?
compiles()
{
    echo "#include \"$2\"" >"$work/try.c"
    (cd "$top_builddir/lib/$1" && $CC -std=c11 -fsyntax-only $flags "$work/try.c")
}

not_found()
{
    compiles "$@" >"$work/said" 2>&1 && return 1
    cat "$work/said"
    grep -q "$2.*\(No such file\|not found\)" "$work/said"
}

no_detours()
{
    ! grep -n '^ *# *include.*\.\./' "$top_srcdir"/lib/*/*.[ch] "$top_srcdir"/lib/*.c
}

# symbols LETTERS OBJECT...: our functions of these kinds, as nm names them
symbols()
{
    kinds=$1
    shift
    nm "$@" 2>/dev/null | sed -n "s/^.* [$kinds] _*\(mp_[A-Za-z0-9_]*\)\$/\1/p" | sort -u
}

# The folder of the objects of a layer that was built.
objects()
{
    [ -e "$top_builddir/lib/$1/.libs/check.o" ] && echo "$top_builddir/lib/$1/.libs" ||
        echo "$top_builddir/lib/$1"
}

checker_stands_alone()
{
    dir=$(objects place)
    symbols U "$dir"/check.o "$dir"/proof.o >"$work/called"
    for object in "$dir"/*.o; do
        case $object in
        */check.o | */proof.o) ;;
        *) symbols TDBR "$object" ;;
        esac
    done | sort -u >"$work/theirs"
    [ -s "$work/called" ] && [ -s "$work/theirs" ] || {
        echo "nm shows nothing of $dir"
        return 1
    }
    ! comm -12 "$work/called" "$work/theirs" | grep .
}

# Who is to trust it must be able to read it.
checker_is_short()
{
    for half in check proof; do
        lines=$(wc -l <"$top_srcdir/lib/place/$half.c")
        [ "$lines" -le 500 ] || {
            echo "$half.c has $lines lines"
            return 1
        }
    done
}

for layer in $layers; do
    flags=$(make --no-print-directory -s -C "$top_builddir/lib/$layer" -f Makefile \
        -f "$work/flags.mk" print-flags 2>/dev/null | sed -n 's/^flags: //p')
    below=1
    for other in $layers; do
        # Only this one is sure to have a name that no other folder uses.
        header=${other}_internal.h
        if [ ! -e "$top_srcdir/lib/$other/$header" ]; then
            ok "$other has an internal header" false
        elif [ "$below" = 1 ]; then
            ok "$layer may include $other" compiles "$layer" "$header"
        else
            ok "$layer cannot include $other" not_found "$layer" "$header"
        fi
        [ "$other" = "$layer" ] && below=0
    done
done
ok "no file of lib/ includes by a relative path" no_detours
ok "the checker calls no function of the scheduler" checker_stands_alone
ok "each half of the checker has at most 500 lines" checker_is_short
tap_done
