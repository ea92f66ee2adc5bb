"""Finds what an environment can be made with on this computer: uv, and the Pythons of the system."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

_PYTHONS = ("python3.13", "python3.12", "python3.11", "python3", "python3.14", "python")
_USUAL_FOLDERS = ("~/.local/bin", "~/.cargo/bin", "/opt/homebrew/bin", "/usr/local/bin", "~/.pyenv/shims")
"""Looked into as well: a Mac gives a double-clicked program a PATH with little in it."""
_LEAST, _MOST = (3, 11), (3, 14)
_LENDING_PIP = (22, 3)  # the first with --python
_ASK = """import sys
print(*sys.version_info[:2])
try:
    import pip
    print(*pip.__version__.split(".")[:2])
except ImportError:
    pass
"""


def find(name: str) -> str:
    """The path of a program on the PATH or where such things usually lie; "" where it is not there."""
    places = os.pathsep.join([os.environ.get("PATH", ""), *(str(Path(one).expanduser()) for one in _USUAL_FOLDERS)])
    return shutil.which(name, path=places) or ""


def find_python() -> tuple[str, bool]:
    """A Python that mlx has packages for, and whether its pip can install into another one; "" for none."""
    for name in _PYTHONS:
        if path := find(name):
            number, pip = _about(path)
            if _LEAST <= number <= _MOST:
                return path, pip >= _LENDING_PIP
    return "", False


def _about(python: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The versions of a Python and of its pip; zeros for what does not answer, or is not there."""
    try:
        done = subprocess.run(
            [python, "-I", "-c", _ASK],
            capture_output=True,
            text=True,
            timeout=20,
            check=True,
            stdin=subprocess.DEVNULL,
        )
        numbers = [int(number) for number in done.stdout.split()]
    except (OSError, subprocess.SubprocessError, ValueError):
        return (0, 0), (0, 0)
    return tuple(numbers[:2]), tuple(numbers[2:]) or (0, 0)
