# SPDX-License-Identifier: BSD-2-Clause
"""The third seal's families, looked at since as those before them were: tuned on, as all are."""

import math

from healthy import healthy, quiet
from leaks import leak
from load import (DAY, HOUR, LIMITS, MINUTE, Traffic, day, path, poisson_times, running, slow_tempo,
                  tempo)


# Leaks.

def overloaded(rng, i):
    """What comes is a little more than what can be done, since a release: the queue only grows."""
    limit, length = rng.choice(LIMITS), tempo(rng, i)
    before = rng.choice((0, rng.uniform(0.2, 1.5))) * length
    usual, since, memory = rng.uniform(0.5, 0.95), rng.uniform(1.05, 1.6), rng.uniform(0.003, 0.03)
    done = 1 / (since - 1)  # rooms a length
    spread = min(0.6, rng.uniform(0.04, 0.14) / (done * since * math.sqrt(2 * memory)))
    walk, state = Traffic(rng, 1, spread, memory * length), {"t": 0.0, "h": 0.0}

    def queue(t, top):
        step, state["t"] = (t - state["t"]) / length, t
        came = walk(t) * (usual if t < before else since)
        state["h"] = max(0.0, state["h"] + step * done * (came - 1))
        return top * state["h"]

    return leak(rng, length, lambda u: 0, before=before, limit=limit, background=queue)


def undrained(rng, i):
    """What gathers by day was sent off by night; now the nights (or turns) do not suffice."""
    period = (rng.uniform(20, 150), rng.uniform(10, 60) * MINUTE, DAY)[i % 3]
    height, kept = rng.uniform(0.08, 0.25), rng.uniform(0.15, 0.45)
    share, bend = rng.uniform(0.35, 0.7), rng.uniform(0.1, 0.5)
    number, calm = math.ceil(1 / (height * kept)), rng.choice((0, rng.randint(2, 8)))
    knots, left = [(0.0, 0.0)], 0.0
    for k in range(calm + 2 * number):
        more, stays = height * rng.gammavariate(8, 0.125), kept * rng.uniform(0.6, 1.4)
        turn, begin = share * rng.uniform(0.85, 1.15), k * period
        end = left + more * (stays if k >= calm else 0)
        knots += [(begin + turn * period, left + more),
                  (begin + (turn + (1 - turn) * bend) * period, (left + more + 2 * end) / 3),
                  (begin + period, end)]
        left = end
    height_at = path(knots)
    return leak(rng, number * period, lambda u: 0, before=calm * period,
                background=lambda t, top: top * height_at(t))


def half_open(rng, i):
    """Phones lose their network all at once: they come back anew, and the old ones stay, forever.
    """
    limit = rng.choice(LIMITS)
    low, high = ((HOUR, 10 * HOUR), (DAY, 7 * DAY), (7 * DAY, 25 * DAY))[i % 3]
    length, before = rng.uniform(low, high), rng.choice((0, rng.uniform(0.1, 1)))
    part, share, drip = rng.uniform(0.06, 0.2), rng.uniform(0.3, 0.7), rng.choice((0, 0.2, 0.5))
    walk, phase = Traffic(rng, 1, rng.uniform(0.03, 0.15), length / 100), rng.random()

    def phones(t):
        return part * (0.3 + 0.7 * day(t, phase)) if i % 3 else part * 0.65

    number = (1 - drip) / (part * 0.65 * share)
    blips = [at for at in poisson_times(rng, number, 1.7)]
    lost = running((at, phones(before * length + at * length) * share * rng.uniform(0.5, 1.5))
                   for at in blips)
    return leak(rng, length, lambda u: drip * u + lost(u), before=before * length, limit=limit,
                background=lambda t, top: top * phones(t) * walk(t),
                work=lambda t: limit * phones(t))


