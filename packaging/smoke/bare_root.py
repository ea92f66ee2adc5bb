"""A bare Debian and the package in it: what a person has who installed nothing else. Needs root and the network."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from smoke.account import SmokeError

SUITE = "bookworm"  # the oldest Debian whose C library (2.36) serves mlx, which asks for 2.35
HOME = "/home/Zoë Müller"  # a space and letters beyond ASCII, as people have them
NO_SERVICES = "#!/bin/sh\nexit 101\n"  # Debian's way to say: start no service in here
_ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}


@dataclass(frozen=True)
class Resident:
    """The ordinary user of a system."""

    name: str = "zoe"
    uid: int = 1000
    home: str = HOME


def bare(folder: Path, suite: str = SUITE) -> Path:
    """The bare system, made once and kept: minbase, about 200 MB. `folder` is where such systems are kept."""
    made = folder / f"bare-{suite}"
    if made.is_dir():
        return made
    if shutil.which("debootstrap") is None:
        raise SmokeError("debootstrap is not installed (apt-get install debootstrap)")
    half = folder / f"bare-{suite}.half"
    shutil.rmtree(half, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    _run(["debootstrap", "--variant=minbase", suite, str(half)], "the bare system could not be made")
    half.rename(made)
    return made


def copy(original: Path, root: Path) -> None:
    """A fresh copy of a system, whatever was there before."""
    if root.exists():
        shutil.rmtree(root)
    _run(["cp", "-a", "--reflink=auto", str(original), str(root)], "the bare system could not be copied")
    door = root / "usr/sbin/policy-rc.d"
    door.write_text(NO_SERVICES, encoding="utf-8")
    door.chmod(0o755)


def install(root: Path, package: Path, archives: Path) -> list[str]:
    """Install a .deb with what it depends on and nothing it only recommends. Returns the names of all that came.

    `archives` keeps what was fetched, so that the next run fetches nothing.
    """
    archives.mkdir(parents=True, exist_ok=True)
    before = installed(root)
    shutil.copy(package, root / "tmp" / package.name)
    kept = root / "var/cache/apt/archives"
    shutil.copytree(archives, kept, dirs_exist_ok=True)
    _inside(root, ["apt-get", "update", "-q"], "the lists of packages could not be fetched")
    words = ["apt-get", "install", "-y", "-q", "--no-install-recommends", "-o", "APT::Keep-Downloaded-Packages=true"]
    _inside(root, [*words, f"/tmp/{package.name}"], f"{package.name} could not be installed in a bare Debian")
    for deb in kept.glob("*.deb"):
        shutil.copy(deb, archives / deb.name)
        deb.unlink()
    (root / "tmp" / package.name).unlink()
    return sorted(installed(root) - before)


def remove(root: Path, name: str) -> list[str]:
    """Take a package away again, settings and all. Returns which of its files are still there."""
    brought = (root / f"var/lib/dpkg/info/{name}.list").read_text(encoding="utf-8").splitlines()
    files = [path for path in brought if not (root / path.lstrip("/")).is_dir()]
    own = [path for path in brought if path.startswith("/opt/")][1:]
    _inside(root, ["apt-get", "purge", "-y", "-q", name], f"{name} could not be removed")
    return [path for path in (*files, *own) if os.path.lexists(root / path.lstrip("/"))]


def installed(root: Path) -> set[str]:
    """The names of the installed packages."""
    told = _inside(root, ["dpkg-query", "-W", "-f", "${Package}\n"], "the packages could not be listed")
    return set(told.split())


def add_resident(root: Path, resident: Resident) -> Path:
    """Make the ordinary user with their home. Returns the home as seen from outside."""
    words = ["useradd", "--uid", str(resident.uid), "--create-home", "--home-dir", resident.home, resident.name]
    _inside(root, words, "the user could not be made")
    return root / resident.home.lstrip("/")


def _inside(root: Path, command: list[str], otherwise: str) -> str:
    return _run(["chroot", str(root), *command], otherwise)


def _run(command: list[str], otherwise: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, env=_ENVIRONMENT | _proxies(), check=False)
    if done.returncode != 0:
        raise SmokeError(f"{otherwise}: {done.stderr.strip()[-1500:] or done.stdout.strip()[-1500:]}")
    return done.stdout


def _proxies() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name.lower().endswith("_proxy")}
