#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the YAML writer writes, PyYAML reads back equal: both its own reader and its binding of
libyaml, and ruamel.yaml (YAML 1.2) if it is installed.  The trees come from yaml_generate, as JSON
and as YAML.  Prints TAP."""
import json
import os
import subprocess
import sys


def readers():
    """Yield (name, function from text to the list of its documents, or None with a reason)."""
    try:
        import yaml
        # Unlike its own default, refuse a key that comes twice.
        class Strict(yaml.SafeLoader):
            def construct_mapping(self, node, deep=False):
                keys = [self.construct_object(k, deep=True) for k, _ in node.value]
                assert len(keys) == len(set(keys)), "a key twice"
                return super().construct_mapping(node, deep)
        Strict.add_constructor("tag:yaml.org,2002:map", yaml.SafeLoader.construct_yaml_map)
        yield "PyYAML", lambda text: list(yaml.load_all(text, Strict)), None
        if hasattr(yaml, "CSafeLoader"):
            yield "PyYAML_libyaml", lambda text: list(yaml.load_all(text, yaml.CSafeLoader)), None
        else:
            yield "PyYAML_libyaml", None, "PyYAML was built without libyaml"
    except ImportError:
        yield "PyYAML", None, "python3-yaml is not installed"
        yield "PyYAML_libyaml", None, "python3-yaml is not installed"
    try:
        import ruamel.yaml
        def read(text):
            reader = ruamel.yaml.YAML(typ="safe", pure=True)
            return list(reader.load_all(text))
        yield "ruamel_yaml", read, None
    except ImportError:
        yield "ruamel_yaml", None, "ruamel.yaml is not installed"


def same(a, b):
    """Equal in value, in type and in the order of keys; -0.0 is not 0.0."""
    if isinstance(a, dict) and isinstance(b, dict):
        return list(a) == list(b) and all(same(a[k], b[k]) for k in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    return type(a) is type(b) and repr(a) == repr(b)


def trees(count):
    """Yield (value, YAML text) for every tree."""
    program = os.path.join(os.environ.get("builddir", "."), "yaml_generate")
    out = subprocess.run([program, "77", str(count)], check=True, stdout=subprocess.PIPE).stdout
    value, text = None, None
    for line in out.decode("utf-8").split("\n")[:-1]:
        if text is None and line == "%":
            text = []
        elif text is None:
            value = json.loads(line)
        elif line == "%%":
            yield value, "".join(one + "\n" for one in text)
            text = None
        else:
            text.append(line)


def main():
    scale = int(os.environ.get("MP_TEST_SCALE") or 100)
    pairs = list(trees(max(2, 600 * scale // 100)))
    failed = False
    number = 0
    for name, read, reason in readers():
        number += 1
        if read is None:
            print(f"ok {number} - yaml_{name} # SKIP {reason}")
            continue
        wrong = None
        for value, text in pairs:
            try:
                got = read(text)
            except Exception as error:  # whatever a reader raises is a failure of the writer
                got = [error]
            if not (len(got) == 1 and same(got[0], value)):
                wrong = (value, text, got)
                break
        # all of them as one stream
        if wrong is None:
            got = read("".join(text for _, text in pairs))
            if not same(got, [value for value, _ in pairs]):
                wrong = ("a stream", "", "something else")
        print(f"{'not ' if wrong else ''}ok {number} - yaml_{name} reads {len(pairs)} trees")
        if wrong:
            failed = True
            for part in wrong:
                for line in str(part).split("\n"):
                    print("#", ascii(line))
    print(f"1..{number}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
