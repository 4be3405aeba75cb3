#!/usr/bin/python3 -B
# SPDX-License-Identifier: BSD-2-Clause
"""Completion by real shells: what bash, zsh and fish offer beside a daemon that they ask."""

import os
import re
import shutil
import subprocess
import unittest

import harness
from terminal import TMUX, Terminal

COMPLETION = harness.ROOT / "packaging" / "completion"
BASH = 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); "_$1"; ' \
    'printf "%s\\n" "${COMPREPLY[@]}"'
FISH = "source $argv[1]; complete --do-complete $argv[2]"


def help_of(*command):
    return subprocess.run([*map(str, command), "--help"], capture_output=True, text=True,
                          check=True, stdin=subprocess.DEVNULL).stdout


def options_of(*command):
    return set(re.findall(r"(?:^ +|\[|, )(--[a-z-]+)", help_of(*command), re.M))


class Completion(harness.Case):
    def setUp(self):
        super().setUp()
        self.pid = str(self.maker().pid)
        self.daemon.await_process(int(self.pid), lambda p: True, "the maker")
        told = help_of(harness.CLIENT)
        self.commands = set(re.findall(r"(?:^  |PID, )([a-z]+)(?= )", told, re.M))
        self.assertEqual(len(self.commands), 12)
        self.environment = {
            "PATH": f"{harness.BUILD}:{os.environ['PATH']}", "HOME": str(self.daemon.folder),
            "LC_ALL": "C.UTF-8", "FDWATCH_SOCKET": str(self.daemon.socket), "TERM": "dumb"}

    def run_shell(self, *command, **more):
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, env={**self.environment, **more},
                              timeout=harness.DEADLINE, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout.splitlines()

    def check_all(self, offered):
        """What `offered` makes of a line: words, the last one to be completed."""
        self.assertEqual(offered("fdwatch", ""), self.commands)
        self.assertEqual(offered("fdwatch", "inc"), {"incidents"})
        self.assertEqual(offered("fdwatch", "--"), {"--socket", "--json", "--help", "--version"})
        for command in sorted(self.commands):
            with self.subTest(command=command):
                self.assertEqual(offered("fdwatch", command, "--"),
                                 options_of(harness.CLIENT, command) | {"--help"})
        self.assertEqual(offered("fdwatchd", "--"), options_of(harness.DAEMON))
        for command in ("show", "track", "untrack", "record", "leaks"):
            with self.subTest(command=command):
                self.assertIn(self.pid, offered("fdwatch", command, ""))
        self.assertNotIn(self.pid, offered("fdwatch", "status", ""))
        self.assertEqual(offered("fdwatch", "top", "--view", "u"), {"units"})
        self.assertEqual(offered("fdwatch", "ps", "--sort", "pe"), {"peak"})

    def bash(self, *words, **more):
        file = COMPLETION / f"{words[0]}.bash"
        told = self.run_shell("bash", "--norc", "-c", BASH, "bash", file, *words, **more)
        return set(told) - {""}

    def test_bash(self):
        self.check_all(self.bash)
        self.assertEqual(self.bash("fdwatch", "top", "--view", "=", "si"), {"sites"})
        self.assertEqual(self.bash("fdwatch", "top", "--view", "="),
                         {"processes", "units", "containers", "sites"})
        self.assertIn("sleep", self.bash("fdwatch", "run", "--fail-over", "1", "--", "slee"))
        self.assertEqual(self.bash("fdwatch", "show", "1", ""), set())
        elsewhere = {"FDWATCH_SOCKET": "/nowhere"}
        self.assertNotIn(self.pid, self.bash("fdwatch", "show", "", **elsewhere))
        self.assertIn(self.pid, self.bash(
            "fdwatch", "--socket", str(self.daemon.socket), "show", "", **elsewhere))

    @unittest.skipUnless(shutil.which("fish"), "there is no fish")
    def test_fish(self):
        def fish(*words):
            file = COMPLETION / f"{words[0]}.fish"
            told = self.run_shell("fish", "--no-config", "-c", FISH, file, " ".join(words))
            return {line.split("\t")[0] for line in told}

        self.check_all(fish)
        self.assertIn("sleep", fish("fdwatch", "run", "--", "slee"))

    def shell(self, *command):
        terminal = Terminal(command, width=100, height=50, **self.environment | {"TERM": "xterm"})
        self.addCleanup(terminal.close)
        return terminal

    @unittest.skipUnless(TMUX, "there is no tmux")
    def test_bash_in_a_terminal(self):
        terminal = self.shell("bash", "--norc", "--noprofile", "-i")
        terminal.type(f"source {COMPLETION}/fdwatch.bash; echo loa''ded\n")
        terminal.expect("loaded")
        terminal.type("fdwatch unt\t")
        terminal.expect("fdwatch untrack")
        terminal.type(f"{self.pid[:-1]}\t\t")
        terminal.expect(self.pid)
        terminal.keys("C-u")
        terminal.type("fdwatch top --view=con\t")
        terminal.expect("fdwatch top --view=containers")

    @unittest.skipUnless(TMUX and shutil.which("zsh"), "there is no tmux, or no zsh")
    def test_zsh(self):
        terminal = self.shell("zsh", "-f", "-i")
        terminal.type(f"fpath=({COMPLETION} $fpath); autoload -U compinit; compinit -D -u; "
                      "zstyle ':completion:*' list-grouped false; setopt list_rows_first; "
                      "LISTMAX=9999; PS1='$ '; clear; echo loa''ded\n")
        terminal.expect("loaded")

        def offered(*words):
            terminal.keys("C-u")
            terminal.keys("C-l")
            terminal.type(" ".join(words) + "\x04")  # ^D lists, and completes nothing
            return terminal

        offered("fdwatch", "").expect(*self.commands)
        offered("fdwatch", "--").expect("--socket", "--json", "--help", "--version")
        for command in sorted(self.commands):
            offered("fdwatch", command, "--").expect(
                *options_of(harness.CLIENT, command), "--help")
        offered("fdwatchd", "--").expect(*options_of(harness.DAEMON))
        for command in ("show", "track", "untrack", "record", "leaks"):
            offered("fdwatch", command, self.pid[:-1]).expect(self.pid)
        offered("fdwatch", "top", "--view=").expect("processes", "units", "containers", "sites")


if __name__ == "__main__":
    harness.main()
