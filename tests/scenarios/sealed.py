# SPDX-License-Identifier: BSD-2-Clause
"""
Families to score on and never to tune on. Once somebody has looked at single traces of them or
changed a constant because of them, they belong to known.py, and new ones here.
"""

import math

from healthy import healthy, quiet
from leaks import leak
from load import (DAY, HOUR, LIMITS, MINUTE, Traffic, any_traffic, day, slow_tempo, tempo)


def poisson_times(rng, mean, end):
    """Times from 0 to `end`, `mean` of them a unit."""
    times, at = [], rng.expovariate(mean)
    while at < end:
        times.append(at)
        at += rng.expovariate(mean)
    return times


# Leaks.

def peer_dies(rng, i):
    """Now and then a peer dies, and what was connected to it stays open, few or many."""
    times = poisson_times(rng, rng.randint(20, 60), 1.6)
    sizes = [rng.gammavariate(2, 0.5) for _ in times]
    mean = len([t for t in times if t <= 1]) or 1
    return leak(rng, slow_tempo(rng, i),
                lambda u: sum(s for t, s in zip(times, sizes) if t <= u) / mean)


def slow_reaper(rng, i):
    """What is idle is closed after a while, and one in some has been forgotten."""
    part, after = rng.uniform(0.1, 0.35), rng.uniform(0.03, 0.2)
    return leak(rng, tempo(rng, i),
                lambda u: (1 - part) * u + part * (1 - math.exp(-u / after)))


def above_threshold(rng, i):
    """Only when the load, which wanders, is higher than what is foreseen."""
    walk = Traffic(rng, 1, 0.35, rng.uniform(0.01, 0.05))
    state = {"u": 0.0, "sum": 0.0}

    def grow(u):
        state["sum"] += max(0.0, u - state["u"]) * max(0.0, walk(u) - 1) / 0.14
        state["u"] = u
        return state["sum"]

    return leak(rng, slow_tempo(rng, i), grow)


def reloads_by_day(rng, i):
    """Each reload of the configuration leaves some, in a process with a daily swing."""
    limit, length = rng.choice(LIMITS), rng.uniform(2, 8) * DAY
    number, part, phase = rng.randint(20, 80), rng.uniform(0.05, 0.25), rng.random()
    times = sorted(rng.random() * 1.5 for _ in range(int(number * 1.5)))
    return leak(rng, length, lambda u: sum(t <= u for t in times) / number, limit=limit,
                before=rng.choice((0, rng.uniform(1, 3))) * DAY,
                background=lambda t, top: part * top * day(t, phase),
                work=lambda t: part * limit * day(t, phase))


def paused(rng, i):
    """It stops for a while, and goes on as before."""
    begin, length = rng.uniform(0.2, 0.6), rng.uniform(0.08, 0.25)
    return leak(rng, tempo(rng, i),
                lambda u: (u - max(0, min(u - begin, length))) / (1 - length))


def tenants_churn(rng, i):
    """Tenants come and go; what one that goes leaves open stays."""
    number, held = rng.randint(100, 500), rng.uniform(0.05, 0.2)
    walk = Traffic(rng, held, held * 0.3, rng.uniform(0.05, 0.2))
    state = {"u": 0.0, "n": 0.0}

    def grow(u):
        expected = max(0.0, u - state["u"]) * number
        state["u"] = u
        state["n"] += max(0.0, rng.gauss(expected, math.sqrt(expected)))
        return (1 - held) * state["n"] / number + walk(u)

    return leak(rng, slow_tempo(rng, i), grow)


def warming_leak(rng, i):
    """It leaks from the start, while pools and caches fill as well."""
    pool, fill = rng.uniform(0.1, 0.35), rng.uniform(0.05, 0.3)
    return leak(rng, tempo(rng, i),
                lambda u: (1 - pool) * u + pool * min(1, u / fill), before=0)


