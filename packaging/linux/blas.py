"""The OpenBLAS that goes along: the BLAS inside the mlx wheel for Linux is some forty times slower."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

NAME = "libopenblas.so.0"
_OWN = ("libgfortran", "libquadmath")
"""What it needs beyond what every system has; put beside it and found from there, since a preloaded library is looked
at before the app's own starter has said where its libraries are."""


class NoOpenBlasError(Exception):
    """The building computer has none."""


def place(folder: Path, patchelf: Path) -> None:
    """Copy the libraries of `sources` into a folder, so that they find each other there."""
    folder.mkdir(parents=True, exist_ok=True)
    for source in sources():
        copy = folder / source.name
        shutil.copy2(source.resolve(), copy)
        copy.chmod(0o644)
        subprocess.run([str(patchelf), "--set-rpath", "$ORIGIN", str(copy)], check=True)


def sources() -> list[Path]:
    """The system's OpenBLAS and what it needs beyond what every system has. Raises NoOpenBlasError."""
    found = find(NAME)
    if found is None:
        raise NoOpenBlasError("There is no OpenBLAS here. On Debian: apt-get install libopenblas0-pthread")
    listing = subprocess.run(["ldd", str(found)], capture_output=True, text=True, check=True).stdout
    return [found, *(path for name, path in needed(listing).items() if name.startswith(_OWN))]


def needed(listing: str) -> dict[str, Path]:
    """Names and files of `ldd`, less those that it does not find."""
    return {name: Path(path) for name, path in re.findall(r"^\s*(\S+) => (/\S+)", listing, re.MULTILINE)}


def find(name: str) -> Path | None:
    """Where the loader finds a library."""
    listing = subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, text=True, check=True).stdout
    found = re.search(rf"^\s*{re.escape(name)} .*=> (\S+)$", listing, re.MULTILINE)
    return Path(found[1]) if found else None
