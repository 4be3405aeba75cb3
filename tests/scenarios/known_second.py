# SPDX-License-Identifier: BSD-2-Clause
"""The second seal's families, looked at since as those in known.py were: tuned on, as all are."""

import heapq
import math
from collections import deque

from healthy import healthy, quiet
from leaks import leak
from load import (DAY, HOUR, LIMITS, MINUTE, Traffic, Trace, day, path, poisson_times, running,
                  slow_tempo, tempo)


# Leaks.

def pools_of_addresses(rng, i):
    """A peer's name leads elsewhere: a new pool fills by need, and the old one is never closed."""
    number = rng.randint(6, 25)
    times = [0.0, *poisson_times(rng, number, 1.7)]
    sizes = [rng.gammavariate(4, 0.25) for _ in times]
    fill, ends = rng.uniform(0.1, 1) / number, [*times[1:], 1.7]

    def pools(u):
        return sum(size * (1 - math.exp(-(min(u, end) - begin) / fill))
                   for begin, end, size in zip(times, ends, sizes) if begin <= u)

    whole = pools(1)
    return leak(rng, slow_tempo(rng, i), lambda u: pools(u) / whole)


def cancelled_builds(rng, i):
    """A runner of builds, big and small, side by side; one that is cancelled leaves what it had."""
    limit, length = rng.choice(LIMITS), slow_tempo(rng, i)
    before = rng.choice((0, rng.uniform(0.2, 1))) * length
    stuck, share, lanes = rng.randint(8, 40), rng.uniform(0.08, 0.3), rng.randint(1, 3)
    slot, changes = length * lanes * share / stuck, []
    for _ in range(lanes):
        at = rng.uniform(0, slot)
        while at < before + 1.7 * length:
            hold, size = slot * rng.uniform(0.2, 0.8), rng.gammavariate(2, 0.45) / stuck
            changes.append((at, size))
            if at < before or rng.random() > share:
                changes.append((at + hold, -size))
            at += hold + slot * rng.uniform(0, 1)
    builds = running(changes)
    return leak(rng, length, lambda u: 0, limit=limit, before=before,
                background=lambda t, top: top * builds(t))


def lid_closed(rng, i):
    """A language server on a laptop: while the lid is closed nobody looks and nothing grows."""
    awake = rng.uniform(0.5, 20) * HOUR
    number = rng.randint(25, 150)
    opened = running((t, rng.expovariate(1) / number) for t in poisson_times(rng, number, 2))
    trace = leak(rng, awake, opened)
    end = trace.points[-1][0]
    naps = running((rng.uniform(0, end), rng.choice((rng.uniform(0.2, 2), rng.uniform(5, 14))) *
                    HOUR) for _ in range(rng.randint(1, 3 + int(end / (4 * HOUR)))))
    points, begin = [], None
    for t, live, limit in trace.points:
        at = t + naps(t)
        begin = at if begin is None and t >= trace.begin else begin
        points.append((at, live, limit))
    result = Trace("leak", points, begin)
    result.totals = trace.totals
    return result


def backs_off(rng, i):
    """Each try to reach a dead peer leaks: fast at first, then slower, to a bound, and anew."""
    number, doublings = rng.randint(12, 50), rng.randint(3, 6)
    returns = sorted(rng.uniform(0.1, 1) for _ in range(rng.randint(0, 3)))
    times, at, gap = [], 0.0, 2.0 ** -doublings
    while at < 1.7:
        times.append(at)
        at += min(gap, 1) * rng.uniform(0.5, 1) / number
        gap *= 2
        if returns and at > returns[0]:
            at, gap = at + rng.uniform(0.02, 0.12), 2.0 ** -doublings
            returns.pop(0)
    whole = sum(t <= 1 for t in times)
    tries = running((t, 1 / whole) for t in times)
    return leak(rng, tempo(rng, i), tries)


