#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Sets up, builds, and runs every test.  The last line counts them all.
set -u
. "$(dirname -- "$0")/../build-aux/setup.sh"

modules=yaml
[ -e "${MP_SHARED:-$mp_root/../shared}/schemas/validate.py" ] && modules="yaml jsonschema"

mp_need_build
mp_need 'pkg-config --exists check' check
mp_need 'c++ --version || g++ --version || clang++ --version' g++
mp_need 'valgrind --version' valgrind
mp_need 'go version' golang-go
mp_need 'python3 -c "import ensurepip" || /usr/bin/python3 -c "import ensurepip"' python3-venv
mp_need 'ls /usr/share/zoneinfo/Europe/Berlin' tzdata
# shellcheck disable=SC2086
mp_find_python $modules || mp_packages="$mp_packages python3$(printf ' python3-%s' $modules)"
mp_install
# shellcheck disable=SC2086
mp_find_python $modules || mp_die "no python3 that has: $modules"

# shellcheck disable=SC2086
mp_build "$mp_root/build" PYTHON="$PYTHON" ${MP_CONFIGURE_ARGS-}
mp_say "running the tests"
mp_check "$mp_root/build"
printf '%d passed, %d failed, %d skipped\n' "$mp_passed" "$mp_failed" "$mp_skipped"
[ "$mp_failed" = 0 ]