def several_schedules(rng, i):
    """Jobs by some schedules, each with its own size and length; most of them leave some behind."""
    length, before = slow_tempo(rng, i), rng.choice((0, rng.uniform(0.3, 1.5)))
    ranges = [(6, 15), (20, 60), (80, 300)][rng.randint(0, 1):]
    weights = [rng.choice((1, rng.uniform(0.2, 1))) for _ in ranges]
    changes = []
    for k, ((low, high), weight) in enumerate(zip(ranges, weights)):
        number, hold = rng.uniform(low, high), rng.uniform(0.1, 0.6)
        height, at = rng.uniform(0.02, 0.15) / (k + 1), rng.random() / number
        while at < before + 1.7:
            left = weight / sum(weights) / number * rng.uniform(0.5, 1.5) if at > before else 0
            size = max(left, height * rng.uniform(0.6, 1.4))
            changes += [(at * length, size),
                        ((at + hold * rng.uniform(0.7, 1.3) / number) * length, left - size)]
            at += 1 / number
    jobs = running(changes)
    return leak(rng, length, lambda u: 0, before=before * length,
                background=lambda t, top: top * jobs(t))


def busiest(files, fan, now, cost):
    """The level to merge next, if any has enough files, and when that is done."""
    ready = [k for k, number in enumerate(files) if number >= fan]
    if not ready:
        return None, math.inf
    level = max(ready, key=lambda k: files[k])
    return level, now + cost * fan ** (level + 1)


def merges_fall_behind(rng, i):
    """A store's one merger is slower than the writes, since there are more: files pile up."""
    fan, levels = rng.randint(3, 6), rng.randint(2, 3)
    usual, since, cost = rng.uniform(0.4, 0.75), rng.uniform(1.15, 2), 1 / levels
    most = rng.uniform(4, 12) * since * cost * fan ** levels  # many times what the longest adds
    calm = int(rng.choice((0, rng.uniform(0.3, 1.5))) * usual * most / (since - 1))
    files, knots, at, begin, written = [0] * levels, [(0.0, 0.0)], 0.0, 0.0, 0
    merging, done = None, math.inf
    while sum(files) < 1.5 * most and written < 40_000:
        flush = at + rng.expovariate(usual if written < calm else since)
        while done <= flush:
            files[merging] -= fan
            if merging + 1 < levels:
                files[merging + 1] += 1
            knots.append((done, sum(files)))
            merging, done = busiest(files, fan, done, cost)
        at, written, files[0] = flush, written + 1, files[0] + 1
        knots.append((at, sum(files)))
        begin = at if written == calm else begin
        if merging is None:
            merging, done = busiest(files, fan, at, cost)
    length = slow_tempo(rng, i)
    scale = length / max(1e-9, next((t for t, n in knots if n >= most), at) - begin)
    state = {"i": 0}

    def store(t, top):
        while state["i"] + 1 < len(knots) and knots[state["i"] + 1][0] * scale <= t:
            state["i"] += 1
        return top * knots[state["i"]][1] / most

    return leak(rng, length, lambda u: 0, before=begin * scale, background=store)


def pinned_files(rng, i):
    """Files are merged on three levels; a snapshot nobody ends pins some of those merged away."""
    length, fan, rounds = slow_tempo(rng, i), rng.randint(4, 8), rng.uniform(1.5, 8)
    parts = [rng.uniform(0.01, 0.03), rng.uniform(0.03, 0.08), rng.uniform(0.06, 0.16)]
    calm, unit = rng.choice((0, rng.uniform(0.5, 3))), length / (rounds * fan ** 3)
    whole = rounds * sum(part * fan ** (2 - k) for k, part in enumerate(parts))
    share = min(0.95, (1 - sum(parts) / 2) / whole)
    before, changes = calm * unit * fan ** 3, []
    for k, part in enumerate(parts):
        at, number = unit * fan ** k, 0
        while at < before + 1.7 * length:
            number = (number + 1) % fan
            more = part / fan if number else -part * (fan - 1) / fan
            if not number and at > before:
                more += part * share * rng.gammavariate(2, 0.5)
            changes.append((at * rng.uniform(1, 1 + 1e-4), more))
            at += unit * fan ** k
    files = running(changes)
    return leak(rng, length, lambda u: 0, before=before,
                background=lambda t, top: top * files(t))


