#!/usr/bin/python3 -B
# SPDX-License-Identifier: BSD-2-Clause
# sanitized: yes
# deadline: 300 s
"""Every key that the help of fdwatch top names, by each of its names."""

import re

import harness
from terminal import Terminal, Top

SECTIONS = {"Everywhere": 0, "In the list": 1, "In a process": 2}

# What tmux calls keys that the help calls otherwise.
TMUX = {"PgUp": "PPage", "PgDn": "NPage", "Esc": "Escape", "BkSp": "BSpace", "S-Tab": "BTab",
        "^B": "C-b", "^F": "C-f", "^L": "C-l", "^C": "C-c"}

LINES = 12
SCREEN = 14  # whose page has nine lines

# From which end, and which line it leads to.
MOVES = {"Up": ("End", 10), "k": ("End", 10), "Down": ("Home", 1), "j": ("Home", 1),
         "PgUp": ("End", 2), "^B": ("End", 2), "PgDn": ("Home", 9), "^F": ("Home", 9),
         "Home": ("End", 0), "g": ("End", 0), "End": ("Home", 11), "G": ("Home", 11)}

# What the screen shows then, as a pattern, and the keys that take it back; {pid} is selected.
ALIKE = {
    "/ F3 F4": (r"Filter:", ["Enter"]),
    "z Space": (r"FROZEN", ["z"]),
    "+ =": (r"looks every 0\.1 s", ["-"]),
    "-": (r"looks every 0\.5 s", ["+"]),
    "d": (r"Seconds between looks", ["Escape"]),
    "m": (r"the mouse is the terminal's", ["m"]),
    "? h F1": (r"Keys and columns", ["Escape"]),
}
LIST = {
    "Enter": (r"1 Overview", ["Escape"]),
    "s F6": (r"Sort by", ["Escape"]),
    "> .": (r"USER\+", ["<"]),
    "f F": (r"following {pid}", ["f"]),
    "P": (r"PID:", ["Escape"]),
    "u": (r"PROCS", ["p"]),
    "c": (r"PROCS", ["p"]),
    "l": (r"PLACE", ["p"]),
    "v Tab": (r"PROCS", ["p"]),
    "i": (r"Incidents and alarms of all", ["Escape"]),
    "o F2": (r"\[x\] PID", ["Escape"]),
}
PROCESS = {
    "Tab Right": (r"limit \d+[\s\S]* now", ["1"]),
    "S-Tab Left": (r"Alarms, the latest first", ["1"]),
}
# Each has a test of its own below.
APART = {0: {"^L", "R", "F7", "T", "F9"},
         1: {"Esc", "p", "r", "I", "<", ",", "t", "F5", "0-9", "q", "F10", "^C"},
         2: {"Enter", "[", "]", "Esc", "BkSp", "q", "F10"}}


def named(table):
    """{key: what it does} of a table whose lines are for several keys."""
    return {key: what for keys, what in table.items() for key in keys.split()}


