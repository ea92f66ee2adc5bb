"""Prepare this clone: system libraries, a virtual environment, the locked packages and the starter model.

Standard library only, since it runs before anything is installed. A second call with nothing changed ends at once.
Usage: prepare.py [--dev]
"""

from __future__ import annotations

import argparse
import ctypes
import hashlib
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
REQUIREMENTS = ROOT / "packaging" / "requirements"
STAMP = VENV / "curator-stamp"
OLDEST = (3, 11)

# Shared library → Debian package. The first group draws a window, the second multiplies matrices: the BLAS inside
# the mlx wheel for Linux is about forty times slower than OpenBLAS.
WINDOW_LIBRARIES = {
    "libglib-2.0.so.0": "libglib2.0-0",
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libdbus-1.so.3": "libdbus-1-3",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
    "libwayland-egl.so.1": "libwayland-egl1",
}
BLAS_LIBRARIES = {"libopenblas.so.0": "libopenblas0-pthread"}
DEV_PROGRAMS = {"Xvfb": "xvfb", "xdotool": "xdotool", "g++": "g++", "rsync": "rsync", "ssh": "openssh-client"}
SSH_SERVER = {"sshd": "openssh-server"}


def say(words: str) -> None:
    """Tell the person what happens, at once."""
    sys.stderr.write(f"curator: {words}\n")
    sys.stderr.flush()


def run(*command: str | Path, quiet: bool = False) -> int:
    """Run a command; its words go to the terminal unless it is quiet."""
    out = subprocess.DEVNULL if quiet else None
    words = [str(part) for part in command]
    return subprocess.run(words, stdout=out, stderr=out, stdin=subprocess.DEVNULL, check=False).returncode


def is_loadable(library: str) -> bool:
    """Whether the loader finds a shared library."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def find_program(name: str) -> str | None:
    """Where a program is, also among those that only root has on the path."""
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin:/sbin")


def may_have_ssh_server() -> bool:
    """Whether installing an ssh server here opens no port. Where systemd runs, Debian would start it at once: that is
    the person's to decide, and the tests that need one say the line to type."""
    return not Path("/run/systemd/system").exists()


def missing_packages(dev: bool) -> list[str]:
    """Debian packages that are wanted and not there."""
    libraries = {**WINDOW_LIBRARIES, **BLAS_LIBRARIES}
    wanted = [package for library, package in libraries.items() if not is_loadable(library)]
    if dev:
        programs = DEV_PROGRAMS | (SSH_SERVER if may_have_ssh_server() else {})
        wanted += [package for program, package in programs.items() if find_program(program) is None]
    try:
        import ensurepip  # noqa: F401  Debian keeps it in a package of its own
    except ImportError:
        wanted.append("python3-venv")
    if wanted and "libfontconfig1" in wanted:
        wanted.append("fonts-dejavu-core")
    return wanted


def apt_name(package: str) -> str:
    """The name of a package on this release: newer ones end some names in t64."""
    for name in (package, package + "t64"):
        if run("apt-cache", "show", name, quiet=True) == 0:
            return name
    return package


def install_system_packages(dev: bool) -> None:
    """On Debian and its children, install what is missing; without the right to, say the line to type."""
    if platform.system() != "Linux":
        return
    wanted = missing_packages(dev)
    if not wanted:
        return
    if shutil.which("apt-get") is None:
        say(f"these system libraries are missing; your system's names for them may differ: {' '.join(wanted)}")
        return
    is_root = os.geteuid() == 0
    prefix = [] if is_root else ["sudo", "-n"]
    may_install = is_root or (shutil.which("sudo") is not None and run("sudo", "-n", "true", quiet=True) == 0)
    if not may_install:
        say("some system libraries are missing. Type this line once, then run make again:")
        say(f"    sudo apt-get install --no-install-recommends {' '.join(wanted)}")
        if "python3-venv" in wanted:
            sys.exit(1)
        return
    say(f"installing system packages: {' '.join(wanted)}")
    environment = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive"]
    run(*environment, "apt-get", "update", "-q", quiet=True)
    names = [apt_name(package) for package in wanted]
    if run(*environment, "apt-get", "install", "-y", "-q", "--no-install-recommends", *names, quiet=True) != 0:
        say(f"apt-get could not install them. Try: sudo apt-get install --no-install-recommends {' '.join(names)}")


def fingerprint(dev: bool) -> str:
    """What the environment was made from: when it changes, the environment is brought up to date."""
    digest = hashlib.sha256(f"{sys.version_info[:2]} {dev} {ROOT}".encode())
    for file in (*sorted(REQUIREMENTS.glob("*.txt")), ROOT / "pyproject.toml"):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def is_ready(dev: bool) -> bool:
    """Whether an environment with at least these packages stands."""
    if not STAMP.is_file():
        return False
    known = STAMP.read_text(encoding="utf-8").split()
    return fingerprint(True) in known or (not dev and fingerprint(False) in known)


def install_packages(dev: bool) -> None:
    """Make the virtual environment and install the locked packages, each checked against its hash."""
    python = VENV / "bin" / "python"
    if not python.exists():
        say(f"making a virtual environment in {VENV.name}/")
        if run(sys.executable, "-m", "venv", VENV) != 0:
            sys.exit("curator: Python could not make a virtual environment; see the lines above.")
    lock = REQUIREMENTS / ("dev.txt" if dev else "run.txt")
    say(f"installing the locked packages ({lock.relative_to(ROOT)}); the first time this takes a minute or two")
    pip = [python, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-warn-script-location"]
    steps = [
        [*pip, "--require-hashes", "-r", REQUIREMENTS / "build.txt"],
        [*pip, "--require-hashes", "-r", lock],
        [*pip, "--require-hashes", "--no-deps", "-r", REQUIREMENTS / "starter.txt"],
        [*pip, "--no-deps", "--no-build-isolation", "--editable", ROOT],
    ]
    for step in steps:
        if run(*step) != 0:
            sys.exit("curator: pip could not install the packages; see above. With no network, try again later.")
    run(python, "-m", "compileall", "-q", ROOT / "curator")  # or the first start would do it, and be slow
    STAMP.write_text(fingerprint(dev) + "\n", encoding="utf-8")


def main() -> None:
    """Do what is missing, tell it, and end."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dev", action="store_true", help="also what tests and checks need")
    dev = parser.parse_args().dev
    if sys.version_info < OLDEST:
        sys.exit(f"curator: Python {OLDEST[0]}.{OLDEST[1]} or newer is needed; this is {platform.python_version()}.")
    install_system_packages(dev)
    if not is_ready(dev):
        install_packages(dev)


if __name__ == "__main__":
    main()
