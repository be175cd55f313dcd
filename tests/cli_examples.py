# SPDX-License-Identifier: Apache-2.0
"""The command over the project's own examples."""
import json
import os
import random
import subprocess
import tempfile

from cli_support import (COMMAND, SHARED, TOP, YAML, Skip, expect, golden, main, pyyaml, run,
                         test)

FLEET = "examples/fleet"
REFUSED = "examples/refused/"
if not YAML:
    @test
    def without_yaml():
        """the command over the examples"""
        raise Skip("built without YAML")

    main()


def plan_json(*arguments):
    result = run("plan", "-o", "json", *arguments)
    return {f"{p['namespace']}/{p['name']}": p for p in json.loads(result.out)}


# ---- what people see ----

@test
def plan_of_the_fleet():
    """plan: the table of the example fleet"""
    golden("plan-fleet.txt", expect(run("plan", "--assume-ready", FLEET), 0).out)


@test
def plan_without_assuming():
    """plan: clusters without a status take nothing, and the output says how they would"""
    golden("plan-fleet-not-ready.txt", expect(run("plan", FLEET), 1, "--assume-ready").out)


@test
def plan_of_refused():
    """plan: an impossible deployment is refused with the reason of every cluster"""
    result = run("plan", "--assume-ready", FLEET, REFUSED + "impossible.yaml")
    golden("plan-impossible.txt", expect(result, 1).out)
    assert result.err == ""


@test
def explain_of_refused():
    """explain: every cluster and pool"""
    result = run("explain", "--assume-ready", FLEET, REFUSED + "impossible.yaml")
    golden("explain.txt", expect(result, 1).out)


@test
def render_table():
    """render: the table of objects"""
    golden("render-fleet.txt", expect(run("render", "--assume-ready", "-o", "table", FLEET), 0).out)


@test
def render_documents():
    """render: the objects themselves"""
    golden("render-fleet.yaml", expect(run("render", "--assume-ready", FLEET), 0).out)


@test
def reconcile_table():
    """reconcile: conditions and events"""
    golden("reconcile-fleet.txt",
           expect(run("reconcile", "--assume-ready", "-o", "table", FLEET), 0).out)


@test
def eval_table():
    """eval: a selector that is true, false and wrong"""
    result = run("eval", 'device.attributes["dra.net"].speedGbps >= 400', FLEET)
    golden("eval-fleet.txt", expect(result, 0).out)


@test
def tables_are_narrow():
    """no table is wider than 100 columns, however long the names"""
    outputs = [run("plan", "--assume-ready", FLEET).out,
               run("reconcile", "--assume-ready", "-o", "table", FLEET).out.split("\nEvents")[0]]
    with open(os.path.join(TOP, FLEET, "spread.yaml"), encoding="utf-8") as f:
        text = f.read().replace("qwen3-8b", "q" * 63).replace("chat", "n" * 63)
    outputs.append(run("plan", "--assume-ready", FLEET + "/clusters.yaml", FLEET + "/classes.yaml",
                       "-", stdin=text.encode()).out)
    assert "~" in outputs[-1]
    for out in outputs:
        assert max(len(line) for line in out.splitlines()) <= 100, out


# ---- what must be so, said by hand ----

def places(plan):
    return [(p["cluster"], [(e["name"], e["copies"], [m["pool"] for m in e["members"]])
                            for e in p["engines"]]) for p in plan["placements"]]


@test
def gang_is_on_one_pool():
    """a multi-node gang lies on one pool: two nodes, 8 GPUs and 16 interfaces each"""
    plan = plan_json("--assume-ready", FLEET)["chat/deepseek-v3"]
    assert places(plan) == [("aws-ohio", [("main", 1, ["h200", "h200"])])], plan
    for member in plan["placements"][0]["engines"][0]["members"]:
        assert [(c["name"], c["count"]) for c in member["claims"]] == [("gpu", 8), ("nic", 16)]


