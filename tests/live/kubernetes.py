#!/usr/bin/python3 -B
# SPDX-License-Identifier: BSD-2-Clause
"""The DaemonSet, without a cluster: kubectl knows every field of it, and it asks for no more rights
than the service's units have."""

import json
import re
import shutil
import subprocess
import unittest

import harness

FOLDER = harness.ROOT / "packaging" / "kubernetes"
MANIFEST = FOLDER / "fdwatch.yml"
UNITS = harness.ROOT / "packaging" / "systemd"
HOST_PATHS = {"/run/fdwatch", "/var/lib/fdwatch", "/sys/fs/bpf"}


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


if __name__ == "__main__":
    harness.main()
