#!/usr/bin/python3 -B
# SPDX-License-Identifier: BSD-2-Clause
"""The DaemonSet, without a cluster: kubectl knows every field of it, it asks for no more rights
than the service's units have, and these are enough."""

import json
import os
import re
import shutil
import subprocess
import unittest

import harness
from tracing import Traced, has_line

FOLDER = harness.ROOT / "packaging" / "kubernetes"
MANIFEST = FOLDER / "fdwatch.yml"
UNITS = harness.ROOT / "packaging" / "systemd"
GIVEN = re.findall(r"\n +- ([A-Z_]+) # ", MANIFEST.read_text())
HOST_PATHS = {"/run/fdwatch", "/var/lib/fdwatch", "/sys/fs/bpf", "/sys/kernel/tracing"}


def kubectl(*command):
    ended = subprocess.run(["kubectl", *command, "--local", "-f", str(MANIFEST), "-o", "json"],
                           capture_output=True, text=True, timeout=60, check=False,
                           env={"PATH": harness.os.environ["PATH"], "KUBECONFIG": "/dev/null"})
    if not ended.stdout:  # it also fails for what it has no pod to set something in
        raise AssertionError(ended.stderr)
    decoder, text, found = json.JSONDecoder(), ended.stdout.lstrip(), []
    while text:
        item, end = decoder.raw_decode(text)
        found.append(item)
        text = text[end:].lstrip()
    return found


def lacking(given, known, path=""):
    """What stands in `given` and not, or otherwise, in `known`."""
    if isinstance(given, dict) and isinstance(known, dict):
        for key, value in given.items():
            if key not in known:
                yield f"{path}.{key}"
            else:
                yield from lacking(value, known[key], f"{path}.{key}")
    elif isinstance(given, list) and isinstance(known, list) and len(given) == len(known):
        for number, pair in enumerate(zip(given, known)):
            yield from lacking(*pair, f"{path}[{number}]")
    elif given != known:
        yield f"{path}: {given!r}, {known!r}"


@unittest.skipUnless(shutil.which("kubectl"), "not installed: kubectl")
class Manifest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        # As it stands there; and as kubectl's own types of it, which drop what they do not know.
        cls.all = {item["kind"]: item for item in kubectl("annotate", "tried=yes")}
        cls.set = cls.all["DaemonSet"]
        cls.known = next(item for item in kubectl("set", "env", "TRIED=yes")
                         if item["kind"] == "DaemonSet")
        cls.pod = cls.set["spec"]["template"]["spec"]
        cls.container = cls.pod["containers"][0]

    def test_every_field_is_known(self):
        self.assertEqual(sorted(self.all), ["ConfigMap", "DaemonSet", "Namespace",
                                            "NetworkPolicy"])
        del self.set["metadata"]["annotations"]
        self.assertEqual(list(lacking(self.set, self.known)), [])

    def test_rights(self):
        context = self.container["securityContext"]
        self.assertEqual(context["capabilities"]["drop"], ["ALL"])
        units = "".join((UNITS / f"{name}.service").read_text()
                        for name in ("fdwatchd-load", "fdwatchd"))
        held = {name.removeprefix("CAP_") for line in
                re.findall(r"^CapabilityBoundingSet=(.*)$", units, re.MULTILINE)
                for name in line.split()}
        self.assertLessEqual(set(context["capabilities"]["add"]), held)
        for name in context["capabilities"]["add"]:  # and why
            self.assertRegex(MANIFEST.read_text(), rf"\n +- {name} # \w+")
        self.assertFalse(context["privileged"] or context["allowPrivilegeEscalation"])
        self.assertTrue(context["readOnlyRootFilesystem"])
        self.assertFalse(self.pod["automountServiceAccountToken"])
        self.assertTrue(self.pod["hostPID"])
        self.assertFalse({"hostNetwork", "hostIPC", "hostUsers"} & set(self.pod))
        self.assertEqual({v["hostPath"]["path"] for v in self.pod["volumes"] if "hostPath" in v},
                         HOST_PATHS)
        self.assertEqual(len(self.pod["containers"]), 1)

    def test_names_fit_each_other(self):
        labels = self.set["spec"]["template"]["metadata"]["labels"]
        self.assertEqual(self.set["spec"]["selector"]["matchLabels"], labels)
        policy = self.all["NetworkPolicy"]["spec"]
        self.assertEqual(policy["podSelector"]["matchLabels"], labels)
        self.assertEqual(policy["policyTypes"], ["Ingress", "Egress"])
        self.assertNotIn("egress", policy)  # it asks nobody anything
        ports = {port["name"] for port in self.container["ports"]}
        self.assertEqual({rule["port"] for entry in policy["ingress"] for rule in entry["ports"]},
                         ports)
        for probe in ("readinessProbe", "livenessProbe"):
            self.assertIn(self.container[probe]["httpGet"]["port"], ports)
        self.assertLessEqual({mount["name"] for mount in self.container["volumeMounts"]},
                             {volume["name"] for volume in self.pod["volumes"]})
        for kind in ("ConfigMap", "DaemonSet", "NetworkPolicy"):
            self.assertEqual(self.all[kind]["metadata"]["namespace"],
                             self.all["Namespace"]["metadata"]["name"])

    def test_its_configuration(self):
        folder = harness.folder_of_own()
        self.addCleanup(shutil.rmtree, folder)
        text = self.all["ConfigMap"]["data"]["fdwatch.conf"]
        (folder / "fdwatch.conf").write_text(text)
        subprocess.run([str(harness.DAEMON), "--check-config", str(folder / "fdwatch.conf")],
                       check=True, timeout=60)
        port = re.search(r"metrics_listen = \S+:(\d+)", text)[1]
        self.assertEqual(int(port), self.container["ports"][0]["containerPort"])


