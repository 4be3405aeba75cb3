#!/usr/bin/python3 -B
# SPDX-License-Identifier: BSD-2-Clause
# sanitized: yes
"""Requests that make no sense: a clear answer to each, and the daemon goes on."""

import http.client
import json
import socket

import harness


class BadInput(harness.Case):
    def tearDown(self):
        self.assertIsNone(self.daemon.process.poll(), self.daemon.log())
        self.assertIn("version", self.daemon.status())

    def raw(self, data, timeout=harness.DEADLINE):
        """All that comes back for these bytes, until the daemon closes or the client has enough."""
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(timeout)
            s.connect(str(self.daemon.socket))
            received = b""
            try:
                s.sendall(data)
                s.shutdown(socket.SHUT_WR)
                while part := s.recv(65536):
                    received += part
            except (BrokenPipeError, ConnectionResetError):
                pass  # it need not read all of it
            return received

    def check_error(self, target, method="GET", statuses=(400, 404, 405)):
        status, body = harness.request(self.daemon.socket, target, method)
        self.assertIn(status, statuses, (target, body))
        self.assertIsInstance(body.get("error"), str, (target, body))
        self.assertTrue(body["error"], target)
        self.assertNotIn("\n", body["error"])

    def test_unknown_places(self):
        for target in ("/", "/v1", "/v1/", "/v1/nothing", "/v2/status", "/v1/status/more",
                       "/v1/processes/1/nothing", "//v1/status", "/v1/processes/../status",
                       "/%00", "/" + "x" * 500):
            with self.subTest(target=target[:40]):
                self.check_error(target)

    def test_no_process(self):
        maker = self.maker()
        maker.close()
        for pid in ("0", "-1", "x", "1x", "4194305", "99999999999999999999", "0x1", "%31%00",
                    "1.0", "+1", "2147483648", "4294967297", "18446744073709551617",
                    str(maker.pid), "2"):  # 2 is a kernel thread: it has no descriptors
            with self.subTest(pid=pid):
                self.check_error(f"/v1/processes/{pid}")

    def test_wrong_methods(self):
        for method in ("POST", "PUT", "DELETE", "PATCH", "NONSENSE"):
            with self.subTest(method=method):
                self.check_error("/v1/status", method)

    def test_malformed_requests(self):
        for data in (b"\r\n\r\n", b"nonsense\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n",
                     b"\x00" * 1000, b"\xff\xfe\r\n\r\n", b"GET /v1/status HTTP/1.1\r\n\r\n",
                     b"GET /v1/status HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\n",
                     b"GET /v1/status HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999"
                     b"\r\n\r\n", b"GET /v1/status HTTP/1.1\r\nHost", b""):
            with self.subTest(data=data[:40]):
                answer = self.raw(data)
                self.assertTrue(not answer or answer.startswith(b"HTTP/1."), answer[:100])

    def test_request_line_of_a_megabyte(self):
        answer = self.raw(b"GET /" + b"x" * (1 << 20) + b" HTTP/1.1\r\nHost: a\r\n\r\n")
        if answer:
            status = int(answer.split(b" ", 2)[1])
            self.assertIn(status, (400, 413, 414, 431), answer[:200])

    def test_header_of_a_megabyte(self):
        answer = self.raw(b"GET /v1/status HTTP/1.1\r\nHost: a\r\nX: " + b"x" * (1 << 20) +
                          b"\r\n\r\n")
        self.assertFalse(answer and answer.split(b" ", 2)[1] == b"200", answer[:200])

    def test_body_of_a_megabyte(self):
        answer = self.raw(b"POST /v1/status HTTP/1.1\r\nHost: a\r\nContent-Length: 1048576\r\n\r\n"
                          + b"x" * (1 << 20))
        self.assertTrue(not answer or answer.split(b" ", 2)[1].startswith(b"4"), answer[:200])

    def test_two_hundred_idle_connections(self):
        idle = []
        try:
            for _ in range(200):
                s = socket.socket(socket.AF_UNIX)
                idle.append(s)
                s.connect(str(self.daemon.socket))  # waits while the backlog is full
            # root is not kept out by them
            self.assertIn("version", self.daemon.status())
            self.assertIn(self.daemon.pid, self.daemon.all())
        finally:
            for s in idle:
                s.close()

    def test_two_hundred_followers(self):
        followers = []
        refused = 0
        for _ in range(200):
            connection = harness.Connection(self.daemon.socket)
            self.addCleanup(connection.close)
            followers.append(connection)
            try:
                connection.request("GET", "/v1/events?follow=1")
                response = connection.getresponse()
                refused += response.status != 200
                if response.status != 200:
                    self.assertIn("error", json.loads(response.read()))
            except (http.client.HTTPException, OSError):
                refused += 1
        harness.note(f"{200 - refused} of 200 followers are served")
        for connection in followers[:150]:
            connection.close()
        harness.wait_for(self.answered, "an answer once others have gone")

    def answered(self):
        try:
            return self.daemon.status()
        except (OSError, http.client.HTTPException, AssertionError):
            return None

    def test_follower_that_does_not_read(self):
        """Its stream may end; nobody else waits for it."""
        lazy = harness.Connection(self.daemon.socket)
        self.addCleanup(lazy.close)
        lazy.request("GET", "/v1/events?follow=1")
        follower = self.follow()
        maker = self.maker(limit=40)
        for _ in range(3):
            maker.must("leak 37")
            maker.must("close-all")
        follower.wait(maker.pid, "threshold")

    def test_reused_connection(self):
        connection = harness.Connection(self.daemon.socket)
        self.addCleanup(connection.close)
        for target in ("/v1/status", "/nowhere", "/v1/processes/0", "/v1/status") * 10:
            connection.request("GET", target)
            response = connection.getresponse()
            body = json.loads(response.read())
            self.assertEqual(response.status == 200, "version" in body)


if __name__ == "__main__":
    harness.main()
