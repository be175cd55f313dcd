# SPDX-License-Identifier: Apache-2.0
"""Every object that a function composes, over the requests of data/function, fits its schema."""
import json
import os

from cli_support import TOP, Skip, expect, main, pyyaml, run, test
from function_model import SCHEMAS, composed, validated

CASES = os.path.join(TOP, "tests", "data", "function")
# A field that the kind does not have is carried through to the pod.
UNKNOWN_FIELDS = ("numbers-as-doubles.json",)


def answered(path):
    """The objects that the request of a case gets."""
    with open(path, encoding="utf-8") as f:
        case = json.load(f)
    options = [word for k, v in case.get("options", {}).items() for word in ("--" + k, v)]
    result = run("function", *options, stdin=json.dumps(case["request"]).encode())
    lines = result.out.splitlines()
    assert len(lines) == 1, result.out + result.err
    return composed(case["request"], json.loads(lines[0]))


@test
def objects():
    """every object composed fits the strict schema of its kind"""
    if not os.path.isfile(SCHEMAS):
        raise Skip("no schemas")
    pyyaml()
    items = []
    for name in sorted(os.listdir(CASES)):
        if name in UNKNOWN_FIELDS:
            continue
        items += answered(os.path.join(CASES, name))
    assert len(items) > 100, len(items)
    report, valid = validated(items)
    assert valid, report
    assert report.strip().splitlines()[-1].split(" passed")[0].split()[-1] != "0", report


@test
def lines():
    """a response a line, for requests on one line, on many, and for what is none"""
    text = '{"observed": {}}\n\n{\n "observed": {}\n}\n[1]\n{"a": [}\n{"meta": {"tag": "t"}}'
    result = expect(run("function", stdin=text.encode()), 3)
    got = [json.loads(line) for line in result.out.splitlines()]
    assert len(got) == 5, result.out
    assert all(r["results"][0]["severity"] == "SEVERITY_FATAL" for r in got), result.out
    assert got[4]["meta"] == {"tag": "t", "ttl": "60s"}, result.out
    assert got[2]["results"][0]["message"] == "a request must be a map", result.out
    assert got[3]["results"][0]["message"] == "expected a value or ']', found '}'", result.out
    assert "-:6: " in result.err and "-:7: " in result.err, result.err


@test
def options():
    """options, files and exit status"""
    path = os.path.join(CASES, "class.json")
    expect(run("function", "--shape", "v3"), 2, err="--shape takes v1 or v2, not v3")
    expect(run("function", "--routing", "none"), 2, err="--routing takes service or pool")
    expect(run("function", "-o", "json"), 2, err="does not take --output")
    expect(run("function", "/nonexistent"), 3, err="/nonexistent: cannot be read")
    expect(run("function", path), 1, "the request has no composite resource")
    expect(run("function"), 0, "")


main()
