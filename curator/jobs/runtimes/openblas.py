"""Finds an OpenBLAS for this Linux, for the place of the BLAS in the mlx wheel, which is some 40 times slower."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

from curator import paths

_KNOWN_OPENBLAS = (
    # OpenBLAS answering to the names of the reference BLAS, as Debian, Fedora and Arch install it.
    "/usr/lib/{arch}-linux-gnu/openblas-pthread/libblas.so.3",
    "/usr/lib/{arch}-linux-gnu/openblas-openmp/libblas.so.3",
    "/usr/lib/{arch}-linux-gnu/libopenblas.so.0",
    "/usr/lib64/libopenblasp.so.0",
    "/usr/lib64/libopenblas.so.0",
    "/usr/lib/libopenblas.so",
)

_PACKED = "libopenblas.so.0"


@cache
def find_openblas() -> Path | None:
    """The library to put in front of mlx's own BLAS: the packaged app's, or the system's; None where there is none."""
    packed = paths.inside_package("blas")
    if packed is not None and (packed / _PACKED).is_file():
        return packed / _PACKED
    arch = os.uname().machine
    for pattern in _KNOWN_OPENBLAS:
        path = Path(pattern.format(arch=arch))
        if path.is_file():
            return path
    return openblas_in(_linker_cache())


def openblas_in(listing: str) -> Path | None:
    """The first OpenBLAS that exists in a listing of `ldconfig -p`."""
    for line in listing.splitlines():
        name, _, target = line.partition("=>")
        if "openblas" in line.lower() and name.strip().startswith("lib") and Path(target.strip()).is_file():
            return Path(target.strip())
    return None


def _linker_cache() -> str:
    program = shutil.which("ldconfig") or "/sbin/ldconfig"
    try:
        return subprocess.run([program, "-p"], capture_output=True, text=True, timeout=5, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""
