# SPDX-License-Identifier: BSD-2-Clause
"""What fdwatch top costs, and the daemon for it, with 10,000 processes."""
import contextlib
import fcntl
import os
import pty
import random
import select
import struct
import subprocess
import termios
import time

from bench import Daemon, cpu_seconds, herd, median, resident_mib

PROCESSES = 10000
SECONDS = 10
KEYS = 40
VIEWERS = 5


class Viewer:
    """fdwatch top in a terminal of 200 columns and 50 lines, which is read all the time."""

    def __init__(self, build, daemon):
        self.terminal, end = pty.openpty()
        fcntl.ioctl(end, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 200, 0, 0))
        self.process = subprocess.Popen(
            [os.path.join(build, "fdwatch"), "--socket", daemon.socket, "top", "--interval", "1"],
            stdin=end, stdout=end, stderr=end, start_new_session=True,
            env={"PATH": os.environ["PATH"], "TERM": "xterm-256color", "LC_ALL": "C.UTF-8",
                 "XDG_CONFIG_HOME": daemon.folder})
        os.close(end)

    def read(self, seconds):
        """What comes within a time, thrown away."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if select.select([self.terminal], [], [], left)[0]:
                os.read(self.terminal, 65536)

    def key_until(self, key, word):
        """Seconds from a key to a word on the screen, whatever else is drawn."""
        begin, seen = time.monotonic(), b""
        os.write(self.terminal, key)
        while word not in seen:
            left = begin + 5 - time.monotonic()
            if left <= 0 or not select.select([self.terminal], [], [], left)[0]:
                raise SystemExit(f"bench: no {word} within 5 s of the key {key}")
            seen += os.read(self.terminal, 65536)
        return time.monotonic() - begin

    def queued(self):
        """Seconds that the thread of the screen has been ready and had no processor."""
        pid = self.process.pid
        return int(open(f"/proc/{pid}/task/{pid}/schedstat").read().split()[1]) / 1e9

    def cpu(self):
        """Processor time of all its threads, exactly."""
        tasks = f"/proc/{self.process.pid}/task"
        return sum(int(open(f"{tasks}/{t}/schedstat").read().split()[0])
                   for t in os.listdir(tasks)) / 1e9

    def close(self):
        self.process.terminate()
        self.process.wait()
        os.close(self.terminal)


def read_all(viewers, seconds):
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        for fd in select.select([v.terminal for v in viewers], [], [], left)[0]:
            os.read(fd, 65536)


def daemon_milliseconds(daemon, viewers):
    """The daemon's processor time a second, while these look once a second."""
    read_all(viewers, 3)
    begin = cpu_seconds(daemon.process.pid)
    if viewers:
        read_all(viewers, SECONDS)
    else:
        time.sleep(SECONDS)
    return (cpu_seconds(daemon.process.pid) - begin) / SECONDS * 1e3


def cost(build, report):
    """With processes that hold still: what is asked for and drawn each second is the same."""
    with herd(build, PROCESSES, 5), contextlib.ExitStack() as stack:
        daemon = stack.enter_context(Daemon(build))
        alone = daemon_milliseconds(daemon, [])
        viewers = []
        for count in (1, VIEWERS):
            while len(viewers) < count:
                viewers.append(Viewer(build, daemon))
                stack.callback(viewers[-1].close)
            looked = daemon_milliseconds(daemon, viewers)
            report.figure(f"{count} looking once a second, over nobody", (looked - alone) / alone,
                          "polls", 1)
        report.figure("the daemon a second, nobody looking", alone, "ms")


def moving(build, report):
    """With processes whose counts change, each about once a second."""
    with herd(build, PROCESSES, 5, moving=True), contextlib.ExitStack() as stack:
        daemon = stack.enter_context(Daemon(build))
        viewer = Viewer(build, daemon)
        stack.callback(viewer.close)
        viewer.read(3)
        begin = viewer.cpu()
        viewer.read(SECONDS)
        report.figure("a refresh, CPU of fdwatch top", (viewer.cpu() - begin) / SECONDS * 1e3,
                      "ms", 20)
        waits = []
        for _ in range(KEYS):
            for key, word in ((b"?", b"Everywhere"), (b"q", b"COMMAND")):
                viewer.read(random.uniform(0, 0.5))  # anywhere in a refresh
                before = viewer.queued()
                waits.append((viewer.key_until(key, word), viewer.queued() - before))
        report.figure("a key until it shows, median", median([w for w, _ in waits]) * 1e3, "ms", 50)
        worst, queued = max(waits)
        report.figure("a key until it shows, the worst", worst * 1e3, "ms", 50)
        report.figure("of which a busy host had no processor for it", queued * 1e3, "ms")
        report.figure("resident at the most", resident_mib(viewer.process.pid, "VmHWM"), "MiB", 20)


def top(build, report):
    """fdwatch top over 10,000 processes, and what the daemon pays for those who look"""
    moving(build, report)
    cost(build, report)
