# SPDX-License-Identifier: Apache-2.0
"""What the tests of the command share: running it, TAP, where things are."""
import os
import subprocess
import sys
import traceback

TOP = os.environ.get("top_srcdir", os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
BUILD = os.environ.get("top_builddir", TOP)
SHARED = os.environ.get("MP_SHARED", os.path.join(TOP, "..", "shared"))
DATA = os.path.join(TOP, "tests", "data", "cli")
COMMAND = os.environ.get("MODELPLANE", os.path.join(BUILD, "bindings", "cli", "modelplane"))
YAML = os.environ.get("HAVE_YAML", "yes") == "yes"

tests = []
count = failed = 0


def test(function):
    """Mark a function as a test; its docstring, or its name, is the test's name."""
    tests.append(function)
    return function


class Skip(Exception):
    pass


class Result:
    def __init__(self, done):
        self.code = done.returncode
        self.out = done.stdout.decode()
        self.err = done.stderr.decode()


def run(*arguments, stdin=b"", command=None, cwd=TOP, stdout=subprocess.PIPE):
    done = subprocess.run([command or COMMAND, *arguments], input=stdin, stdout=stdout,
                          stderr=subprocess.PIPE, cwd=cwd, check=False)
    if stdout is not subprocess.PIPE:
        done.stdout = b""
    return Result(done)


def expect(result, code, out=None, err=None):
    """The exit status, and a text that standard output or error must contain."""
    assert result.code == code, f"exit status {result.code}, wanted {code}\n{result.out}{result.err}"
    if out is not None:
        assert out in result.out, f"not in the output: {out!r}\n{result.out}{result.err}"
    if err is not None:
        assert err in result.err, f"not on standard error: {err!r}\n{result.err}"
    return result


def golden(name, text):
    """Compare with tests/data/cli/NAME; `MP_UPDATE=1` writes the file instead."""
    path = os.path.join(DATA, name)
    if os.environ.get("MP_UPDATE"):
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        return
    with open(path, encoding="utf-8") as f:
        want = f.read()
    if want != text:
        import difflib
        lines = difflib.unified_diff(want.splitlines(), text.splitlines(), name, "now", lineterm="")
        raise AssertionError("\n".join(lines))


def pyyaml():
    try:
        import yaml
    except ImportError as missing:
        raise Skip("PyYAML is not installed") from missing
    return yaml


def main():
    global count, failed
    for function in tests:
        name = (function.__doc__ or function.__name__.replace("_", " ")).strip()
        count += 1
        try:
            function()
            print(f"ok {count} - {name}")
        except Skip as reason:
            print(f"ok {count} - {name} # SKIP {reason}")
        except Exception:  # a test that dies has failed
            failed += 1
            print(f"not ok {count} - {name}")
            for line in traceback.format_exc().splitlines()[:60]:
                print("# " + line[:300])
        sys.stdout.flush()
    print(f"1..{count}")
    sys.exit(1 if failed else 0)
