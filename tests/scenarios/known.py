# SPDX-License-Identifier: BSD-2-Clause
"""Families that were sealed once and have been looked at since: tuned on, as all others are."""

import math

from healthy import healthy, quiet
from leaks import leak
from load import (DAY, HOUR, LIMITS, MINUTE, Traffic, any_traffic, day, poisson_times, slow_tempo,
                  tempo)


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


LEAKS = (office_hours, duty_cycle, drip_and_jobs, throttled, adoption, wandering_load,
         partly_recycled, beside_new_levels,
         peer_dies, slow_reaper, above_threshold, reloads_by_day, paused, tenants_churn,
         warming_leak, jobs_over_leak)
HEALTHY = (weekly_backup, failover, long_holds, queue_drains, old_and_new, uneven_collector,
           business_grows, polled_gently, ever_faster, two_pools, known_words, rolling,
           office_plateau, cache_flushed, autoscaled, leads_at_times, evenings, peers_restart,
           moved_by_day, ever_rarer, big_import, pool_by_halves)
