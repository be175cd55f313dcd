#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Sets up, builds, and runs every test.  The last line counts them all.
set -u
. "$(dirname -- "$0")/../build-aux/setup.sh"

mp_need_build
mp_need 'pkg-config --exists check' check
mp_need 'valgrind --version' valgrind
mp_need 'c++ --version || g++ --version' g++
mp_find_python || mp_packages="$mp_packages python3 python3-yaml"
[ -d "${MP_SHARED:-$mp_root/../shared}/schemas" ] &&
    mp_need 'python3 -c "import jsonschema" || /usr/bin/python3 -c "import jsonschema"' python3-jsonschema
mp_install
mp_find_python || mp_die "python3 with PyYAML is missing"

mp_build "$mp_root/build" ${MP_CONFIGURE_ARGS-} PYTHON="$PYTHON"
mp_say "running the tests"
mp_check "$mp_root/build"
printf '%d passed, %d failed, %d skipped\n' "$mp_passed" "$mp_failed" "$mp_skipped"
[ "$mp_failed" = 0 ]
