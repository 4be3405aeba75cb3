# SPDX-License-Identifier: BSD-2-Clause
"""What live tests share: a daemon of their own, the descriptor maker, waiting, TAP.

Everything is made in one temporary folder for each daemon, and ended by process id.
"""

import contextlib
import ctypes
import http.client
import json
import os
import queue
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("FDWATCH_BUILD") or ROOT / "build").resolve()
# Under sanitizers only the daemon is of interest: the maker's exact counts are not to be disturbed.
TOOLS = BUILD.parent if BUILD.name == "asan" else BUILD
SANITIZED = BUILD.name == "asan"
BACKEND = os.environ.get("FDWATCH_BACKEND") or "auto"
PEERS = TOOLS / "peers"  # services beside the daemon, as packaging/fetch-peers unpacked them
os.environ["PATH"] += f":{PEERS}/usr/bin:{PEERS}/usr/sbin"
DAEMON = BUILD / "fdwatchd"
CLIENT = BUILD / "fdwatch"
MAKER = TOOLS / "tests" / "fdmaker"
# Tests run side by side, and each daemon sees the makers of all: each test names its own.
MAKER_NAME = f"maker{os.getpid()}"

SLOWNESS = float(os.environ.get("FDWATCH_SLOWNESS") or 1)  # of an emulated machine
DEADLINE = 15.0 * SLOWNESS  # for what should come at once; long only where something is wrong
NOBODY = 65534
OTHER_USER = 65533
MAKER_LIMIT = 20000


def wait_for(condition, what, deadline=DEADLINE):
    """The first true value that `condition` returns; fails with `what` at the deadline."""
    end = time.monotonic() + deadline
    pause = 0.005
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"waited {deadline} s for {what() if callable(what) else what}")
        time.sleep(pause)
        pause = min(pause * 1.5, 0.1)


def folder_of_own():
    """A temporary folder that any user may enter and reach; short, since sockets stand in it."""
    path = Path(tempfile.mkdtemp(prefix="fdw-", dir="/tmp"))
    path.chmod(0o755)
    return path


def descriptors_of(pid):
    """What /proc shows: {number: target}."""
    found = {}
    for name in os.listdir(f"/proc/{pid}/fd"):
        try:
            found[int(name)] = os.fsencode(os.readlink(f"/proc/{pid}/fd/{name}"))
        except FileNotFoundError:
            pass
    return found


def count_of(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


class Connection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path, timeout=DEADLINE):
        super().__init__("localhost", timeout=timeout)
        self.path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def request(path, target, method="GET", timeout=DEADLINE):
    """(status, JSON) of one request on a connection of its own."""
    connection = Connection(path, timeout)
    try:
        connection.request(method, target)
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()


class Follower:
    """Events as /v1/events?follow=1 streams them, each with the time it came at."""

    def __init__(self, path):
        self.connection = Connection(path, timeout=None)
        self.connection.request("GET", "/v1/events?follow=1")
        self.stream = self.connection.sock  # which the response takes over
        self.response = self.connection.getresponse()
        self.arrived = queue.Queue()
        self.seen = []
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self):
        end = "closed by the daemon"
        try:
            while line := self.response.readline():
                self.arrived.put((time.time(), json.loads(line)))
        except (OSError, ValueError, http.client.HTTPException, AttributeError) as error:
            end = repr(error)
        self.arrived.put((time.time(), {"type": "end", "pid": None, "error": end}))

    def poll(self):
        while True:
            try:
                self.seen.append(self.arrived.get_nowait())
            except queue.Empty:
                return self.seen

    def of(self, pid, kind=None):
        """Events of a process so far: [(time of arrival, event)]."""
        return [(when, e) for when, e in self.poll()
                if e.get("pid") == pid and kind in (None, e["type"])]

    def wait(self, pid, kind, count=1, deadline=DEADLINE):
        """The count-th event of this kind of a process."""
        wait_for(lambda: len(self.of(pid, kind)) >= count,
                 lambda: f"event {count} of type {kind} of {pid}; came: {self.of(pid)}; of all "
                         f"{len(self.seen)} the last: {self.seen[-1:]}", deadline)
        return self.of(pid, kind)[count - 1]

    def close(self):
        with contextlib.suppress(OSError):  # where the daemon has ended it
            self.stream.shutdown(socket.SHUT_RDWR)
        self.thread.join(DEADLINE)
        self.response.close()
        self.connection.close()


