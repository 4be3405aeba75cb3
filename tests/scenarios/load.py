# SPDX-License-Identifier: BSD-2-Clause
"""What a trace is made of: clocks, limits, traffic. Everything comes from one random.Random."""

import math
import random

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
LIMITS = (256, 1024, 1024, 1024, 4096, 4096, 16384, 65536, 524288)
STEPS = (1, 2, 5, 10, 15, 30, 60, 120)


class Trace:
    """Samples (seconds, live, limit) and what they are: `kind` is leak, clear or ramp."""

    def __init__(self, kind, points, begin=None):
        self.kind = kind
        self.points = points
        self.totals = None  # (opened, closed) of each point, where the behaviour defines them
        self.begin = begin  # of the leak
        self.end = None  # the limit is met
        if kind == "leak":
            self.end = next((t for t, live, limit in points if live >= limit), None)


def tempo(rng, index, slowest=4):
    """A leak's length in seconds: 20 s, minutes, hours or days, by turns."""
    low, high = ((18, 90), (2 * MINUTE, 25 * MINUTE), (HOUR, 10 * HOUR), (DAY, 7 * DAY))[
        index % slowest]
    return low * (high / low) ** rng.random()


def slow_tempo(rng, index):
    low, high = ((10 * MINUTE, HOUR), (HOUR, 10 * HOUR), (DAY, 7 * DAY))[index % 3]
    return low * (high / low) ** rng.random()


def spacing(rng, duration, most=6000):
    """Seconds between two samples: what a poll or a scrape would use over such a time."""
    if duration < 10 * MINUTE:
        return 1
    fit = [s for s in STEPS if duration / s <= most] or [STEPS[-1]]
    return fit[min(rng.choice((0, 0, 1)), len(fit) - 1)]


class Traffic:
    """Descriptors of requests under way: mean `level`, correlated over `memory` seconds."""

    def __init__(self, rng, level, spread=None, memory=None):
        self.rng = rng
        self.level = level
        self.spread = math.sqrt(max(level, 0)) if spread is None else spread
        self.memory = memory or rng.choice((0.1, 1, 5, 30))
        self.state = rng.gauss(0, 1)
        self.t = None

    def __call__(self, t, level=None):
        """A draw at time `t`; `level` overrides the mean, and the spread follows it."""
        keep = math.exp(-(t - self.t) / self.memory) if self.t is not None else 0
        self.t = t
        self.state = keep * self.state + math.sqrt(1 - keep * keep) * self.rng.gauss(0, 1)
        if level is None:
            return max(0.0, self.level + self.spread * self.state)
        scale = math.sqrt(level / self.level) if self.level > 0 and level > 0 else 0
        return max(0.0, level + self.spread * scale * self.state)


def any_traffic(rng, limit):
    """Nothing, a little or a good deal of it."""
    part = rng.choice((0, 0.005, 0.01, 0.03, 0.06))
    level = part * limit * rng.uniform(0.5, 1.5)
    return Traffic(rng, level, rng.choice((None, level * 0.2, level * 0.4)))


def poisson_times(rng, mean, end):
    """Times from 0 to `end`, `mean` of them a unit."""
    times, at = [], rng.expovariate(mean)
    while at < end:
        times.append(at)
        at += rng.expovariate(mean)
    return times


def day(t, phase=0.0, sharpness=1.0):
    """A day's load, 0 at night to 1 at noon."""
    wave = 0.5 - 0.5 * math.cos(2 * math.pi * (t / DAY + phase))
    return wave ** sharpness


def sample(rng, duration, limit, count, step=None, jitter=True):
    """Samples of count(t) from 0 to `duration`; `limit` is a number or a function of time."""
    step = step or spacing(rng, duration)
    points = []
    n = int(duration / step) + 1
    for i in range(n):
        t = i * step
        if jitter and step >= 1:
            t += rng.uniform(0, 0.02) * step
        top = limit(t) if callable(limit) else limit
        points.append((t, max(3, min(int(count(t)), top)), top))
    return points


def path(knots):
    """A function: straight lines from each (t, height) to the next, asked for times that rise."""
    state = {"i": 0}

    def height(t):
        while state["i"] < len(knots) and knots[state["i"]][0] <= t:
            state["i"] += 1
        if state["i"] in (0, len(knots)):
            return knots[max(0, state["i"] - 1)][1]
        (t0, h0), (t1, h1) = knots[state["i"] - 1:state["i"] + 1]
        return h0 + (h1 - h0) * (t - t0) / (t1 - t0)

    return height


def running(changes):
    """A function: the sum of the changes (t, more) up to a time, asked for times that rise."""
    changes = sorted(changes)
    state = {"i": 0, "sum": 0.0}

    def total(t):
        while state["i"] < len(changes) and changes[state["i"]][0] <= t:
            state["sum"] += changes[state["i"]][1]
            state["i"] += 1
        return state["sum"]

    return total


def totals(points, work, hold):
    """
    Opened and closed up to each sample: what rises was opened, and what is in work at each time
    (work(t), by what the program does) turns over each `hold` seconds, as Little's law says.
    """
    rng = random.Random(repr((points[:5], len(points))))  # no draw of the trace's own is taken
    opened, before, at, result = float(points[0][1]), points[0][1], points[0][0], []
    for t, live, _ in points:
        expected = max(0.0, work(t)) * (t - at) / hold
        came = max(0.0, rng.gauss(expected, math.sqrt(expected)))
        opened = math.floor(opened + max(came, live - before))
        result.append((opened, opened - live))
        before, at = live, t
    return result


def until_full(points, tail=5):
    """Cuts a leak's trace shortly after the limit is met."""
    for i, (_, live, limit) in enumerate(points):
        if live >= limit:
            return points[: i + tail]
    return points
