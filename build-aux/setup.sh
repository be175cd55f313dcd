# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
#
# Sourced by examples/quickstart.sh, tests/run.sh and .ci/run: installs what is missing (Debian and
# its children), makes configure, and builds out of tree.
#
#   mp_need TEST PACKAGE...              asks for packages unless the test command succeeds
#   mp_install                           installs what was asked for, or says why it cannot
#   mp_build DIR [CONFIGURE ARGUMENTS]   configures and makes in DIR
#   mp_check DIR                         runs the tests there and counts them

: "${mp_root:=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)}"
mp_packages=

mp_say()
{
    printf '== %s\n' "$*" >&2
}

mp_die()
{
    printf 'error: %s\n' "$*" >&2
    exit 1
}

mp_jobs()
{
    getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1
}

mp_need()
{
    mp_test=$1
    shift
    sh -c "$mp_test" >/dev/null 2>&1 || mp_packages="$mp_packages $*"
}

# What every build from a git checkout needs.
mp_need_build()
{
    mp_need 'cc --version || gcc --version || clang --version' gcc
    mp_need 'echo "#include <stdio.h>" | ${CC:-cc} -E -' libc6-dev
    mp_need 'make --version' make
    mp_need 'autoreconf --version' autoconf
    mp_need 'automake --version' automake
    mp_need 'libtoolize --version' libtool
    mp_need 'pkg-config --version' pkg-config
    mp_need 'pkg-config --exists yaml-0.1' libyaml-dev
}

# mp_quietly COMMAND...: shows what it prints only if it fails.
mp_quietly()
{
    mp_log=$(mktemp)
    "$@" >"$mp_log" 2>&1
    mp_status=$?
    [ "$mp_status" = 0 ] || tail -n 60 "$mp_log" >&2
    rm -f "$mp_log"
    return "$mp_status"
}

mp_install()
{
    [ -n "$mp_packages" ] || return 0
    command -v apt-get >/dev/null 2>&1 ||
        mp_die "these are missing, and there is no apt-get to install them:$mp_packages"
    if [ "$(id -u)" = 0 ]; then
        mp_sudo=
    elif command -v sudo >/dev/null 2>&1; then
        mp_sudo=sudo
    else
        mp_die "these packages are missing, and installing needs root or sudo:$mp_packages"
    fi
    mp_say "installing with apt:$mp_packages"
    # shellcheck disable=SC2086
    mp_quietly $mp_sudo apt-get update -qq &&
        mp_quietly $mp_sudo env DEBIAN_FRONTEND=noninteractive \
            apt-get install -y -qq --no-install-recommends $mp_packages ||
        mp_die "apt could not install:$mp_packages"
    mp_packages=
}

# mp_find_python MODULE...: a python3 that has these, the first on PATH or Debian's own.
mp_find_python()
{
    mp_modules=$(echo "$*" | tr ' ' ',')
    for mp_python in python3 /usr/bin/python3; do
        if "$mp_python" -c "import $mp_modules" >/dev/null 2>&1; then
            PYTHON=$(command -v "$mp_python")
            export PYTHON
            return 0
        fi
    done
    return 1
}

mp_configure_and_make()
{
    cd "$mp_dir" && "$mp_root/configure" -q "$@" && make -s -j"$(mp_jobs)"
}

mp_build()
{
    mp_dir=$1
    shift
    if [ ! -x "$mp_root/configure" ] || [ -n "$(find "$mp_root/configure.ac" -newer "$mp_root/configure")" ]; then
        mp_say "making configure"
        (cd "$mp_root" && mp_quietly autoreconf -i) || mp_die "autoreconf failed"
    fi
    mkdir -p "$mp_dir"
    mp_say "building in $mp_dir"
    (mp_configure_and_make "$@") >"$mp_dir/build.log" 2>&1 || {
        tail -n 60 "$mp_dir/build.log" >&2
        mp_die "the build failed; the whole log is $mp_dir/build.log"
    }
}

# mp_named RESULT DIR: the tests with that result, by the names that their logs give.
mp_named()
{
    find "$2/tests" -name '*.trs' | LC_ALL=C sort | while read -r mp_trs; do
        sed -n "s/^\($1\): //p" "${mp_trs%.trs}.log"
    done
}

# mp_check DIR: runs make check there.  Sets mp_passed, mp_failed and mp_skipped from the TAP results
# of every test program; prints what was skipped, what failed, and the logs of what failed.
mp_check()
{
    find "$1/tests" \( -name '*.trs' -o -name '*.log' \) -exec rm -f {} +
    mp_status=0
    make -k -C "$1" -j"$(mp_jobs)" check >"$1/check.log" 2>&1 || mp_status=$?
    find "$1/tests" -name '*.trs' -exec sed -n 's/^:test-result: *//p' {} + >"$1/check.results"
    mp_passed=$(grep -c '^\(PASS\|XFAIL\)' "$1/check.results")
    mp_failed=$(grep -c '^\(FAIL\|ERROR\|XPASS\)' "$1/check.results")
    mp_skipped=$(grep -c '^SKIP' "$1/check.results")
    mp_named SKIP "$1" | sed 's/ # SKIP / (/; s/^.*(.*$/&)/; s/^/skipped: /'
    find "$1/tests" -name '*.trs' | LC_ALL=C sort | while read -r mp_trs; do
        if grep -q '^:test-result: *\(FAIL\|ERROR\|XPASS\)' "$mp_trs"; then
            mp_say "log of $(basename "$mp_trs" .trs)"
            grep -v '^\(ok\|PASS\)' "${mp_trs%.trs}.log" | tail -n 60
        fi
    done
    mp_named 'FAIL\|ERROR\|XPASS' "$1" | sed 's/^/failed: /'
    if [ "$mp_status" != 0 ] && [ "$mp_failed" = 0 ]; then
        mp_say "make check failed outside of any test"
        tail -n 60 "$1/check.log"
        mp_failed=1
    elif [ "$mp_passed" = 0 ] && [ "$mp_failed" = 0 ]; then
        mp_say "no test ran"
        tail -n 60 "$1/check.log"
        mp_failed=1
    fi
}
