# SPDX-License-Identifier: Apache-2.0
"""The fleet as a picture (-o svg) and as a page (-o html): what is in them.

What they look like is asked of a browser, in cli_chromium.py.
"""
import json
import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser

import cli_fleets as fleets
from cli_support import YAML, Skip, expect, golden, main, run, test

SVG = "{http://www.w3.org/2000/svg}"


def draw(documents, *options, code=None, command="plan"):
    result = run(command, "-q", "-o", "svg", *options, "-", stdin=documents)
    assert result.code == code if code is not None else result.code < 2, result.err
    return ET.fromstring(result.out)


def groups(root, name):
    return [g for g in root.iter(SVG + "g") if name in g.get("class", "").split()]


def cells(group):
    return group.findall(SVG + "rect")


def title(group):
    return group.find(SVG + "title").text


def in_clusters(root, name):
    return [g for c in groups(root, "cluster") for g in groups(c, name)]


def count(root, name):
    return sum(len(cells(g)) for g in in_clusters(root, name))


def plan(documents, *options):
    return json.loads(run("plan", "-q", "-o", "json", *options, "-", stdin=documents).out)


def summary(root):
    return [int(n) for n in re.findall(r"\d+", root.find(SVG + "title").text)]


SMALL = fleets.stream(
    fleets.cluster("east", [("h100", 10), ("l4", 3)]),
    fleets.cluster("shut", [("h100", 5)], taint="example.com/cordoned"),
    fleets.cluster("down", [("h100", 4)], ready=False),
    fleets.deployment("gang", "h100", nodes=3, replicas=1, copies=2),
    fleets.deployment("one", "l4", replicas=1, copies=2),
    fleets.deployment("too-big", "l4", nodes=9))


@test
def every_node_once():
    """every node is one cell: used, free or cordoned"""
    root = draw(SMALL, code=1)
    assert summary(root) == [3, 4, 22, 8, 5, 9], summary(root)
    assert (count(root, "used"), count(root, "free"), count(root, "cordoned")) == (8, 5, 9)
    names = [title(c).split(":")[0] for c in groups(root, "cluster")]
    assert names == ["down", "east", "shut"], names
    cordons = {title(g) for g in in_clusters(root, "cordoned")}
    assert cordons == {"cordoned: not Ready",
                       "cordoned: taint example.com/cordoned:NoSchedule"}, cordons


