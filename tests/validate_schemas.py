# SPDX-License-Identifier: Apache-2.0
"""mp_validate() and the JSON Schemas of the kinds give the same verdict on structure.

The documents are the sample manifests and data/validate/every-field.json, as they are and with each
node in turn missing, of another type, or at and past each of its bounds.
"""
import copy
import json
import os
import subprocess
import sys
import tempfile

from cli_support import SHARED, Skip, main, test

HERE = os.path.dirname(os.path.abspath(__file__))
DUMP = os.path.join(os.environ.get("builddir", HERE), "validate_dump")
SCALE = int(os.environ.get("MP_TEST_SCALE", "100"))
ANY_OTHER = [None, True, 7, 2.5, 2.0, "", "text", [], {}]
TEXTS = ["Upper", "a b", "a.b", "-a", "a-", "a/b", "cr-", "cr-12ab", "cr-XY", "2026-01-31T12:00:00Z",
         "2026-01-31 12:00:00", "2026-01-31T12:00:00", "2026-01-31T12:00:00.5+01:00"]
KEYS = ["a b", "a/b", "A/b", "a/b/c", "", "/", "a.b-c.d/e_f.g", "k" * 63, "k" * 64, "-a"]


def schemas(which):
    try:
        import jsonschema  # noqa: F401 pylint: disable=unused-import
        import yaml  # noqa: F401 pylint: disable=unused-import
    except ImportError as missing:
        raise Skip("needs python3-yaml and python3-jsonschema") from missing
    folder = os.path.join(SHARED, "schemas")
    if not os.path.exists(os.path.join(folder, "validate.py")):
        raise Skip(f"no schemas: {folder}")
    sys.path.insert(0, folder)
    import validate
    return validate, validate.Schemas(folder, which)


def verdicts(items):
    """Whether mp_validate() finds the structure of each document broken, and its first words."""
    out = []
    for start in range(0, len(items), 500):
        with tempfile.NamedTemporaryFile("w", suffix=".json") as f:
            json.dump(items[start:start + 500], f)
            f.flush()
            done = subprocess.run([DUMP, f.name], stdout=subprocess.PIPE, check=True)
        for line in done.stdout.decode().splitlines():
            structure, _, first = line.split(" ", 2)
            out.append((structure != "0", first))
    assert len(out) == len(items)
    return out


def sub(nodes, key):
    """The schemas of a child, from those of its parent."""
    for node in nodes:
        if isinstance(key, int):
            if "items" in node:
                yield node["items"]
        elif key in node.get("properties", {}):
            yield node["properties"][key]
        elif isinstance(node.get("additionalProperties"), dict):
            yield node["additionalProperties"]


def others(value, nodes):
    """Values to put in a node's place: of other types, and around its bounds."""
    yield from ANY_OTHER
    for node in nodes:
        for key in ("minimum", "maximum"):
            if key in node:
                yield from (node[key] - 1, node[key], node[key] + 1)
        for key in ("minLength", "maxLength"):
            if key in node:
                yield from ("a" * max(node[key] + i, 0) for i in (-1, 0, 1))
                yield "\u00e9" * node[key]
        if isinstance(value, list) and value:
            yield value + [copy.deepcopy(value[0])]
            for key in ("minItems", "maxItems"):
                if key in node:
                    yield from (numbered(value[0], max(node[key] + i, 0)) for i in (-1, 0, 1))
        if isinstance(value, dict) and isinstance(node.get("additionalProperties"), dict) and value:
            first = next(iter(value.values()))
            for key in KEYS:
                yield {key: first}
            if "maxProperties" in node:
                for i in (0, 1):
                    yield {f"k{n}": first for n in range(node["maxProperties"] + i)}
        if "enum" in node:
            yield from node["enum"]
        if "pattern" in node:
            yield from TEXTS


def numbered(item, size):
    out = []
    for i in range(size):
        one = copy.deepcopy(item)
        if isinstance(one, dict) and "name" in one:
            one["name"] = f"n{i}"
        elif isinstance(one, str):
            one = f"n{i}"
        out.append(one)
    return out


