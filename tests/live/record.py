#!/usr/bin/python3 -B
# SPDX-License-Identifier: BSD-2-Clause
# sanitized: yes
"""Traces of a real process: recorded, ended with it or by hand, and read by the backtest."""

import json
import os
import shutil
import signal
import subprocess

import harness

HEADER = "t_seconds,live,limit,opened,closed"


class Record(harness.Case):
    interval = 0.05

    def client(self, *arguments, **more):
        process = subprocess.Popen([harness.CLIENT, "--socket", self.daemon.socket, *arguments],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                   **more)
        self.addCleanup(harness.kill, process)
        return process

    def rows(self, process, count):
        return [process.stdout.readline().rstrip("\n").split(",") for _ in range(count)]

    def ready(self, **options):
        maker = self.maker(**options)
        self.daemon.await_process(maker.pid, lambda p: True, "a first poll")
        return maker

    def test_lines_come_as_polls_do(self):
        maker = self.ready(limit=5000)
        recorder = self.client("record", str(maker.pid))
        self.assertEqual(recorder.stdout.readline(), HEADER + "\n")
        first = self.rows(recorder, 1)[0]
        maker.must("burst 100")
        rows = self.rows(recorder, 20)
        times = [float(r[0]) for r in [first, *rows]]
        self.assertEqual(times, sorted(set(times)))
        self.assertTrue(all(r[2] == "5000" for r in rows), rows)
        self.assertEqual(int(rows[-1][3]) - int(first[3]), 100)
        self.assertEqual(int(rows[-1][4]) - int(first[4]), 100)
        recorder.send_signal(signal.SIGINT)
        _, errors = recorder.communicate(timeout=harness.DEADLINE)
        self.assertEqual((recorder.returncode, errors), (0, ""))

    def test_ends_with_the_process(self):
        maker = self.ready()
        recorder = self.client("record", str(maker.pid))
        self.assertEqual(recorder.stdout.readline(), HEADER + "\n")
        self.rows(recorder, 2)
        maker.close()
        recorder.stdout.read()
        self.assertEqual(recorder.wait(harness.DEADLINE), 0)
        self.assertEqual(recorder.stderr.read(), "")

    def test_reader_that_goes_away(self):
        maker = self.ready()
        recorder = self.client("record", str(maker.pid))
        recorder.stdout.readline()
        recorder.stdout.close()
        self.assertEqual(recorder.wait(harness.DEADLINE), 0)
        self.assertEqual(recorder.stderr.read(), "")
        recorder.stdout = open(os.devnull)

    def test_no_such_process(self):
        recorder = self.client("record", str((1 << 22) + 1))  # above any that Linux gives
        output, errors = recorder.communicate(timeout=harness.DEADLINE)
        self.assertEqual((recorder.returncode, output), (1, ""))
        self.assertEqual(len(errors.splitlines()), 1, errors)

    def test_json_is_as_it_came(self):
        maker = self.ready()
        recorder = self.client("record", "--json", str(maker.pid))
        lines = [json.loads(recorder.stdout.readline()) for _ in range(3)]
        self.assertEqual(list(lines[0]), HEADER.split(","))
        recorder.terminate()
        recorder.communicate(timeout=harness.DEADLINE)
        self.assertEqual(recorder.returncode, 0)

    def test_one_line_for_who_does_not_follow(self):
        maker = self.ready()
        self.await_equal(maker.pid)
        connection = harness.Connection(self.daemon.socket)
        self.addCleanup(connection.close)
        connection.request("GET", f"/v1/processes/{maker.pid}/samples")
        lines = connection.getresponse().read().splitlines()
        self.assertEqual(len(lines), 1)
        self.assertEqual(json.loads(lines[0])["live"], harness.count_of(maker.pid))

    def test_daemon_that_stops(self):
        with harness.Daemon() as daemon:
            recorder = self.client("--socket", str(daemon.socket), "record", str(os.getpid()))
            recorder.stdout.readline()
            daemon.stop()
            self.assertEqual(recorder.wait(harness.DEADLINE), 3)
            self.assertEqual(len(recorder.stderr.read().splitlines()), 1)

    def test_backtest_takes_configured_thresholds(self):
        folder = harness.folder_of_own()
        self.addCleanup(shutil.rmtree, folder)
        trace, config = folder / "trace.csv", folder / "fdwatch.conf"
        trace.write_text("t_seconds,live,limit\n" + "".join(f"{t},300,1000\n" for t in range(20)))
        config.write_text("[alarm]\nwarning = 25%\n")

        def last(*options):
            ended = subprocess.run([harness.DAEMON, *options, "--backtest", str(trace)], text=True,
                                   capture_output=True, check=True, timeout=60)
            return json.loads(ended.stdout.splitlines()[-1])["state"]

        self.assertEqual(last("--config", "/dev/null"), "ok")
        self.assertEqual(last("--config", str(config)), "warning")

    def test_backtest_takes_totals_that_were_not_known(self):
        """As of a 32-bit program: the columns stand in the head, and are empty."""
        path = self.daemon.folder / "empty.csv"
        for totals, status in (",", 0), ("9,4", 0), ("a,b", 1):
            path.write_text(f"{HEADER}\n1,5,10,{totals}\n2,5,unlimited,{totals}\n")
            result = subprocess.run([harness.DAEMON, "--backtest", str(path)], timeout=60,
                                    capture_output=True)
            self.assertEqual(result.returncode, status, result.stderr)

    def test_backtest_reads_what_was_recorded(self):
        """A leak to its limit: the backtest sees on the trace what the daemon saw live."""
        leak = subprocess.Popen(
            ["/bin/sh", "-c", "ulimit -n 256; exec python3 -c \"\n"
             "import os, sys\n"
             "held = [os.dup(0) for i in range(9)]\n"
             "print('ready', flush=True)\n"
             "for line in sys.stdin:\n"
             "    held.append(os.dup(0))\n\""],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            bufsize=1)
        self.addCleanup(leak.stdout.close)
        self.addCleanup(leak.wait)
        self.addCleanup(leak.kill)
        leak.stdout.readline()
        self.daemon.await_process(leak.pid, lambda p: True, "a first poll")
        follower = self.follow()
        recorder = self.client("record", str(leak.pid))
        trace = recorder.stdout.readline()
        # The daemon has seen it longer than the trace tells: both know it as calm before it grows.
        for _ in range(20):
            trace += recorder.stdout.readline()
        while True:
            row = recorder.stdout.readline()
            if not row:
                break
            trace += row
            try:
                leak.stdin.write("\n")
                leak.stdin.flush()
            except BrokenPipeError:
                pass  # it has met its limit
        self.assertEqual(recorder.wait(harness.DEADLINE), 0)
        path = self.daemon.folder / "trace.csv"
        path.write_text(trace)
        result = subprocess.run([harness.DAEMON, "--backtest", str(path)], text=True,
                                capture_output=True, timeout=60)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        lines = [json.loads(line) for line in result.stdout.splitlines()]
        states = [line["state"] for line in lines]
        changes = [b for a, b in zip(["ok", *states], states) if a != b]
        live = [e["state"] for _, e in follower.of(leak.pid, "state")]
        harness.note(f"live {live}, backtest {changes}")
        self.assertEqual(live, changes)
        self.assertEqual((live[-1], lines[-1]["fds"]), ("exhausted", 256))


if __name__ == "__main__":
    harness.main()
