# SPDX-License-Identifier: BSD-2-Clause
"""Healthy traces: clear ones, and ramps that look like a leak until they stop."""

import math

from load import (DAY, HOUR, LIMITS, MINUTE, Traffic, Trace, any_traffic, day, sample, tempo,
                  totals)


def healthy(rng, kind, duration, shape, limit=None, traffic=None, step=None, load=False):
    """
    shape(t) is the part of the limit in use besides traffic; `load`: it is requests under way too,
    each held as long as the traffic's.
    """
    limit = limit or rng.choice(LIMITS)
    traffic = traffic or any_traffic(rng, limit)
    trace = Trace(kind, sample(rng, duration, limit,
                               lambda t: min(shape(t) * limit + traffic(t), limit * 0.97), step))
    trace.totals = totals(trace.points, lambda t: traffic.level + (shape(t) * limit if load else 0),
                          traffic.memory)
    return trace


def quiet(rng, limit, part=0.01):
    return Traffic(rng, part * limit)


def warm_up(rng, i):
    """A pool fills, ever slower, and stays."""
    limit = rng.choice(LIMITS)
    top, base = rng.uniform(0.3, 0.85), rng.uniform(0, 0.1)
    fill = tempo(rng, i, 3)
    return healthy(rng, "clear", fill * rng.uniform(4, 20),
                   lambda t: base + (top - base) * (1 - math.exp(-4 * t / fill)), limit,
                   quiet(rng, limit, rng.choice((0, 0.01))))


def finalizers(rng, i):
    """A collector closes all that has gathered, at times of its own."""
    period = rng.choice((30, 5 * MINUTE, HOUR, 5 * HOUR)) * rng.uniform(0.5, 1.5)
    top, base = rng.uniform(0.25, 0.7), rng.uniform(0.02, 0.1)
    state = {"from": 0.0, "next": period * rng.uniform(0.5, 1.1)}
    kept = rng.choice((0, 0, 0.15))

    def shape(t):
        if t >= state["next"]:
            state["from"], state["next"] = t, t + period * rng.uniform(0.8, 1.1)
            state["kept"] = rng.uniform(0, kept)
        rise = (t - state["from"]) / period
        return base + (top - base) * (state.get("kept", 0) * (1 - rise) + 0.9 * rise)

    return healthy(rng, "clear", period * rng.uniform(8, 60), shape)


