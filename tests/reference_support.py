# SPDX-License-Identifier: Apache-2.0
"""For the tests that read the reference itself: its sections, tables, numbered rules and code."""
import os
import re

from cli_support import SHARED, Skip, pyyaml

PATH = os.path.join(SHARED, "reference.md")


def reference():
    """The whole text; a test that asks for it is skipped where there is none."""
    if not os.path.exists(PATH):
        raise Skip(f"{os.path.relpath(PATH)} is missing")
    with open(PATH, encoding="utf-8") as f:
        return f.read()


def section(number):
    """What stands under the heading of that number ("4", "3.10"), its subsections included."""
    lines = reference().splitlines()
    heading = re.compile(rf"(#+) {re.escape(number)}[. ]")
    fenced = False
    for start, line in enumerate(lines):
        found = heading.match(line)
        if found:
            break
    else:
        raise AssertionError(f"the reference has no section {number}")
    for end in range(start + 1, len(lines)):
        fenced ^= lines[end].startswith("```")
        other = re.match(r"#+ ", lines[end])
        if other and not fenced and len(other[0]) <= len(found[1]) + 1:
            break
    else:
        end = len(lines)
    return "\n".join(lines[start + 1:end])


def cells(line):
    """The cells of a line of a table; a bar within backquotes divides nothing."""
    parts = re.findall(r"((?:`[^`]*`|[^|`])*)\|", line.strip()[1:])
    return [p.strip() for p in parts]


def tables(text):
    """Every table of a text: a list of rows, each a map from the heading of a column to its cell."""
    found, head, row = [], None, None
    for line in text.splitlines() + [""]:
        if not line.startswith("|"):
            head = None
        elif head is None:
            head = cells(line)
            found.append([])
        elif not re.fullmatch(r"[|: -]+", line):
            row = cells(line)
            assert len(row) == len(head), (head, row)
            found[-1].append(dict(zip(head, row)))
    return found


def table(number, index=0):
    """One table of a section."""
    return tables(section(number))[index]


def spans(text):
    """What stands between backquotes, in order."""
    return re.findall(r"`([^`]*)`", text)


def unwrapped(text):
    """Its lines, each with those that go on with it under an indent."""
    return re.sub(r"\n {4}", " ", text).splitlines()


def numbered(text):
    """(first, last, text) of each numbered item; "15-18. ..." is of four numbers."""
    for line in unwrapped(text):
        item = re.match(r"(\d+)(?:-(\d+))?\. (.*)", line)
        if item:
            yield int(item[1]), int(item[2] or item[1]), item[3]


def blocks(text):
    """The fenced blocks of a text, in order, without their fences."""
    return re.findall(r"^```\w*\n(.*?)^```$", text, re.M | re.S)


# ---- looking for what the text quotes ----

def parts(tree):
    yield tree
    children = tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ()
    for child in children:
        yield from parts(child)


def within(value, part):
    if isinstance(value, dict):
        return isinstance(part, dict) and all(k in part and within(v, part[k])
                                              for k, v in value.items())
    return value == part and isinstance(value, bool) == isinstance(part, bool)


def appears(tree, text):
    try:
        value = pyyaml().safe_load(text)
    except pyyaml().YAMLError:
        value = text
    for part in parts(tree):
        if within(value, part) or str(value) == str(part):
            return True
        if isinstance(part, dict) and isinstance(value, str) and value in part:
            return True
    return False


def quoted_in(text, tree, left_out=(), named=lambda span: span):
    """Every quoted text is somewhere in the tree; those left out are named, and must be there."""
    quoted = spans(re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S))
    assert quoted and not set(left_out) - set(quoted), set(left_out) - set(quoted)
    for span in quoted:
        assert span in left_out or appears(tree, named(span)), f"not composed: {span}"
