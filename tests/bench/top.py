# SPDX-License-Identifier: BSD-2-Clause
"""What fdwatch top costs, and the daemon for it, with 10,000 processes."""
import contextlib
import fcntl
import os
import pty
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

    def key(self, key):
        """Seconds from a key to the first that changes on the screen."""
        begin = time.monotonic()
        os.write(self.terminal, key)
        select.select([self.terminal], [], [], 5)
        return time.monotonic() - begin

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


def top(build, report):
    """fdwatch top over 10,000 processes, and what the daemon pays for those who look"""
    with contextlib.ExitStack() as stack:
        stack.enter_context(herd(build, PROCESSES, 5))
        daemon = stack.enter_context(Daemon(build))
        alone = daemon_milliseconds(daemon, [])
        viewer = Viewer(build, daemon)
        stack.callback(viewer.close)
        viewer.read(3)
        begin = viewer.cpu()
        viewer.read(SECONDS)
        report.figure("a refresh, CPU of fdwatch top", (viewer.cpu() - begin) / SECONDS * 1e3,
                      "ms", 20)
        report.figure("resident", resident_mib(viewer.process.pid), "MiB", 20)
        one = daemon_milliseconds(daemon, [viewer])
        viewers = [viewer]
        for _ in range(VIEWERS - 1):
            viewers.append(Viewer(build, daemon))
            stack.callback(viewers[-1].close)
        many = daemon_milliseconds(daemon, viewers)
        viewer.key(b"z")
        viewer.read(2)
        waits = []
        for i in range(KEYS):
            waits.append(viewer.key(b"k" if i % 2 else b"j"))
            viewer.read(0.05)
        report.figure("a key until the screen changes, median", median(waits) * 1e3, "ms", 50)
        report.figure("a key until the screen changes, the worst", max(waits) * 1e3, "ms", 50)
        report.figure("the daemon a second, nobody looking", alone, "ms")
        report.figure("one look a second, over that", (one - alone) / alone, "polls", 1)
        report.figure(f"{VIEWERS} who look once a second, over that", (many - alone) / alone,
                      "polls", 1)
