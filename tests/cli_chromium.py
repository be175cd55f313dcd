# SPDX-License-Identifier: Apache-2.0
"""The picture and the page in a headless Chromium: what is seen, and what a search leaves.

The page runs as it is, with no network, and a script of the test's own beside it measures it.
"""
import json
import os
import re
import shutil
import struct
import subprocess
import tempfile
import zlib

import cli_fleets as fleets
from cli_support import Skip, main, run, test

WIDTH, HEIGHT = 1280, 2400
NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")

SMALL = fleets.stream(
    fleets.cluster("east", [("h100", 10), ("l4", 3)]),
    fleets.cluster("shut", [("h100", 5)], taint="cordoned"),
    fleets.deployment("gang", "h100", nodes=3, copies=2),
    fleets.deployment("one", "l4", copies=2),
    fleets.deployment("too-big", "l4", nodes=9))


def find_browser():
    for name in (os.environ.get("CHROMIUM"), *NAMES):
        if name and shutil.which(name):
            return name
    raise Skip("no Chromium")


def browse(address, *arguments, folder):
    command = [find_browser(), "--headless=new", "--no-sandbox", "--disable-gpu",
               "--disable-dev-shm-usage", "--hide-scrollbars", "--no-first-run",
               "--force-device-scale-factor=1", "--host-resolver-rules=MAP * ~NOTFOUND",
               "--enable-logging=stderr", "--user-data-dir=" + os.path.join(folder, "profile"),
               f"--window-size={WIDTH},{HEIGHT}", *arguments, address]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120,
                          check=True)
    said = [line for line in done.stderr.decode().splitlines() if "CONSOLE" in line]
    assert not said, said  # an error of script or policy
    return done.stdout.decode()


MEASURE = """<script>{
const box = n => { const r = n.getBoundingClientRect(); return [r.x, r.y, r.width, r.height]; };
const all = s => [...document.querySelectorAll(s)];
const seen = {
  sheet: box(document.querySelector('.fleet')),
  cells: all('.cluster .used rect, .cluster .free rect, .cluster .cordoned rect').map(n =>
    ({ at: box(n), fill: getComputedStyle(n).fill, state: n.parentNode.getAttribute('class') })),
  gangs: all('.cluster .gang').map(box),
  blocks: all('.block').map(box),
  words: all('.fleet text').map(n => ({ at: box(n), text: n.textContent,
    of: n.getAttribute('class') })),
  rows: all('tbody tr').filter(n => n.offsetParent).map(n => n.textContent),
  found: document.getElementById('found').textContent,
  dim: all('.dim').map(n => n.getAttribute('data-name')),
  bright: all('.cluster [data-owner]:not(.dim)').map(n => n.getAttribute('data-name')),
  open: all('details').filter(n => n.offsetParent).length,
  wide: document.documentElement.scrollWidth
};
document.body.setAttribute('data-seen', JSON.stringify(seen));
}</script></body>"""


def look(documents, find=None, command="plan"):
    """What the browser makes of the page, with a search if there is one."""
    page = run(command, "-q", "-o", "html", "-", stdin=documents).out
    assert page.count("</body>") == 1
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "page.html")
        with open(path, "w", encoding="utf-8") as f:
            f.write(page.replace("</body>", MEASURE))
        address = "file://" + path + ("#find=" + find if find else "")
        seen = re.search('data-seen="([^"]*)"', browse(address, "--dump-dom", folder=folder))
    assert seen, "the test's script did not run"
    return json.loads(seen[1].replace("&quot;", '"').replace("&lt;", "<").replace("&gt;", ">")
                      .replace("&amp;", "&"))


def pixels(png):
    """Rows of (red, green, blue) of a PNG of eight bits without interlace."""
    at, data, header = 8, b"", None
    while at < len(png):
        size, kind = struct.unpack(">I4s", png[at:at + 8])
        body = png[at + 8:at + 8 + size]
        header = struct.unpack(">IIBBBBB", body) if kind == b"IHDR" else header
        data += body if kind == b"IDAT" else b""
        at += size + 12
    width, height, depth, colour, _, _, interlace = header
    assert depth == 8 and colour in (2, 6) and interlace == 0, header
    step = 4 if colour == 6 else 3
    raw, above, rows = zlib.decompress(data), bytearray(width * step), []
    for y in range(height):
        start = y * (width * step + 1)
        kind, line = raw[start], bytearray(raw[start + 1:start + 1 + width * step])
        for i, value in enumerate(line):
            a, b = line[i - step] if i >= step else 0, above[i]
            c = above[i - step] if i >= step else 0
            p = a + b - c
            near = min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]
            line[i] = (value + (0, a, b, (a + b) // 2, near)[kind]) & 255
        rows.append(line)
        above = line
    return lambda x, y: tuple(rows[int(y)][int(x) * step:int(x) * step + 3])


def overlap(a, b):
    return (min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0]) > 1 and
            min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1]) > 1)


