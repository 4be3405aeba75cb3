#!/usr/bin/python3 -B
# SPDX-License-Identifier: BSD-2-Clause
# sanitized: yes
# deadline: 300 s
"""fdwatch top in a real terminal: every key, every page, sizes, names, colours."""

import json
import re

import harness
from terminal import Top

SIZES = [(20, 5), (24, 6), (40, 10), (80, 17), (80, 24), (100, 30), (250, 70), (20, 70), (250, 5)]


class List(Top):
    def test_header_and_columns(self):
        maker = self.named("lister")
        maker.must("leak 30")
        self.daemon.await_process(maker.pid, lambda p: p["fds"] == 33, "33 descriptors")
        terminal = self.top(width=160)
        self.filtered(terminal, "lister")
        text = terminal.expect("Host", "fs.file-max", "State", " ok", "Daemon", "polls every 200",
                               "events lost", "Alarms", "PID", "USER", "UNIT", "FDS", "LIMIT",
                               "USE", "PEAK", "OPEN/s", "CLOSE/s", "GROWTH", "RECENT", "ETA",
                               "STATE", "COMMAND", "lister")
        line = next(line for line in text.split("\n") if line.split()[:1] == [str(maker.pid)])
        pid, user, _, *counts = line.split()  # the unit is that of whoever runs this
        self.assertEqual((pid, user, counts[:2]), (str(maker.pid), "root", ["33", "20000"]))

    def test_order_reverse_and_menu(self):
        pids = []
        for i, count in enumerate((10, 30, 20)):
            maker = self.named(f"orderly{i}")
            maker.must(f"leak {count}")
            pids.append(maker.pid)
        small, large, middle = pids
        terminal = self.top()
        self.filtered(terminal, "orderly")
        self.await_order(terminal, [large, middle, small])  # by use
        terminal.keys("r")
        self.await_order(terminal, [small, middle, large])
        terminal.keys("r", "s")
        terminal.expect("Sort by", "process id")
        terminal.keys("Home", "Enter")
        self.await_order(terminal, sorted(pids))
        terminal.expect("PID+")
        terminal.keys(">")
        terminal.expect("USER+")
        terminal.keys("<")
        terminal.expect("PID+")
        terminal.keys("F6")
        terminal.expect("Sort by")
        terminal.keys("Escape")
        terminal.expect_not("Sort by")

    def test_filter_acts_while_typed(self):
        self.named("filterone")
        self.named("filtertwo")
        terminal = self.top()
        terminal.expect("COMMAND")
        terminal.keys("/")
        terminal.type("Filter")
        terminal.expect("filterone", "filtertwo")
        terminal.type("T")
        terminal.expect("filtertwo", "Filter: FilterT")
        terminal.expect_not("filterone")
        terminal.keys("BSpace")
        terminal.expect("filterone")
        terminal.type("zzz")
        terminal.expect("Nothing matches the filter")
        terminal.keys("Escape")
        terminal.expect_not("filter:", "Filter:", "Nothing matches")

    def test_moving(self):
        makers = [self.named(f"mover{i:02}") for i in range(12)]
        pids = sorted(m.pid for m in makers)
        terminal = self.top(height=14)
        self.filtered(terminal, "mover")
        terminal.keys("s", "Home", "Enter")
        terminal.wait(lambda _: self.selected(terminal) == pids[0], "the first selected")
        for keys, want in ((["Down"], 1), (["j", "j"], 3), (["k"], 2), (["Up"], 1), (["End"], 11),
                           (["Home"], 0), (["NPage"], 9), (["PPage"], 0), (["G"], 11),
                           (["g"], 0), (["C-f"], 9), (["C-b"], 0)):
            terminal.keys(*keys)
            terminal.wait(lambda _, pid=pids[want]: self.selected(terminal) == pid,
                          f"line {want} after {keys}")

    def test_selection_follows_its_process(self):
        first, second = self.named("pairsteady"), self.named("pairclimber")
        first.must("leak 20")
        second.must("leak 10")
        terminal = self.top()
        self.filtered(terminal, "pair")
        terminal.expect("climber", "steady")
        terminal.type(str(second.pid))
        terminal.expect(f"PID: {second.pid}")
        terminal.keys("Enter")
        terminal.wait(lambda _: self.selected(terminal) == second.pid, "the climber selected")
        second.must("leak 40")
        self.await_order(terminal, [second.pid, first.pid])
        self.assertEqual(self.selected(terminal), second.pid)

    def test_follow_tells_of_the_end(self):
        maker = self.named("mortal")
        terminal = self.top()
        self.filtered(terminal, "mortal")
        terminal.expect("mortal", "filter: mortal")
        terminal.keys("Down", "f")
        terminal.expect(f"following {maker.pid}")
        maker.close()
        terminal.expect(f"{maker.pid}, which was followed, has ended",
                        f"followed {maker.pid} has ended")
        terminal.keys("F")
        terminal.expect_not("followed")

    def test_unknown_pid(self):
        terminal = self.top()
        terminal.expect("PID")
        terminal.keys("P")
        terminal.type("4194304")
        terminal.keys("Enter")
        terminal.expect("no process 4194304 is shown here")

    def test_tree(self):
        parent, child = self.family("treeful")
        terminal = self.top()
        self.filtered(terminal, "treeful")
        terminal.keys("s", "Home", "Enter", "r")
        self.await_order(terminal, sorted((parent, child), reverse=True))
        terminal.keys("t")
        terminal.expect("\u2514\u2500treeful")
        self.await_order(terminal, [parent, child])
        terminal.keys("t")
        terminal.expect_not("\u2514\u2500treeful")

    def test_freeze(self):
        maker = self.named("freezer")
        terminal = self.top()
        self.filtered(terminal, "freezer")
        line = re.compile(rf" {maker.pid} .* 3 ")
        terminal.wait(line.search, "3 descriptors")
        terminal.keys("z")
        terminal.expect("FROZEN")
        maker.must("leak 50")
        self.daemon.await_process(maker.pid, lambda p: p["fds"] == 53, "53 descriptors")
        self.daemon.await_polls(3)
        self.assertRegex(terminal.text(), line)
        terminal.keys("Space")
        terminal.expect(" 53 ")
        terminal.expect_not("FROZEN")

    def test_views(self):
        terminal = self.top()
        terminal.expect("COMMAND")
        for key, words in (("u", ["PROCS", "UNIT"]), ("c", ["PROCS"]), ("l", ["PLACE", "LIVE"]),
                           ("p", ["USER"])):
            terminal.keys(key)
            terminal.expect(*words)
        for words in (["PROCS"], ["PROCS"], ["PLACE"], ["USER"]):
            terminal.keys("v")
            terminal.expect(*words)
        terminal.keys("i")
        terminal.expect("Incidents and alarms of all", "Alarms, the latest first")
        terminal.keys("Escape")
        terminal.expect("USER")

    def test_interval(self):
        terminal = self.top(width=120)
        terminal.expect("every 0.2s")
        terminal.keys("-")
        terminal.expect("every 0.5s", "looks every 0.5 s")
        terminal.keys("+", "+")
        terminal.expect("every 0.1s")
        terminal.keys("d")
        terminal.type("3")
        terminal.keys("Enter")
        terminal.expect("every 3s")
        terminal.keys("d")
        terminal.type("..")
        terminal.keys("Enter")
        terminal.expect("an interval is a number of seconds")

    def test_help_has_the_keys(self):
        terminal = self.top(height=90)
        terminal.expect("COMMAND")
        for key in ("?", "h", "F1"):
            terminal.keys(key)
            text = terminal.expect("Everywhere", "In the list", "In a process", "Columns")
            self.assertIn("follow the process", text)
            terminal.keys("Escape")
            terminal.expect_not("Everywhere")
        terminal.keys("?", "/")
        terminal.type("tree")
        terminal.expect("as a tree")
        terminal.expect_not("Everywhere")

    def test_columns_are_kept(self):
        self.named("columnist")
        terminal = self.top(width=200)
        self.filtered(terminal, "columnist")
        terminal.expect("columnist", "USER")
        terminal.keys("o")
        terminal.expect("[x] PID", "[x] USER", "[ ] REFUSED")
        terminal.keys("Down", "Space")  # USER goes
        terminal.expect("[ ] USER")
        terminal.keys("J")  # UNIT moves down behind FDS
        terminal.keys("Home", "+", "+", "Enter")
        terminal.expect_not("[x]")
        heading = next(line for line in terminal.lines() if "COMMAND" in line)
        self.assertNotIn("USER", heading)
        self.assertLess(heading.index("FDS"), heading.index("UNIT"))
        terminal.keys("q")
        self.assertEqual(terminal.await_end(), 0)
        path = terminal.folder / "config" / "fdwatch" / "top.json"
        kept = json.loads(path.read_text())
        names = [c["name"] for c in kept["processes"]["columns"]]
        self.assertNotIn("user", names)
        self.assertEqual(kept["processes"]["columns"][0], {"name": "pid", "width": 9})
        again = self.top(width=200, XDG_CONFIG_HOME=str(path.parent.parent))
        heading = next(line for line in again.expect("COMMAND").split("\n") if "COMMAND" in line)
        self.assertNotIn("USER", heading)

    def test_track(self):
        maker = self.named("tracked")
        terminal = self.top()
        self.filtered(terminal, "tracked")
        terminal.wait(lambda t: f" {maker.pid} " in t, "the maker")
        terminal.keys("Down")
        terminal.expect("TTrack")
        terminal.keys("T")
        text = terminal.wait(lambda t: "is tracked" in t or "can't track" in t, "an answer")
        if "can't track" in text:
            self.skipTest("this host can't track")
        self.daemon.await_process(maker.pid, lambda p: p["tracked"], "tracking")
        maker.must("leak 25")
        terminal.keys("l")
        terminal.wait(lambda t: re.search(rf"^ *{maker.pid} .* 25 ", t, re.M), "its call site")
        terminal.keys("p")
        terminal.expect(" t tracked", "TUntrack")
        terminal.keys("Enter")
        terminal.expect("1 Overview", "TUntrack")
        terminal.keys("F9")
        terminal.expect("no longer tracked", "its call sites are forgotten")
        terminal.keys("Escape")
        terminal.expect("TTrack")

    def test_mouse(self):
        makers = [self.named(f"mouse{i}") for i in range(3)]
        pids = sorted(m.pid for m in makers)
        terminal = self.top(height=24)
        self.filtered(terminal, "mouse")
        terminal.expect("mouse0", "mouse1", "mouse2")
        terminal.mouse(0, 3, 5)  # the heading PID
        terminal.expect("PID+")
        self.await_order(terminal, pids)
        terminal.mouse(0, 3, 8)
        terminal.wait(lambda _: self.selected(terminal) == pids[2], "a click to select")
        self.double_click(terminal, 3, 7, ("1 Overview", str(pids[1])))
        terminal.mouse(0, 18, 7)  # the second page
        terminal.expect("now")
        terminal.keys("m")
        terminal.expect("the mouse is the terminal's")

    def test_wheel(self):
        pids = sorted(self.named(f"wheel{i:02}").pid for i in range(12))
        terminal = self.top(height=14)  # whose page has nine lines
        self.filtered(terminal, "wheel")
        terminal.keys("s", "Home", "Enter", "Home")
        self.await_order(terminal, pids[:9])
        terminal.mouse(65, 3, 10)
        self.await_order(terminal, pids[3:])
        terminal.mouse(64, 3, 10)
        self.await_order(terminal, pids[:9])

    def test_quit(self):
        for keys in (["q"], ["F10"], ["C-c"], ["Enter", "F10"]):
            with self.subTest(keys=keys):
                terminal = self.top()
                terminal.expect("COMMAND")
                for key in keys:
                    terminal.keys(key)
                self.assertEqual(terminal.await_end(), 0)

    def test_redraw(self):
        terminal = self.top()
        terminal.expect("COMMAND")
        terminal.keys("C-l", "R")
        terminal.expect("COMMAND")


