#!/usr/bin/python3 -B
# SPDX-License-Identifier: BSD-2-Clause
# sanitized: yes
# deadline: 120 s
"""How fdwatch top looks on terminals of many, few and no colours, and on those that show none."""

import harness
from terminal import Top

STATES = {"ok": "leak 5", "warning": "leak 60", "critical": "leak 82", "exhausted": "emfile"}
LIMIT = 100
PLAIN = {1, 2, 4, 7}
SIXTEEN = PLAIN | {base + n for base in (30, 40, 90, 100) for n in range(8)}
GREEN = {32, 42, 92, 102}


class Looks(Top):
    """Four processes, one in each state: by levels, so that they are there at once."""

    @classmethod
    def setUpClass(cls):
        cls.daemon = harness.Daemon(interval=cls.interval, start=False)
        cls.addClassCleanup(cls.daemon.close)
        config = cls.daemon.folder / "conf"
        config.write_text("[alarm]\nwarning = 50%\ncritical = 80%\n")
        cls.daemon.options += ["--config", str(config)]
        cls.daemon.start()
        cls.pids = {}
        for state, command in STATES.items():
            maker = harness.Maker(cls.daemon.folder, limit=LIMIT)
            cls.addClassCleanup(maker.close)
            maker.must(f"comm posed{state[:4]}")
            maker.must(command)
            cls.pids[state] = maker.pid
            cls.daemon.await_process(maker.pid, lambda p, s=state: p["state"] == s, state)

    def states(self, terminal):
        """{state: the codes that its word is drawn with}, no line of them selected."""
        found = {}
        for cells in terminal.cells():
            line = "".join(c for c, _ in cells)
            for state, pid in self.pids.items():
                if line.split()[:1] == [str(pid)] and f" {state} " in line:
                    found[state] = cells[line.index(f" {state} ") + 1][1]
        return found

    def shown(self, **environment):
        terminal = self.top_with(**environment)
        self.filtered(terminal, "posed")
        self.await_order(terminal, [self.pids[s] for s in reversed(STATES)])
        return terminal

    def test_states_are_told_by_words_and_each_looks_its_own(self):
        for environment in ({"TERM": "tmux-256color"}, {"TERM": "screen"}, {"NO_COLOR": "1"},
                            {"TERM": "vt100"}):
            with self.subTest(environment):
                terminal = self.shown(**environment)
                terminal.keys("End")  # selects the one that is well
                terminal.wait(lambda _, t=terminal: self.selected(t) == self.pids["ok"], "the end")
                looks = self.states(terminal)
                self.assertEqual(set(looks), set(STATES))
                self.assertEqual(len(set(looks.values())), len(STATES), looks)

    def test_codes(self):
        for environment, allowed in (({"TERM": "tmux-256color"}, SIXTEEN - GREEN),
                                     ({"TERM": "screen"}, SIXTEEN - GREEN),
                                     ({"NO_COLOR": "1"}, PLAIN), ({"TERM": "vt100"}, PLAIN)):
            with self.subTest(environment):
                terminal = self.shown(**environment)
                for keys, word in ((["Home"], "COMMAND"), (["Enter"], "Kinds"), (["2"], "limit"),
                                   (["5"], "Alarms, the latest"), (["Escape", "?"], "Everywhere")):
                    terminal.keys(*keys)
                    terminal.expect(word)
                    codes = {c for line in terminal.cells() for _, all in line for c in all}
                    self.assertLessEqual(codes, allowed)

    def test_the_same_with_eight_colours_as_with_more(self):
        self.assertEqual(self.states(self.shown(TERM="screen")),
                         self.states(self.shown(TERM="tmux-256color")))

    def test_terminals(self):
        for kind in ("linux", "xterm", "screen-256color", "rxvt", "vt102", "vt220"):
            with self.subTest(kind):
                terminal = self.shown(TERM=kind)
                terminal.keys("q")
                self.assertEqual(terminal.await_end(), 0)

    def test_a_terminal_without_a_screen(self):
        """What can only write line below line is told once."""
        terminal = self.top_with(TERM="dumb")
        self.assertEqual(terminal.await_end(), 0)
        text = terminal.wait(lambda t: " ok " in t, "the end of the list")
        self.assertNotIn("State ", text)  # no header of a screen

    def test_unknown_terminal(self):
        for name in ("nonsense", ""):
            with self.subTest(name):
                terminal = self.top_with(TERM=name)
                self.assertEqual(terminal.await_end(), 1)
                terminal.expect(f"TERM='{name}' is no terminal that is known here")


if __name__ == "__main__":
    harness.main()
