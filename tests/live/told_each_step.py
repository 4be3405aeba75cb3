#!/usr/bin/python3 -B
# SPDX-License-Identifier: BSD-2-Clause
# deadline: 300 s
"""
A leak from its warning to its end, told by journald, a hook and Alertmanager, with kill -9 of the
daemon at each step: nothing is lost, and what is told twice has the same event id.
"""

import shutil

import harness
import telling

LIMIT = 200
STEPS = [("raised", "warning", 70), ("changed", "critical", 150), ("changed", "exhausted", LIMIT)]
HOOK = """#!/bin/sh
echo "$FDWATCH_PID $FDWATCH_EVENT_ID $FDWATCH_INCIDENT $FDWATCH_STEP $FDWATCH_STATE" \\
	>>"$(dirname "$0")/told"
"""


class EachStep(telling.WithAlertmanager, telling.WithJournal):
    def setUp(self):
        super().setUp()
        self.hooked = harness.folder_of_own()
        self.addCleanup(shutil.rmtree, self.hooked)
        (self.hooked / "told").touch()
        (self.hooked / "hook").write_text(HOOK)
        (self.hooked / "hook").chmod(0o755)

    def by_hook(self, pid):
        """[(event, incident, step, state)] in the order it was told."""
        lines = [line.split(" ") for line in (self.hooked / "told").read_text().splitlines()]
        return [tuple(rest) for number, *rest in lines if number == str(pid)]

    def by_journal(self, pid):
        """The same."""
        return [tuple(e[f"FDWATCH_{key}"] for key in ("EVENT_ID", "INCIDENT", "STEP", "STATE"))
                for e in self.entries(f"FDWATCH_PID={pid}")]

    def await_told(self, maker, step, state):
        for tell in self.by_hook, self.by_journal:
            harness.wait_for(lambda tell=tell: (step, state) in {t[2:] for t in tell(maker.pid)},
                             lambda tell=tell: f"{step} {state}: {tell.__name__} "
                                               f"{tell(maker.pid)}", 40)

    def await_alert_state(self, maker, state):
        severity = "warning" if state == "warning" else "critical"
        return harness.wait_for(
            lambda: (alert := self.alerts(maker).get(severity)) and
            alert["annotations"]["state"] == state and alert,
            lambda: f"the alert of {state}; there are {self.ask()}", 40)

    def test_killed_at_each_step(self):
        self.start(telling.EARLY + self.section() +
                   f"[hook]\ncommand = {self.hooked / 'hook'}\nretry = 1s\n", prefix=self.inside)
        self.start_alertmanager()
        maker = self.maker(limit=LIMIT)
        self.daemon.await_process(maker.pid, lambda p: True, "a first poll")
        alerts = []
        for step, state, held in STEPS:
            maker.must(f"leak {held - harness.count_of(maker.pid)}")
            self.daemon.await_process(maker.pid, lambda p, state=state: p["state"] == state, state)
            self.restart_after_kill()
            self.await_told(maker, step, state)
            alerts.append(self.await_alert_state(maker, state))
        maker.close()
        harness.wait_for(lambda: all(i["ended_time"] for i in self.daemon.get("/v1/incidents")
                                     ["incidents"] if i["pid"] == maker.pid), "its end")
        self.restart_after_kill()
        self.await_told(maker, "ended", "exhausted")
        self.await_end(maker)
        self.judge(maker, alerts)

    def judge(self, maker, alerts):
        wanted = [(step, state) for step, state, _ in STEPS] + [("ended", "exhausted")]
        for told in self.by_hook(maker.pid), self.by_journal(maker.pid):
            events = list(dict.fromkeys(told))  # a repeat is the same in all
            self.assertEqual([event[2:] for event in events], wanted, told)
            numbers = [int(event[0]) for event in events]
            self.assertEqual(numbers, sorted(set(numbers)))
            harness.note(f"{len(told)} told of {len(events)}")
        self.assertEqual({t[:2] for t in self.by_hook(maker.pid)},
                         {t[:2] for t in self.by_journal(maker.pid)}, "the same events by both")
        self.assertEqual(len({incident for _, incident, *_ in self.by_hook(maker.pid)}), 1)
        self.assertEqual(len({a["startsAt"] for a in alerts}), 1, alerts)
        self.assertEqual(alerts[1]["fingerprint"], alerts[2]["fingerprint"], "one alert")


if __name__ == "__main__":
    harness.main()