@test
def replicas_spread():
    """two replicas go to two clusters"""
    plan = plan_json("--assume-ready", FLEET)["chat/qwen3-8b"]
    assert places(plan) == [("aws-oregon", [("main", 1, ["l4"])]),
                            ("gcp-iowa", [("main", 1, ["l4"])])], plan


@test
def cache_narrows():
    """a deployment follows the selector of its cache: H100 in the US only"""
    plan = plan_json("--assume-ready", FLEET)["chat/llama-70b"]
    assert places(plan) == [("gcp-iowa", [("main", 1, ["h100"])])], plan


@test
def disaggregated_pair():
    """prefill and decode lie on one cluster, three nodes in all"""
    plan = plan_json("--assume-ready", FLEET)["agents/glm-air"]
    assert places(plan) == [("azure-sweden", [("prefill", 2, ["h100"]), ("decode", 1, ["h100"])])]


@test
def synthetic_is_not_claimed():
    """a tolerated taint; a synthetic device is matched and not claimed"""
    plan = plan_json("--assume-ready", FLEET)["speech/whisper"]
    assert places(plan) == [("lab-zurich", [("main", 1, ["l40s"])])], plan
    claims = plan["placements"][0]["engines"][0]["members"][0]["claims"]
    assert [(c["name"], c["count"]) for c in claims] == [("gpu", 2)], claims


# ---- refusals: one clear line ----

@test
def bad_selector():
    """a bad selector: file, document, path, message, line"""
    result = expect(run("plan", "--assume-ready", FLEET, REFUSED + "bad-selector.yaml"), 1)
    lines = result.err.splitlines()
    assert len(lines) == 1, lines
    assert lines[0].startswith(
        "examples/refused/bad-selector.yaml:1: spec.template.spec.engines[0].members[0]"
        ".nodeSelector.devices[0].selectors[0].cel: "), lines
    assert lines[0].endswith("(line 18)"), lines
    assert "chat/bad-selector: 0 of 1 replicas: invalid selector" in result.out


@test
def bad_manifest():
    """a bad manifest: every broken rule in a line, and nothing is planned"""
    result = expect(run("plan", "--assume-ready", FLEET, REFUSED + "bad-manifest.yaml"), 1)
    where = "examples/refused/bad-manifest.yaml:1: spec.template.spec.engines[0]"
    lines = result.err.splitlines()
    assert all(line.startswith(where) for line in lines), lines
    assert any("an engine must be either a single Standalone member or one Leader and one or more "
               "Workers" in line for line in lines), lines
    assert any("the single container must be named 'engine'" in line for line in lines), lines
    assert len(lines) == 2 and result.out == "", (lines, result.out)


@test
def bad_syntax():
    """what is not YAML cannot be read: line and column"""
    result = expect(run("plan", REFUSED + "bad-syntax.yaml"), 3)
    assert result.err == ("examples/refused/bad-syntax.yaml:1: line 7, column 1: "
                          "a tab where only spaces may indent\n"), result.err


@test
def bad_json():
    """what is not JSON cannot be read: line and column"""
    result = expect(run("plan", "-", stdin=b'{"kind":\n  nothing}'), 3, err="<stdin>:1: line 2, column")
    assert len(result.err.splitlines()) == 1


@test
def validate_says_all():
    """validate: every broken rule and every bad selector"""
    expect(run("validate", FLEET), 0, "18 documents, 0 errors, 0 warnings")
    result = expect(run("validate", REFUSED + "bad-manifest.yaml", REFUSED + "bad-selector.yaml",
                        REFUSED + "impossible.yaml"), 1, "3 documents, 3 errors")
    golden("validate-refused.txt", result.err)


