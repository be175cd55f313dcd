#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Verdicts of place_medium against CP-SAT, which pip installs into a folder of its own.
# usage: place_medium.sh [COUNT [SEED [SECONDS]]]     SECONDS that CP-SAT may take for one, 60
set -eu
srcdir=${srcdir:-$(dirname "$0")}
venv=${MP_ORACLE_VENV:-oracle-venv}
if ! "$venv/bin/python" -c 'import ortools' 2>/dev/null; then
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet ortools
fi
./place_medium "${1:-5000}" "${2:-20261123}" | "$venv/bin/python" "$srcdir/place_medium.py" "${3:-60}"
