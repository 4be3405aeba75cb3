#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""fleet.py BUILD [HOSTS]: a Prometheus that scrapes a fleet, 1,000 hosts unless told otherwise.

What each host answers is what a real fdwatchd said, byte by byte: polls in a row of 500 groups that
move, and on three hosts in ten polls in which one more group leaks. Prometheus scrapes them through
the shipped rules; when every host was scraped a few times the program ends by itself, as it does
when memory or time runs short. Reduced is how often they are scraped: each two minutes, an eighth
of what scrape.yml has, for two cores do it all. Series, memory and what the rules cost are a
fleet's.
"""
import contextlib
import http.server
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request
from pathlib import Path

from bench import Daemon, Report, cpu_seconds, herd, median, resident_mib
from scrape import free_port

RULES = Path(__file__).resolve().parents[2] / "packaging/prometheus/fdwatch.rules.yml"
GROUPS = 500
PROCESSES = 1000
POLLS = 4  # recorded, and served in turn
LEAKING = 0.3  # of the hosts
SCRAPES = 4  # of each host, at least
SCRAPE_SECONDS = 120
SLOWEST = 8  # rules told by name
ROUNDS = 4  # of each rule's query
EVALUATION_SECONDS = 60
DEADLINE_SECONDS = 25 * 60
MEMORY_LEFT = 2 << 20  # KiB: with less of it available the run ends
ACCEPT = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"

LEAK = """
import resource, time
resource.setrlimit(resource.RLIMIT_NOFILE, (1024, 1024))
held = []
while True:
    held.append(open("/dev/null"))
    time.sleep(0.05)
"""

PROMETHEUS = """
global: {{scrape_interval: {scrape}s, scrape_timeout: {scrape}s, evaluation_interval: {evaluate}s}}
rule_files: ["{rules}"]
scrape_configs:
  - job_name: fdwatch
    file_sd_configs: [{{files: ["{targets}"]}}]
"""


class Recording:
    """Polls of a real daemon, as Prometheus asks for them: well, then with a group that leaks."""

    def __init__(self, build):
        port = free_port()
        with tempfile.NamedTemporaryFile("w", suffix=".conf") as config, \
                herd(build, PROCESSES, 5, GROUPS, moving=True):
            config.write("[metrics]\ngroup_by = command\n")
            config.flush()
            with Daemon(build, "--config", config.name, "--metrics-listen",
                        f"127.0.0.1:{port}") as daemon:
                self.url = f"http://127.0.0.1:{port}/metrics"
                self.well = self.record(daemon)
                with self.leak(daemon):
                    self.leaking = self.record(daemon)
                self.samples = sum(not line.startswith(b"#") for line in
                                   self.fetch("identity").splitlines())

    def fetch(self, encoding):
        request = urllib.request.Request(self.url, headers={"Accept": ACCEPT,
                                                            "Accept-Encoding": encoding})
        with urllib.request.urlopen(request) as answer:
            return answer.read()

    def record(self, daemon):
        found = []
        for _ in range(POLLS):
            polls = daemon.get("/v1/status")["polls_total"]
            while daemon.get("/v1/status")["polls_total"] == polls:
                time.sleep(0.02)
            found.append(self.fetch("gzip"))
        return found

    @staticmethod
    @contextlib.contextmanager
    def leak(daemon):
        folder = tempfile.TemporaryDirectory()
        name = Path(folder.name) / "leaking"  # from its first moment on, or its group is another
        name.symlink_to("/usr/bin/python3")
        program = subprocess.Popen([str(name), "-c", LEAK])
        try:
            end = time.monotonic() + 60
            while not any(p["pid"] == program.pid and p["state"] != "ok"
                          for p in daemon.get("/v1/processes")["processes"]):
                if time.monotonic() > end:
                    sys.exit("fleet: the program that leaks was not noticed")
                time.sleep(0.5)
            yield
        finally:
            program.kill()
            program.wait()
            folder.cleanup()


class Fleet(http.server.ThreadingHTTPServer):
    """All hosts at one address, each by a path of its own: its number."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, recording, hosts):
        super().__init__(("127.0.0.1", 0), Host)
        self.recording = recording
        self.scrapes = [0] * hosts
        self.thread = threading.Thread(target=self.serve_forever, daemon=True)
        self.thread.start()

    def leaking(self):
        return int(len(self.scrapes) * LEAKING)

    def answer(self, host):
        recorded = self.recording.leaking if host < self.leaking() else self.recording.well
        body = recorded[min(self.scrapes[host], POLLS - 1)]
        self.scrapes[host] += 1
        return body

    def targets(self):
        address = f"127.0.0.1:{self.server_port}"
        return [{"targets": [address], "labels": {"instance": f"host{host:04}:9024",
                                                  "__metrics_path__": f"/{host}"}}
                for host in range(len(self.scrapes))]


