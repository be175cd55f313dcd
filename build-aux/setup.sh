# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
#
# Sourced by examples/quickstart.sh, tests/run.sh and .ci/run: installs what is missing (Debian and
# its children), makes configure, and builds out of tree.
#
#   mp_need PROGRAM-OR-TEST PACKAGE...   asks for packages unless the test command succeeds
#   mp_install                           installs what was asked for, or says why it cannot
#   mp_build DIR [CONFIGURE ARGUMENTS]   configures and makes in DIR

mp_root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
mp_packages=

mp_say()
{
    printf '%s\n' "== $*" >&2
}

mp_die()
{
    printf '%s\n' "error: $*" >&2
    exit 1
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
    mp_need 'cc --version || gcc --version' gcc libc6-dev
    mp_need 'make --version' make
    mp_need 'autoreconf --version' autoconf
    mp_need 'automake --version' automake
    mp_need 'libtoolize --version' libtool
    mp_need 'pkg-config --version' pkg-config
    mp_need 'pkg-config --exists yaml-0.1' libyaml-dev
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
        mp_die "these packages are missing, and installing needs root:$mp_packages"
    fi
    mp_say "installing with apt:$mp_packages"
    # shellcheck disable=SC2086
    { $mp_sudo apt-get update -qq && $mp_sudo env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends $mp_packages; } >"${TMPDIR:-/tmp}/mp-apt.log" 2>&1 || {
        cat "${TMPDIR:-/tmp}/mp-apt.log" >&2
        mp_die "apt could not install:$mp_packages"
    }
    mp_packages=
}

# A python3 that has PyYAML, for the tests that compare with it: the first on PATH, or Debian's.
mp_find_python()
{
    for mp_python in python3 /usr/bin/python3; do
        if "$mp_python" -c 'import yaml' >/dev/null 2>&1; then
            PYTHON=$(command -v "$mp_python")
            export PYTHON
            return 0
        fi
    done
    return 1
}

mp_build()
{
    mp_dir=$1
    shift
    if [ ! -x "$mp_root/configure" ] || [ "$mp_root/configure.ac" -nt "$mp_root/configure" ]; then
        mp_say "making configure"
        (cd "$mp_root" && autoreconf -i >"${TMPDIR:-/tmp}/mp-autoreconf.log" 2>&1) || {
            cat "${TMPDIR:-/tmp}/mp-autoreconf.log" >&2
            mp_die "autoreconf failed"
        }
    fi
    mkdir -p "$mp_dir"
    mp_say "building in $mp_dir"
    (
        cd "$mp_dir" || exit 1
        "$mp_root/configure" -q "$@" && make -s -j"$(mp_jobs)"
    ) >"$mp_dir.log" 2>&1 || {
        tail -n 60 "$mp_dir.log" >&2
        mp_die "the build failed; the whole log is $mp_dir.log"
    }
}

mp_jobs()
{
    getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1
}

# mp_check DIR: runs make check there.  Sets mp_passed, mp_failed, mp_skipped from the TAP results of
# every test program, and prints what failed, with its log, and what was skipped, by name.
mp_check()
{
    find "$1" -name '*.trs' -o -name '*.log' -path '*/tests/*' | xargs rm -f
    mp_status=0
    (cd "$1" && make -k -j"$(mp_jobs)" check) >"$1.check.log" 2>&1 || mp_status=$?
    mp_results=$1.results
    find "$1/tests" -name '*.trs' | LC_ALL=C sort | while read -r mp_trs; do
        sed -n "s|^:test-result: *|$(basename "$mp_trs" .trs): |p" "$mp_trs"
    done >"$mp_results"
    mp_passed=$(grep -c ': PASS\|: XFAIL' "$mp_results")
    mp_failed=$(grep -c ': FAIL\|: ERROR\|: XPASS' "$mp_results")
    mp_skipped=$(grep -c ': SKIP' "$mp_results")
    grep ': SKIP' "$mp_results" | sed 's/^/skipped: /'
    grep ': FAIL\|: ERROR\|: XPASS' "$mp_results" | sed 's/^/failed: /'
    for mp_log in $(grep -l '^:global-test-result: \(FAIL\|ERROR\)' $(find "$1/tests" -name '*.trs') /dev/null); do
        mp_say "log of $(basename "$mp_log" .trs)"
        tail -n 50 "${mp_log%.trs}.log"
    done
    if [ "$mp_status" != 0 ] && [ "$mp_failed" = 0 ]; then
        mp_say "make check failed outside of any test"
        tail -n 60 "$1.check.log"
        mp_failed=1
    fi
    if [ "$mp_passed" = 0 ] && [ "$mp_failed" = 0 ]; then
        mp_say "no test ran"
        tail -n 60 "$1.check.log"
        mp_failed=1
    fi
}
