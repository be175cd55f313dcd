#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The answers of place_digest, built by gcc and clang, at -O0 and -O3, must be the same bytes.
# usage: place_digest.sh SHUFFLES     with srcdir, and builddir: the top of a build tree
set -eu
shuffles=$1
top=$(cd "${srcdir:-.}/.." && pwd)
layers="base value cel model fleet place"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
includes="-I$top/include -I$builddir/include"
for layer in $layers; do
    includes="$includes -I$top/lib/$layer"
done

# build COMPILER LEVEL: in a folder of its own for each layer, since layers have files of one name
build()
{
    for layer in $layers; do
        mkdir -p "$work/$1$2/$layer"
        # shellcheck disable=SC2086
        (cd "$work/$1$2/$layer" && for source in "$top/lib/$layer"/*.c; do echo "$source"; done |
            xargs -P 2 -n 8 "$1" -std=c11 "$2" $includes -c)
    done
    # shellcheck disable=SC2086
    "$1" -std=c11 "$2" $includes -o "$work/$1$2/digest" "$top/tests/place_digest.c" "$top/lib/version.c" \
        "$work/$1$2"/*/*.o
}

first=
for compiler in gcc clang; do
    if ! command -v $compiler >/dev/null; then
        echo "$compiler: not there"
        continue
    fi
    for level in -O0 -O3; do
        build $compiler $level
        line=$("$work/$compiler$level/digest" "$shuffles" | grep 'ok 1') || true
        echo "$compiler $level: $line"
        first=${first:-$line}
        if [ "$line" != "$first" ] || [ "${line#ok 1}" = "$line" ]; then
            echo "$compiler $level differs"
            exit 1
        fi
    done
done
