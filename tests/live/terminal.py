# SPDX-License-Identifier: BSD-2-Clause
"""A real terminal for tests: tmux with a server of its own, which ends with the test."""

import atexit
import itertools
import os
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

import harness

TMUX = shutil.which("tmux")
NUMBERS = itertools.count()
CONFIGURATION = """set -g default-terminal "tmux-256color"
set -sg escape-time 0
set -g status off
set -g history-limit 100
"""

# tmux forgets some exit statuses: the shell that runs the program writes it down.
WRAPPER = 'trap : INT QUIT; status=$1; shift; "$@"; echo $? >"$status.new"; ' \
    'mv "$status.new" "$status"; sleep 600'


def children(pid):
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        found += [int(child) for child in (task / "children").read_text().split()]
    return found


INKS, PAPERS = {*range(30, 40), *range(90, 98)}, {*range(40, 50), *range(100, 108)}
ENDS = {0: set(range(110)), 22: {1, 2}, 24: {4}, 25: {5}, 27: {7}, 39: INKS, 49: PAPERS}


def put_code(codes, code):
    """The codes in force after one more."""
    if code in ENDS:
        return codes - ENDS[code]
    return codes - (INKS if code in INKS else PAPERS if code in PAPERS else set()) | {code}


class Terminal:
    """One pane with one program in it."""

    def __init__(self, command, width=120, height=40, **environment):
        self.folder = Path(tempfile.mkdtemp(prefix="fdw-tmux-", dir="/tmp"))
        self.configuration = self.folder / "tmux.conf"
        self.configuration.write_text(CONFIGURATION)
        self.environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": "/nowhere",
                            "TMUX_TMPDIR": str(self.folder), "SHELL": "/bin/sh",
                            "XDG_CONFIG_HOME": str(self.folder / "config"),
                            "PS1": "ready$ ", **environment}
        self.status = self.folder / "status"
        self.name = f"fdw{os.getpid()}-{next(NUMBERS)}"
        atexit.register(self.close)
        self.tmux("new-session", "-d", "-x", str(width), "-y", str(height),
                  "/bin/sh", "-c", WRAPPER, "sh", str(self.status), *[str(c) for c in command])

    def tmux(self, *arguments):
        environment = dict(self.environment, LC_ALL="C.UTF-8") \
            if "new-session" not in arguments else self.environment
        run = subprocess.run([TMUX, "-u", "-L", self.name, "-f", self.configuration, *arguments],
                             env=environment, capture_output=True, text=True, timeout=30,
                             stdin=subprocess.DEVNULL)
        if run.returncode:
            raise AssertionError(f"tmux {arguments[0]}: {run.stderr}")
        return run.stdout

    def text(self):
        return self.tmux("capture-pane", "-p")

    def lines(self):
        return self.text().split("\n")[:-1]

    def coloured(self):
        """With the codes that make it look as it does; what a line ends in may begin before it."""
        return self.tmux("capture-pane", "-p", "-e", "-N")

    def cells(self):
        """Each line as [(character, codes in force)]."""
        lines, codes = [], frozenset()
        for line in self.coloured().split("\n"):
            cells = []
            for i, part in enumerate(re.split(r"\x1b\[([0-9;]*)m", line)):
                if i % 2 == 0:
                    cells += [(c, codes) for c in part if c.isprintable()]
                    continue
                for code in part.split(";"):
                    codes = put_code(codes, int(code or 0))
            lines.append(cells)
        return lines

    def keys(self, *keys):
        """Each as tmux calls it: Enter, Up, C-c, F1, or a letter."""
        self.tmux("send-keys", *keys)

    def type(self, text):
        self.tmux("send-keys", "-l", text)

    def mouse(self, button, x, y):
        """As terminals tell it: 0 left, 64 and 65 the wheel; what is pressed is let go."""
        codes = [0x1b, 0x5b, 0x4d, 32 + button, 33 + x, 33 + y]
        if button < 64:
            codes += [0x1b, 0x5b, 0x4d, 32 + 3, 33 + x, 33 + y]
        self.tmux("send-keys", "-H", *[f"{code:x}" for code in codes])

    def resize(self, width, height):
        self.tmux("resize-window", "-x", str(width), "-y", str(height))

    @property
    def pid(self):
        """The program's, once it runs."""
        shell = self.tmux("display-message", "-p", "#{pane_pid}").strip()
        return harness.wait_for(lambda: children(int(shell)), "the program to run")[0]

    @property
    def ended(self):
        """The exit status of the program, None while it runs."""
        return int(self.status.read_text()) if self.status.exists() else None

    def wait(self, condition, what, deadline=harness.DEADLINE):
        """Until the text is as wanted; returns it."""
        last = ""

        def look():
            nonlocal last
            last = self.text()
            return last if condition(last) else None

        return harness.wait_for(look, lambda: f"{what}; the screen shows:\n{last}", deadline)

    def expect(self, *words, deadline=harness.DEADLINE):
        return self.wait(lambda text: all(w in text for w in words), f"{words}", deadline)

    def expect_not(self, *words):
        return self.wait(lambda text: not any(w in text for w in words), f"no {words}")

    def await_end(self):
        return harness.wait_for(lambda: self.ended is not None and [self.ended],
                                lambda: f"the end; the screen shows:\n{self.text()}")[0]

    def close(self):
        atexit.unregister(self.close)
        subprocess.run([TMUX, "-L", self.name, "kill-server"], env=self.environment,
                       capture_output=True, check=False)
        shutil.rmtree(self.folder, ignore_errors=True)


