#!/usr/bin/python3 -B
# SPDX-License-Identifier: BSD-2-Clause
# deadline: 300 s
"""A real leak is told: by a hook, by the real Alertmanager, in a real journal; over kill -9 too."""

import contextlib
import json
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import threading
import unittest
import urllib.error
import urllib.request
from pathlib import Path

import harness
from metrics import free_port

LIMIT = 1024
JOURNALD = next((p for p in ("/usr/lib/systemd/systemd-journald", "/lib/systemd/systemd-journald")
                 if Path(p).exists()), None)
CATALOG = harness.ROOT / "packaging" / "journal" / "fdwatch.catalog"
WARNING_ID = "6bfcb0d4152c4621a199a2958ce46372"
EXHAUSTED_ID = "d206133a73844f36b6feba59e163e0df"
OVER_ID = "5c84b8c9dac043c195a2d08af238023b"
EVIL = "a\n\x1b[31m"  # a name that forges a field, and colours a terminal

EARLY = "[alarm]\nwarning = 30%\ncritical = 70%\n"  # for a leak of ten seconds

# Leaks until it is refused, or has so many; then waits to be ended.
LEAK = """
import ctypes, sys, time
ctypes.CDLL(None).prctl(15, sys.argv[1].encode())
held = []
try:
    while len(held) < int(sys.argv[3]):
        held.append(open("/dev/null"))
        time.sleep(float(sys.argv[2]))
except OSError:
    pass
time.sleep(1000)
"""

# One line a run, in one write each.
HOOK = """#!/bin/sh
say() {
	printf '%s %s %s %s %s %s\\n' "$FDWATCH_PID" "$FDWATCH_EVENT_ID" "$FDWATCH_INCIDENT" \\
		"$FDWATCH_STEP" "$FDWATCH_STATE" "$1" >>"$(dirname "$0")/told"
}
say begin
while [ -e "$(dirname "$0")/wait" ]; do sleep 0.05; done
say end
"""

ALERTMANAGER = "route: {receiver: nobody, group_wait: 1s}\nreceivers: [{name: nobody}]\n"

# Places of its own for a journal, which nobody outside sees.
JOURNAL = """
set -e
for folder in /run/systemd /run/log /etc/systemd /var/lib/systemd "$(dirname "$2")/catalog"; do
	mkdir -p "$folder"
	mount -t tmpfs journal "$folder"
done
printf '[Journal]\\nStorage=volatile\\nReadKMsg=no\\nAudit=no\\n' >/etc/systemd/journald.conf
cp "$1" "$(dirname "$2")/catalog"
mkdir /var/lib/systemd/catalog
journalctl --update-catalog
exec "$2"
"""


class Telling(harness.Case):
    """With a daemon for each test, whose configuration the test writes."""

    @classmethod
    def setUpClass(cls):
        pass

    def configure(self, text):
        (self.daemon.folder / "conf").write_text(text)

    def start(self, text="", **options):
        folder = harness.folder_of_own()
        self.addCleanup(shutil.rmtree, folder)
        self.daemon = harness.Daemon(folder=folder, options=["--config", folder / "conf"],
                                     start=False, **options)
        self.configure(text)
        self.addCleanup(self.daemon.close)
        self.daemon.start()
        return self.daemon

    def restart_after_kill(self):
        self.daemon.process.kill()
        self.daemon.process.wait()
        self.daemon.start()

    def leak(self, name="leaking", pause=0.01, most=LIMIT):
        def before():
            harness.end_with_test()
            hard = harness.resource.getrlimit(harness.resource.RLIMIT_NOFILE)[1]
            harness.resource.setrlimit(harness.resource.RLIMIT_NOFILE, (LIMIT, hard))

        process = subprocess.Popen([sys.executable, "-c", LEAK, name, str(pause), str(most)],
                                   stdin=subprocess.DEVNULL, preexec_fn=before)
        self.addCleanup(harness.kill, process)
        return process


