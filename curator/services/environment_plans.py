"""How a Python environment would be made on this computer: with which tool, from which Python, and which packages."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import platformdirs

from curator import paths
from curator.core.errors import CuratorError
from curator.services.interpreters import find, find_python

MARK = "curator-environment.txt"
"""Lies in an environment that is finished, and names its packages."""
UV_PYTHON = "3.12"
"""Which Python uv fetches where the system has none that fits."""
_ALONG = ("transformers", "tokenizers", "jinja2", "numpy", "psutil", "platformdirs")
_RANGES = {"mlx": "mlx{extra}>=0.32.4,<0.33", "mlx-lm": "mlx-lm>=0.32.2,<0.33"}
"""For a build that lost the record of what it was built with."""


class MakingError(CuratorError):
    """An environment that cannot be made, or does not train."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How it would be made: with which tool (a path), from which Python ("" where uv brings one), in which folder, and
    which packages. A Python that `lends_pip` installs them with its own, which spares the environment one."""

    tool: str
    python: str
    folder: Path
    packages: tuple[str, ...]
    lends_pip: bool = False

    @property
    def is_uv(self) -> bool:
        """Whether uv makes it."""
        return Path(self.tool).stem == "uv"

    @property
    def interpreter(self) -> Path:
        """The Python of the environment."""
        return self.folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")

    @property
    def has_cuda(self) -> bool:
        """Whether it is for an NVIDIA graphics unit."""
        return "cuda" in self.packages[0] if self.packages else False

    @property
    def words(self) -> str:
        """With what, in the person's words."""
        if self.is_uv:
            return f"uv ({self.tool}){f' and {self.python}' if self.python else f', which brings Python {UV_PYTHON}'}"
        return f"{self.python} and its venv"


def environments_folder() -> Path:
    """Where environments are made: in the platform's data folder."""
    return Path(platformdirs.user_data_dir(paths.APP, appauthor=False)) / "python"


def plan(folder: Path | None = None) -> Plan:
    """How it would be made on this computer. Asks each Python for its version. Raises MakingError where there is
    nothing to make it with, or no mlx for this kind of computer."""
    if sys.platform == "win32" or (sys.platform == "darwin" and platform.machine() != "arm64"):
        raise MakingError(
            "There is no mlx for this kind of computer.", "Train on a Mac with Apple silicon or on Linux, over ssh."
        )
    uv, (python, lends_pip) = find("uv"), find_python()
    if not uv and not python:
        raise MakingError(
            "There is neither uv nor a Python from 3.11 to 3.14 on this computer.",
            "Install one of them, from docs.astral.sh/uv or python.org, then try again.",
        )
    return Plan(uv or python, python, _free_folder(folder or environments_folder()), packages(), lends_pip)


def packages() -> tuple[str, ...]:
    """What is installed, each with the version that this program was built with."""
    extra = "" if sys.platform == "darwin" else f"[{_linux_extra()}]"
    found = []
    for name in ("mlx", "mlx-lm", *_ALONG):
        try:
            found.append(f"{name}{extra if name == 'mlx' else ''}=={version(name)}")
        except PackageNotFoundError:
            found.append(_RANGES.get(name, name).format(extra=extra))
    return tuple(found)


def _free_folder(base: Path) -> Path:
    """A folder in which no finished environment lies."""
    number = 1
    while (base / str(number) / MARK).is_file():
        number += 1
    return base / str(number)


def _linux_extra() -> str:
    """The kind of mlx for this Linux: with an NVIDIA driver that its CUDA needs (580 for 13, 525 for 12), else CPU."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return "cpu"
    try:
        asked = [program, "--query-gpu=driver_version", "--format=csv,noheader"]
        driver = int(subprocess.run(asked, capture_output=True, text=True, timeout=20, check=True).stdout.split(".")[0])
    except (OSError, subprocess.SubprocessError, ValueError):
        return "cpu"
    return "cuda13" if driver >= 580 else "cuda12" if driver >= 525 else "cpu"
