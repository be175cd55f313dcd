# SPDX-License-Identifier: Apache-2.0
"""What reconcile makes of its own answer is that answer.

The second pass sees as created what the first one wanted, and says so in conditions; it changes
nothing else.  The third says the same as the second, byte for byte.
"""
import json
import os
import random

import cli_fleets as fleets
from cli_support import SHARED, YAML, Skip, main, run, test

FORMS = ([], ["--assume-ready"], ["--infrastructure", "--assume-ready"], ["--shape", "v1"],
         ["--accounting", "devices", "--span", "fabric"])
RANDOM_SETS = 60


def documents(*arguments, stdin=None):
    """What reconcile leaves behind; events are news, not documents."""
    result = run("reconcile", "-q", "-o", "json", *arguments, stdin=stdin)
    assert result.code in (0, 1), result.err
    return [d for d in json.loads(result.out)["items"] if d["kind"] != "Event"]


def wanted(items):
    """Specs; but for ClusterUsages, which follow the replicas that were seen, not those wanted."""
    return [{k: v for k, v in d.items() if k != "status"} for d in items
            if d["kind"] != "ClusterUsage"]


def check(form, *arguments, stdin=None):
    first = documents(*form, *arguments, stdin=stdin)
    second = documents(*form, "-", stdin=fleets.stream(*first))
    assert wanted(second) == wanted(first), form
    third = documents(*form, "-", stdin=fleets.stream(*second))
    assert json.dumps(third) == json.dumps(second), form
    return len(first)


def some_documents(draw):
    """A few clusters and deployments at the edge of what fits, with a replica that runs."""
    kinds = ("l4", "h100")
    made = [fleets.cluster(f"c{i}", [(k, draw.randint(0, 4)) for k in kinds],
                           ready=draw.random() < .9, taint="t" if draw.random() < .1 else None)
            for i in range(draw.randint(1, 4))]
    for i in range(draw.randint(1, 4)):
        made.append(fleets.deployment(f"d{i}", draw.choice(kinds), nodes=draw.randint(1, 3),
                                      replicas=draw.randint(1, 4), copies=draw.randint(1, 2),
                                      gpus=draw.choice((2, 4, 8))))
    if draw.random() < .5:
        made.append(fleets.replica("d0-99999", "d0", "c0", draw.choice(kinds)))
    draw.shuffle(made)
    return made


@test
def random_sets():
    """random clusters, deployments and replicas"""
    draw = random.Random(20261124)
    count = 0
    for _ in range(RANDOM_SETS):
        stdin = fleets.stream(*some_documents(draw))
        for form in FORMS:
            count += check(form, "-", stdin=stdin)
    assert count > RANDOM_SETS * len(FORMS)


@test
def samples():
    """every sample manifest with its fleet"""
    manifests = os.path.join(SHARED, "manifests")
    if not YAML or not os.path.isdir(manifests):
        raise Skip("built without YAML" if not YAML else "no sample manifests")
    pairs = 0
    for name in sorted(os.listdir(manifests)):
        fleet = os.path.join(SHARED, "fleets", name + ".yaml")
        if not os.path.exists(fleet):
            continue
        pairs += 1
        for form in FORMS:
            check(form, os.path.join(manifests, name), fleet)
    assert pairs > 8


main()