def rarer_collections(rng, i):
    """The heap grows, so the collector that closes what was forgotten comes ever more rarely."""
    limit, length = rng.choice(LIMITS), slow_tempo(rng, i)
    number, first, kept = rng.randint(6, 25), rng.uniform(0.15, 0.35), rng.uniform(0, 0.1)
    more = first ** (-1 / number)
    rate = sum(first * more ** k for k in range(number + 1)) * (1 - kept) / length
    before = rng.choice((0, rng.uniform(0.3, 1.5))) * length
    state = {"t": 0.0, "h": 0.0, "top": first, "aim": first}

    def garbage(t, top):
        state["h"] += rate * (t - state["t"])
        state["t"] = t
        if state["h"] >= state["aim"]:
            state["h"] *= kept
            state["top"] *= more if t > before else 1
            state["aim"] = state["top"] * rng.uniform(0.95, 1.05)
        return top * state["h"]

    return leak(rng, length, lambda u: 0, before=before, limit=limit, background=garbage)


def latency_creeps(rng, i):
    """What is asked answers ever later, up to its collapse: all is closed, but ever later too."""
    limit, bend = rng.choice(LIMITS), rng.uniform(0.4, 0.85)
    level = rng.uniform(0.03, 0.1) * limit
    walk = Traffic(rng, 1, rng.uniform(0.02, 0.1), rng.uniform(0.005, 0.05))
    return leak(rng, tempo(rng, i),
                lambda u: u * (1 - bend) / max(0.01, 1 - bend * u) * walk(u), limit=limit,
                traffic=Traffic(rng, level, level * rng.uniform(0.1, 0.4)))


def half_rebalanced(rng, i):
    """A consumer drops and reopens its connections at each rebalance, and some are not dropped."""
    limit, length, number = rng.choice(LIMITS), slow_tempo(rng, i), rng.randint(15, 60)
    before = rng.choice((0, rng.uniform(0.2, 1.5))) * length
    level, depth = rng.uniform(0.15, 0.4), rng.uniform(0.4, 0.95)
    back = length / number * rng.uniform(0.02, 0.4)
    times = poisson_times(rng, number / length, before + 1.7 * length)
    left = running(((t - before) / length, rng.gammavariate(3, 1 / 3) / number)
                   for t in times if t > before)
    last = running((t, t - s) for s, t in zip([0.0, *times], times))

    def connections(t, top):
        since = t - last(t) if last(t) else math.inf
        return level * top * (1 - depth * max(0, 1 - since / back))

    return leak(rng, length, left, before=before, limit=limit, background=connections)


def not_in_time(rng, i):
    """Each restart of the pool closed all in time, until a release leaks faster than that."""
    limit, length = rng.choice(LIMITS), tempo(rng, i)
    period, cycles = length / rng.uniform(0.4, 0.9), rng.randint(3, 12)
    height = rng.uniform(0.2, 0.4)
    heights = [height * rng.uniform(0.9, 1.1) for _ in range(cycles)]
    before, bend = period * cycles, rng.choice((1, 1, rng.uniform(1, 1.5)))

    def earlier(t, top):
        whole, into = divmod(t / period, 1)
        return top * heights[int(whole)] * into if t < before else 0

    return leak(rng, length, lambda u: u ** bend, before=before, limit=limit, background=earlier)


def eats_the_cache(rng, i):
    """A cache of open tables yields to a leak, for a part of it, until there is little to yield."""
    limit, length = rng.choice(LIMITS), tempo(rng, i)
    cache, least = rng.uniform(0.25, 0.5), rng.uniform(0.1, 0.4)
    gives, before = rng.uniform(0.4, 0.85), length * rng.uniform(0.5, 4)
    warm = before * rng.uniform(0.02, 0.2)

    def tables(t, top):
        filled = cache * (1 - math.exp(-t / warm))
        leaked = max(0, t - before) / length * (1 - least * cache)
        return top * (leaked + max(least * filled, filled - gives * leaked))

    return leak(rng, length, lambda u: 0, before=before, limit=limit, background=tables)


