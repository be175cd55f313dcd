#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Sets up, builds, plans the example fleet and renders its objects.
set -u
. "$(dirname -- "$0")/../build-aux/setup.sh"

mp_need_build
mp_install
mp_build "$mp_root/build"

command=$mp_root/build/bindings/cli/modelplane
fleet=$mp_root/examples/fleet
objects=$mp_root/build/objects

printf '\n$ modelplane plan examples/fleet\n\n'
"$command" plan "$fleet" || mp_die "the plan failed"
printf '\n$ modelplane render --output-dir build/objects examples/fleet\n\n'
rm -rf "$objects"
"$command" render --output-dir "$objects" "$fleet" || mp_die "rendering failed"
printf 'The objects of each cluster are in %s:\n' "$objects"
for file in "$objects"/*; do
    printf '  %-32s %s objects\n' "${file##*/}" "$(grep -c '^apiVersion:' "$file")"
done
