#!/usr/bin/python3 -B
# SPDX-License-Identifier: BSD-2-Clause
"""The landing page as a browser shows it: who is endangered, names as text, on a phone too."""

import base64
import os
import subprocess

import browser
import harness
from metrics import free_port

# Fifteen bytes are all that a process may be called.
HOSTILE = ('<img src=x:y>', '<script>a()', '"><b>x</b>', "<!--", "&lt;b&gt;", "x\u202eexe.gpj")
SHOWN = {"x\u202eexe.gpj": "x\\xe2\\x80\\xaeexe.gpj"}
NAMED = ("import resource,sys\n"
         "resource.setrlimit(resource.RLIMIT_NOFILE, (50, 50))\n"
         "held = [open('/dev/null') for _ in range(44)]\n"
         "with open('/proc/self/comm', 'wb') as comm: comm.write(sys.argv[1].encode())\n"
         "print(flush=True)\nsys.stdin.read()\n")
ROWS = """[...document.querySelectorAll('tbody tr')].map(
    row => [...row.cells].map(cell => cell.textContent))"""
ELEMENTS = "[...new Set([...document.body.querySelectorAll('*')].map(e => e.localName))].sort()"
CUT = """[...document.querySelectorAll('tbody td')].filter(
    cell => cell.offsetParent && (cell.getBoundingClientRect().right > innerWidth + 0.5
                                  || cell.scrollWidth > cell.clientWidth + 1)).length"""
SMALL = """Math.min(...[...document.querySelectorAll('p, td')].filter(e => e.offsetParent)
    .map(e => parseFloat(getComputedStyle(e).fontSize)))"""


@harness.unittest.skipUnless(browser.PROGRAM, "no headless Chromium is installed")
class Page(harness.Case):
    @classmethod
    def setUpClass(cls):
        cls.port = free_port()
        cls.daemon = harness.Daemon(options=["--metrics-listen", f"127.0.0.1:{cls.port}"])
        cls.addClassCleanup(cls.daemon.close)
        cls.browser = browser.Browser(cls.daemon.folder)
        cls.addClassCleanup(cls.browser.close)
        cls.named = [cls.start(name) for name in HOSTILE]

    @classmethod
    def start(cls, name):
        process = subprocess.Popen(["/usr/bin/python3", "-c", NAMED, name],
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE)

        def end():
            process.stdin.close()
            process.stdout.close()
            process.wait(harness.DEADLINE)

        cls.addClassCleanup(end)
        process.stdout.readline()
        cls.daemon.await_process(process.pid, lambda p: p["comm"] == SHOWN.get(name, name),
                                 "the name")
        return process

    def open(self, width, height):
        self.browser.open(f"http://127.0.0.1:{self.port}/", width, height)
        folder = os.environ.get("FDWATCH_PICTURES")  # for whoever wants to look
        if folder:
            picture = self.browser.order("Page.captureScreenshot")["data"]
            with open(f"{folder}/page-{width}.png", "wb") as file:
                file.write(base64.b64decode(picture))

    def rows(self):
        return {int(row[0]): row for row in self.browser.evaluate(ROWS)}

    def test_the_endangered_are_shown_first(self):
        maker = self.maker(limit=40)
        for _ in range(32):
            maker.must("open")
        self.daemon.await_process(maker.pid, lambda p: p["usage"] > 0.85, "use of its limit")
        self.open(1200, 900)
        rows = self.rows()
        self.assertEqual(rows[maker.pid][1], harness.MAKER_NAME)
        self.assertEqual(rows[maker.pid][4], "40")
        ranks = ["exhausted", "critical", "warning", "growing", "ok"]
        order = [(ranks.index(row[7]), -int(row[5].rstrip(" %").replace("–", "0")))
                 for row in rows.values()]
        self.assertEqual(order, sorted(order))

    def test_names_are_text(self):
        """As it was given, in a cell of its own: nothing of it is an element, nothing is run."""
        self.open(1200, 900)
        rows = self.rows()
        for name, process in zip(HOSTILE, self.named):
            self.assertEqual(rows[process.pid][1], SHOWN.get(name, name))
            self.assertEqual(len(rows[process.pid]), 8)
        self.assertEqual(self.browser.evaluate(ELEMENTS),
                         ["a", "code", "h1", "p", "table", "tbody", "td", "th", "thead", "tr"])
        self.assertEqual(self.browser.evaluate("document.scripts.length"), 0)
        asked = {e["request"]["url"] for e in self.browser.of("Network.requestWillBeSent")}
        self.assertEqual({url.replace("favicon.ico", "") for url in asked},
                         {f"http://127.0.0.1:{self.port}/"})
        said = [e["entry"]["text"] for e in self.browser.of("Log.entryAdded")]
        self.assertEqual([text for text in said if "Security Policy" in text], [])

    def test_what_gets_in_is_not_run(self):
        """The second wall: even what stood there as an element could neither run nor load."""
        self.open(1200, 900)
        self.browser.evaluate(
            "document.body.insertAdjacentHTML('beforeend', '<img src=/metrics onerror=\"window.ran "
            "= 1\"><iframe src=/metrics></iframe>');"
            "document.body.append(Object.assign(document.createElement('script'),"
            "                                   {textContent: 'window.ran = 1'})); 0")
        harness.wait_for(lambda: self.browser.evaluate("1") and "img-src" in str(
            self.browser.of("Log.entryAdded")), "the browser's refusal")
        self.assertIsNone(self.browser.evaluate("window.ran"))

    def test_no_path_is_told(self):
        maker = self.maker(limit=60)
        for _ in range(50):
            maker.must("open")
        self.daemon.await_process(maker.pid, lambda p: p["fds"] > 50, "its descriptors")
        self.open(1200, 900)
        self.assertIn(maker.pid, self.rows())
        text = self.browser.evaluate("document.documentElement.outerHTML")
        for told in (str(self.daemon.folder), str(harness.MAKER), "/dev/null", "/usr/bin"):
            self.assertNotIn(told, text)

    def test_on_a_phone(self):
        """Nothing is cut or has to be pushed aside, and letters are no smaller than elsewhere."""
        for width in (320, 360, 1200):
            self.open(width, 640)
            self.assertEqual(self.browser.evaluate("innerWidth"), width)
            self.assertLessEqual(
                self.browser.evaluate("document.documentElement.scrollWidth"), width)
            self.assertEqual(self.browser.evaluate(CUT), 0)
            self.assertGreaterEqual(self.browser.evaluate(SMALL), 14)
            self.assertGreater(len(self.rows()), 5)


if __name__ == "__main__":
    harness.main()
