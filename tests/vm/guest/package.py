# SPDX-License-Identifier: BSD-2-Clause
"""Checks of the Debian package on the machine that `checks` has done with: installed, upgraded,
removed and purged as a user would, by dpkg."""

import pwd
import subprocess
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import __main__ as machine

DEBS = Path("/usr/local/lib/fdwatch-debs")
STATE = Path("/var/lib/fdwatch")
SOCKET = "fdwatchd-metrics.socket"
# Of these checks, and of dpkg's and systemd's own books.
ELSEWHERE = ("/usr/local", "/var/lib/dpkg", "/etc/systemd/system/fdwatch-checks.service",
             "/etc/systemd/system/multi-user.target.wants/fdwatch-checks.service")
DPKG_SECONDS = 300
kernel_before = set()


def dpkg(*words):
    done = subprocess.run(["dpkg", *map(str, words)], stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=DPKG_SECONDS,
                          check=False)
    assert done.returncode == 0, done.stdout


def left_behind():
    """Files and folders with fdwatch in their names."""
    found = machine.run("find", "/", "-xdev", "-name", "*fdwatch*").stdout.split("\n")
    return {path for path in found if path and not path.startswith(ELSEWHERE)}


def installs():
    """dpkg -i: the service runs and is enabled, its folders are there, the socket unit is not on"""
    for path in sorted(left_behind(), reverse=True):  # what `make install` has put there
        machine.run("rm", "-rf", path)
    machine.systemctl("daemon-reload")
    kernel_before.update(machine.in_kernel())
    dpkg("-i", DEBS / "first.deb")
    assert machine.unit(machine.DAEMON, "ActiveState") == "active"
    assert machine.unit(machine.DAEMON, "UnitFileState") == "enabled"
    assert machine.unit(SOCKET, "UnitFileState") == "disabled"
    assert machine.answers()
    assert (STATE.stat().st_mode & 0o777, STATE.owner()) == (0o700, "fdwatch"), STATE.stat()
    machine.run("fdwatchd", "--check-config", machine.CONFIGURATION)


def upgrades():
    """dpkg -i of another version: new programs and another daemon, and totals go on"""
    opener = machine.Opener()
    opener.open(1000)
    before = machine.opened_settles(opener.pid, 1000)
    pid, loaded = machine.main_pid(), machine.loaded_at()
    programs = machine.bpf_ids(machine.BPF_PROG_GET_NEXT_ID)
    with ThreadPoolExecutor() as pool:
        upgrade = pool.submit(dpkg, "-i", DEBS / "second.deb")
        opener.open(500)  # meanwhile
        upgrade.result()
    machine.wait_until(lambda: machine.main_pid() not in (0, pid) and machine.answers(),
                       "another daemon")
    assert machine.opened_settles(opener.pid, before + 500) == before + 500
    fresh = machine.bpf_ids(machine.BPF_PROG_GET_NEXT_ID) - programs
    assert len(fresh) > 10, "no new programs"
    assert machine.loaded_at() == loaded, "the load step ran anew"
    opener.end()


def hands_over_the_socket():
    """the socket unit's first connection starts the daemon, which serves metrics there"""
    machine.systemctl("stop", machine.DAEMON)
    machine.systemctl("start", SOCKET)
    assert machine.main_pid() == 0
    with urllib.request.urlopen("http://127.0.0.1:9024/metrics",
                                timeout=machine.DEADLINE_SECONDS) as answer:
        assert b"\nfdwatch_build_info{" in answer.read()
    assert machine.main_pid() != 0


def removes():
    """dpkg -r: nothing is in the kernel, and no file but configuration and state"""
    ours = machine.in_kernel() - kernel_before
    assert len(ours) > 20, ours
    dpkg("-r", "fdwatch")
    assert not machine.PINS.exists(), list(machine.PINS.iterdir())
    machine.wait_until(lambda: not ours & machine.in_kernel(), "programs and maps gone")
    for name in (machine.DAEMON, machine.LOADER, SOCKET):
        assert machine.unit(name, "ActiveState") == "inactive", name
    # Whether it was enabled is remembered until the purge.
    files = {path for path in left_behind() if not path.startswith(
        ("/var/lib/systemd/", "/etc/systemd/system/"))}
    wanted = {"/etc/fdwatch", str(machine.CONFIGURATION), str(STATE)}
    assert files == wanted, files ^ wanted
    assert (STATE / "incidents.db").exists()


def purges():
    """dpkg --purge: not even those; the user stays, as none else is to have its number"""
    dpkg("--purge", "fdwatch")
    assert not left_behind(), left_behind()
    assert pwd.getpwnam("fdwatch").pw_uid != 0


CHECKS = (installs, upgrades, hands_over_the_socket, removes, purges)
