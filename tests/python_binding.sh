#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The Python binding: its declarations, its types, the wheel, and its tests, which run the project's own
# cases.  What it needs is installed by pip into a folder of the build tree.
. "$srcdir/support/tap.sh"
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
venv=$builddir/python-venv
binding=$top_srcdir/bindings/python
library=$top_builddir/lib/.libs/libmodelplane.so

# set_up: a virtual environment with what the tests need; it is made once.
set_up()
{
    [ -e "$venv/done" ] && return
    rm -rf "$venv"
    "$PYTHON" -m venv "$venv" &&
        "$venv/bin/pip" install -q --disable-pip-version-check \
            cffi pytest mypy types-cffi types-PyYAML PyYAML setuptools wheel &&
        touch "$venv/done"
}

missing=
if [ -n "$MP_INSTRUMENTED" ]; then
    missing="the library is instrumented"
elif [ ! -e "$library" ]; then
    missing="the library is static"
elif [ "${MP_TEST_SCALE:-100}" -lt 100 ]; then
    missing="only where MP_TEST_SCALE is 100"
elif ! set_up >"$work/log" 2>&1; then
    missing="what it needs cannot be had: $(tail -n 1 "$work/log" | cut -c1-100)"
fi
if [ -n "$missing" ]; then
    skip "the Python binding" "$missing"
    tap_done
fi

# Nothing is written into the source tree.
python=$venv/bin/python
cp -R "$binding" "$work/python" && chmod -R u+w "$work/python" || exit 99
find "$work/python" -name __pycache__ -prune -exec rm -rf {} +
cd "$work/python" || exit 99
MP_TOP_SRCDIR=$top_srcdir
export MP_TOP_SRCDIR

declared()
{
    "$python" generate.py "$top_srcdir/include" --check
}

typed()
{
    "$venv/bin/mypy" --strict && "$venv/bin/mypy" --strict tests
}

# A wheel holds the library and needs nothing beside it.
wheel()
{
    MODELPLANE_LIBRARY=$library "$venv/bin/pip" wheel -q --no-build-isolation --no-deps -w "$work/wheel" . &&
        "$venv/bin/pip" install -q --no-index --no-deps --target "$work/site" "$work"/wheel/*.whl || return
    case $(echo "$work"/wheel/*.whl) in
    *-py3-none-manylinux_2_*) ;;
    *)
        echo "the wheel is not for every Linux of an age: $(ls "$work/wheel")"
        return 1
        ;;
    esac
    (cd / && env -u MODELPLANE_LIBRARY PYTHONPATH="$work/site" "$python" -c '
import modelplane, sys
assert modelplane.__file__.startswith(sys.argv[1]), modelplane.__file__
assert modelplane.library_version() == modelplane.__version__
mapped = open("/proc/self/maps").read()
assert sys.argv[1] + "/modelplane/libmodelplane.so" in mapped' "$work/site")
}

# Without a library at hand the package says what to do.
says_what_is_missing()
{
    MODELPLANE_LIBRARY=$work/none.so "$python" -c 'import modelplane' >"$work/out" 2>&1
    grep -q 'set MODELPLANE_LIBRARY to its path' "$work/out"
}

ok "the declarations are what the headers give" declared
ok "mypy --strict finds nothing" typed
ok "pip builds a wheel that holds the library" wheel
ok "what is missing is said" says_what_is_missing
MODELPLANE_LIBRARY=$library
export MODELPLANE_LIBRARY
"$python" -m pytest -p no:cacheprovider --tb=short -q -rA tests >"$work/out" 2>&1
while read -r result name why; do
    case $result in
    PASSED) ok "python $name" : ;;
    FAILED | ERROR) ok "python $name" false ;;
    SKIPPED) skip "python: $name tests" "$why" ;; # "[4] FILE:LINE: REASON"
    esac
done <<END
$(sed -n '/short test summary/,$p' "$work/out")
END
ok "pytest ends well" tail -n 1 "$work/out"
grep -q ' passed' "$work/out" && ! grep -q ' failed\| error' "$work/out" || {
    ok "pytest passes" false
    sed 's/^/# /' "$work/out"
}
tap_done
