#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Random pairs of quantities against Python's fractions: which texts parse, into which representation,
their value, order, sum, difference and sign, and that canonical texts mean the same value.  The
library's answers come from quantity_dump.  Prints TAP."""
import os
import random
import re
import subprocess
import sys
from fractions import Fraction

SUFFIXES = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
BINARY = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}
FORM = re.compile(r"([+-]?)([0-9]*)(?:\.([0-9]*))?(e[+-]?[0-9]+|E[+-]?[0-9]+|[A-Za-z]{0,2})\Z", re.A)
INT_MAX = 2 ** 63 - 1


class Quantity:
    """A value, and the power of ten of its scaled form, or None for a big decimal."""

    def __init__(self, value, scale):
        self.value, self.scale = value, scale

    def integer(self):
        if self.scale is None or self.scale < 0 or abs(self.value) > INT_MAX:
            return None
        return int(self.value)


def away(value, step):
    """The multiple of `step` next to `value`, away from zero."""
    count = -((-abs(value)) // step)
    return count * step if value >= 0 else -count * step


def parse(text):
    m = FORM.match(text)
    if not m or text == "":
        return None
    sign, whole, fraction, suffix = m.group(1), m.group(2), m.group(3) or "", m.group(4)
    whole = whole.lstrip("0") or "0"
    has_digits = bool(m.group(2) or fraction)
    digits = Fraction(int(whole + fraction), 10 ** len(fraction))
    if sign == "-":
        digits = -digits
    if suffix in BINARY:
        shift = BINARY[suffix]
        value = digits * 2 ** shift
        if not fraction and 15 - len(whole) - shift * 3 // 10 - 1 >= 0 and abs(value) <= INT_MAX:
            return Quantity(value, 0)
        if not has_digits:
            return None
        value = away(value, Fraction(1, 10 ** 9))
        return Quantity(max(-INT_MAX, min(INT_MAX, value)), None)
    if suffix in SUFFIXES:
        exponent = SUFFIXES[suffix]
    elif suffix[:1] in "eE" and len(suffix) > 1:
        exponent = int(suffix[1:])
    else:
        return None
    value = digits * Fraction(10) ** exponent
    scale = exponent - len(fraction)
    if len(whole) + len(fraction) <= 18 and scale >= -9:
        return Quantity(value, scale)
    if not has_digits:
        return None
    return Quantity(away(value, Fraction(1, 10 ** 9)), None)


def add(a, b, sign):
    total = a.value + sign * b.value
    if a.scale is None or b.scale is None:
        return Quantity(total, None)
    if b.value == 0:
        return Quantity(total, a.scale)
    if a.value == 0:
        return Quantity(total, b.scale)
    scale = min(a.scale, b.scale)
    unit = Fraction(10) ** scale
    fits = all(abs(v / unit) <= INT_MAX for v in (a.value, b.value, total))
    return Quantity(total, scale if fits else None)


def plain(text):
    return Fraction(text)


def check(want, fields, pair):
    integer, decimal, canonical, _, sign = fields.split(" ")
    assert integer == ("-" if want.integer() is None else str(want.integer())), (pair, fields)
    assert plain(decimal) == want.value, (pair, fields)
    back = parse(canonical)
    capped = canonical.endswith("i") and abs(want.value) > INT_MAX
    assert back and (capped or back.value == want.value), (pair, fields)
    assert int(sign) == (want.value > 0) - (want.value < 0), (pair, fields)


def digits(r):
    count = r.choice([0, 1, 1, 1, 2, 3, 9, 10, 14, 15, 17, 18, 19, 20, 40])
    alphabet = "09" if r.random() < .3 else "0123456789"
    return "".join(r.choice(alphabet) for _ in range(count))


def text(r):
    suffixes = list(SUFFIXES) * 2 + list(BINARY) * 2 + ["e3", "E-3", "e+6", "e-9", "e-12", "e19", "e30"]
    suffixes += ["K", "mi", "e", "i", "kk"]
    out = r.choice(["", "", "", "-", "+"]) + r.choice(["", "", "0", "00"]) + digits(r)
    if r.random() < .4:
        out += "." + digits(r)
    return (out + r.choice(suffixes)) or "x"


def main():
    r = random.Random(7)
    scale = int(os.environ.get("MP_TEST_SCALE", "100"))
    pairs = [(text(r), text(r)) for _ in range(300 * scale)]
    program = os.path.join(os.environ.get("builddir", "."), "quantity_dump")
    sent = "".join("%s %s\n" % pair for pair in pairs)
    lines = subprocess.run([program], input=sent, stdout=subprocess.PIPE, check=True,
                           universal_newlines=True).stdout.split("\n")[:-1]
    assert len(lines) == len(pairs)
    both = 0
    print("1..1")
    for pair, line in zip(pairs, lines):
        fields = line.split(" | ")
        wants = [parse(t) for t in pair]
        for want, field in zip(wants, fields):
            assert (want is None) == (field == "bad"), (pair, line)
            if want:
                check(want, field, pair)
        if None in wants:
            continue
        a, b = wants
        both += 1
        assert int(fields[2]) == (a.value > b.value) - (a.value < b.value), (pair, line)
        check(add(a, b, 1), fields[3], pair)
        check(add(a, b, -1), fields[4], pair)
    assert both > len(pairs) // 3
    print("# %d pairs, %d of them of two quantities" % (len(pairs), both))
    print("ok 1 - quantity_exact")
    return 0


sys.exit(main())