def nodes_of(validate, schema, document):
    """(path, schemas) of every node, one of each kind of place."""
    seen = set()
    todo = [((), validate.resolve(schema, schema), document)]
    while todo:
        path, nodes, value = todo.pop()
        pattern = tuple("[]" if isinstance(p, int) else p for p in path)
        if path and pattern not in seen:
            seen.add(pattern)
            yield path, nodes
        keys = value.keys() if isinstance(value, dict) else range(len(value)) if isinstance(
            value, list) else ()
        for key in keys:
            below = [n for s in sub(nodes, key) for n in validate.resolve(schema, s)]
            if below:
                todo.append((path + (key,), below, value[key]))


def at(document, path):
    for step in path:
        document = document[step]
    return document


def changed(document, path, value):
    out = copy.deepcopy(document)
    at(out, path[:-1])[path[-1]] = value
    return out


def without(document, path):
    out = copy.deepcopy(document)
    del at(out, path[:-1])[path[-1]]
    return out


def mutations(validate, known, document, common):
    """(path, what was done, document); what all kinds have in common is changed in one of them."""
    schema, _ = known.get(document)
    for path, nodes in nodes_of(validate, schema, document):
        if path in (("apiVersion",), ("kind",)):
            continue
        if path[0] == "metadata" or path[1:2] in (("crossplane",), ("conditions",)):
            if path in common:
                continue
            common.add(path)
        yield path, "missing", without(document, path)
        for value in others(at(document, path), nodes):
            yield path, value, changed(document, path, value)


def departs(path, value):
    """Where this library departs from the schemas on purpose: see doc/validation.md."""
    return (path[-1:] == ("lastTransitionTime",) and value == "missing") or (
        path == ("metadata", "creationTimestamp") and value is None)


def compare(validate, known, shape, cases):
    wrong = []
    found = verdicts([{"shape": shape, "document": document} for _, _, document in cases])
    for (path, value, document), (refused, first) in zip(cases, found):
        bad = validate.errors(document, known)
        if bool(bad) != refused and not departs(path, value):
            wrong.append(f"{document['kind']} {'.'.join(map(str, path))} = {value!r}: "
                         f"schema {bad[:1]}, mp_validate {first}")
    assert not wrong, f"{len(wrong)} of {len(cases)} differ\n" + "\n".join(wrong[:40])
    print(f"# {shape}: {len(cases)} documents, "
          f"{sum(refused for refused, _ in found)} refused by both")


def own():
    with open(os.path.join(HERE, "data", "validate", "every-field.json"), encoding="utf-8") as f:
        return json.load(f)


def manifests(validate, folder):
    for path in validate.files([folder]):
        with open(path, encoding="utf-8") as f:
            for document in validate.load(f.read()):
                if isinstance(document, dict) and list(document) == ["manifest"]:
                    document = validate.load(document["manifest"])[0]
                if isinstance(document, dict) and str(
                        document.get("apiVersion")) == "modelplane.ai/v1alpha1":
                    yield path, document


def compare_own(shape, which):
    validate, known = schemas(which)
    cases, common = [], set()
    for sample in own():
        if sample["shape"] == shape:
            cases.append(((), "as it is", sample["document"]))
            cases += mutations(validate, known, sample["document"], common)
    step = max(100 // SCALE, 1)
    compare(validate, known, shape, cases[::step])


@test
def newer_shape():
    """every field of the newer shape, missing, of another type and past its bounds"""
    compare_own("V2", "kinds")


@test
def older_shape():
    """every field of the older shape, missing, of another type and past its bounds"""
    compare_own("V1", "seed-137")


@test
def sample_manifests():
    """the sample manifests, each as it is and with each node missing"""
    validate, known = schemas("kinds")
    folder = os.path.join(SHARED, "manifests")
    if not os.path.isdir(folder):
        raise Skip(f"no manifests: {folder}")
    for shape, which in (("V2", "kinds"), ("V1", "seed-137")):
        _, known = schemas(which)
        cases = []
        for path, document in manifests(validate, folder):
            if ("seed-137" in path) != (shape == "V1"):
                continue
            cases.append(((), "as it is", document))
            schema, _ = known.get(document)
            cases += [(place, "missing", without(document, place))
                      for place, _ in nodes_of(validate, schema, document)
                      if place not in (("apiVersion",), ("kind",))]
        cases = [case for case in cases if fits_but(validate, known, case)]
        compare(validate, known, shape, cases)


def fits_but(validate, known, case):
    """Not the documents of the shape before the older one: their fields are unknown."""
    return all("Additional properties" not in message
               for _, message in validate.errors(case[2], known) or [])


main()
