# SPDX-License-Identifier: Apache-2.0
"""The command's YAML reader: a table of what it reads, and PyYAML on generated documents."""
import json
import os
import random

from cli_support import BUILD, YAML, Skip, main, pyyaml, run, test

DUMP = os.path.join(BUILD, "tests", "cli_yaml_dump")
if not YAML:
    @test
    def without_yaml():
        """the YAML reader"""
        raise Skip("built without YAML")

    main()


def read(text):
    data = text if isinstance(text, bytes) else text.encode()
    result = run(command=DUMP, stdin=data)
    assert result.code == 0, result.err
    return result.out.splitlines()


# ---- scalars as kubectl reads them ----

SCALARS = {
    "yes": True, "Yes": True, "YES": True, "on": True, "y": True, "Y": True, "true": True,
    "no": False, "off": False, "OFF": False, "n": False, "False": False,
    "yEs": "yEs", "oN": "oN", "TrUe": "TrUe", "nil": "nil", "none": "none",
    "~": None, "null": None, "NULL": None, "Null": None, "nUll": "nUll",
    "0": 0, "-0": 0, "+7": 7, "017": 15, "0o17": 15, "0x1F": 31, "0b101": 5, "-0x10": -16,
    "1_000": 1000, "0x_f": 15, "9223372036854775807": 9223372036854775807,
    "-9223372036854775808": -9223372036854775808, "9223372036854775808": 9223372036854775808,
    "18446744073709551615": 18446744073709551615, "18446744073709551616": 1.8446744073709552e19,
    "1.5": 1.5, "1.": 1.0, ".5": 0.5, "-.5e3": -500.0, "1e3": 1000.0, "1E+2": 100.0, "08": 8.0,
    "1e999": "1e999",
    "1e": "1e", "e3": "e3", ".": ".", "+": "+", "-a": "-a", "1.2.3": "1.2.3", "0x": "0x",
    "0xg": "0xg", "1:30": "1:30", "2024-01-01": "2024-01-01", ".inf": ".inf", ".nan": ".nan",
    "10Gi": "10Gi", "1-2": "1-2", "a b": "a b", "=": "=", "'no'": "no", '"017"': "017",
    "!!str 017": "017", "!!int '5'": 5, "!!float 2.5": 2.5, "!!bool yes": True, "!!null ''": None,
    "! 017": "017",
}


@test
def scalars():
    """plain scalars mean what they mean to kubectl"""
    for text, want in SCALARS.items():
        lines = read(f"a: {text}\n")
        assert len(lines) == 1 and not lines[0].startswith("error"), (text, lines)
        got = json.loads(lines[0])["a"]
        assert got == want and type(got) is type(want), (text, got, want)


DOCUMENTS = {
    "": [],
    "---\n---\n": [None, None],
    "a: 1\n---\nb: 2\n...\n": [{"a": 1}, {"b": 2}],
    "{a: [1, {b: c}], d: }": [{"a": [1, {"b": "c"}], "d": None}],
    "a: &x {b: 1}\nc: *x\nd: [*x, *x]": [{"a": {"b": 1}, "c": {"b": 1}, "d": [{"b": 1}, {"b": 1}]}],
    "a: &x 5\nb: &x 6\nc: *x": [{"a": 5, "b": 6, "c": 6}],
    "base: &b {x: 1, z: 2}\na:\n  <<: *b\n  z: 3": [{"base": {"x": 1, "z": 2}, "a": {"z": 3, "x": 1}}],
    "a: {<<: [{x: 1}, {x: 2, z: 4}], w: 3}": [{"a": {"w": 3, "x": 1, "z": 4}}],
    "'<<': 1": [{"<<": 1}],
    "yes: 1\n2: b\n0x10: c\n1.5: d": [{"true": 1, "2": "b", "16": "c", "1.5": "d"}],
    "a: |\n  x\n   y\nb: >-\n  p\n  q\n": [{"a": "x\n y\n", "b": "p q"}],
    'a: "\\u00e9\\x41\\ttab"': [{"a": "\u00e9A\ttab"}],
    "a: !!map {b: !!seq [1]}": [{"a": {"b": [1]}}],
    "\ufeffa: 1": [{"a": 1}],
}


@test
def documents():
    """documents, anchors, merge keys, keys that are no strings"""
    for text, want in DOCUMENTS.items():
        got = [json.loads(line) for line in read(text)]
        assert got == want, (text, got, want)


