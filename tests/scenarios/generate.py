#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""
Writes traces of leaking and healthy processes, the same ones for the same seed.

usage: generate.py tuning|scoring FOLDER [--each N] [--seed N]

Constants are tuned on `tuning` alone. `scoring` has another seed and, besides, families that
`tuning` has not (sealed.py); those that were sealed before are in known.py, known_second.py and
known_third.py. FOLDER gets FAMILY-N.csv (a trace as `fdwatchd --backtest` reads it) and labels.csv:
file,kind,family,begin_seconds,end_seconds.
"""

import argparse
import random
from pathlib import Path

import healthy
import known
import known_second
import known_third
import leaks
import sealed

TUNED = (leaks.TUNED + known.LEAKS + known_second.LEAKS + known_third.LEAKS +
         healthy.TUNED + known.HEALTHY + known_second.HEALTHY + known_third.HEALTHY)
SETS = {
    "tuning": (20_250_101, TUNED),
    "scoring": (316_369_694, sealed.LEAKS + sealed.HEALTHY + TUNED),
}


def make(family, seed, index):
    """The index-th trace of a family; a leak that never meets its limit is drawn again."""
    for attempt in range(100):
        rng = random.Random(f"{seed} {family.__name__} {index} {attempt}")
        trace = family(rng, index)
        if trace.kind != "leak" or (trace.end is not None and trace.end > trace.begin + 10):
            return trace
    raise RuntimeError(f"{family.__name__} never leaks to its limit")


def write(trace, path):
    with open(path, "w", encoding="ascii") as file:
        if not trace.totals:
            file.write("t_seconds,live,limit\n")
            file.writelines(f"{t:.2f},{live},{limit}\n" for t, live, limit in trace.points)
            return
        file.write("t_seconds,live,limit,opened,closed\n")
        file.writelines(f"{t:.2f},{live},{limit},{opened},{closed}\n" for
                        (t, live, limit), (opened, closed) in zip(trace.points, trace.totals))


def number(value):
    return "" if value is None else f"{value:.2f}"


def main():
    parser = argparse.ArgumentParser(description="traces of leaking and healthy processes")
    parser.add_argument("set", choices=SETS)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--each", type=int, default=8, help="traces of each family")
    parser.add_argument("--seed", type=int, help="instead of the set's own")
    arguments = parser.parse_args()
    seed, families = SETS[arguments.set]
    arguments.folder.mkdir(parents=True, exist_ok=True)
    with open(arguments.folder / "labels.csv", "w", encoding="ascii") as labels:
        for family in families:
            for index in range(arguments.each):
                trace = make(family, arguments.seed or seed, index)
                name = f"{family.__name__}-{index}.csv"
                write(trace, arguments.folder / name)
                labels.write(f"{name},{trace.kind},{family.__name__},"
                             f"{number(trace.begin)},{number(trace.end)}\n")


if __name__ == "__main__":
    main()