class Hook(Telling):
    def setUp(self):
        self.folder = harness.folder_of_own()
        self.addCleanup(shutil.rmtree, self.folder)
        self.told = self.folder / "told"
        self.gate = self.folder / "wait"
        self.hook = self.folder / "hook"
        self.hook.write_text(HOOK)
        self.hook.chmod(0o755)

    def lines(self, process, what=None):
        """(event, incident, step, state, what) of a process's, in order."""
        if not self.told.exists():
            return []
        all_lines = [line.split(" ") for line in self.told.read_text().splitlines()]
        return [tuple(w) for p, *w in all_lines if p == str(process.pid) and what in (None, w[-1])]

    def await_line(self, process, step, what="end"):
        harness.wait_for(lambda: [x for x in self.lines(process, what) if x[2] == step],
                         lambda: f"the hook to be told of {step}: {self.lines(process)}; the "
                                 f"daemon said: {self.daemon.log()}", 40)

    def test_each_step_once_and_in_order(self):
        self.start(EARLY + f"[hook]\ncommand = {self.hook}\n")
        process = self.leak()
        self.await_line(process, "raised")
        self.assertLess(harness.count_of(process.pid), LIMIT, "told before it is too late")
        harness.wait_for(lambda: "exhausted" in [x[3] for x in self.lines(process, "end")],
                         lambda: f"the refusal: {self.lines(process)}", 40)
        harness.kill(process)
        self.await_line(process, "ended")
        self.daemon.await_polls(3)
        lines = self.lines(process)
        events = [int(x[0]) for x in lines if x[4] == "end"]
        self.assertEqual(events, sorted(set(events)), "each once, and in order")
        self.assertEqual([x[4] for x in lines], ["begin", "end"] * len(events), "one at a time")
        self.assertEqual(len({x[1] for x in lines}), 1, "all of one incident")
        steps = [x[2] for x in lines if x[4] == "end"]
        self.assertEqual([steps[0], steps[-1]], ["raised", "ended"])
        self.assertEqual(set(steps[1:-1]) - {"changed"}, set())

    def test_under_way_at_kill_9(self):
        self.gate.touch()
        self.start(EARLY + f"[hook]\ncommand = {self.hook}\n")
        process = self.leak()
        self.await_line(process, "raised", "begin")
        first = self.lines(process)[0][0]
        self.restart_after_kill()
        harness.wait_for(lambda: [x[0] for x in self.lines(process, "begin")].count(first) == 2,
                         lambda: f"the same event again: {self.lines(process)}", 40)
        self.gate.unlink()
        self.await_line(process, "raised")
        harness.kill(process)
        self.await_line(process, "ended")
        ends = [x[0] for x in self.lines(process, "end")]
        self.assertEqual(ends.count(first), 1, "the first run ended with its daemon")
        self.assertEqual(len(ends), len(set(ends)))

    def test_named_after_sighup(self):
        self.start()
        self.configure("[hook]\ncommand = none of those\n")
        self.daemon.process.send_signal(signal.SIGHUP)
        harness.wait_for(lambda: "conf:2: command can't be" in self.daemon.log(),
                         lambda: f"the wrong line: {self.daemon.log()}")
        self.configure(EARLY + f"[hook]\ncommand = {self.hook}\n")
        self.daemon.process.send_signal(signal.SIGHUP)
        harness.wait_for(lambda: "was read anew" in self.daemon.log(), "the reading")
        self.await_line(self.leak(), "raised")


class Link:
    """A port of this host that leads to another one, while it is open."""

    def __init__(self, target):
        self.target = target
        self.port = free_port()
        self.listener = None
        self.open()

    def open(self):
        self.listener = socket.create_server(("127.0.0.1", self.port))
        self.ends = []
        threading.Thread(target=self.accept, args=[self.listener], daemon=True).start()

    def accept(self, listener):
        with contextlib.suppress(OSError):
            while True:
                near = listener.accept()[0]
                try:
                    far = socket.create_connection(("127.0.0.1", self.target))
                except ConnectionRefusedError:
                    near.close()
                    continue
                self.ends += near, far
                for pair in ((near, far), (far, near)):
                    threading.Thread(target=self.pump, args=pair, daemon=True).start()

    @staticmethod
    def pump(source, sink):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)

    def close(self):
        for end in (self.listener, *self.ends):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


@unittest.skipUnless(shutil.which("prometheus-alertmanager"),
                     "not installed: prometheus-alertmanager")
