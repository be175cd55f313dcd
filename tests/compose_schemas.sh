#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Everything composed from the fixtures and from the sample plan passes the strict schemas of its kind,
# the manifests inside provider Objects included.
. "$srcdir/support/tap.sh"

validate=$MP_SHARED/schemas/validate.py
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# valid SET COUNT ARGUMENT...: compose_dump ARGUMENT... prints COUNT documents, all of them valid
valid()
{
    set_name=$1
    count=$2
    shift 2
    "$builddir/compose_dump" "$@" >"$work/documents.yaml" || return 1
    case $set_name in
    kinds) "$PYTHON" "$validate" "$work/documents.yaml" ;;
    *) "$PYTHON" "$validate" --set "$set_name" "$work/documents.yaml" ;;
    esac >"$work/report" || { cat "$work/report"; return 1; }
    tail -n 1 "$work/report"
    [ "$(tail -n 1 "$work/report")" = "$count passed, 0 failed, 0 skipped" ]
}

# check NAME SET COUNT ARGUMENT...
check()
{
    if [ ! -e "$validate" ]; then
        skip "$1" "no schemas: $validate"
    elif ! "$PYTHON" -c 'import yaml, jsonschema' 2>/dev/null; then
        skip "$1" "needs python3-yaml and python3-jsonschema"
    else
        name=$1
        shift
        ok "$name" valid "$@"
    fi
}

# fixture NAME V1 V2 POOL: a replica in every form, and how many objects each gives
fixture()
{
    check "objects of $1, v1" kinds "$2" replica v1 "$srcdir/data/compose/$1.json"
    check "objects of $1, v2" kinds "$3" replica v2 "$srcdir/data/compose/$1.json"
    check "objects of $1, pool" kinds "$4" replica pool "$srcdir/data/compose/$1.json"
    check "objects of $1, dynamo" kinds "$3" replica dynamo "$srcdir/data/compose/$1.json"
}

fixture standalone 4 4 10
fixture gang-cache 5 5 11
fixture claimless-leader 4 4 10
fixture two-standalone 6 6 12
fixture prefill-decode 6 12 12
fixture encode-prefill-decode 8 14 14
fixture own-fields 5 5 11
check "objects of endpoints, services and clusters" kinds 11 objects v2
check "replicas and endpoints of a plan, v2" kinds 4 plan v2
check "replicas and endpoints of a plan, v1" seed-137 5 plan v1
tap_done
