#!/usr/bin/python3 -B
# SPDX-License-Identifier: BSD-2-Clause
# deadline: 420 s
"""Where it leaks: real programs that leak one way each, and the very line at the top."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import harness
from tracing import Traced, has_line

HERE = Path(__file__).parent / "leaky"
sys.path.insert(0, str(HERE))
import native  # noqa: E402
import programs  # noqa: E402

COUNT = 24
COUNT_OF_ALL = 8

EMBEDS = """
int Py_BytesMain(int argc, char **argv);
int main(int argc, char **argv) { return Py_BytesMain(argc, argv); }
"""

# In a mount namespace of its own: folder $0 becomes the root, and $1 its /tmp.
CONTAIN = """
mount --bind "$0" "$0" && mount --rbind /dev "$0/dev" && mount --bind "$1" "$0/tmp" &&
cd "$0" && pivot_root . old && shift && PATH=$PATH:/tmp exec "$@"
"""


def await_layout(test, program):
    """Python is looked for when tracking begins: what is opened before is not explained."""
    def known():
        program.leak(1)
        return any(f["language"] == "python" for s in test.sites(program.pid)["sites"]
                   for f in s["frames"])

    harness.wait_for(known, lambda: f"Python's frames; there are {test.sites(program.pid)}")


class Python(Traced):
    """The top place's frames hold the very line."""

    def check(self, name):
        path = self.daemon.folder / f"leaks_{name}.py"
        path.write_text(programs.source(name))
        program = self.start([sys.executable, str(path)])
        self.track(program.pid)
        await_layout(self, program)
        program.leak(COUNT)
        site = self.await_top(
            program.pid,
            lambda s: has_line(s, path, programs.line(name)) and s["live"] >= COUNT,
            f"the line {programs.line(name)} of {path} at the top")
        self.assertEqual((site["pid"], site["comm"]), (program.pid, "python3"))
        self.assertNotIn("_PyEval_EvalFrameDefault", [f["function"] for f in site["frames"]])
        # Whatever modules in C it went through, what is shown as the place is the program's own.
        self.assertEqual(site["frames"][site["own_frame"]]["file"], str(path), site)
        self.assertTrue(site["place"].startswith(f"{path}:"), site)


def add_python(name):
    setattr(Python, f"test_{name}", lambda self: self.check(name))


for each in programs.PROGRAMS:
    add_python(each)


class Pythons(Traced):
    """All of them in one process, by the interpreters that can be had, whatever their version."""

    def interpreters(self):
        """One of each version: {version: path}."""
        found = {}
        for path in native.interpreters():
            version = native.version_of(path)
            if version and (3, 8) <= version <= (3, 14):
                found.setdefault(version, path)
        return found

    def check(self, command, folder):
        """`folder` is where the command finds what is in this test's."""
        program = self.start([*command, f"{folder}/all.py", folder, *programs.PROGRAMS])
        self.track(program.pid)
        await_layout(self, program)
        program.leak(COUNT_OF_ALL)

        def missing():
            sites = self.sites(program.pid)["sites"]
            return [n for n in programs.PROGRAMS if not any(
                has_line(s, f"{folder}/leaks_{n}.py", programs.line(n)) and
                s["live"] >= COUNT_OF_ALL for s in sites)]

        harness.wait_for(lambda: not missing(), lambda: f"the lines of {missing()}")
        for site in self.sites(program.pid)["sites"]:
            self.assertNotIn("_PyEval_EvalFrameDefault", [f["function"] for f in site["frames"]])

    def test_of_this_host(self):
        folder = self.daemon.folder / "all"
        folder.mkdir()
        programs.write_all(folder)
        for version, path in sorted(self.interpreters().items()):
            with self.subTest(version=version, path=path):
                self.check([path], str(folder))

    def test_threads_by_their_list(self):
        """One that does not say it is glibc's, as musl's: a thread's state is looked for."""
        loader = b"/lib64/ld-linux-x86-64.so.2"
        folder = self.daemon.folder / "listed"
        folder.mkdir()
        own = folder / "l"
        program = Path("/usr/bin/python3").read_bytes()
        if loader not in program or len(os.fsencode(own)) > len(loader):
            self.skipTest("there is no program whose loader can be replaced")
        own.symlink_to(loader.decode())
        copy = folder / "python3"
        copy.write_bytes(program.replace(loader, os.fsencode(own).ljust(len(loader), b"\0")))
        copy.chmod(0o755)
        programs.write_all(folder)
        self.check([str(copy)], str(folder))

    def test_in_containers(self):
        """Other releases' with their own C library: what is mapped is in the container alone."""
        roots = sorted((harness.PEERS / "pythons").glob("3.*"))
        if not roots:
            self.skipTest("there are no other releases' Pythons: make check fetches them")
        folder = self.daemon.folder / "contained"
        folder.mkdir()
        programs.write_all(folder)
        (folder / "true.c").write_text("int main(void) { return 0; }")
        (folder / "embeds.c").write_text(EMBEDS)
        subprocess.run(["gcc", "-static", "-o", folder / "true", folder / "true.c"], check=True)
        for root in roots:
            with self.subTest(version=root.name):
                self.check_in(root, folder, f"python{root.name}")
            for library in root.glob("usr/lib/*/libpython3*.so.1.0"):
                with self.subTest(version=root.name, library=library):
                    (libc,) = root.glob(f"lib/{library.parent.name}/libc.so.6")
                    subprocess.run(["gcc", "-o", folder / "embeds", folder / "embeds.c", library,
                                    libc, "-nodefaultlibs", "-Wl,--allow-shlib-undefined"],
                                   check=True)
                    self.check_in(root, folder, "/tmp/embeds")

    def check_in(self, root, folder, program):
        self.check(["unshare", "--mount", "sh", "-c", CONTAIN, root, folder, program], "/tmp")

    def test_virtual_environment(self):
        folder = self.daemon.folder / "environment"
        for way in ("--symlinks", "--copies"):
            with self.subTest(way):
                subprocess.run([sys.executable, "-m", "venv", "--without-pip", way, folder / way],
                               check=True)
                programs.write_all(folder / way)
                self.check([str(folder / way / "bin/python3")], str(folder / way))