class Keys(Top):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.makers = [harness.Maker(cls.daemon.folder) for _ in range(LINES)]
        for i, maker in enumerate(cls.makers):
            cls.addClassCleanup(maker.close)
            maker.must(f"comm keyed{i:02}")
        cls.pids = sorted(m.pid for m in cls.makers)
        for maker in cls.makers:
            cls.daemon.await_process(maker.pid, lambda p: p["comm"].startswith("keyed"), "a name")

    def opened(self, **options):
        """The makers by their numbers, the first selected."""
        terminal = self.top(height=SCREEN, **options)
        self.filtered(terminal, "keyed")
        terminal.keys("s", "Home", "Enter", "Home")
        terminal.expect("PID+")
        terminal.wait(lambda _: self.selected(terminal) == self.pids[0], "the first selected")
        return terminal

    @staticmethod
    def press(terminal, name):
        terminal.keys(TMUX.get(name, name))

    def await_line(self, terminal, line, why):
        terminal.wait(lambda _: self.selected(terminal) == self.pids[line],
                      f"line {line} after {why}")

    def await_pattern(self, terminal, pattern, key):
        found = re.compile(pattern.format(pid=self.pids[0]) if "{pid}" in pattern else pattern)
        terminal.wait(found.search, f"{pattern} after {key}")

    def await_back(self, terminal, pattern, key):
        found = re.compile(pattern.format(pid=self.pids[0]) if "{pid}" in pattern else pattern)
        terminal.wait(lambda text: not found.search(text), f"no {pattern} after {key} taken back")

    def press_each(self, terminal, table):
        for key, (pattern, back) in named(table).items():
            with self.subTest(key=key):
                self.press(terminal, key)
                self.await_pattern(terminal, pattern, key)
                terminal.keys(*back)
                self.await_back(terminal, pattern, key)

    def test_the_help_names_no_other(self):
        terminal = self.top(height=120)
        terminal.expect("COMMAND")
        terminal.keys("?")
        lines = terminal.expect("In a process", "Mouse").split("\n")
        pressed = [set(MOVES) | set(named(ALIKE)), set(named(LIST)), set(named(PROCESS))]
        for title, section in SECTIONS.items():
            begin = lines.index(next(l for l in lines if l.strip() == title)) + 1
            end = next(i for i in range(begin, len(lines)) if not lines[i].strip())
            keys = {key for line in lines[begin:end] for key in line[2:14].split()}
            self.assertEqual(keys, pressed[section] | APART[section], title)

    def test_moves(self):
        terminal = self.opened()
        for key, (before, line) in MOVES.items():
            with self.subTest(key=key):
                terminal.keys(before)
                self.await_line(terminal, 11 if before == "End" else 0, before)
                self.press(terminal, key)
                self.await_line(terminal, line, key)

    def test_in_the_list(self):
        terminal = self.opened(width=160)
        self.press_each(terminal, ALIKE)
        self.press_each(terminal, LIST)

    def test_in_a_process(self):
        terminal = self.opened()
        terminal.keys("Enter")
        terminal.expect("1 Overview")
        self.press_each(terminal, PROCESS)
        self.press_each(terminal, {k: v for k, v in ALIKE.items() if k != "/ F3 F4"})

    def test_order(self):
        terminal = self.opened()
        for key in ("<", ","):
            terminal.keys(">")
            terminal.expect("USER+")
            self.press(terminal, key)
            terminal.expect("PID+")
        for key in ("r", "I"):
            self.press(terminal, key)
            terminal.expect("PID-")
            terminal.keys("r")
            terminal.expect("PID+")

    def test_tree(self):
        self.family("forest")
        terminal = self.top()
        self.filtered(terminal, "forest")
        for key in ("t", "F5"):
            terminal.expect("forest")
            self.press(terminal, key)
            terminal.expect("\u2514\u2500forest")
            terminal.keys("t")
            terminal.expect_not("\u2514\u2500forest")

    def test_track(self):
        terminal = self.opened()
        for key in ("T", "F9"):
            self.press(terminal, key)
            text = terminal.wait(lambda t: f"{self.pids[0]} is tracked" in t or "can't track" in t,
                                 f"an answer to {key}")
            if "can't track" in text:
                self.skipTest("this host can't track")
            terminal.expect(" t keyed00")  # as the daemon's next poll has it
            self.press(terminal, key)
            terminal.expect(f"{self.pids[0]} is no longer tracked")
            terminal.expect_not(" t keyed00")

    def test_track_and_not_before_the_next_poll(self):
        """A key pressed again before the list can show what the first one did takes it back."""
        self.daemon.await_polls(1)  # what tests before did is in the list
        terminal = self.opened()
        for _ in range(5):
            terminal.keys("T")
            text = terminal.wait(lambda t: f"{self.pids[0]} is tracked" in t or "can't" in t,
                                 "tracking")
            if "can't" in text:
                self.skipTest("this host can't track")
            terminal.keys("T")
            terminal.expect(f"{self.pids[0]} is no longer tracked")
        self.daemon.await_polls(1)
        self.assertFalse(self.daemon.find(self.pids[0])["tracked"])

    def test_views_back(self):
        terminal = self.opened()
        terminal.keys("u")
        terminal.expect("PROCS")
        terminal.keys("p")
        terminal.expect("USER", "keyed00")

    def test_digits(self):
        terminal = self.opened()
        for digit in "0123456789":
            terminal.keys(digit)
            terminal.expect(f"PID: {digit}")
            terminal.keys("Escape")
            terminal.expect_not("PID: ")

    def test_drawn_anew_and_looked_at_once(self):
        terminal = self.opened()
        tty = terminal.tmux("display-message", "-p", "#{pane_tty}").strip()
        maker, count = self.makers[0], 3
        terminal.keys("z")
        terminal.expect("FROZEN")
        for key in ("^L", "R", "F7"):
            maker.must("leak 10")
            count += 10
            self.daemon.await_process(maker.pid, lambda p, n=count: p["fds"] == n, "its leak")
            with open(tty, "w", encoding="ascii") as screen:
                screen.write("\x1b7\x1b[9;40HSCRIBBLE\x1b8")
            terminal.expect("SCRIBBLE")
            self.press(terminal, key)
            terminal.expect_not("SCRIBBLE")
            terminal.wait(re.compile(rf" {maker.pid} .* {count} ").search, f"{count} after {key}")

    def test_zoom(self):
        """What is left of the plot tells how long ago it was."""
        terminal = self.opened(width=120)
        terminal.resize(120, 40)
        terminal.keys("Enter", "2")

        def begin(text):
            return next((line for line in text.split("\n") if line.rstrip().endswith("now")
                         or " now " in line), None)

        def long_enough(text):
            return re.search(r"-(2[2-9]|[3-5]\d|\d+m)", begin(text) or "")

        terminal.wait(long_enough, "more than 20 seconds of the past", 60)
        terminal.keys("z")
        terminal.expect("FROZEN")
        before = begin(terminal.text())
        terminal.keys("]")
        terminal.wait(lambda text: begin(text) != before, "less of the past")
        terminal.keys("[")
        terminal.wait(lambda text: begin(text) == before, "all of it again")

    def test_back(self):
        terminal = self.opened()
        for key in ("Esc", "BkSp", "q"):
            terminal.keys("Enter")
            terminal.expect("1 Overview")
            self.press(terminal, key)
            terminal.expect("COMMAND", "keyed00")

    def test_clears_in_the_list(self):
        terminal = self.opened()
        terminal.keys("f")
        terminal.expect(f"following {self.pids[0]}", "filter: keyed")
        self.press(terminal, "Esc")
        terminal.expect_not("filter: keyed")
        terminal.expect(f"following {self.pids[0]}")
        self.press(terminal, "Esc")
        terminal.expect("following nobody")
        self.press(terminal, "Esc")
        terminal.expect("q quits")

    def test_quit(self):
        for keys in (["q"], ["F10"], ["^C"], ["Enter", "F10"]):
            with self.subTest(keys=keys):
                terminal = self.top()
                terminal.expect("COMMAND")
                for key in keys:
                    self.press(terminal, key)
                self.assertEqual(terminal.await_end(), 0)