ERRORS = {
    "a: 1\na: 2": "2:1 MP_EPARSE duplicate key a",
    "yes: 1\ntrue: 2": "2:1 MP_EPARSE duplicate key",
    "a: &x [*x]": "1:8 MP_EPARSE alias inside its own anchor x",
    "a: *y": "1:4 MP_EPARSE unknown anchor y",
    "a: !mine 1": "1:4 MP_EPARSE unknown tag !mine",
    "a: !!binary aGk=": "1:4 MP_EPARSE",
    "a: !!int x": "1:4 MP_EPARSE value does not fit its tag !!int",
    "~: 1": "1:1 MP_EPARSE a key may not be null",
    "[a]: 1": "1:1 MP_EPARSE a list cannot be a key",
    "{a: 1}: 1": "1:1 MP_EPARSE a map cannot be a key",
    "a: &x b\n*x : 1": "2:1 MP_EPARSE an alias cannot be a key",
    "a: {<<: 1}": "MP_EPARSE \"<<\" takes a map or a list of maps",
    "a:\n\tb: 1": "2:1 MP_EPARSE a tab where only spaces may indent",
    "\u00e9\u00e9:\n\tb: 1": "2:1 MP_EPARSE a tab where only spaces may indent",
    "a: [1, 2": "MP_EPARSE",
    "a: b: c": "1:5 MP_EPARSE",
    "a: 'x": "MP_EPARSE",
    "[" * 300 + "]" * 300: "1:201 MP_ELIMIT nested too deeply",
}


@test
def errors():
    """what cannot be read has a place and a reason"""
    for text, want in ERRORS.items():
        lines = read(text)
        assert lines and lines[-1].startswith("error ") and want in lines[-1], (text, lines)
    assert read(b"a: 1\nb: \xff")[-1].startswith("error 2:1 MP_EPARSE not text in UTF-8")


@test
def documents_before_an_error_are_read():
    """documents before a bad one come out"""
    lines = read("a: 1\n---\nb: 1\nb: 2")
    assert lines[0] == '{"a":1}' and lines[1].startswith("error 4:1"), lines


@test
def small_files_stay_small():
    """aliases and merges cannot expand a small file without end"""
    lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    merges = ["a: &a {a: 1, b: 2, c: 3}"]
    names = "abcdefghij"
    for last, name in zip(names, names[1:]):
        lines.append(f"{name}: &{name} [{', '.join(['*' + last] * 10)}]")
        merges.append(f"{name}: &{name} {{{', '.join(f'{x}: *{last}' for x in 'pqrstuvwxy')}}}")
    merges.append("z: {" + ", ".join("<<: *g" for _ in range(20)) + "}")
    for text in ("\n".join(lines), "\n".join(merges)):
        out = read(text)
        assert "MP_ELIMIT" in out[-1] and "1000000" in out[-1], out[-1][:200]
    deep = ["a0: &a0 [1]"] + [f"a{i}: &a{i} [*a{i - 1}]" for i in range(1, 300)]
    assert "MP_ELIMIT nested too deeply" in read("\n".join(deep))[-1]
    many = "a: [" + ", ".join(f"&x{i} 1" for i in range(2000)) + "]"
    assert "MP_ELIMIT more than 1000 anchors" in read(many)[-1]


# ---- PyYAML writes, we read ----

# Not "1e3" nor "y", which PyYAML, of another mind than kubectl, leaves without quotes.
STRINGS = ["", " ", "no", "yes", "0x10", "~", "2024-01-01", "a\nb", "a\n", "\n", "trailing ",
           " leading", "a: b", "# c", "- d", "'", '"', "\\", "\t", "\u00e9", "\U0001f600", "\x7f",
           "key with spaces", "x" * 200, "multi\n\n  lines\n", "null", "<<", "=", "!tag", "&a", "*a"]


def value(rng, depth):
    kind = rng.randrange(8 if depth < 5 else 6)
    if kind == 6:
        return [value(rng, depth + 1) for _ in range(rng.randrange(4))]
    if kind == 7:
        return {rng.choice(STRINGS[:-3]): value(rng, depth + 1) for _ in range(rng.randrange(4))}
    return [rng.choice(STRINGS), rng.randrange(-10**18, 10**18), rng.random() * 10**rng.randrange(9),
            rng.random() < 0.5, None, rng.choice(STRINGS)][kind]


@test
def generated():
    """what PyYAML writes is read back equal, in every style"""
    yaml = pyyaml()
    rng = random.Random(7)
    scale = int(os.environ.get("MP_TEST_SCALE", "100"))
    for _ in range(max(1, scale // 2)):
        docs = [value(rng, 0) for _ in range(40)]
        for style in (None, False, True):
            text = yaml.safe_dump_all(docs, default_flow_style=style, allow_unicode=rng.random() < .5,
                                      explicit_start=True, width=rng.choice([20, 80, 1000]))
            got = [json.loads(line) for line in read(text)]
            assert got == docs, (text, got, docs)


if __name__ == "__main__":
    main()