@test
def unknown_fields_are_warnings():
    """validate: a field that the kind does not have is a warning"""
    with open(os.path.join(TOP, FLEET, "gang.yaml"), encoding="utf-8") as f:
        text = f.read().replace("clusterSelector:", "clusterSelecter:")
    result = expect(run("validate", "-", stdin=text.encode()), 0, "1 document, 0 errors, 1 warning")
    assert result.err.startswith("<stdin>:1: spec.template.spec.clusterSelecter: warning: ")
    assert "clusterSelector" in result.err and len(result.err.splitlines()) == 1, result.err


@test
def usage_errors():
    """exit status 2 with one line for every mistake in usage"""
    for arguments in ([], ["frobnicate"], ["plan"], ["plan", "--nosuch", FLEET], ["plan", "-o"],
                      ["plan", "-o", "xml", FLEET], ["plan", "--budget", "x", FLEET],
                      ["plan", "--budget=0", FLEET], ["plan", "--output-dir", "d", FLEET],
                      ["validate", "--assume-ready", FLEET], ["plan", "--quiet=yes", FLEET],
                      ["eval"], ["eval", "true"]):
        result = expect(run(*arguments), 2)
        assert len(result.err.splitlines()) == 1 and "--help" in result.err, (arguments, result.err)
        assert result.out == ""


@test
def unreadable_input():
    """exit status 3 for what cannot be read"""
    expect(run("plan", "no/such/file.yaml"), 3, err="no/such/file.yaml: cannot be read: No such file")
    with tempfile.TemporaryDirectory() as folder:
        expect(run("plan", folder), 3, err="no documents")
        os.symlink(folder, os.path.join(folder, "loop"))
        expect(run("plan", folder), 3, err="nested more than")
    expect(run("plan", "-", stdin=b"just a text"), 3, err="<stdin>:1: a document must be a map")


@test
def expression_errors():
    """eval: an expression that does not compile is one line with its place"""
    result = expect(run("eval", "device.driver ==", FLEET), 1, err="expression: line 1, column ")
    assert len(result.err.splitlines()) == 1


@test
def lost_output():
    """exit status 3 when output cannot be written"""
    if not os.path.exists("/dev/full"):
        raise Skip("no /dev/full")
    with open("/dev/full", "wb") as full:
        for command in ("plan", "reconcile", "render"):
            expect(run(command, "--assume-ready", FLEET, stdout=full), 3, err="cannot write")
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as pipe:
        expect(run("render", "--assume-ready", FLEET, stdout=pipe), 3, err="cannot write")


# ---- formats ----

@test
def yaml_equals_json():
    """what -o yaml says, PyYAML reads as what -o json says"""
    yaml = pyyaml()
    for command in ("render", "reconcile"):
        as_json = json.loads(run(command, "--assume-ready", "-o", "json", FLEET).out)
        as_yaml = list(yaml.safe_load_all(run(command, "--assume-ready", "-o", "yaml", FLEET).out))
        assert as_json["apiVersion"] == "v1" and as_json["kind"] == "List"
        assert as_json["items"] == as_yaml and len(as_yaml) > 20
    for command in (["plan", "--assume-ready"], ["eval", "true"]):
        as_json = json.loads(run(*command, "-o", "json", FLEET).out)
        assert as_json == yaml.safe_load(run(*command, "-oyaml", FLEET).out)


@test
def grouped_by_cluster():
    """render: YAML names the cluster before its objects, --output-dir makes a file of each"""
    yaml = pyyaml()
    out = run("render", "--assume-ready", FLEET).out
    groups = {}
    for part in out.split("# cluster: ")[1:]:
        name, _, text = part.partition("\n")
        groups[name] = list(yaml.safe_load_all(text))
    assert sorted(groups) == list(groups) and len(groups) == 5, list(groups)
    with tempfile.TemporaryDirectory() as folder:
        target = os.path.join(folder, "out")
        expect(run("render", "--assume-ready", "--output-dir", target, FLEET), 0,
               f"{target}/aws-ohio.yaml: ")
        for name, objects in groups.items():
            with open(os.path.join(target, name + ".yaml"), encoding="utf-8") as f:
                assert list(yaml.safe_load_all(f)) == objects
        expect(run("render", "--assume-ready", "--output-dir", "/proc/nosuch", FLEET), 3,
               err="/proc/nosuch: cannot be made")


