#!/usr/bin/python3 -B
# SPDX-License-Identifier: BSD-2-Clause
# sanitized: yes
# deadline: 420 s
"""Who is tracked and who may ask for it; what the ranking says of what was there before."""

import json
import resource
import signal
import subprocess
import sys
from pathlib import Path

import harness
from harness import NOBODY, OTHER_USER
from tracing import Traced, has_line
from users import as_user

sys.path.insert(0, str(Path(__file__).parent / "leaky"))
import native  # noqa: E402
import programs  # noqa: E402


# Its main thread ends; of the two others one does as it is told.
LEADERLESS = """
import ctypes, sys, threading
kept = []
def go_on():
    print("ready", flush=True)
    for order in sys.stdin:
        kept.extend(open("/etc/hostname") for _ in range(int(order)))
        print("done", flush=True)
threading.Thread(target=threading.Event().wait, daemon=True).start()
threading.Thread(target=go_on).start()
ctypes.CDLL(None).pthread_exit(None)
"""

# One thread opens; another gets what is opened and closes one of three; the first closes another.
HANDED_ON = """
import os, queue, sys, threading
work, done = queue.Queue(), queue.Queue()
def consume():
    while True:
        fd = work.get()
        os.close(fd)
        done.put(None)
threading.Thread(target=consume, daemon=True).start()
print("ready", flush=True)
for order in sys.stdin:
    for _ in range(int(order)):
        kept, mine, theirs = [os.open("/etc/hostname", 0) for _ in range(3)]
        os.close(mine)
        work.put(theirs)
        done.get()
    print("done", flush=True)
"""

# Keeps three, and then opens and closes at as many places as it is told, each another.
MANY_PLACES = """
import os, sys
def load():
    return os.open("/etc/hostname", 0)
kept = []
print("ready", flush=True)
done = 0
for order in sys.stdin:
    if not kept:
        kept = [load() for _ in range(3)]
    for number in range(done, done + int(order)):
        place = {}
        exec(f"def f{number}(): return __import__('os').open('/dev/null', 0)", place)
        os.close(place[f"f{number}"]())
    done += int(order)
    print("done", flush=True)
"""


PLACES = 200  # that occur at once: some 60 of a process can be told then, and 50 a second


