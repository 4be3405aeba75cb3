# SPDX-License-Identifier: BSD-2-Clause
"""What it costs to rank what many tracked processes have open."""
import tempfile
import time

from bench import Daemon, cpu_seconds, herd

PROCESSES = 500
DESCRIPTORS = 50
ROUNDS = 10


def ranking(build, report):
    """all sites of 500 tracked processes with 50 descriptors each, in one answer"""
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as config, \
            herd(build, PROCESSES, DESCRIPTORS):
        config.write("[command herd*]\ntrack = yes\n")
        config.flush()
        with Daemon(build, "--config", config.name) as daemon:
            deadline = time.monotonic() + 30
            while daemon.get("/v1/status")["tracked"] < PROCESSES:
                if time.monotonic() > deadline:
                    raise SystemExit("bench: the herd is not tracked")
                daemon.await_poll()
            before = cpu_seconds(daemon.process.pid)
            for _ in range(ROUNDS):
                answer = daemon.get("/v1/sites")
            spent = (cpu_seconds(daemon.process.pid) - before) / ROUNDS
            report.note(f"{sum(p['live'] for p in answer['processes'])} descriptors of "
                        f"{len(answer['processes'])} processes")
            report.figure("processor time an answer", spent * 1e3, "ms", 100)
