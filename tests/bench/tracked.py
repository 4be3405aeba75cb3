# SPDX-License-Identifier: BSD-2-Clause
"""What tracking costs the process that is tracked, and those that are not."""
import contextlib
import http.client
import os
import socket
import subprocess
import time

from bench import Daemon, median

ROUNDS = 7
PYTHON = """
import sys, time
def innermost(): open("/dev/null").close()
def fourth(): innermost()
def third(): fourth()
def second(): third()
def first(): second()
kept = []
for line in sys.stdin:
    kept.append(open("/dev/null"))
    best = 1e18
    for _ in range(300):
        begin = time.perf_counter_ns()
        for _ in range(100): first()
        best = min(best, (time.perf_counter_ns() - begin) / 100)
    print(best, flush=True)
"""


@contextlib.contextmanager
def program(command):
    """A program that answers each line by what a call costs it."""
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                             bufsize=1)
    try:
        yield child
    finally:
        child.stdin.close()
        child.wait()


def ask(child):
    child.stdin.write("go\n")
    child.stdin.flush()
    return float(child.stdout.readline())


def track(daemon, child, method):
    connection = http.client.HTTPConnection("localhost")
    connection.sock = socket.socket(socket.AF_UNIX)
    with contextlib.closing(connection.sock):
        connection.sock.connect(daemon.socket)
        connection.request(method, f"/v1/processes/{child.pid}/track")
        if connection.getresponse().status != 200:
            raise SystemExit(f"bench: {child.pid} can't be tracked")


def await_frames(daemon, child, language):
    """Until the kernel has learnt to walk its stack: what comes before costs more, and once."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        ask(child)
        sites = daemon.get(f"/v1/sites?pid={child.pid}")["sites"]
        if any(f["language"] == language for s in sites for f in s["frames"]):
            ask(child)
            return
    raise SystemExit(f"bench: no {language} frames of {child.pid}")


def compare(daemon, child, other, language):
    """(ns untracked, ns tracked, ns of the other untracked, … beside a tracked one) a round."""
    for _ in range(ROUNDS):
        plain, alone = ask(child), ask(other)
        track(daemon, child, "PUT")
        await_frames(daemon, child, language)
        yield plain, ask(child), alone, ask(other)
        track(daemon, child, "DELETE")


def tracked(build, report):
    """a tracked process's open and close five calls deep, against the same while untracked"""
    opener = [os.path.join(build, "tests/bench/opener")]
    with Daemon(build) as daemon, program(opener) as other:
        with program(opener) as native:
            daemon.await_poll()
            rounds = list(compare(daemon, native, other, "native"))
        report.figure("native, tracked over untracked", median([t / p for p, t, *_ in rounds]),
                      "x", 2.0)
        report.figure("native, tracked less untracked",
                      median([t - p for p, t, *_ in rounds]) / 1e3, "us", 1.5)
        report.figure("another process beside it over alone",
                      median([b / a for *_, a, b in rounds]), "x", 1.03)
        with program(["python3", "-c", PYTHON]) as python:
            daemon.await_poll()
            rounds = list(compare(daemon, python, other, "python"))
        report.figure("Python, tracked over untracked", median([t / p for p, t, *_ in rounds]),
                      "x", 1.25)
