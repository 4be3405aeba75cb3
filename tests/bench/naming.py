# SPDX-License-Identifier: BSD-2-Clause
"""How soon a place has its name: from the call that opened there until the ranking has the line."""
import os
import shutil
import time

from bench import Daemon
from tracked import ask, program, track

ROUNDS = 5
GIVEN_UP = 20  # seconds
PLACES = 100
PYTHON = """
import os, sys
kept = []
def innermost(): return open("/dev/null")
for line in sys.stdin:
    kept.append(innermost())
    print(0, flush=True)
"""
# So many functions, each of which opens a file.
MANY = """
import os, sys
own = {{}}
for i in range({places}):
    exec(f"def place_{{i}}(): return __import__('os').open('/dev/null', 0)", own)
for line in sys.stdin:
    for i in range({places}):
        own[f"place_{{i}}"]()
    print(0, flush=True)
"""
NODE = """
const fs = require("fs");
function innermost() { return fs.openSync("/dev/null"); }
require("readline").createInterface({ input: process.stdin }).on("line", () => {
  innermost();
  console.log("0");
});
"""


def named(daemon, pid, key, wanted):
    """Whether so many places have what is asked for."""
    sites = daemon.get(f"/v1/sites?pid={pid}")["sites"]
    return sum(any(f[key] for f in s["frames"]) for s in sites) >= wanted


def seconds(daemon, command, key, wanted):
    """From the call to the names, of a program that was not tracked before."""
    with program(command) as child:
        ask(child)  # it has started then
        daemon.await_poll()
        track(daemon, child, "PUT")
        child.stdin.write("go\n")
        child.stdin.flush()
        begin = time.monotonic()
        while not named(daemon, child.pid, key, wanted):
            if time.monotonic() - begin > GIVEN_UP:
                raise SystemExit(f"bench: no names for what {command[0]} opened")
            time.sleep(0.002)
        spent = time.monotonic() - begin
        child.stdout.readline()
        return spent


def naming(build, report):
    """from a call at a new place until that has its name; the slowest of five new processes"""
    cases = [("native", [os.path.join(build, "tests/bench/opener")], "line", 1),
             ("Python", ["python3", "-c", PYTHON], "line", 1),
             (f"Python, {PLACES} places at once", ["python3", "-c", MANY.format(places=PLACES)],
              "line", PLACES)]
    if shutil.which("node"):
        cases.append(("Node, a program of 100 MB", ["node", "-e", NODE], "function", 1))
    for what, command, key, wanted in cases:
        with Daemon(build) as daemon:
            daemon.await_poll()
            report.figure(what, max(seconds(daemon, command, key, wanted)
                                    for _ in range(ROUNDS)), "s", 1.0)
