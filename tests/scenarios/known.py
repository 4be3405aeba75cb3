# SPDX-License-Identifier: BSD-2-Clause
"""Families that were sealed once and have been looked at since: tuned on, as all others are."""

import math

from healthy import healthy, quiet
from leaks import leak
from load import DAY, HOUR, LIMITS, MINUTE, Traffic, any_traffic, day, slow_tempo, tempo


# Leaks.

def office_hours(rng, i):
    """Grows while people work, and pauses at lunch, by night and at weekends."""
    limit, length = rng.choice(LIMITS), rng.uniform(3, 14) * DAY
    phase, start, part = rng.random(), rng.randint(0, 6), rng.uniform(0, 0.15)
    state = {"u": 0.0, "sum": 0.0}

    def load(t):
        hour, weekday = (t / DAY + phase) % 1 * 24, (int(t / DAY + phase) + start) % 7
        work = math.exp(-((hour - 10) / 1.7) ** 2) + math.exp(-((hour - 15) / 2) ** 2)
        return work * (0.08 if weekday >= 5 else 1)

    def grow(u):
        state["sum"] += (u - state["u"]) * 4.5 * load(u * length)
        state["u"] = u
        return state["sum"]

    return leak(rng, length, grow, limit=limit, before=0,
                background=lambda t, top: part * top * load(t),
                work=lambda t: part * limit * load(t))


def duty_cycle(rng, i):
    """Only while a job runs, and it runs in turns; its own descriptors are gone at its end."""
    limit, length, number = rng.choice(LIMITS), slow_tempo(rng, i), rng.randint(8, 30)
    share, part = rng.uniform(0.2, 0.7), rng.uniform(0, 0.15)

    def busy(u):
        return u >= 0 and u * number % 1 < share

    def grow(u):
        whole, into = divmod(u * number, 1)
        return (whole + min(1, into / share)) / number

    return leak(rng, length, grow, limit=limit, before=0,
                background=lambda t, top: part * top if busy(t / length) else 0)


def drip_and_jobs(rng, i):
    """A drip, and beside it a job each while leaves some more."""
    number, share = rng.randint(10, 50), rng.uniform(0.2, 0.8)
    return leak(rng, slow_tempo(rng, i),
                lambda u: share * u + (1 - share) * math.floor(u * number) / number)


def throttled(rng, i):
    """The fuller it is the slower it works, and so it leaks; it never stops."""
    bend = rng.uniform(0.5, 2)
    return leak(rng, tempo(rng, i), lambda u: u * (1 + bend) / (1 + bend * u))


def adoption(rng, i):
    """Users come over to what leaks, ever more, until all are there."""
    turn, power = rng.uniform(0.3, 0.6), rng.uniform(1.6, 2.4)
    total = turn / power + (1 - turn)

    def grow(u):
        return (turn / power * min(1, u / turn) ** power + max(0, u - turn)) / total

    return leak(rng, tempo(rng, i), grow)


def wandering_load(rng, i):
    """A steady leak beside a load that wanders."""
    limit, length = rng.choice(LIMITS), slow_tempo(rng, i)
    level = rng.uniform(0.1, 0.25) * limit
    walk = Traffic(rng, level, level * rng.uniform(0.15, 0.35), length * rng.uniform(0.03, 0.15))
    return leak(rng, length, lambda u: u, limit=limit, traffic=walk,
                before=length * rng.uniform(0.3, 2))


def partly_recycled(rng, i):
    """Each reload gives back what it knows of, and some stays."""
    number, kept = rng.randint(6, 20), rng.uniform(0.25, 0.6)

    def grow(u):
        whole, into = divmod(u * number, 1)
        return (kept * whole + into) / (kept * (number - 1) + 1)

    return leak(rng, slow_tempo(rng, i), grow)


def beside_new_levels(rng, i):
    """Listeners and pools are added while it leaks."""
    number, room = rng.randint(1, 3), rng.uniform(0.15, 0.35)
    marks = sorted(rng.uniform(-0.5, 0.9) for _ in range(number))
    return leak(rng, tempo(rng, 1 + i % 3),
                lambda u: (1 - room) * u + room * sum(u >= m for m in marks) / number,
                before=0)


# Clear.

