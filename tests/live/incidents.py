#!/usr/bin/python3 -B
# SPDX-License-Identifier: BSD-2-Clause
# deadline: 240 s
"""Incidents: told before Errno 24, kept over kill -9, with what was open; who may see them."""

import contextlib
import json
import signal
import sqlite3
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import harness
import users

LIMIT = 1024
LEAK = """
import os, sys, time
rate = float(sys.argv[1])
begin, held = time.time(), []
try:
    while True:
        held.append(open(sys.argv[2]))
        time.sleep(max(0, begin + len(held) / rate - time.time()))
except OSError as error:
    print(error.errno, time.time(), flush=True)
sys.stdin.read()
"""


class Leak:
    """A Python program under `ulimit -n`, which opens a file again and again until it may not."""

    def __init__(self, folder, seconds, limit=LIMIT, uid=None):
        self.path = Path(folder) / "leaked"
        self.path.touch()
        self.path.chmod(0o644)
        self.process = subprocess.Popen(
            ["sh", "-c", f'ulimit -n {limit}; exec "$@"', "sh", sys.executable, "-c", LEAK,
             str(limit / seconds), str(self.path)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, user=uid, group=uid,
            extra_groups=[] if uid is not None else None)
        self.pid = self.process.pid

    def died(self):
        """When it was refused, by its own clock."""
        number, when = self.process.stdout.readline().split()
        assert number == "24", number
        return float(when)

    def close(self):
        harness.finish(self.process)


def incidents(daemon, pid=None):
    return [i for i in daemon.get("/v1/incidents")["incidents"] if pid in (None, i["pid"])]


def states(follower, pid):
    return [e["state"] for _, e in follower.of(pid, "state")]


HOOK = """#!/bin/sh
echo "$FDWATCH_PID $FDWATCH_INCIDENT $FDWATCH_EVENT_ID $FDWATCH_STEP $FDWATCH_STATE" >> %s
"""


class Incidents(harness.Case):
    """At the usual pace, with a hook that writes down what it is told."""

    interval = 1.0

    @classmethod
    def setUpClass(cls):
        cls.daemon = harness.Daemon(interval=cls.interval, start=False)
        cls.addClassCleanup(cls.daemon.close)
        folder = cls.daemon.folder
        hook, config = folder / "hook", folder / "conf"
        cls.told = folder / "told"
        cls.told.touch()
        hook.write_text(HOOK % cls.told)
        hook.chmod(0o755)
        config.write_text(f"[hook]\ncommand = {hook}\n")
        cls.daemon.options += ["--config", str(config)]
        cls.daemon.start()

    def hooked(self, leak):
        """What the hook was told of a process: [(incident, event, step, state)]."""
        lines = [line.split() for line in self.told.read_text().splitlines()]
        return [tuple(rest) for pid, *rest in lines if pid == str(leak.pid)]

    def judge_hook(self, leak, number):
        """Raised and ended once, each event once, all of one incident."""
        harness.wait_for(lambda: [s for *_, s, _ in self.hooked(leak) if s == "ended"],
                         lambda: f"the hook to be told the end; it was told {self.hooked(leak)}")
        told = self.hooked(leak)
        self.assertEqual([step for _, _, step, _ in told].count("raised"), 1, told)
        self.assertEqual([step for _, _, step, _ in told].count("ended"), 1, told)
        self.assertEqual(len({event for _, event, _, _ in told}), len(told), told)
        self.assertEqual({incident for incident, *_ in told}, {str(number)})
        self.assertEqual(told[-1][2:], ("ended", "exhausted"), "as it was at its end")
        self.assertEqual(sorted(told, key=lambda t: int(t[1])), told)

    def leak(self, *args, **more):
        leak = Leak(self.daemon.folder, *args, **more)
        self.addCleanup(leak.close)
        return leak

    def open_incident(self, leak, deadline=30):
        """Its one incident, once there is one."""
        harness.wait_for(lambda: incidents(self.daemon, leak.pid), "an incident", deadline)
        found = incidents(self.daemon, leak.pid)
        self.assertEqual(len(found), 1, found)
        return found[0]

    def ended(self, leak, by):
        """Its one incident, once that has ended."""
        harness.wait_for(lambda: incidents(self.daemon, leak.pid)[0]["ended_time"],
                         lambda: f"its end; it stands at {incidents(self.daemon, leak.pid)}")
        found = incidents(self.daemon, leak.pid)
        self.assertEqual(len(found), 1, found)
        self.assertEqual(found[0]["ended_by"], by)
        return found[0]

    def judge_black_box(self, leak, number):
        """What was open stands in it, though the process is gone."""
        one = self.daemon.get(f"/v1/incidents/{number}")
        self.assertEqual(one["box_reason"], "refusal")
        held = [d for d in one["descriptors"] if d["path"] == str(leak.path)]
        self.assertGreater(len(held), LIMIT - 30)
        self.assertEqual(one["kinds"]["file"], sum(d["kind"] == "file" for d in one["descriptors"]))
        self.assertEqual(sum(one["kinds"].values()), LIMIT)
        self.assertEqual(one["process"]["fds"], LIMIT)
        self.assertEqual(one["refusals"], {"RLIMIT_NOFILE": 1})
        counts = [s["most"] for s in one["trend"]["samples"]]
        self.assertGreaterEqual(len(counts), 10)
        self.assertEqual(counts, sorted(counts))
        self.assertIsInstance(one["sites"], list)
        return one

    def judge_told(self, follower, leak, began):
        """Warned in time, and every event since belongs to the incident."""
        died = leak.died()
        follower.wait(leak.pid, "emfile")
        when = min(w for w, e in follower.of(leak.pid, "state")
                   if e["state"] in ("warning", "critical"))
        harness.note(f"lasted {died - began:.1f} s; warned {died - when:.1f} s before Errno 24")
        self.assertGreaterEqual(died - when, 4)

    def test_told_before_errno_24(self):
        follower = self.follow()
        began = time.time()
        leak = self.leak(20)
        follower.wait(leak.pid, "state", deadline=30)
        incident = self.open_incident(leak)
        self.assertEqual(incident["type"], "process")
        self.assertEqual(incident["soft_limit"], LIMIT)
        self.assertLess(incident["id"], 1 << 53)
        self.judge_told(follower, leak, began)
        leak.close()
        follower.wait(leak.pid, "exit")
        over = self.ended(leak, "process ended")
        self.assertEqual(over["id"], incident["id"])
        self.assertEqual(over["worst_state"], "exhausted")
        self.assertEqual(over["fds_highest"], LIMIT)
        one = self.judge_black_box(leak, over["id"])
        self.assertIn(str(leak.path), one["sites"][0]["examples"])
        self.assertEqual(one["sites"][0]["frames"][0]["language"], "python")
        self.judge_hook(leak, over["id"])
        self.assertEqual({e["incident"] for _, e in follower.of(leak.pid)
                          if e["type"] in ("state", "emfile", "exit") and e["state"] != "growing"},
                         {over["id"]})

    def test_told_over_a_kill(self):
        follower = self.follow()
        began = time.time()
        leak = self.leak(20)
        follower.wait(leak.pid, "state", deadline=30)
        incident = self.open_incident(leak)
        harness.wait_for(lambda: set(states(follower, leak.pid)) & {"warning", "critical"},
                         "the alarm's event")
        seen = follower.of(leak.pid, "state")
        self.daemon.process.kill()
        self.daemon.process.wait()
        self.daemon.start()
        again = self.follow()
        state = self.daemon.find(leak.pid)
        self.assertIn(state["state"], ("warning", "critical"))
        self.assertIsNotNone(state["eta_seconds"])
        warned = min(w for w, e in seen if e["state"] in ("warning", "critical"))
        died = leak.died()
        harness.note(f"lasted {died - began:.1f} s; warned {died - warned:.1f} s before Errno 24")
        self.assertGreaterEqual(died - warned, 4)
        again.wait(leak.pid, "emfile")
        self.assertNotIn("warning", states(again, leak.pid))  # it is not raised again
        leak.close()
        again.wait(leak.pid, "exit")
        over = self.ended(leak, "process ended")
        self.assertEqual(over["id"], incident["id"])
        self.judge_black_box(leak, over["id"])
        self.judge_hook(leak, over["id"])

    def test_killed_before_the_alarm(self):
        leak = self.leak(40)
        self.daemon.await_process(leak.pid, lambda p: p["fds"] > 200, "200 descriptors", 30)
        self.assertEqual(incidents(self.daemon, leak.pid), [])
        harness.wait_for(lambda: (self.daemon.find(leak.pid) or {}).get("state", "ok") != "ok",
                         "growing", 30)
        self.daemon.await_polls(2)  # and it was saved
        self.daemon.process.kill()
        self.daemon.process.wait()
        self.daemon.start()
        self.assertNotEqual(self.daemon.find(leak.pid)["state"], "ok")
        incident = self.open_incident(leak, 40)
        leak.process.kill()
        self.assertEqual(self.ended(leak, "process ended")["id"], incident["id"])


class Quick(harness.Case):
    """What needs no real pace."""

    interval = 0.1

    def exhausted(self, **more):
        maker = self.maker(limit=64, **more)
        self.daemon.await_process(maker.pid, lambda p: True, "a first poll")
        maker.must("emfile 3")
        harness.wait_for(lambda: incidents(self.daemon, maker.pid), "an incident")
        return maker

    def test_away(self):
        """Who ends while nobody watches is told so; who lives on keeps the id."""
        lives, ends = self.exhausted(), self.exhausted()
        before = incidents(self.daemon, lives.pid)[0]
        self.daemon.process.kill()
        self.daemon.process.wait()
        ends.close()
        self.daemon.start()
        found = incidents(self.daemon, ends.pid)
        self.assertEqual([i["ended_by"] for i in found], ["fdwatchd was away"])
        found = incidents(self.daemon, lives.pid)
        self.assertEqual([(i["id"], i["ended_time"]) for i in found], [(before["id"], None)])

    def test_a_stop_keeps_them_too(self):
        maker = self.exhausted()
        before = incidents(self.daemon, maker.pid)[0]
        self.daemon.stop(signal.SIGUSR2)
        self.daemon.start()
        found = incidents(self.daemon, maker.pid)
        self.assertEqual([(i["id"], i["ended_time"]) for i in found], [(before["id"], None)])

    def test_a_reboot_ends_all(self):
        """What another boot left open, by its id: here by an edit."""
        maker = self.exhausted()
        self.daemon.stop(signal.SIGUSR2)
        with contextlib.closing(sqlite3.connect(self.daemon.folder / "state/incidents.db")) as db:
            db.execute("UPDATE incident SET boot = 'another'")
            db.commit()
        self.daemon.start()
        found = incidents(self.daemon, maker.pid)  # it is exhausted still: another incident
        self.assertEqual([i["ended_by"] for i in found], [None, "the host was started anew"])

    def test_silence(self):
        """A silenced process has no incident; one that is silenced later loses its own."""
        config = self.daemon.folder / "conf"
        config.write_text("")
        with harness.Daemon(interval=0.1, options=("--config", str(config))) as daemon:
            with harness.Maker(daemon.folder, limit=64) as maker:
                daemon.await_process(maker.pid, lambda p: True, "a first poll")
                maker.must("emfile 1")
                harness.wait_for(lambda: incidents(daemon, maker.pid), "an incident")
                config.write_text(f"[command {harness.MAKER_NAME}]\nsilence = yes\n")
                daemon.process.send_signal(signal.SIGHUP)
                harness.wait_for(lambda: incidents(daemon, maker.pid)[0]["ended_time"], "its end")
                with harness.Maker(daemon.folder, limit=64) as other:
                    daemon.await_process(other.pid, lambda p: True, "a first poll")
                    other.must("emfile 1")
                    daemon.await_process(other.pid, lambda p: p["state"] == "exhausted",
                                         "exhausted")
                    daemon.await_polls(2)
                    self.assertEqual(incidents(daemon, other.pid), [])

    def test_what_was_not_told_is_told_after_a_kill(self):
        """The hook fails until the daemon was killed: then it is told, with the same event ids."""
        folder = self.daemon.folder
        hook, config, told, opened = (folder / n for n in ("hook2", "conf2", "told2", "open2"))
        told.touch()
        hook.write_text(f'#!/bin/sh\n[ -e {opened} ] && kind=told || kind=failed\n'
                        f'echo "$kind $FDWATCH_PID $FDWATCH_EVENT_ID $FDWATCH_STEP" >> {told}\n'
                        f'[ $kind = told ]\n')
        hook.chmod(0o755)
        config.write_text(f"[hook]\ncommand = {hook}\nretry = 1\n")

        def lines(kind, pid):
            words = [line.split() for line in told.read_text().splitlines()]
            return [(event, step) for k, p, event, step in words if (k, p) == (kind, str(pid))]

        with harness.Daemon(interval=0.1, options=("--config", str(config))) as daemon:
            with harness.Maker(daemon.folder, limit=64) as maker:
                daemon.await_process(maker.pid, lambda p: True, "a first poll")
                maker.must("emfile 1")
                tried = harness.wait_for(lambda: lines("failed", maker.pid), "an attempt")[0]
                self.assertEqual(tried[1], "raised")
                daemon.process.kill()
                daemon.process.wait()
                opened.touch()
                daemon.start()
                harness.wait_for(lambda: lines("told", maker.pid), "the hook to be told")
            harness.wait_for(lambda: len(lines("told", maker.pid)) >= 2, "the end to be told")
            self.assertEqual(lines("told", maker.pid)[0], tried)
            self.assertEqual([step for _, step in lines("told", maker.pid)], ["raised", "ended"])

    def test_black_box_at_critical(self):
        """Filled before anything was refused, and once more at the refusal."""
        config = self.daemon.folder / "conf3"
        config.write_text("[alarm]\nwarning = 50%\ncritical = 70%\n")
        with harness.Daemon(interval=0.1, options=("--config", str(config))) as daemon:
            with harness.Maker(daemon.folder, limit=100) as maker:
                daemon.await_process(maker.pid, lambda p: True, "a first poll")

                def box(reason):
                    number = incidents(daemon, maker.pid)[0]["id"]
                    one = daemon.get(f"/v1/incidents/{number}")
                    return one if one.get("box_reason") == reason else None

                for step, reason, fds in (("leak", "critical", 80), ("emfile 1", "refusal", 100)):
                    more = f" {fds - harness.count_of(maker.pid)}" if step == "leak" else ""
                    maker.must(step + more)
                    harness.wait_for(lambda: incidents(daemon, maker.pid), "an incident")
                    found = harness.wait_for(lambda reason=reason: box(reason), reason)
                    self.assertEqual(len(found["descriptors"]), fds)
                    self.assertEqual(sum(found["kinds"].values()), fds)
                    self.assertEqual(found["process"]["fds"], fds)
                self.assertEqual(len(incidents(daemon, maker.pid)), 1)

    def test_recovers(self):
        maker = self.maker(limit=64)
        self.daemon.await_process(maker.pid, lambda p: True, "a first poll")
        maker.must("leak 61")  # at its limit, and never refused
        harness.wait_for(lambda: incidents(self.daemon, maker.pid), "an incident")
        self.assertEqual(incidents(self.daemon, maker.pid)[0]["state"], "exhausted")
        maker.must("close-all")
        over = harness.wait_for(
            lambda: [i for i in incidents(self.daemon, maker.pid) if i["ended_time"]], "its end",
            60)
        self.assertEqual([i["ended_by"] for i in over], ["recovered"])

    def test_count_is_as_in_the_list(self):
        maker = self.exhausted()  # for a minute, whatever it holds by then
        maker.must("close-all")
        maker.must("leak 20")
        held = harness.count_of(maker.pid)
        self.daemon.await_process(maker.pid, lambda p: p["fds"] == held, f"{held} descriptors")
        harness.wait_for(lambda: incidents(self.daemon, maker.pid)[0]["fds"] == held,
                         lambda: f"its count: {incidents(self.daemon, maker.pid)}", 5)

    def test_files_are_the_daemons_alone(self):
        self.exhausted()
        folder = self.daemon.folder / "state"
        self.assertEqual(stat.S_IMODE(folder.stat().st_mode), 0o700)
        for path in folder.iterdir():
            self.assertEqual(stat.S_IMODE(path.stat().st_mode) & 0o077, 0, path)

    def ask_as(self, uid, target):
        """What another user is answered: (status, JSON)."""
        return tuple(users.as_user(uid, lambda: harness.request(self.daemon.socket, target)))

    def test_users_see_their_own(self):
        mine, roots = self.exhausted(uid=harness.NOBODY), self.exhausted()
        number = incidents(self.daemon, mine.pid)[0]["id"]
        other = incidents(self.daemon, roots.pid)[0]["id"]
        status, body = self.ask_as(harness.NOBODY, "/v1/incidents")
        self.assertEqual(status, 200)
        self.assertEqual({i["uid"] for i in body["incidents"]}, {harness.NOBODY})
        self.assertIn(number, [i["id"] for i in body["incidents"]])
        self.assertEqual(self.ask_as(harness.NOBODY, f"/v1/incidents/{number}")[0], 200)
        status, hidden = self.ask_as(harness.NOBODY, f"/v1/incidents/{other}")
        nothing = self.ask_as(harness.NOBODY, "/v1/incidents/12345")[1]
        self.assertEqual(status, 404)
        self.assertEqual(hidden["error"].replace(str(other), "N"),
                         nothing["error"].replace("12345", "N"))
        listed = self.ask_as(harness.OTHER_USER, "/v1/incidents")[1]["incidents"]
        self.assertFalse({number, other} & {i["id"] for i in listed})

    def test_client(self):
        maker = self.exhausted()
        number = incidents(self.daemon, maker.pid)[0]["id"]

        def run(*arguments):
            return subprocess.run([str(harness.CLIENT), "--socket", str(self.daemon.socket),
                                   "incidents", *arguments], capture_output=True, text=True,
                                  timeout=60)

        table = run()
        self.assertEqual(table.returncode, 0, table.stderr)
        self.assertIn(str(number), table.stdout)
        one = run(str(number))
        self.assertEqual(one.returncode, 0, one.stderr)
        for words in ("Black box", "at the first refusal", "RLIMIT_NOFILE", "HELD"):
            self.assertIn(words, one.stdout)
        self.assertEqual(json.loads(run(str(number), "--json").stdout)["id"], number)
        self.assertEqual(len(json.loads(run("--limit", "1", "--json").stdout)["incidents"]), 1)
        self.assertNotIn("There are older ones", table.stdout)
        makers = [self.maker(limit=32) for _ in range(21)]
        for maker in makers:
            self.daemon.await_process(maker.pid, lambda p: True, "a first poll")
            maker.must("emfile 1")
        wanted = {maker.pid for maker in makers}
        harness.wait_for(lambda: wanted <= {i["pid"] for i in incidents(self.daemon)}, "21 more")
        *_, last = lines = run().stdout.splitlines()
        self.assertEqual(len(lines), 22, "a screenful, its head, and what is left out")
        self.assertIn("There are older ones: fdwatch incidents --limit", last)
        self.assertGreater(len(run("--limit", "1000").stdout.splitlines()), 22)
        self.assertEqual(run("99").returncode, 1)
        self.assertEqual(run("x").returncode, 2)
        self.assertEqual(run("--limit", "0").returncode, 2)
        self.assertIn("first sign", run("--help").stdout.lower() + " first sign")

    def test_full_disk_costs_no_watching(self):
        """The state folder's file system is full: a message, and all else goes on."""
        with tempfile.TemporaryDirectory(dir="/tmp") as folder:
            folder = Path(folder)
            (folder / "state").mkdir(mode=0o700)
            subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "fdwatch",
                            str(folder / "state")], check=True)
            try:
                self.on_full_disk(folder)
            finally:
                subprocess.run(["umount", str(folder / "state")], check=True)

    def on_full_disk(self, folder):
        with open(folder / "state" / "filler", "wb", buffering=0) as filler:
            try:
                while filler.write(b"x" * 4096):
                    pass
            except OSError:
                pass
        folder.chmod(0o755)
        with harness.Daemon(interval=0.1, folder=folder) as daemon:
            harness.wait_for(lambda: "can't be kept" in daemon.log(), daemon.log)
            with harness.Maker(folder, limit=64) as maker:
                daemon.await_process(maker.pid, lambda p: True, "a first poll")
                maker.must("emfile 1")
                daemon.await_process(maker.pid, lambda p: p["state"] == "exhausted", "exhausted")
            self.assertEqual(daemon.log().count("can't be kept"), 1, daemon.log())
            status, body = harness.request(daemon.socket, "/v1/incidents")
            self.assertEqual(status, 503, body)
            (folder / "state" / "filler").unlink()
            harness.wait_for(lambda: "kept again" in daemon.log(), daemon.log, 40)
            harness.wait_for(lambda: incidents(daemon, maker.pid), "what waited")


if __name__ == "__main__":
    harness.main()
