#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Branch coverage of each folder of lib/ by the whole test suite, in a build of its own.  Fails if
# lib/cel is below 90 %.
#   coverage.sh [BUILD-DIR]     (default build-coverage)
set -u
. "$(dirname -- "$0")/../build-aux/setup.sh"

dir=${1-$mp_root/build-coverage}
modules=yaml
[ -e "${MP_SHARED:-$mp_root/../shared}/schemas/validate.py" ] && modules="yaml jsonschema"
mp_need_build
mp_need 'pkg-config --exists check' check
mp_need 'gcov --version' gcc
mp_need 'ls /usr/share/zoneinfo/Europe/Berlin' tzdata
# shellcheck disable=SC2086
mp_find_python $modules || mp_packages="$mp_packages python3$(printf ' python3-%s' $modules)"
mp_install
# shellcheck disable=SC2086
mp_find_python $modules || mp_die "no python3 that has: $modules"

find "$dir" -name '*.gcda' -delete 2>/dev/null
mp_build "$dir" PYTHON="$PYTHON" --disable-shared CC=gcc CFLAGS='-std=c11 -O0 -g --coverage'
mp_say "running the tests"
mp_check "$dir"
printf '%d passed, %d failed, %d skipped\n' "$mp_passed" "$mp_failed" "$mp_skipped"

# folder NAME: prints its line; the last field is whole percent.
folder()
{
    # Every object of the folder, run or not: what no test reaches counts as well.
    (cd "$dir/lib/$1" && gcov -b -n ./*.gcno 2>/dev/null) | awk -v name="lib/$1" '
        /^File / { ours = index($2, "/" name "/") > 0 && $2 ~ /\.c.$/ }
        ours && /^Taken at least once:/ {
            split($0, part, /[:% ]+/)
            total += $NF
            taken += part[5] * $NF / 100
            ours = 0
        }
        END { printf "%-14s %6.1f %% of %d branches\n", name, total ? 100 * taken / total : 0, total }'
}

status=0
[ "$mp_failed" = 0 ] || status=1
for module in base value cel model fleet place compose reconcile; do
    line=$(folder "$module")
    printf '%s\n' "$line"
    case $module in
    cel)
        percent=$(printf '%s\n' "$line" | sed 's/.* \([0-9]*\)\.[0-9] %.*/\1/')
        if [ "$percent" -lt 90 ]; then
            echo "lib/cel is below 90 %"
            status=1
        fi
        ;;
    esac
done
exit $status