def pool_overflows(rng, i):
    """A bounded pool; what is needed beyond it, at busy times, is made anew and never closed."""
    length, calm = slow_tempo(rng, i), rng.uniform(0.2, 1)
    waves = max(6, length / DAY) if i % 3 == 2 else rng.uniform(6, 30)
    bound, more = rng.uniform(0.1, 0.4), rng.uniform(1.4, 2.5)
    walk, phase = Traffic(rng, 1, rng.uniform(0.05, 0.2), rng.uniform(0.003, 0.02)), rng.random()
    grid, gone, excess = [], 0.0, []
    for k in range(int((calm + 1.7) * 1500)):
        u = k / 1500 - calm
        need = walk(u + calm) * (0.25 + 0.75 * day(u * waves * DAY, phase))
        need *= 0.95 if u < 0 else more
        gone += max(0.0, need - 1) if u > 0 else 0
        grid.append((k / 1500 * length, bound * min(1, need)))
        excess.append((k / 1500 * length, gone))
    whole = excess[int((calm + 1) * 1500)][1]
    used, beyond = path(grid), path(excess)
    return leak(rng, length, lambda u: 0, before=calm * length,
                background=lambda t, top: top * (used(t) + beyond(t) / whole * (1 - bound)))


def waves_leave_a_rest(rng, i):
    """Campaigns: many connect, most of them leave again sooner or later, and some never."""
    length, before, number = slow_tempo(rng, i), rng.choice((0, 0.3, 1)), rng.randint(18, 50)
    stay, rise = rng.uniform(0.1, 0.5) / number, rng.uniform(0.02, 0.2) / number
    tail = rng.uniform(1, 2)
    waves = [(at, rng.uniform(0.03, 0.18), rng.gammavariate(3, 1 / 3) / number)
             for at in poisson_times(rng, number, before + 1.7)]

    def connections(t, top):
        u, total = t / length, 0.0
        for at, high, rest in waves:
            if at > u:
                break
            rest = rest if at > before else 0
            total += min(1, (u - at) / rise) * (rest + high / (1 + (u - at) / stay) ** (1 + tail))
        return top * total

    return leak(rng, length, lambda u: 0, before=before * length, background=connections)


def logins_kept(rng, i):
    """People log in each morning and out each evening, and whoever just goes home is kept."""
    limit, days = rng.choice(LIMITS), rng.randint(5, 18)
    part = max(rng.uniform(0.08, 0.3), 1.4 / days)
    start, calm = rng.randint(0, 6), rng.choice((0, rng.randint(2, 9)))
    knots, left, number, mine = [(0.0, 0.0)], 0.0, 0, 0
    while mine < 1.7 * days:
        rest = (number + start) % 7 >= 5
        here = part * (rng.uniform(0.03, 0.1) if rest else rng.uniform(0.85, 1.1))
        kept = here / part * rng.gammavariate(5, 0.2) / days if number >= calm else 0
        mine += number >= calm and not rest
        morning, evening = rng.uniform(6.5, 8.5), rng.uniform(15.5, 17.5)
        for hour, height in ((morning, left), (morning + 1, left + 0.7 * here),
                             (morning + 2.5, left + here), (12.5, left + 0.9 * here),
                             (evening, left + here), (evening + 1, left + 0.4 * here),
                             (evening + 3, left + min(here, kept))):
            knots.append(((number * 24 + hour) * HOUR, height))
        left, number = left + min(here, kept), number + 1
    logins = path(knots)
    return leak(rng, days * 7 / 5 * DAY, lambda u: 0, before=calm * DAY, limit=limit,
                background=lambda t, top: top * logins(t))


def stages_of_load(rng, i):
    """A test in stages, each with its number of clients; all of them leak as fast as they ask."""
    limit, length, number = rng.choice(LIMITS), tempo(rng, i), rng.randint(3, 8)
    clients, edges = [1.0], [0.0]
    for _ in range(number - 1):
        clients.append(clients[-1] * rng.choice((rng.uniform(1.1, 1.7), rng.uniform(0.5, 0.9))))
        edges.append(edges[-1] + rng.uniform(0.5, 1.5))
    edges = [at / (edges[-1] + 1) for at in edges]
    part, whole = rng.uniform(0.02, 0.25) / max(clients), 0.0
    for n, begin, end in zip(clients, edges, [*edges[1:], 1]):
        whole += n * (end - begin)
    knots = [(0.0, 0.0)]
    for n, begin, end in zip(clients, edges, [*edges[1:], 2]):
        knots.append((end, knots[-1][1] + n / whole * (end - begin)))
    before = rng.choice((0, 0, rng.uniform(0.05, 1))) * length
    noise = Traffic(rng, 1, rng.uniform(0.01, 0.1), length / 100)

    def under_way(t):
        u = (t - before) / length
        return part * sum(n for n, begin, end in zip(clients, edges, [*edges[1:], 2])
                          if begin <= u < end)

    return leak(rng, length, path(knots), before=before, limit=limit, traffic=Traffic(rng, 0),
                background=lambda t, top: top * under_way(t) * noise(t),
                work=lambda t: limit * under_way(t))


