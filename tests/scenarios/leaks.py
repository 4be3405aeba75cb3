# SPDX-License-Identifier: BSD-2-Clause
"""Leaks: each family makes one trace from a random.Random and its number in the family."""

import math

from load import (DAY, HOUR, LIMITS, Traffic, Trace, any_traffic, day, sample, slow_tempo, spacing,
                  tempo, totals, until_full)


def leak(rng, length, grow, before=None, limit=None, traffic=None, background=None, count=None,
         work=None):
    """
    A leak of grow(u) of the room, u = 0 to 1 over `length` seconds, over base, traffic and
    background(t, limit). `before` seconds go by until it begins. work(t): what of it is requests
    under way, where it is not the traffic alone.
    """
    limit = limit or rng.choice(LIMITS)
    before = rng.choice((0, 0, rng.uniform(0.1, 1.5))) * length if before is None else before
    base = rng.uniform(0.005, 0.25) * limit
    traffic = traffic or any_traffic(rng, limit)
    room = limit - base - traffic.level

    def live(t):
        u = (t - before) / length
        leaked = grow(u) * room if u > 0 else 0
        extra = background(t, limit) if background else 0
        return base + leaked + traffic(t) + extra

    step = spacing(rng, before + length)
    if length < 600:
        step = 1
    points = sample(rng, before + length * 1.6, limit, count or live, step)
    trace = Trace("leak", until_full(points), before)
    trace.totals = totals(trace.points, work or (lambda t: traffic.level), traffic.memory)
    return trace


def steady(rng, i):
    return leak(rng, tempo(rng, i), lambda u: u)


def first_request(rng, i):
    return leak(rng, tempo(rng, i), lambda u: u, before=0)


def after_plateau(rng, i):
    length = tempo(rng, i)
    return leak(rng, length, lambda u: u, before=length * rng.uniform(3, 20 if i % 4 < 3 else 4))


def steps(rng, i):
    number = rng.randint(8, 40)
    return leak(rng, slow_tempo(rng, i), lambda u: math.floor(u * number) / (number - 1))


def accelerating(rng, i):
    power = rng.uniform(1.4, 2.5)
    return leak(rng, tempo(rng, i), lambda u: u ** power)


def doubling(rng, i):
    doublings = rng.uniform(3.5, 7)
    return leak(rng, tempo(rng, i + 1), lambda u: (2 ** (doublings * u) - 1) / (2 ** doublings - 1))


def slowing(rng, i):
    power = rng.uniform(0.5, 0.8)
    return leak(rng, tempo(rng, i), lambda u: u ** power)


def few_requests(rng, i):
    """Some of the requests never close what they opened; the traffic is lively."""
    limit = rng.choice(LIMITS)
    level = limit * rng.uniform(0.05, 0.25)
    traffic = Traffic(rng, level, level * rng.uniform(0.2, 0.5), rng.choice((1, 5, 20)))
    total, state = rng.choice((60, 200, 1000)), {"done": 0.0, "u": 0.0}

    def grow(u):
        expected = max(0.0, (u - state["u"]) * total)
        state["u"] = u
        state["done"] += max(0.0, rng.gauss(expected, math.sqrt(expected)))
        return state["done"] / total

    return leak(rng, tempo(rng, i), grow, limit=limit, traffic=traffic)


def daily(rng, i):
    """Grows with the day's load, and the load itself is seen too."""
    limit, length = rng.choice(LIMITS), rng.uniform(1.5, 7) * DAY
    phase, night, part = rng.random(), rng.uniform(0, 0.3), rng.uniform(0, 0.25)
    state = {"u": 0.0, "sum": 0.0}

    def grow(u):
        state["sum"] += (u - state["u"]) * (night + 2 * (1 - night) * day(u * length, phase))
        state["u"] = u
        return state["sum"] * (1 - part / 2)

    return leak(rng, length, grow, limit=limit, before=0,
                background=lambda t, top: part * top * day(t, phase),
                work=lambda t: part * limit * day(t, phase))


def collector(rng, i):
    """A collector closes a part of what has gathered, again and again."""
    length = slow_tempo(rng, i)
    cycles, freed = rng.uniform(8, 40), rng.uniform(0.3, 0.75)
    state = {"u": 0.0, "kept": 0.0, "young": 0.0, "next": 1 / cycles}

    def grow(u):
        gross = (u - state["u"]) / (1 - freed)
        state["u"] = u
        state["young"] += gross
        if u >= state["next"]:
            state["kept"] += state["young"] * (1 - freed)
            state["young"] = 0.0
            state["next"] += rng.uniform(0.7, 1.3) / cycles
        return state["kept"] + state["young"]

    return leak(rng, length, grow)


