# SPDX-License-Identifier: BSD-2-Clause
"""Live tests in a machine, run by the programs that are installed there, each as one check."""

import contextlib
import fcntl
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path

LIVE = Path("/usr/local/lib/fdwatch")
# Those whose outcome hangs on the kernel and on nothing that has to be installed.
LIVE_TESTS = ("ways", "burst", "life", "refusals", "thresholds", "listing", "sockets", "track",
              "compat", "own_machine")
WITHOUT_SYSTEMD = ("ways", "burst", "life", "refusals", "thresholds", "listing", "sockets")
LIVE_SECONDS = 600
SLOWNESS = 4


def run_test(command, environment):
    """(exit status, stdout, stderr). One that hangs says where, and leaves nothing behind."""
    process = subprocess.Popen(
        command, text=True, errors="backslashreplace", stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
        env={**os.environ, **environment, "PYTHONFAULTHANDLER": "1"})
    try:
        told, wrong = process.communicate(timeout=LIVE_SECONDS)
        return process.returncode, told, wrong
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGABRT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        told, wrong = process.communicate()
        return -1, told, f"{wrong}\nno end after {LIVE_SECONDS} s"


def live_test(name, backend="auto"):
    """One of tests/live, run by the programs that are installed, with a daemon of its own."""
    def check():
        begun = time.monotonic()
        status, told, wrong = run_test(
            [sys.executable, "-B", LIVE / "tests/live" / f"{name}.py"],
            {"FDWATCH_BUILD": str(LIVE), "FDWATCH_SLOWNESS": str(SLOWNESS),
             "FDWATCH_OWN_MACHINE": "yes", "FDWATCH_BACKEND": backend})
        lines = told.splitlines()
        results = [line for line in lines if re.match("(not )?ok ", line)]
        explain(line for line in results if " # SKIP " in line)
        assert results and not status and f"1..{len(results)}" in lines, \
            "\n".join([line for line in lines if not line.startswith("ok ")] + wrong.splitlines())
        explain([f"{len(results)} tests in {time.monotonic() - begun:.0f} s"])
    check.__doc__ = f"live test {name}" + ("" if backend == "auto" else f", by {backend}s")
    return check


def live_tests():
    """By what the kernel allows, and by tracepoints, where it has what those take."""
    names = LIVE_TESTS
    command = ["/usr/sbin/fdwatchd", "--backend", "tracepoint", "--pin-dir", "/sys/fs/bpf/tried"]
    tried = subprocess.run([*command, "--load"], capture_output=True, text=True, check=False,
                           stdin=subprocess.DEVNULL, timeout=LIVE_SECONDS)
    if tried.returncode:
        explain([f"no tracepoint backend: {tried.stderr.strip().removeprefix('<3>')}"])
        return [live_test(name) for name in names]
    subprocess.run([*command, "--unload"], check=True, timeout=LIVE_SECONDS)
    explain(["backend tracepoint"])
    return [*(live_test(name) for name in names), live_test("backend"),
            *(live_test(name, "tracepoint") for name in names)]


def loopback_up():
    """What an init system does."""
    SIOCSIFFLAGS, IFF_UP, IFF_RUNNING = 0x8914, 1, 0x40
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP | IFF_RUNNING))


def explain(lines):
    for line in lines:
        print(f"# {line}")
