"""The OpenBLAS that goes along: the BLAS inside the mlx wheel for Linux is some forty times slower."""

from __future__ import annotations

import ctypes.util
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


def place(folder: Path, patchelf: Path) -> list[Path]:
    """Copy the system's OpenBLAS and what it needs into a folder. Returns the files they are copies of."""
    found = find(NAME)
    if found is None:
        raise NoOpenBlasError("There is no OpenBLAS here. On Debian: apt-get install libopenblas0-pthread")
    listing = subprocess.run(["ldd", str(found)], capture_output=True, text=True, check=True).stdout
    sources = [found, *(path for name, path in needed(listing).items() if name.startswith(_OWN))]
    folder.mkdir(parents=True, exist_ok=True)
    for source in sources:
        name = NAME if source is found else source.name
        shutil.copy2(source.resolve(), folder / name)
        (folder / name).chmod(0o644)
        subprocess.run([str(patchelf), "--set-rpath", "$ORIGIN", str(folder / name)], check=True)
    return sources


def needed(listing: str) -> dict[str, Path]:
    """Names and files of `ldd`, less those that it does not find."""
    return {name: Path(path) for name, path in re.findall(r"^\s*(\S+) => (/\S+)", listing, re.MULTILINE)}


def find(name: str) -> Path | None:
    """Where the loader finds a library."""
    if ctypes.util.find_library(name.partition(".so")[0].removeprefix("lib")) is None:
        return None
    listing = subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, text=True, check=True).stdout
    found = re.search(rf"^\s*{re.escape(name)} .*=> (\S+)$", listing, re.MULTILINE)
    return Path(found[1]) if found else None