def nightly_batch(rng, i):
    top, base = rng.uniform(0.3, 0.7), rng.uniform(0.02, 0.25)
    length, at = rng.uniform(0.5, 4) * HOUR, rng.uniform(0, 20) * HOUR
    ramp = length * rng.uniform(0.02, 0.5)
    heights = [rng.uniform(0.8, 1.05) for _ in range(16)]

    def shape(t):
        into = t % DAY - at
        height = heights[int(t // DAY)]
        if not 0 <= into < length:
            return base
        return base + (top - base) * height * min(1, into / ramp, (length - into) / ramp + 0.05)

    return healthy(rng, "clear", rng.uniform(3, 14) * DAY, shape)


def load_test(rng, i):
    """Ramps to about half, holds, comes back."""
    rise, hold = tempo(rng, i, 3), tempo(rng, i, 3)
    top, base = rng.uniform(0.4, 0.6), rng.uniform(0.02, 0.15)
    begin = rise * rng.uniform(0.5, 3)

    def shape(t):
        into = t - begin
        up = min(1, max(0, into / rise))
        down = min(1, max(0, (into - rise - hold) / (rise * 0.3)))
        return base + (top - base) * (up - down)

    return healthy(rng, "clear", begin + 3 * rise + 2 * hold, shape, load=True)


def daily_swing(rng, i):
    top, base = rng.uniform(0.3, 0.75), rng.uniform(0.05, 0.25)
    phase, sharp = rng.random(), rng.uniform(0.7, 2.5)
    heights = [rng.uniform(0.9, 1.08) for _ in range(17)]

    def shape(t):
        height = heights[int(t / DAY + phase)]
        return base + (top - base) * height * day(t, phase, sharp)

    return healthy(rng, "clear", rng.uniform(2, 14) * DAY, shape, load=True)


def weekends(rng, i):
    """A daily swing, low on two days of seven."""
    top, base = rng.uniform(0.35, 0.75), rng.uniform(0.05, 0.2)
    phase, start = rng.random(), rng.randint(0, 6)

    def shape(t):
        weekday = (int(t / DAY + phase) + start) % 7
        return base + (top - base) * (0.25 if weekday >= 5 else 1) * day(t, phase)

    return healthy(rng, "clear", rng.uniform(8, 20) * DAY, shape, load=True)


def new_level(rng, i):
    """Steps to a new level and stays: a new pool, another listener."""
    duration = rng.choice((10 * MINUTE, 3 * HOUR, 2 * DAY))
    number = rng.randint(1, 3)
    times = sorted(rng.uniform(0.1, 0.9) * duration for _ in range(number))
    levels = [rng.uniform(0.05, 0.2)]
    for _ in range(number):
        levels.append(levels[-1] + rng.uniform(0.1, 0.25))
    return healthy(rng, "clear", duration, lambda t: levels[sum(t >= s for s in times)])


def wander(rng, i):
    """A slow mean-reverting walk."""
    memory = rng.choice((5 * MINUTE, HOUR, 10 * HOUR)) * rng.uniform(0.5, 2)
    middle, spread = rng.uniform(0.2, 0.5), rng.uniform(0.03, 0.1)
    walk = Traffic(rng, middle, spread, memory)
    return healthy(rng, "clear", memory * rng.uniform(15, 60), lambda t: min(walk(t), 0.8))


def storms(rng, i):
    """Connection storms of seconds."""
    duration = rng.uniform(0.2, 2) * HOUR
    base = rng.uniform(0.02, 0.3)
    list_ = [(rng.uniform(0, duration), rng.uniform(0.2, 0.65), rng.uniform(2, 10),
              rng.uniform(3, 30)) for _ in range(rng.randint(2, 12))]

    def shape(t):
        extra = 0.0
        for begin, height, rise, hold in list_:
            into = t - begin
            if 0 <= into < rise + hold * 3:
                up = min(1, into / rise)
                extra = max(extra, height * up * math.exp(-max(0, into - rise - hold) / hold * 2))
        return base + extra

    return healthy(rng, "clear", duration, shape, step=1)


def recycled(rng, i):
    """A worker that leaks and is recycled in time, again and again."""
    period = rng.choice((2 * MINUTE, 20 * MINUTE, 3 * HOUR, DAY)) * rng.uniform(0.5, 1.5)
    top, base = rng.uniform(0.3, 0.68), rng.uniform(0.01, 0.05)
    state = {"from": 0.0, "next": period}

    def shape(t):
        if t >= state["next"]:
            state["from"], state["next"] = t, t + period * rng.uniform(0.9, 1.1)
        return base + (top - base) * (t - state["from"]) / period

    return healthy(rng, "clear", period * rng.uniform(4, 25), shape)


def high_steady(rng, i):
    """Lives at 90 % and is well."""
    limit = rng.choice(LIMITS[1:])
    level = rng.uniform(0.86, 0.92)
    traffic = Traffic(rng, 0.02 * limit, limit * rng.uniform(0.002, 0.01))
    rise = rng.choice((0, 0, 3))
    return healthy(rng, "clear", rng.choice((10 * MINUTE, 3 * HOUR, 3 * DAY)),
                   lambda t: level * (min(1, (t + 1) / rise) if rise else 1), limit, traffic)


def flat(rng, i):
    return healthy(rng, "clear", rng.choice((5 * MINUTE, 2 * HOUR, 5 * DAY)),
                   lambda t, level=rng.uniform(0.01, 0.8): level)


# Ramps: below 0.8 of the limit they stop.

def ramp_and_hold(rng, i):
    """Straight up, then flat: connections of clients that come one after the other."""
    limit = rng.choice(LIMITS)
    length, top, base = tempo(rng, i), rng.uniform(0.3, 0.79), rng.uniform(0.01, 0.15)
    begin = rng.choice((0, 1)) * length * rng.uniform(0.3, 2)
    return healthy(rng, "ramp", begin + length * rng.uniform(2, 5),
                   lambda t: base + (top - base) * min(1, max(0, (t - begin) / length)), limit,
                   quiet(rng, limit, 0.003))


def tenants(rng, i):
    """One descriptor a tenant until there are no more tenants."""
    limit = rng.choice(LIMITS)
    length, top = tempo(rng, i), rng.uniform(0.3, 0.78)
    number = 60 if i % 2 else 400
    base = rng.uniform(0.01, 0.1)
    times = sorted(rng.random() * length for _ in range(number))
    state = {"n": 0}

    def shape(t):
        while state["n"] < number and times[state["n"]] <= t:
            state["n"] += 1
        return base + (top - base) * state["n"] / number

    return healthy(rng, "ramp", length * rng.uniform(2, 5), shape, limit, quiet(rng, limit, 0.003))


def pool(rng, i):
    """A pool that fills with load, in curves of any bend, and stays."""
    limit = rng.choice(LIMITS)
    length, top, base = tempo(rng, i), rng.uniform(0.3, 0.79), rng.uniform(0.01, 0.15)
    bend = rng.uniform(0.5, 1.2)
    begin = rng.choice((0, 1)) * length * rng.uniform(0.3, 2)
    return healthy(rng, "ramp", begin + length * rng.uniform(2, 5),
                   lambda t: base + (top - base) * min(1, max(0, (t - begin) / length)) ** bend,
                   limit, quiet(rng, limit, rng.choice((0, 0.01))))


def load_test_high(rng, i):
    """Ramps to 50 to 78 %, and comes back."""
    rise, hold = tempo(rng, i), tempo(rng, i) * 0.5
    top, base = rng.uniform(0.5, 0.78), rng.uniform(0.02, 0.15)
    begin = rise * rng.uniform(0.2, 2)

    def shape(t):
        into = t - begin
        return base + (top - base) * (min(1, max(0, into / rise)) -
                                      min(1, max(0, (into - rise - hold) / rise)))

    return healthy(rng, "ramp", begin + 3 * rise + 2 * hold, shape, load=True,
                   traffic=Traffic(rng, 1))


def cache(rng, i):
    """A cache of open files: fills fast, then ever slower, up to its bound."""
    limit = rng.choice(LIMITS)
    length, top = tempo(rng, i), rng.uniform(0.35, 0.79)
    bend = rng.uniform(1.5, 5)
    full = 1 - math.exp(-bend)
    return healthy(rng, "ramp", length * rng.uniform(2, 5),
                   lambda t: 0.02 + (top - 0.02) * min(
                       1, (1 - math.exp(-bend * t / length)) / full),
                   limit, quiet(rng, limit, rng.choice((0, 0.01))))


def double_peak(rng, i):
    """Two peaks a day, morning and evening."""
    a, b, base = rng.uniform(0.2, 0.6), rng.uniform(0.2, 0.6), rng.uniform(0.05, 0.2)
    phase = rng.random()

    def shape(t):
        hour = (t / DAY + phase) % 1 * 24
        return base + a * math.exp(-((hour - 9) / 2) ** 2) + b * math.exp(-((hour - 19) / 2.5) ** 2)

    return healthy(rng, "clear", rng.uniform(2, 10) * DAY, shape, load=True)


def deploys(rng, i):
    """At each deploy the old connections linger beside the new ones for a while."""
    base = rng.uniform(0.15, 0.4)
    linger = rng.choice((60, 10 * MINUTE, HOUR)) * rng.uniform(0.5, 2)
    duration = linger * rng.uniform(30, 100)
    times = [rng.uniform(0, duration) for _ in range(rng.randint(2, 8))]

    def shape(t):
        lingering = max((math.exp(-(t - s) / linger) for s in times if s <= t), default=0)
        return base * (1 + 0.9 * lingering)

    return healthy(rng, "clear", duration, shape)


def on_demand(rng, i):
    """Batches of any size at any time, each gone at its end."""
    base, length = rng.uniform(0.02, 0.15), rng.choice((MINUTE, 10 * MINUTE, 2 * HOUR))
    duration = length * rng.uniform(20, 80)
    jobs = [(rng.uniform(0, duration), rng.uniform(0.05, 0.4), length * rng.uniform(0.3, 2))
            for _ in range(15)]

    def shape(t):
        return min(0.7, base + sum(h * min(1, (t - s) / (0.2 * n)) for s, h, n in jobs
                                   if s <= t < s + n))

    return healthy(rng, "clear", duration, shape)


def s_curve(rng, i):
    """Slow, fast, slow: clients move over from the old version."""
    limit = rng.choice(LIMITS)
    length, top, base = tempo(rng, i), rng.uniform(0.3, 0.79), rng.uniform(0.01, 0.15)
    return healthy(rng, "ramp", length * rng.uniform(2, 4),
                   lambda t: base + (top - base) / (1 + math.exp(-10 * (t / length - 0.5))), limit,
                   quiet(rng, limit, 0.003))


def canary(rng, i):
    """5, 25, 50, 100 % of the traffic."""
    limit = rng.choice(LIMITS)
    length, top, base = tempo(rng, 1 + i % 3), rng.uniform(0.3, 0.75), rng.uniform(0.02, 0.1)
    marks = ((0.1, 0.05), (0.3, 0.25), (0.6, 0.5), (0.9, 1.0))

    def shape(t):
        part = 0.0
        for begin, share in marks:
            into = (t / length - begin) / 0.02
            if into > 0:
                part = max(part, share * min(1, into))
        return base + (top - base) * part

    return healthy(rng, "ramp", length * rng.uniform(1.5, 4), shape, limit, quiet(rng, limit),
                   load=True)


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


TUNED = (warm_up, finalizers, nightly_batch, load_test, daily_swing, weekends, new_level, wander,
         storms, recycled, high_steady, flat, ramp_and_hold, tenants, pool, load_test_high, cache,
         double_peak, deploys, on_demand, s_curve, canary,
         elastic, heavy_load, reconnect, compactions, hourly_jobs, big_day, keepalive,
         flash_crowd, recovery, sessions)