class WithAlertmanager(Telling):
    def setUp(self):
        super().setUp()
        self.port = free_port()

    def start_alertmanager(self):
        folder = self.daemon.folder
        (folder / "alertmanager.yml").write_text(ALERTMANAGER)
        with open(folder / "alertmanager.log", "ab") as log:
            server = subprocess.Popen(
                ["prometheus-alertmanager", f"--config.file={folder}/alertmanager.yml",
                 f"--storage.path={folder}/am", "--cluster.listen-address=",
                 f"--web.listen-address=127.0.0.1:{self.port}"], stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, cwd=folder, preexec_fn=harness.end_with_test)
        self.addCleanup(harness.kill, server)
        harness.wait_for(lambda: self.ask() is not None, "Alertmanager", 60)

    def section(self, port=None, resend="1s"):
        return (f"[alertmanager]\nurl = http://127.0.0.1:{port or self.port}\n"
                f"resend = {resend}\ninstance = here\n")

    def ask(self):
        """All alerts that Alertmanager holds for active, or None where it does not answer."""
        try:
            url = f"http://127.0.0.1:{self.port}/api/v2/alerts"
            with urllib.request.urlopen(url, timeout=harness.DEADLINE) as answer:
                return json.load(answer)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return None

    def alerts(self, process):
        """{severity: alert} of a process."""
        return {a["labels"]["severity"]: a for a in self.ask() or ()
                if a["labels"].get("pid") == str(process.pid)}

    def await_alert(self, process, severity):
        return harness.wait_for(lambda: self.alerts(process).get(severity),
                                lambda: f"the {severity} alert; there are {self.ask()}; the "
                                        f"daemon said: {self.daemon.log()}", 40)

    def await_end(self, process):
        harness.wait_for(lambda: not self.alerts(process),
                         lambda: f"the alerts' end: {self.alerts(process)}", 20)


