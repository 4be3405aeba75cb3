#!/usr/bin/python3 -B
# SPDX-License-Identifier: BSD-2-Clause
# sanitized: yes
# deadline: 240 s
"""The records of a tracked process's descriptors: made, moved, inherited, gone, and kept."""

import json
import shutil
import subprocess
import sys

import harness
from ways import WAYS

# What makes descriptors unseen: their time and place stay unknown.
HIDDEN = {"scm_rights", "ioctl_pty", "ioctl_namespace", "int80", "io_uring_openat",
          "io_uring_worker"}
# Does what it is told in Python, one line at a time.
SUBJECT = """
import array, os, signal, socket, sys, threading
def give(fd):  # the same file under the lowest free number, by a way that no hook sees
    a, b = socket.socketpair()
    socket.send_fds(a, [b"x"], [fd])
    got = socket.recv_fds(b, 1, 1)[1][0]
    a.close(), b.close()
    return got
print("ready", flush=True)
for line in sys.stdin:
    result = None
    exec(line)
    print(result, flush=True)
"""
# Breaks its own runtime's structures for the time of one call. The offsets are those of 3.11.
HOSTILE = """
import ctypes, os, sys
libc, api = ctypes.CDLL(None), ctypes.pythonapi
api.PyThreadState_Get.restype = ctypes.c_void_p
def word(at):
    return ctypes.c_uint64.from_address(at)
huge = ctypes.create_string_buffer(64)  # a string or bytes object that claims to be endless
ctypes.c_uint64.from_buffer(huge, 16).value = 1 << 62
ctypes.c_uint32.from_buffer(huge, 32).value = 1 << 2 | 1 << 5 | 1 << 6
def broken(structure, offset, value):
    frame = word(word(api.PyThreadState_Get() + 56).value + 8).value
    place = word((frame if structure == "frame" else word(frame + 32).value) + offset)
    kept = place.value
    place.value = frame if value == "itself" else value
    fd = libc.open(b"/dev/null", 0)
    place.value = kept
    return fd
ways = {"circle": ("frame", 48, "itself"), "nowhere": ("frame", 48, 0xdead0000),
        "kernel": ("frame", 48, 0xffffffff81000000), "odd": ("frame", 48, 0x7fff00000001),
        "no file": ("code", 112, 0x41), "endless file": ("code", 112, ctypes.addressof(huge)),
        "no name": ("code", 128, 0xffff888000000000),
        "endless lines": ("code", 136, ctypes.addressof(huge)), "no lines": ("code", 136, 8)}
def leaf():
    return os.open("/dev/null", 0)
print("ready", flush=True)
for line in sys.stdin:
    line = line.strip()
    print(broken(*ways[line]) if line in ways else leaf(), flush=True)
"""
KERNEL_MEMORY = 32 << 20
MAPS = {"records", "sites", "settled", "rules", "pythons", "codes", "memos", "traces", "slices",
        "captures", "tellings", "numbers", "era", "marks"}


