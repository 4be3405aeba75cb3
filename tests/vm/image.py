# SPDX-License-Identifier: BSD-2-Clause
"""What a virtual machine is made of: a kernel, a root file system, and fdwatch installed in it.

Everything lands below one folder and is kept there until what it is made from changes.
"""

import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
SOURCES = HERE.parent.parent
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")

# What people run, oldest first: the version, and the Debian release that it is the kernel of.
KERNELS = {"5.10": "bullseye", "6.1": "bookworm", "6.12": "trixie"}
BASE_PACKAGES = ("systemd", "systemd-sysv", "python3", "lsof")
MAKE_COMPAT = "import compat, pathlib, sys; compat.make(pathlib.Path(sys.argv[1]))"
NETWORK_SECONDS = 600  # for a download or for debootstrap


class Unavailable(Exception):
    """What a machine needs can't be had here; the text says what and why."""


def output(command, what, **options):
    """The command's standard output; Unavailable where it fails."""
    try:
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, timeout=NETWORK_SECONDS, check=False,
                              **options)
    except FileNotFoundError as error:
        raise Unavailable(f"{what}: {error.filename} is not installed") from error
    except subprocess.TimeoutExpired as error:
        raise Unavailable(f"{what}: no end after {NETWORK_SECONDS} s") from error
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise Unavailable(f"{what}: {said[-1] if said else f'status {done.returncode}'}")
    return done.stdout


def os_release():
    text = Path("/etc/os-release").read_text()
    return dict(re.findall(r'^(\w+)="?([^"\n]*)"?$', text, re.MULTILINE))


def debian():
    """This host's suite, and the mirror that its apt uses."""
    release = os_release()
    suite = release.get("VERSION_CODENAME")
    if release.get("ID") != "debian" or not suite:
        raise Unavailable(f"machines are made from Debian's packages, and this host is "
                          f"{release.get('PRETTY_NAME', 'another system')}")
    mirrors = output(["apt-get", "indextargets", "--format", "$(REPO_URI)",
                      "Created-By: Packages", f"Release: {suite}"], "apt's mirror").split()
    if not mirrors:
        raise Unavailable(f"apt knows no mirror for {suite}")
    return suite, mirrors[0]


def private_apt(folder, mirror, suite):
    """The environment of an apt of its own in `folder`, which knows just one suite."""
    for name in ("state/lists/partial", "cache/archives/partial"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "sources.list").write_text(f"deb [signed-by={KEYRING}] {mirror} {suite} main\n")
    (folder / "apt.conf").write_text(
        f'Dir::State "{folder}/state";\n'
        'Dir::State::Status "/dev/null";\n'
        f'Dir::Cache "{folder}/cache";\n'
        f'Dir::Etc::SourceList "{folder}/sources.list";\n'
        'Dir::Etc::SourceParts "/dev/null";\n'
        'Acquire::Languages "none";\n'
        'APT::Sandbox::User "root";\n')
    return {**os.environ, "APT_CONFIG": str(folder / "apt.conf"), "LC_ALL": "C"}


def fetch_kernel(apt, mirror, version):
    """Downloads the newest kernel package of the version wanted with an apt of its own."""
    suite = KERNELS[version]
    environment = private_apt(apt, mirror, suite)
    what = f"the kernel {version}"
    output(["apt-get", "update", "-q"], what, env=environment)
    depends = output(["apt-cache", "depends", "linux-image-cloud-amd64"], what, env=environment)
    package = re.search(rf"Depends: (linux-image-{re.escape(version)}\.\S+)", depends)
    if not package:
        raise Unavailable(f"{what}: {suite} has another one")
    output(["apt-get", "download", "-q", package[1]], what, env=environment, cwd=apt)
    return next(apt.glob("linux-image-*.deb"))


def kernel(folder, mirror, version):
    """The path of a kernel image."""
    path = folder / f"linux-{version}"
    if path.exists():
        return path
    apt = folder / f"apt-{version}"
    package = fetch_kernel(apt, mirror, version)
    boot = apt / "boot"
    shutil.rmtree(boot, ignore_errors=True)
    output(["sh", "-c", 'dpkg-deb --fsys-tarfile "$1" | tar -x --wildcards "./boot/vmlinuz-*"',
            "sh", package], "the kernel's package", cwd=apt)
    next(boot.glob("vmlinuz-*")).rename(path)
    shutil.rmtree(apt)
    return path