class Detail(Top):
    def opened(self, maker, **options):
        terminal = self.top(**options)
        self.filtered(terminal, str(maker.pid))
        terminal.wait(lambda _: self.selected(terminal) == maker.pid, "the maker selected")
        terminal.keys("Enter")
        terminal.expect("1 Overview")
        return terminal

    def test_pages(self):
        maker = self.named("opened")
        maker.must("leak 30")
        maker.must("tcp")
        terminal = self.opened(maker)
        terminal.expect("Kinds", "chardev", "socket", "Call sites", "State", "limit")
        for key, words in (("2", ["now"]), ("3", ["T tracks"]),
                           ("4", ["FD", "KIND", "/dev/null"]),
                           ("5", ["Incidents", "Alarms, the latest first"]), ("1", ["Kinds"])):
            terminal.keys(key)
            terminal.expect(*words)
        for words in (["now"], ["T tracks"], ["/dev/null"], ["Incidents"], ["Kinds"]):
            terminal.keys("Tab")
            terminal.expect(*words)
        terminal.keys("BTab")
        terminal.expect("Alarms, the latest first")
        terminal.keys("q")
        terminal.expect("COMMAND")

    def test_search_of_descriptors(self):
        maker = self.named("searched")
        maker.must("leak 60")
        maker.must("tcp")
        terminal = self.opened(maker, height=20)
        terminal.keys("/")
        terminal.type("listen")
        terminal.expect("LISTEN", "127.0.0.1")
        terminal.expect_not("/dev/null")
        terminal.keys("Enter")
        terminal.expect("search: listen")
        terminal.keys("/", "Escape")
        terminal.expect("/dev/null")
        terminal.keys("End")
        terminal.wait(lambda _: (self.selected(terminal) or 0) > 60, "the last descriptor")

    def test_plot_grows(self):
        maker = self.named("plotted", limit=200)
        terminal = self.opened(maker)
        terminal.keys("2")
        terminal.expect("limit 200")
        for _ in range(12):
            maker.must("leak 10")
            self.daemon.await_polls(1)
        terminal.wait(lambda text: sum(0x2800 < ord(c) < 0x2900 for c in text) > 30, "a curve")
        terminal.keys("[", "]", "]")
        terminal.expect("now")

    def test_its_end_is_told(self):
        maker = self.named("ending")
        terminal = self.opened(maker)
        maker.close()
        terminal.expect("has ended")
        terminal.keys("Escape")
        terminal.expect("COMMAND")

    def test_refusals_are_alarms(self):
        maker = self.named("refused", limit=40)
        terminal = self.opened(maker)
        maker.must("emfile")
        terminal.expect(f"refused[{maker.pid}] refused by RLIMIT_NOFILE")

        def again():
            maker.must("emfile")
            return re.search(r"refused by RLIMIT_NOFILE x[2-9]", terminal.text())

        harness.wait_for(again, "the same to count", 30)
        self.assertEqual(terminal.lines()[4].count("refused["), 1, terminal.text())
        terminal.keys("5")
        terminal.expect("refused by RLIMIT_NOFILE", "exhausted")


