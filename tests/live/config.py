#!/usr/bin/python3 -B
# SPDX-License-Identifier: BSD-2-Clause
# sanitized: yes
"""The configuration over real processes: read anew, by section, and limits that it raises."""

import contextlib
import errno
import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import textwrap
import unittest
from pathlib import Path

import harness

MAKERS = f"[command {harness.MAKER_NAME}]"


class Live(unittest.TestCase):
    def start(self, text, **more):
        self.daemon = harness.Daemon(start=False)
        self.addCleanup(self.daemon.close)
        self.path = self.daemon.folder / "conf"
        self.path.write_text(text)
        self.daemon.options = ["--config", str(self.path)]
        self.daemon.start(**more)
        self.follower = self.daemon.follow()
        self.addCleanup(self.follower.close)

    def reload(self, *words):
        """Asks for it, and waits until the log says all of `words` behind what it said before."""
        said = len(self.daemon.log())
        self.daemon.process.send_signal(signal.SIGHUP)
        harness.wait_for(lambda: all(w in self.daemon.log()[said:] for w in words),
                         lambda: f"{words} in the log: {self.daemon.log()[said:]}")
        return self.daemon.log()[said:]

    def maker(self, held=0, **options):
        maker = harness.Maker(self.daemon.folder, **options)
        self.addCleanup(maker.close)
        if held:
            maker.must(f"leak {held - harness.count_of(maker.pid)}")
        return maker

    def await_state(self, maker, state):
        return self.daemon.await_process(maker.pid, lambda p: p["state"] == state, state)


