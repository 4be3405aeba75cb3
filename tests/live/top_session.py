#!/usr/bin/python3 -B
# SPDX-License-Identifier: BSD-2-Clause
# sanitized: yes
# deadline: 300 s
"""fdwatch top in a shell, with daemons that come and go, and without a terminal."""

import json
import os
import re
import signal
import subprocess

import harness
from terminal import Terminal, Top, children


class Session(Top):
    """In a shell, as people use it."""

    def shell(self, **options):
        terminal = Terminal(["/bin/bash", "--norc", "-i"], **options)
        self.addCleanup(terminal.close)
        terminal.expect("ready$")
        self.start(terminal)
        return terminal

    def start(self, terminal):
        terminal.type(f"{harness.CLIENT} --socket {self.daemon.socket} top --interval 0.2")
        terminal.keys("Enter")
        terminal.expect("COMMAND", "Daemon")

    def child(self, terminal):
        """fdwatch, below the shell."""
        return harness.wait_for(lambda: children(terminal.pid), "fdwatch below the shell")[0]

    def assert_sane(self, terminal, word):
        """The shell echoes, in lines, and the screen is its own again."""
        terminal.expect("ready$")
        terminal.type(f"echo {word}-$((6 * 7)); stty -a | grep -o ' -*echo \\| -*icanon'")
        terminal.keys("Enter")
        text = terminal.expect(f"{word}-42", f"echo {word}-")
        self.assertNotIn("COMMAND", text)
        terminal.wait(lambda t: re.search(r"^ *icanon", t, re.M) and
                      re.search(r"^ *echo\b", t, re.M), "a terminal as it was")

    def test_quit_leaves_the_shell_as_it_was(self):
        terminal = self.shell()
        terminal.keys("q")
        self.assert_sane(terminal, "quit")

    def test_signals_leave_the_shell_as_it_was(self):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
            with self.subTest(number):
                terminal = self.shell()
                os.kill(self.child(terminal), number)
                self.assert_sane(terminal, f"signal{int(number)}")

    def suspend(self, terminal):
        """Under load and sanitizers one key in a hundred has not come through."""
        for attempt in range(3):
            terminal.keys("C-z")
            try:
                return terminal.expect("Stopped", deadline=5)
            except AssertionError:
                harness.note(f"C-z number {attempt + 1} did not suspend")
        return terminal.expect("Stopped")

    def test_suspend_and_resume(self):
        terminal = self.shell()
        self.suspend(terminal)
        self.assert_sane(terminal, "suspended")
        terminal.resize(100, 30)
        terminal.type("fg")
        terminal.keys("Enter")
        text = terminal.expect("COMMAND", "Daemon")
        self.assertNotIn("suspended", text)
        terminal.keys("?")
        terminal.expect("Everywhere")
        terminal.keys("Escape", "q")
        terminal.expect("ready$")
        terminal.keys("q")

    def test_lost_terminal(self):
        terminal = self.shell()
        pid = self.child(terminal)
        terminal.tmux("kill-server")
        harness.wait_for(lambda: not os.path.exists(f"/proc/{pid}"), "fdwatch to end")


class Daemons(Top):
    """Daemons of their own, which come and go."""

    def setUp(self):
        self.own = harness.Daemon(interval=0.2)
        self.addCleanup(self.own.close)
        self.terminal = Terminal([harness.CLIENT, "--socket", self.own.socket, "top",
                                  "--interval", "0.2"])
        self.addCleanup(self.terminal.close)
        self.terminal.expect("COMMAND", "polls every 200")

    def test_restart(self):
        self.own.stop()
        self.terminal.expect("fdwatchd is away", "trying again")
        self.terminal.keys("?")
        self.terminal.expect("Everywhere")
        self.terminal.keys("Escape")
        self.own.start()
        self.terminal.expect("fdwatchd is back")
        self.terminal.expect_not("fdwatchd is away")
        self.assertIsNone(self.terminal.ended)

    def test_keys_while_it_hangs(self):
        os.kill(self.own.pid, signal.SIGSTOP)
        try:
            for key, word in (("?", "Everywhere"), ("Escape", "COMMAND"), ("o", "[x] PID"),
                              ("Escape", "COMMAND"), ("u", "PROCS"), ("p", "USER")):
                self.terminal.keys(key)
                self.terminal.expect(word)
            self.terminal.keys("q")
            harness.wait_for(lambda: self.terminal.ended == 0, "the end")
        finally:
            os.kill(self.own.pid, signal.SIGCONT)