class OrdinaryUser(Top):
    """What a user sees who is not root, in a terminal of their own."""

    def user_top(self, uid, name):
        terminal = self.top_of(uid)
        self.filtered(terminal, name)
        return terminal

    def top_of(self, uid):
        folder = self.daemon.folder / f"client{uid}"
        folder.mkdir(exist_ok=True)
        folder.chmod(0o755)
        client = folder / "fdwatch"
        if not client.exists():
            client.write_bytes(harness.CLIENT.read_bytes())
            client.chmod(0o755)
        terminal = Terminal(["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups",
                             client, "--socket", self.daemon.socket, "top", "--interval", "0.2"],
                            XDG_CONFIG_HOME="/nowhere")
        self.addCleanup(terminal.close)
        return terminal

    def test_own_only(self):
        own = self.maker(uid=harness.NOBODY)
        own.must("comm mineonly")
        self.await_equal(own.pid)
        other = self.named("minenot")
        terminal = self.user_top(harness.NOBODY, "mine")
        terminal.wait(lambda t: re.search(rf"^ *{own.pid} ", t, re.M), "the user's own")
        self.daemon.await_polls(3)
        text = terminal.text()
        self.assertIsNone(re.search(rf"^ *{other.pid} ", text, re.M), text)
        terminal.keys("Down", "Enter")
        terminal.expect("1 Overview", str(own.pid), "nobody")
        terminal.keys("4")
        terminal.expect("FD", "KIND")
        terminal.keys("Escape")
        terminal.expect("COMMAND")

    def test_tracks_own_only(self):
        own = self.maker(uid=harness.NOBODY)
        own.must("comm mytracked")
        self.await_equal(own.pid)
        terminal = self.user_top(harness.NOBODY, "mytracked")
        terminal.wait(lambda t: re.search(rf"^ *{own.pid} ", t, re.M), "the user's own")
        terminal.keys("Down", "T")
        text = terminal.wait(lambda t: f"{own.pid} is tracked" in t or "can't" in t, "an answer")
        if "can't" in text:
            self.skipTest("this host can't track")
        self.daemon.await_process(own.pid, lambda p: p["tracked"], "tracking")

    def test_another_user_sees_none_of_it(self):
        own = self.maker(uid=harness.NOBODY)
        own.must("comm notyours")
        self.await_equal(own.pid)
        terminal = self.user_top(harness.OTHER_USER, "notyours")
        terminal.expect("Nothing matches the filter")
        terminal.keys("P")
        terminal.type(str(own.pid))
        terminal.keys("Enter")
        terminal.expect(f"no process {own.pid} is shown here")


if __name__ == "__main__":
    harness.main()
