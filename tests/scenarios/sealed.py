# SPDX-License-Identifier: BSD-2-Clause
"""
Families to score on and never to tune on. Once somebody has looked at single traces of them or
changed a constant because of them, they are known, and new ones belong here.
"""

import math

from healthy import healthy, quiet
from leaks import leak
from load import (DAY, HOUR, LIMITS, MINUTE, Traffic, day, path, poisson_times, running, slow_tempo,
                  tempo)


# Leaks.

def no_idle_timeout(rng, i):
    """Clients go silent and nothing ends what is idle: most leave soon, some hardly ever (Pareto).
    """
    alpha, least, number = rng.uniform(0.25, 0.65), rng.uniform(0.001, 0.01), rng.randint(60, 400)
    stays = least + least ** alpha * (1 - least ** (1 - alpha)) / (1 - alpha)
    changes = []
    for at in poisson_times(rng, number / stays, 1.7):
        changes += [(at, 1 / number), (at + least * rng.paretovariate(alpha), -1 / number)]
    return leak(rng, tempo(rng, i), running(changes))


def deadlocked(rng, i):
    """A lock is never given back: who needs it waits for good, and its client asks anew."""
    limit, clients = rng.choice(LIMITS), rng.randint(5, 60)
    level, gap = rng.uniform(0.02, 0.15) * limit, rng.uniform(0.01, 0.08)
    first, times = rng.uniform(0.3, 1), []
    for k in range(clients):
        at = rng.uniform(0, 1.5 * gap) if k < first * clients else rng.uniform(0, 1.2)
        while at < 1.7:
            times.append(at)
            at += gap * rng.uniform(0.85, 1.15)
    whole = sum(t <= 1 for t in times)
    length = tempo(rng, i)
    return leak(rng, length, running((t, 1 / whole) for t in times), limit=limit,
                before=length * rng.uniform(0.1, 3),
                traffic=Traffic(rng, level, level * rng.uniform(0.05, 0.3)))


def threads_die(rng, i):
    """A thread idle for long ends and never closes its own; the next busy time starts new ones."""
    length, calm = slow_tempo(rng, i), rng.choice((0, rng.uniform(0.2, 1)))
    waves = max(5, length / DAY) if i % 3 == 2 else rng.uniform(5, 40)
    walk, phase = Traffic(rng, 1, rng.uniform(0.05, 0.3), rng.uniform(0.002, 0.02)), rng.random()
    idle, part, deep = rng.uniform(0.005, 0.05), rng.uniform(0.03, 0.2), rng.uniform(0.3, 0.9)
    threads, ended, alive, dead = 0.0, 0.0, [], []
    for k in range(int((calm + 1.7) * 2000)):
        u = k / 2000 - calm
        need = max(0.0, walk(u + calm) * (1 - deep * day(u * waves * DAY, phase)))
        gone = max(0.0, threads - need) * (1 - math.exp(-1 / 2000 / idle))
        threads = max(need, threads - gone)
        ended += gone if u > 0 else 0
        alive.append((k / 2000 * length, threads))
        dead.append((k / 2000 * length, ended))
    whole = dead[int((calm + 1) * 2000)][1]
    now, left = path(alive), path(dead)
    return leak(rng, length, lambda u: 0, before=calm * length,
                background=lambda t, top: top * (part * now(t) + (1 - part) * left(t) / whole))


def segments_forever(rng, i):
    """A broker's retention is turned off: what each partition rolls by its size only gathers."""
    length, partitions, zipf = slow_tempo(rng, i), rng.randint(15, 80), rng.uniform(0.4, 1.2)
    unit, keep = length / rng.uniform(20, 200), length * rng.uniform(0.05, 0.35)
    before, longest = length * rng.uniform(0.1, 1.5), unit * rng.uniform(3, 30)
    changes, rolled = [], 0.0
    for k in range(partitions):
        period, at = min(longest, unit * (k + 1) ** zipf), -keep
        at += period * (rng.random() if period < longest else 1)
        rolled += length / period
        while at < before + 1.7 * length:
            changes.append((at, 1))
            if at + keep < before:
                changes.append((at + keep, -1))
            at += period * rng.uniform(0.9, 1.1) if period < longest else period
    files, whole = running(changes), rolled * (1 + keep / length)
    return leak(rng, length, lambda u: 0, before=before,
                background=lambda t, top: top * files(t) / whole)


