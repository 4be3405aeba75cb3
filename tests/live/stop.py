#!/usr/bin/python3 -B
# SPDX-License-Identifier: BSD-2-Clause
# sanitized: yes
"""Ends: a stop leaves nothing in the kernel, a restart leaves all; --load and --unload."""

import contextlib
import json
import os
import pwd
import resource
import signal
import shutil
import subprocess
import unittest

import harness

BPFTOOL = shutil.which("bpftool", path="/usr/sbin:/sbin:/usr/bin:/bin")


def programs():
    """Ids of all programs in the kernel."""
    out = subprocess.run([BPFTOOL, "-j", "prog", "list"], capture_output=True, check=True).stdout
    return {p["id"]: p for p in json.loads(out)}


def pinned(folder):
    return sorted(os.listdir(folder)) if os.path.isdir(folder) else []


@unittest.skipUnless(BPFTOOL, "there is no bpftool")
class Stop(unittest.TestCase):
    def daemon(self, **options):
        daemon = harness.Daemon(start=False, **options)
        self.addCleanup(daemon.close)
        return daemon

    def loaded(self, daemon):
        """Ids of the programs that the daemon's pins and descriptors hold."""
        ids = set()
        for fd in harness.descriptors_of(daemon.pid):
            with contextlib.suppress(FileNotFoundError), \
                    open(f"/proc/{daemon.pid}/fdinfo/{fd}", encoding="ascii") as info:
                ids |= {int(line.split()[1]) for line in info if line.startswith("prog_id:")}
        for name in pinned(daemon.pins):
            link = subprocess.run([BPFTOOL, "-j", "link", "show", "pinned",
                                   str(daemon.pins / name)], capture_output=True)
            if link.returncode == 0:
                ids |= {json.loads(link.stdout)["prog_id"]}
        return ids

    def await_unloaded(self, ids):
        """Programs go a moment after the last that held them."""
        harness.wait_for(lambda: not ids & programs().keys(),
                         lambda: f"programs {ids & programs().keys()} to go")

    def assert_nothing_left(self, daemon, ids):
        self.assertFalse(os.path.ismount(daemon.pins))
        self.assertFalse(daemon.pins.exists())
        self.assertFalse(daemon.socket.exists())
        self.await_unloaded(ids)

    def test_stop_leaves_nothing(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(signal=number.name):
                daemon = self.daemon().start()
                ids = self.loaded(daemon)
                self.assertGreater(len(ids), 5)
                self.assertLessEqual(ids, programs().keys())
                self.assertEqual(daemon.stop(number), 0)
                self.assert_nothing_left(daemon, ids)

    def totals(self, daemon, pid):
        p = daemon.find(pid)
        return {key: p[key] for key in ("opened_total", "closed_total", "peak", "emfile_total",
                                        "start_time")}

    def make(self, daemon):
        maker = harness.Maker(daemon.folder, limit=64)
        self.addCleanup(maker.close)
        daemon.await_process(maker.pid, lambda p: p["fds"] == 3, "3")
        maker.must("emfile 2")
        maker.must("close-all")
        daemon.await_process(maker.pid, lambda p: p["closed_total"] >= 61, "61 closed")
        return maker

    def test_restart_leaves_all(self):
        daemon = self.daemon().start()
        maker = self.make(daemon)
        before = self.totals(daemon, maker.pid)
        ids = self.loaded(daemon)
        self.assertEqual(daemon.stop(signal.SIGUSR2), 0)
        self.assertTrue(pinned(daemon.pins))
        self.assertLessEqual(ids, programs().keys())
        reply = maker.must("burst 20")  # with no daemon there
        daemon.start()
        after = daemon.await_process(
            maker.pid,
            lambda p: p["opened_total"] == before["opened_total"] + reply["opened"],
            "what was opened between the daemons")
        self.assertEqual(after["closed_total"], before["closed_total"] + reply["closed"])
        self.assertEqual(after["peak"], before["peak"])
        self.assertEqual(after["emfile_total"], 2)
        self.assertEqual(daemon.stop(), 0)
        self.assert_nothing_left(daemon, ids)

    def test_killed_daemon_leaves_all(self):
        daemon = self.daemon().start()
        maker = self.make(daemon)
        before = self.totals(daemon, maker.pid)
        ids = self.loaded(daemon)
        daemon.process.kill()
        daemon.process.wait()
        daemon.start()
        self.assertEqual(self.totals(daemon, maker.pid), before)
        self.assertEqual(daemon.stop(), 0)
        self.assert_nothing_left(daemon, ids)

    def test_load_then_unload(self):
        daemon = self.daemon()
        before = programs().keys()
        result = daemon.run("--load")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertTrue(pinned(daemon.pins))
        result = daemon.run("--load")  # once more does no harm
        self.assertEqual(result.returncode, 0, result.stderr)
        daemon.start()
        ids = self.loaded(daemon)
        self.assertTrue(ids - before)
        result = daemon.run("--unload")
        self.assertNotEqual(result.returncode, 0, "the ground is taken from under a daemon")
        self.assertEqual(daemon.stop(signal.SIGUSR2), 0)
        result = daemon.run("--unload")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assert_nothing_left(daemon, ids)
        result = daemon.run("--unload")  # there is nothing: that is well
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_upgrade_that_fails(self):
        """Where the new programs can't be attached, the old ones and their totals stay."""
        daemon = self.daemon()
        self.assertEqual(daemon.run("--load").returncode, 0)
        marker = ["pinned", str(daemon.pins / "meta"), "key", "0", "0", "0", "0"]
        value = json.loads(subprocess.run([BPFTOOL, "-j", "map", "lookup", *marker],
                                          capture_output=True, check=True).stdout)["value"]
        other = [hex(int(value[0], 16) ^ 1), *value[1:]]  # the build's checksum stands first
        subprocess.run([BPFTOOL, "map", "update", *marker, "value", *other], check=True)
        before = pinned(daemon.pins)
        few = (110, 110)  # descriptors: enough to load with, not to attach all
        result = daemon.run("--load", preexec_fn=lambda: resource.setrlimit(
            resource.RLIMIT_NOFILE, few))
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("can't follow", result.stderr)
        self.assertEqual(pinned(daemon.pins), before)
        self.assertEqual(daemon.run("--unload").returncode, 0)

    def test_daemon_without_rights(self):
        """Loaded by root for a user, watched by that user."""
        daemon = self.daemon()
        daemon.folder.chmod(0o777)
        program = daemon.folder / "fdwatchd"
        shutil.copyfile(harness.DAEMON, program)
        program.chmod(0o755)
        result = daemon.run("--load", "--user", pwd.getpwuid(harness.NOBODY).pw_name)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        maker = harness.Maker(daemon.folder)
        self.addCleanup(maker.close)
        maker.must("leak 10")
        daemon.command = lambda *o: [str(program), *harness.Daemon.command(daemon, *o)[1:]]
        daemon.start(user=harness.NOBODY, group=harness.NOBODY, extra_groups=[])
        with open(f"/proc/{daemon.pid}/status", encoding="ascii") as status:
            rights = [line.split()[1] for line in status if line.startswith("CapEff")]
        self.assertEqual(rights, ["0" * 16])
        daemon.await_process(maker.pid, lambda p: p["fds"] == 13, "13")
        self.assertEqual(len(daemon.show(maker.pid)["descriptors"]), 13)
        follower = daemon.follow()
        self.addCleanup(follower.close)
        maker.must("setrlimit 30")
        maker.must("emfile")
        follower.wait(maker.pid, "emfile")
        del daemon.command
        self.assertEqual(daemon.stop(signal.SIGUSR2), 0)
        self.assertEqual(daemon.run("--unload").returncode, 0)
        self.assertFalse(os.path.ismount(daemon.pins))

    def test_no_bpffs_and_no_right_to_mount(self):
        """It goes on without persistence, and says so."""
        daemon = self.daemon(prefix=["setpriv", "--bounding-set", "-sys_admin", "--inh-caps",
                                     "-sys_admin"])
        try:
            daemon.start()
        except AssertionError as error:
            if "no right" in str(error):
                self.skipTest("this kernel wants CAP_SYS_ADMIN to load")
            raise
        ids = self.loaded(daemon)
        self.assertIn("totals end with this daemon", daemon.log())
        self.assertFalse(os.path.ismount(daemon.pins))
        self.assertEqual(daemon.stop(), 0)
        self.await_unloaded(ids)


if __name__ == "__main__":
    harness.main()