class Reload(Live):
    def test_good(self):
        self.start("[daemon]\ninterval = 0.2\n")
        self.path.write_text(f"[alarm]\nwarning = 50%\n{MAKERS}\nmark = team=storage\n")
        maker = self.maker(held=60, limit=100)
        before = self.daemon.await_process(maker.pid, lambda p: p["fds"] == 60, "60")
        self.assertEqual((before["state"], before["mark"]), ("ok", None))
        self.assertNotIn("restart", self.reload("was read anew"))
        after = self.await_state(maker, "warning")
        self.assertEqual(after["mark"], "team=storage")
        self.assertEqual(self.daemon.status()["interval_seconds"], 0.2)

    def test_wrong_line_keeps_all(self):
        self.start(f"[alarm]\nwarning = 50%\n{MAKERS}\nmark = old\n")
        self.path.write_text(f"{MAKERS}\nmark = new\n[alarm]\nwarnig = 90%\n")
        self.reload("stays as it is", f"{self.path}:4: there is no key 'warnig' in [alarm]")
        maker = self.maker(held=60, limit=100)
        self.assertEqual(self.await_state(maker, "warning")["mark"], "old")
        self.path.unlink()
        self.reload("stays as it is", "No such file")
        self.assertEqual(self.await_state(maker, "warning")["mark"], "old")
        self.path.write_text(f"{MAKERS}\nmark = new\n")
        self.reload("was read anew")
        self.daemon.await_process(maker.pid, lambda p: p["mark"] == "new", "its mark")

    def test_foreign_bytes_in_the_log(self):
        self.start("")
        self.path.write_bytes(b"[alarm]\n\x1b[2J\xff = 1\n")
        self.reload("stays as it is", r"there is no key '\x1b[2J\xff' in [alarm]")

    def test_what_takes_a_restart(self):
        self.start("")
        # Options win over the file, so only what none of them sets can differ.
        self.daemon.stop()
        self.daemon.options += ["--interval", "0.3"]
        self.daemon.start()
        self.path.write_text("[daemon]\nsocket = /nowhere/s\ninterval = 5\n")
        self.assertNotIn("restart", self.reload("was read anew"))
        self.assertEqual(self.daemon.status()["interval_seconds"], 0.3)

    def systemd(self):
        """What it hears the daemon by."""
        folder = harness.folder_of_own()
        self.addCleanup(os.rmdir, folder)
        notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(notify.close)
        notify.bind(str(folder / "n"))
        self.addCleanup(os.unlink, folder / "n")
        notify.settimeout(harness.DEADLINE)
        return notify

    def test_systemd_is_told(self):
        notify = self.systemd()
        self.start("", env={**os.environ, "NOTIFY_SOCKET": notify.getsockname()})
        self.assertIn(b"READY=1", notify.recv(4096))
        self.path.write_text("[demon]\n")
        self.daemon.process.send_signal(signal.SIGHUP)
        begun = notify.recv(4096)
        self.assertIn(b"RELOADING=1", begun)
        self.assertRegex(begun, rb"MONOTONIC_USEC=\d+")
        self.assertIn(b"READY=1", notify.recv(4096))
        self.daemon.stop()
        self.assertEqual(notify.recv(4096), b"STOPPING=1")

    def test_the_watchdog_is_fed_without_a_descriptor(self):
        notify = self.systemd()
        self.start("", env={**os.environ, "NOTIFY_SOCKET": notify.getsockname(),
                            "WATCHDOG_USEC": "600000"})
        self.assertEqual({notify.recv(4096), notify.recv(4096)},
                         {b"READY=1\nSTATUS=watching", b"WATCHDOG=1"})
        limits = resource.prlimit(self.daemon.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(self.daemon.pid, resource.RLIMIT_NOFILE, (0, limits[1]))
        harness.wait_for(lambda: os.strerror(errno.EMFILE) in self.daemon.log(), self.daemon.log)
        notify.setblocking(False)
        with contextlib.suppress(BlockingIOError):  # what was said before
            while notify.recv(4096):
                pass
        notify.settimeout(harness.DEADLINE)
        for _ in range(3):
            self.assertEqual(notify.recv(4096), b"WATCHDOG=1")
        resource.prlimit(self.daemon.pid, resource.RLIMIT_NOFILE, limits)
        self.daemon.await_polls()


def examples(page):
    """What a page sets off, by blanks or as a literal, and begins with a section."""
    for text in (re.findall(r"^(?:    .*\n|\n(?=    ))+", page, re.MULTILINE)
                 + re.findall(r"^\.Bd -literal\n(.*?)^\.Ed", page, re.MULTILINE | re.DOTALL)):
        text = textwrap.dedent(text).strip("\n") + "\n"
        if re.match(r"\[\w", text):
            yield text


class Example(unittest.TestCase):
    path = harness.ROOT / "packaging" / "fdwatch.conf"

    def ask(self, text):
        """(exit status, standard output, standard error), with CONF for the file's name."""
        folder = harness.folder_of_own()
        self.addCleanup(shutil.rmtree, folder)
        path = folder / "conf"
        path.write_text(text)
        result = subprocess.run([harness.DAEMON, "--check-config", path], text=True,
                                capture_output=True, timeout=60)
        return (result.returncode, *(text.replace(str(path), "CONF")
                                     for text in (result.stdout, result.stderr)))

    def check(self, text):
        status, said, errors = self.ask(text)
        self.assertEqual((status, errors), (0, ""))
        self.assertRegex(said, r"^CONF is right: \d+ keys in \d+ sections\n$")

    def test_what_is_found(self):
        self.assertEqual(self.ask("[alarm]\nwarning = 2h\n[unit a*]\nsilence = yes\nmark = x\n"),
                         (0, "CONF is right: 3 keys in 2 sections\n", ""))
        self.assertEqual(self.ask("")[1], "CONF is right: 0 keys in 0 sections\n")

    def test_what_is_wrong(self):
        for text, line in (
                ("[hook]\ncommand = /nonexistent/page me\n",
                 "CONF: [hook] command: /nonexistent/page: No such file or directory"),
                ("[hook]\ncommand = /etc/passwd\n", "/etc/passwd can't be executed"),
                ("[hook]\ncommand = page\n", "CONF:2: command can't be 'page'"),
                ("[alertmanager]\nurl = am:9093\n", "CONF:2: url can't be 'am:9093'"),
                ("[alertmanager]\nurl = http://am:9093/api/v2/alerts\n", "CONF:2: url can't be"),
                ("[alertmanager]\nurl = http://me:pass@am\n", "can't be 'http://***@am': it wants"),
                ("[alertmanager]\nurl = http://am\nca_file = /nonexistent\n",
                 "ca_file /nonexistent can't be read"),
                ("[metrics]\nweb_config = /nonexistent/web.yml\n",
                 "CONF: /nonexistent/web.yml can't be read: No such file or directory")):
            with self.subTest(text=text):
                status, said, errors = self.ask(text)
                self.assertIn(line, errors)
                self.assertEqual((status != 0, said, errors.count("\n")), (True, "", 1))

    def test_is_valid(self):
        text = self.path.read_text()
        self.check(text)
        # With what stands behind the marks too, but for files that are not there.
        self.check("\n".join(re.sub(r"^#(\[|\w+ = )", r"\1", line) for line in text.splitlines()
                             if not re.match(r"#(ca_file|credentials_file|web_config)", line))
                   + "\n")

    def test_examples_of_documents(self):
        """What a page shows of a configuration is one, as it stands there."""
        folder, found = harness.ROOT / "packaging", 0
        for page in [harness.ROOT / "README.md", *folder.glob("*/README.md"),
                     *folder.glob("man/*.5")]:
            for text in examples(page.read_text()):
                with self.subTest(page=page, text=text):
                    found += 1
                    status, _, errors = self.ask(text)
                    self.assertRegex(errors, r"\A(<3>\w+: CONF: .* No such file or directory\n)?\Z")
                    self.assertEqual(status != 0, errors != "")
        self.assertGreater(found, 5)

    def test_has_every_key(self):
        text = self.path.read_text()
        sources = (harness.ROOT / "daemon/config" / name for name in ("config.c", "rule.c"))
        keys = re.findall(r'^\t{"(\w*)", "(\w+)", value_', "".join(map(Path.read_text, sources)),
                          re.MULTILINE)
        self.assertGreater(len(keys), 25)
        for section, key in keys:
            with self.subTest(section=section, key=key):
                part = text.partition(f"\n[{section}]\n")[2].partition("\n[")[0] if section \
                    else text.partition("# Sections for some")[2]
                self.assertRegex(part, rf"(?m)^# *(\w+, )*{key}( =|,| +as)")


class Sections(Live):
    def test_threshold_and_silence(self):
        self.start(f"[alarm]\nwarning = 90%\n{MAKERS}\nwarning = 50%\n"
                   "[command hushed]\nsilence = yes\n[user 65534]\nmark = nobody\n")
        maker = self.maker(held=60, limit=100)
        other = self.maker(held=60, limit=100, uid=harness.NOBODY)
        self.assertFalse(self.await_state(maker, "warning")["silenced"])
        self.follower.wait(maker.pid, "state")
        self.assertEqual(self.await_state(other, "warning")["mark"], "nobody")
        maker.must("comm hushed")
        hushed = self.daemon.await_process(maker.pid, lambda p: p["silenced"], "silence")
        self.assertEqual(hushed["comm"], "hushed")
        listed = subprocess.run([harness.CLIENT, "--socket", self.daemon.socket, "ps"], text=True,
                                capture_output=True, check=True, timeout=60).stdout.splitlines()
        self.assertIn("MARK", listed[0])
        self.assertEqual([any(mark in line.split() for line in listed if str(pid) in line.split())
                          for pid, mark in ((maker.pid, "silenced"), (other.pid, "nobody"))],
                         [True, True])
        self.daemon.await_process(maker.pid, lambda p: p["silenced"], "silence")

    def test_incidents_of_the_silenced(self):
        self.start("[alarm]\nwarning = 50%\n[command hushed]\nsilence = yes\n")
        quiet = self.maker(limit=100)
        quiet.must("comm hushed")
        self.daemon.await_process(quiet.pid, lambda p: p["silenced"], "silence")
        quiet.must(f"leak {60 - harness.count_of(quiet.pid)}")
        loud = self.maker(held=60, limit=100)
        _, told = self.follower.wait(loud.pid, "state")
        self.assertIsNotNone(told["incident"])
        _, kept = self.follower.wait(quiet.pid, "state")  # states are computed all the same
        self.assertEqual((kept["state"], kept["incident"]), ("warning", None))


class Raised(Live):
    def test_step_by_step(self):
        self.start(f"[alarm]\nwarning = 80%\n{MAKERS}\nraise_limit = 350\n")
        maker = self.maker(held=50, limit=100)
        self.daemon.await_process(maker.pid, lambda p: p["soft_limit"] == 100, "its limit")
        maker.must("leak 35")
        _, event = self.follower.wait(maker.pid, "limit")
        self.assertEqual((event["previous_limit"], event["soft_limit"], event["cause"]),
                         (100, 200, "raise_limit"))
        self.assertEqual(resource.prlimit(maker.pid, resource.RLIMIT_NOFILE)[0], 200)
        # Full at once: the refusal raises it again, and the most is kept.
        maker.must("emfile 1")
        _, event = self.follower.wait(maker.pid, "limit", count=2)
        self.assertEqual((event["previous_limit"], event["soft_limit"]), (200, 350))

        def refused_again():  # the kernel tells one refusal a second
            maker.must("emfile 1")
            return len(self.follower.of(maker.pid, "emfile")) >= 2

        harness.wait_for(refused_again, "two refusals")
        self.daemon.await_polls(2)
        self.assertEqual(resource.prlimit(maker.pid, resource.RLIMIT_NOFILE)[0], 350)
        self.assertEqual(len(self.follower.of(maker.pid, "limit")), 2)

    def test_only_where_a_section_says_so(self):
        self.start("[alarm]\nwarning = 80%\n")
        maker = self.maker(held=90, limit=100)
        self.await_state(maker, "warning")
        self.daemon.await_polls(2)
        self.assertEqual(resource.prlimit(maker.pid, resource.RLIMIT_NOFILE)[0], 100)


if __name__ == "__main__":
    harness.main()