# Clear.

def matches(rng, i):
    """Game rooms: players gather, play, and leave all at once; the next gather."""
    unit, lanes = rng.choice((20, 3 * MINUTE, 30 * MINUTE)) * rng.uniform(0.5, 2), rng.randint(1, 4)
    base, duration, rooms = rng.uniform(0.03, 0.15), unit * rng.uniform(40, 150), []
    for _ in range(lanes):
        at, knots = unit * rng.uniform(0, 2), [(0.0, 0.0)]
        while at < duration:
            size = rng.uniform(0.15, 0.6) / lanes
            full = at + unit * rng.uniform(0.1, 0.8)
            over = full + unit * rng.uniform(0.3, 2)
            knots += [(at, 0.0), (full, size), (over, size * rng.uniform(0.8, 1)),
                      (over + 0.02 * unit, 0.0)]
            at = over + unit * rng.uniform(0.05, 0.8)
        rooms.append(path(knots))
    return healthy(rng, "clear", duration, lambda t: base + sum(room(t) for room in rooms))


def meetings(rng, i):
    """Calls begin at the full and the half hour, by day, thin out and end shortly before the next.
    """
    slot, days = rng.choice((HOUR / 2, HOUR)), rng.uniform(1, 8)
    base, top, phase, start = rng.uniform(0.03, 0.12), rng.uniform(0.35, 0.7), rng.random(), \
        rng.randint(0, 6)
    sizes = [rng.uniform(0.4, 1) for _ in range(int(days * DAY / slot) + 2)]
    rise, ends, left = rng.uniform(0.05, 0.25), rng.uniform(0.75, 0.98), rng.uniform(0.4, 1)

    def shape(t):
        number, into = divmod(t / slot, 1)
        weekend = (int(t / DAY + phase) + start) % 7 >= 5
        size = sizes[int(number)] * day(number * slot, phase, 2) * (0.1 if weekend else 1)
        thin = 1 - (1 - left) * into / ends
        return base + (top - base) * size * (min(1, into / rise) * thin if into < ends else 0)

    return healthy(rng, "clear", days * DAY, shape, load=True)


def modes(rng, i):
    """Works in one of a few ways, each with its own number, and changes between them at any time.
    """
    dwell = rng.choice((15, 10 * MINUTE, 5 * HOUR)) * rng.uniform(0.5, 2)
    levels = [rng.uniform(0.05, 0.75) for _ in range(rng.randint(2, 5))]
    duration, at, now = dwell * rng.uniform(20, 100), 0.0, rng.choice(levels)
    knots, move = [(0.0, now)], dwell * rng.choice((0.001, 0.03))
    while at < duration:
        at += dwell * rng.lognormvariate(0, 0.8) + move
        knots.append((at, now))
        now = rng.choice([level for level in levels if level != now])
        knots.append((at + move, now))
    return healthy(rng, "clear", duration, path(knots))


def echoes(rng, i):
    """Leases run out together after all came together: waves that die away, until the next time."""
    lease = rng.choice((MINUTE, 20 * MINUTE, 4 * HOUR)) * rng.uniform(0.5, 2)
    level, high, keeps = rng.uniform(0.15, 0.4), rng.uniform(0.3, 0.85), rng.uniform(1.5, 6)
    duration = lease * rng.uniform(30, 100)
    times = [0.0, *poisson_times(rng, rng.uniform(1, 6) / duration, duration)]
    last = running((t, t - s) for s, t in zip([0.0, *times], times))
    sharp = rng.uniform(1, 4)

    def shape(t):
        since = (t - last(t)) / lease
        wave = (0.5 + 0.5 * math.cos(2 * math.pi * since)) ** sharp
        return level * (1 + high * math.exp(-since / keeps) * (2 * wave - 0.7))

    return healthy(rng, "clear", duration, shape)


