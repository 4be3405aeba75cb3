#!/usr/bin/python3 -B
# SPDX-License-Identifier: BSD-2-Clause
# deadline: 300 s
"""A real leak from the scrape through the shipped rules to an alert, by the real programs."""

import http.server
import json
import random
import re
import shutil
import subprocess
import textwrap
import threading
import urllib.error
import urllib.parse
import urllib.request

import harness
from metrics import CLASSIC, OPENMETRICS, fetch, free_port, samples

RULES = harness.ROOT / "packaging" / "prometheus"
DASHBOARD = harness.ROOT / "packaging" / "grafana" / "fdwatch.json"
NEEDED = ("prometheus", "promtool", "prometheus-alertmanager")
MISSING = [name for name in NEEDED if not shutil.which(name)]

LEAK = """
import sys, time
held = []
while True:
    held.append(open("/dev/null"))
    time.sleep(0.02)
"""

# A child for each name, which it has from its first moment on.
NAMED = """
import ctypes, os, sys
for name in sys.argv[1:]:
    ctypes.CDLL(None).prctl(15, bytes.fromhex(name))
    if os.fork() == 0:
        sys.stdin.read()
        os._exit(0)
print(flush=True)
sys.stdin.read()
for _ in sys.argv[1:]:
    os.wait()
"""
NAMES = 60

PROMETHEUS = """
global: {{scrape_interval: 1s, evaluation_interval: 1s}}
rule_files: [{rules}]
alerting:
  alertmanagers: [{{static_configs: [{{targets: ["127.0.0.1:{alertmanager}"]}}]}}]
scrape_configs:
  - {{job_name: fdwatch, static_configs: [{{targets: ["127.0.0.1:{metrics}"]}}]}}
  - {{job_name: classic, static_configs: [{{targets: ["127.0.0.1:{classic}"]}}]}}
"""

ALERTMANAGER = """
route: {receiver: nobody, group_wait: 1s}
receivers: [{name: nobody}]
"""


def shown(begin):
    """What the README sets off that begins so, as it stands there."""
    page = (RULES / "README.md").read_text()
    blocks = re.findall(r"^(?:    .*\n|\n(?=    ))+", page, re.MULTILINE)
    texts = (textwrap.dedent(block).lstrip("\n") for block in blocks)
    return next(text for text in texts if text.startswith(begin))


class Relay(http.server.BaseHTTPRequestHandler):
    """Hands on what fdwatchd says in the classic format, whatever is asked for."""

    asked = None  # Prometheus's own Accept

    def do_GET(self):
        type(self).asked = self.headers["Accept"]
        status, headers, body = fetch(self.server.metrics, Accept=CLASSIC)
        self.send_response(status)
        self.send_header("Content-Type", headers["Content-Type"])
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def ask(port, path, **arguments):
    """The JSON of a GET, or None while nobody answers."""
    query = urllib.parse.urlencode(arguments)
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}?{query}",
                                    timeout=harness.DEADLINE) as answer:
            return json.load(answer)
    except (urllib.error.URLError, ConnectionError, TimeoutError, ValueError):
        return None


