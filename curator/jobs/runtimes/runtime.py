"""What a worker is started with: its command and its environment; and this program itself as the worker."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field

from curator import paths
from curator.jobs.runtimes.openblas import find_openblas

OURS = frozenset(
    {"HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "TOKENIZERS_PARALLELISM", "PYTHONUNBUFFERED", "NO_COLOR"}
    | {"PYTHONPATH", "PYTHONSAFEPATH"}
)
"""What a worker always gets our way."""


@dataclass(frozen=True, slots=True)
class Runtime:
    """A way to run a worker: `command` is followed by `task` and the job's folder; `environment` goes on top of the
    present one. A worker that only watches over work elsewhere need not keep this computer awake."""

    command: tuple[str, ...]
    environment: dict[str, str] = field(default_factory=dict)
    task: str = "--worker"
    keeps_awake: bool = True

    def environ(self, present: Mapping[str, str]) -> dict[str, str]:
        """The worker's whole environment. What the person has set themselves (threads, a BLAS) is left as it is."""
        merged = dict(present)
        for name, value in self.environment.items():
            if name == "LD_PRELOAD" and merged.get(name):
                if value not in merged[name].split(":"):
                    merged[name] = f"{value}:{merged[name]}"
            elif name in OURS:
                merged[name] = value
            else:
                merged.setdefault(name, value)
        return merged


def bundled() -> Runtime:
    """This program itself as the worker, told to stay off the network and off the other cores' toes."""
    return Runtime(tuple(paths.program()), engine_environment())


def engine_environment() -> dict[str, str]:
    """What the engine needs around it on this computer, whichever Python it runs in."""
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
    return environment


def _cores() -> int:
    """Cores this process may use, which in a container are fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return max(1, os.cpu_count() or 1)