@test
def wrapped_objects():
    """render --wrapped: named provider Objects that carry the bare manifests"""
    bare = json.loads(run("render", "--assume-ready", "-o", "json", FLEET).out)["items"]
    wrapped = json.loads(run("render", "--assume-ready", "--wrapped", "-o", "json", FLEET).out)
    assert [o["spec"]["forProvider"]["manifest"] for o in wrapped["items"]] == bare
    names = {(o["metadata"]["namespace"], o["metadata"]["name"]) for o in wrapped["items"]}
    assert len(names) == len(bare)


@test
def objects_fit_schemas():
    """everything rendered and every desired child fits the schemas of Kubernetes and Modelplane"""
    tool = os.path.join(SHARED, "schemas", "validate.py")
    if not os.path.exists(tool):
        raise Skip("no schemas")
    yaml = pyyaml()
    with tempfile.TemporaryDirectory() as folder:
        for name, arguments in (("bare", []), ("wrapped", ["--wrapped"])):
            with open(os.path.join(folder, name + ".yaml"), "w", encoding="utf-8") as f:
                f.write(run("render", "--assume-ready", *arguments, FLEET).out)
        desired = json.loads(run("reconcile", "--assume-ready", "-o", "json", FLEET).out)
        with open(os.path.join(folder, "desired.yaml"), "w", encoding="utf-8") as f:
            yaml.safe_dump_all(({k: v for k, v in o.items() if k != "status"}
                                for o in desired["items"]
                                if o["kind"] in ("ModelReplica", "ModelEndpoint")), f)
        done = subprocess.run(["python3", tool, "--quiet", folder], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False)
        assert done.returncode == 0, done.stdout.decode()


# ---- input ----

@test
def order_of_files():
    """the same bytes whatever the order of files, and run after run"""
    files = sorted(os.path.join(FLEET, f) for f in os.listdir(os.path.join(TOP, FLEET)))
    shuffle = random.Random(1)
    for command in ("plan", "render", "reconcile"):
        want = run(command, "--assume-ready", "-o", "json", FLEET).out
        for _ in range(5):
            shuffle.shuffle(files)
            again = run(command, "--assume-ready", "-o", "json", *files).out
            if command == "reconcile":  # documents of the input stay in input order
                def key(o):
                    return json.dumps(o, sort_keys=True)
                assert (sorted(json.loads(again)["items"], key=key) ==
                        sorted(json.loads(want)["items"], key=key))
            else:
                assert again == want, files


@test
def output_is_input():
    """what reconcile says, fed back, keeps every replica, and again changes nothing"""
    first = expect(run("reconcile", "--assume-ready", FLEET), 0).out.encode()
    plans = json.loads(expect(run("plan", "-q", "-o", "json", "-", stdin=first), 0).out)
    before = plan_json("--assume-ready", FLEET)
    assert len(plans) == 5
    for plan in plans:
        assert plan["verdict"] == "placed"
        assert all(p["retained"] for p in plan["placements"]), plan
        assert places(plan) == places(before[f"{plan['namespace']}/{plan['name']}"])
    second = expect(run("reconcile", "-q", "-", stdin=first), 0).out.encode()
    third = expect(run("reconcile", "-q", "-", stdin=second), 0).out.encode()
    assert second == third


