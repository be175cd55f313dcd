#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What the Python binding costs over C, as a JSON line; nothing where cffi is not installed.
: "${top_srcdir:?}" "${top_builddir:?}"
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
libs=$top_builddir/lib/.libs

python=
for candidate in "$top_builddir/tests/python-venv/bin/python" "${PYTHON:-python3}" python3; do
    "$candidate" -c 'import cffi' >/dev/null 2>&1 && python=$candidate && break
done
if [ -z "$python" ] || [ ! -e "$libs/libmodelplane.so" ]; then
    echo "no figures of the Python binding: there is no cffi, or no shared library" >&2
    exit 0
fi
${CC:-cc} -O2 -shared -fPIC -I"$top_srcdir/include" -I"$top_builddir/include" \
    -o "$work/batch.so" "$top_srcdir/bench/python_batch.c" \
    -L"$libs" -lmodelplane -Wl,-rpath,"$libs" || exit 1
MODELPLANE_LIBRARY=$libs/libmodelplane.so PYTHONPATH=$top_srcdir/bindings/python PYTHONDONTWRITEBYTECODE=1 \
    "$python" "$top_srcdir/bench/python_batch.py" "$work/batch.so"
