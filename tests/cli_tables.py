# SPDX-License-Identifier: Apache-2.0
"""The tables of plan and explain: their width, what wraps, and colour on terminals only."""
import json
import os
import pty
import re
import subprocess

import cli_fleets as fleets
from cli_support import COMMAND, TOP, YAML, Skip, main, run, test

FLEET = "examples/fleet"
IMPOSSIBLE = "examples/refused/impossible.yaml"
COMMANDS = ("plan", "explain")
if not YAML:
    @test
    def without_yaml():
        """the tables of plan and explain"""
        raise Skip("built without YAML")

    main()


def on_terminal(*arguments, **changes):
    """What the command writes to a terminal; the environment with these changes."""
    env = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "TERM")}
    env.update({"TERM": "xterm", **changes})
    ours, theirs = pty.openpty()
    with subprocess.Popen([COMMAND, *arguments], stdout=theirs, cwd=TOP, env=env) as child:
        os.close(theirs)
        out = b""
        while True:
            try:
                some = os.read(ours, 65536)
            except OSError:  # Linux says EIO where the other end is closed
                break
            if not some:
                break
            out += some
        child.wait()
    os.close(ours)
    return out.decode().replace("\r\n", "\n")


def plain(text):
    return re.sub("\033\\[[0-9;]*m", "", text)


def long_names():
    """The example fleet with names of 63 characters, as Kubernetes allows."""
    text = ""
    for name in ("classes", "clusters", "spread", "gang"):
        with open(os.path.join(TOP, FLEET, name + ".yaml"), encoding="utf-8") as f:
            text += "---\n" + f.read()
    for name, letter in (("qwen3-8b", "q"), ("deepseek-v3", "d"), ("aws-ohio", "o"),
                         ("lab-zurich", "z"), ("chat", "n")):
        text = text.replace(name, letter * 63)
    return text.replace("replicas: 2", "replicas: 9").encode()


@test
def headline_says_where():
    """explain names the clusters of a deployment: how many replicas on each, and not too many names"""
    wanted = {10: "10 of 10 replicas: placed on a0, a1, a2, a3, a4, a5, a6, a7, ...",
              8: "8 of 8 replicas: placed on a0, a1, a2, a3, a4, a5, a6, a7",
              2: "10 of 10 replicas: placed on a0 (5), a1 (5)"}
    for count, line in wanted.items():
        documents = [fleets.cluster(f"a{i}", (("l4", 5),)) for i in range(count)]
        documents.append(fleets.deployment("web", "l4", replicas=8 if count == 8 else 10))
        result = run("explain", "-", stdin=fleets.stream(*documents))
        assert result.code == 0 and f"chat/web: {line}\n" in result.out, result.out
        assert "FOR ONE MORE" in result.out and "REASON" not in result.out


@test
def split():
    """an engine that runs over two pools is kept, and plan says that it is split"""
    cluster = fleets.cluster("east", (("l4", 2), ("l4b", 2)))
    for pool in cluster["status"]["gpuPools"]:
        pool["devices"] = fleets.devices("l4")
    web = fleets.deployment("web", "l4", nodes=2)
    runs = fleets.replica("web-1", "web", "east", "l4")
    engine = runs["spec"]["engines"][0]
    worker = {**engine["members"][0], "role": "Worker", "worker": {"nodes": 1}}
    engine["members"] = [{**engine["members"][0], "role": "Leader"}, worker]
    for pool, state in (("l4", "kept"), ("l4b", "kept, split")):
        worker["nodePoolName"] = pool
        stdin = fleets.stream(cluster, web, runs)
        result = run("plan", "-", stdin=stdin)
        assert result.code == 0 and result.out.splitlines()[1].endswith("  " + state), result.out
        made = json.loads(run("plan", "-o", "json", "-", stdin=stdin).out)[0]["placements"][0]
        assert made["engines"][0].get("split") == (True if "split" in state else None), made


@test
def colour_on_terminals():
    """a terminal gets colour, and the same lines as anyone"""
    for command in COMMANDS:
        arguments = (command, "--assume-ready", FLEET, IMPOSSIBLE)
        shown = on_terminal(*arguments)
        assert "\033[31m" in shown and "\033[1m" in shown, shown
        assert shown.count("\033[0m") * 2 == shown.count("\033["), "a style that does not end"
        assert plain(shown) == run(*arguments).out
    assert "\033[32mone more replica fits\033[0m" in shown


@test
def no_colour_elsewhere():
    """no colour in pipes, under NO_COLOR, or on a dumb terminal; NO_COLOR must not be empty"""
    for command in COMMANDS:
        arguments = (command, "--assume-ready", FLEET, IMPOSSIBLE)
        assert "\033" not in run(*arguments).out
        assert "\033" not in on_terminal(*arguments, NO_COLOR="1")
        assert "\033" not in on_terminal(*arguments, TERM="dumb")
        assert "\033" not in on_terminal(*arguments, TERM="")
        assert "\033" in on_terminal(*arguments, NO_COLOR="")


@test
def narrow():
    """100 columns are enough for names of 63 characters; prose wraps and loses nothing"""
    for command in COMMANDS:
        result = run(command, "--assume-ready", "-", stdin=long_names())
        assert result.code == 1, result.err
        assert max(len(line) for line in result.out.splitlines()) <= 100, result.out
        assert " ".join(result.out.split()).count("cheapest fix, on ") > 0, result.out
    words = " ".join(result.out.split())
    assert "z" * 10 + "~" in words, "a name in a column of names is cut, and says so"
    assert 'engine "main" asks for' in words, result.out
    assert all(line == line.rstrip() for line in result.out.splitlines())


@test
def one_long_word():
    """a word wider than its column is broken, not cut"""
    with open(os.path.join(TOP, "examples/refused/bad-selector.yaml"), encoding="utf-8") as f:
        text = f.read()
    path = "spec.template.spec.engines[0].members[0].nodeSelector.devices[0].selectors[0].cel"
    text = text.replace("name: bad-selector", "name: " + "b" * 50)
    result = run("plan", "--assume-ready", FLEET, "-", stdin=text.encode())
    assert result.code == 1, result.err
    assert max(len(line) for line in result.out.splitlines()) <= 100, result.out
    assert f"{'b' * 50}:0of1replicas:invalidselector,{path}:" in "".join(result.out.split())
    text = text.replace("namespace: chat", "namespace: " + "n" * 63)
    out = run("plan", "--assume-ready", FLEET, "-", stdin=text.encode()).out
    assert "n" * 63 + "/" in "".join(out.split()), out


main()
