# SPDX-License-Identifier: BSD-2-Clause
"""fdwatch cross-built for arm64, and a small root file system with a kernel to run it on.

Debian's arm64 packages, unpacked and not installed, are both what the compiler links with and what
the machine boots: it has no systemd, only a shell and Python.
"""

import hashlib
import re
import shutil
import subprocess
from pathlib import Path

import image
from image import Unavailable

COMPILER = "aarch64-linux-gnu-gcc"
EMULATOR = "qemu-system-aarch64"
VERSION = "6.1"  # of this host's Debian, whose packages are taken
BUILD_PACKAGES = (
    "libc6-dev", "libbpf-dev", "libelf-dev", "libdw-dev", "libseccomp-dev", "zlib1g-dev",
    "libsystemd-dev", "libmicrohttpd-dev", "libgnutls28-dev", "libyaml-dev", "libcrypt-dev",
    "libjansson-dev", "libyajl-dev", "libcurl4-openssl-dev", "libinih-dev", "uthash-dev",
    "libncurses-dev", "libsqlite3-dev")
GUEST_PACKAGES = ("dash", "coreutils", "mount", "util-linux", "libc-bin", "python3",
                  "linux-image-cloud-arm64")
NOT_IN_THE_GUEST = ("boot", "usr/include", "usr/share/doc", "usr/share/man", "usr/share/locale",
                    "usr/lib/modules")
ACCOUNTS = {"passwd": "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n",
            "group": "root:x:0:\nnogroup:x:65534:\n"}


def unpack(folder, tree, mirror, suite):
    """Downloads the packages with all that they depend on, and unpacks them."""
    apt = folder / "apt-arm64"
    environment = image.private_apt(apt, mirror, suite)
    with (apt / "apt.conf").open("a") as configuration:
        configuration.write('APT::Architecture "arm64";\nAPT::Architectures {"arm64";};\n'
                            'APT::Install-Recommends "false";\n')
    image.output(["apt-get", "update", "-q"], "arm64's packages", env=environment)
    image.output(["apt-get", "install", "-q", "-y", "--download-only", *BUILD_PACKAGES,
                  *GUEST_PACKAGES], "arm64's packages", env=environment)
    for name in ("bin", "sbin", "lib"):  # one for both, as on every Debian by now
        (tree / "usr" / name).mkdir(parents=True, exist_ok=True)
        (tree / name).symlink_to(f"usr/{name}")
    for package in sorted((apt / "cache/archives").glob("*.deb")):
        image.output(["dpkg-deb", "-x", package, tree], package.name)
    for name, lines in ACCOUNTS.items():
        (tree / "etc" / name).write_text(lines)
    shutil.rmtree(apt)


def sysroot(folder, mirror, suite):
    """The path of the unpacked packages."""
    key = hashlib.sha256("\0".join([suite, Path(__file__).read_text()]).encode()).hexdigest()
    tree = folder / f"arm64-{key[:12]}"
    if tree.exists():
        return tree
    for outdated in folder.glob("arm64-*"):
        if outdated.is_dir():
            shutil.rmtree(outdated)
        else:
            outdated.unlink()
    unfinished = folder / "arm64-new"
    unfinished.mkdir(parents=True)
    unpack(folder, unfinished, mirror, suite)
    unfinished.rename(tree)
    return tree


def build(tree, to):
    """Builds fdwatch and the descriptor maker for arm64 below `to`."""
    libraries = tree / "usr/lib/aarch64-linux-gnu/pkgconfig"
    done = subprocess.run(
        ["make", "--no-print-directory", "-s", "-j2", f"BUILD={to}",
         f"CC={COMPILER} --sysroot={tree}", "all", f"{to}/tests/fdmaker"],
        cwd=image.SOURCES, check=False, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        env={**image.os.environ, "PKG_CONFIG_SYSROOT_DIR": str(tree),
             "PKG_CONFIG_LIBDIR": f"{libraries}:{tree}/usr/share/pkgconfig"})
    if done.returncode:
        raise subprocess.CalledProcessError(done.returncode, ["the build for arm64"],
                                            stderr=done.stderr)


def guest(tree, to):
    """Adds fdwatch, the live tests and a first process; packs all of it."""
    added = to.parent / "arm64-guest"
    shutil.rmtree(added, ignore_errors=True)
    for program, place in (("fdwatchd", "usr/sbin"), ("fdwatch", "usr/bin")):
        (added / place).mkdir(parents=True)
        shutil.copy(to / program, added / place)
    image.checks(added / "usr/local/lib/fdwatch", to)
    shutil.copy(image.HERE / "guest/init", added / "init")
    archive = to.parent / "arm64-guest.cpio"
    image.pack(added, archive)
    shutil.rmtree(added)
    return archive


def wanted(tree):
    """What the guest has of the tree: no headers, documents, modules, static libraries."""
    left_out = re.compile("|".join(f"{re.escape(name)}(/|$)" for name in NOT_IN_THE_GUEST))
    return [name for name in (str(p.relative_to(tree)) for p in tree.rglob("*"))
            if not left_out.match(name) and not name.endswith(".a")]


def prepare(folder, mirror, suite):
    """Kernel and archives; Unavailable where they can't be had."""
    for program in (COMPILER, EMULATOR):
        if not shutil.which(program):
            raise Unavailable(f"{program} is not installed")
    tree = sysroot(folder, mirror, suite)
    kernels = sorted((tree / "boot").glob(f"vmlinuz-{VERSION}.*"))
    if not kernels:
        raise Unavailable(f"{suite}'s arm64 kernel is not {VERSION}")
    base = folder / f"{tree.name}.cpio"
    if not base.exists():
        image.pack(tree, base, wanted(tree))
    build(tree, folder / "arm64-build")
    return kernels[0], [base, guest(tree, folder / "arm64-build")]
