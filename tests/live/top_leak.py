#!/usr/bin/python3 -B
# SPDX-License-Identifier: BSD-2-Clause
# deadline: 240 s
"""fdwatch top on programs that leak: who is first, where, since when, and how it will go on."""

import re
import subprocess
import sys

import harness
from terminal import Top

LIMIT = 1000
LEAKY = """
import random, resource, sys, time
resource.setrlimit(resource.RLIMIT_NOFILE, (%d, %d))
open("/proc/self/comm", "w").write(sys.argv[1])
held = []
def forget():
    held.append(open("/dev/null"))
random.seed(sys.argv[1])
while len(held) < %d:
    forget()
    time.sleep(random.expovariate(float(sys.argv[2])))
sys.stdin.read()
""" % (LIMIT, LIMIT, LIMIT - 20)
PLACE = "leaky.py:7"
FORECAST_SECONDS = 90  # within which one must come, and come again
BRAILLE = range(0x2801, 0x2900)
CONE = {33}  # yellow


class Leak:
    def __init__(self, folder, name, rate):
        path = folder / "leaky.py"
        path.write_text(LEAKY)
        self.process = subprocess.Popen([sys.executable, str(path), name, str(rate)],
                                        stdin=subprocess.PIPE)
        self.pid = self.process.pid

    def close(self):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()


def seconds_of(text):
    """Of "1m5s", "12s"."""
    units = {"d": 86400, "h": 3600, "m": 60, "s": 1}
    return sum(int(n) * units[u] for n, u in re.findall(r"(\d+)([dhms])", text))


class Leaking(Top):
    """One that is full after some three minutes, one after ten."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.slow, cls.fast = (Leak(cls.daemon.folder, name, rate)
                              for name, rate in (("slowleak", 1.6), ("fastleak", 5)))
        for leak, name in ((cls.slow, "slowleak"), (cls.fast, "fastleak")):
            cls.addClassCleanup(leak.close)
            cls.daemon.await_process(leak.pid, lambda p, n=name: p["comm"] == n, "its name")
            harness.request(cls.daemon.socket, f"/v1/processes/{leak.pid}/track", "PUT")
        for leak in (cls.slow, cls.fast):
            cls.daemon.await_process(leak.pid, lambda p: p["eta_low_seconds"], "a forecast",
                                     FORECAST_SECONDS)

    def opened(self, leak, page, **options):
        terminal = self.top(**options)
        self.filtered(terminal, str(leak.pid))
        terminal.wait(lambda _: self.selected(terminal) == leak.pid, "the leak selected")
        terminal.keys("Enter")
        terminal.expect("1 Overview")
        terminal.keys(page)
        return terminal

    def test_the_most_endangered_is_first(self):
        terminal = self.top(width=160)
        self.filtered(terminal, "leak")
        self.await_order(terminal, [self.fast.pid, self.slow.pid])
        terminal.wait(lambda _: self.selected(terminal) == self.fast.pid, "the first selected")
        terminal.wait(lambda t: re.search(rf"^ *{self.fast.pid} .*\+\d.*s \(\d+[sm]-", t, re.M),
                      "its growth, its time and the spread", FORECAST_SECONDS)
        terminal.keys("r")
        self.await_order(terminal, [self.slow.pid, self.fast.pid])

    def test_the_cone_is_drawn(self):
        """Right of now, between the curve and the limit, in the colour that only it has."""
        terminal = self.opened(self.slow, "2")
        terminal.expect("now", f"limit {LIMIT}")

        def looked():
            lines = terminal.cells()
            texts = ["".join(c for c, _ in line) for line in lines]
            axis = next((i for i, t in enumerate(texts) if re.search(r"-\d.* now .*\+\d", t)), 0)
            now = texts[axis].find("now") + 1
            drawn = [(x, y, codes) for y, line in enumerate(lines[:axis])
                     for x, (c, codes) in enumerate(line) if ord(c) in BRAILLE]
            right = [d for d in drawn if d[0] > now + 1]
            left = [d for d in drawn if d[0] < now - 1]
            return axis and left and right and (left, right)

        left, right = harness.wait_for(looked, "a cone behind a curve", FORECAST_SECONDS)
        self.assertTrue(all(codes & CONE for *_, codes in right), right)
        self.assertTrue(not any(codes & CONE for *_, codes in left), left)
        top_of_cone, top_of_past = min(y for _, y, _ in right), min(y for _, y, _ in left)
        self.assertLess(top_of_cone, top_of_past)  # it goes on upwards

    def test_places_and_their_ages(self):
        terminal = self.opened(self.slow, "1", width=160)
        terminal.expect("Call sites: live, age of the oldest, place", PLACE)
        terminal.keys("3")
        text = terminal.expect("forget", PLACE)
        self.assertRegex(text, r"\d+ live|\d+ open|oldest|age")
        terminal.keys("Escape", "l")
        row = re.compile(rf"^ *{self.slow.pid} (.*){PLACE}", re.M)

        def age(text):
            found = row.search(text)
            ages = re.findall(r"(?:\d+[dhm])*\d+s", found[1]) if found else []
            return [seconds_of(a) for a in ages]

        oldest, median = age(terminal.wait(lambda t: len(age(t)) == 2, "its place with two ages"))
        self.assertLess(median, oldest)
        terminal.wait(lambda t: age(t)[:1] > [oldest + 1], "the oldest to grow older")


if __name__ == "__main__":
    harness.main()
