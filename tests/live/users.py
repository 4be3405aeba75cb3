#!/usr/bin/python3 -B
# SPDX-License-Identifier: BSD-2-Clause
# sanitized: yes
"""Who sees what: root all, a user own dumpable processes only, in lists, details and events."""

import json
import os
import shutil

import harness
from harness import NOBODY, OTHER_USER

GROUP = "fdwatch"


def as_user(uid, function, groups=()):
    """What a function returns in a process of this user with these groups only."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.setgroups(list(groups))
            os.setresgid(uid, uid, uid)
            os.setresuid(uid, uid, uid)
            answer = {"value": function()}
        except BaseException as error:  # told to the parent
            answer = {"error": repr(error)}
        os.write(writing, json.dumps(answer).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        text = pipe.read()
    os.waitpid(pid, 0)
    answer = json.loads(text)
    if "error" in answer:
        raise AssertionError(f"as user {uid}: {answer['error']}")
    return answer["value"]


class Users(harness.Case):
    def ask(self, uid, target, groups=()):
        """(status, body) of a user's request."""
        return tuple(as_user(uid, lambda: harness.request(self.daemon.socket, target), groups))

    def listed(self, uid, groups=()):
        status, body = self.ask(uid, "/v1/processes", groups)
        self.assertEqual(status, 200)
        return {p["pid"]: p for p in body["processes"]}

    def sees(self, uid, pid):
        """Whether a user sees the process in the list, and its details."""
        in_list = pid in self.listed(uid)
        status, body = self.ask(uid, f"/v1/processes/{pid}")
        self.assertIn(status, (200, 404), body)
        return in_list, status == 200

    def await_seen(self, uid, pid, seen):
        harness.wait_for(lambda: self.sees(uid, pid) == (seen, seen),
                         f"user {uid} {'to see' if seen else 'not to see'} process {pid}")

    def own(self, uid=NOBODY):
        maker = self.maker(uid=uid)
        self.await_equal(maker.pid)
        return maker

    def test_own_yes(self):
        maker = self.own()
        self.await_seen(NOBODY, maker.pid, True)
        status, body = self.ask(NOBODY, f"/v1/processes/{maker.pid}")
        self.assertEqual((status, body["uid"]), (200, NOBODY))
        self.assertEqual(len(body["descriptors"]), harness.count_of(maker.pid))

    def test_anothers_no(self):
        maker = self.own()
        maker.must("hostile")
        for pid in (maker.pid, self.daemon.pid, 1):
            self.assertEqual(self.sees(OTHER_USER, pid), (False, False))

    def test_another_is_as_none(self):
        """Nothing tells a hidden process from one that does not exist."""
        maker = self.own()
        gone = self.own()
        gone.close()
        self.daemon.await_polls(2)
        hidden = self.ask(OTHER_USER, f"/v1/processes/{maker.pid}")
        nothing = self.ask(OTHER_USER, f"/v1/processes/{gone.pid}")
        self.assertEqual(hidden[0], 404)
        self.assertEqual(json.dumps(hidden).replace(str(maker.pid), "N"),
                         json.dumps(nothing).replace(str(gone.pid), "N"))

    def test_list_holds_own_only(self):
        maker = self.own()
        self.await_seen(NOBODY, maker.pid, True)
        for uid in (NOBODY, OTHER_USER):
            for p in self.listed(uid).values():
                self.assertEqual(p["uid"], uid, p)

    def test_not_dumpable_no(self):
        maker = self.own()
        self.await_seen(NOBODY, maker.pid, True)
        maker.must("dumpable 0")
        self.await_seen(NOBODY, maker.pid, False)
        maker.must("dumpable 1")
        self.await_seen(NOBODY, maker.pid, True)

    def program(self, mode):
        """A copy of the maker that belongs to root."""
        path = self.daemon.folder / f"program-{mode:o}"
        shutil.copyfile(harness.MAKER, path)
        path.chmod(mode)
        return path

    def exec_hides(self, mode):
        maker = self.own()
        self.await_seen(NOBODY, maker.pid, True)
        maker.must(f"exec {self.program(mode)}")
        # At once: the look is anew at each request, for the details at least.
        status, _ = self.ask(NOBODY, f"/v1/processes/{maker.pid}")
        self.assertEqual(status, 404)
        self.await_seen(NOBODY, maker.pid, False)
        return maker

    def test_exec_of_an_unreadable_program(self):
        maker = self.exec_hides(0o711)
        maker.must(f"exec {self.program(0o755)}")
        self.await_seen(NOBODY, maker.pid, True)

    def test_exec_of_a_set_user_program(self):
        self.exec_hides(0o4755)

    def test_change_of_user(self):
        """Whoever was another's before has secrets of his."""
        maker = self.maker()
        maker.must(f"uid {NOBODY}")
        self.await_seen(NOBODY, maker.pid, True)
        self.await_seen(OTHER_USER, maker.pid, False)

    def test_events_of_own_only(self):
        """Another's refusals come first, so whoever sees his own would have seen them."""
        targets = [self.maker(), self.own(OTHER_USER), self.own(NOBODY)]
        for maker in targets:
            self.await_equal(maker.pid)
        for maker in targets:
            maker.must("setrlimit 30")
            maker.must("emfile")
            self.await_emfile(maker.pid)
        self.assertEqual(self.pids_of_events(NOBODY) & {m.pid for m in targets},
                         {targets[2].pid})
        self.assertEqual(self.pids_of_events(OTHER_USER) & {m.pid for m in targets},
                         {targets[1].pid})

    def await_emfile(self, pid):
        harness.wait_for(lambda: pid in self.pids_of_events(None), f"a refusal of {pid}")

    def pids_of_events(self, uid):
        def read():
            connection = harness.Connection(self.daemon.socket)
            connection.request("GET", "/v1/events")
            lines = connection.getresponse().read().splitlines()
            connection.close()
            return [json.loads(line)["pid"] for line in lines
                    if json.loads(line)["type"] == "emfile"]

        return set(read() if uid is None else as_user(uid, read))

    def test_followed_events_of_own_only(self):
        targets = [self.maker(), self.own(OTHER_USER), self.own(NOBODY)]
        own = targets[2]
        for maker in targets:
            maker.must("setrlimit 30")
        ready, told = os.pipe()

        def follow():
            follower = harness.Follower(self.daemon.socket)
            os.write(told, b".")
            follower.wait(own.pid, "emfile")
            return [e["pid"] for _, e in follower.seen]

        def provoke():
            os.read(ready, 1)
            for maker in targets:
                maker.must("emfile")

        thread = harness.threading.Thread(target=provoke)
        thread.start()
        pids = as_user(NOBODY, follow)
        thread.join()
        os.close(ready)
        os.close(told)
        self.assertIn(own.pid, pids)
        self.assertNotIn(targets[0].pid, pids)
        self.assertNotIn(targets[1].pid, pids)

    def test_root_sees_all(self):
        maker = self.own()
        maker.must("dumpable 0")
        everyone = self.daemon.all()
        for pid in (1, os.getpid(), maker.pid, self.daemon.pid):
            self.assertIn(pid, everyone)
        self.assertEqual(len(self.daemon.show(maker.pid)["descriptors"]),
                         harness.count_of(maker.pid))

    def test_claims_do_not_count(self):
        """What a client says of itself is not listened to."""
        maker = self.own()

        def claim():
            connection = harness.Connection(self.daemon.socket)
            connection.request("GET", f"/v1/processes/{maker.pid}",
                               headers={"X-Uid": "0", "Authorization": "Basic cm9vdDo="})
            return connection.getresponse().status

        self.assertEqual(as_user(OTHER_USER, claim), 404)


class Group(harness.Case):
    """A member of the group fdwatch sees all; where the host has none, a private /etc/group has."""

    GID = 64999

    @classmethod
    def setUpClass(cls):
        folder = harness.folder_of_own()
        cls.addClassCleanup(shutil.rmtree, folder)
        group = folder / "group"
        group.write_text(f"root:x:0:\n{GROUP}:x:{cls.GID}:\n")
        prefix = ["unshare", "--mount", "sh", "-c",
                  f'mount --bind {group} /etc/group && exec "$@"', "sh"]
        cls.daemon = harness.Daemon(interval=cls.interval, prefix=prefix)
        cls.addClassCleanup(cls.daemon.close)

    def seen_by(self, groups):
        status, body = as_user(
            NOBODY, lambda: harness.request(self.daemon.socket, "/v1/processes"), groups)
        self.assertEqual(status, 200)
        return {p["pid"] for p in body["processes"]}

    def test_member(self):
        self.assertIn(os.getpid(), self.seen_by([self.GID]))

    def test_no_member(self):
        self.assertNotIn(os.getpid(), self.seen_by([self.GID - 1]))
        self.assertNotIn(os.getpid(), self.seen_by([]))


if __name__ == "__main__":
    harness.main()
