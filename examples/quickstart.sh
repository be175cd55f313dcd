#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Sets up, builds, plans the example fleet and renders its objects.
set -u
. "$(dirname -- "$0")/../build-aux/setup.sh"

mp_need_build
mp_install
mp_build "$mp_root/build"

objects=build/objects
rm -rf "${mp_root:?}/$objects"
cd "$mp_root" || exit 1

# run ARGUMENT...: shows and runs a command; status 1 only says that something was refused.
run()
{
    printf '\n$ modelplane %s\n\n' "$*"
    build/bindings/cli/modelplane "$@"
    [ $? -le 1 ] || mp_die "modelplane $1 failed"
}

run plan --assume-ready examples/fleet
run render --assume-ready --output-dir "$objects" examples/fleet
for file in "$objects"/*; do
    [ -e "$file" ] || mp_die "nothing was rendered"
done
printf '\nThe objects of each cluster are in %s/%s.\n' "$mp_root" "$objects"