def spam_waves(rng, i):
    """A mail server leaks over days to weeks; waves of spam stand in its queue and die away."""
    limit = rng.choice(LIMITS)
    low, high = ((2, 6), (7, 20), (20, 50))[i % 3]
    length, before = rng.uniform(low, high) * DAY, rng.choice((0, rng.uniform(0.1, 0.6)))
    part, phase, start = rng.uniform(0.01, 0.08), rng.random(), rng.randint(0, 6)
    stay, rise = length * rng.uniform(0.01, 0.04), rng.uniform(0.5, 3) * HOUR
    waves = [(t * length, rng.uniform(0.05, 0.25))
             for t in poisson_times(rng, rng.randint(4, 15), before + 1.7)]

    def mail(t, top):
        weekday = (int(t / DAY + phase) + start) % 7
        usual = part * (0.3 if weekday >= 5 else 1) * day(t, phase)
        return top * (usual + sum(h * min(1, (t - s) / rise) * math.exp(-(t - s) / stay)
                                  for s, h in waves if 0 <= t - s < 8 * stay))

    return leak(rng, length, lambda u: u, before=before * length, limit=limit, background=mail)


# Clear.

def circuit_breaker(rng, i):
    """A slow backend holds requests up to their timeout; then the breaker opens, tries, closes."""
    timeout = rng.choice((3, MINUTE, 10 * MINUTE)) * rng.uniform(0.5, 2)
    level, high, low = rng.uniform(0.08, 0.25), rng.uniform(1.8, 3.2), rng.uniform(0.05, 0.4)
    duration, at, knots = timeout * rng.uniform(80, 300), 0.0, [(0.0, level)]
    while at < duration:
        at += timeout * rng.uniform(5, 40)
        for _ in range(rng.randint(1, 4)):
            knots += [(at, knots[-1][1]), (at + timeout, level * high * rng.uniform(0.8, 1))]
            at += timeout * rng.uniform(1.1, 3)
            knots += [(at, knots[-1][1]), (at + 0.1 * timeout, level * low)]
            at += timeout * rng.uniform(1, 6)
        knots += [(at, level * low), (at + timeout, level)]
        at += timeout
    return healthy(rng, "clear", duration, path(knots))


def capped_workers(rng, i):
    """Batches of jobs wait for a fixed number of workers, each with its files: all or fewer."""
    unit = rng.choice((5, 2 * MINUTE, HOUR)) * rng.uniform(0.5, 2)
    workers, duration = rng.randint(4, 40), unit * rng.uniform(60, 300)
    base, top = rng.uniform(0.03, 0.15), rng.uniform(0.4, 0.72)
    share, size = rng.uniform(0.4, 0.85), rng.uniform(2, 10)
    free, changes = [0.0] * workers, []
    for begin in poisson_times(rng, share / size / unit, duration):
        for _ in range(1 + int(rng.expovariate(1 / (size * workers)))):
            start = max(begin, heapq.heappop(free))
            end = start + unit * rng.gammavariate(4, 0.25)
            heapq.heappush(free, end)
            changes += [(start, 1 / workers), (end, -1 / workers)]
    busy = running(changes)
    return healthy(rng, "clear", duration, lambda t: base + (top - base) * busy(t))


def beats(rng, i):
    """A job nearly in step with the looks at it: each sees a little later or earlier part of it."""
    step, every = rng.choice((1, 5, 15, 60)), rng.randint(1, 4)
    beat = rng.uniform(20, 150)
    period = step * every * (1 + rng.choice((-1, 1)) / beat)
    base, more = rng.uniform(0.02, 0.3), rng.uniform(0.1, 0.45)
    share, bend, phase = rng.uniform(0.3, 1), rng.uniform(0.4, 1.5), rng.random()
    uneven = rng.uniform(0, 0.15)

    def shape(t):
        into = (t / period + phase) % 1 / share
        return base + (more * into ** bend * rng.uniform(1 - uneven, 1) if into < 1 else 0)

    return healthy(rng, "clear", step * every * beat * rng.uniform(6, 30), shape, step=step)


def holidays(rng, i):
    """Work days over weeks, and some days off for all: much less, and then what was before."""
    base, top, weeks = rng.uniform(0.03, 0.12), rng.uniform(0.3, 0.7), rng.uniform(3, 6)
    phase, start, rest = rng.random(), rng.randint(0, 6), rng.uniform(0.05, 0.35)
    begin = rng.uniform(7, 7 * weeks - 10)
    end, back = begin + rng.uniform(3, 12), rng.uniform(0.1, 2)

    def shape(t):
        now = t / DAY
        off = min(1, max(0, (now - begin) / back)) - min(1, max(0, (now - end) / back))
        work = 0.3 if (int(now + phase) + start) % 7 >= 5 else 1
        return base + (top - base) * work * (1 - (1 - rest) * off) * day(t, phase, 0.8)

    return healthy(rng, "clear", weeks * 7 * DAY, shape, load=True)


