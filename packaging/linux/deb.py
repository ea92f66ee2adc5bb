"""Makes the Debian package out of a tree that lies as it will be installed."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Iterable
from pathlib import Path

_CONTROL = """\
Package: curator
Version: {version}
Architecture: {architecture}
Maintainer: The Curator developers <noreply@curator.invalid>
Installed-Size: {kilobytes}
Depends: {depends}
Recommends: fonts-dejavu-core | fonts-noto-core | fonts-liberation, xdg-utils
Suggests: openssh-client, rsync
Section: science
Priority: optional
Description: Turn your own AI sessions into a small model of your own
 Curator reads the transcripts of your sessions with coding agents and chat
 services, lets you read, mark and edit the exchanges in them, and trains a
 small language model on what you keep. Everything happens on this computer.
 .
 The package holds a base model to begin with; nothing is downloaded.
"""


def control(version: str, architecture: str, kilobytes: int, depends: Iterable[str]) -> str:
    """The package's description for dpkg."""
    return _CONTROL.format(version=version, architecture=architecture, kilobytes=kilobytes, depends=", ".join(depends))


def checksums(tree: Path) -> str:
    """The md5sums file: one line for each file, as dpkg --verify reads it."""
    lines = []
    for file in sorted(path for path in tree.rglob("*") if path.is_file() and not path.is_symlink()):
        if tree / "DEBIAN" not in file.parents:
            with file.open("rb") as data:
                digest = hashlib.file_digest(data, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
            lines.append(f"{digest}  {file.relative_to(tree)}\n")
    return "".join(lines)


def kilobytes(tree: Path) -> int:
    """What the files take, as dpkg reckons it: each rounded up to a whole kilobyte, a link or folder as one."""
    paths = [path for path in tree.rglob("*") if tree / "DEBIAN" not in (path, *path.parents)]
    return sum(1 if path.is_symlink() or path.is_dir() else -(-path.stat().st_size // 1024) for path in paths)


def build(tree: Path, out: Path, version: str, architecture: str, depends: Iterable[str], *, is_quick: bool) -> Path:
    """Write DEBIAN/ into the tree and pack it; returns the package. Everything in it belongs to root.

    A quick one is a third larger and made in seconds. Raises CalledProcessError.
    """
    folder = tree / "DEBIAN"
    folder.mkdir(exist_ok=True)
    (folder / "control").write_text(control(version, architecture, kilobytes(tree), depends), encoding="utf-8")
    (folder / "md5sums").write_text(checksums(tree), encoding="utf-8")
    package = out / f"curator_{version}_{architecture}.deb"
    how = ["-Zzstd", "-z3"] if is_quick else ["-Zxz", "-z6", "--threads-max=2"]
    command = ["dpkg-deb", "--root-owner-group", *how, "--build", str(tree), str(package)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return package
