# SPDX-License-Identifier: Apache-2.0
"""The command built without YAML: JSON works, YAML is refused in one clear line."""
import json
import os

from cli_support import BUILD, expect, main, pyyaml, run, test, TOP

PROGRAM = os.path.join(BUILD, "tests", "cli_no_yaml")


@test
def yaml_is_refused():
    """a YAML file is refused with the reason"""
    result = expect(run("plan", "examples/fleet/clusters.yaml", command=PROGRAM), 3)
    assert result.err == ("examples/fleet/clusters.yaml:1: this modelplane was built without YAML; "
                          "give JSON\n"), result.err
    assert "without YAML" in run("--version", command=PROGRAM).out


@test
def json_is_read():
    """JSON gives the plan that YAML gives, whatever the file is called"""
    yaml = pyyaml()
    folder = os.path.join(TOP, "examples", "fleet")
    documents = []
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), encoding="utf-8") as f:
            documents += [d for d in yaml.safe_load_all(f) if d]
    text = json.dumps(documents).encode()
    result = expect(run("plan", "--assume-ready", "-", stdin=text, command=PROGRAM), 0)
    with open(os.path.join(TOP, "tests", "data", "cli", "plan-fleet.txt"), encoding="utf-8") as f:
        assert result.out == f.read()


if __name__ == "__main__":
    main()