def library_packages(programs):
    """The packages that hold the shared libraries of `programs`."""
    paths = set()
    for program in programs:
        for path in re.findall(r"=> (/\S+)", output(["ldd", program], "the libraries")):
            paths.add(path)
            # Packages name their files as they did before /lib became a link.
            paths.add(path.removeprefix("/usr") if path.startswith("/usr/") else f"/usr{path}")
    found = subprocess.run(["dpkg-query", "-S", *sorted(paths)], capture_output=True, text=True,
                           check=False)
    return sorted({line.split(":")[0] for line in found.stdout.splitlines()})


def as_root():
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo"):
        return ["sudo"]
    raise Unavailable("debootstrap needs root, and there is no sudo")


def root(folder, suite, mirror, packages):
    """The path of an archive with a small Debian."""
    recipe = HERE / "make-root"
    key = hashlib.sha256("\0".join([suite, *packages, recipe.read_text()]).encode()).hexdigest()
    path = folder / f"{suite}-{key[:12]}.cpio"
    if path.exists():
        return path
    if not shutil.which("debootstrap") and not Path("/usr/sbin/debootstrap").exists():
        raise Unavailable("debootstrap is not installed")
    for outdated in folder.glob(f"{suite}-*.cpio"):
        outdated.unlink()
    output([*as_root(), recipe, suite, mirror, ",".join(packages), path], "debootstrap")
    shutil.rmtree(folder / path.stem, ignore_errors=True)
    return path


def pack(tree, path, names=None):
    """Packs a folder, or those names in it, as an archive in which everything is root's."""
    names = "\0".join(sorted(names or (str(p.relative_to(tree)) for p in tree.rglob("*"))))
    with path.open("wb") as archive:
        subprocess.run(["cpio", "--null", "--create", "--format=newc", "--quiet",
                        "--owner=+0:+0"], input=names.encode(), stdout=archive, cwd=tree,
                       check=True)


def join(archives, path):
    """The kernel unpacks one archive after the other, each at a multiple of four bytes."""
    with path.open("wb") as joined:
        for archive in archives:
            with archive.open("rb") as part:
                shutil.copyfileobj(part, joined)
            joined.write(b"\0" * (-joined.tell() % 4))


def checks(folder, build):
    """Copies the checks, and live tests laid out as in a build folder, to run what is installed."""
    (folder / "tests").mkdir(parents=True)
    for name in ("checks", "live.py", "package.py"):
        shutil.copy(HERE / "guest" / name, folder)
    shutil.copytree(SOURCES / "tests/live", folder / "tests/live",
                    ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(build / "tests/fdmaker", folder / "tests")
    if shutil.which("as") and platform.machine() == "x86_64":
        subprocess.run([sys.executable, "-B", "-c", MAKE_COMPAT, folder / "tests"], check=True,
                       cwd=SOURCES / "tests/live")
    (folder / "fdwatchd").symlink_to("/usr/sbin/fdwatchd")
    (folder / "fdwatch").symlink_to("/usr/bin/fdwatch")


def packages(folder, build):
    """Puts the Debian package there, and a later version whose programs differ."""
    built = list((build / "deb").glob("fdwatch_*.deb"))
    if not built:
        raise Unavailable("there is no Debian package: `make deb` builds it")
    folder.mkdir(parents=True)
    shutil.copy(built[0], folder / "first.deb")
    tree = folder / "second"
    subprocess.run(["dpkg-deb", "-R", built[0], tree], check=True)
    control = tree / "DEBIAN/control"
    control.write_text(re.sub(r"^(Version: .*)$", r"\1+1", control.read_text(), flags=re.M))
    program = tree / "usr/sbin/fdwatchd"
    program.write_bytes(program.read_bytes().replace(b"bpf/event.bpf.c", b"bpf/event.bpf.C"))
    subprocess.run(["dpkg-deb", "--root-owner-group", "-b", tree, folder / "second.deb"],
                   stdout=subprocess.DEVNULL, check=True)
    shutil.rmtree(tree)


def installed(folder, build):
    """The path of an archive with what `make install` installs, and the checks."""
    tree = folder / "installed"
    shutil.rmtree(tree, ignore_errors=True)
    subprocess.run(["make", "--no-print-directory", "-s", "install", f"BUILD={build}",
                    f"DESTDIR={tree}", "PREFIX=/usr"], cwd=SOURCES, check=True,
                   stdin=subprocess.DEVNULL)
    units = tree / "etc/systemd/system"
    wants = units / "multi-user.target.wants"
    wants.mkdir(parents=True)
    shutil.copy(HERE / "guest/fdwatch-checks.service", units)
    (wants / "fdwatch-checks.service").symlink_to("../fdwatch-checks.service")
    checks(tree / "usr/local/lib/fdwatch", build)
    packages(tree / "usr/local/lib/fdwatch-debs", build)
    path = folder / "installed.cpio"
    pack(tree, path)
    shutil.rmtree(tree)
    return path