def slow_attack(rng, i):
    """Bots keep what they opened by a byte now and then; whoever is cut off comes back, and more.
    """
    bots, power, parts = rng.randint(15, 100), rng.uniform(0.8, 1.8), rng.randint(1, 8)
    rise, stay = rng.uniform(0.005, 0.1), rng.uniform(0.1, 1.5)
    away, changes = stay * rng.uniform(0.02, 0.2), []
    for _ in range(bots):
        at, size = 1.7 * rng.random() ** (1 / power), rng.gammavariate(3, 1 / 3)
        while at < 1.7:
            end = at + max(rise, stay * rng.gammavariate(3, 1 / 3))
            changes += [(at + rise * part / parts, size / parts) for part in range(parts)]
            changes.append((end, -size))
            at = end + away * rng.uniform(0.5, 1.5)
    many = running(changes)
    whole = bots * 1.7 ** -power * stay / (stay + away)
    return leak(rng, tempo(rng, i), lambda u: many(u) / whole)


def pods_probed(rng, i):
    """Each probe of a pod leaves a pipe until the pod ends, and some pods are there to stay."""
    length, before = slow_tempo(rng, i), rng.choice((0, rng.uniform(0.2, 1.5)))
    part, lives, number = rng.uniform(0.05, 0.25), rng.uniform(0.03, 0.2), rng.randint(3, 30)
    stay, slopes, offsets = rng.randint(2, 12), [], []
    for at in poisson_times(rng, number / lives, before + 1.7 + 2 * lives):
        at, life = at - 2 * lives, lives * rng.gammavariate(2, 0.5)
        rate = rng.uniform(0.5, 1.5) * part / (number * lives * 0.75)
        slopes += [(at, rate), (at + life, -rate)]
        offsets += [(at, rate * at), (at + life, -rate * at)]
    kept = [(rng.choice((0, 0, rng.uniform(0, 0.7))), rng.uniform(0.3, 1)) for _ in range(stay)]
    whole = sum(rate * (1 - at) for at, rate in kept) / (1 - part)
    slopes += [(before + at, rate / whole) for at, rate in kept]
    offsets += [(before + at, rate / whole * (before + at)) for at, rate in kept]
    slope, offset = running(slopes), running(offsets)
    return leak(rng, length, lambda u: 0, before=before * length,
                background=lambda t, top: top * (slope(t / length) * t / length -
                                                 offset(t / length)))


def timeout_turned_off(rng, i):
    """The timeout of what is idle is set to none: what came, and went by it, now only comes."""
    limit, length, level = rng.choice(LIMITS), slow_tempo(rng, i), rng.uniform(0.08, 0.35)
    before, hold = rng.uniform(0.2, 1.5) * length, length * level / (1 - level)
    walk, phase = Traffic(rng, 1, rng.uniform(0.03, 0.4), rng.uniform(0.005, 0.05)), rng.random()
    night, came, knots = rng.uniform(0.1, 0.9) if i % 3 == 2 else 1, 0.0, []
    for k in range(int(1500 * (hold + before + 1.7 * length) / length)):
        t = k / 1500 * length - hold
        load = night + 2 * (1 - night) * day(t, phase)
        came += walk(k / 1500) * load * (1 - level) / 1500
        knots.append((t, came))
    opened, timed_out = path(knots), path(knots)
    return leak(rng, length, lambda u: 0, before=before, limit=limit,
                background=lambda t, top: top * (opened(t) - timed_out(min(t, before) - hold)),
                work=lambda t: level * limit)


