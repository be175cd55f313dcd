# SPDX-License-Identifier: Apache-2.0
"""For the models: names, many requests to `modelplane function`, and what its responses say."""
import hashlib
import importlib.util
import json
import os
import subprocess
import sys

from cli_support import COMMAND, SHARED

GROUP = "modelplane.ai/v1alpha1"
SCHEMAS = os.path.join(SHARED, "schemas", "validate.py")
MOST_FIT = 100  # as the schemas are slow
RUNS = max(1, 4000 * int(os.environ.get("MP_TEST_SCALE") or 100) // 100)


def opaque_name(visible, *rest):
    digest = hashlib.sha256("-".join((visible, *rest)).encode()).hexdigest()[:5]
    return visible[:57].rstrip("-") + "-" + digest


def child_name(*parts):
    return opaque_name("-".join(parts))


def call(requests, *options):
    """The responses, in order."""
    done = subprocess.run([COMMAND, "function", *options], stdout=subprocess.PIPE, check=True,
                          input="".join(json.dumps(r) + "\n" for r in requests).encode())
    lines = done.stdout.splitlines()
    assert len(lines) == len(requests), (len(lines), len(requests))
    return [json.loads(line) for line in lines]


def shown(response):
    """What a model tells too: the children and whether they are ready, status, conditions, events."""
    desired = response.get("desired", {})
    return {"children": {k: (v["resource"], v.get("ready") == "READY_TRUE")
                         for k, v in desired.get("resources", {}).items()},
            "status": desired.get("composite", {}).get("resource", {}).get("status", {}),
            "conditions": {c["type"]: (c["status"].replace("STATUS_CONDITION_", "").capitalize(),
                                       c["reason"], c.get("message", ""))
                           for c in response.get("conditions", [])},
            "events": [(r["severity"].replace("SEVERITY_", "").capitalize(), r["message"])
                       for r in response.get("results", [])]}


def composed(request, response):
    """Children that a response has anew; what was observed and is kept as it was is not ours."""
    observed = request.get("observed", {}).get("resources", {})
    for key, child in response.get("desired", {}).get("resources", {}).items():
        made, before = child["resource"], observed.get(key, {}).get("resource", {})
        if made.get("spec") != before.get("spec"):
            named = {"name": "made", **made.get("metadata", {})}  # by Crossplane
            yield {**made, "metadata": named}


def validated(items, *options):
    """What validate.py says of objects, and whether all are valid."""
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": items})
    done = subprocess.run([sys.executable, SCHEMAS, "--quiet", *options, "-"], input=text.encode(),
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return done.stdout.decode(), done.returncode == 0


def fit(requests, responses, *options):
    """Asserts that what some of the responses compose anew is valid, where the schemas are."""
    if not os.path.isfile(SCHEMAS) or importlib.util.find_spec("jsonschema") is None:
        return
    items = [item for pair in zip(requests[:MOST_FIT], responses) for item in composed(*pair)]
    report, valid = validated(items, *(["--set", "seed-137"] if "v1" in options else []))
    assert not items or valid, report


def compare(model, requests, *options, view=lambda got: got):
    """Asserts that each response, seen that way, is what the model says; returns what it said."""
    told, responses = [], call(requests, *options)
    fit(requests, responses, *options)
    for number, (request, response) in enumerate(zip(requests, responses)):
        want, got = model(request), view(shown(response))
        for part in want:
            assert want[part] == got[part], (
                f"request {number}: {part}\nwant {json.dumps(want[part], indent=1)}\n"
                f"got {json.dumps(got[part], indent=1)}\n{json.dumps(request)}")
        told.append(want)
    return told