@unittest.skipUnless(TMUX, "there is no tmux")
class Top(harness.Case):
    """fdwatch top in a terminal, and what it shows."""

    def top(self, *options, width=120, height=40, **environment):
        terminal = Terminal([harness.CLIENT, "--socket", self.daemon.socket, "top", "--interval",
                             "0.2", *options], width, height, **environment)
        self.addCleanup(terminal.close)
        return terminal

    def top_with(self, **environment):
        """In an environment that tmux itself would not pass on."""
        options = [f"{k}={v}" for k, v in environment.items()]
        terminal = Terminal(["env", *options, harness.CLIENT, "--socket", self.daemon.socket,
                             "top", "--interval", "0.2"])
        self.addCleanup(terminal.close)
        return terminal

    def named(self, name, **options):
        """A maker that the list shows by this name."""
        maker = self.maker(**options)
        maker.must(f"comm {name}")
        self.daemon.await_process(maker.pid, lambda p: p["comm"] == name, "its name")
        return maker

    def family(self, name):
        """The pids of a maker of this name and of its child of the same name."""
        maker = self.named(name)
        child = maker.must("child fork nothing")["child"]
        self.daemon.await_process(child, lambda p: p["comm"] == name, "its parent's name")
        return maker.pid, child

    def filtered(self, terminal, text):
        terminal.expect("COMMAND")
        terminal.keys("/", "C-u")
        terminal.expect("Filter:")
        terminal.type(text)
        terminal.expect(f"Filter: {text}".strip())
        terminal.keys("Enter")
        terminal.expect_not("Filter:")

    def order(self, terminal, pids):
        """The lines of these processes, from the top."""
        found = []
        for line in terminal.lines():
            match = re.match(r" *(\d+) ", line)
            if match and int(match[1]) in pids:
                found.append(int(match[1]))
        return found

    def selected(self, terminal):
        """The selected line's first number: it is the one that stands inverted."""
        for line in terminal.coloured().split("\n"):
            match = re.match(r"((?:\x1b\[[0-9;]*m)*) *(\d+)", line)
            if match and re.search(r"\[(?:[0-9;]*;)?7m", match[1]):
                return int(match[2])
        return None

    def await_order(self, terminal, pids):
        terminal.wait(lambda _: self.order(terminal, pids) == pids, f"the order {pids}")

    @staticmethod
    def double_click(terminal, x, y, words):
        """Until it was quick enough to count as one: the host may be busy."""
        def opened():
            terminal.mouse(0, x, y)
            terminal.mouse(0, x, y)
            try:
                terminal.expect(*words, deadline=2)
                return True
            except AssertionError:
                return False

        harness.wait_for(opened, f"a double click to show {words}", 30)