class Native(Traced):
    """C, however it was compiled: the function that called, its callers, and the line if known."""

    def build(self, name, *options, compiler="gcc"):
        path = self.daemon.folder / name
        source = self.daemon.folder / "leaky.c"
        source.write_text(native.C)
        built = subprocess.run([compiler, "-pthread", "-o", path, source, *options],
                               capture_output=True, text=True)
        if built.returncode:
            self.skipTest(f"{compiler} {' '.join(options)}: {built.stderr[-300:]}")
        return path, source

    def check(self, path, source=None, command=None, module=None):
        program = self.start(command or [str(path)])
        self.track(program.pid)
        program.leak(COUNT)

        def good(site):
            functions = [f["function"] for f in site["frames"]]
            return site["live"] >= COUNT and "load_one" in functions and "main" in functions

        site = self.await_top(program.pid, good, "load_one and main at the top")
        first = site["frames"][0]
        self.assertEqual(first["function"], "load_one", site)
        self.assertEqual(site["call"], "open", site)
        self.assertEqual(first["module"], str(module or path))
        if source:
            self.assertTrue(has_line(site, source, native.line(native.C)), site)
        else:
            self.assertTrue(first["build_id"], site)

    def test_with_frame_pointers(self):
        self.check(*self.build("fp", "-O2", "-g", "-fno-omit-frame-pointer"))

    def test_without_frame_pointers(self):
        self.check(*self.build("nofp", "-O2", "-g", "-fomit-frame-pointer"))

    def test_static(self):
        self.check(*self.build("static", "-O2", "-g", "-static"))

    def test_not_pie(self):
        self.check(*self.build("nopie", "-O1", "-g", "-no-pie"))

    def test_static_pie(self):
        self.check(*self.build("static-pie", "-O2", "-g", "-static-pie", "-fPIE"))

    def test_of_another_c_library(self):
        if not shutil.which("musl-gcc"):
            self.skipTest("there is no musl-gcc")
        for name, options in (("musl", ()), ("musl-static", ("-static",))):
            with self.subTest(name):
                self.check(*self.build(name, "-O2", "-g", *options, compiler="musl-gcc"))

    def test_what_its_container_alone_has(self):
        """Program and library lie on a file system that is mounted nowhere else."""
        apart = self.daemon.folder / "apart"
        apart.mkdir()
        self.build("libload.so", "-O2", "-g", "-fPIC", "-shared", "-DLIBRARY")
        _, source = self.build("caller", "-O2", "-g", "-DCALLER", "-L", self.daemon.folder,
                               "-lload", "-Wl,-rpath,$ORIGIN")
        command = ["unshare", "--mount", "sh", "-c",
                   'mount -t tmpfs apart "$0" && mv "$@" "$0" && exec "$0/caller"', apart,
                   self.daemon.folder / "caller", self.daemon.folder / "libload.so"]
        self.check(apart / "caller", source, command, apart / "libload.so")
        self.assertFalse(list(apart.iterdir()))

    def test_without_debug_information(self):
        self.check(self.build("plain", "-O2", "-Wl,--build-id")[0])

    def test_stripped_with_dynamic_symbols(self):
        path, _ = self.build("stripped", "-O2", "-rdynamic", "-Wl,--build-id")
        subprocess.run(["strip", path], check=True)
        self.check(path)

    def test_stripped_of_all(self):
        """Neither name nor line: module, offset and build-id tell the place."""
        path, _ = self.build("bare", "-O2", "-Wl,--build-id")
        subprocess.run(["strip", path], check=True)
        program = self.start([str(path)])
        self.track(program.pid)
        program.leak(COUNT)
        site = self.await_top(program.pid, lambda s: s["live"] >= COUNT, "one place")
        first = site["frames"][0]
        self.assertEqual((first["module"], first["function"]), (str(path), None))
        self.assertTrue(first["build_id"] and first["offset"], site)

    def test_in_threads(self):
        path, source = self.build("threads", "-O2", "-g")
        program = self.start([str(path), "thread"])
        self.track(program.pid)
        program.leak(COUNT)
        self.await_top(program.pid,
                       lambda s: s["live"] >= COUNT and has_line(s, source, native.line(native.C)),
                       "the line at the top")


