# SPDX-License-Identifier: Apache-2.0
"""examples/controller.c: what it prints for its events, and what must hold for any events."""
import os
import random
import re

from cli_support import BUILD, TOP, expect, main, run, test

PROGRAM = os.path.join(BUILD, "examples", "controller")
EVENTS = os.path.join(TOP, "examples", "controller.events")
POOLS = {("east", "h200"): 4, ("east", "h100"): 2, ("west", "h200"): 3, ("south", "h100"): 2}


def control(events):
    result = expect(run(command=PROGRAM, stdin="".join(e + "\n" for e in events).encode()), 0)
    assert result.err == "", result.err
    return result.out


@test
def as_expected():
    """controller: the events of the example, and what there is to do after each"""
    with open(EVENTS, "rb") as f:
        result = expect(run(command=PROGRAM, stdin=f.read()), 0)
    with open(EVENTS.replace(".events", ".expected"), encoding="utf-8") as f:
        assert result.out == f.read(), result.out


def random_events(seed, count):
    source = random.Random(seed)
    names = ["a", "b", "c", "d"]
    for _ in range(count):
        kind = source.randrange(10)
        if kind < 5:
            yield (f"deploy {source.choice(names)} {source.randrange(5)} {source.randrange(1, 4)} "
                   f"{source.choice(('80Gi', '140Gi'))}")
        elif kind < 7:
            cluster, pool = source.choice(list(POOLS))
            yield f"pool {cluster} {pool} {source.randrange(8)}"
        elif kind < 9:
            yield f"{source.choice(('cordon', 'uncordon'))} {source.choice(('east', 'west', 'south'))}"
        else:
            yield f"undeploy {source.choice(names)}"


def replay(events, output):
    """Follow what was done; checks that each step was one that could be done."""
    pools, cordoned, wanted, running = dict(POOLS), set(), {}, {}
    for event, block in zip(events, re.split(r"^(?=\w)", output, flags=re.M)[1:]):
        lines = block.splitlines()
        assert lines[0] == event, (lines, event)
        kind, name, *rest = event.split()
        if kind == "deploy":
            wanted[name] = int(rest[0])
        elif kind == "undeploy":
            wanted.pop(name, None)
        elif kind == "pool":
            pools[name, rest[0]] = int(rest[1])
        else:
            (cordoned.add if kind == "cordon" else cordoned.discard)(name)
        for line in lines[1:]:
            done = re.match(r"  ([-+~]) (\w+)-(\w+)-(\d+)(.*)", line)
            if not done:
                continue
            what, service, cluster, index, words = done.groups()
            key = service, cluster, index
            if what == "-":
                del running[key]
            elif what == "~":
                before, after = (int(n) for n in re.findall(r"\d+", words))
                assert running[key][0] == before, line
                running[key] = after, running[key][1]
            else:
                nodes, pool = re.match(r": (\d+) nodes? of pool (\w+)", words).groups()
                assert key not in running and cluster not in cordoned, line
                running[key] = int(nodes), pool
                used = sum(n for (_, c, _), (n, p) in running.items() if (c, p) == (cluster, pool))
                assert used <= pools[cluster, pool], (line, used)
        for service, replicas in wanted.items():
            count = sum(key[0] == service for key in running)
            assert count <= replicas, (event, service)
        assert all(key[0] in wanted for key in running), event
    return wanted, running


@test
def any_events():
    """controller: nothing starts twice, on a cordoned cluster, or in a pool that is full"""
    done = 0
    for seed in range(40):
        events = list(random_events(seed, 60))
        _, running = replay(events, control(events))
        done += len(running)
    assert done > 40


@test
def what_stays_stays():
    """controller: an event that changes nothing changes nothing"""
    for seed in range(10):
        events = list(random_events(seed, 20)) + ["uncordon east", "uncordon west", "uncordon south"]
        after = ["cordon east", "uncordon east", "pool east h200 7", "pool east h200 7"]
        output = control(events + after)
        last = output[output.rindex("pool east h200 7"):]
        assert not re.search("^  [-+~]", last, re.M), last
        with_nonsense = [e for event in events for e in (event, "frobnicate x", "pool north x 1")]
        assert re.findall("^  [-+~].*", control(events), re.M) == re.findall(
            "^  [-+~].*", control(with_nonsense), re.M)


main()
