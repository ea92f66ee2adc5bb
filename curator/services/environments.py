"""Makes a Python environment with mlx-lm of its own, for a computer on which the program's own training does not run.

With uv where it is installed, else with a Python of the system and its `venv`. Packages are the very versions that this
program was built with. The environment is tried before it counts, and then stands among the places to train.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import platformdirs

from curator import paths
from curator.core.errors import CuratorError
from curator.core.machine import RuntimeKind, RuntimeSpec, Weight
from curator.jobs.machine import free_disk
from curator.services import runtimes
from curator.services.installing import Stopped, follow
from curator.services.workspace import Workspace

NAME = "Own Python"
_MARK, _CURRENT = "curator-environment.txt", "current"
_DISK, _CUDA_DISK = 1e9, 8e9  # bytes: 220 MB on Linux without CUDA, and what is fetched lies in the cache as well
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
_UV_PYTHON = "3.12"
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
            return f"uv ({self.tool}){f' and {self.python}' if self.python else f', which brings Python {_UV_PYTHON}'}"
        return f"{self.python} and its venv"


@dataclass(frozen=True, slots=True)
class Making:
    """Where it stands: a sentence, and the share that is done from 0 to 1."""

    words: str
    share: float


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
    uv, (python, lends_pip) = _find("uv"), _find_python()
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


def make(
    ws: Workspace, how: Plan, progress: Callable[[Making], None] | None = None, stop: threading.Event | None = None
) -> RuntimeSpec | None:
    """Make it, try it, and train there from then on. One that was made before stays until this one is ready.

    Returns the place to train, or None where it was stopped; nothing is left of it then. Raises MakingError
    with what the tool said last. Takes minutes: the packages are some 100 MB, with CUDA some GB.
    """
    say = progress or (lambda _making: None)
    stop = stop or threading.Event()
    free, needed = free_disk(how.folder), _CUDA_DISK if how.has_cuda else _DISK
    if free is not None and free < needed:
        raise MakingError("The disk has too little room.", f"{needed / 1e9:.0f} GB are needed.")
    is_made = False
    try:
        _clear(how.folder)
        for making in _steps(how, stop):
            say(making)
        _try(how)
        (how.folder / _MARK).write_text("\n".join(how.packages) + "\n", encoding="utf-8")
        is_made = True
    except Stopped:
        return None
    except OSError as error:
        raise MakingError(f"The environment cannot be written: {error.strerror}.", "Check the disk.") from error
    finally:
        if not is_made:
            _clear(how.folder)
    spec = _take_over(how)
    _remember(ws, spec)
    say(Making("Ready: the next run is trained there.", 1.0))
    return spec


def _steps(how: Plan, stop: threading.Event) -> Iterator[Making]:
    yield Making("Making the environment…", 0.02)
    how.folder.parent.mkdir(parents=True, exist_ok=True)
    if how.is_uv:
        first = [how.tool, "venv", "--no-project", "--python", how.python or _UV_PYTHON, str(how.folder)]
        second = [how.tool, "pip", "install", "--python", str(how.interpreter), *how.packages]
    else:
        first = [how.python, "-I", "-m", "venv", *(["--without-pip"] if how.lends_pip else []), str(how.folder)]
        pip = [how.python, "-I", "-m", "pip", "--python", str(how.interpreter)]
        pip = pip if how.lends_pip else [str(how.interpreter), "-I", "-m", "pip"]
        second = [*pip, "install", "--no-input", "--disable-pip-version-check", *how.packages]
    for words, share in follow(first, stop, _problem):
        yield Making(words, 0.02 + 0.08 * share)
    yield Making("Looking for the packages…", 0.1)
    for words, share in follow(second, stop, _problem):
        yield Making(words, 0.1 + 0.8 * share)
    yield Making("Trying it…", 0.92)


def _problem(said: list[str]) -> MakingError:
    """The failure of a tool, told by what it said last."""
    whole = "\n".join(said).lower()
    if "ensurepip" in whole:
        return MakingError(
            "The Python of this computer cannot make an environment: its venv is a package apart.",
            "Type: sudo apt install python3-venv. Or install uv.",
        )
    network = ("connection", "network", "resolve host", "name resolution", "timed out", "dns error", "error sending")
    if any(word in whole for word in network):
        return MakingError("The packages could not be fetched.", "Check the network, then try again.")
    last = next((line for line in reversed(said) if "error" in line.lower()), said[-1] if said else "it said nothing")
    return MakingError(f"It could not be made: {last.strip()[:300]}", "Try again, or install uv first.")


def _try(how: Plan) -> None:
    for finding in runtimes.check_spec(_spec(how.interpreter)):
        if finding.weight is Weight.STOP:
            raise MakingError(f"It was made, and does not train: {finding.sentence}", finding.hint)


def _spec(python: Path) -> RuntimeSpec:
    return RuntimeSpec(NAME, RuntimeKind.PYTHON, python=str(python))


def _take_over(how: Plan) -> RuntimeSpec:
    """The place to train, under a name that stays: several libraries may know it. The environments before the last
    one are deleted; a run may still be at work in that. Raises MakingError."""
    base = how.folder.parent
    link, scratch = base / _CURRENT, base / f"{_CURRENT}.{os.getpid()}"
    before = link.resolve() if link.is_symlink() else None
    try:
        scratch.symlink_to(how.folder.name)
        scratch.replace(link)
    except OSError as error:
        raise MakingError(f"The environment cannot be written: {error.strerror}.", "Check the disk.") from error
    for mark in base.glob(f"*/{_MARK}"):
        if not mark.parent.is_symlink() and mark.parent.resolve() not in (how.folder.resolve(), before):
            _clear(mark.parent)
    return _spec(link / how.interpreter.relative_to(how.folder))


def _remember(ws: Workspace, spec: RuntimeSpec) -> None:
    if any(known.name == spec.name for known in runtimes.runtimes(ws)):
        runtimes.remove(ws, spec.name)
    runtimes.add(ws, spec)
    runtimes.make_usual(ws, spec.name)


def _clear(folder: Path) -> None:
    if folder.is_dir():
        shutil.rmtree(folder, ignore_errors=True)


def _free_folder(base: Path) -> Path:
    """A folder in which no finished environment lies."""
    number = 1
    while (base / str(number) / _MARK).is_file():
        number += 1
    return base / str(number)


def _find(name: str) -> str:
    places = os.pathsep.join([os.environ.get("PATH", ""), *(str(Path(one).expanduser()) for one in _USUAL_FOLDERS)])
    return shutil.which(name, path=places) or ""


def _find_python() -> tuple[str, bool]:
    """A Python that mlx has packages for, and whether its pip can install into another one; "" for none."""
    for name in _PYTHONS:
        if path := _find(name):
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