def full_pooler(rng, i):
    """A pooler whose clients are as many as it lets in; they leave by restart and come back."""
    limit = rng.choice(LIMITS[1:])
    level, depth = rng.uniform(0.82, 0.9), rng.uniform(0.1, 0.7)
    back, share = rng.choice((2, 20, 5 * MINUTE)) * rng.uniform(0.5, 2), rng.uniform(0.3, 1)
    duration = back * rng.uniform(150, 1000)
    times = poisson_times(rng, rng.uniform(3, 15) / duration, duration)
    state = {"t": 0.0, "out": 1.0, "n": 0}

    def shape(t):
        state["out"] = max(0.0, state["out"] - (t - state["t"]) / back)
        state["t"] = t
        while state["n"] < len(times) and times[state["n"]] <= t:
            state["n"], state["out"] = state["n"] + 1, rng.uniform(share, 1)
        return level * (1 - depth * state["out"] ** 1.5)

    return healthy(rng, "clear", duration, shape, limit, quiet(rng, limit, 0.004))


def settles_down(rng, i):
    """All comes at once at the start, and for long it is ever less, in blocks, with small waves."""
    span = rng.choice((MINUTE, 30 * MINUTE, 12 * HOUR)) * rng.uniform(0.5, 2)
    top, rest, block = rng.uniform(0.45, 0.8), rng.uniform(0.1, 0.3), rng.uniform(0.005, 0.06)
    wave, phase = rng.uniform(0.01, 0.08), rng.random()

    def shape(t):
        left = (top - rest) * math.exp(-t / span)
        return rest + math.ceil(left / block) * block - block + \
            wave * day(t / span * 2 * DAY, phase)

    return healthy(rng, "clear", span * rng.uniform(5, 15), shape)


def two_clocks(rng, i):
    """Two jobs, each by a clock of its own: at times they meet."""
    first = rng.choice((30, 10 * MINUTE, 3 * HOUR)) * rng.uniform(0.5, 2)
    base, jobs = rng.uniform(0.03, 0.15), []
    for period in (first, first * rng.uniform(0.3, 0.95)):
        jobs.append((period, rng.random(), rng.uniform(0.1, 0.33), rng.uniform(0.15, 0.6),
                     rng.uniform(0.02, 0.5)))

    def shape(t):
        result = base
        for period, phase, height, share, ramp in jobs:
            into = (t / period + phase) % 1 / share
            result += height * max(0, min(1, into / ramp, (1 - into) / ramp))
        return result

    return healthy(rng, "clear", first * rng.uniform(12, 60), shape)


# Ramps.

def fans_out(rng, i):
    """A crawler finds ever more in what it finds, as far as it may; later sites are done."""
    limit, length = rng.choice(LIMITS), tempo(rng, i)
    top, base, doublings = rng.uniform(0.35, 0.75), rng.uniform(0.01, 0.1), rng.uniform(2.5, 6)
    hold, fall = length * rng.uniform(0.2, 2), length * rng.uniform(0.5, 3)

    def shape(t):
        found = (2 ** (doublings * min(1, t / length)) - 1) / (2 ** doublings - 1)
        return base + (top - base) * found * math.exp(-max(0, t - length - hold) / fall)

    return healthy(rng, "ramp", length * rng.uniform(2, 5), shape, limit, quiet(rng, limit, 0.003))


