#!/usr/bin/python3 -B
# SPDX-License-Identifier: BSD-2-Clause
# sanitized: yes
# deadline: 120 s
"""Incidents in fdwatch top: the list of all, a process's own, the whole story of one."""

import harness
from terminal import Top


class Incidents(Top):
    def refused(self, name):
        """A maker that was refused: that is an incident with a box."""
        maker = self.named(name, limit=60)
        maker.must("tcp")
        maker.must("emfile")
        harness.wait_for(lambda: self.incident(maker.pid), "an incident")
        return maker

    def incident(self, pid):
        return next((i["id"] for i in self.daemon.get("/v1/incidents")["incidents"]
                     if i["pid"] == pid), None)

    def in_list(self, terminal, maker):
        """Its line among the incidents of all, selected."""
        terminal.keys("i")
        terminal.expect("Incidents and alarms of all", f"{maker.pid}")
        terminal.keys("/", "C-u")
        terminal.type(str(self.incident(maker.pid)))
        terminal.keys("Enter")
        terminal.wait(lambda _: self.selected(terminal) == self.incident(maker.pid),
                      "its incident selected")

    def expect_story(self, terminal, maker):
        return terminal.expect(f"Incident {self.incident(maker.pid)}", "First sign", "Raised",
                               "Worst", "exhausted", "60 of 60", "RLIMIT_NOFILE 1", "Black box",
                               "at the first refusal", "chardev", "HELD", "/dev/null",
                               "127.0.0.1", "Alarms of the same", "refused by RLIMIT_NOFILE")

    def opened(self, maker):
        """Its story, from the list of all."""
        terminal = self.top(height=60)
        terminal.expect("COMMAND")
        self.in_list(terminal, maker)
        terminal.keys("Enter")
        self.expect_story(terminal, maker)
        return terminal

    def test_one_of_all(self):
        maker = self.refused("storied")
        terminal = self.opened(maker)
        terminal.keys("?")
        terminal.expect("Everywhere")
        terminal.keys("Escape")
        self.expect_story(terminal, maker)
        terminal.keys("/")
        terminal.type("127.0")
        terminal.keys("Enter")
        terminal.expect_not("First sign")
        terminal.keys("/", "Escape", "Enter")
        terminal.expect("1 Overview", str(maker.pid), "storied")
        terminal.keys("Escape")  # one step back at a time
        terminal.expect("First sign", "Black box")
        terminal.keys("Escape")
        terminal.expect("Incidents and alarms of all")
        terminal.keys("Escape")
        terminal.expect("COMMAND", "STATE")

    def test_one_of_a_process(self):
        maker = self.refused("ownstory")
        terminal = self.top(height=60)
        self.filtered(terminal, str(maker.pid))
        terminal.wait(lambda _: self.selected(terminal) == maker.pid, "the maker selected")
        terminal.keys("Enter")
        terminal.expect("1 Overview")
        terminal.keys("5")
        terminal.wait(lambda _: self.selected(terminal) == self.incident(maker.pid),
                      "its incident selected")
        terminal.keys("Enter")
        self.expect_story(terminal, maker)
        terminal.keys("Escape")
        terminal.expect("5 Incidents", "Alarms, the latest first")

    def test_its_end_is_told(self):
        maker = self.refused("sadstory")
        terminal = self.opened(maker)
        maker.close()
        terminal.expect("process ended")
        harness.wait_for(lambda: not self.daemon.find(maker.pid), "it to leave the list")
        self.daemon.await_polls(5)  # for the terminal to know it, too
        terminal.keys("Enter")
        terminal.expect("its process has ended", "First sign")

    def test_by_mouse(self):
        maker = self.refused("clicked")
        terminal = self.top(height=60)
        terminal.expect("COMMAND", f"clicked[{maker.pid}]")
        terminal.mouse(0, 20, 4)  # the alarms, below the daemon
        number = str(self.incident(maker.pid))

        def firsts(text):
            return [line.split(" ")[0] for line in text.splitlines()]

        text = terminal.wait(lambda t: number in firsts(t), "its incident in the list of all")
        self.double_click(terminal, 3, firsts(text).index(number), ("First sign",))


if __name__ == "__main__":
    harness.main()