def build_phases(rng, i):
    """The same build again and again, at any time: each of its phases has its own number."""
    unit, number = rng.choice((30, 10 * MINUTE, 2 * HOUR)) * rng.uniform(0.5, 2), rng.randint(4, 8)
    base, top = rng.uniform(0.03, 0.15), rng.uniform(0.3, 0.65)
    phases = [(rng.uniform(0.3, 1), rng.random()) for _ in range(number)]
    whole, high = sum(p[0] for p in phases), max(p[1] for p in phases)
    duration, at, knots = unit * rng.uniform(25, 90), unit * rng.uniform(0, 0.5), [(0.0, base)]
    while at < duration:
        slower, more = unit * rng.uniform(0.85, 1.2) / whole, rng.uniform(0.92, 1.04)
        done = rng.randint(1, number) if rng.random() < 0.15 else number
        knots.append((at, base))
        for share, part in phases[:done]:
            height = base + (top - base) * more * part / high
            knots += [(at + 0.3 * share * slower, height), (at + 0.97 * share * slower, height)]
            at += share * slower
        knots.append((at, base))
        at += unit * min(rng.expovariate(2), 4)
    return healthy(rng, "clear", duration, path(knots))


def probes_for_more(rng, i):
    """Takes a little more as long as all is well, and much less once the other side is slow."""
    unit = rng.choice((2, MINUTE, 10 * MINUTE)) * rng.uniform(0.5, 2)
    duration, more = unit * rng.uniform(400, 2000), rng.uniform(0.003, 0.02)
    bears = Traffic(rng, rng.uniform(0.3, 0.55), rng.uniform(0.02, 0.08),
                    unit * rng.uniform(20, 80))
    back, state = rng.uniform(0.45, 0.8), {"t": 0.0, "h": rng.uniform(0.05, 0.25)}

    def shape(t):
        state["h"] += more * (t - state["t"]) / unit
        state["t"] = t
        if state["h"] > min(0.8, max(0.1, bears(t))):
            state["h"] *= back * rng.uniform(0.9, 1.1)
        return state["h"]

    return healthy(rng, "clear", duration, shape)


def month_ends(rng, i):
    """Work days over months, and at each month's end some days with much more."""
    base, top, start = rng.uniform(0.03, 0.1), rng.uniform(0.3, 0.48), rng.randint(0, 29)
    more, last, phase = rng.uniform(1.2, 1.6), rng.randint(2, 4), rng.random()
    heights = [rng.uniform(0.9, 1.08) for _ in range(100)]

    def shape(t):
        number = int(t / DAY + phase)
        high = heights[number] * (more if (number + start) % 30 >= 30 - last else 1)
        work = 0.3 if (number + start) % 7 >= 5 else 1
        return base + (top - base) * high * work * day(t, phase, 0.8)

    return healthy(rng, "clear", rng.uniform(60, 95) * DAY, shape, load=True)


# Ramps.

def regions_join(rng, i):
    """One part of the world after the other is served from here, each with noon at another time."""
    limit, number, days = rng.choice(LIMITS), rng.randint(3, 6), rng.uniform(3, 14)
    base, top = rng.uniform(0.02, 0.1), rng.uniform(0.45, 0.76)
    night, joins = rng.uniform(0.1, 0.4), rng.uniform(0.1, 1.5)
    regions = [(days * (k + rng.uniform(-0.3, 0.3)) / number, rng.random(), rng.uniform(0.5, 1.5))
               for k in range(number)]

    def users(t):
        return sum(size * min(1, max(0, (t / DAY - begin) / joins)) *
                   (night + (1 - night) * day(t, phase)) for begin, phase, size in regions)

    most = max(users((2 * days + 3 + k / 48) * DAY) for k in range(48))
    return healthy(rng, "ramp", days * DAY * rng.uniform(1.5, 2.5),
                   lambda t: base + (top - base) * users(t) / most, limit,
                   quiet(rng, limit, 0.005), load=True)


