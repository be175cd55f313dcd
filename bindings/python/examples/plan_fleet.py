#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reads YAML files, and folders of them, and prints what goes where.

    pip install modelplane[yaml]
    python3 plan_fleet.py ../../../examples/fleet
"""

import pathlib
import sys

import modelplane


def read(paths):
    documents = []
    for path in map(pathlib.Path, paths):
        for file in sorted(path.glob("*.yaml")) if path.is_dir() else [path]:
            try:
                documents += modelplane.load_yaml(file.read_text(encoding="utf-8"))
            except modelplane.Error as error:
                sys.exit(f"{file}:{error}")
    return documents


def rows(result):
    for plan in result["plans"]:
        name = f"{plan['namespace']}/{plan['name']}"
        for placement in plan["placements"]:
            pools = {f"{engine['name']}:{member['pool']}": None
                     for engine in placement["engines"] for member in engine["members"]}
            yield name, placement["replica"], placement["cluster"], " ".join(pools)
        if plan["verdict"] != "placed":
            placed = f"{len(plan['placements'])} of {plan['desired']}"
            yield name, placed, plan["verdict"], plan.get("fault", {}).get("message", "see modelplane explain")
    for error in result["errors"]:
        yield f"{error['kind']} {error['metadata'].get('name', '')}", error["message"], "", ""


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__.strip())
    result = modelplane.reconcile(read(sys.argv[1:]), modelplane.ReconcileOptions(assume_ready=True))
    table = [("DEPLOYMENT", "REPLICA", "CLUSTER", "POOLS"), *rows(result)]
    widths = [max(map(len, column)) for column in zip(*table)]
    for row in table:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())


if __name__ == "__main__":
    main()