@harness.unittest.skipIf(MISSING, f"not installed: {', '.join(MISSING)}")
class Prometheus(harness.Case):
    interval = 0.5

    @classmethod
    def setUpClass(cls):
        cls.metrics, cls.port, cls.alertmanager = free_port(), free_port(), free_port()
        cls.daemon = harness.Daemon(interval=cls.interval, start=False)
        cls.addClassCleanup(cls.daemon.close)
        folder = cls.daemon.folder
        # Told early, so that a slow machine has time left in which the alert travels.
        (folder / "fdwatch.conf").write_text("[metrics]\ngroup_by = command\n"
                                             "[alarm]\nwarning = 2min\ncritical = 25s\n")
        cls.daemon.options = ["--config", str(folder / "fdwatch.conf"), "--metrics-listen",
                              f"127.0.0.1:{cls.metrics}"]
        cls.daemon.start()
        (folder / "prometheus.yml").write_text(PROMETHEUS.format(
            rules=RULES / "fdwatch.rules.yml", alertmanager=cls.alertmanager, metrics=cls.metrics,
            classic=cls.relay()))
        (folder / "alertmanager.yml").write_text(ALERTMANAGER + shown("inhibit_rules:"))
        cls.run_beside("prometheus-alertmanager", f"--config.file={folder}/alertmanager.yml",
                       f"--storage.path={folder}/am", "--cluster.listen-address=",
                       f"--web.listen-address=127.0.0.1:{cls.alertmanager}")
        cls.run_beside("prometheus", f"--config.file={folder}/prometheus.yml",
                       f"--storage.tsdb.path={folder}/tsdb",
                       f"--web.listen-address=127.0.0.1:{cls.port}")
        harness.wait_for(lambda: ask(cls.alertmanager, "/api/v2/status"), "Alertmanager", 60)
        harness.wait_for(lambda: ask(cls.port, "/api/v1/status/buildinfo"), "Prometheus", 60)

    @classmethod
    def relay(cls):
        """The port at which Prometheus finds the classic format."""
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Relay)
        server.metrics = cls.metrics
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()

        def end():
            server.shutdown()
            thread.join()
            server.server_close()

        cls.addClassCleanup(end)
        return server.server_port

    @classmethod
    def run_beside(cls, *command):
        with open(cls.daemon.folder / f"{command[0]}.log", "wb") as log:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                       cwd=cls.daemon.folder, preexec_fn=harness.end_with_test)

        def end():
            process.terminate()
            process.wait(harness.DEADLINE)

        cls.addClassCleanup(end)

    def query(self, expression):
        answer = ask(self.port, "/api/v1/query", query=expression)
        return answer["data"]["result"] if answer else []

    def alerts(self):
        """{name: alert} of what Alertmanager shows for the leaking program."""
        alerts = ask(self.alertmanager, "/api/v2/alerts") or []
        return {a["labels"]["alertname"]: a for a in alerts
                if (a["labels"].get("group"), a["labels"].get("job")) == ("leaking", "fdwatch")}

    def leak(self, limit):
        """A program that leaks, under a name of its own."""
        program = self.daemon.folder / "leaking"
        if not program.exists():
            program.symlink_to("/usr/bin/python3")

        def before():
            harness.end_with_test()
            hard = harness.resource.getrlimit(harness.resource.RLIMIT_NOFILE)[1]
            harness.resource.setrlimit(harness.resource.RLIMIT_NOFILE, (limit, hard))

        process = subprocess.Popen([str(program), "-c", LEAK], stdin=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL, preexec_fn=before)
        self.addCleanup(harness.kill, process)
        return process

    def test_from_a_leak_to_an_alert_and_back(self):
        process = self.leak(2048)  # for forty seconds
        seen = harness.wait_for(lambda: self.alerts().get("FdExhaustionForecast"),
                                lambda: f"the alert; Prometheus has {self.query('ALERTS')}", 60)
        self.assertEqual(seen["labels"]["severity"], "warning")
        self.assertIn("fdwatch leaks PID", seen["annotations"]["runbook"])
        self.assertIsNone(process.poll(), "warned before it failed")
        left = self.query('fdwatch_group_time_to_exhaustion_seconds{group="leaking"}')
        self.assertGreater(float(left[0]["value"][1]), 0)
        harness.wait_for(lambda: "FdExhaustionNear" in self.alerts() or process.poll() is not None,
                         "the next alert", 60)
        process.kill()
        process.wait()
        self.leak(20000)  # the program runs again, with room
        harness.wait_for(
            lambda: not {"FdExhaustionForecast", "FdExhaustionNear"} & set(self.alerts()),
            lambda: f"the alerts' end; there are {self.alerts()}", 120)

    def test_the_worst_quiets_the_rest(self):
        """Alertmanager with the README's rules: of one group the worst alert is left."""
        alerts = [("FdExhaustionForecast", "one"), ("FdExhaustionNear", "one"),
                  ("FdExhausted", "one"), ("FdExhaustionForecast", "other")]
        labels = [{"alertname": name, "group": group, "job": "fdwatch", "instance": "a"}
                  for name, group in alerts]
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.alertmanager}/api/v2/alerts",
            json.dumps([{"labels": each} for each in labels]).encode(),
            {"Content-Type": "application/json"})
        urllib.request.urlopen(request, timeout=harness.DEADLINE).close()

        def states():
            return {(a["labels"]["alertname"], a["labels"]["group"]): a["status"]["state"]
                    for a in ask(self.alertmanager, "/api/v2/alerts") or []
                    if a["labels"].get("instance") == "a"}

        expected = dict(zip(alerts, ("suppressed", "suppressed", "active", "active")))
        harness.wait_for(lambda: states() == expected, lambda: f"{expected}: {states()}", 60)

    def test_the_dashboard_asks_what_prometheus_understands(self):
        """Each query of the dashboard is run; those on what a healthy host has find something."""
        harness.wait_for(lambda: self.query("job_group:fdwatch_hosts:count"), "the rules", 60)
        board = json.loads((DASHBOARD).read_text())
        queries = [(panel["title"], target["expr"]) for panel in board["panels"]
                   for target in panel.get("targets", [])]
        self.assertGreater(len(queries), 15)
        for panel in board["panels"]:  # a number without a unit tells nothing
            if panel["type"] != "row":
                self.assertIn("unit", panel["fieldConfig"]["defaults"], panel["title"])
        for variable in board["templating"]["list"]:  # no expression of a thousand names
            if variable.get("includeAll"):
                self.assertEqual(variable["allValue"], ".+", variable["name"])
        may_be_empty = {"First to run out", "Time left", "States", "Refused", "Lost, and put right",
                        "Hosts on which a group grows"}
        for title, expression in queries:
            for name, value in (("$job", ".+"), ("$instance", ".+"), ("$group", ".+"),
                                ("$__rate_interval", "30s")):
                expression = expression.replace(name, value)
            self.assertNotIn("$", expression)
            answer = ask(self.port, "/api/v1/query", query=expression)
            self.assertIsNotNone(answer, f"{title}: {expression}")
            if title not in may_be_empty:
                harness.wait_for(lambda e=expression: self.query(e), f"{title}: {expression}", 60)

    def test_hostile_names_come_back(self):
        """Names of any bytes are in Prometheus as they were given, what is no UTF-8 as \\xNN."""
        chance = random.Random(7)
        control = {bytes([byte]) for byte in range(1, 32)}
        names = {self.hostile(chance) for _ in range(NAMES)} | control
        alike = [b"\xff", rb"\xff", rb"\xff"]  # one series: two would be refused
        program = subprocess.Popen(["/usr/bin/python3", "-c", NAMED,
                                    *(name.hex() for name in [*alike, *names])],
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE)

        def end():
            program.stdin.close()
            program.stdout.close()
            program.wait(harness.DEADLINE)

        self.addCleanup(end)
        program.stdout.readline()
        expected = {name.decode("utf-8", "backslashreplace") for name in names}

        def missing(job):
            return expected - {s["metric"]["group"] for s in
                               self.query(f'fdwatch_group_processes{{job="{job}"}} > 0')}

        for job in ("fdwatch", "classic"):
            harness.wait_for(lambda job=job: not missing(job),
                             lambda job=job: f"{job}: there are none of {missing(job)}", 60)
            harness.wait_for(lambda job=job: self.query(
                rf'fdwatch_group_processes{{job="{job}",group="\\xff"}} >= {len(alike)}'),
                             "names that read alike as one group", 60)
        said = samples(fetch(self.port)[2].decode())
        for trouble in ("duplicate_timestamp", "out_of_order", "out_of_bounds"):
            self.assertEqual(said[f"prometheus_target_scrapes_sample_{trouble}_total", ()], 0)

    @staticmethod
    def hostile(chance):
        """One to fifteen bytes, which is what a process may be called."""
        pieces = ['"', "\\", "\n", "{", "}", "=", ",", " ", "#", "<b>", "\u00e4", "\u6f22",
                  "\U0001f600", "\u202e", "\x01", "\x7f", "\\n", "\\x41", "a"]
        name = b""
        while not name or chance.random() < 0.8:
            name += (bytes([chance.randrange(1, 256)]) if chance.random() < 0.3
                     else chance.choice(pieces).encode())
        return name[:15]

    def test_scrapes_both_formats(self):
        """Prometheus takes OpenMetrics, which it asks for by itself, and the classic format."""
        harness.wait_for(lambda: Relay.asked, "a scrape by the relay", 60)
        answered = fetch(self.metrics, Accept=Relay.asked)[1]["Content-Type"]
        self.assertTrue(answered.startswith(OPENMETRICS), answered)

        def names(job):
            return {s["metric"]["__name__"] for s in self.query(f'{{job="{job}"}}')}

        for job in ("fdwatch", "classic"):
            harness.wait_for(lambda job=job: self.query(f'up{{job="{job}"}} == 1'), job, 60)
            self.assertLessEqual(
                {"fdwatch_build_info", "fdwatch_group_open_fds", "fdwatch_group_fds_opened_total",
                 "fdwatch_group_fds_closed_total", "fdwatch_group_fd_refusals_total",
                 "fdwatch_group_state", "fdwatch_group_worst_fd_ratio", "fdwatch_group_processes",
                 "fdwatch_system_allocated_fds", "fdwatch_system_maximum_fds",
                 "fdwatch_poll_duration_seconds", "fdwatch_polls_total",
                 "fdwatch_lost_events_total", "fdwatch_drift_total", "process_open_fds"},
                names(job))


