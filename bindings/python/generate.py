#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes modelplane/_cdef.py from the public headers.

    generate.py INCLUDE-DIR [--check]

The declarations go through the C preprocessor without any system header, so what is left is what the
headers themselves declare.  With --check nothing is written; the exit status is 1 if the file is not
what the headers give.
"""

import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
OUTPUT = os.path.join(HERE, "modelplane", "_cdef.py")
CONSTANT = re.compile(
    r"^#define (MP_[A-Z0-9_]+) +(?:\(\(size_t\)(\d+) << (\d+)\)|UINT64_C\((\d+)\)|(\d+)u?)(?: +/\*.*)?$", re.M)


def preprocess(include):
    with tempfile.TemporaryDirectory() as empty:
        for name in ("stdbool.h", "stddef.h", "stdint.h"):
            with open(os.path.join(empty, name), "w", encoding="ascii"):
                pass
        version = os.path.join(empty, "modelplane")
        os.mkdir(version)
        with open(os.path.join(version, "version.h"), "w", encoding="ascii") as file:
            file.write("MP_API const char *mp_version(void);\n")
        source = os.path.join(empty, "all.c")
        with open(source, "w", encoding="ascii") as file:
            file.write("#include <modelplane/modelplane.h>\n")
        command = [os.environ.get("CC", "cc"), "-E", "-P", "-nostdinc", "-I", empty, "-I", include, source]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def declarations(include):
    text = preprocess(include)
    text = re.sub(r"__attribute__\s*\(\((?:[^()]|\([^()]*\))*\)\)", "", text)
    text = re.sub(r"\bMP_API\b", "", text)
    text = text.replace("((size_t)-1)", "18446744073709551615")
    lines = [re.sub(r"\s+", " ", line).strip() for line in text.split("\n")]
    return [line for line in lines if line and not line.startswith("#")]


def constants(include):
    found = {}
    folder = os.path.join(include, "modelplane")
    for name in sorted(os.listdir(folder)):
        if not name.endswith(".h"):
            continue
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            for match in CONSTANT.finditer(file.read()):
                constant, base, shift, wide, plain = match.groups()
                found[constant] = int(base) << int(shift) if base else int(wide or plain)
    return found


def generate(include):
    out = ["# SPDX-License-Identifier: Apache-2.0",
           "# Made by generate.py from the public headers; do not edit.",
           '"""What the C library declares."""', "", 'CDEF = """\\']
    out += declarations(include)
    out += ['"""', "", "CONSTANTS = {"]
    out += [f'    "{name}": {value},' for name, value in sorted(constants(include).items())]
    out += ["}", ""]
    return "\n".join(out)


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    text = generate(sys.argv[1])
    if "--check" not in sys.argv[2:]:
        with open(OUTPUT, "w", encoding="utf-8") as file:
            file.write(text)
        return
    with open(OUTPUT, encoding="utf-8") as file:
        if file.read() != text:
            sys.exit("modelplane/_cdef.py is not what the headers give: run generate.py")


if __name__ == "__main__":
    main()