@test
def cells_apart():
    """no two cells lie on each other, and all are inside their cluster's block"""
    for documents in (SMALL, fleets.thousand()):
        seen = set()
        for c in groups(draw(documents), "cluster"):
            block = [int(c.find(SVG + "rect").get(k)) for k in ("x", "y", "width", "height")]
            for name in ("used", "free", "cordoned"):
                for rect in (r for g in groups(c, name) for r in cells(g)):
                    x, y, w, h = (int(rect.get(k)) for k in ("x", "y", "width", "height"))
                    assert (x // 18, y) not in seen and w == h == 15
                    assert block[0] <= x and x + w <= block[0] + block[2], (block, x)
                    assert block[1] <= y and y + h <= block[1] + block[3], (block, y)
                    assert (x, y) not in seen
                    seen.add((x, y))


@test
def colours_and_legend():
    """a deployment has one colour, its own while there are colours, and is in the legend"""
    root = draw(SMALL)
    legend = groups(root, "owner")
    assert [g.get("data-name") for g in legend] == ["chat/gang", "chat/one", "chat/too-big"]
    fills = {g.get("data-name"): cells(g)[0].get("fill") for g in legend}
    assert len(set(fills.values())) == 3, fills
    for g in in_clusters(root, "used"):
        assert g.get("fill") == fills[g.get("data-name")]
        numbers = [t.text for t in g.findall(SVG + "text")]
        assert numbers == [g.get("data-owner")], numbers
    assert "0 of 1 replica" in title(legend[2])
    words = " ".join(t.text for g in groups(root, "legend") for t in g.iter(SVG + "text"))
    assert "free" in words and "cordoned" in words and "gang" in words, words


@test
def gangs_outlined():
    """each copy of a gang has an outline round its cells; single nodes have none"""
    root = draw(SMALL)
    outlined = {}
    for g in in_clusters(root, "used"):
        outlines = [p for p in g.findall(SVG + "path") if p.get("class") == "gang"]
        outlined.setdefault(g.get("data-name"), []).append((len(cells(g)), len(outlines)))
    assert outlined == {"chat/gang": [(3, 1), (3, 1)], "chat/one": [(1, 0), (1, 0)]}, outlined


def inside(path, x, y):
    """Whether a path of straight lines along the axes goes round a point (even-odd)."""
    crossings, at, start = 0, (0, 0), (0, 0)
    for letter, numbers in re.findall(r"([MHVZ])([-\d ]*)", path):
        values = [int(n) for n in numbers.split()]
        to = {"M": lambda: tuple(values), "H": lambda: (values[0], at[1]),
              "V": lambda: (at[0], values[0]), "Z": lambda: start}[letter]()
        if letter == "M":
            start = to
        elif at[0] == to[0] and at[0] > x and min(at[1], to[1]) < y < max(at[1], to[1]):
            crossings += 1
        at = to
    return crossings % 2 == 1


@test
def outlines_hold_their_cells():
    """an outline goes round all cells of its gang and none of another, over any number of lines"""
    for nodes in (2, 7, 10, 11, 19, 21, 45, 64):
        root = draw(fleets.stream(
            fleets.cluster("c", [("h100", 150)]),
            fleets.deployment("first", "h100", nodes=3), fleets.deployment("gang", "h100", nodes=nodes),
            fleets.deployment("last", "h100", nodes=4)), code=0)
        for g in in_clusters(root, "used"):
            path = next(p.get("d") for p in g.findall(SVG + "path"))
            own = {id(r) for r in cells(g)}
            for name in ("used", "free"):
                for rect in (r for o in in_clusters(root, name) for r in cells(o)):
                    middle = int(rect.get("x")) + 7.5, int(rect.get("y")) + 7.5
                    assert inside(path, *middle) == (id(rect) in own), (nodes, path, middle)


@test
def gang_over_two_pools():
    """a gang that spans a fabric has its cells, and an outline, in both pools"""
    site = fleets.cluster("ib", [("h100", 2), ("h200", 5)])
    site["spec"] = {"cluster": {"source": "AKS", "aks": {"location": "swedencentral"}},
                    "nodePools": [{"name": name, "className": "any", "nodeCount": nodes,
                                   "fabric": {"type": "InfiniBand", "infiniband": {"fabric": "ib0"}}}
                                  for name, nodes in (("h100", 2), ("h200", 5))]}
    wide = fleets.deployment("wide", "h100", nodes=2)
    wide["spec"]["template"]["spec"]["engines"][0]["members"][1] = fleets.member("Worker", "h200",
                                                                                 nodes=4)
    root = draw(fleets.stream(site, wide), "--span", "fabric", code=0)
    parts = [(title(row.find(SVG + "g")).split("\n")[0], len(cells(g)),
              len([p for p in g.findall(SVG + "path") if p.get("class") == "gang"]))
             for row in groups(root, "row") for g in groups(row, "used")]
    assert parts == [("h100", 1, 1), ("h200", 4, 1)], parts
    assert summary(root) == [1, 2, 7, 5, 2, 0], summary(root)
    assert count(draw(fleets.stream(site, wide), code=1), "used") == 0


@test
def drawing_is_the_plan():
    """at a thousand nodes, pools hold as many cells of each deployment as the plan says"""
    documents = fleets.thousand()
    wanted, drawn = {}, {}
    for p in plan(documents):
        for placement in p["placements"]:
            for engine in placement["engines"]:
                for m in engine["members"]:
                    key = (placement["cluster"], m["pool"], p["name"])
                    wanted[key] = wanted.get(key, 0) + engine["copies"] * m["nodes"]
    root = draw(documents)
    for c in groups(root, "cluster"):
        for row in groups(c, "row"):
            pool = title(row.find(SVG + "g")).split("\n")[0]
            for g in groups(row, "used"):
                key = (title(c).split(":")[0], pool, g.get("data-name").split("/")[1])
                drawn[key] = drawn.get(key, 0) + len(cells(g))
    assert wanted and drawn == wanted
    assert sum(drawn.values()) + count(root, "free") + count(root, "cordoned") == 1000


@test
def same_bytes():
    """the order of documents does not change the drawing or the page"""
    documents = json.loads(SMALL)["items"]
    for form in ("svg", "html"):
        outs = {run("plan", "-q", "-o", form, "-", stdin=fleets.stream(*order)).out
                for order in (documents, documents[::-1], documents[2:] + documents[:2])}
        assert len(outs) == 1


@test
def running_replicas():
    """what runs is drawn as kept; without its deployment it has a place in the legend all the same"""
    root = draw(fleets.stream(
        fleets.cluster("c", [("h100", 8)]), fleets.deployment("known", "h100", replicas=2),
        fleets.replica("known-a", "known", "c", "h100"),
        fleets.replica("gone-a", "gone", "c", "h100", copies=2),
        fleets.replica("gone-b", "gone", "elsewhere", "h100")), code=0)
    kept = sorted((g.get("data-name"), len(cells(g))) for g in in_clusters(root, "kept"))
    assert kept == [("chat/gone", 1), ("chat/gone", 1), ("chat/known", 1)], kept
    assert count(root, "used") == 4 and count(root, "free") == 4
    entries = [title(g) for g in groups(root, "owner")]
    assert entries == ["chat/known: 2 of 2 replicas, 2 nodes",
                       "chat/gone: 2 replicas, deployment unknown, 3 nodes"], entries


@test
def shared_nodes():
    """with --accounting devices pods share a cell, and what is free of it shows"""
    two = fleets.deployment("two", "h100", gpus=4, copies=3)
    quarter = fleets.deployment("", "h100", gpus=2, copies=2)["spec"]["template"]["spec"]["engines"]
    two["spec"]["template"]["spec"]["engines"] += [dict(quarter[0], name="quarter")]
    documents = fleets.stream(fleets.cluster("c", [("h100", 3)]), two)
    root = draw(documents, "--accounting", "devices", code=0)
    heights = {}
    for g in in_clusters(root, "used"):
        for rect in cells(g):
            heights.setdefault(re.search("engine (.*),", title(g))[1], []).append(
                int(rect.get("height")))
    assert sorted(heights["main"]) in ([7, 7, 8], [7, 8, 8]), heights
    assert all(h in (3, 4) for h in heights["quarter"]), heights
    assert count(root, "shared") == 2
    assert count(root, "free") == 3


@test
def too_many():
    """a pool of more nodes than a picture can hold is drawn in part and says so; so are replicas"""
    root = draw(fleets.stream(
        fleets.cluster("c", [("h100", 9223372036854775807), ("l4", 5000), ("l40s", 1)]),
        fleets.deployment("d", "l4", nodes=3),
        *(fleets.replica(f"many-{i}", "gone", "c", "h100", copies=64) for i in range(70)),
        fleets.replica("more", "gone", "c", "l40s", copies=4)))
    texts = [title(row.find(SVG + "g")) for row in groups(root, "row")]
    assert any("9223372036854771327 of 9223372036854775807 idle" in t for t in texts), texts
    assert any("l4\n4997 of 5000 idle, 4096 drawn" in t for t in texts), texts
    assert any("l40s\n0 of 1 idle, 3 too many" in t for t in texts), texts
    assert count(root, "used") + count(root, "free") == 2 * 4096 + 1
    root = draw(fleets.stream(*(fleets.cluster(f"c{i}", [("h100", 4000)]) for i in range(9))))
    assert count(root, "free") == 20000
    assert summary(root)[2] == 36000


@test
def nothing_at_all():
    """an empty fleet, a cluster without pools, a pool without nodes"""
    assert summary(draw(fleets.stream(fleets.deployment("d", "h100")), code=1)) == [0] * 6
    root = draw(fleets.stream(fleets.cluster("a", []), fleets.cluster("b", [("h100", 0)])), code=0)
    assert summary(root) == [2, 1, 0, 0, 0, 0]
    assert count(root, "free") == 0


@test
def drawing_in_the_readme():
    """the README shows the example fleet as it is drawn now"""
    if not YAML:
        raise Skip("built without YAML")
    golden("../../../doc/fleet.svg",
           expect(run("plan", "--assume-ready", "-o", "svg", "examples/fleet"), 0).out)


HOSTILE = ('<script>alert(1)</script>', '"><img src=x onerror=alert(1)>', "a&b;'c", "\u0085\u0007",
           "\uffff", "ünïcödé 🚀", "]]>", "</title></svg>", "x" * 240)


@test
def hostile_names():
    """names from documents stay text: in the drawing, on the page, in attributes"""
    for name in HOSTILE:
        documents = fleets.stream(fleets.cluster("c", [(name, 2)], taint=name),
                                  fleets.cluster("d", [("h100", 2)], ready=False),
                                  fleets.deployment("d", "h100", nodes=7))
        root = draw(documents, code=1)
        kinds = {e.tag.replace(SVG, "") for e in root.iter()}
        assert kinds <= {"svg", "title", "style", "rect", "text", "g", "path"}, kinds
        shown = re.sub("[\u0085\u0007\uffff]", "?", name)
        titles = [title(g) for g in root.iter(SVG + "g") if g.find(SVG + "title") is not None]
        assert any(t.startswith(shown + "\n2 of 2 idle") for t in titles), (shown, titles)
        assert f"cordoned: taint {shown}:NoSchedule" in titles, titles
        page = run("plan", "-q", "-o", "html", "-", stdin=documents).out
        assert page.count("<script") == 1 and "<img" not in page and "\u0007" not in page


class Page(HTMLParser):
    """Tags balanced, and what is in which section."""

    VOID = ("meta", "input", "br", "rect", "path")

    def __init__(self, text):
        super().__init__()
        self.stack, self.attributes, self.texts = [], [], []
        self.feed(text)
        self.close()
        assert self.stack == [], self.stack

    def handle_starttag(self, tag, attrs):
        self.attributes += [(tag, k, v) for k, v in attrs]
        if tag not in self.VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.attributes += [(tag, k, v) for k, v in attrs]

    def handle_endtag(self, tag):
        assert self.stack and self.stack.pop() == tag, (tag, self.stack)

    def handle_data(self, data):
        if self.stack and self.stack[-1] not in ("script", "style"):
            self.texts.append(data)


@test
def page_is_whole():
    """the page is one file: well-formed, with the drawing, and nothing to load"""
    documents = fleets.thousand()
    text = run("plan", "-q", "-o", "html", "-", stdin=documents).out
    page = Page(text)
    assert not [a for a in page.attributes if a[1] in ("src", "href", "srcset", "action")]
    assert not re.search(r"url\(|@import|fetch\(|XMLHttp|WebSocket", text)
    assert set(re.findall(r"https?://[^\"' <]*", text)) == {"http://www.w3.org/2000/svg"}
    assert "default-src 'none'" in text
    drawing = run("plan", "-q", "-o", "svg", "-", stdin=documents).out
    assert drawing in text


@test
def page_says_why():
    """every line of the plan and every reason of explain is on the page"""
    for command in ("plan", "explain"):
        page = " ".join(Page(run(command, "-q", "-o", "html", "-", stdin=SMALL).out).texts)
        for p in json.loads(run(command, "-q", "-o", "json", "-", stdin=SMALL).out):
            for placement in p["placements"]:
                assert placement["replica"] in page
            for c in p.get("reasons", {}).get("clusters", ()):
                assert c["name"] in page and c["message"] in page, c
                for pool in c.get("pools", ()):
                    assert pool["message"] in page, pool
            if p["verdict"] != "placed" and "fix" in p["reasons"]:
                assert p["reasons"]["fix"]["message"] in page
        assert "chat/too-big: 0 of 1 replicas: no cluster has room for another" in page
        assert ("Placed, and where one more would fit" in page) == (command == "explain")


@test
def exit_statuses():
    """0 when all is placed, 1 when something is refused, 2 where there is no picture to draw"""
    placed = fleets.stream(fleets.cluster("c", [("h100", 2)]), fleets.deployment("d", "h100"))
    for form in ("svg", "html"):
        for command in ("plan", "explain"):
            expect(run(command, "-o", form, "-", stdin=placed), 0)
            expect(run(command, "-o", form, "-", stdin=SMALL), 1)
        for command in ("reconcile", "render"):
            expect(run(command, "-o", form, "-", stdin=placed), 2, err="-o takes table, json or yaml")
    with open("/dev/full", "w", encoding="utf-8") as full:
        expect(run("plan", "-o", "svg", "-", stdin=placed, stdout=full), 3, err="cannot write")


main()