@test
def lists_and_json():
    """a v1 List, a JSON list, standard input and --observed are all input"""
    want = run("plan", "--assume-ready", FLEET).out
    documents = json.dumps(list(pyyaml().safe_load_all(
        "\n---\n".join(open(os.path.join(TOP, FLEET, f), encoding="utf-8").read()
                       for f in os.listdir(os.path.join(TOP, FLEET))))))
    for text in (documents, '{"apiVersion": "v1", "kind": "List", "items": ' + documents + "}"):
        assert run("plan", "--assume-ready", "-", stdin=text.encode()).out == want
        assert run("plan", "--assume-ready", "--observed", "-", stdin=text.encode()).out == want
    bad = '{"apiVersion": "v1", "kind": "List", "items": [{"apiVersion": "modelplane.ai/v1alpha1",' \
          '"kind": "ModelCache", "metadata": {"name": "x"}, "spec": {"source": "HuggingFace"}}]}'
    expect(run("validate", "-", stdin=bad.encode()), 1,
           err="<stdin>:1: items[0].spec.huggingFace: spec.huggingFace is required")


@test
def later_documents_replace():
    """a later document replaces an earlier one and keeps its status; --quiet keeps quiet"""
    again = os.path.join(TOP, FLEET, "clusters.yaml")
    result = expect(run("plan", "--assume-ready", FLEET, again), 0)
    notes = result.err.splitlines()
    assert len(notes) == 5 and all(n.startswith(f"note: {again}:") for n in notes), notes
    assert "InferenceCluster/aws-ohio replaces the one in examples/fleet/clusters.yaml:1" in notes[0]
    assert expect(run("plan", "-q", "--assume-ready", FLEET, again), 0).err == ""
    with open(again, encoding="utf-8") as f:
        bare = "---\n".join(d.split("status:")[0] for d in f.read().split("---\n"))
    result = expect(run("plan", "-q", "--assume-ready", FLEET, "-", stdin=bare.encode()), 0)
    golden("plan-fleet.txt", result.out)


@test
def unknown_kinds_are_noted():
    """unknown kinds are skipped with a note"""
    text = b"apiVersion: v1\nkind: Namespace\nmetadata: {name: chat}\n---\n---\na: 1\n"
    result = expect(run("plan", "--assume-ready", FLEET, "-", stdin=text), 0)
    assert result.err == ("note: <stdin>:1: skipped Namespace/chat: not a kind of modelplane\n"
                          "note: <stdin>:3: skipped: no kind\n"), result.err


@test
def control_characters():
    """control characters of a document do not reach the terminal"""
    text = b'apiVersion: v1\nkind: "A\\e[2J\\nB"\nmetadata: {name: "\\u009b31m"}\n'
    result = expect(run("plan", "--assume-ready", FLEET, "-", stdin=text), 0)
    assert "skipped A?[2J?B/??31m" in result.err, result.err


@test
def budget_is_a_verdict():
    """a spent budget is the verdict unknown, and says so"""
    result = run("plan", "--assume-ready", "--budget", "1", FLEET)
    if result.code == 0:
        raise Skip("one step is enough for every deployment here")
    expect(result, 1, "the search budget was spent")


@test
def help_and_version():
    """--help and --version"""
    for arguments in (["--help"], ["plan", "--help"], ["render", "-h"], ["--version"]):
        result = expect(run(*arguments), 0)
        assert result.out and not result.err
        assert max(len(line) for line in result.out.splitlines()) <= 100
    assert run("--version").out.startswith("modelplane ")


@test
def manual_names_every_option():
    """the manual page names every command and option of --help"""
    with open(os.path.join(TOP, "doc", "modelplane.1"), encoding="utf-8") as f:
        manual = f.read().replace("\\-", "-")
    for command in ("plan", "explain", "reconcile", "render", "validate", "eval"):
        assert f"modelplane {command}" in manual
        for word in run(command, "--help").out.split():
            if word.startswith("--"):
                assert word in manual, word


@test
def program_over_the_api():
    """examples/plan.c: the same job through the C interface"""
    program = os.path.join(os.path.dirname(COMMAND), "..", "..", "examples", "plan")
    if not os.path.exists(program):
        raise Skip("examples/plan is not built")
    golden("plan-program.txt", expect(run(command=program), 0).out)


if __name__ == "__main__":
    main()
