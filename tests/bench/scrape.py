# SPDX-License-Identifier: BSD-2-Clause
"""What Prometheus costs."""
import socket
import tempfile
import threading
import time
import urllib.request

from bench import Daemon, cpu_seconds, herd, median

PROCESSES = 10000
GROUPS = 500
ROUNDS = 7
SCRAPERS = 50


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def scrape(build, report):
    """a scrape of 10,000 processes in 500 groups, and fifty scrapers at once"""
    port = free_port()
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as config, \
            herd(build, PROCESSES, 5, GROUPS):
        config.write("[metrics]\ngroup_by = command\n")
        config.flush()
        with Daemon(build, "--config", config.name, "--metrics-listen",
                    f"127.0.0.1:{port}") as daemon:
            measure(daemon, port, report)


def measure(daemon, port, report):
    def take():
        begin = time.monotonic()
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
            length = len(answer.read())
        return time.monotonic() - begin, length

    first, again, sizes = [], [], []
    for _ in range(ROUNDS):
        daemon.await_poll()  # what it writes is written once a poll
        seconds, length = take()
        first.append(seconds)
        sizes.append(length)
        again.append(take()[0])
    poll = daemon.get("/v1/status")["poll_seconds"]
    report.figure("a scrape, the first after a poll", median(first) * 1e3, "ms", 30)
    report.figure("the next one", median(again) * 1e3, "ms")
    report.figure("over a poll's processor time", median(first) / poll, "x", 1)
    report.figure("its size", median(sizes) / 1024, "KiB")
    before = cpu_seconds(daemon.process.pid), time.monotonic()
    threads = [threading.Thread(target=take) for _ in range(SCRAPERS)]
    polls = daemon.get("/v1/status")["polls_total"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    daemon.await_poll()
    took = time.monotonic() - before[1]
    report.figure(f"{SCRAPERS} at once: CPU of the daemon until the next poll",
                  (cpu_seconds(daemon.process.pid) - before[0]) * 1e3, "ms")
    missed = took - (daemon.get("/v1/status")["polls_total"] - polls) - 1
    report.figure("polls that came late meanwhile", max(0, round(missed)), "", 0)
