#!/usr/bin/python3 -B
# SPDX-License-Identifier: BSD-2-Clause
# deadline: 240 s
"""fdwatch run: what a program and its children left open and where, for developers and their CI."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import harness
from harness import NOBODY
from tracing import Traced
from users import as_user

PYTHON = shutil.which("python3", path="/usr/bin:/usr/local/bin") or sys.executable

LEAK = """
kept = []
def load():
    kept.append(open("/etc/hostname"))  # line 4
for _ in range({count}):
    load()
with open("/etc/passwd") as closed:
    closed.read()
"""

C = r"""
#include <fcntl.h>
__attribute__((noinline)) int load(void) {
	return open("/etc/hostname", O_RDONLY); /* line 4 */
}
int main(void) {
	int sum = 0;
	for (int i = 0; i < 7; i++)
		sum += load();
	return sum == 0;
}
"""

# Both threads of each child end at one time.
TOGETHER = r"""
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
static atomic_int come;
static void *end(void *unused) {
	come++;
	while (come < 2)
		;
	syscall(SYS_exit, 0);
	return unused;
}
int main(void) {
	for (int child = 0; child < 1000; child++) {
		pthread_t thread;
		if (!fork()) {
			for (int i = 0; i < 5; i++)
				open("/etc/hostname", O_RDONLY);
			pthread_create(&thread, NULL, end, NULL);
			end(NULL);
		}
		wait(NULL);
	}
	return 0;
}
"""

MANY = r"""
#include <fcntl.h>
#include <stdlib.h>
int main(int argc, char **argv) {
	for (int i = 0; i < atoi(argv[1]); i++)
		open("/etc/hostname", O_RDONLY);
	return 0;
}
"""

# Children that live at one time, or each after the other's end.
CROWD = """
import os, sys
at_once = sys.argv[2] == "together"
r, w = os.pipe()
for _ in range(int(sys.argv[1])):
    if os.fork() == 0:
        os.close(w)
        kept = os.open("/etc/hostname", os.O_RDONLY)
        if at_once:
            os.read(r, 1)
        os._exit(0)
    if not at_once:
        os.wait()
if at_once:
    sys.stdin.read()
"""

INHERIT = """
import os, socket, subprocess
key = os.open("{folder}/server.key", os.O_RDONLY)
peer = socket.create_server(("127.0.0.1", 0))
plain = open("/etc/hostname")
for fd in (key, peer.fileno(), plain.fileno()):
    os.set_inheritable(fd, True)
