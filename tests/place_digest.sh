#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The answers of place_digest, built by gcc and clang, at -O0 and -O3, must be the same bytes.
# usage: place_digest.sh SHUFFLES     with srcdir, and builddir: the top of a build tree
set -eu
shuffles=$1
top=${srcdir:-.}/..
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
includes="-I$top/include -I$builddir/include"
sources=$top/lib/version.c
for layer in base value cel model fleet place; do
    includes="$includes -I$top/lib/$layer"
    sources="$sources $(echo "$top/lib/$layer"/*.c)"
done
first=
for compiler in gcc clang; do
    if ! command -v $compiler >/dev/null; then
        echo "$compiler: not there"
        continue
    fi
    for level in -O0 -O3; do
        mkdir "$work/$compiler$level"
        # shellcheck disable=SC2086
        (cd "$work/$compiler$level" && for source in $sources; do echo "$source"; done |
            xargs -P 2 -n 8 $compiler -std=c11 $level $includes -c)
        # shellcheck disable=SC2086
        $compiler -std=c11 $level $includes -o "$work/$compiler$level/digest" "$top/tests/place_digest.c" \
            "$work/$compiler$level"/*.o
        line=$("$work/$compiler$level/digest" "$shuffles" | grep 'ok 1') || true
        echo "$compiler $level: $line"
        first=${first:-$line}
        case $line in
        "ok 1"*) [ "$line" = "$first" ] && continue ;;
        esac
        echo "$compiler $level differs"
        exit 1
    done
done