class Alertmanager(WithAlertmanager):
    def start_daemon(self, port=None, resend="1s"):
        self.start(EARLY + self.section(port, resend))

    def test_appears_stays_and_ends(self):
        self.start_daemon()
        self.start_alertmanager()
        process = self.leak(EVIL)
        first = self.await_alert(process, "warning")
        self.assertEqual({k: first["labels"][k] for k in ("alertname", "job", "instance", "pid",
                                                          "resource", "comm")},
                         {"alertname": "FdExhaustion", "job": "fdwatch", "instance": "here",
                          "pid": str(process.pid), "resource": "RLIMIT_NOFILE",
                          "comm": "a\\x0a\\x1b[31m"})
        self.await_alert(process, "critical")
        harness.wait_for(lambda: self.alerts(process)["critical"]["annotations"]["state"]
                         == "exhausted", "the refusal", 40)
        last = first["endsAt"]
        for _ in range(3):  # it stands for four seconds each time that it is told
            last = harness.wait_for(lambda: max((a["endsAt"] for a in self.alerts(process).values()
                                                 if a["endsAt"] > last), default=None),
                                    "the next end")
        self.assertEqual(set(self.alerts(process)), {"warning", "critical"})
        self.assertEqual(self.alerts(process)["warning"]["fingerprint"], first["fingerprint"])
        harness.kill(process)
        self.await_end(process)

    def test_down_at_the_time(self):
        self.start_daemon()
        process = self.leak()
        harness.wait_for(lambda: "can't be told" in self.daemon.log(),
                         lambda: f"a vain attempt: {self.daemon.log()}", 40)
        self.start_alertmanager()
        self.await_alert(process, "warning")
        harness.wait_for(lambda: "is told again" in self.daemon.log(), "it to be said", 40)

    def test_an_end_that_could_not_be_told(self):
        """Untold it would stand for four minutes: it ends as the end is told after a restart."""
        link = Link(self.port)
        self.addCleanup(link.close)
        self.start_daemon(link.port, "60s")
        self.start_alertmanager()
        process = self.leak()
        self.await_alert(process, "warning")
        link.close()
        harness.kill(process)
        harness.wait_for(lambda: "can't be told" in self.daemon.log(),
                         lambda: f"a vain attempt: {self.daemon.log()}", 40)
        self.restart_after_kill()
        self.assertTrue(self.alerts(process))
        link.open()
        self.await_end(process)

    def test_over_kill_9(self):
        self.start_daemon()
        self.start_alertmanager()
        process = self.leak(most=LIMIT // 2)  # no further step tells of it
        before = self.await_alert(process, "warning")
        self.restart_after_kill()
        last = before["endsAt"]
        after = harness.wait_for(
            lambda: next((a for a in self.alerts(process).values()
                          if a["labels"]["severity"] == "warning" and a["endsAt"] > last), None),
            "it to be told again", 20)
        self.assertEqual(after["fingerprint"], before["fingerprint"])
        self.assertEqual(after["startsAt"], before["startsAt"])
        harness.kill(process)
        self.await_end(process)


@unittest.skipUnless(JOURNALD and shutil.which("journalctl"), "no systemd-journald here")
class WithJournal(Telling):
    def setUp(self):
        super().setUp()
        self.journald = subprocess.Popen(
            ["unshare", "--mount", "--propagation", "private", "sh", "-c", JOURNAL, "sh",
             str(CATALOG), os.path.realpath(JOURNALD)],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            preexec_fn=harness.end_with_test)
        self.addCleanup(harness.kill, self.journald)
        self.inside = ["nsenter", f"--mount=/proc/{self.journald.pid}/ns/mnt", "--"]
        harness.wait_for(self.is_there, "the journal")

    def is_there(self):
        if self.journald.poll() is not None:
            self.skipTest("no systemd-journald can be run here")
        here = os.stat("/proc/self/ns/mnt").st_ino
        try:
            if os.stat(f"/proc/{self.journald.pid}/ns/mnt").st_ino == here:
                return False
        except FileNotFoundError:
            return False
        return subprocess.run([*self.inside, "test", "-S", "/run/systemd/journal/socket"],
                              check=False).returncode == 0

    def entries(self, *matches):
        ended = subprocess.run([*self.inside, "journalctl", "-o", "json", "--no-pager", *matches],
                               capture_output=True, check=False, timeout=60)
        return [json.loads(line) for line in ended.stdout.splitlines()]

    def await_entry(self, process, message_id):
        matches = (f"MESSAGE_ID={message_id}", f"FDWATCH_PID={process.pid}")
        return harness.wait_for(lambda: self.entries(*matches),
                                lambda: f"the entry; there are {self.entries()}", 40)[0]


class Journal(WithJournal):
    def test_entries_and_their_catalogue(self):
        self.start(prefix=self.inside)
        process = self.leak(EVIL, 0.02)  # foreseen by fdwatch's own rule
        entry = self.await_entry(process, WARNING_ID)
        self.assertEqual(entry["PRIORITY"], "4")
        self.assertEqual(entry["FDWATCH_COMM"], "a\\x0a\\x1b[31m")
        self.assertEqual(entry["FDWATCH_STEP"], "raised")
        self.assertEqual(entry["FDWATCH_SOFT_LIMIT"], str(LIMIT))
        self.assertEqual(entry["OBJECT_PID"], str(process.pid))
        self.assertGreater(int(entry["FDWATCH_ETA_SECONDS"]), 0)
        self.assertLess(int(entry["FDWATCH_FDS"]), LIMIT)
        self.assertIn("will run out of descriptors in", entry["MESSAGE"])
        self.assertEqual(entry["_PID"], str(self.daemon.pid))
        harness.kill(process)
        over = self.await_entry(process, OVER_ID)
        self.assertEqual(over["FDWATCH_INCIDENT"], entry["FDWATCH_INCIDENT"])
        self.assertGreater(int(over["FDWATCH_EVENT_ID"]), int(entry["FDWATCH_EVENT_ID"]))
        text = subprocess.run([*self.inside, "journalctl", "--catalog", "--no-pager",
                               f"FDWATCH_PID={process.pid}"], capture_output=True, text=True,
                              check=True, timeout=60).stdout
        self.assertIn(f"(pid {process.pid}) is running out of file descriptors", text)
        self.assertIn(f"fdwatch show {process.pid}", text)
        self.assertNotIn("\x1b", text)

    def has_its_socket(self):
        """Whether the daemon has the one socket for datagrams that it ever has: the journal's."""
        sockets = {line.split()[6] for line in open(f"/proc/{self.daemon.pid}/net/unix")
                   if line.split()[4] == "0002"}
        return any(name[8:-1].decode() in sockets
                   for name in harness.descriptors_of(self.daemon.pid).values()
                   if name.startswith(b"socket:["))

    def test_an_entry_without_a_descriptor(self):
        self.start(prefix=self.inside)
        maker = self.maker(limit=64)
        self.daemon.await_process(maker.pid, lambda p: True, "a first poll")
        harness.wait_for(self.has_its_socket, "a socket for the journal")
        limits = resource.prlimit(self.daemon.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(self.daemon.pid, resource.RLIMIT_NOFILE, (0, limits[1]))
        self.addCleanup(resource.prlimit, self.daemon.pid, resource.RLIMIT_NOFILE, limits)
        maker.must("emfile 1")
        self.assertEqual(self.await_entry(maker, EXHAUSTED_ID)["_PID"], str(self.daemon.pid))


if __name__ == "__main__":
    harness.main()
