#!/usr/bin/python3 -B
# SPDX-License-Identifier: BSD-2-Clause
# sanitized: yes
"""Starts that must not be: one clear line each, and nothing lost."""

import shutil
import socket
import subprocess
import unittest

import harness


class Refused(unittest.TestCase):
    def daemon(self, **options):
        daemon = harness.Daemon(start=False, **options)
        self.addCleanup(daemon.close)
        return daemon

    def check(self, result, *words, status=1):
        """It ended with one line that says all of `words`."""
        self.assertEqual(result.returncode, status, result.stderr)
        lines = result.stderr.strip().splitlines()
        self.assertEqual(len(lines), 1, result.stderr)
        for word in words:
            self.assertIn(word, lines[0])
        harness.note(lines[0])

    def test_socket_of_a_living_daemon(self):
        daemon = self.daemon().start()
        other = daemon.folder / "other-pins"
        self.check(daemon.run("--pin-dir", str(other)), str(daemon.socket), "stop it")
        self.assertTrue(daemon.status())
        self.assertFalse(other.exists(), "what was loaded in vain is left behind")

    def test_pins_of_a_living_daemon(self):
        daemon = self.daemon().start()
        maker = harness.Maker(daemon.folder)
        self.addCleanup(maker.close)
        maker.must("burst 300")
        before = daemon.await_process(maker.pid, lambda p: p["opened_total"] >= 300, "300 opened")
        self.check(daemon.run("--socket", str(daemon.folder / "t")),
                   "another fdwatchd", str(daemon.pins))
        maker.must("burst 10")
        after = daemon.await_process(
            maker.pid, lambda p: p["opened_total"] == before["opened_total"] + 10, "10 opened")
        self.assertEqual(after["peak"], before["peak"])

    def test_regular_file_in_the_socket_s_place(self):
        daemon = self.daemon()
        daemon.socket.write_text("precious")
        self.check(daemon.run(), str(daemon.socket), "is no socket")
        self.assertEqual(daemon.socket.read_text(), "precious")

    def test_stale_socket_is_taken_over(self):
        daemon = self.daemon()
        with socket.socket(socket.AF_UNIX) as stale:
            stale.bind(str(daemon.socket))
        daemon.start()
        self.assertEqual(daemon.stop(), 0)
        self.assertFalse(daemon.socket.exists())

    def test_living_socket_of_another_program(self):
        daemon = self.daemon()
        with socket.socket(socket.AF_UNIX) as other:
            other.bind(str(daemon.socket))
            other.listen()
            self.check(daemon.run(), str(daemon.socket))
        self.assertTrue(daemon.socket.exists())

    def test_socket_path_too_long(self):
        daemon = self.daemon()
        result = daemon.run("--socket", "/tmp/" + "x" * 200)
        self.check(result, "socket", "107", status=2)

    def run_as_nobody(self, *options):
        daemon = self.daemon()
        daemon.folder.chmod(0o777)
        program = daemon.folder / "fdwatchd"  # where an ordinary user can reach it
        shutil.copyfile(harness.DAEMON, program)
        program.chmod(0o755)
        return subprocess.run([str(program), *daemon.command(*options)[1:]], text=True,
                              capture_output=True, timeout=60, user=harness.NOBODY,
                              group=harness.NOBODY, extra_groups=[])

    def test_few_descriptors(self):
        """Of its own, where it may not have more."""
        few = ("sh", "-c", 'ulimit -n 64; exec setpriv --bounding-set -sys_resource "$@"', "sh")
        self.check(self.daemon(prefix=few).run(), "ulimit -n")

    def test_no_rights(self):
        self.check(self.run_as_nobody(), "root", "--load")

    def test_load_without_rights(self):
        self.check(self.run_as_nobody("--load"), "root")

    def test_no_btf(self):
        """The kernel's type information hidden, for the daemon only."""
        daemon = self.daemon()
        hide = ["unshare", "--mount", "sh", "-c",
                'mount -t tmpfs none /sys/kernel/btf && exec "$@"', "sh"]
        self.check(daemon.run(prefix=hide), "BTF", "CONFIG_DEBUG_INFO_BTF")

    def test_nested_pid_namespace(self):
        daemon = self.daemon()
        nest = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"]
        self.check(daemon.run(prefix=nest), "pid namespace")

    def test_pin_folder_that_cannot_be_made(self):
        daemon = self.daemon()
        blocker = daemon.folder / "file"
        blocker.write_text("precious")
        result = daemon.run("--load", "--pin-dir", str(blocker / "pins"))
        self.check(result, str(blocker / "pins"))
        # A daemon needs no pins: it says what it does without.
        daemon.pins = blocker / "pins"
        daemon.start()
        self.assertIn("totals end with this daemon", daemon.log())
        self.assertFalse(daemon.status()["persistent"])
        self.assertEqual(blocker.read_text(), "precious")

    def test_web_configuration_that_is_missing(self):
        """Everything else has been started by then, and ends again."""
        daemon = self.daemon()
        config = daemon.folder / "fdwatch.conf"
        config.write_text("[metrics]\nweb_config = /nonexistent/web.yml\n")
        for _ in range(5):
            self.check(daemon.run("--config", str(config), "--metrics-listen", "127.0.0.1:1"),
                       "/nonexistent/web.yml", "No such file")

    def test_wrong_options(self):
        daemon = self.daemon()
        for options in (["--no-such-option"], ["--interval", "0"], ["--interval", "x"],
                        ["--interval"], ["--backend", "kprobe"], ["surplus"],
                        ["--load", "--unload"],
                        ["--user", "nobody"], ["--load", "--user", "no such user"],
                        ["--metrics-listen", "nonsense"], ["--config", "/no/such/file"]):
            with self.subTest(options=options):
                result = daemon.run(*options)
                self.assertIn(result.returncode, (1, 2))
                self.assertEqual(len(result.stderr.strip().splitlines()), 1, result.stderr)
                harness.note(result.stderr.strip())

    def test_help_and_version(self):
        for option in ("--help", "--version"):
            result = subprocess.run([harness.DAEMON, option], text=True, capture_output=True)
            self.assertEqual((result.returncode, result.stderr), (0, ""))
            self.assertIn("fdwatchd", result.stdout)


if __name__ == "__main__":
    harness.main()
