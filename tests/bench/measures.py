# SPDX-License-Identifier: BSD-2-Clause
"""The measures; each takes the build folder and the report."""
import json
import os
import shutil
import signal
import subprocess
import time

from bench import Daemon, cpu_seconds, herd, median, resident_mib, timed
from naming import naming
from ranking import ranking
from scrape import scrape
from top import top
from tracked import tracked

ROUNDS = 5
CALL_ROUNDS = 9  # the machine's own speed drifts by more than what is measured


def run_calls(build):
    output = subprocess.run([os.path.join(build, "tests/bench/calls")], check=True,
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True).stdout
    return {name: float(ns) for name, ns in (line.split() for line in output.splitlines())}


def run_under_bpftrace(build):
    """The same calls while bpftrace counts them by process; None where it is not installed."""
    if not shutil.which("bpftrace"):
        return None
    program = ("tracepoint:syscalls:sys_exit_openat,tracepoint:syscalls:sys_exit_dup,"
               "tracepoint:syscalls:sys_exit_close { @[pid] = count(); }"
               "interval:ms:200 { printf(\"ready\\n\"); }")
    # It looks for tracefs at its usual place, which may not be mounted: in a namespace of its own.
    tracer = subprocess.Popen(["unshare", "-m", "sh", "-c",
                               "mount -t tracefs none /sys/kernel/tracing; exec bpftrace -e \"$0\"",
                               program], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    measured = None
    for line in tracer.stdout:
        if line == b"ready\n":
            measured = run_calls(build)
            break
    tracer.send_signal(signal.SIGINT)
    counted = tracer.communicate()[0]
    return measured if b"@[" in counted else None


def calls(build, report):
    """what every call of the host pays, against the same calls with nothing attached"""
    bounds = {"unrelated": 1.10, "open+close": 1.20, "dup+close": 1.42}
    ratios = {name: [] for name in bounds}
    peer = {name: [] for name in bounds}
    for _ in range(CALL_ROUNDS):
        bare = run_calls(build)
        with Daemon(build):
            watched = run_calls(build)
        traced = run_under_bpftrace(build)
        for name in bounds:
            ratios[name].append(watched[name] / bare[name])
            if traced:
                peer[name].append(traced[name] / bare[name])
    for name, bound in bounds.items():
        report.figure(f"{name}, fdwatch over bare", median(ratios[name]), "x", bound)
        if peer[name]:
            report.figure(f"{name}, bpftrace's count over bare", median(peer[name]), "x")


def exporter_seconds(path):
    """Processor time of one scrape of prometheus-process-exporter for the same host."""
    config = os.path.join(path, "exporter.yml")
    with open(config, "w") as file:
        file.write("process_names:\n  - name: '{{.Comm}}'\n    cmdline: ['.+']\n")
    address = "127.0.0.1:19256"
    exporter = subprocess.Popen(["prometheus-process-exporter", "-config.path", config,
                                 "-web.listen-address", address], stderr=subprocess.DEVNULL)
    try:
        scrape = ["curl", "-sf", "-o", "/dev/null", f"http://{address}/metrics"]
        deadline = time.monotonic() + 20
        while subprocess.run(scrape, check=False).returncode and time.monotonic() < deadline:
            time.sleep(0.1)
        begin = cpu_seconds(exporter.pid)
        for _ in range(ROUNDS):
            subprocess.run(scrape, check=True)
        return (cpu_seconds(exporter.pid) - begin) / ROUNDS
    finally:
        exporter.terminate()
        exporter.wait()


def poll(build, report):
    """a poll of 2,000 processes with 50 descriptors each, everything included"""
    with herd(build, 2000, 50), Daemon(build, "--interval", "0.1") as daemon:
        daemon.await_poll()
        begin, polls = cpu_seconds(daemon.process.pid), daemon.get("/v1/status")["polls_total"]
        time.sleep(10)
        used = cpu_seconds(daemon.process.pid) - begin
        status = daemon.get("/v1/status")
        each = used / (status["polls_total"] - polls)
        report.figure("processes seen", status["processes"], "", 2000, at_least=True)
        report.figure("processor time a poll", each * 1e3, "ms", 6)
        report.figure("resident", resident_mib(daemon.process.pid), "MiB", 40)
        if not shutil.which("prometheus-process-exporter"):
            report.note("prometheus-process-exporter is not installed: not compared")
            return
        scrape = exporter_seconds(daemon.folder)
        report.figure("prometheus-process-exporter, a scrape", scrape * 1e3, "ms")
        report.figure("its scrape over our poll", scrape / each, "x", 100, at_least=True)


def show(build, report):
    """`fdwatch show` of a process with 19,000 descriptors, against lsof on the same"""
    with herd(build, 1, 19000) as child, Daemon(build) as daemon:
        pid = open(f"/proc/{child.pid}/task/{child.pid}/children").read().split()[0]
        ours = [os.path.join(build, "fdwatch"), "--socket", daemon.socket, "show", pid]
        listed = json.loads(subprocess.run(ours + ["--json"], check=True,
                                           stdout=subprocess.PIPE).stdout)
        report.figure("descriptors listed", len(listed["descriptors"]), "", 19000, at_least=True)
        peer = ["lsof", "-nP", "-p", pid]
        pairs = [(timed(ours), timed(peer)) for _ in range(ROUNDS)]
        report.figure("fdwatch show", median([a for a, _ in pairs]) * 1e3, "ms")
        report.figure("lsof -nP -p", median([b for _, b in pairs]) * 1e3, "ms")
        report.figure("lsof over fdwatch", median([b / a for a, b in pairs]), "x", 3,
                      at_least=True)


def refusal(build, report):
    """from the kernel's refusal to a line of `fdwatch events --follow`"""
    script = ("import os, resource, sys, time\n"
              "resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))\n"
              "sys.stdin.readline()\n"
              "try:\n"
              "    while True: os.open('/dev/null', 0)\n"
              "except OSError: print(time.clock_gettime(time.CLOCK_MONOTONIC), flush=True)\n"
              "sys.stdin.readline()\n")
    delays = []
    with Daemon(build, "--interval", "10") as daemon:
        follow = subprocess.Popen([os.path.join(build, "fdwatch"), "--socket", daemon.socket,
                                   "events", "--follow", "--json"], stdout=subprocess.PIPE)
        time.sleep(1)
        for _ in range(ROUNDS):
            leak = subprocess.Popen(["/usr/bin/python3", "-c", script], stdin=subprocess.PIPE,
                                    stdout=subprocess.PIPE)
            leak.stdin.write(b"\n")
            leak.stdin.flush()
            for line in follow.stdout:
                event = json.loads(line)
                if event["type"] == "emfile" and event["pid"] == leak.pid:
                    seen = time.clock_gettime(time.CLOCK_MONOTONIC)
                    break
            refused = float(leak.stdout.readline())
            delays.append((seen - refused) * 1e3)
            leak.stdin.close()
            leak.wait()
        follow.terminate()
        follow.communicate()
    report.figure("median", median(delays), "ms", 100)
    report.figure("most", max(delays), "ms", 100)


MEASURES = {"calls": calls, "tracked": tracked, "naming": naming, "ranking": ranking, "poll": poll,
            "scrape": scrape, "show": show, "refusal": refusal, "top": top}
