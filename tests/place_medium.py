#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compare verdicts of place_medium, read from standard input, with those of CP-SAT (ortools).

Where devices are counted every node is on its own, and every pod chooses one: nothing of the
library's way of counting.  Whole nodes of one pool and rack are alike, so only their number counts.
"""

import collections
import itertools
import json
import multiprocessing
import sys

from ortools.sat.python import cp_model


def nodes_of(instance):
    """(pool, fabric, rack or None, devices, how many such) of every node, or of all alike."""
    for number, pool in enumerate(instance["pools"]):
        for rack, count in enumerate(pool["racks"]):
            where = (pool["fabric"], rack) if pool["levels"] else None
            each = count if instance["accounting"] == "nodes" else 1
            for _ in range(count // max(each, 1)):
                yield number, pool["fabric"], where, pool["devices"], each


def one_of(model, values, name):
    """A variable for each value, of which one is true."""
    chosen = {v: model.new_bool_var(f"{name}_{v}") for v in sorted(values, key=str)}
    model.add_exactly_one(chosen.values()) if chosen else model.add_bool_or([])
    return chosen


def add_engine(model, e, engine, nodes, use):
    homes = one_of(model, {n[1] if engine["wide"] else n[0] for n in nodes}, f"home{e}")
    racks = None
    if engine["rack"]:
        racks = one_of(model, {n[2] for n in nodes if n[2] is not None}, f"rack{e}")
    for m, member in enumerate(engine["members"]):
        classes = one_of(model, {d["class"] for n in nodes for d in n[3]}, f"class{e}_{m}")
        pods = []
        for i, (pool, fabric, rack, devices, _) in enumerate(nodes):
            for d, device in enumerate(devices):
                if device["size"] <= member["at_least"] or device["count"] < member["count"]:
                    continue
                if racks is not None and rack is None:
                    continue
                y = model.new_int_var(0, member["pods"], f"y{e}_{m}_{i}_{d}")
                conditions = [homes[fabric if engine["wide"] else pool], classes[device["class"]]]
                if racks is not None:
                    conditions.append(racks[rack])
                for c in conditions:
                    model.add(y == 0).only_enforce_if(c.negated())
                use[i][d].append((y, member["count"]))
                pods.append(y)
        model.add(sum(pods) == member["pods"])


def solve(instance, seconds):
    model = cp_model.CpModel()
    nodes = list(nodes_of(instance))
    use = [[[] for _ in n[3]] for n in nodes]
    for e, engine in enumerate(instance["engines"]):
        add_engine(model, e, engine, nodes, use)
    for i, node in enumerate(nodes):
        if instance["accounting"] == "nodes":
            model.add(sum(y for y, _ in itertools.chain(*use[i])) <= node[4])
            continue
        for d, device in enumerate(node[3]):
            model.add(sum(y * count for y, count in use[i][d]) <= device["count"])
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.num_workers = 1
    answer = solver.solve(model)
    return {cp_model.OPTIMAL: "placed", cp_model.FEASIBLE: "placed",
            cp_model.INFEASIBLE: "partial"}.get(answer, "unknown")


def compare(work):
    instance, seconds = work
    return instance["number"], instance["accounting"], instance["verdict"], solve(instance, seconds)


def main():
    tally, wrong = collections.Counter(), 0
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 60
    with multiprocessing.Pool() as pool:
        work = ((json.loads(line), seconds) for line in sys.stdin)
        for number, accounting, ours, theirs in pool.imap(compare, work):
            tally[accounting, ours, theirs] += 1
            if "unknown" not in (ours, theirs) and ours != theirs:
                wrong += 1
                print(f"instance {number}: {ours}, CP-SAT: {theirs}", flush=True)
    for (accounting, ours, theirs), count in sorted(tally.items()):
        print(f"{accounting}: {ours}, CP-SAT: {theirs}: {count}")
    print(f"{sum(tally.values())} instances, {wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
