# SPDX-License-Identifier: BSD-2-Clause
"""A headless Chromium, driven by its DevTools protocol over two pipes."""

import json
import os
import shutil
import subprocess
import sys
import threading

import harness

# As distributions call it.
NAMES = ("chromium-headless-shell", "chromium", "/usr/lib64/chromium-browser/headless_shell")
PROGRAM = next(filter(None, map(shutil.which, NAMES)), None)
# It reads orders at descriptor 3 and answers at 4.
BEGIN = ("import os, sys\nos.dup2(int(sys.argv[1]), 3)\nos.dup2(int(sys.argv[2]), 4)\n"
         "os.execv(sys.argv[3], sys.argv[3:])")


class Browser:
    """One page, in a window of a given size."""

    def __init__(self, folder):
        orders, self.orders = os.pipe()
        self.answers, answers = os.pipe()
        ends = [os.dup(fd) for fd in (orders, answers, orders, answers)]  # beyond 3 and 4
        self.folder = folder / "browser"
        self.log = open(folder / "browser.log", "wb")
        self.process = subprocess.Popen(
            [sys.executable, "-c", BEGIN, str(ends[2]), str(ends[3]), PROGRAM, "--headless",
             "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
             "--disable-background-networking", "--remote-debugging-pipe",
             f"--user-data-dir={self.folder}", "about:blank"],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, pass_fds=ends[2:],
            env={**os.environ, "HOME": str(folder), "TMPDIR": str(folder)},
            preexec_fn=harness.end_with_test)
        for fd in (orders, answers, *ends):
            os.close(fd)
        self.number = 0
        self.session = None
        self.events = []  # what the page told by itself
        self.rest = b""
        self.late = threading.Timer(60, self.process.kill)  # an answer that never comes
        self.late.start()
        target = self.order("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.order("Target.attachToTarget", targetId=target,
                                  flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Log", "Runtime"):
            self.order(f"{domain}.enable")

    def receive(self):
        while b"\0" not in self.rest:
            piece = os.read(self.answers, 1 << 16)
            if not piece:
                raise AssertionError("the browser has ended")
            self.rest += piece
        text, _, self.rest = self.rest.partition(b"\0")
        return json.loads(text)

    def order(self, method, **parameters):
        """The result of an order; what comes before it is kept as events."""
        self.number += 1
        text = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            text["sessionId"] = self.session
        os.write(self.orders, json.dumps(text).encode() + b"\0")
        while (answer := self.receive()).get("id") != self.number:
            self.events.append(answer)
        if "error" in answer:
            raise AssertionError(f"{method}: {answer['error']}")
        return answer["result"]

    def of(self, method):
        return [e["params"] for e in self.events if e.get("method") == method]

    def open(self, url, width, height):
        """Shows the page as a device of this size would, and waits until it is there."""
        self.order("Emulation.setDeviceMetricsOverride", width=width, height=height,
                   deviceScaleFactor=1, mobile=width < 600)
        self.events.clear()
        self.order("Page.navigate", url=url)
        while not self.of("Page.loadEventFired"):
            self.events.append(self.receive())

    def evaluate(self, expression):
        """The value of a JavaScript expression, which the page's own policy does not bind."""
        answer = self.order("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in answer:
            raise AssertionError(f"{expression}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def close(self):
        self.late.cancel()
        self.process.terminate()
        try:
            self.process.wait(harness.DEADLINE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self.orders)
        os.close(self.answers)
        self.log.close()
        harness.wait_for(self.forgotten, "its last process to leave its folder")

    def forgotten(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        return not self.folder.exists()
