"""What stands and what does not: versions, device, library, models, and one training step."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from curator import __version__
from curator.core.errors import CuratorError
from curator.core.machine import Weight
from curator.core.model import STARTER
from curator.core.settings import TrainSettings
from curator.jobs import machine, pressure
from curator.jobs.runtimes import find_openblas, try_out
from curator.release.ollama import Ollama
from curator.services import browsing, computer
from curator.services import models as shelf
from curator.services.workspace import Workspace

PACKAGES = ("PySide6-Essentials", "mlx", "mlx-lm", "tokenizers", "tiktoken", "SQLModel", "alembic")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    name: str
    is_good: bool
    words: str
    figures: dict[str, Any] = field(default_factory=dict)


def examine(ws: Workspace, *, self_test: bool = True) -> Iterator[Finding]:
    """Look at one thing after the other; a failure is a finding and ends nothing."""
    found = {name: _version(name) for name in PACKAGES}
    yield Finding(
        "versions",
        all(found.values()),
        f"Curator {__version__}, Python {platform.python_version()}, "
        + ", ".join(f"{name} {number or 'missing'}" for name, number in found.items()),
        {"versions": {"curator": __version__, "python": platform.python_version(), **found}},
    )
    yield Finding("system", True, f"{platform.platform()}, {sys.executable}", {"platform": platform.platform()})
    yield from _computer(ws)
    counts = browsing.counts(ws)
    faults = ws.library.check()
    yield Finding(
        "library",
        not faults,
        " ".join(faults) or f"{ws.folder}: sound, {counts.total:,} exchanges, {counts.clean:,} clean",
        {"folder": str(ws.folder), "exchanges": counts.total, "clean": counts.clean},
    )
    for model in shelf.models(ws):
        is_waiting = model.name == STARTER and model.bytes > 0  # it came along, and is prepared when it is first used
        words = f"{model.name}: {model.problem or model.title}"
        yield Finding("model", is_waiting or not model.problem, words, {"path": model.path})
    if self_test:
        yield _self_test()


def _computer(ws: Workspace) -> Iterator[Finding]:
    """Memory, disk, power and the rest. Only what would stop a run of the usual size counts as bad."""
    have = machine.memory()
    free, whole = have.available / 1e9, have.total / 1e9
    figures = {"total": have.total, "available": have.available, "swap_used": have.swap_used}
    yield Finding("memory", free > 1.0, f"{free:.1f} GB of {whole:.1f} are free", figures)
    found = [
        computer.swap(have),
        computer.disk(0.1, machine.free_disk(ws.folder)),
        computer.power(machine.battery()),
        computer.watchdog(machine.macos_version(), TrainSettings()),
        computer.ollama(Ollama().loaded(), sys.platform == "darwin"),
        *computer.strain(pressure.read()),
    ]
    if sys.platform.startswith("linux"):
        name = str(find_openblas() or "")
        found.append(computer.blas(name, machine.threads(os.environ), machine.distribution()))
    for one in found:
        if one is not None:
            yield Finding(one.subject, one.weight is not Weight.STOP, f"{one.sentence} {one.hint}".strip())


def _self_test() -> Finding:
    try:
        result = try_out()
    except CuratorError as error:
        return Finding("training", False, str(error))
    words = f"some steps on {result.get('device', 'this computer')}, BLAS: {result.get('blas', 'unknown')}"
    return Finding("training", True, words, result)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