class Screen(Top):
    @staticmethod
    def is_whole(lines, height):
        return len(lines) == height and lines[0].strip() and lines[-1].strip()

    def test_sizes(self):
        maker = self.named("resized", limit=100)
        maker.must("leak 40")
        maker.must("emfile")  # which makes an incident, to be opened
        terminal = self.top(width=120, height=40)
        self.filtered(terminal, "resized")
        terminal.expect("resized")
        for page in ([], ["Enter"], ["2"], ["3"], ["4"], ["5"], ["Enter"],
                     ["Escape", "Escape", "?"], ["Escape", "o"],
                     ["Escape", "s"], ["Escape", "i"], ["Escape", "u"]):
            for key in page:
                terminal.keys(key)
            for width, height in SIZES:
                with self.subTest(page=page, width=width, height=height):
                    terminal.resize(width, height)
                    terminal.wait(lambda _, h=height: self.is_whole(terminal.lines(), h),
                                  "a whole screen")
                    self.assertIsNone(terminal.ended)
        terminal.keys("p")
        terminal.resize(20, 5)
        terminal.expect("PID", "ETA", "resi")
        terminal.resize(250, 70)
        terminal.expect("OPEN/s", "resized")
        terminal.keys("q")
        self.assertEqual(terminal.await_end(), 0)

    def test_hostile_names(self):
        maker = self.maker()
        maker.must("hostile")
        maker.must("comm \x1b[31mred\x07")
        self.show(maker)
        self.daemon.await_polls(2)
        terminal = self.top()
        self.filtered(terminal, str(maker.pid))
        terminal.expect("\\x1b[31mred")
        terminal.keys("Enter", "4")
        terminal.expect("PATH", "\\x1b")
        for text in (terminal.text(),):
            self.assertFalse([c for c in text if ord(c) < 32 and c != "\n" or ord(c) == 127])
        self.assertNotIn("\x07", terminal.coloured())

    def test_ascii(self):
        maker = self.named("plain", limit=100)
        terminal = self.top(LC_ALL="C", width=150)
        self.filtered(terminal, "plain")
        maker.must("leak 50")
        terminal.wait(lambda _: self.selected(terminal) == maker.pid, "the maker selected")
        terminal.wait(lambda t: re.search(rf" {maker.pid} .*\|\|.*53%", t), "a bar")
        terminal.keys("Enter", "2")
        text = terminal.expect("limit 100", "now", "*")
        self.assertTrue(text.isascii(), text)


if __name__ == "__main__":
    harness.main()