def holds(outer, inner, slack=1):
    return (outer[0] - slack <= inner[0] and outer[1] - slack <= inner[1] and
            inner[0] + inner[2] <= outer[0] + outer[2] + slack and
            inner[1] + inner[3] <= outer[1] + outer[3] + slack)


@test
def readable():
    """chromium: a thousand nodes: cells of a size to see, no text over a cell or another text"""
    seen = look(fleets.thousand())
    assert len(seen["cells"]) == 1000 and len(seen["blocks"]) == 9
    assert all(c["at"][2] >= 12 and c["at"][3] >= 12 for c in seen["cells"])
    assert seen["wide"] <= WIDTH, seen["wide"]
    for i, word in enumerate(seen["words"]):
        assert holds(seen["sheet"], word["at"]), word
        others = [] if word["of"].startswith("no") else seen["cells"] + seen["words"][i + 1:]
        clash = [o for o in others if overlap(word["at"], o["at"])]
        assert not clash, (word, clash[:2])
        if not others and any(holds(b, word["at"]) for b in seen["blocks"]):
            assert any(abs(c["at"][0] + c["at"][2] / 2 - word["at"][0] - word["at"][2] / 2) < 2 and
                       word["at"][2] <= c["at"][2] for c in seen["cells"]), word
    for block in seen["blocks"]:
        assert not [b for b in seen["blocks"] if b is not block and overlap(b, block)]
    for thing in seen["cells"]:
        assert sum(holds(b, thing["at"]) for b in seen["blocks"]) == 1, thing


@test
def seen_in_colour():
    """chromium: the pixels of every cell have the colour of its deployment or state"""
    seen = look(SMALL)
    drawing = run("plan", "-q", "-o", "svg", "-", stdin=SMALL).out
    with tempfile.TemporaryDirectory() as folder:
        path, shot = os.path.join(folder, "plan.svg"), os.path.join(folder, "shot.png")
        with open(path, "w", encoding="utf-8") as f:
            f.write(drawing)
        browse("file://" + path, "--screenshot=" + shot, folder=folder)
        with open(shot, "rb") as f:
            pixel = pixels(f.read())
    left, top = seen["sheet"][:2]
    colours = {}
    for cell in seen["cells"]:
        x, y, width, _ = cell["at"]
        wanted = tuple(int(n) for n in re.findall(r"\d+", cell["fill"]))
        # Near the upper right corner: no number stands there, no line crosses.
        spot = x - left + width - 5 - (cell["state"] == "cordoned") * 7, y - top + 3
        assert pixel(*spot) == wanted, (cell, pixel(*spot))
        colours.setdefault(cell["state"], set()).add(wanted)
    assert {k: len(v) for k, v in colours.items()} == {"used": 2, "free": 1, "cordoned": 1}, colours
    assert len(set.union(*colours.values())) == 4
    for x, y, width, height in seen["gangs"]:
        edge = [pixel(x - left + width / 2, y - top), pixel(x - left + width / 2,
                                                            y - top + height - 1)]
        assert edge == [(27, 31, 36)] * 2, edge
    assert len(seen["gangs"]) == 2


@test
def search():
    """chromium: a search leaves the rows that have all its words, and dims the rest of the picture"""
    whole = look(SMALL)
    assert whole["dim"] == [] and whole["found"] == "" and whole["open"] == 1
    assert len(set(whole["bright"])) == 2
    one = look(SMALL, "gang")
    assert all("gang" in row for row in one["rows"]) and one["rows"], one["rows"]
    assert set(one["bright"]) == {"chat/gang"} and set(one["dim"]) == {"chat/one", "chat/too-big"}
    two = look(SMALL, "EAST%20too-big")
    assert two["rows"] and all("east" in row for row in two["rows"]), two["rows"]
    assert two["found"] == f"{len(two['rows'])} rows", two["found"]
    assert set(two["bright"]) == set() and two["open"] == 1
    none = look(SMALL, "no%20such%20thing")
    assert none["rows"] == [] and none["open"] == 0 and none["found"] == "0 rows"


@test
def search_explained():
    """chromium: with explain, reasons of what is placed are found as well"""
    seen = look(SMALL, "chat/one%20shut", command="explain")
    assert seen["open"] == 1, "only the deployment that is searched for"
    assert seen["found"] not in ("", "0 rows"), seen["found"]


@test
def hostile():
    """chromium: names that are markup run no script"""
    name = '"><img src=x onerror=document.title="run"><script>document.title="run"</script>'
    page = run("plan", "-q", "-o", "html", "-", stdin=fleets.stream(
        fleets.cluster("c", [(name, 2)], taint=name), fleets.deployment("d", "h100"))).out
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "page.html")
        with open(path, "w", encoding="utf-8") as f:
            f.write(page)
        dom = browse("file://" + path, "--dump-dom", folder=folder)
    assert "<title>Plan of a fleet</title>" in dom and "<img" not in dom


main()