class Tracking(Traced):
    def ask(self, uid, target, method="GET"):
        return tuple(as_user(uid, lambda: harness.request(self.daemon.socket, target, method)))

    def python(self, name="open_without_with", **more):
        path = self.daemon.folder / f"tracking_{name}.py"
        path.write_text(programs.source(name))
        path.chmod(0o644)
        return self.start(["/usr/bin/python3", str(path)], **more), path

    def test_not_tracked(self):
        program, _ = self.python()
        self.daemon.await_process(program.pid, lambda p: True, "a first poll")
        answer = self.sites(program.pid)
        self.assertEqual((answer["sites"], answer["processes"][0]["tracked"]), ([], False))
        self.assertFalse(self.daemon.show(program.pid)["tracked"])

    def test_what_was_there_before(self):
        """Tracking begins with what is held, of which nobody knows where it was opened."""
        program, path = self.python()
        program.leak(10)
        self.track(program.pid)
        held = harness.count_of(program.pid)
        self.assertEqual(self.sites(program.pid)["unexplained"], held)
        program.leak(5)
        self.await_top(program.pid, lambda s: has_line(s, path, programs.line(
            "open_without_with")) and s["live"] == 5, "the five")
        self.assertEqual(self.sites(program.pid)["unexplained"], held)

    def test_show(self):
        """Each descriptor says where and when it was opened."""
        program, path = self.python()
        self.track(program.pid)
        program.leak(3)
        line = programs.line("open_without_with")
        self.await_top(program.pid, lambda s: s["live"] == 3 and has_line(s, path, line), "three")
        answer = self.daemon.show(program.pid)
        self.assertTrue(answer["tracked"])
        mine = [d for d in answer["descriptors"] if d["path"] == "/etc/hostname"]
        self.assertEqual([d["site"] for d in mine], [f"{path}:{line} in load"] * 3)
        self.assertTrue(all(0 < d["age_seconds"] < 60 for d in mine), mine)
        others = [d for d in answer["descriptors"] if d["path"] != "/etc/hostname"]
        self.assertEqual({(d["site"], d["age_seconds"]) for d in others}, {(None, None)})
        self.assertEqual(answer["sites"][0]["live"], 3)

    def test_closed_ones_are_gone(self):
        program, path = self.python("lambda_and_os_open")
        self.track(program.pid)
        program.leak(4)
        site = self.await_top(program.pid, lambda s: s["live"] == 4, "four")
        self.assertEqual((site["opened_total"], site["closed_total"]), (4, 0))

    def test_closed_elsewhere(self):
        """What the threads close that get it is told apart from what the opening one closes."""
        program = self.start(["/usr/bin/python3", "-c", HANDED_ON])
        self.track(program.pid)
        program.leak(10)
        site = self.await_top(program.pid, lambda s: s["live"] == 10, "ten")
        self.assertEqual((site["opened_total"], site["closed_total"],
                          site["closed_elsewhere_total"]), (30, 20, 10))
        answer = subprocess.run([harness.CLIENT, "--socket", self.daemon.socket, "leaks",
                                 str(program.pid)], capture_output=True, text=True)
        self.assertIn("10 of 20 closed were closed by other threads", answer.stdout)

    def test_places_are_given_back(self):
        """More places than there is room for, a few thousand at a time: none is without room."""
        program = self.start(["/usr/bin/python3", "-c", MANY_PLACES])
        self.track(program.pid)
        lost = self.daemon.status()["lost_events"]["sites_full"]

        def process():
            return self.sites(program.pid)["processes"][0]

        for _ in range(3):
            for _ in range(8):
                program.leak(250)
                harness.wait_for(lambda: process()["pending"] == 0, "all resolved")
            harness.wait_for(lambda: process()["sites"] < 2048,
                             lambda: f"places to be given back: {process()}", 60)
        self.assertEqual(process()["overflow_total"], 0)
        self.assertEqual(self.daemon.status()["lost_events"]["sites_full"], lost)
        (site,) = [s for s in self.sites(program.pid)["sites"] if s["live"] == 3]
        self.assertIn("in load", site["place"])

    def test_more_places_at_once_than_can_be_told(self):
        """All are counted, what was too much is told, and known as soon as it occurs again."""
        path, source = self.daemon.folder / "places", self.daemon.folder / "places.c"
        source.write_text(native.of_many_places(PLACES))
        subprocess.run(["gcc", "-g", "-O1", "-o", path, source], check=True)
        program = self.start([str(path)])
        self.track(program.pid)
        told = self.daemon.status()["lost_events"]["slices"]
        again = 0

        def counted():
            sites = self.sites(program.pid)["sites"]
            return sum(s["live"] for s in sites if s["frames"]) == PLACES

        def unknown():
            nonlocal again
            again += 1
            program.leak(PLACES)
            stacks = [[f["function"] for f in s["frames"]] for s in
                      self.sites(program.pid)["sites"]]
            return {f"place_{n}" for n in range(PLACES)} - {
                s[0] for s in stacks if "main" in s}

        program.leak(PLACES)
        harness.wait_for(counted, lambda: f"all to be counted: {self.sites(program.pid)}", 60)
        harness.wait_for(lambda: self.daemon.status()["lost_events"]["slices"] > told,
                         "the lost ones to be told")
        harness.wait_for(lambda: not unknown(), lambda: f"the places: {unknown()}", 60)
        harness.wait_for(counted, lambda: f"all to be counted: {self.sites(program.pid)}", 60)
        harness.note(f"{PLACES} places were known after they occurred {again} times more")

    def test_untrack(self):
        program, _ = self.python()
        self.track(program.pid)
        status, body = harness.request(self.daemon.socket,
                                       f"/v1/processes/{program.pid}/track", "DELETE")
        self.assertEqual((status, body), (200, {"pid": program.pid, "tracked": False}))
        program.leak(3)
        self.assertEqual(self.sites(program.pid)["sites"], [])
        self.daemon.await_process(program.pid, lambda p: not p["tracked"], "no tracking")

    def test_all_at_once(self):
        """The ranking of all is that of each, threads without their leader included."""
        makers = [self.maker() for _ in range(20)]
        for number, maker in enumerate(makers):
            self.track(maker.pid)
            maker.must(f"leak {number * 30}")  # the largest fill more than one buffer
        orphan = self.start(["/usr/bin/python3", "-c", LEADERLESS])
        self.track(orphan.pid)
        orphan.leak(3)

        def known(answer):
            return answer["unexplained"] if all(p["pending"] == 0 for p in answer["processes"]) \
                else None

        pids = {m.pid for m in makers} | {orphan.pid}
        harness.wait_for(lambda: all(known(self.sites(p)) is not None for p in pids), "frames")
        # A poll may have met it between fork and exec, and the answers may come from two polls.
        self.daemon.await_process(orphan.pid, lambda p: p["comm"] == "python3", "its own name")
        answer = self.daemon.get("/v1/sites")
        processes = {p["pid"]: p for p in answer["processes"]}
        for pid in pids:
            one = self.sites(pid)
            self.assertEqual(processes[pid], one["processes"][0])
            keys = ("live", "opened_total", "frames", "examples")
            self.assertEqual([{k: s[k] for k in keys} for s in answer["sites"] if s["pid"] == pid],
                             [{k: s[k] for k in keys} for s in one["sites"]])
        self.assertEqual(len(processes), len(answer["processes"]))
        self.assertEqual(processes[makers[-1].pid]["live"], harness.count_of(makers[-1].pid))
        self.assertEqual(harness.request(
            self.daemon.socket, f"/v1/processes/{orphan.pid}/track", "DELETE")[0], 200)

    def test_ordinary_user(self):
        """Own processes only; another's answers as one that does not exist."""
        own, path = self.python(user=NOBODY, group=NOBODY, extra_groups=[])
        target = f"/v1/processes/{own.pid}/track"
        self.daemon.await_process(own.pid, lambda p: True, "a first poll")
        status, hidden = self.ask(OTHER_USER, target, "PUT")
        self.assertEqual(status, 404)
        self.assertEqual(self.ask(NOBODY, "/v1/processes/1/track", "PUT")[0], 404)
        self.assertEqual(self.ask(NOBODY, target, "PUT")[0], 200)
        own.leak(3)
        line = programs.line("open_without_with")
        self.await_top(own.pid, lambda s: has_line(s, path, line), "the line")
        status, body = self.ask(NOBODY, "/v1/sites")
        self.assertEqual({s["pid"] for s in body["sites"]}, {own.pid})
        self.assertEqual(self.ask(OTHER_USER, "/v1/sites")[1]["sites"], [])
        self.assertEqual(self.ask(OTHER_USER, f"/v1/sites?pid={own.pid}")[0], 404)
        self.assertEqual(self.ask(OTHER_USER, target, "DELETE")[0], 404)

    def test_quota(self):
        makers = [self.maker(uid=NOBODY) for _ in range(65)]
        for maker in makers:
            self.daemon.await_process(maker.pid, lambda p: True, "a first poll")
        answers = [self.ask(NOBODY, f"/v1/processes/{m.pid}/track", "PUT")[0] for m in makers]
        self.assertEqual(answers.count(200), 64, answers)
        self.assertEqual(answers[-1], 429)

    def test_methods(self):
        for target, method, status in (("/v1/processes/1/track", "GET", 405),
                                       ("/v1/processes/1/track", "POST", 405),
                                       ("/v1/runs", "GET", 405), ("/v1/runs", "POST", 400),
                                       ("/v1/sites", "PUT", 405), ("/v1/runs/1", "GET", 404),
                                       ("/v1/runs/x", "GET", 400), ("/v1/sites?pid=x", "GET", 400)):
            with self.subTest(target=target, method=method):
                self.assertEqual(harness.request(self.daemon.socket, target, method)[0], status)

    def test_run_by_hand(self):
        """A run with the pid in the body; its end answers who waits for it."""
        program, path = self.python()
        self.daemon.await_process(program.pid, lambda p: True, "a first poll")
        connection = harness.Connection(self.daemon.socket)
        connection.request("POST", "/v1/runs", json.dumps({"pid": program.pid}))
        answer = json.loads(connection.getresponse().read())
        connection.close()
        waiting = harness.Connection(self.daemon.socket)
        self.addCleanup(waiting.close)
        waiting.request("GET", f"/v1/runs/{answer['id']}")
        program.leak(3)
        program.close()
        result = json.loads(waiting.getresponse().read())
        self.assertEqual(result["pid"], program.pid)
        self.assertEqual(result["left_open"], 3, result)

    def test_growing(self):
        """A process that grows is tracked by itself, and its leak is found."""
        path = self.daemon.folder / "growing.py"
        path.write_text(programs.source("open_without_with"))
        program = self.start(["/usr/bin/python3", str(path)],
                             preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE,
                                                                   (1024, 1024)))
        line = programs.line("open_without_with")

        def grown():
            program.leak(2)
            sites = self.sites(program.pid)["sites"]
            return sites and has_line(sites[0], path, line)

        harness.wait_for(grown, lambda: f"it to be tracked: {self.daemon.find(program.pid)}", 60)
        self.assertTrue(self.daemon.find(program.pid)["tracked"])

    def test_gone(self):
        program, _ = self.python()
        self.track(program.pid)
        program.leak(2)
        program.close()
        harness.wait_for(lambda: harness.request(
            self.daemon.socket, f"/v1/sites?pid={program.pid}")[0] == 404, "its end")
        self.assertEqual([s for s in self.daemon.get("/v1/sites")["sites"]
                          if s["pid"] == program.pid], [])