def end_with_test():
    """In the daemon to be: a test that is killed leaves no daemon behind."""
    PR_SET_PDEATHSIG = 1
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Daemon:
    """A fdwatchd with folders of its own."""

    def __init__(self, interval=0.2, options=(), prefix=(), folder=None, start=True):
        self.own_folder = folder is None
        self.folder = folder or folder_of_own()
        self.socket = self.folder / "s"
        self.pins = self.folder / "pins"
        self.log_path = self.folder / "log"
        self.interval = interval
        self.options = [str(o) for o in options]
        self.prefix = [str(p) for p in prefix]
        self.process = None
        if start:
            try:
                self.start()
            except BaseException:
                self.close()
                raise

    def command(self, *options):
        return [*self.prefix, str(DAEMON), "--config", "/dev/null", "--socket", str(self.socket),
                "--pin-dir", str(self.pins), "--state-dir", str(self.folder / "state"),
                "--metrics-listen", "none", "--interval", str(self.interval),
                "--backend", BACKEND,
                *self.options, *options]

    def start(self, **more):
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log, preexec_fn=end_with_test, **more)
        wait_for(self._answers, lambda: f"the daemon to answer; it said: {self.log()}", 60)
        return self

    def _answers(self):
        if self.process.poll() is not None:
            raise AssertionError(f"the daemon ended with {self.process.returncode}: {self.log()}")
        try:
            return self.get("/v1/status")
        except (FileNotFoundError, ConnectionError, TimeoutError):
            return None  # reset: a child of a killed one had the socket for a moment

    def run(self, *options, prefix=(), **more):
        """Runs the daemon to its end, as for --load or where it must refuse to start."""
        return subprocess.run([*map(str, prefix), *self.command(*options)], text=True,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=60, **more)

    def log(self):
        return self.log_path.read_text(errors="backslashreplace")

    @property
    def pid(self):
        return self.process.pid

    def get(self, target):
        status, body = request(self.socket, target)
        if status != 200:
            raise AssertionError(f"{target}: {status} {body}")
        return body

    def status(self):
        return self.get("/v1/status")

    def show(self, pid):
        return self.get(f"/v1/processes/{pid}")

    def all(self):
        return {p["pid"]: p for p in self.get("/v1/processes")["processes"]}

    def find(self, pid):
        """One process from the list (as the last poll saw it), or None."""
        return self.all().get(pid)

    def follow(self):
        return Follower(self.socket)

    def await_process(self, pid, good, what, deadline=DEADLINE):
        """Waits until the list shows the process as `good` wants it; returns it."""
        last = None

        def look():
            nonlocal last
            last = self.find(pid)
            return last if last and good(last) else None

        return wait_for(look, lambda: f"{what} of process {pid}; it stands at {last}", deadline)

    def await_polls(self, n=2):
        """Waits until n whole polls have been made from now on."""
        begin, polls = time.monotonic(), self.status()["polls_total"]
        wait_for(lambda: time.monotonic() - begin > (n + 0.5) * self.interval and
                 self.status()["polls_total"] > polls + n, "polls", 60)

    def stop(self, number=signal.SIGTERM, deadline=30):
        """Ends the daemon; returns its exit status."""
        if not self.process:
            return None
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(deadline)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"the daemon did not end in {deadline} s") from None

    def close(self):
        """Ends all and leaves nothing: pins that a killed daemon left, the mount, the folder."""
        try:
            status = self.stop()
            if status not in (None, 0, -signal.SIGKILL):
                raise AssertionError(f"the daemon ended with {status}: {self.log()}")
        finally:
            while os.path.ismount(self.pins):
                subprocess.run(["umount", str(self.pins)], check=True)
            if self.own_folder:
                shutil.rmtree(self.folder)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def finish(process):
    """Lets a program that reads its standard input come to its end."""
    process.stdin.close()
    try:
        process.wait(DEADLINE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    process.stdout.close()


def kill(process):
    """Ends it at once, if it still runs."""
    if process.poll() is None:
        process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe:
            pipe.close()


class Reply(dict):
    """A maker's answer; what it could not do has `skipped`."""

    skipped = None

    @property
    def kinds(self):
        """{number: kind} of the descriptors that it named."""
        return {int(n): kind for n, kind in
                (item.split(":") for item in self["fds"].split(",") if item)}

    @property
    def children(self):
        """A swarm's children: {pid: (opened, closed)}."""
        return {int(p): (int(o), int(c)) for p, o, c in
                (item.split(":") for item in self["swarm"].split(","))}


def where_it_hangs(pid):
    """Each thread's place in the kernel, as far as this kernel tells."""
    for task in sorted(Path(f"/proc/{pid}/task").glob("*")):
        for name in ("wchan", "syscall", "stack"):
            with contextlib.suppress(OSError):
                yield from (f"{task.name} {name}: {line}"
                            for line in (task / name).read_text().splitlines())


def line_from(process, deadline=8 * DEADLINE):
    """The next line that it says, without its end; one that hangs is ended, and tells where."""
    def end():
        for line in where_it_hangs(process.pid):
            note(f"hangs: {line}")
        process.kill()

    timer = threading.Timer(deadline, end)
    timer.daemon = True
    timer.start()
    try:
        return process.stdout.readline().rstrip("\n")
    finally:
        timer.cancel()


class Maker:
    """A process that makes descriptors as it is told."""

    def __init__(self, folder, limit=MAKER_LIMIT, uid=None):
        def before():
            soft = min(limit, resource.getrlimit(resource.RLIMIT_NOFILE)[1])
            resource.setrlimit(resource.RLIMIT_NOFILE,
                               (soft, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))

        self.folder = Path(tempfile.mkdtemp(prefix="m-", dir=folder))
        self.folder.chmod(0o777)
        program = self.folder / MAKER_NAME
        if uid is None:
            program.symlink_to(MAKER)
        else:  # who may not reach the build folder
            shutil.copyfile(MAKER, program)
            program.chmod(0o755)
        self.process = subprocess.Popen(
            [str(program)], cwd=self.folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True, bufsize=1, preexec_fn=before, user=uid, group=uid,
            extra_groups=[] if uid is not None else None)
        self.pid = self.process.pid
        self.receive()

    def send(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()

    def receive(self):
        line = line_from(self.process)
        if not line:
            raise AssertionError(f"the maker ended with {self.process.wait(DEADLINE)}")
        reply = Reply()
        if line.startswith("skipped "):
            reply.skipped = line[len("skipped "):]
            return reply
        for item in line.split(" ")[1:]:
            key, value = item.split("=", 1)
            reply[key] = int(value) if value.isdigit() else value
        if "unknown" in reply:
            raise AssertionError(f"the maker does not know {reply['unknown']}")
        return reply

    def do(self, command):
        self.send(command)
        return self.receive()

    def must(self, command):
        reply = self.do(command)
        if reply.skipped:
            raise AssertionError(f"{command}: {reply.skipped}")
        return reply

    def close(self):
        finish(self.process)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Case(unittest.TestCase):
    """A test with makers and daemons that end with it."""

    interval = 0.2

    @classmethod
    def setUpClass(cls):
        cls.daemon = Daemon(interval=cls.interval)
        cls.addClassCleanup(cls.daemon.close)

    def maker(self, **options):
        maker = Maker(self.daemon.folder, **options)
        self.addCleanup(maker.close)
        return maker

    def show(self, maker):
        """A maker's details: a process has them from the first poll on."""
        self.daemon.await_process(maker.pid, lambda p: True, "a first poll")
        return self.daemon.show(maker.pid)

    def follow(self):
        follower = self.daemon.follow()
        self.addCleanup(follower.close)
        return follower

    def await_equal(self, pid, where=None):
        """
        Waits until the list's count is /proc's, less numbers taken by calls under way, as a poll
        begun from now on sees it: so its totals are a beginning to count from.
        """
        where = where or pid
        self.daemon.await_polls(1)
        p = self.daemon.await_process(
            pid, lambda p: p["fds"] - (p["reserved"] or 0) == count_of(where),
            lambda: f"the count of /proc, {count_of(where)},")
        return p


class Tap(unittest.TestResult):
    """Prints each result as it comes."""

    def __init__(self):
        super().__init__()
        self.number = 0
        self.failed = False
        self.begun = 0.0

    def startTest(self, test):
        super().startTest(test)
        self.begun = time.monotonic()

    def tell(self, test, ok, note="", text=""):
        self.number += 1
        daemon = getattr(test, "daemon", None)
        if text and isinstance(daemon, Daemon) and daemon.log_path.exists():
            text += "\nthe daemon said: " + daemon.log()[-4000:]
        name = test.id().removeprefix("__main__.") if isinstance(test, unittest.TestCase) \
            else str(test)
        seconds = f" ({time.monotonic() - self.begun:.1f} s)" if ok and not note else ""
        print(f"{'ok' if ok else 'not ok'} {self.number} - {name}{seconds}{note}")
        for line in text.rstrip("\n").splitlines():
            print(f"# {line}")
        sys.stdout.flush()
        self.failed |= not ok

    @staticmethod
    def text_of(error):
        return "".join(traceback.format_exception(*error))

    def addSuccess(self, test):
        self.tell(test, True)

    def addFailure(self, test, error):
        self.tell(test, False, text=self.text_of(error))

    def addError(self, test, error):
        self.tell(test, False, text=self.text_of(error))

    def addSkip(self, test, reason):
        self.tell(test, True, f" # SKIP {reason}")

    def addSubTest(self, test, subtest, error):
        if error:
            self.tell(test, False, f" {subtest.params}", self.text_of(error))
        super().addSubTest(test, subtest, None)


def note(text):
    """A line for whoever reads the tests' output."""
    print(f"# {text}", flush=True)


def main():
    """Runs the tests of the program that calls it, as TAP."""
    if os.geteuid():
        print("1..0 # SKIP loading programs into the kernel takes root")
        return
    if not DAEMON.exists() or not MAKER.exists():
        print(f"Bail out! {DAEMON if not DAEMON.exists() else MAKER} is not built: run make")
        sys.exit(1)

    result = Tap()

    def on_stop(*_):
        result.stop()  # a test takes the exception for its own failure, and the next would run
        raise SystemExit("# told to stop")

    signal.signal(signal.SIGTERM, on_stop)
    suite = unittest.defaultTestLoader.loadTestsFromModule(sys.modules["__main__"])
    suite.run(result)
    print(f"1..{result.number}")
    sys.exit(result.failed)
