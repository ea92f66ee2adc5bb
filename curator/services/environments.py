"""Makes a Python environment with mlx-lm of its own, for a computer on which the program's own training does not run.

With uv where it is installed, else with a Python of the system and its `venv`. Packages are the very versions that this
program was built with. The environment is tried before it counts, and then stands among the places to train.
"""

from __future__ import annotations

import os
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from curator.core.machine import RuntimeKind, RuntimeSpec, Weight
from curator.jobs.machine import free_disk
from curator.jobs.runtimes.trial import reason_in
from curator.services import runtimes
from curator.services.environment_plans import MARK, UV_PYTHON, MakingError, Plan, plan
from curator.services.installing import Stopped, follow
from curator.services.workspace import Workspace

__all__ = ["NAME", "Making", "MakingError", "Plan", "is_needed", "make", "plan"]

NAME = runtimes.OWN_PYTHON
_CURRENT = "current"
_MISSING = "part of the training runtime is missing"  # what a worker says that cannot import it
_SIGN = re.compile(r"^\s*(?:error|×)?[:\s]*", re.IGNORECASE)  # of pip and of uv, before what they say
_DISK, _CUDA_DISK = 1e9, 8e9  # bytes: 220 MB on Linux without CUDA, and what is fetched lies in the cache as well


def is_needed(failure: str) -> bool:
    """Whether what a run failed of is a fault of the runtime that came along, which an environment does not have."""
    return _MISSING in failure.lower() or bool(reason_in(failure))


@dataclass(frozen=True, slots=True)
class Making:
    """Where it stands: a sentence, and the share that is done from 0 to 1."""

    words: str
    share: float


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
        (how.folder / MARK).write_text("\n".join(how.packages) + "\n", encoding="utf-8")
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
        first = [how.tool, "venv", "--no-project", "--python", how.python or UV_PYTHON, str(how.folder)]
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
    last = _SIGN.sub("", last).rstrip(".")[:300]
    return MakingError(f"It could not be made: {last}.", "Try again, or install uv first.")


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
    for mark in base.glob(f"*/{MARK}"):
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