@harness.unittest.skipIf("promtool" in MISSING, "not installed: promtool")
class Rules(harness.Case):
    @classmethod
    def setUpClass(cls):
        cls.metrics = free_port()
        cls.daemon = harness.Daemon(options=["--metrics-listen", f"127.0.0.1:{cls.metrics}"])
        cls.addClassCleanup(cls.daemon.close)

    def promtool(self, *command, **more):
        ended = subprocess.run(["promtool", *map(str, command)], capture_output=True, cwd=RULES,
                               timeout=60, check=False, **more)
        self.assertEqual(ended.returncode, 0, ended.stdout + ended.stderr)
        return ended

    def test_rules(self):
        self.promtool("check", "rules", "fdwatch.rules.yml")
        self.promtool("test", "rules", "fdwatch.rules.test.yml")
        self.promtool("check", "config", "scrape.yml")
        # Debian's knows no discovery by Kubernetes: all of that file but this.
        text, count = re.subn(r"kubernetes_sd_configs:\n( {6}.*\n)+", "static_configs: []\n",
                              (RULES.parent / "kubernetes" / "scrape.yml").read_text())
        path = self.daemon.folder / "scrape.yml"
        path.write_text(text)
        self.promtool("check", "config", path)
        self.assertEqual(count, 1)

    def test_names_are_as_they_should_be(self):
        body = fetch(self.metrics)[2]
        ended = self.promtool("check", "metrics", input=body)
        self.assertEqual(ended.stderr + ended.stdout, b"")


if __name__ == "__main__":
    harness.main()