class Once(harness.Case):
    def run_top(self, *options, **environment):
        return subprocess.run([harness.CLIENT, "--socket", self.daemon.socket, "top", *options],
                              text=True, capture_output=True, timeout=60, check=False,
                              stdin=subprocess.DEVNULL,
                              env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8",
                                   **environment})

    def test_once_can_be_copied(self):
        maker = self.maker()
        maker.must("leak 30")
        self.await_equal(maker.pid)
        for options in (["--once"], []):  # without a terminal too
            run = self.run_top(*options)
            self.assertEqual(run.returncode, 0, run.stderr)
            line = next(l for l in run.stdout.split("\n") if l.split()[:1] == [str(maker.pid)])
            self.assertIn(" 33 ", line)
            self.assertNotIn("\x1b", run.stdout)
        self.assertIn(str(maker.pid), {str(p["pid"]) for p in
                                       json.loads(self.run_top("--json").stdout)["processes"]})

    def test_once_by_view(self):
        for view, word in (("processes", "USER"), ("units", "WORST"), ("containers", "WORST")):
            with self.subTest(view):
                run = self.run_top("--once", "--view", view)
                self.assertEqual(run.returncode, 0, run.stderr)
                if run.stdout.splitlines()[2:] != ["None."]:  # there may be no container
                    self.assertIn(word, run.stdout.splitlines()[2])

    def test_once_by_site(self):
        self.assertRegex(self.run_top("--once", "--view", "sites").stdout,
                         "No process is tracked|PLACE")  # others of the host may be
        maker = self.maker()
        self.await_equal(maker.pid)
        status, body = harness.request(self.daemon.socket, f"/v1/processes/{maker.pid}/track",
                                       "PUT")
        if status == 501:
            self.skipTest(f"this host can't track: {body}")
        maker.must("leak 7")

        def shown():
            run = self.run_top("--once", "--view", "sites")
            return re.search(rf"PLACE\n *{maker.pid} .* 7 ", run.stdout)

        harness.wait_for(shown, "its place")

    def test_once_is_the_same_whatever_was_chosen(self):
        kept = self.daemon.folder / "kept" / "fdwatch"
        kept.mkdir(parents=True)
        (kept / "top.json").write_text(json.dumps(
            {"view": "units", "interval_seconds": 60,
             "processes": {"sort": "pid", "reverse": True, "columns": [{"name": "pid"}]}}))
        heading = self.run_top("--once").stdout.splitlines()[2]
        run = self.run_top("--once", XDG_CONFIG_HOME=str(kept.parent))
        self.assertEqual(run.returncode, 0, run.stderr)
        # Columns are as wide as what stands in them.
        self.assertEqual(run.stdout.splitlines()[2].split(), heading.split())

    def test_options_are_not_kept(self):
        """What is chosen by keys is, and no more."""
        folder = self.daemon.folder / "options"
        terminal = Terminal([harness.CLIENT, "--socket", self.daemon.socket, "top", "--view",
                             "units", "--interval", "0.3"], XDG_CONFIG_HOME=str(folder))
        self.addCleanup(terminal.close)
        terminal.expect("PROCS", "every 0.3s")
        terminal.keys("r", "q")
        self.assertEqual(terminal.await_end(), 0)
        kept = json.loads((folder / "fdwatch" / "top.json").read_text())
        self.assertEqual((kept["view"], kept["interval_seconds"]), ("processes", 1))
        self.assertTrue(kept["units"]["reverse"])

    def test_wrong_usage(self):
        for options in (["--view", "sea"], ["--interval", "0"], ["--interval", "x"], ["surplus"],
                        ["--nonsense"]):
            with self.subTest(options):
                run = self.run_top(*options)
                self.assertEqual((run.returncode, len(run.stderr.splitlines())), (2, 1))

    def test_no_daemon(self):
        run = subprocess.run([harness.CLIENT, "--socket", "/nowhere/s", "top"], text=True,
                             capture_output=True, timeout=60, check=False)
        self.assertEqual((run.returncode, len(run.stderr.splitlines())), (3, 1))


if __name__ == "__main__":
    harness.main()
