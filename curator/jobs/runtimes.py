"""What a worker runs in: its command, its environment, and what keeps the computer awake meanwhile."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
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


@dataclass(frozen=True, slots=True)
class Runtime:
    """A way to run a worker: `command` is followed by `--worker <folder>`; `environment` goes on top of the present."""

    command: tuple[str, ...]
    environment: dict[str, str] = field(default_factory=dict)

    def environ(self, present: Mapping[str, str]) -> dict[str, str]:
        """The worker's whole environment. What the person has set themselves (threads, a BLAS) is left as it is."""
        merged = dict(present)
        for name, value in self.environment.items():
            if name == "LD_PRELOAD" and merged.get(name):
                if value not in merged[name].split(":"):
                    merged[name] = f"{value}:{merged[name]}"
            elif name in _OURS:
                merged[name] = value
            else:
                merged.setdefault(name, value)
        return merged


_OURS = frozenset({"HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "TOKENIZERS_PARALLELISM", "PYTHONUNBUFFERED", "NO_COLOR"})
"""What a worker always gets our way."""


def bundled() -> Runtime:
    """This program itself as the worker, told to stay off the network and off the other cores' toes."""
    environment = {
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1",
        "TOKENIZERS_PARALLELISM": "false",
        "PYTHONUNBUFFERED": "1",
        "NO_COLOR": "1",  # what mlx-lm prints goes into a log file
        "OMP_NUM_THREADS": str(_cores()),
        "OPENBLAS_NUM_THREADS": str(_cores()),
    }
    if sys.platform.startswith("linux"):
        blas = find_openblas()
        if blas is not None:
            environment["LD_PRELOAD"] = str(blas)
        if shutil.which("nvidia-smi") is None:
            # On a CPU mlx compiles its fused kernels with g++: 40 s before the first step, and no faster after it.
            environment["MLX_DISABLE_COMPILE"] = "1"
    if sys.platform == "darwin":
        # macOS 26 ends GPU work that holds up the display ("Impacting Interactivity", mlx#3267): ask for patience.
        environment["AGX_RELAX_CDM_CTXSTORE_TIMEOUT"] = "1"
    return Runtime(tuple(paths.program()), environment)


def companions(pid: int, platform: str = sys.platform) -> list[list[str]]:
    """Commands to run beside a worker: on macOS one that keeps the computer (not its display) awake until it ends."""
    return [["caffeinate", "-i", "-w", str(pid)]] if platform == "darwin" else []


@cache
def find_openblas() -> Path | None:
    """An OpenBLAS on this Linux, for the place of the BLAS in the mlx wheel, which is some 40 times slower."""
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


def _cores() -> int:
    """Cores this process may use, which in a container are fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return max(1, os.cpu_count() or 1)
