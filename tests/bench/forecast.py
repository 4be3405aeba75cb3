#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""forecast.py BUILD [SET]: fdwatch's forecast beside predict_linear and level rules.

Writes the traces of tests/scenarios/generate.py (set `scoring`, or `tuning`) below BUILD, scores
every rule on them and measures what forecasts cost. Fdwatch is scored by the count alone, and with
the totals of opened and closed descriptors, which it knows of a live process.
"""
import subprocess
import sys
from pathlib import Path

SCENARIOS = Path(__file__).resolve().parent.parent / "scenarios"


def main():
    build = Path(sys.argv[1])
    name = sys.argv[2] if len(sys.argv) > 2 else "scoring"
    traces = build / "scenarios" / name
    subprocess.run([sys.executable, "-B", SCENARIOS / "generate.py", name, traces], check=True)
    print(f"\nforecast: traces of the set {name}\n"
          "  aims: caught .95, raised again .30, alarms for clear traces .05 and for ramps .20,\n"
          "  forecasts within a factor of two .85", flush=True)
    subprocess.run([build / "tests/scenarios/score", "-c", traces], check=True)
    print("\nforecast: traces recorded from real programs (record.py)", flush=True)
    subprocess.run([build / "tests/scenarios/score", SCENARIOS / "real"], check=True)
    print(flush=True)
    subprocess.run([build / "tests/scenarios/cost"], check=True)


if __name__ == "__main__":
    main()