def masked(rng, i):
    """The load falls while the leak grows."""
    limit, length = rng.choice(LIMITS), slow_tempo(rng, i)
    part = rng.uniform(0.15, 0.4)
    level = part * limit
    traffic = Traffic(rng, level, level * rng.uniform(0.05, 0.2))

    def background(t, top):
        return -level * (1 - rng.uniform(0.15, 0.25)) * min(1, max(0, (t - before) / length))

    before = length * rng.uniform(0.3, 2)
    return leak(rng, length, lambda u: u * 1.1, before=before, limit=limit, traffic=traffic,
                background=background,
                work=lambda t: level * (1 - 0.8 * min(1, max(0, (t - before) / length))))


def sawtooth(rng, i):
    """Under a big healthy sawtooth."""
    limit, length = rng.choice(LIMITS), slow_tempo(rng, i)
    height = rng.uniform(0.15, 0.4)
    period = length / rng.uniform(15, 120)
    phase = rng.random()
    return leak(rng, length, lambda u: u * (1 - height), limit=limit,
                before=length * rng.uniform(0.2, 1.5),
                background=lambda t, top: height * top * ((t / period + phase) % 1))


def gaps(rng, i):
    trace = leak(rng, tempo(rng, 1 + i % 3), lambda u: u)
    points = trace.points
    for _ in range(rng.randint(1, 3)):
        begin = rng.randint(0, int(len(points) * 0.8))
        points = points[:begin] + points[begin + int(len(points) * rng.uniform(0.03, 0.12)):]
    return Trace("leak", points, max(trace.begin, points[0][0]))


def limit_raised(rng, i):
    low = rng.choice(LIMITS[1:5])
    high = int(low * rng.choice((1.5, 2, 4)))
    length = tempo(rng, 1 + i % 3)
    before = rng.choice((0, 0.5)) * length
    turn = before + length * rng.uniform(0.2, 0.6) * low / high
    base, traffic = rng.uniform(0.01, 0.1) * low, any_traffic(rng, low)
    points = sample(rng, before + length * 1.5, lambda t: low if t < turn else high,
                    lambda t: base + traffic(t) + max(0, (t - before) / length) * (high - base))
    return Trace("leak", until_full(points), before)


def nightly_job(rng, i):
    """One job each night or hour leaves its descriptors, beside ordinary traffic."""
    number = rng.randint(7, 30)
    length = number * rng.choice((600, HOUR, HOUR, DAY / 4))
    ramp = rng.uniform(0.02, 0.3)

    def grow(u):
        whole, part = divmod(u * number, 1)
        return (whole + min(1, part / ramp)) / number

    return leak(rng, length, grow)


def warm_up_first(rng, i):
    """A pool fills, all is well, and then the leak begins."""
    length = tempo(rng, i)
    pool, fill = rng.uniform(0.1, 0.4), length * rng.uniform(0.1, 0.5)
    return leak(rng, length, lambda u: u * (1 - pool), before=fill + length * rng.uniform(1, 4),
                background=lambda t, top: pool * top * (1 - math.exp(-3 * t / fill)))


def above_daily(rng, i):
    """A steady leak under a daily swing that is older than the leak."""
    limit, length = rng.choice(LIMITS), rng.uniform(2, 6) * DAY
    part, phase = rng.uniform(0.1, 0.35), rng.random()
    return leak(rng, length, lambda u: u * (1 - part * 0.7), limit=limit,
                before=rng.uniform(2, 5) * DAY,
                background=lambda t, top: part * top * day(t, phase),
                work=lambda t: part * limit * day(t, phase))


def two_speeds(rng, i):
    turn, ratio = rng.uniform(0.3, 0.6), rng.uniform(0.4, 3)
    total = turn + ratio * (1 - turn)
    return leak(rng, tempo(rng, i),
                lambda u: (min(u, turn) + ratio * max(0, u - turn)) / total)


def error_bursts(rng, i):
    """Each burst of errors strands some descriptors."""
    number = rng.randint(15, 60)
    times = sorted(rng.random() * 1.4 for _ in range(int(number * 1.4)))
    sizes = [rng.expovariate(1) for _ in times]

    def grow(u):
        return sum(s for t, s in zip(times, sizes) if t <= u) / number

    return leak(rng, slow_tempo(rng, i), grow)


def storms_beside(rng, i):
    """A steady leak beside connection storms that come and go."""
    limit, length = rng.choice(LIMITS), slow_tempo(rng, i)
    before = length * rng.uniform(0.3, 1)
    storms = [(rng.uniform(0, before + length), rng.uniform(0.05, 0.25)) for _ in range(12)]
    width = length / 150
    return leak(rng, length, lambda u: u, limit=limit, before=before,
                background=lambda t, top: sum(h * top for s, h in storms if s <= t < s + width))


