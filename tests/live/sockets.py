#!/usr/bin/python3 -B
# SPDX-License-Identifier: BSD-2-Clause
# sanitized: yes
"""Sockets: ends, states and peers, as /proc/net tells them."""

import socket
import struct

import harness

STATES = {"01": "ESTABLISHED", "07": "CLOSE", "08": "CLOSE_WAIT", "0A": "LISTEN",
          "05": "FIN_WAIT2"}
UNIX_STATES = {"01": "UNCONNECTED", "03": "CONNECTED"}
ACCEPTING = 0x10000


def end(text, family):
    """An end as fdwatch writes it, from /proc/net's."""
    address, port = text.split(":")
    words = [int(address[i:i + 8], 16) for i in range(0, len(address), 8)]
    packed = b"".join(struct.pack("=I", word) for word in words)
    name = socket.inet_ntop(family, packed) if any(packed) else "*"
    number = int(port, 16)
    if not any(packed) and not number:
        return None
    if family == socket.AF_INET6 and any(packed):
        name = f"[{name}]"
    return f"{name}:{number}" if number else name


def internet(pid, protocol, family):
    """{inode: (local, remote, state)} of /proc/PID/net/PROTOCOL."""
    found = {}
    with open(f"/proc/{pid}/net/{protocol}", encoding="ascii") as table:
        for line in list(table)[1:]:
            fields = line.split()
            found[int(fields[9])] = (end(fields[1], family), end(fields[2], family), fields[3])
    return found


class Sockets(harness.Case):
    def make(self, way, uid=None):
        """(the maker, its sockets by number)"""
        maker = self.maker(uid=uid)
        maker.must(way)
        answer = self.show(maker)
        sockets = [d for d in answer["descriptors"] if d["kind"] == "socket"]
        proc = harness.descriptors_of(maker.pid)
        for d in sockets:
            self.assertEqual(proc[d["fd"]], f"socket:[{d['inode']}]".encode())
        return maker, sockets

    def check_internet(self, way, protocol, family, states):
        maker, sockets = self.make(way)
        table = internet(maker.pid, protocol, family)
        self.assertEqual(len(sockets), len(states))
        for d in sockets:
            if d["inode"] in table:  # one that is not bound stands in no table
                local, remote, state = table[d["inode"]]
                self.assertEqual((d["socket"]["local"], d["socket"]["remote"]), (local, remote))
                if protocol.startswith("tcp"):
                    self.assertEqual(d["socket"]["state"], STATES[state])
            self.assertEqual(d["socket"]["protocol"], protocol.rstrip("6"))
            self.assertEqual(d["socket"]["family"],
                             "inet6" if family == socket.AF_INET6 else "inet")
        self.assertEqual([d["socket"]["state"] for d in sockets], states)
        return sockets

    def test_tcp(self):
        server, client, accepted = self.check_internet(
            "tcp", "tcp", socket.AF_INET, ["LISTEN", "ESTABLISHED", "ESTABLISHED"])
        self.assertRegex(server["socket"]["local"], r"^127\.0\.0\.1:\d+$")
        self.assertEqual(client["socket"]["remote"], server["socket"]["local"])
        self.assertEqual(client["socket"]["local"], accepted["socket"]["remote"])
        self.assertEqual(client["socket"]["type"], "stream")

    def test_tcp6(self):
        server, client, accepted = self.check_internet(
            "tcp6", "tcp6", socket.AF_INET6, ["LISTEN", "ESTABLISHED", "ESTABLISHED"])
        self.assertRegex(server["socket"]["local"], r"^\[::1\]:\d+$")
        self.assertEqual(client["socket"]["remote"], server["socket"]["local"])
        self.assertEqual(client["socket"]["local"], accepted["socket"]["remote"])

    def test_tcp_left_by_its_peer(self):
        maker, sockets = self.make("tcp")
        client = sockets[1]
        maker.must(f"shut {sockets[2]['fd']}")
        table = internet(maker.pid, "tcp", socket.AF_INET)
        self.assertEqual(STATES[table[client["inode"]][2]], "CLOSE_WAIT")
        now = {d["fd"]: d for d in self.daemon.show(maker.pid)["descriptors"]}
        self.assertEqual(now[client["fd"]]["socket"]["state"], "CLOSE_WAIT")

    def test_udp(self):
        for way, family in (("udp", socket.AF_INET), ("udp6", socket.AF_INET6)):
            with self.subTest(way=way):
                server, client = self.check_internet(way, way, family, [None, None])
                self.assertEqual(client["socket"]["remote"], server["socket"]["local"])
                self.assertEqual(client["socket"]["type"], "dgram")

    def unix(self, pid):
        """{inode: (state, path)} of /proc/PID/net/unix."""
        found = {}
        with open(f"/proc/{pid}/net/unix", encoding="ascii") as table:
            for line in list(table)[1:]:
                fields = line.split(None, 7)
                listening = int(fields[3], 16) & ACCEPTING
                found[int(fields[6])] = (
                    "LISTEN" if listening else UNIX_STATES.get(fields[5]),
                    fields[7].rstrip("\n") if len(fields) > 7 else None)
        return found

    def check_unix(self, way, count):
        maker, sockets = self.make(way)
        self.assertEqual(len(sockets), count)
        table = self.unix(maker.pid)
        for d in sockets:
            state, path = table[d["inode"]]
            self.assertEqual(d["socket"]["family"], "unix")
            if d["socket"]["type"] != "dgram":
                self.assertEqual(d["socket"]["state"], state)
            self.assertEqual(d["path"], path or f"socket:[{d['inode']}]")
        return sockets

    def check_peers(self, one, other):
        self.assertEqual(one["socket"]["peer_inode"], other["inode"])
        self.assertEqual(other["socket"]["peer_inode"], one["inode"])

    def test_unix_by_path(self):
        server, client, accepted = self.check_unix("unix", 3)
        self.assertEqual(server["path"], "listening.sock")
        self.assertEqual(server["socket"]["state"], "LISTEN")
        self.assertIsNone(server["socket"]["peer_inode"])
        self.check_peers(client, accepted)

    def test_unix_abstract(self):
        server, client, accepted = self.check_unix("unix_abstract", 3)
        self.assertRegex(server["path"], r"^@fdmaker-\d+-abstract$")
        self.check_peers(client, accepted)

    def test_unix_pairs(self):
        sockets = self.check_unix("socketpair", 6)
        for i, kind in enumerate(("stream", "dgram", "seqpacket")):
            self.check_peers(*sockets[2 * i:2 * i + 2])
            self.assertEqual(sockets[2 * i]["socket"]["type"], kind)

    def test_not_bound(self):
        _, (tcp, unix) = self.make("unbound")
        self.assertEqual((tcp["socket"]["local"], tcp["socket"]["remote"]), (None, None))
        self.assertEqual(tcp["socket"]["state"], "CLOSE")
        self.assertIsNone(unix["socket"]["peer_inode"])

    def test_netlink(self):
        _, (d,) = self.make("netlink")
        self.assertEqual((d["socket"]["family"], d["socket"]["protocol"]), ("netlink", "route"))

    def test_packet_and_raw(self):
        for way, family in (("packet", "packet"), ("raw", "inet")):
            with self.subTest(way=way):
                _, (d,) = self.make(way)
                self.assertEqual((d["socket"]["family"], d["socket"]["type"]), (family, "raw"))
                self.assertEqual(d["socket"]["protocol"], "icmp" if way == "raw" else None)


if __name__ == "__main__":
    harness.main()