subprocess.run(["/bin/sh", "-c", "true; exit 0"], close_fds=False)
"""


class Runs(Traced):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="r-", dir=self.daemon.folder))
        self.folder.chmod(0o777)

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        path.chmod(0o644)
        return path

    def client_of(self, user):
        if user is None:
            return harness.CLIENT
        client = self.folder / "fdwatch"  # who may not reach the build folder
        shutil.copyfile(harness.CLIENT, client)
        client.chmod(0o755)
        return client

    def run_command(self, *arguments, user=None, **more):
        client = self.client_of(user)
        return subprocess.run([client, "--socket", self.daemon.socket, "run", *map(str, arguments)],
                              capture_output=True, text=True, timeout=60, user=user, group=user,
                              extra_groups=[] if user is not None else None, cwd=self.folder,
                              close_fds=True, **more)

    def result(self, *arguments, user=None):
        done = self.run_command("--json", *arguments, user=user)
        try:
            return done.returncode, json.loads(done.stdout)
        except ValueError:
            raise AssertionError(done) from None

    def at(self, result, path, line):
        return [s for s in result["sites"]
                if any(f["file"] == str(path) and f["line"] == line for f in s["frames"])]

    def test_python(self):
        """What the interpreter closes as it shuts down was left open too."""
        path = self.write("leak.py", LEAK.format(count=20))
        status, result = self.result("--", PYTHON, path)
        self.assertEqual((status, result["exit_status"]), (0, 0))
        self.assertEqual(result["left_open"], 20, result)
        self.assertGreaterEqual(result["peak"], 20)
        (site,) = self.at(result, path, 4)
        self.assertEqual((site["live"], site["kind"]), (20, "file"))
        # One that is over within ten milliseconds is not held twice.
        self.assertIn(site["examples"], (["/etc/hostname"], ["hostname"]))

    def test_python_that_closes_all(self):
        path = self.write("well.py", LEAK.format(count=0))
        status, result = self.result("--fail-over", 0, "--", PYTHON, path)
        self.assertEqual((status, result["left_open"], result["sites"]), (0, 0, []), result)

    def test_short_c_program(self):
        """It is over in a millisecond, and its frames are known."""
        path, source = self.compile("leak", C)
        for _ in range(5):
            status, result = self.result("--", path)
            self.assertEqual(result["left_open"], 7, result)
            (site,) = self.at(result, source, 4)
            self.assertEqual(site["live"], 7, result)

    def compile(self, name, text, *flags):
        source = self.write(f"{name}.c", text)
        path = self.folder / name
        subprocess.run(["gcc", "-O1", "-g", *flags, "-o", path, source], check=True)
        return path, source

    def test_threads_that_end_together(self):
        """Which of them is the last is told once."""
        path, _ = self.compile("together", TOGETHER, "-pthread")
        _, result = self.result("--no-hold", "--", path)
        self.assertEqual(result["left_open"], 1000 * 5)

    def test_thousands_left_open(self):
        """More than there is room to tell of: none is forgotten, and the run comes to its end."""
        path, _ = self.compile("many", MANY)
        status, result = self.result("--no-hold", "--fail-over", 15000, "--", path, 15000)
        self.assertEqual((status, result["left_open"]), (0, 15000))
        harness.note(f"{result['left_unknown']} of them unknown")
        self.assertLess(result["left_unknown"], 15000)
        _, result = self.result("--", path, 15000)  # held, and looked at
        self.assertEqual((result["left_open"], result["left_unknown"]), (15000, 0))

    def test_many_short_processes(self):
        """An ordinary user's quota is of those that run at once."""
        path = self.write("crowd.py", CROWD)
        _, result = self.result("--no-hold", "--", PYTHON, path, 80, "one by one", user=NOBODY)
        self.assertEqual((result["processes_untracked"], result["left_open"]), (0, 80 + 2))

    def test_quota_of_processes(self):
        path = self.write("crowd.py", CROWD)
        client = self.client_of(NOBODY)
        run = subprocess.Popen([client, "--socket", self.daemon.socket, "run", "--no-hold",
                                "--json", "--", PYTHON, path, "80", "together"], cwd=self.folder,
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                               user=NOBODY, group=NOBODY, extra_groups=[])
        self.addCleanup(harness.kill, run)
        harness.wait_for(lambda: sum(
            p["comm"].startswith("python3") and p["uid"] == NOBODY
            for p in self.daemon.all().values()) > 80, "80 children")
        self.daemon.await_polls(2)
        mine = [p for p in self.daemon.all().values() if p["uid"] == NOBODY]
        self.assertEqual(sum(p["tracked"] for p in mine), 64)
        run.stdin.close()
        result = json.loads(run.stdout.read())
        self.assertEqual(result["processes_untracked"], 17)

    def test_quota_of_descriptors(self):
        """What holds too many is given up, as it stands, and its run ends with it."""
        first = self.maker(uid=NOBODY)
        self.daemon.await_process(first.pid, lambda p: True, "a first poll")
        self.assertEqual(as_user(NOBODY, lambda: harness.request(
            self.daemon.socket, f"/v1/processes/{first.pid}/track", "PUT"))[0], 200)
        first.must("leak 12000")
        second = self.maker(uid=NOBODY)
        self.daemon.await_process(second.pid, lambda p: True, "a first poll")
        status, answer = as_user(NOBODY, lambda: harness.request(
            self.daemon.socket, f"/v1/runs?pid={second.pid}", "POST"))
        self.assertEqual(status, 200, answer)
        second.must("leak 12000")
        self.daemon.await_process(second.pid, lambda p: not p["tracked"], "the end of tracking")
        self.assertTrue(self.daemon.find(first.pid)["tracked"])
        second.process.kill()
        _, result = as_user(NOBODY, lambda: harness.request(
            self.daemon.socket, f"/v1/runs/{answer['id']}"))
        self.assertEqual(result["processes_untracked"], 1)
        self.assertIn(result["left_open"], range(7900, 12001))  # what a poll may have met

    def test_fail_over(self):
        path = self.write("leak.py", LEAK.format(count=3))
        self.assertEqual(self.result("--fail-over", 2, "--", PYTHON, path)[0], 1)
        self.assertEqual(self.result("--fail-over", 3, "--", PYTHON, path)[0], 0)

    def test_scripts_of_shells(self):
        """The file that a shell reads its script from was not left open by the script."""
        leak = "exec 9</etc/hostname\n"
        for shell in ("sh", "bash"):
            for text, left in (("true\n", 0), (leak, 1)):
                path = self.write("script.sh", f"#!/bin/{shell}\n{text}")
                path.chmod(0o755)
                for command in ([shell, path], [path]):
                    with self.subTest(command=command, text=text):
                        status, result = self.result("--fail-over", 0, "--", *command)
                        self.assertEqual((status, result["left_open"]), (left, left), result)

    def test_status_is_the_commands(self):
        for command, status in ((["true"], 0), (["sh", "-c", "exit 7"], 7),
                                (["sh", "-c", "kill -9 $$"], 128 + 9),
                                (["/nonexistent/program"], 127), (["/etc/passwd"], 126)):
            with self.subTest(command=command):
                self.assertEqual(self.run_command("--", *command).returncode, status)

    def test_output_is_the_commands(self):
        done = self.run_command("--", "sh", "-c", "echo out; cat", input="in\n")
        self.assertEqual(done.stdout, "out\nin\n")
        self.assertIn("left open", done.stderr)

    def test_no_daemon(self):
        marker = self.folder / "marker"
        done = subprocess.run([harness.CLIENT, "--socket", self.folder / "none", "run", "--",
                               "touch", marker], capture_output=True, text=True)
        self.assertEqual(done.returncode, 3, done)
        self.assertFalse(marker.exists())

    def test_daemon_goes_away(self):
        """Neither in silence nor as if all was well."""
        for number, status, wanted in ((signal.SIGKILL, 0, 3), (signal.SIGTERM, 5, 5)):
            with self.subTest(signal=number), harness.Daemon(interval=0.2) as daemon:
                process = subprocess.Popen(
                    [harness.CLIENT, "--socket", daemon.socket, "run", "--fail-over", "100",
                     "--", "sh", "-c", f"echo ready; read x; exit {status}"], text=True,
                    stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
                self.addCleanup(harness.kill, process)
                self.assertEqual(process.stdout.readline(), "ready\n")
                daemon.stop(number)
                if number == signal.SIGKILL:
                    daemon.start()  # another one, which knows nothing of the run
                _, told = process.communicate("\n", timeout=harness.DEADLINE)
                self.assertEqual(process.returncode, wanted, told)
                self.assertIn("fdwatchd went away while the command ran", told)
                self.assertIn(f"ended with status {status}", told)

    def test_in_the_background(self):
        """Of a script SIGINT is ignored: what CPython closes at its end is seen all the same."""
        path = self.write("leak.py", LEAK.format(count=6) + """
import os, signal
print(signal.getsignal(signal.SIGINT) is signal.default_int_handler, os.getpgrp() == os.getpid())
""")
        done = subprocess.run(
            ["sh", "-c", '"$0" --socket "$1" run --fail-over 5 -- "$2" "$3" & wait $!',
             harness.CLIENT, self.daemon.socket, PYTHON, path], capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stdout), (1, "True True\n"), done)
        self.assertIn("6 left open", done.stderr)

    def test_many_processes(self):
        """What many did the same way is told once, with how many they were."""
        path = self.write("workers.py", """
import os
def load():
    return [os.open("/etc/hostname", os.O_RDONLY) for _ in range(2)]
for _ in range(5):
    if os.fork() == 0:
        load()
        os._exit(0)
for _ in range(5):
    os.wait()
""")
        done = self.run_command("--", PYTHON, path)
        self.assertIn("10 open of 10 opened (file) by python3 in 5 processes", done.stderr)
        self.assertEqual(done.stderr.count("by a call of open"), 1, done.stderr)

    def test_wrong_usage(self):
        for arguments in ([], ["--"], ["--fail-over", "x", "--", "true"],
                          ["--fail-over", "-1", "--", "true"]):
            self.assertEqual(self.run_command(*arguments).returncode, 2, arguments)

    def test_children(self):
        """Each on its own account, and what came by fork on its parent's."""
        path = self.write("fork.py", LEAK.format(count=5) + """
import os
if os.fork() == 0:
    more = [os.open("/etc/group", os.O_RDONLY) for _ in range(3)]
    os._exit(0)
os.wait()
""")
        status, result = self.result("--", PYTHON, path)
        self.assertEqual((status, result["left_open"]), (0, 8), result)
        (parent,) = self.at(result, path, 4)
        self.assertEqual(parent["live"], 5)
        (child,) = [s for s in result["sites"] if s["examples"] == ["/etc/group"]]
        self.assertEqual(child["live"], 3)
        self.assertNotEqual(child["pid"], parent["pid"])

    def test_inherited(self):
        """The key first, then the socket."""
        self.write("server.key", "secret")
        path = self.write("inherit.py", INHERIT.format(folder=self.folder))
        _, result = self.result("--", PYTHON, path)
        found = [i for i in result["inherited"] if i["comm"] == "sh"]
        self.assertEqual([i["class"] for i in found], ["secret", "socket", "other"], result)
        self.assertEqual([i["path"] for i in found][::2],
                         [str(self.folder / "server.key"), "/etc/hostname"])
        self.assertTrue(all(i["from"].startswith("python3") for i in found), found)

    def test_ordinary_user(self):
        path = self.write("leak.py", LEAK.format(count=4))
        status, result = self.result("--", PYTHON, path, user=NOBODY)
        self.assertEqual(status, 0, result)
        (site,) = self.at(result, path, 4)
        self.assertEqual(site["live"], 4)
        # Another's run does not exist.
        answer = harness.request(self.daemon.socket, f"/v1/runs/{result['id']}")
        self.assertEqual(answer[0], 200)

    def test_signals_are_handed_on(self):
        process = subprocess.Popen(
            [harness.CLIENT, "--socket", self.daemon.socket, "run", "--", "sh", "-c",
             "trap 'echo got; exit 5' TERM; echo ready; while :; do sleep 0.05; done"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.assertEqual(process.stdout.readline(), "ready\n")
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.stdout.readline(), "got\n")
        self.assertEqual(process.wait(harness.DEADLINE), 5)
        process.stdout.close()

    def test_killed(self):
        """Nobody is left to tell of a run; its processes go on and may still exit."""
        path, marker = self.folder / "outlive.py", self.folder / "marker"
        self.write(path.name, """
import os, signal, subprocess, sys, time
print("ready", flush=True)
while os.getppid() == int(sys.argv[2]):
    time.sleep(0.01)
signal.signal(signal.SIGINT, signal.SIG_IGN)
status = subprocess.run([sys.executable, "-c", "raise SystemExit(7)"]).returncode
open(sys.argv[1] + "~", "w").write(str(status))
os.rename(sys.argv[1] + "~", sys.argv[1])
""")
        process = subprocess.Popen(
            ["/bin/sh", "-c", 'exec "$0" --socket "$1" run -- "$2" "$3" "$4" $$', harness.CLIENT,
             self.daemon.socket, PYTHON, path, marker], stdout=subprocess.PIPE, text=True)
        self.assertEqual(process.stdout.readline(), "ready\n")
        process.kill()
        process.wait()
        process.stdout.close()
        harness.wait_for(marker.exists, "the program to go on to its end")
        self.assertEqual(marker.read_text(), "7")

    def test_hostile_names(self):
        """What a program calls its files and functions moves nobody's cursor."""
        name = "evil\x1b[2J\x1b]0;x\x07\n.txt"
        (self.folder / name).write_text("x")
        path = self.write("evil\x1b[31m.py", f"""
kept = []
def load(path):
    kept.append(open(path))
for _ in range(3):
    load({name!r})
""")
        done = self.run_command("--", PYTHON, path)
        self.assertIn("in load", done.stderr)
        self.assertNotIn("\x1b", done.stderr)
        self.assertNotIn("\x07", done.stderr)
        self.assertIn("\\x1b", done.stderr)

    def test_left_behind(self):
        """A child that outlives the command is shown as it stands, and lives on unharmed."""
        path = self.write("leave.py", """
import os, signal, sys
told, tell = os.pipe()
if os.fork() == 0:
    os.setsid()
    kept = open("/etc/hostname")
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    print(os.getpid(), flush=True)
    os.close(1)
    os.close(2)
    signal.alarm(60)
    os.write(tell, b".")
    open(sys.argv[1]).read()
    open(sys.argv[2], "w").write("done")
    os._exit(0)
os.read(told, 1)
""")
        go_on, marker = self.folder / "go_on", self.folder / "marker"
        os.mkfifo(go_on)
        _, result = self.result_of_output(path, go_on, marker)
        go_on.write_text("")
        harness.wait_for(marker.exists, "the child to go on to its end")

    def result_of_output(self, *arguments):
        done = self.run_command("--json", "--", PYTHON, *arguments)
        pid, text = done.stdout.split("\n", 1)
        result = json.loads(text)
        self.assertIn(int(pid), [p["pid"] for p in result["processes"]], result)
        return done.returncode, result


if __name__ == "__main__":
    harness.main()
