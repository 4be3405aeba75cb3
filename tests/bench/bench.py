# SPDX-License-Identifier: BSD-2-Clause
"""What the measures share: a daemon of their own, processor time, figures beside their bounds."""
import contextlib
import http.client
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

TICK = os.sysconf("SC_CLK_TCK")


class Report:
    """Prints figures; remembers the bounds that were missed."""

    def __init__(self):
        self.missed = []

    def figure(self, what, value, unit="", bound=None, at_least=False):
        line = f"  {what:<52} {value:>10.3f} {unit}"
        if bound is not None:
            met = value >= bound if at_least else value <= bound
            side = "at least" if at_least else "at most"
            line += f"   ({side} {bound:g}{'' if met else ': MISSED'})"
            if not met:
                self.missed.append(what)
        print(line, flush=True)

    def note(self, text):
        print(f"  {text}", flush=True)

    def close(self):
        print(f"\n{len(self.missed)} bounds missed" + "".join(f"\n  {m}" for m in self.missed))
        sys.exit(1 if self.missed else 0)


class Daemon:
    """fdwatchd with socket, pins and state in a folder of its own."""

    def __init__(self, build, *options):
        self.folder = tempfile.mkdtemp(prefix="fdwatch-bench-")
        self.socket = os.path.join(self.folder, "sock")
        self.process = subprocess.Popen(
            [os.path.join(build, "fdwatchd"), "--socket", self.socket,
             "--pin-dir", os.path.join(self.folder, "pins"), "--state-dir", self.folder,
             "--metrics-listen", "none", *options], stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 30
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                sys.exit("bench: fdwatchd does not start: run it by hand to see why (as root)")
            time.sleep(0.05)

    def await_poll(self):
        """Until the daemon has looked once more."""
        polls = self.get("/v1/status")["polls_total"]
        while self.get("/v1/status")["polls_total"] == polls:
            time.sleep(0.02)

    def answers(self):
        try:
            return self.get("/v1/status")
        except OSError:
            return None

    def get(self, path):
        connection = http.client.HTTPConnection("localhost")
        connection.sock = socket.socket(socket.AF_UNIX)
        with contextlib.closing(connection.sock):
            connection.sock.connect(self.socket)
            connection.request("GET", path)
            return json.loads(connection.getresponse().read())

    def stop(self):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def cpu_seconds(pid):
    """Processor time that a process has used, user and system."""
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def resident_mib(pid, which="VmRSS"):
    """Now; VmHWM: the most that it ever was."""
    for line in open(f"/proc/{pid}/status"):
        if line.startswith(f"{which}:"):
            return int(line.split()[1]) / 1024
    return 0.0


def timed(command):
    """Seconds that a command takes, its output thrown away."""
    begin = time.monotonic()
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    return time.monotonic() - begin


def median(values):
    return statistics.median(values)


@contextlib.contextmanager
def herd(build, processes, descriptors, names=1, moving=False):
    """That many processes which hold that many descriptors each."""
    child = subprocess.Popen([os.path.join(build, "tests/bench/herd"), str(processes),
                              str(descriptors), str(names), *(["moving"] if moving else [])],
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        if child.stdout.readline() != b"ready\n":
            sys.exit("bench: the herd does not start")
        yield child
    finally:
        child.stdin.close()
        child.wait()
