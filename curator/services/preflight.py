"""What speaks against starting a run on this computer now, looked at in a moment and said in words."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from curator import paths
from curator.core.errors import CuratorError
from curator.core.machine import Finding, RuntimeKind, RuntimeSpec, Weight
from curator.core.model import STARTER, BaseModel
from curator.core.run import Run
from curator.core.settings import TrainSettings
from curator.jobs import machine
from curator.jobs.claim import is_claimed
from curator.jobs.locks import is_locked
from curator.jobs.runtimes import find_openblas
from curator.models.config import has_experts, read_config
from curator.models.estimate import disk_gb, memory_gb, smaller
from curator.release.ollama import Ollama
from curator.services import computer, following, queue, runtimes
from curator.services.lengths import Lengths, lengths_now, lengths_of
from curator.services.workspace import Workspace

_HALF = 16  # bits of a weight
_GRAVITY = {Weight.STOP: 0, Weight.WARNING: 1, Weight.FINE: 2}
_LOOKING = (CuratorError, OSError, ValueError, KeyError, TypeError)
"""What a look may fail with; then it finds nothing, and the others are asked all the same."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """The run that is looked at."""

    ws: Workspace
    base: BaseModel
    settings: TrainSettings
    lengths: Lengths
    place: RuntimeSpec

    @property
    def is_here(self) -> bool:
        """Whether it takes this computer's own memory and power."""
        return self.place.kind in (RuntimeKind.BUNDLED, RuntimeKind.PYTHON)


def preflight(
    ws: Workspace, model: str, settings: TrainSettings, snapshot_id: int | None = None, runtime: str = ""
) -> list[Finding]:
    """What was found, the gravest first; nothing is changed, nothing is raised, and it takes some milliseconds (at
    most 300, where Ollama does not answer).

    Without a snapshot the clean rows as they are now are meant, as far as they have been counted; the first time that
    waits for the model's counter to be loaded. `runtime` names where it would run; "" is here.
    """
    try:
        base, place = ws.shelf.get(model), runtimes.get(ws, runtime)
        lengths = lengths_now(ws, model, settings) if snapshot_id is None else lengths_of(ws, snapshot_id)
    except CuratorError as error:
        return [Finding("run", Weight.STOP, error.message, error.hint)]
    plan = _Plan(ws, base, settings, lengths, place)
    found: list[Finding] = []
    for look in _LOOKS:
        try:
            found += look(plan)
        except _LOOKING:
            continue
    return sorted(found, key=lambda one: _GRAVITY[one.weight])


def act_for(finding: Finding) -> str:
    """The words of a button that does away with what was found; empty where only the person can."""
    return "Let it go" if finding.subject == "ollama" and finding.weight is not Weight.FINE else ""


def act(ws: Workspace, finding: Finding) -> Finding:
    """Do what the button says; up to 15 s, so not for the window's thread. Returns what is found afterwards; raises
    CuratorError with a sentence where it could not be done."""
    if not act_for(finding):
        return finding
    client = Ollama()
    for one in client.loaded():
        client.unload(one.name)
    left = computer.ollama(client.loaded(), is_shared=True)
    return left or Finding("ollama", Weight.FINE, "Ollama holds no model in memory any more.")


def _model(plan: _Plan) -> Iterator[Finding]:
    base = plan.base
    if not base.is_ready and base.name != STARTER:
        yield Finding("model", Weight.STOP, base.problem or f"“{base.title}” cannot be trained.", "Choose another one.")


def _experts(plan: _Plan) -> Iterator[Finding]:
    """Experts of 16 bits need a graphics processor: mlx 0.32 multiplies them by a processor in 32 bits alone. Quantised
    ones are trained anywhere."""
    is_processor = sys.platform.startswith("linux") and shutil.which("nvidia-smi") is None
    if plan.is_here and is_processor and plan.base.bits == _HALF and has_experts(read_config(Path(plan.base.path))):
        yield computer.experts(plan.base.title)


def _rows(plan: _Plan) -> Iterator[Finding]:
    yield from plan.lengths.findings(plan.base, plan.settings)