LEAKY = """
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
int main(void)
{
	char line[32];
	for (puts("ready"), fflush(stdout); fgets(line, sizeof(line), stdin); fflush(stdout)) {
		for (int i = atoi(line); i > 0; i--)
			if (open("/dev/null", O_RDONLY) < 0) /* LEAK */
				return 1;
		puts("done");
	}
	return 0;
}
"""


# What the manifest's volumes bring along.
MOUNTED = ('mount -t tracefs -o ro tracefs /sys/kernel/tracing && mount -t bpf bpf "$0" && '
           'exec "$@"')


class Rights(Traced):
    """As a runtime starts it: root with the manifest's capabilities and no others, none ambient."""

    def serve(self, capabilities):
        folder = harness.folder_of_own()
        self.addCleanup(shutil.rmtree, folder)
        (folder / "bpf").mkdir()
        bounds = ["-all", *(f"+{name.lower()}" for name in capabilities)]
        self.daemon = harness.Daemon(folder=folder, start=False, prefix=[
            "unshare", "--mount", "sh", "-c", MOUNTED, folder / "bpf", "setpriv",
            "--no-new-privs", "--inh-caps", "-all", "--bounding-set", ",".join(bounds)])
        self.addCleanup(self.daemon.close)
        self.daemon.pins = folder / "bpf" / "fdwatch"
        self.daemon.start()
        with open(f"/proc/{self.daemon.pid}/status", encoding="utf-8") as status:
            held = int(re.search(r"CapPrm:\s*(\w+)", status.read())[1], 16)
        self.assertLessEqual(held.bit_count(), len(capabilities))

    def name_a_line(self):
        """That leaks in another user's program, which nobody else may read and an upgrade took."""
        folder = self.daemon.folder
        (folder / "leaky.c").write_text(LEAKY)
        subprocess.run(["gcc", "-g", "-o", folder / "leaky", folder / "leaky.c"], check=True)
        (folder / "leaky").chmod(0o500)
        os.chown(folder / "leaky", harness.NOBODY, harness.NOBODY)
        program = self.start([str(folder / "leaky")], user=harness.NOBODY, group=harness.NOBODY,
                             extra_groups=[])
        (folder / "leaky").unlink()
        self.track(program.pid)
        program.leak(24)
        line = next(n for n, text in enumerate(LEAKY.split("\n"), 1) if "LEAK" in text)
        self.await_top(program.pid, lambda s: has_line(s, folder / "leaky.c", line), "the line")
        self.assertGreaterEqual(sum(self.daemon.show(program.pid)["kinds"].values()), 24)

    def test_they_are_enough(self):
        self.serve(GIVEN)
        self.name_a_line()

    def test_without_sys_admin(self):
        """Its line can be removed where the manifest says so."""
        try:
            self.serve([name for name in GIVEN if name != "SYS_ADMIN"])
        except AssertionError as error:
            if "no right" in str(error):
                self.skipTest("this kernel wants CAP_SYS_ADMIN to load")
            raise
        self.name_a_line()


if __name__ == "__main__":
    harness.main()