class Others(Traced):
    def test_node(self):
        node = shutil.which("node")
        if not node:
            self.skipTest("there is no node")
        for name, text in (("leaky.js", native.NODE), ("leaky.mjs", native.NODE_MODULE)):
            with self.subTest(name):
                path = self.daemon.folder / name
                path.write_text(text)
                program = self.start(
                    [node, "--perf-basic-prof", "--interpreted-frames-native-stack", str(path)],
                    cwd=self.daemon.folder)  # where its log comes to lie
                names = Path(f"/tmp/perf-{program.pid}.map")
                self.addCleanup(names.unlink, missing_ok=True)
                self.track(program.pid)
                program.leak(COUNT * 4)
                site = self.await_top(
                    program.pid, lambda s: "loadOne" in [f["function"] for f in s["frames"]],
                    "loadOne at the top")
                frame = next(f for f in site["frames"] if f["function"] == "loadOne")
                self.assertEqual((frame["language"], frame["file"]), ("jit", str(path)))

    def test_go(self):
        """Without the C library, by frame pointers; stripped, by the table that Go itself uses."""
        go = shutil.which("go")
        if not go:
            self.skipTest("there is no go")
        source = self.daemon.folder / "leaky.go"
        source.write_text(native.GO)
        for name, flags in (("whole", ""), ("stripped", "-s -w")):
            with self.subTest(name):
                path = self.daemon.folder / f"leaky-{name}"
                subprocess.run([go, "build", f"-ldflags={flags}", "-o", path, source], check=True,
                               env={"GOCACHE": str(self.daemon.folder / "cache"), "HOME": "/",
                                    "PATH": "/usr/bin", "GO111MODULE": "off", "CGO_ENABLED": "0"})
                program = self.start([str(path)])
                self.track(program.pid)
                program.leak(COUNT)
                site = self.await_top(
                    program.pid, lambda s: s["live"] == COUNT and "main.work" in
                    [f["function"] for f in s["frames"]], "main.work at the top")
                self.assertTrue(has_line(site, source, native.line(native.GO, "// CALL")), site)
                self.assertIn("in main.loadOne", site["place"])
                if not flags:  # its table alone has a line of os.Open, which is inlined there
                    self.assertEqual(site["place"],
                                     f"{source}:{native.line(native.GO)} in main.loadOne")

    def test_java(self):
        jcmd, javac = shutil.which("jcmd"), shutil.which("javac")
        if not jcmd or not javac:
            self.skipTest("there is no JDK")
        source = self.daemon.folder / "Leaky.java"
        source.write_text(native.JAVA)
        subprocess.run([javac, "-d", self.daemon.folder, source], check=True)
        program = self.start(["java", "-XX:+PreserveFramePointer", "-XX:CompileCommand=quiet",
                              "-XX:CompileCommand=dontinline,Leaky.loadOne", "-cp",
                              str(self.daemon.folder), "Leaky"])
        names = Path(f"/tmp/perf-{program.pid}.map")
        self.addCleanup(lambda: names.unlink(missing_ok=True))
        done = subprocess.run([jcmd, str(program.pid), "Compiler.perfmap"], capture_output=True,
                              text=True)
        if done.returncode:
            self.skipTest(f"jcmd: {done.stderr or done.stdout}")
        self.track(program.pid)
        program.leak(COUNT)
        site = self.await_top(
            program.pid, lambda s: s["place"] and "Leaky.loadOne" in s["place"] and
            s["live"] == COUNT, "Leaky.loadOne at the top")
        self.assertEqual(site["kind"], "file")
        self.assertIn("Leaky.loadOne(java.lang.String)", [f["function"] for f in site["frames"]])


class Verdict(Traced):
    def test_leak_is_named(self):
        """One after the other, up to now, none closed."""
        path = self.daemon.folder / "leaks_verdict.py"
        path.write_text(programs.source("open_without_with"))
        program = self.start([sys.executable, str(path)])
        self.track(program.pid)
        end = time.monotonic() + 14
        while time.monotonic() < end:
            program.leak(1)
            time.sleep(0.2)
        site = self.await_top(program.pid, lambda s: s["verdict"] == "leak", "a leak")
        self.assertGreater(site["oldest_seconds"], 8)
        self.assertLess(site["median_age_seconds"], site["oldest_seconds"])
        answer = subprocess.run([harness.CLIENT, "--socket", self.daemon.socket, "leaks",
                                 str(program.pid)], capture_output=True, text=True)
        self.assertEqual(answer.returncode, 0, answer)
        self.assertIn(f"{path}:{programs.line('open_without_with')} in load", answer.stdout)
        self.assertIn("leak", answer.stdout)


if __name__ == "__main__":
    harness.main()