def walks_a_tree(rng, i):
    """A watcher of files walks down a tree: folders of any size, some slow, until it has seen all.
    """
    limit, length, number = rng.choice(LIMITS), tempo(rng, i), rng.randint(40, 400)
    top, base = rng.uniform(0.35, 0.78), rng.uniform(0.01, 0.1)
    sizes = [min(rng.paretovariate(1.2), 0.05 * number) for _ in range(number)]
    knots, at = [(0.0, 0.0)], rng.choice((0, 0.1 * sum(sizes)))
    for size in sizes:
        slow = rng.uniform(0.5, 1.5) * (rng.uniform(5, 20) if rng.random() < 0.03 else 1)
        knots += [(at, knots[-1][1]), (at + size * slow * 0.8, knots[-1][1] + size)]
        at += size * slow
    seen = path([(t / at * length, n / sum(sizes)) for t, n in knots])
    return healthy(rng, "ramp", length * rng.uniform(2, 5),
                   lambda t: base + (top - base) * seen(t), limit, quiet(rng, limit, 0.003))


def overshoots(rng, i):
    """All come and are kept for a time at least; then those that were not needed are let go."""
    limit, length = rng.choice(LIMITS), tempo(rng, i)
    top, base, rest = rng.uniform(0.45, 0.78), rng.uniform(0.01, 0.1), rng.uniform(0.35, 0.85)
    bend, fall = rng.uniform(0.7, 1.3), length * rng.uniform(0.2, 2)
    swing, phase = rng.uniform(0, 0.1), rng.random()

    def shape(t):
        kept = min(1, t / length) ** bend
        gone = (1 - rest) * (1 - math.exp(-max(0, t - length) / fall))
        return base + (top - base) * (kept - gone) * (1 - swing * day(t / length * 2 * DAY, phase))

    return healthy(rng, "ramp", length * rng.uniform(2.5, 6), shape, limit,
                   quiet(rng, limit, rng.choice((0, 0.01))))


def towards_the_event(rng, i):
    """Each day draws more than the one before, up to the day itself; then hardly anybody comes."""
    limit, days = rng.choice(LIMITS), rng.uniform(4, 20)
    top, base, doublings = rng.uniform(0.5, 0.77), rng.uniform(0.02, 0.1), rng.uniform(1.5, 4.5)
    night, phase, rest = rng.uniform(0.1, 0.6), -days % 1 + 0.5, rng.uniform(0.03, 0.3)
    over = rng.uniform(1, 12) * HOUR

    def shape(t):
        left = 2 ** (doublings * (min(1, t / DAY / days) - 1))
        after = max(0, t - days * DAY - 2 * HOUR)
        many = left * (rest + (1 - rest) * math.exp(-after / over))
        return base + (top - base) * many * (night + (1 - night) * day(t, phase))

    return healthy(rng, "ramp", days * DAY * rng.uniform(1.3, 2), shape, limit,
                   quiet(rng, limit, 0.005), load=True)


def keeps_the_most(rng, i):
    """A pool never shrinks: it is as big as the most that was ever needed, while need still rises.
    """
    limit, length = rng.choice(LIMITS), tempo(rng, i)
    top, base, first = rng.uniform(0.35, 0.78), rng.uniform(0.01, 0.1), rng.uniform(0.15, 0.6)
    waves, deep, phase = rng.uniform(4, 30), rng.uniform(0.1, 0.7), rng.random()
    walk, most, knots = Traffic(rng, 1, rng.uniform(0.05, 0.25), rng.uniform(0.002, 0.03)), 0.0, []
    for k in range(1001):
        u = k / 1000
        need = walk(u) * (first + (1 - first) * u) * (1 - deep * day(u * waves * DAY, phase))
        most = max(most, need)
        knots.append((u * length, most))
    size = path(knots)
    return healthy(rng, "ramp", length * rng.uniform(2, 4),
                   lambda t: base + (top - base) * size(t) / most, limit, quiet(rng, limit, 0.003))


LEAKS = (overloaded, undrained, half_open, several_schedules, merges_fall_behind, pinned_files,
         pool_overflows, waves_leave_a_rest, logins_kept, stages_of_load)
HEALTHY = (matches, meetings, modes, echoes, build_phases, probes_for_more, month_ends,
           regions_join, walks_a_tree, overshoots, towards_the_event, keeps_the_most)