def tenants_leak(rng, i):
    """Two descriptors leaked by each reload, at random times."""
    number = rng.randint(80, 400)
    state = {"u": 0.0, "n": 0.0}

    def grow(u):
        rate = number * max(0.0, u - state["u"])
        state["u"] = u
        while rate > 0:
            if rng.random() < min(1, rate):
                state["n"] += 1
            rate -= 1
        return state["n"] / number

    return leak(rng, tempo(rng, i), grow)


def outages(rng, i):
    """Retries leak while a dependency is down, and nothing does while it is up."""
    number, share = rng.randint(8, 25), rng.uniform(0.3, 0.7)
    marks, at = [], 0.0
    for _ in range(number * 3):
        pause = rng.uniform(0.4, 1.6) * (1 - share) / number
        down = rng.uniform(0.4, 1.6) * share / number
        marks.append((at + pause, at + pause + down))
        at += pause + down

    def grow(u):
        return sum(min(u, end) - begin for begin, end in marks if u > begin) / share

    return leak(rng, slow_tempo(rng, i), grow)


def work_days(rng, i):
    """Grows with the load of work days, and not at weekends."""
    limit, length = rng.choice(LIMITS), rng.uniform(6, 16) * DAY
    phase, start, part = rng.random(), rng.randint(0, 6), rng.uniform(0, 0.2)
    state = {"u": 0.0, "sum": 0.0}

    def load(t):
        weekday = (int(t / DAY + phase) + start) % 7
        return (0.1 if weekday >= 5 else 1) * day(t, phase)

    def grow(u):
        state["sum"] += (u - state["u"]) * 2.6 * load(u * length)
        state["u"] = u
        return state["sum"]

    return leak(rng, length, grow, limit=limit, before=0,
                background=lambda t, top: part * top * load(t))


def three_speeds(rng, i):
    """Each release leaks faster or slower than the one before."""
    turns = sorted((rng.uniform(0.15, 0.5), rng.uniform(0.5, 0.8)))
    rates = [1, rng.uniform(0.4, 2.5), rng.uniform(0.4, 2.5)]
    edges = [0, *turns, 1]
    total = sum(r * (b - a) for r, a, b in zip(rates, edges, edges[1:]))

    def grow(u):
        return sum(r * max(0, min(u, b) - a)
                   for r, a, b in zip(rates, edges, [*turns, 9])) / total

    return leak(rng, tempo(rng, i), grow)


def second_leak(rng, i):
    """Beside one leak another begins."""
    turn, ratio = rng.uniform(0.2, 0.6), rng.uniform(0.5, 2)
    total = 1 + ratio * (1 - turn)
    return leak(rng, tempo(rng, i), lambda u: (u + ratio * max(0, u - turn)) / total)


def rotations(rng, i):
    """Each rotation of the logs leaves the old files open, some more and some fewer."""
    number = rng.randint(15, 60)
    sizes = [rng.choice((1, 1, 2, 3)) * rng.uniform(0.8, 1.2) for _ in range(number * 2)]
    total = sum(sizes[:number])
    return leak(rng, slow_tempo(rng, i), lambda u: sum(sizes[:int(u * number)]) / total)


def heavy_tails(rng, i):
    """A steady leak under a load with heavy tails."""
    limit = rng.choice(LIMITS)
    mean, sigma = rng.uniform(0.02, 0.1) * limit, rng.uniform(0.4, 0.8)
    length = tempo(rng, i)
    draw = Traffic(rng, 10, 1, rng.choice((1, 10, length / 50)))
    return leak(rng, length, lambda u: u, limit=limit, traffic=Traffic(rng, 0),
                background=lambda t, top: min(0.3 * top, mean * math.exp(sigma * (draw(t) - 10))))


def cut_back(rng, i):
    """A reload frees a part of what has leaked, once; then it goes on."""
    turn, freed = rng.uniform(0.3, 0.6), rng.uniform(0.3, 0.7)
    total = 1 - turn * freed
    return leak(rng, tempo(rng, i), lambda u: (u - (turn * freed if u > turn else 0)) / total)


TUNED = (steady, first_request, after_plateau, steps, accelerating, doubling, slowing, few_requests,
         daily, collector, masked, sawtooth, gaps, limit_raised, nightly_job, warm_up_first,
         above_daily, two_speeds, error_bursts, storms_beside, tenants_leak,
         outages, work_days, three_speeds, second_leak, rotations, heavy_tails, cut_back)