def jobs_over_leak(rng, i):
    """A steady leak under jobs of any size that take their turns."""
    limit, length = rng.choice(LIMITS), slow_tempo(rng, i)
    slot = length / rng.uniform(30, 100)
    sizes = [rng.uniform(0.01, 0.2) for _ in range(400)]
    share = rng.uniform(0.2, 0.7)
    return leak(rng, length, lambda u: u, limit=limit, before=length * rng.uniform(0, 1),
                background=lambda t, top: top * sizes[int(t / slot) % 400]
                if t / slot % 1 < share else 0)


# Clear.

def office_plateau(rng, i):
    """Full through the working hours, but for lunch; little at night and at weekends."""
    base, top = rng.uniform(0.05, 0.15), rng.uniform(0.3, 0.7)
    start, begin, spread = rng.randint(0, 6), rng.uniform(6, 10), rng.uniform(0.5, 1.5)
    heights = [rng.uniform(0.9, 1.05) for _ in range(20)]

    def shape(t):
        hour, number = t % DAY / HOUR, int(t // DAY)
        up = min(1, max(0, (hour - begin) / spread)) - min(1, max(0, (hour - begin - 9) / spread))
        lunch = 0.35 * math.exp(-((hour - begin - 4) / 0.6) ** 2)
        work = 0.15 if (number + start) % 7 >= 5 else 1
        return base + (top - base) * heights[number] * work * max(0, up - lunch)

    return healthy(rng, "clear", rng.uniform(3, 16) * DAY, shape, load=True)


def cache_flushed(rng, i):
    """A cache fills to its bound and is flushed at any time, whole or in part."""
    fill = rng.choice((20, 5 * MINUTE, 2 * HOUR)) * rng.uniform(0.5, 2)
    base, top = rng.uniform(0.02, 0.1), rng.uniform(0.3, 0.75)
    state = {"t": 0.0, "h": 0.0, "next": fill * rng.uniform(1, 8)}

    def shape(t):
        state["h"] += (top - base - state["h"]) * (1 - math.exp(-(t - state["t"]) / fill))
        state["t"] = t
        if t >= state["next"]:
            state["h"] *= rng.choice((0, 0, rng.uniform(0.2, 0.8)))
            state["next"] = t + fill * rng.uniform(1, 12)
        return base + state["h"]

    return healthy(rng, "clear", fill * rng.uniform(25, 90), shape)


def autoscaled(rng, i):
    """As load rises another process is started and takes its share; as it falls, one is ended."""
    base, most = rng.uniform(0.03, 0.1), rng.uniform(0.35, 0.65)
    span, phase = rng.choice((20 * MINUTE, 4 * HOUR, DAY)), rng.random()
    walk, state = Traffic(rng, 1, 0.08, span / 15), {"n": 1}

    def shape(t):
        load = (0.3 + 3 * day(t * DAY / span, phase)) * walk(t) * most
        if load / state["n"] > most:
            state["n"] += 1
        elif state["n"] > 1 and load / (state["n"] - 1) < 0.7 * most:
            state["n"] -= 1
        return base + load / state["n"]

    return healthy(rng, "clear", span * rng.uniform(4, 15), shape)


def leads_at_times(rng, i):
    """While it is the leader, others connect to it, one after the other; then they leave at once.
    """
    move = rng.choice((5, 2 * MINUTE, 30 * MINUTE)) * rng.uniform(0.5, 2)
    base, top = rng.uniform(0.03, 0.2), rng.uniform(0.3, 0.7)
    duration, at, terms = move * rng.uniform(60, 200), 0.0, []
    while at < duration:
        at += move * rng.uniform(3, 25)
        terms.append((at, at + move * rng.uniform(2, 25)))
        at = terms[-1][1]

    def shape(t):
        up = max((1 - math.exp(-3 * (t - a) / move) for a, b in terms if a <= t < b), default=0)
        return base + (top - base) * up

    return healthy(rng, "clear", duration, shape)


def evenings(rng, i):
    """A peak each evening, higher at weekends."""
    base, top = rng.uniform(0.05, 0.2), rng.uniform(0.3, 0.55)
    start, at, wide = rng.randint(0, 6), rng.uniform(8, 20), rng.uniform(1.5, 3)

    def shape(t):
        number, hour = int(t // DAY), t % DAY / HOUR
        more = 1.35 if (number + start) % 7 >= 4 else 1
        return base + (top - base) * more * (0.2 + 0.8 * math.exp(-((hour - at) / wide) ** 2))

    return healthy(rng, "clear", rng.uniform(4, 18) * DAY, shape, load=True)


def peers_restart(rng, i):
    """Peers are restarted one by one; their clients come here meanwhile and leave again slowly."""
    stay = rng.choice((30, 5 * MINUTE, HOUR)) * rng.uniform(0.5, 2)
    level, duration = rng.uniform(0.1, 0.3), stay * rng.uniform(30, 120)
    rounds = [rng.uniform(0, duration) for _ in range(rng.randint(1, 4))]
    times = [r + k * stay * rng.uniform(0.8, 1.5) for r in rounds for k in range(rng.randint(2, 5))]

    def shape(t):
        return level * (1 + 0.5 * sum(math.exp(-(t - s) / stay) for s in times if s <= t))

    return healthy(rng, "clear", duration, shape)


# Ramps.

def moved_by_day(rng, i):
    """Clients are moved over in working hours, some each day, until all are there."""
    limit, days = rng.choice(LIMITS), rng.randint(3, 12)
    top, base, phase = rng.uniform(0.35, 0.75), rng.uniform(0.02, 0.1), rng.random()

    def shape(t):
        whole, into = divmod(t / DAY + phase, 1)
        done = whole + min(1, max(0, (into - 0.35) / 0.35)) - phase
        return base + (top - base) * min(1, max(0, done / days))

    return healthy(rng, "ramp", days * DAY * rng.uniform(1.5, 3), shape, limit, quiet(rng, limit))


def ever_rarer(rng, i):
    """Each new one is rarer than the one before (a logarithm), until it is bounded."""
    limit, length = rng.choice(LIMITS), tempo(rng, i)
    top, base, bend = rng.uniform(0.35, 0.79), rng.uniform(0.01, 0.1), rng.uniform(4, 60)
    return healthy(rng, "ramp", length * rng.uniform(2, 5),
                   lambda t: base + (top - base) * min(
                       1, math.log1p(bend * t / length) / math.log1p(bend)),
                   limit, quiet(rng, limit, rng.choice((0, 0.01))))


def big_import(rng, i):
    """An import opens ever more, with pauses, and closes all at its end."""
    limit, length = rng.choice(LIMITS), tempo(rng, i)
    top, base = rng.uniform(0.4, 0.78), rng.uniform(0.02, 0.15)
    begin, parts, share = length * rng.uniform(0.3, 2), rng.randint(2, 6), rng.uniform(0.5, 0.9)

    def shape(t):
        u = (t - begin) / length
        if not 0 <= u < 1.3:
            return base
        whole, into = divmod(min(u, 1) * parts, 1)
        return base + (top - base) * min(1, (whole + min(1, into / share)) / parts)

    return healthy(rng, "ramp", begin + length * rng.uniform(2, 5), shape, limit,
                   any_traffic(rng, limit))


def pool_by_halves(rng, i):
    """A pool that grows by a part of itself whenever it is used up, up to its bound."""
    limit, length = rng.choice(LIMITS), tempo(rng, i)
    top, base, more = rng.uniform(0.35, 0.79), rng.uniform(0.02, 0.1), rng.uniform(1.1, 1.6)
    first = rng.uniform(0.1, 0.4)
    number = math.ceil(math.log(1 / first) / math.log(more))
    times = sorted(rng.uniform(0, length) for _ in range(number))

    def shape(t):
        size = min(1, first * more ** sum(t >= s for s in times))
        return base + (top - base) * size

    return healthy(rng, "ramp", length * rng.uniform(2, 4), shape, limit, quiet(rng, limit))


LEAKS = (peer_dies, slow_reaper, above_threshold, reloads_by_day, paused, tenants_churn,
         warming_leak, jobs_over_leak)
HEALTHY = (office_plateau, cache_flushed, autoscaled, leads_at_times, evenings, peers_restart,
           moved_by_day, ever_rarer, big_import, pool_by_halves)