def bulk_load(rng, i):
    """A load of a table writes files, merges them in part as it goes on, and much at its end."""
    limit, length = rng.choice(LIMITS), tempo(rng, i)
    top, base = rng.uniform(0.35, 0.66), rng.uniform(0.01, 0.1)
    cycles, freed = rng.uniform(6, 25), rng.uniform(0.25, 0.5)
    pause, rest = rng.uniform(0.05, 1.5), rng.uniform(0.2, 0.8)
    state = {"u": 0.0, "h": 0.0, "young": 0.0, "next": 1 / cycles}

    def shape(t):
        u = t / length
        if u < 1:
            more = (u - state["u"]) / (1 - freed)
            state["h"], state["young"], state["u"] = state["h"] + more, state["young"] + more, u
            if u >= state["next"]:
                state["h"] -= freed * state["young"]
                state["young"], state["next"] = 0.0, u + rng.uniform(0.6, 1.4) / cycles
        return base + (top - base) * min(1.17, state["h"]) * (1 if u < 1 + pause else rest)

    return healthy(rng, "ramp", length * rng.uniform(2, 5), shape, limit,
                   quiet(rng, limit, rng.choice((0, 0.01))))


def retention_fills(rng, i):
    """A broker's segments, kept for a time: more by the load until the first are old enough."""
    limit = rng.choice(LIMITS)
    keep = (rng.uniform(0.3, 2) * HOUR, rng.uniform(4, 24) * HOUR, rng.uniform(2, 8) * DAY)[i % 3]
    top, base, phase = rng.uniform(0.35, 0.62), rng.uniform(0.01, 0.1), rng.random()
    night = rng.uniform(0.1, 0.6)
    walk = Traffic(rng, 1, rng.uniform(0.05, 0.25), keep * rng.uniform(0.01, 0.1))
    state, kept = {"t": 0.0, "sum": 0.0}, deque()

    def shape(t):
        load = walk(t) * (night + 2 * (1 - night) * day(t, phase) if i % 3 == 2 else 1)
        kept.append((t, load * (t - state["t"]) / keep))
        state["t"], state["sum"] = t, state["sum"] + kept[-1][1]
        while kept[0][0] < t - keep:
            state["sum"] -= kept.popleft()[1]
        return min(0.78, base + (top - base) * state["sum"])

    return healthy(rng, "ramp", keep * rng.uniform(2, 4), shape, limit, quiet(rng, limit, 0.003))


def more_users(rng, i):
    """Each day more users than the day before, by day and fewer by night, until all are there."""
    limit, days = rng.choice(LIMITS), rng.uniform(4, 14)
    top, base, phase = rng.uniform(0.4, 0.74), rng.uniform(0.02, 0.08), rng.random()
    night, bend, first = rng.uniform(0.15, 0.6), rng.uniform(0.7, 1.4), rng.uniform(0.02, 0.2)

    def shape(t):
        users = first + (1 - first) * min(1, t / DAY / days) ** bend
        return base + (top - base) * users * (night + (1 - night) * day(t, phase))

    return healthy(rng, "ramp", days * DAY * rng.uniform(1.4, 2.5), shape, limit,
                   quiet(rng, limit, 0.005), load=True)


def rolled_back(rng, i):
    """A release takes over slowly, is rolled back, and then gets further, until it has all."""
    limit, length = rng.choice(LIMITS), tempo(rng, i)
    top, base, number = rng.uniform(0.4, 0.78), rng.uniform(0.02, 0.12), rng.randint(1, 2)
    heights = sorted(rng.uniform(0.25, 0.85) for _ in range(number))
    at, knots = length * rng.uniform(0, 0.5), []
    for part in heights:
        rise = length * part * rng.uniform(0.7, 1.3)
        knots += [(at, base), (at + rise, base + part * (top - base))]
        at += rise + length * rng.uniform(0.05, 0.4)
        knots += [(at, knots[-1][1]), (at + 0.03 * length, base)]
        at += length * rng.uniform(0.2, 1)
    knots += [(at, base), (at + length * rng.uniform(0.7, 1.3), top)]
    return healthy(rng, "ramp", at + length * rng.uniform(2, 4), path(knots), limit,
                   quiet(rng, limit, 0.003))


LEAKS = (pools_of_addresses, cancelled_builds, lid_closed, backs_off, rarer_collections,
         latency_creeps, half_rebalanced, not_in_time, eats_the_cache, spam_waves)
HEALTHY = (circuit_breaker, capped_workers, beats, holidays, full_pooler, settles_down, two_clocks,
           fans_out, bulk_load, retention_fills, more_users, rolled_back)