class Host(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = self.server.answer(int(self.path[1:]))
        self.send_response(200)
        self.send_header("Content-Type", ACCEPT.split(",")[0])
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Prometheus:
    def __init__(self, fleet):
        self.folder = Path(tempfile.mkdtemp(prefix="fdwatch-bench-"))
        self.port = free_port()
        (self.folder / "targets.json").write_text(json.dumps(fleet.targets()))
        config = self.folder / "prometheus.yml"
        config.write_text(PROMETHEUS.format(scrape=SCRAPE_SECONDS, evaluate=EVALUATION_SECONDS,
                                            rules=RULES, targets=self.folder / "targets.json"))
        self.log = open(self.folder / "log", "wb")
        self.evaluations = {}  # of a group of rules: {when: seconds}
        self.start(config)

    def start(self, config):
        self.process = subprocess.Popen(
            ["prometheus", f"--config.file={config}", f"--storage.tsdb.path={self.folder}/tsdb",
             f"--web.listen-address=127.0.0.1:{self.port}"], stdout=self.log, stderr=self.log,
            env={**os.environ, "GOGC": "50"})  # less memory for more CPU: 24 GiB are to do

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(120)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def rest(self):
        """Starts anew on what was scraped, with nothing to scrape or to evaluate."""
        self.stop()
        config = self.folder / "rest.yml"
        config.write_text("{}")
        self.start(config)
        end = time.monotonic() + DEADLINE_SECONDS
        while not self.is_ready():
            if time.monotonic() > end or self.process.poll() is not None:
                sys.exit(f"fleet: prometheus does not come back: {self.last_line()}")
            time.sleep(1)

    def is_ready(self):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/-/ready"):
                return True
        except OSError:
            return False

    def figures(self):
        """{name and labels: value} of what it says of itself; None while it says nothing."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics") as answer:
                lines = answer.read().decode().splitlines()
        except OSError:
            return None
        return {key: float(value) for key, _, value in
                (line.rpartition(" ") for line in lines if not line.startswith("#"))}

    def ask(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api/v1/{path}") as answer:
            return json.load(answer)["data"]

    def query(self, expression, **more):
        query = urllib.parse.urlencode({"query": expression, **more})
        return self.ask("query?" + query)["result"]

    def note_evaluations(self, figures):
        for key, seconds in figures.items():
            if key.startswith("prometheus_rule_group_last_duration_seconds"):
                when = figures[key.replace("duration", "evaluation_timestamp")]
                name = key.rpartition(";")[2].rstrip('"}')
                if when > 0:
                    self.evaluations.setdefault(name, {})[when] = seconds

    def last_line(self):
        return (self.folder / "log").read_text(errors="replace").rstrip().rpartition("\n")[2]

    def close(self):
        self.stop()
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def memory_available():
    for line in open("/proc/meminfo"):
        if line.startswith("MemAvailable:"):
            return int(line.split()[1])
    return 0


def watch(prometheus, fleet):
    """Until every host was scraped often enough; returns why it ended earlier, or None."""
    end = time.monotonic() + DEADLINE_SECONDS
    while min(fleet.scrapes) < SCRAPES:
        time.sleep(2)
        if prometheus.process.poll() is not None:
            sys.exit(f"fleet: prometheus has ended: {prometheus.last_line()}")
        if memory_available() < MEMORY_LEFT:
            return "memory runs short"
        if time.monotonic() > end:
            return "time is over"
        figures = prometheus.figures()
        if figures:
            prometheus.note_evaluations(figures)
    return None


def cost_of(prometheus, query, when):
    """(processor time, time) of a query: the least of some, which Go's collector left alone."""
    found = []
    for _ in range(ROUNDS):
        begun = cpu_seconds(prometheus.process.pid), time.monotonic()
        prometheus.query(query, time=when)
        found.append((cpu_seconds(prometheus.process.pid) - begun[0], time.monotonic() - begun[1]))
    return min(found), sum(cpu for cpu, _ in found) / ROUNDS


def report_rules(prometheus, report):
    """Once more what the rules ask, as of when all was scraped, with nothing else going on."""
    rules = [rule for group in prometheus.ask("rules")["groups"] for rule in group["rules"]]
    when = time.time()
    prometheus.rest()
    found = [(*cost_of(prometheus, rule["query"], when), rule["name"]) for rule in rules]
    report.figure("all rules once, processor time", sum(least[0] for least, _, _ in found), "s",
                  EVALUATION_SECONDS)
    report.figure("the same with Go's collector", sum(mean for _, mean, _ in found), "s")
    report.figure("all rules once, one after the other", sum(least[1] for least, _, _ in found),
                  "s")
    for least, _, name in sorted(found, reverse=True)[:SLOWEST]:
        report.figure(f"of them {name}, processor time", least[0], "s")
    for name, times in prometheus.evaluations.items():
        latest = [seconds for _, seconds in sorted(times.items())][-3:]
        report.figure(f"group {name} beside scrapes and all else", median(latest), "s")


def report_all(prometheus, fleet, report):
    figures = prometheus.figures()
    series = figures["prometheus_tsdb_head_series"]
    resident = resident_mib(prometheus.process.pid)
    report.figure("series", series / 1e6, "M")
    report.figure("series a host, what Prometheus adds included", series / len(fleet.scrapes))
    report.figure("Prometheus resident", resident / 1024, "GiB")
    report.figure("resident at the most", resident_mib(prometheus.process.pid, "VmHWM") / 1024,
                  "GiB")
    report.figure("resident a series", resident * 1024 / series, "KiB")
    grown = prometheus.query('job_group:fdwatch_growing_hosts:count{group="leaking"}')
    found = float(grown[0]["value"][1]) if grown else 0
    report.figure("hosts where the group that leaks is found to", found, "", fleet.leaking(),
                  at_least=True)
    for name in ("FdLeakAcrossFleet", "FdExhaustionForecast"):
        alerts = prometheus.query(f'count by (alertstate) (ALERTS{{alertname="{name}"}})')
        report.note(f"{name}: " + ", ".join(
            f"{a['value'][1]} {a['metric']['alertstate']}" for a in alerts))
    report_rules(prometheus, report)


def main():
    build, hosts = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    os.environ["PATH"] += f":{Path(build).resolve()}/peers/usr/bin"
    if not shutil.which("prometheus"):
        sys.exit("fleet: there is no prometheus: packaging/fetch-peers unpacks it where apt is")
    report = Report()
    recording = Recording(build)
    print(f"\nfleet: {hosts} hosts, {recording.samples} samples each, scraped each "
          f"{SCRAPE_SECONDS} s", flush=True)
    fleet = Fleet(recording, hosts)
    prometheus = Prometheus(fleet)
    try:
        ended = watch(prometheus, fleet)
        report.note(f"{sum(fleet.scrapes)} scrapes, {cpu_seconds(prometheus.process.pid):.0f} s of "
                    f"CPU" + (f"; ended early: {ended}" if ended else ""))
        report_all(prometheus, fleet, report)
    finally:
        prometheus.close()
        fleet.shutdown()
    report.close()


if __name__ == "__main__":
    main()
