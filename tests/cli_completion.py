# SPDX-License-Identifier: Apache-2.0
"""Completion in bash and zsh: what is offered is what the command takes."""
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import tempfile
import time

from cli_support import TOP, Skip, main, run, test

FOLDER = os.path.join(TOP, "bindings", "cli", "completion")
COMMANDS = re.findall(r"^  (\w+) +(?:FILE|EXPR|\[)", run("--help").out, re.M)
VALUES = {"--accounting": "nodes devices", "--span": "pool fabric", "--shape": "v1 v2",
          "--routing": "service pool",
          "--policy": "spread pack cheapest first best-fit unfragmented"}


def options(command):
    return set(re.findall(r"^  (?:-\w, |    )(--[\w-]+)", run(command, "--help").out, re.M))


def bash(*words, cwd=None):
    """What bash offers for the last word."""
    if not shutil.which("bash"):
        raise Skip("no bash")
    script = """source "$1"; shift
complete -p modelplane >/dev/null || exit 1
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _modelplane
((${#COMPREPLY[@]} == 0)) || printf '%s\\n' "${COMPREPLY[@]}" """
    done = subprocess.run(["bash", "--norc", "-c", script, "bash",
                           os.path.join(FOLDER, "bash", "modelplane"), "modelplane", *words],
                          capture_output=True, cwd=cwd, check=True)
    assert done.stderr == b"", done.stderr
    return done.stdout.decode().splitlines()


def documents(folder):
    """Files to choose from: documents, a folder, and something else."""
    for name in ("one.yaml", "two.yml", "three.json", "other.txt", "a b.yaml"):
        with open(os.path.join(folder, name), "w", encoding="utf-8"):
            pass
    os.mkdir(os.path.join(folder, "more"))


@test
def there_are_commands():
    """--help lists the commands that completion is compared with"""
    assert {"plan", "explain", "reconcile", "render", "validate", "eval"} <= set(COMMANDS), COMMANDS


@test
def bash_commands():
    """bash: the first word is a command"""
    assert set(bash("")) == set(COMMANDS) | {"--help", "--version"}
    assert bash("re") == ["reconcile", "render"]


@test
def bash_options():
    """bash: the options of every command are those of its --help"""
    for command in COMMANDS:
        assert set(bash(command, "-")) == options(command), command
    assert bash("plan", "x.yaml", "--ob") == ["--observed"]


@test
def values_are_taken():
    """every value that is offered is taken, and all that are taken are offered"""
    for command in ("plan", "explain", "reconcile", "render", "eval"):
        offered = bash(command, "--output", "")
        assert offered == bash(command, "-o", "") == bash(command, "--output", "=", ""), command
        assert offered == bash(command, "--output", "=")
        for value in ("table", "json", "yaml", "svg", "html", "line", "x"):
            arguments = ["true"] if command == "eval" else []
            code = run(command, "-o", value, *arguments, "no-such-file").code
            assert (code != 2) == (value in offered), (command, value, code)
    for option, values in VALUES.items():
        offered = bash("plan", option, "")
        assert set(offered) == set(values.split()), (option, offered)
        for value in offered:
            assert run("plan", option, value, "no-such-file").code == 3, (option, value)
    assert bash("plan", "--policy", "=", "best") == ["best-fit"]
    assert bash("plan", "--budget", "") == []


@test
def bash_files():
    """bash: documents and folders, nothing else; folders alone for --output-dir"""
    with tempfile.TemporaryDirectory() as folder:
        documents(folder)
        for words in (("plan", ""), ("eval", "true", ""), ("plan", "--observed", "")):
            assert set(bash(*words, cwd=folder)) == {"one.yaml", "two.yml", "three.json", "more",
                                                     "a b.yaml"}, words
        assert bash("plan", "t", cwd=folder) == ["two.yml", "three.json"]
        assert bash("render", "--output-dir", "", cwd=folder) == ["more"]


# Completion adds its matches by compadd; here that writes them down as well.
ZSH_SETUP = """
fpath=("$MODELPLANE_COMPLETION" $fpath)
autoload -Uz compinit; compinit -u -D
compadd() {
    local -a found
    if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\\ * ]]; then
        builtin compadd "$@"
        return
    fi
    builtin compadd -A found "$@"
    ((${#found})) && print -rl -- "${found[@]}" >>$OFFERED
    builtin compadd "$@"
}
offer-done() { print -r -- '===' >>$OFFERED; zle kill-whole-line }
zle -N offer-done
zle -C offer list-choices _main_complete
bindkey '^T' offer
bindkey '^G' offer-done
LISTMAX=1000
print -r -- '===' >>$OFFERED
"""


class Zsh:
    """A shell on a terminal, to which keys are sent."""

    def __init__(self, cwd, folder):
        if not shutil.which("zsh"):
            raise Skip("no zsh")
        self.path = os.path.join(folder, "offered")
        setup = os.path.join(folder, "setup.zsh")
        with open(setup, "w", encoding="utf-8") as f:
            f.write(ZSH_SETUP)
        env = {"PATH": os.environ["PATH"], "HOME": folder, "TERM": "dumb", "LANG": "C.UTF-8",
               "OFFERED": self.path,
               "MODELPLANE_COMPLETION": os.path.join(os.path.abspath(FOLDER), "zsh")}
        self.child, self.terminal = pty.fork()
        if self.child == 0:
            os.chdir(cwd)
            os.execvpe("zsh", ["zsh", "-f", "-i"], env)
        self.ask(f"source {setup}\r")

    def ask(self, keys):
        """Send keys, and wait until the shell has written a line of ===."""
        with open(self.path, "w", encoding="utf-8"):
            pass
        os.write(self.terminal, keys.encode())
        said, end = b"", time.monotonic() + 30
        while True:
            if select.select([self.terminal], [], [], 0.05)[0]:
                said += os.read(self.terminal, 65536)
            with open(self.path, encoding="utf-8") as f:
                offered = f.read().splitlines()
            if "===" in offered:
                return offered[:offered.index("===")]
            assert time.monotonic() < end, said

    def offers(self, line):
        return set(self.ask(line + "\x14\x07"))

    def close(self):
        os.kill(self.child, signal.SIGKILL)
        os.waitpid(self.child, 0)
        os.close(self.terminal)


@test
def zsh_completion():
    """zsh: commands, the options of each, values, documents"""
    with tempfile.TemporaryDirectory() as cwd, tempfile.TemporaryDirectory() as folder:
        documents(cwd)
        shell = Zsh(cwd, folder)
        try:
            assert shell.offers("modelplane ") == set(COMMANDS)
            for command in COMMANDS:
                offered = {w.rstrip("=") for w in shell.offers(f"modelplane {command} --")}
                assert offered == options(command), (command, offered ^ options(command))
            for option, values in VALUES.items():
                assert shell.offers(f"modelplane plan {option} ") == set(values.split()), option
            for command in ("plan", "explain", "reconcile", "render", "eval"):
                assert shell.offers(f"modelplane {command} -o ") == set(bash(command, "-o", ""))
            offered = {w.rstrip("/").replace("\\", "") for w in shell.offers("modelplane plan ")}
            assert offered == {"one.yaml", "two.yml", "three.json", "a b.yaml", "more"}, offered
            assert {w.rstrip("/") for w in shell.offers("modelplane render --output-dir ")} == {"more"}
        finally:
            shell.close()


main()
