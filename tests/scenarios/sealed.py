# SPDX-License-Identifier: BSD-2-Clause
"""
Families to score on and never to tune on. Once somebody has looked at single traces of them or
changed a constant because of them, they belong to the others, and new ones here.
"""

import math

from healthy import healthy, quiet
from leaks import leak
from load import DAY, HOUR, LIMITS, MINUTE, Traffic, day, slow_tempo, tempo


# Leaks.

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


# Clear.

def elastic(rng, i):
    """A pool that grows in blocks with the load and gives back what was idle for a while."""
    blocks, span = rng.randint(6, 20), rng.choice((10 * MINUTE, 3 * HOUR, DAY))
    base, top = rng.uniform(0.02, 0.15), rng.uniform(0.3, 0.75)
    idle, phase, state = span * rng.uniform(0.02, 0.1), rng.random(), {"n": 1, "at": 0.0}
    walk = Traffic(rng, 1, 0.12, span / 20)

    def shape(t):
        wave = 0.5 - 0.5 * math.cos(2 * math.pi * (t / span + phase))
        need = max(1, min(blocks, math.ceil(wave * walk(t) * blocks)))
        if need >= state["n"]:
            state["n"], state["at"] = need, t
        elif t - state["at"] > idle:
            state["n"], state["at"] = state["n"] - 1, t
        return base + (top - base) * state["n"] / blocks

    return healthy(rng, "clear", span * rng.uniform(4, 20), shape)


def heavy_load(rng, i):
    """A load with heavy tails and nothing else."""
    mean, sigma = rng.uniform(0.05, 0.15), rng.uniform(0.4, 0.8)
    memory = rng.choice((10, 5 * MINUTE, 2 * HOUR))
    draw = Traffic(rng, 10, 1, memory)
    return healthy(rng, "clear", memory * rng.uniform(60, 300) + 300,
                   lambda t: min(0.75, mean * math.exp(sigma * (draw(t) - 10))))


def reconnect(rng, i):
    """All clients are dropped and come back, one after the other, to the level there was."""
    back = rng.choice((20, 5 * MINUTE, HOUR)) * rng.uniform(0.5, 2)
    level, left = rng.uniform(0.3, 0.75), rng.uniform(0.02, 0.3)
    duration = back * rng.uniform(20, 60)
    times = sorted(rng.uniform(0.1, 1) * duration for _ in range(rng.randint(1, 5)))

    def shape(t):
        since = min((t - s for s in times if s <= t), default=duration)
        return level * (left + (1 - left) * min(1, since / back))

    return healthy(rng, "clear", duration, shape)


def compactions(rng, i):
    """Files gather and are merged, on three levels."""
    unit = rng.choice((5, MINUTE, 10 * MINUTE)) * rng.uniform(0.5, 1.5)
    fan, base = rng.randint(4, 8), rng.uniform(0.02, 0.1)
    parts = [rng.uniform(0.05, 0.2) for _ in range(3)]

    def shape(t):
        return base + sum(p * math.floor(t / (unit * fan ** k) % fan) / fan
                          for k, p in enumerate(parts))

    return healthy(rng, "clear", unit * fan ** 3 * rng.uniform(3, 12), shape)


def hourly_jobs(rng, i):
    """A job each hour, of any size, over a daily swing."""
    base, swing = rng.uniform(0.05, 0.15), rng.uniform(0.05, 0.25)
    sizes = [rng.uniform(0.02, 0.3) for _ in range(24 * 12)]
    length, phase = rng.uniform(0.1, 0.7), rng.random()

    def shape(t):
        hour, into = divmod(t / HOUR, 1)
        job = sizes[int(hour)] if into < length else 0
        return base + swing * day(t, phase) + job

    return healthy(rng, "clear", rng.uniform(1, 10) * DAY, shape)


def big_day(rng, i):
    """A daily swing, and one day with much more of it."""
    base, top = rng.uniform(0.05, 0.2), rng.uniform(0.3, 0.5)
    more, days, phase = rng.uniform(1.2, 1.55), rng.randint(4, 14), rng.random()
    big = rng.randint(2, days - 1)

    def shape(t):
        height = more if int(t / DAY + phase) == big else 1
        return base + (top - base) * height * day(t, phase)

    return healthy(rng, "clear", days * DAY, shape)


def keepalive(rng, i):
    """The rate of requests jumps; connections follow as slowly as they time out."""
    timeout = rng.choice((30, 5 * MINUTE, HOUR)) * rng.uniform(0.5, 2)
    state = {"t": 0.0, "level": rng.uniform(0.1, 0.4), "aim": 0.2, "next": 0.0}

    def shape(t):
        if t >= state["next"]:
            state["aim"] = rng.uniform(0.08, 0.7)
            state["next"] = t + timeout * rng.uniform(2, 15)
        keep = math.exp(-(t - state["t"]) / timeout)
        state["level"] = state["aim"] + (state["level"] - state["aim"]) * keep
        state["t"] = t
        return state["level"]

    return healthy(rng, "clear", timeout * rng.uniform(40, 150), shape)


# Ramps.

def flash_crowd(rng, i):
    """Everybody comes, and goes again slowly."""
    rise, top, base = tempo(rng, i), rng.uniform(0.5, 0.78), rng.uniform(0.05, 0.2)
    begin, bend = rise * rng.uniform(0.5, 3), rng.uniform(0.6, 1.5)

    def shape(t):
        into = max(0, t - begin) / rise
        up = into ** bend if into < 1 else math.exp(-(into - 1) / 2)
        return base + (top - base) * up

    return healthy(rng, "ramp", begin + rise * rng.uniform(3, 8), shape)


def recovery(rng, i):
    """Shards are opened in batches until all are there."""
    limit, length = rng.choice(LIMITS), tempo(rng, i)
    top, base, number = rng.uniform(0.35, 0.79), rng.uniform(0.01, 0.1), rng.randint(6, 40)
    times = sorted(rng.uniform(0, length) for _ in range(number))
    return healthy(rng, "ramp", length * rng.uniform(2, 5),
                   lambda t: base + (top - base) * sum(t >= s for s in times) / number, limit,
                   quiet(rng, limit, rng.choice((0, 0.01))))


def sessions(rng, i):
    """Sessions arrive at one rate and each stays for the same time."""
    limit, length = rng.choice(LIMITS), tempo(rng, i)
    top, base = rng.uniform(0.35, 0.76), rng.uniform(0.01, 0.1)
    spread = rng.uniform(0.02, 0.4)
    noise = Traffic(rng, 1, 0.02, length / 10)

    def shape(t):
        u = t / length
        filled = min(u, 1) if u < 1 - spread else \
            1 - spread + (spread / 2) * (1 - max(0, 1 - (u - 1 + spread) / (2 * spread)) ** 2) * 2
        return base + (top - base) * min(1, filled) * noise(t)

    return healthy(rng, "ramp", length * rng.uniform(2, 5), shape, limit, quiet(rng, limit, 0))


LEAKS = (outages, work_days, three_speeds, second_leak, rotations, heavy_tails, cut_back)
HEALTHY = (elastic, heavy_load, reconnect, compactions, hourly_jobs, big_day, keepalive,
           flash_crowd, recovery, sessions)
