# SPDX-License-Identifier: Apache-2.0
"""Which changes of the library would no test notice?

    python3 tests/mutants.py [--build DIR] [--lines FIRST-LAST] lib/compose/pod.c ...

Each literal text of a source gets one more character, each number one more, and each comparison,
each "&&", "||", "!", "true" and "false" is turned round, one at a time.  The changed library is
built without optimisation and the quick tests run on it; the changes that all of them let pass are
printed.  A survivor is a missing test, or code that does nothing.  `make -C tests mutants` runs
this over composition, reconciliation and the model, which takes an hour or two on one core.
"""
import argparse
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

TOP = os.path.abspath(os.environ.get("top_srcdir") or os.path.join(os.path.dirname(__file__), ".."))
FOLDERS = ("base", "value", "cel", "model", "fleet", "place", "compose", "reconcile")
PROGRAMS = {  # in the order of their run time; with the sources they are made of
    "validate_cases": (), "compose_names": (), "compose_objects": (), "deployment_build": (),
    "compose_plan": ("compose_sample.c",), "compose_replica": (), "read_documents": (),
    "function_cases": ("case_files.c",), "reconcile_cases": ("case_files.c",),
}
SCRIPTS = ("replica_model.py", "routes_model.py", "cache_model.py", "cloud_model.py",
           "deployment_model.py",
           "reference_replica.py", "reference_rules.py", "reference_stack.py")
TOKEN = re.compile(r"""
    (?P<skip> /\*.*?\*/ | //[^\n]* | ^[ \t]*\#[ \t]*include[^\n]* | '(?:\\.|[^'\\])' )
  | (?P<text> "(?:\\.|[^"\\\n])*" )
  | (?P<name> [A-Za-z_]\w* )
  | (?P<number> \d[\w.]* )
  | (?P<sign> -> | << | >> | == | != | <= | >= | && | \|\| | < | > | ! )
""", re.X | re.S | re.M)
TURNED = {"==": "!=", "!=": "==", "<=": "<", ">=": ">", "<": "<=", ">": ">=", "&&": "||",
          "||": "&&", "!": "", "true": "false", "false": "true"}


def mutants(source):
    """Every changed text of a source, as (offset, old, new)."""
    for found in TOKEN.finditer(source):
        kind, old, new = found.lastgroup, found[0], None
        if kind == "text":
            new = old[:-1] + '~"'
        elif kind == "number" and re.fullmatch(r"\d+u?", old):
            new = re.sub(r"\d+", lambda digits: str(int(digits[0]) + 1), old)
        elif kind in ("sign", "name"):
            new = TURNED.get(old)
        if new is not None:
            yield found.start(), old, new


class Workshop:
    """A copy of what the tests need, in a folder of its own."""

    def __init__(self, folder, build):
        self.folder = folder
        self.library = os.path.join(folder, "libmodelplane.so")
        self.flags = ["-std=c11", "-O0", "-w", "-fPIC", "-DHAVE_CONFIG_H", "-I" + build,
                      "-I" + os.path.join(TOP, "include"), "-I" + os.path.join(build, "include"),
                      f'-DMP_TEST_SRCDIR="{TOP}/tests"', "-I" + os.path.join(TOP, "tests/support")]
        self.flags += ["-I" + os.path.join(TOP, "lib", name) for name in FOLDERS]
        self.cc = os.environ.get("CC") or "cc"
        self.objects = {}
        for path in sorted(glob.glob(os.path.join(TOP, "lib", "*.c")) +
                           glob.glob(os.path.join(TOP, "lib", "*", "*.c"))):
            self.objects[path] = self.compile(path, path.replace("/", "_") + ".o")
        self.link()
        tests = [self.make(name, ["support/mp_test.c", name + ".c", *more])
                 for name, more in PROGRAMS.items()]
        command = os.path.join(folder, "modelplane")
        libraries = ["-lyaml"] if "#define HAVE_YAML 1" in self.read(build, "config.h") else []
        self.run([self.cc, *self.flags, "-I" + os.path.join(TOP, "bindings", "cli"), "-o", command,
                  *glob.glob(os.path.join(TOP, "bindings", "cli", "*.c")), *self.linked(),
                  *libraries, "-lm"])
        scripts = [[sys.executable, os.path.join(TOP, "tests", name)] for name in SCRIPTS
                   if os.path.exists(os.path.join(TOP, "tests", name))]
        self.tests = [[test] for test in tests] + scripts
        self.environment = dict(os.environ, CK_FORK="no", MODELPLANE=command, MP_TEST_SCALE="5",
                                top_srcdir=TOP, srcdir=os.path.join(TOP, "tests"))

    @staticmethod
    def read(*path):
        with open(os.path.join(*path), encoding="utf-8") as f:
            return f.read()

    @staticmethod
    def run(command):
        subprocess.run(command, check=True)

    def linked(self):
        return [self.library, "-Wl,-rpath," + self.folder]

    def compile(self, source, name):
        out = os.path.join(self.folder, name)
        self.run([self.cc, *self.flags, "-I" + os.path.dirname(source), "-c", "-o", out, source])
        return out

    def link(self):
        self.run([self.cc, "-shared", "-o", self.library, *self.objects.values(), "-lm"])

    def make(self, name, sources):
        check = subprocess.run(["pkg-config", "--cflags", "--libs", "check"], check=True,
                               stdout=subprocess.PIPE, text=True).stdout.split()
        out = os.path.join(self.folder, name)
        self.run([self.cc, *self.flags, "-o", out,
                  *(os.path.join(TOP, "tests", s) for s in sources), *self.linked(), *check])
        return out

    def noticed_by(self):
        """The first test that fails, or None."""
        for test in self.tests:
            try:
                done = subprocess.run(test, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                      env=self.environment, cwd=self.folder, timeout=60,
                                      check=False)
            except subprocess.TimeoutExpired:
                return test
            if done.returncode != 0:
                return test
        return None

    def survivors(self, path, first, last):
        """Each change of a source that every test lets pass, as (line, column, old, new)."""
        source, kept = self.read(path), self.objects[path]
        same = self.read_bytes(kept)
        changed = os.path.join(self.folder, os.path.basename(path))
        for at, old, new in mutants(source):
            line = source.count("\n", 0, at) + 1
            if not first <= line <= last:
                continue
            with open(changed, "w", encoding="utf-8") as f:
                f.write(source[:at] + new + source[at + len(old):])
            try:
                self.objects[path] = self.compile(changed, "changed.o")
            except subprocess.CalledProcessError:
                continue
            if self.read_bytes(self.objects[path]) != same:
                self.link()
                if self.noticed_by() is None:
                    yield line, at - source.rfind("\n", 0, at), old, new
        self.objects[path] = kept

    @staticmethod
    def read_bytes(path):
        with open(path, "rb") as f:
            return f.read()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default=os.environ.get("top_builddir") or ".")
    parser.add_argument("--lines", default="1-1000000")
    parser.add_argument("sources", nargs="+")
    given = parser.parse_args()
    first, last = map(int, given.lines.split("-"))
    folder = tempfile.mkdtemp(prefix="mutants")
    try:
        shop = Workshop(folder, os.path.abspath(given.build))
        failing = shop.noticed_by()
        if failing is not None:
            sys.exit(f"fails without a change: {failing}")
        for name in given.sources:
            path = os.path.join(TOP, name)
            for line, column, old, new in shop.survivors(path, first, last):
                print(f"{name}:{line}:{column}: {old} -> {new or 'nothing'}", flush=True)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