def trims_what_it_may(rng, i):
    """A peer-to-peer node trims to its low mark at its high one, but never what it protects."""
    length, before = slow_tempo(rng, i), rng.choice((0, rng.uniform(0.2, 1.5)))
    high = rng.uniform(0.25, 0.6)
    low = high * rng.uniform(0.4, 0.85)
    before, rate = before * length, (high - low) * rng.uniform(15, 120) / length
    walk = Traffic(rng, 1, rng.uniform(0.05, 0.4), length / 200)
    state = {"t": 0.0, "others": low * rng.random()}

    def peers(t, top):
        protected = max(0.0, t - before) / length
        state["others"] += rate * walk(t) * (t - state["t"])
        state["t"] = t
        if protected + state["others"] > high:
            state["others"] = min(state["others"], max(0.01, low - protected))
        return top * (protected + state["others"])

    return leak(rng, length, lambda u: 0, before=before, background=peers)


def cleaner_dies(rng, i):
    """What users abandon is closed by a job each night or hour, until the job itself fails."""
    period = (rng.uniform(1, 15) * MINUTE, HOUR, DAY)[i % 3]
    number = rng.randint(5, 9) if i % 3 == 2 else rng.randint(5, 25)
    kept, calm = rng.randint(0, 2 if i % 3 == 2 else 4), rng.randint(3, 5 if i % 3 == 2 else 15)
    walk, phase = Traffic(rng, 1, rng.uniform(0.05, 0.4), rng.uniform(0.05, 0.5)), rng.random()
    night, came, knots = rng.uniform(0.1, 0.8) if i % 3 == 2 else 1, 0.0, []
    for k in range(40 * int(kept + calm + 1.7 * number + 1)):
        load = night + 2 * (1 - night) * day(k / 40 * DAY, phase)
        came += walk(k / 40) * load / 40 / (number + kept)
        knots.append(((k / 40 - kept) * period, came))
    before, left, closed = calm * period, path(knots), path(knots)
    return leak(rng, number * period, lambda u: 0, before=before, background=lambda t, top: top * (
        left(t) - closed((min(t, before - 1) // period - kept) * period)))


def race(rng, i):
    """Two requests that meet at the wrong moment leak: it goes by the load's square, or more."""
    limit, length, power = rng.choice(LIMITS), slow_tempo(rng, i), rng.uniform(2, 4)
    part, number = rng.uniform(0.03, 0.25), rng.randint(60, 500)
    waves = max(5, length / DAY) if i % 3 == 2 else rng.uniform(6, 40)
    walk, phase = Traffic(rng, 1, rng.uniform(0.05, 0.3), rng.uniform(0.003, 0.03)), rng.random()
    night, calm = rng.uniform(0.1, 0.7), rng.choice((0, rng.uniform(0.2, 1.2)))
    grid, load = [], []
    for k in range(int((calm + 1.7) * 1500)):
        now = walk(k / 1500) * (night + (1 - night) * day(k / 1500 * waves * DAY, phase))
        load.append((k / 1500 * length, now))
        grid.append(now ** power)
    first = int(calm * 1500)
    mean, met = sum(grid[first:first + 1500]) / number, []
    for k, rate in enumerate(grid[first:]):
        met += [(k / 1500 + at / 1500, 1 / number) for at in poisson_times(rng, rate / mean, 1)]
    requests, asked = path(load), path(load)
    return leak(rng, length, running(met), before=calm * length, limit=limit,
                traffic=Traffic(rng, 0), work=lambda t: part * limit * asked(t),
                background=lambda t, top: part * top * requests(t))


def each_scrape(rng, i):
    """Each scrape of its metrics leaves one descriptor, by the clock; later two may scrape."""
    limit = (256, 1024, 1024, 4096)[i % 4]
    every, size = rng.choice((5, 10, 15, 30, 60)), rng.choice((1, 1, 1, 2))
    length = limit * every / size
    before = rng.choice((0, 0, rng.uniform(0.1, 1))) * length
    times = [before + rng.random() * every]
    missed = rng.choice((0, 0.002, 0.05))
    while times[-1] < before + 1.7 * length:
        times.append(times[-1] + every)
    if rng.random() < 0.4:
        second = before + rng.uniform(0.1, 0.7) * length
        times += [t + 0.37 * every for t in times if t > second]
    left = running((t, size) for t in times if rng.random() >= missed)
    return leak(rng, length, lambda u: 0, before=before, limit=limit,
                background=lambda t, top: left(t))


def metastable(rng, i):
    """A spike, and what waits is asked for again: that alone keeps it slow, so it never recovers.
    """
    length, point, slower = tempo(rng, i), rng.uniform(0.08, 0.2), rng.uniform(0.3, 2)
    able = 1 / (1 + slower * point)
    usual = able * rng.uniform(0.7, 0.93)
    again, spike = (able - usual) / point, point * rng.uniform(1.2, 1.8)
    many, heights = spike, []
    while many < 1.3:
        heights.append(many)
        many += 0.02 * (usual + again * many - 1 / (1 + slower * many))
    full = next(k for k, height in enumerate([*heights, many]) if height >= 1)
    before, rise, waits = length * rng.uniform(0.3, 2), 0.02 * length, point * rng.uniform(0.1, 0.4)
    knots = [(0.0, waits)]
    for at in sorted(rng.random() for _ in range(rng.randint(0, 4))):
        at = max(knots[-1][0], at * 0.8 * before)
        knots += [(at, waits), (at + rise, waits + rng.uniform(0.2, 0.6) * point),
                  (at + rise * rng.uniform(3, 8), waits)]
    knots.append((max(before, knots[-1][0]), waits))
    before = knots[-1][0]
    knots += [(before + rise + k / full * length, height) for k, height in enumerate(heights)]
    waiting, walk = path(knots), Traffic(rng, 1, rng.uniform(0.01, 0.1), length / 100)
    return leak(rng, length, lambda u: 0, before=before,
                background=lambda t, top: top * waiting(t) * walk(t))


# Clear.

def stalls(rng, i):
    """It stands still at times (a collector, a slow disk); then all that waited comes at once."""
    unit, level = rng.choice((2, 20, 5 * MINUTE)) * rng.uniform(0.5, 2), rng.uniform(0.1, 0.35)
    duration, many = unit * rng.uniform(150, 600), rng.uniform(0.3, 1.2)
    walk, spans, at = Traffic(rng, level, level * rng.uniform(0.02, 0.15), unit * 10), [], 0.0
    while at < duration:
        at += unit * (3 + rng.expovariate(1 / rng.uniform(5, 60)))
        spans.append((at, at + unit * rng.uniform(0.3, 1.5)))
        at = spans[-1][1]
    state = {"n": 0, "still": level}

    def shape(t):
        while state["n"] < len(spans) and spans[state["n"]][1] <= t:
            state["n"] += 1
        if state["n"] < len(spans) and spans[state["n"]][0] <= t:
            return state["still"]
        begin, end = spans[state["n"] - 1] if state["n"] else (0.0, 0.0)
        rest = level * many * (end - begin) / unit * math.exp(-(t - end) / unit)
        state["still"] = min(0.8, walk(t) + rest)
        return state["still"]

    return healthy(rng, "clear", duration, shape)


def patch_days(rng, i):
    """A mirror: a release draws all within the hour, and then ever fewer, over a daily swing."""
    days, base, top = rng.uniform(8, 28), rng.uniform(0.03, 0.12), rng.uniform(0.1, 0.3)
    night, phase = rng.uniform(0.2, 0.7), rng.random()
    power, fades = rng.uniform(0.6, 1.5), rng.uniform(3, 24) * HOUR
    releases = [(rng.uniform(0, days) * DAY, rng.uniform(0.15, 0.55), rng.uniform(5, 90) * MINUTE)
                for _ in range(rng.randint(2, 6))]

    def shape(t):
        drawn = max((high * min(1, (t - at) / rise) / (1 + (t - at) / fades) ** power
                     for at, high, rise in releases if at <= t), default=0)
        return min(0.85, base + (top + drawn) * (night + (1 - night) * day(t, phase)))

    return healthy(rng, "clear", days * DAY, shape, step=300 if days > 10 else None, load=True)


def retry_waves(rng, i):
    """After each outage all try again by doubling gaps: wave after wave, ever lower and wider."""
    gap, level = rng.choice((2, 30, 5 * MINUTE)) * rng.uniform(0.5, 2), rng.uniform(0.1, 0.35)
    duration, high, fades = gap * rng.uniform(300, 1500), rng.uniform(0.2, 0.5), \
        rng.uniform(0.6, 0.9)
    wide, waves = rng.uniform(0.1, 0.4), []
    for begin in poisson_times(rng, rng.uniform(2, 6) / duration, duration):
        for k in range(rng.randint(4, 8)):
            waves.append((begin + gap * (2 ** k - 1), high * fades ** k * rng.uniform(0.8, 1.1),
                          gap * wide * 2 ** (0.7 * k)))

    def shape(t):
        return min(0.85, level + max((h * min(1, (t - s) / (0.2 * w)) * math.exp(-(t - s) / w)
                                      for s, h, w in waves if s <= t < s + 8 * w), default=0))

    return healthy(rng, "clear", duration, shape)


def catches_up(rng, i):
    """A replica is cut off for a while; then it catches up with more streams than it usually has.
    """
    away = rng.choice((15, 5 * MINUTE, 2 * HOUR)) * rng.uniform(0.5, 2)
    level, more, left = rng.uniform(0.12, 0.35), rng.uniform(0.3, 1.1), rng.uniform(0, 0.4)
    duration, at, knots = away * rng.uniform(30, 120), 0.0, [(0.0, level)]
    while at < duration:
        at += away * rng.uniform(3, 25)
        cut = away * rng.uniform(0.3, 1.5)
        high = level * (1 + more * min(1, cut / away))
        knots += [(at, level), (at + 0.02 * away, level * left), (at + cut, level * left)]
        at += cut + away * rng.uniform(0.02, 0.3)
        knots.append((at, high))
        at += cut * rng.uniform(0.3, 1.5)
        knots.append((at, level * (1 + (high / level - 1) * rng.uniform(0.3, 1))))
        at += away * rng.uniform(0.1, 0.5)
        knots.append((at, level))
    return healthy(rng, "clear", duration, path(knots))


def archived(rng, i):
    """Cases opened in working hours stay open until all are archived, each weekend or each second.
    """
    weeks, every = rng.randint(4, 9), rng.choice((1, 1, 2))
    weeks *= every
    base, top = rng.uniform(0.03, 0.12), rng.uniform(0.3, 0.72)
    at, knots, height, start = 0.0, [(0.0, base)], base, rng.randint(0, 6)
    rest = rng.uniform(0, 0.15)
    for number in range(start, start + 7 * weeks):
        if number % 7 < 5:
            height += (top - base) * (1 - rest) / (5 * every) * rng.uniform(0.7, 1.1)
            knots += [(at + 8 * HOUR, knots[-1][1]), (at + 18 * HOUR, height)]
        elif number % 7 == 6 and number // 7 % every == 0:
            height = base + (height - base) * rest * rng.random()
            knots += [(at + 2 * HOUR, knots[-1][1]), (at + rng.uniform(2.1, 5) * HOUR, height)]
        at += DAY
    return healthy(rng, "clear", 7 * weeks * DAY, path(knots), step=600 if every == 1 else 1200)


def announces(rng, i):
    """Each announcement to a tracker brings a handful of peers at once; they leave by and by."""
    period = rng.choice((30, 10 * MINUTE, HOUR)) * rng.uniform(0.5, 2)
    base, top, number = rng.uniform(0.03, 0.12), rng.uniform(0.3, 0.65), rng.randint(1, 6)
    duration, stay = period * rng.uniform(15, 80), period * rng.uniform(0.2, 0.9)
    changes = []
    for _ in range(number):
        at, size = period * rng.uniform(-2, 0), rng.uniform(0.5, 1)
        while at < duration:
            changes.append((at, size * rng.uniform(0.6, 1) / number))
            at += period * rng.uniform(0.97, 1.03)
    changes.sort()
    state = {"i": 0, "t": -2 * period, "h": 0.0}

    def shape(t):
        while state["i"] < len(changes) and changes[state["i"]][0] <= t:
            at, more = changes[state["i"]]
            state["h"] = state["h"] * math.exp(-(at - state["t"]) / stay) + more
            state["t"], state["i"] = at, state["i"] + 1
        return base + (top - base) * min(1.1, state["h"] * math.exp(-(t - state["t"]) / stay))

    return healthy(rng, "clear", duration, shape)


def self_similar(rng, i):
    """A few users, each busy or not for times with heavy tails: bursts within bursts."""
    unit, users = rng.choice((1, 20, 5 * MINUTE)) * rng.uniform(0.5, 2), rng.randint(5, 40)
    base, top, alpha = rng.uniform(0.03, 0.12), rng.uniform(0.35, 0.75), rng.uniform(1.1, 1.6)
    duration, off, changes = unit * rng.uniform(300, 2000), rng.uniform(1, 4), []
    for _ in range(users):
        at, size = -unit * rng.uniform(0, 50), rng.uniform(0.5, 1) / users
        while at < duration:
            end = at + unit * min(200, rng.paretovariate(alpha))
            changes += [(at, size), (end, -size)]
            at = end + unit * off * min(200, rng.paretovariate(alpha))
    busy = running(changes)
    return healthy(rng, "clear", duration, lambda t: base + (top - base) * busy(t))


# Ramps.

def backlog_worked_off(rng, i):
    """A backlog: workers are added one by one, as fast as allowed, and ended so when it is gone."""
    limit, length = rng.choice(LIMITS), tempo(rng, i)
    top, base, number = rng.uniform(0.4, 0.77), rng.uniform(0.02, 0.12), rng.randint(5, 40)
    begin, hold = length * rng.choice((0, rng.uniform(0.2, 2))), length * rng.uniform(0.2, 2)
    fall, changes, at = length * rng.uniform(0.2, 1.2), [], begin
    for k in range(number):
        at += length / number * rng.uniform(0.7, 1.3)
        end = begin + 1.3 * length + hold + fall * (number - k) / number
        changes += [(at, 1 / number), (end, -1 / number)]
    workers = running(changes)
    busy = Traffic(rng, 1, rng.uniform(0.01, 0.04), length / 30)
    return healthy(rng, "ramp", begin + 1.3 * length + hold + fall + length * rng.uniform(0.5, 2),
                   lambda t: min(0.79, base + (top - base) * workers(t) * busy(t)), limit,
                   quiet(rng, limit, 0.003))


def waiting_room(rng, i):
    """Before a sale more and more people wait; at its hour they are let in, a batch at a time."""
    limit, length = rng.choice(LIMITS), tempo(rng, i)
    top, base, bend = rng.uniform(0.45, 0.78), rng.uniform(0.02, 0.1), rng.uniform(1, 3.5)
    batches, drain = rng.randint(4, 40), length * rng.uniform(0.1, 1.5)
    after = rng.uniform(0, 0.3)

    def shape(t):
        if t < length:
            return base + (top - base) * (t / length) ** bend
        left = 1 - math.floor(min(1, (t - length) / drain) * batches) / batches
        return base + (top - base) * max(left, after * math.exp(-(t - length - drain) / drain))

    return healthy(rng, "ramp", length * rng.uniform(1.5, 3) + drain, shape, limit,
                   quiet(rng, limit, rng.choice((0, 0.005))))


def ever_bigger_batches(rng, i):
    """Each batch is bigger than the one before, while customers join; then all have joined."""
    limit, length, number = rng.choice(LIMITS), slow_tempo(rng, i), rng.randint(6, 30)
    top, base, first = rng.uniform(0.45, 0.76), rng.uniform(0.02, 0.1), rng.uniform(0.05, 0.4)
    share, ramp, grows = rng.uniform(0.2, 0.95), rng.uniform(0.02, 0.6), rng.uniform(0.7, 1.3)
    heights = [rng.uniform(0.93, 1.02) for _ in range(4 * number + 1)]

    def shape(t):
        whole, into = divmod(t / length * number, 1)
        size = first + (1 - first) * min(1, whole / (number - 1)) ** grows
        up = min(1, into / share / ramp, (1 - into / share) / 0.05) if into < share else 0
        return base + (top - base) * size * heights[int(whole)] * up

    return healthy(rng, "ramp", length * rng.uniform(1.5, 4), shape, limit,
                   quiet(rng, limit, 0.003))


def backup_pins(rng, i):
    """While a backup runs the files merged away stay open beside the new ones; its end frees them.
    """
    limit, length = rng.choice(LIMITS), tempo(rng, i)
    top, base, usual = rng.uniform(0.45, 0.74), rng.uniform(0.02, 0.1), rng.uniform(0.03, 0.12)
    begin, merges = length * rng.uniform(0.3, 3), rng.uniform(6, 60)
    uneven, phase = rng.uniform(0, 0.5), rng.random()
    pinned, total = [0.0], 0.0
    for _ in range(int(merges) + 2):
        total += rng.uniform(1 - uneven, 1 + uneven) / merges
        pinned.append(min(1.05, total))

    def shape(t):
        written, u = (t / length * merges + phase) % 1, (t - begin) / length
        old = pinned[int(u * merges)] if 0 <= u < 1 else 0
        return base + usual * written + (top - base - usual) * old

    return healthy(rng, "ramp", begin + length * rng.uniform(1.5, 4), shape, limit,
                   quiet(rng, limit, 0.003))


def finds_its_peers(rng, i):
    """A new node finds more and more peers up to its high mark, is trimmed to its low one, anew."""
    limit, length = rng.choice(LIMITS), tempo(rng, i)
    high, base, low = rng.uniform(0.4, 0.77), rng.uniform(0.01, 0.05), rng.uniform(0.5, 0.9)
    bend, walk = rng.uniform(0, 0.8), Traffic(rng, 1, rng.uniform(0.05, 0.5), length / 50)
    state = {"t": 0.0, "h": 0.0}

    def shape(t):
        more = walk(t) * (1 - bend * state["h"] / high) / (1 - bend / 2)
        state["h"] += (high - base) * more * (t - state["t"]) / length
        state["t"] = t
        if base + state["h"] > high:
            state["h"] = (high - base) * low
        return base + state["h"]

    return healthy(rng, "ramp", length * rng.uniform(2, 6), shape, limit, quiet(rng, limit, 0.003))


LEAKS = (no_idle_timeout, deadlocked, threads_die, segments_forever, slow_attack, pods_probed,
         timeout_turned_off, trims_what_it_may, cleaner_dies, race, each_scrape, metastable)
HEALTHY = (stalls, patch_days, retry_waves, catches_up, archived, announces, self_similar,
           backlog_worked_off, waiting_room, ever_bigger_batches, backup_pins, finds_its_peers)