class Killed(Traced):
    """What was known of tracked processes is known to the daemon that follows, too."""

    @classmethod
    def setUpClass(cls):
        cls.daemon = harness.Daemon(interval=0.2)
        cls.addClassCleanup(cls.daemon.close)

    def setUp(self):
        self.folder = self.daemon.folder / self.id()
        self.folder.mkdir()

    def python(self, name="open_without_with"):
        path = self.folder / f"{name}.py"
        path.write_text(programs.source(name))
        program = self.start(["/usr/bin/python3", str(path)])
        self.track(program.pid)
        program.leak(7)
        line = programs.line(name)
        self.await_top(program.pid, lambda s: s["live"] == 7 and has_line(s, path, line), "seven")
        self.await_kept(program.pid, path)
        return program

    def native(self):
        path, source = self.folder / "leaky", self.folder / "leaky.c"
        source.write_text(native.C)
        subprocess.run(["gcc", "-g", "-O1", "-pthread", "-o", path, source], check=True)
        program = self.start([str(path)])
        self.track(program.pid)
        program.leak(9)
        line = native.line(native.C)
        self.await_top(program.pid, lambda s: s["live"] == 9 and has_line(s, source, line), "nine")
        self.await_kept(program.pid, source)
        return program

    def await_kept(self, pid, path):
        """All that was seen is resolved, and has come to the disk."""
        file = self.daemon.folder / "state" / "sites"
        harness.wait_for(lambda: self.sites(pid)["processes"][0]["pending"] == 0, "all resolved")
        harness.wait_for(lambda: str(path).encode() in file.read_bytes(), f"{path} in {file}")

    def told(self, pid):
        """The ranking but for what time changes."""
        answer = self.sites(pid)
        keys = ("live", "opened_total", "kind", "call", "stacks", "frames", "examples")
        return answer["unexplained"], [{k: s[k] for k in keys} for s in answer["sites"]]

    def kill(self):
        self.daemon.process.kill()
        self.daemon.process.wait()

    def test_programs_that_open_nothing_more(self):
        programs = [self.python(), self.native()]
        before = [self.told(p.pid) for p in programs]
        for turn in range(2):  # what was taken over is kept for the next one, too
            self.kill()
            self.daemon.start()
            self.assertEqual([self.told(p.pid) for p in programs], before, f"turn {turn}")
        self.assertTrue(all(self.daemon.show(p.pid)["tracked"] for p in programs))

    def test_opened_while_nobody_looked(self):
        program = self.native()
        self.kill()
        program.leak(3)
        self.daemon.start()
        site = self.await_top(program.pid, lambda s: s["live"] == 12, "the three as well")
        self.assertEqual(site["opened_total"], 12)

    def test_executed(self):
        """What a program opened that executed another has its place still."""
        path = self.folder / "executes.py"
        path.write_text("import os, sys\nprint('ready', flush=True)\nsys.stdin.readline()\n"
                        "os.set_inheritable(os.open('/etc/hostname', 0), True)\n"
                        "print('done', flush=True)\nsys.stdin.readline()\n"
                        "os.execlp('sh', 'sh', '-c', 'echo done; read x; echo done; read x')\n")
        program = self.start(["/usr/bin/python3", str(path)])
        self.track(program.pid)
        program.leak(1)

        def opened_at():
            return [d["site"] for d in self.daemon.show(program.pid)["descriptors"]
                    if d["path"] == "/etc/hostname"]

        harness.wait_for(lambda: opened_at() == [f"{path}:4 in <module>"], opened_at)
        self.await_kept(program.pid, path)
        program.leak(1)
        self.kill()
        self.daemon.start()
        self.assertEqual(opened_at(), [f"{path}:4 in <module>"])
        self.kill()
        program.leak(1)
        self.daemon.start()
        self.assertEqual(opened_at(), [f"{path}:4 in <module>"])

    def test_another_pid_of_the_same_number(self):
        """What is tracked anew begins anew, whatever the disk says."""
        program = self.native()
        self.daemon.stop(signal.SIGTERM)  # takes all out of the kernel
        self.daemon.start()
        self.track(program.pid)
        unexplained, sites = self.told(program.pid)
        self.assertEqual((sites, unexplained), ([], harness.count_of(program.pid)))