def weekly_backup(rng, i):
    """A daily swing, and a backup one night of the week."""
    base, swing, more = rng.uniform(0.05, 0.15), rng.uniform(0.05, 0.3), rng.uniform(0.15, 0.4)
    phase, night, length = rng.random(), rng.randint(0, 6), rng.uniform(1, 6) * HOUR

    def shape(t):
        into = t - (t // (7 * DAY)) * 7 * DAY - (night + 0.1) * DAY
        backup = min(1, into / (0.3 * length)) if 0 <= into < length else 0
        return base + swing * day(t, phase) + more * backup

    return healthy(rng, "clear", rng.uniform(10, 28) * DAY, shape)


def failover(rng, i):
    """Takes its partner's load as well, for a while, now and then."""
    stay = rng.choice((3 * MINUTE, HOUR, 8 * HOUR)) * rng.uniform(0.5, 2)
    level, move = rng.uniform(0.15, 0.35), stay * rng.uniform(0.01, 0.2)
    duration = stay * rng.uniform(15, 60)
    spans, at = [], stay * rng.uniform(1, 8)
    while at < duration:
        spans.append((at, at + stay * rng.uniform(0.5, 2)))
        at = spans[-1][1] + stay * rng.uniform(2, 10)

    def shape(t):
        extra = max((min(1, (t - a) / move, 1 - (t - b) / move) for a, b in spans
                     if a <= t < b + move), default=0)
        return level * (1 + extra)

    return healthy(rng, "clear", duration, shape, load=True)


def long_holds(rng, i):
    """Jobs at any time, most of them brief and some that last (a Pareto's tail)."""
    unit = rng.choice((2, 30, 10 * MINUTE))
    duration, mean, alpha = unit * rng.uniform(400, 1500), rng.uniform(15, 60), rng.uniform(1.3, 2)
    limit = rng.choice((256, 1024, 1024, 4096))
    spans = []
    for _ in range(int(duration / unit * mean / 3)):
        begin = rng.uniform(-20 * unit, duration)
        spans.append((begin, begin + unit * min(rng.paretovariate(alpha), 60)))
    marks = sorted([(a, 1) for a, _ in spans] + [(b, -1) for _, b in spans])
    state = {"i": 0, "n": 0}
    scale = min(1, 0.7 * limit / (3 * mean)) / limit

    def shape(t):
        while state["i"] < len(marks) and marks[state["i"]][0] <= t:
            state["n"] += marks[state["i"]][1]
            state["i"] += 1
        return min(0.85, 0.03 + state["n"] * scale)

    return healthy(rng, "clear", duration, shape, limit, quiet(rng, limit, 0))


def queue_drains(rng, i):
    """Work gathers at one rate and is done at another, to any height."""
    unit = rng.choice((20, 5 * MINUTE, HOUR)) * rng.uniform(0.5, 2)
    base, state = rng.uniform(0.03, 0.15), {"t": 0.0, "h": 0.0, "up": True, "turn": 0.3}

    def shape(t):
        step, state["t"] = (t - state["t"]) / unit, t
        state["h"] += step * (0.3 if state["up"] else -0.5)
        if state["up"] and state["h"] > state["turn"]:
            state["up"] = False
        elif not state["up"] and state["h"] <= 0:
            state["h"], state["up"], state["turn"] = 0, True, rng.uniform(0.1, 0.55)
        return base + state["h"]

    return healthy(rng, "clear", unit * rng.uniform(15, 60), shape)


def old_and_new(rng, i):
    """Each deploy brings another level, and the old process's share stays for a while."""
    linger = rng.choice((30, 10 * MINUTE, 2 * HOUR)) * rng.uniform(0.5, 2)
    duration = linger * rng.uniform(25, 90)
    times = sorted(rng.uniform(0.05, 0.95) * duration for _ in range(rng.randint(2, 6)))
    levels = [rng.uniform(0.12, 0.35) for _ in range(len(times) + 1)]

    def shape(t):
        n = sum(t >= s for s in times)
        fresh = min(1, (t - times[n - 1]) / (0.3 * linger)) if n else 1
        old = max(0, 1 - (t - times[n - 1]) / linger) if n else 0
        return levels[n] * fresh + levels[n - 1] * old

    return healthy(rng, "clear", duration, shape)


def uneven_collector(rng, i):
    """A collector that comes when memory is short: after any time, and leaves any part."""
    period = rng.choice((MINUTE, 15 * MINUTE, 3 * HOUR)) * rng.uniform(0.5, 1.5)
    rate, base = rng.uniform(0.1, 0.25), rng.uniform(0.03, 0.12)
    state = {"t": 0.0, "h": 0.0, "top": 0.2}

    def shape(t):
        state["h"] += (t - state["t"]) / period * rate * (2 - 1.6 * state["h"])
        state["t"] = t
        if state["h"] >= state["top"]:
            state["h"] *= rng.uniform(0, 0.4)
            state["top"] = rng.uniform(0.25, 0.6)
        return base + state["h"]

    return healthy(rng, "clear", period * rng.uniform(25, 100), shape)


def business_grows(rng, i):
    """A daily swing that is a little higher each week."""
    base, swing, weekly = rng.uniform(0.05, 0.15), rng.uniform(0.1, 0.3), rng.uniform(0.02, 0.08)
    phase = rng.random()
    return healthy(rng, "clear", rng.uniform(7, 21) * DAY,
                   lambda t: base + swing * (1 + weekly * t / (7 * DAY)) * day(t, phase), load=True)


def polled_gently(rng, i):
    """Little goes on, now and then a client lists everything."""
    limit = rng.choice(LIMITS)
    hold, base = rng.choice((2, 20, 5 * MINUTE)), rng.uniform(0.02, 0.5)
    duration = hold * rng.uniform(150, 600)
    spans = [(rng.uniform(0, duration), rng.uniform(0.05, 0.4), hold * rng.uniform(0.5, 2))
             for _ in range(rng.randint(3, 25))]

    def shape(t):
        return base + max((h * (1 - (t - s) / n) for s, h, n in spans if s <= t < s + n),
                          default=0)

    return healthy(rng, "clear", duration, shape, limit, any_traffic(rng, limit))


# Ramps.

def ever_faster(rng, i):
    """A migration that gets going, until all is moved."""
    limit, length = rng.choice(LIMITS), tempo(rng, i)
    top, base, power = rng.uniform(0.3, 0.75), rng.uniform(0.01, 0.15), rng.uniform(1.1, 1.7)
    return healthy(rng, "ramp", length * rng.uniform(2, 5),
                   lambda t: base + (top - base) * min(1, t / length) ** power, limit,
                   quiet(rng, limit, 0.003))


def two_pools(rng, i):
    """One pool fills, then nothing, then another."""
    limit, length = rng.choice(LIMITS), tempo(rng, i)
    top, base = rng.uniform(0.4, 0.78), rng.uniform(0.01, 0.1)
    part, pause = rng.uniform(0.3, 0.7), rng.uniform(0.3, 2)

    def shape(t):
        u = t / length
        return base + (top - base) * (part * min(1, u) +
                                      (1 - part) * min(1, max(0, u - 1 - pause)))

    return healthy(rng, "ramp", length * (2 + pause) * rng.uniform(1.5, 3), shape, limit,
                   quiet(rng, limit, rng.choice((0, 0.01))))


def known_words(rng, i):
    """What is seen is kept, and ever less is new (Heaps' law), until there is no more."""
    limit, length = rng.choice(LIMITS), tempo(rng, i)
    top, base, power = rng.uniform(0.35, 0.79), rng.uniform(0.01, 0.1), rng.uniform(0.35, 0.7)
    return healthy(rng, "ramp", length * rng.uniform(2, 6),
                   lambda t: base + (top - base) * min(1, t / length) ** power, limit,
                   quiet(rng, limit, rng.choice((0, 0.01))))


def rolling(rng, i):
    """Clients move over in batches, each following slowly."""
    limit, length, number = rng.choice(LIMITS), tempo(rng, 1 + i % 3), rng.randint(3, 12)
    top, base, slow = rng.uniform(0.35, 0.75), rng.uniform(0.02, 0.1), rng.uniform(0.2, 1)

    def shape(t):
        return base + (top - base) / number * sum(
            1 - math.exp(-(t / length * number - k) / slow)
            for k in range(number) if t / length * number > k)

    return healthy(rng, "ramp", length * rng.uniform(2, 5), shape, limit, quiet(rng, limit, 0.003))


LEAKS = (office_hours, duty_cycle, drip_and_jobs, throttled, adoption, wandering_load,
         partly_recycled, beside_new_levels)
HEALTHY = (weekly_backup, failover, long_holds, queue_drains, old_and_new, uneven_collector,
           business_grows, polled_gently, ever_faster, two_pools, known_words, rolling)