def _memory(plan: _Plan) -> Iterator[Finding]:
    if not plan.is_here or (plan.place.kind is RuntimeKind.PYTHON and sys.platform != "darwin"):
        return  # another Python on Linux is there for a graphics card, which has its own memory
    base, lengths = plan.base, plan.lengths
    settings = lengths.bound(plan.settings)
    longest = lengths.longest or settings.max_tokens
    share = lengths.response_share
    have = machine.memory()
    have = replace(have, available=min(have.total, have.available + _freed_by_then(plan)))
    graphics = None
    if sys.platform == "darwin":
        limit_mb = machine.wired_limit_mb()
        graphics = machine.graphics_memory(have.total, limit_mb)
        if (raised := computer.graphics_limit(limit_mb, have)) is not None:
            yield raised
    limit = min(have.available, graphics or have.available) / 1e9
    lesser = smaller(base, settings, longest, limit, share)
    words = computer.lesser_words(settings, lesser, longest) if lesser else ""
    yield computer.memory(memory_gb(base, settings, longest, share), have, graphics, words)
    if (swapping := computer.swap(have)) is not None:
        yield swapping


def _freed_by_then(plan: _Plan) -> int:
    """Bytes that the run before this one in the queue holds now and will have left by then."""
    return sum(int(following.progress(plan.ws, run.id).memory_gb * 1e9) for run in _before(plan))


def _before(plan: _Plan) -> list[Run]:
    runs = plan.ws.library.runs()
    return [run for run in runs if run.state in queue.AT_WORK and run.runtime == plan.place.name]


def _disk(plan: _Plan) -> Iterator[Finding]:
    needed = disk_gb(plan.base, plan.settings)
    found = computer.disk(needed or 0.0, machine.free_disk(plan.ws.folder))
    if found is not None:
        yield found


def _power(plan: _Plan) -> Iterator[Finding]:
    found = computer.power(machine.battery()) if plan.is_here else None
    if found is not None:
        yield found


def _ollama(plan: _Plan) -> Iterator[Finding]:
    is_shared = sys.platform == "darwin" or plan.place.kind is RuntimeKind.PYTHON
    found = computer.ollama(Ollama().loaded(), is_shared) if plan.is_here else None
    if found is not None:
        yield found


def _display(plan: _Plan) -> Iterator[Finding]:
    found = computer.watchdog(machine.macos_version(), plan.settings) if plan.is_here else None
    if found is not None:
        yield found


def _blas(plan: _Plan) -> Iterator[Finding]:
    if sys.platform.startswith("linux") and plan.place.kind is RuntimeKind.BUNDLED:
        name = str(find_openblas() or "")
        yield computer.blas(name, machine.threads(os.environ), machine.distribution())


def _others(plan: _Plan) -> Iterator[Finding]:
    before = _before(plan)
    if before:
        sentence = f"“{before[0].name}” is training; this run waits in the queue and begins by itself."
        yield Finding("queue", Weight.FINE, sentence)
    elif plan.is_here and is_locked(paths.device_lock()) and not _is_one_leaving(plan):
        yield Finding(
            "queue",
            Weight.WARNING,
            "Another training is at work on this computer, from another library.",
            "This run waits until that one is over; it can be stopped meanwhile.",
        )


def _is_one_leaving(plan: _Plan) -> bool:
    """Whether a run of this library has told its end and its process is about to go: it holds the device still."""
    return any(run.state.is_over and run.path and is_claimed(Path(run.path)) for run in plan.ws.library.runs())


def _elsewhere(plan: _Plan) -> Iterator[Finding]:
    if not plan.is_here:
        yield Finding(
            "place",
            Weight.FINE,
            f"It runs at {runtimes.title(plan.place)}; what is free there is not looked at from here.",
            "The settings of that place check it in half a minute.",
        )


_LOOKS: tuple[Callable[[_Plan], Iterator[Finding]], ...] = (
    _model,
    _experts,
    _rows,
    _memory,
    _disk,
    _power,
    _ollama,
    _display,
    _blas,
    _others,
    _elsewhere,
)