class Subject:
    def __init__(self, command=(sys.executable, "-c", SUBJECT)):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True, bufsize=1)
        self.pid = self.process.pid
        self.receive()

    def receive(self):
        line = harness.line_from(self.process).strip()
        if not line:
            raise AssertionError(f"the subject ended with {self.process.wait(harness.DEADLINE)}")
        return line

    def do(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = self.receive()
        return int(answer) if answer.isdigit() else answer

    ask = do

    def close(self):
        harness.finish(self.process)


class Tracking(harness.Case):
    def track(self, pid, method="PUT"):
        self.daemon.await_process(pid, lambda p: True, "a first poll")
        status, body = harness.request(self.daemon.socket, f"/v1/processes/{pid}/track", method)
        self.assertEqual(status, 200, body)

    def subject(self, track=True):
        subject = Subject()
        self.addCleanup(subject.close)
        if track:
            self.track(subject.pid)
        return subject

    def listed(self, pid):
        return {d["fd"]: d for d in self.daemon.show(pid)["descriptors"]}


class Ways(Tracking):
    def test_every_way(self):
        maker = self.maker()
        self.track(maker.pid)
        for way in WAYS:
            reply = maker.do(way)
            if reply.skipped:
                harness.note(f"{way}: {reply.skipped}")
                continue
            now = self.listed(maker.pid)
            for fd, kind in reply.kinds.items():
                with self.subTest(way=way, fd=fd, kind=kind):
                    if way in HIDDEN and kind != "socket":
                        continue
                    self.assertIsNotNone(now[fd]["age_seconds"])

    def test_the_function_that_called(self):
        maker = self.maker()
        self.track(maker.pid)
        for way in ("open", "pipe", "tcp", "eventfd", "epoll_create1"):
            with self.subTest(way=way):
                made = len(maker.must(way).kinds)

                def look():
                    return sum(s["live"] for s in self.daemon.get(
                        f"/v1/sites?pid={maker.pid}")["sites"]
                        if f"way_{way}" in {f["function"] for f in s["frames"]}) == made

                harness.wait_for(look, lambda: f"{made} made by way_{way}; there are " + json.dumps(
                    self.daemon.get(f"/v1/sites?pid={maker.pid}"))[:2000])


class Records(Tracking):
    def assert_given(self, descriptor):
        """It came by a message: no call returned it, but into the table it came all the same."""
        if self.daemon.status()["backend"] == "fentry":
            self.assertLess(descriptor["age_seconds"], harness.DEADLINE)
            self.assertIsNotNone(descriptor["site"])
        else:
            self.assertIsNone(descriptor["age_seconds"], descriptor)

    def test_held_before(self):
        subject = self.subject(track=False)
        before = subject.do("result = os.open('/dev/null', 0)")
        self.track(subject.pid)
        after = subject.do("result = os.open('/dev/null', 0)")
        now = self.listed(subject.pid)
        self.assertIsNone(now[before]["age_seconds"])
        self.assertIsNone(now[before]["site"])
        self.assertLess(now[after]["age_seconds"], harness.DEADLINE)

    def test_closed(self):
        subject = self.subject()
        fd = subject.do("result = os.open('/dev/null', 0)")
        self.assertIsNotNone(self.listed(subject.pid)[fd]["age_seconds"])
        subject.do("os.close(%d)" % fd)
        self.assertNotIn(fd, self.listed(subject.pid))
        pair = subject.do("a, b = socket.socketpair(); result = a.fileno()")
        self.assertEqual(pair, fd)
        other = subject.do("socket.send_fds(a, [b'x'], [0]); a2 = a.detach(); os.close(a2); "
                           "result = socket.recv_fds(b, 1, 1)[1][0]")
        self.assertEqual(other, fd)  # the same number
        self.assert_given(self.listed(subject.pid)[fd])

    def test_high_numbers(self):
        subject = self.subject()
        subject.do("import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (8192, "
                   "resource.getrlimit(resource.RLIMIT_NOFILE)[1]))")
        subject.do("os.dup2(os.open('/dev/null', 0), 5000)")
        self.assertIsNotNone(self.listed(subject.pid)[5000]["age_seconds"])
        subject.do("os.close(5000)")
        self.assertNotIn(5000, self.listed(subject.pid))

    def test_dup2_takes_time_and_place_along(self):
        subject = self.subject()
        fd = subject.do("result = os.open('/dev/null', 0)")
        old = self.listed(subject.pid)[fd]
        subject.do(f"os.dup2({fd}, 300); os.close({fd})")
        now = self.listed(subject.pid)
        self.assertNotIn(fd, now)
        self.assertGreaterEqual(now[300]["age_seconds"], old["age_seconds"])

    def test_dup2_onto_an_open_one(self):
        subject = self.subject()
        subject.do("os.dup2(0, 301); os.dup2(os.open('/dev/null', 0), 301)")
        self.assertIsNotNone(self.listed(subject.pid)[301]["age_seconds"])
        self.assertEqual(self.listed(subject.pid)[301]["path"], "/dev/null")

    def test_close_range(self):
        subject = self.subject()
        subject.do("kept = os.open('/dev/null', 0)")
        first = subject.do("fds = [os.open('/dev/null', 0) for _ in range(20)]; result = fds[0]")
        subject.do("os.closerange(fds[0], fds[-1] + 1)")
        # What is given the numbers then must not have the times of what had them.
        given = subject.do("result = ' '.join(str(give(0)) for _ in range(5))")
        now = self.listed(subject.pid)
        self.assertIsNotNone(now[first - 1]["age_seconds"])
        for fd in map(int, given.split()):
            self.assertGreaterEqual(fd, first)
            self.assert_given(now[fd])

    def test_untrack(self):
        subject = self.subject()
        fd = subject.do("result = os.open('/dev/null', 0)")
        self.track(subject.pid, "DELETE")
        self.assertIsNone(self.listed(subject.pid)[fd]["age_seconds"])
        self.track(subject.pid)
        self.assertIsNone(self.listed(subject.pid)[fd]["age_seconds"])
        fd = subject.do("result = os.open('/dev/null', 0)")
        self.assertIsNotNone(self.listed(subject.pid)[fd]["age_seconds"])

    def test_threads(self):
        """Eight threads open, close, and keep every tenth: all that is kept has its time."""
        subject = self.subject()
        subject.do("import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (8192, "
                   "resource.getrlimit(resource.RLIMIT_NOFILE)[1]))")
        subject.do("kept = []; work = lambda: [kept.append(f) if i % 10 == 0 else os.close(f) "
                   "for i in range(2000) for f in [os.open('/dev/null', 0)]]")
        subject.do("ts = [threading.Thread(target=work) for _ in range(8)]; "
                   "[t.start() for t in ts]; [t.join() for t in ts]; result = len(kept)")
        now = [d for d in self.listed(subject.pid).values() if d["path"] == "/dev/null"]
        self.assertEqual(len(now), 1600)
        unknown = [d["fd"] for d in now if d["age_seconds"] is None]
        self.assertEqual(unknown, [])


class Families(Tracking):
    """A run follows the children."""

    def run_subject(self):
        subject = Subject()
        self.addCleanup(subject.close)
        self.daemon.await_process(subject.pid, lambda p: True, "a first poll")
        connection = harness.Connection(self.daemon.socket)
        self.addCleanup(connection.close)
        connection.request("POST", "/v1/runs", json.dumps({"pid": subject.pid}),
                           {"Content-Type": "application/json"})
        response = connection.getresponse()
        body = response.read()
        self.assertLess(response.status, 300, body)
        return subject

    def test_fork_inherits(self):
        subject = self.run_subject()
        fd = subject.do("result = os.open('/dev/null', 0)")
        pid = subject.do("r, w = os.pipe(); result = os.fork(); "
                         "result or signal.pause()")
        self.daemon.await_process(pid, lambda p: True, "a first poll")
        self.assertIsNotNone(self.listed(pid)[fd]["age_seconds"])
        subject.do(f"os.kill({pid}, 9); os.waitpid({pid}, 0)")

    def test_exec_drops(self):
        subject = self.run_subject()
        subject.do("a = os.open('/dev/null', 0); os.set_inheritable(a, True); result = a")
        fd = subject.do("result = a")
        gone = subject.do("result = os.open('/dev/null', 0)")
        pid = subject.do("result = os.fork(); result or os.execlp('sleep', 'sleep', '600')")

        def executed():
            p = self.daemon.find(pid)
            return p and p["comm"] == "sleep"

        harness.wait_for(executed, "the exec")
        now = self.listed(pid)
        self.assertIsNotNone(now[fd]["age_seconds"])
        self.assertNotIn(gone, now)
        subject.do(f"os.kill({pid}, 9); os.waitpid({pid}, 0)")


class Restart(Tracking):
    def test_records_outlive_the_daemon(self):
        with harness.Daemon(interval=0.2) as daemon:
            self.daemon = daemon
            subject = self.subject()
            fd = subject.do("result = os.open('/dev/null', 0)")
            age = self.listed(subject.pid)[fd]["age_seconds"]
            daemon.stop(9)
            while_away = subject.do("result = os.open('/dev/null', 0)")
            daemon.start()
            daemon.await_process(subject.pid, lambda p: True, "a first poll")
            now = self.listed(subject.pid)
            self.assertGreater(now[fd]["age_seconds"], age)
            self.assertIsNotNone(now[while_away]["age_seconds"])


class Hostile(Tracking):
    """A process that lies about its own runtime is no worse off than in what is told of it."""

    def test_broken_runtime(self):
        interpreter = next((p for p in ("/usr/bin/python3", sys.executable) if subprocess.run(
            [p, "-c", "import sys; sys.exit(sys.version_info[:2] != (3, 11))"]).returncode == 0),
            None)
        if not interpreter:
            self.skipTest("there is no Python 3.11")
        subject = Subject(command=[interpreter, "-c", HOSTILE])
        self.addCleanup(subject.close)
        self.track(subject.pid)
        self.await_leaf(subject)
        for way in ("circle", "nowhere", "kernel", "odd", "no file", "endless file", "no name",
                    "endless lines", "no lines"):
            with self.subTest(way=way):
                fd = subject.ask(way)
                self.assertIsNotNone(self.listed(subject.pid)[fd]["age_seconds"])
        before = self.leaves(subject.pid)
        subject.ask("leaf")
        harness.wait_for(lambda: self.leaves(subject.pid) == before + 1, "one more by leaf()")

    def leaves(self, pid):
        return sum(s["live"] for s in self.daemon.get(f"/v1/sites?pid={pid}")["sites"]
                   if "leaf" in {f["function"] for f in s["frames"]})

    def await_leaf(self, subject):
        def look():
            subject.ask("leaf")
            return self.leaves(subject.pid)

        harness.wait_for(look, "Python's frames")


class Memory(Tracking):
    """100,000 live records in 32 MiB of kernel memory."""

    def test_a_hundred_thousand(self):
        makers = [self.maker() for _ in range(6)]
        for maker in makers:
            self.track(maker.pid)
            maker.must("leak 17000")
        live = 0
        for maker in makers:
            live += sum(d["age_seconds"] is not None for d in self.listed(maker.pid).values())
        self.assertGreaterEqual(live, 100000)
        used = self.map_memory()
        harness.note(f"{live} live records; kernel memory: {used / (1 << 20):.1f} MiB")
        self.assertLessEqual(used, KERNEL_MEMORY)
        self.overflow()
        for maker in makers:
            maker.must("close-all")
        subject = self.subject()
        fd = subject.do("result = os.open('/dev/null', 0)")
        self.assertIsNotNone(self.listed(subject.pid)[fd]["age_seconds"])  # room for a new one

    def overflow(self):
        """What there is no room for is counted, and told."""
        self.assertEqual(self.daemon.status()["lost_events"]["live_full"], 0)
        more = [self.maker() for _ in range(2)]
        for maker in more:
            self.track(maker.pid)
            maker.must("leak 17000")
        without = sum(d["path"] == "/dev/null" and d["age_seconds"] is None
                      for d in self.listed(more[-1].pid).values())
        self.assertGreater(without, 0)
        harness.wait_for(lambda: self.daemon.status()["lost_events"]["live_full"] >= without,
                         lambda: f"{without} to be told: {self.daemon.status()['lost_events']}")

    def map_memory(self):
        """Of the maps that tracking's programs use."""
        tool = shutil.which("bpftool") or shutil.which("bpftool", path="/usr/sbin")
        if not tool:
            self.skipTest("there is no bpftool")

        def ask(*words):
            return json.loads(subprocess.run([tool, "-j", *words], capture_output=True, text=True,
                                             check=True).stdout)

        used = set()
        for pin in ("sys_exit_openat", "sys_exit_close", "forked", "tracking"):
            link = ask("link", "show", "pinned", str(self.daemon.pins / pin))
            used.update(ask("prog", "show", "id", str(link["prog_id"]))["map_ids"])
        maps = [m for m in ask("map") if m["id"] in used and m.get("name") in MAPS]
        self.assertEqual({m["name"] for m in maps}, MAPS)
        return sum(m["bytes_memlock"] for m in maps)


if __name__ == "__main__":
    harness.main()