class Always(Traced):
    """Tracking as configured, and over a restart of the daemon."""

    @classmethod
    def setUpClass(cls):
        cls.daemon = harness.Daemon(interval=0.2, start=False)
        cls.addClassCleanup(cls.daemon.close)
        cls.configuration = cls.daemon.folder / "conf"
        cls.configuration.write_text("[command leaky]\ntrack = yes\nmark = team=edge\n")
        cls.daemon.options = ["--config", str(cls.configuration)]
        cls.daemon.start()

    def leaky(self):
        path, source = self.daemon.folder / "leaky", self.daemon.folder / "leaky.c"
        source.write_text(native.C)
        subprocess.run(["gcc", "-g", "-O1", "-pthread", "-o", path, source], check=True)
        return self.start([str(path)]), source

    def row(self, pid):
        answer = self.daemon.get("/v1/rows")
        rows = (dict(zip(answer["columns"], row, strict=True)) for row in answer["rows"])
        return next(row for row in rows if row["pid"] == pid)

    def test_who_was_untracked_stays_so(self):
        program, _ = self.leaky()
        self.daemon.await_process(program.pid, lambda p: p["tracked"], "tracking by itself")
        target = f"/v1/processes/{program.pid}/track"
        program.leak(5)  # whose sites may still be on their way
        self.assertEqual(harness.request(self.daemon.socket, target, "DELETE")[0], 200)
        self.assertFalse(self.row(program.pid)["tracked"])  # not only from the next poll on
        program.leak(5)
        self.daemon.await_polls(3)
        self.assertFalse(self.daemon.find(program.pid)["tracked"])
        self.assertEqual(harness.request(self.daemon.socket, target, "PUT")[0], 200)
        row = self.row(program.pid)
        self.assertEqual((row["tracked"], row["mark"], row["silenced"]), (True, "team=edge", False))

    def test_by_itself_and_over_a_restart(self):
        program, source = self.leaky()
        self.daemon.await_process(program.pid, lambda p: p["tracked"], "tracking by itself")
        program.leak(5)
        line = native.line(native.C)
        self.await_top(program.pid, lambda s: has_line(s, source, line) and s["live"] == 5, "five")
        self.daemon.stop(signal.SIGUSR2)
        self.daemon.start()
        self.daemon.await_process(program.pid, lambda p: p["tracked"], "tracking after the restart")
        program.leak(5)
        site = self.await_top(program.pid, lambda s: has_line(s, source, line), "the line again")
        self.assertGreaterEqual(site["live"], 5)


if __name__ == "__main__":
    harness.main()
