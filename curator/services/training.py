"""Training: start a run from a snapshot, follow it, stop it, pick it up after a restart."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from weakref import WeakKeyDictionary

from curator.core.changes import Changes
from curator.core.errors import CuratorError, JobError, ModelError
from curator.core.job import LOG_FILE, JobEvent, JobState
from curator.core.progress import RunProgress
from curator.core.run import Run
from curator.core.settings import PRESETS, TrainSettings
from curator.jobs import supervisor
from curator.jobs.folder import read_events, write_job
from curator.jobs.progress import ProgressFold
from curator.services.workspace import Workspace

_POLL_SECONDS = 0.1
_QUEUED_SECONDS = 60.0  # a run that nobody has begun by then lost its window while starting
_GONE = "The process of this run is gone without a word; the computer may have been restarted or short of memory."
_GO_ON = "Resume it: it goes on from its last checkpoint."


@dataclass(slots=True)
class _Tail:
    """What is known of a run's events, and where in the file to go on."""

    folder: Path
    offset: int = 0
    folding: ProgressFold = field(default_factory=ProgressFold)
    progress: RunProgress = field(default_factory=RunProgress)
    stored: tuple[object, ...] = ()


_tails: WeakKeyDictionary[Workspace, dict[int, _Tail]] = WeakKeyDictionary()
_lock = threading.RLock()


def train(
    ws: Workspace, snapshot_id: int, model: str, settings: TrainSettings, preset: str = "", name: str = ""
) -> Run:
    """Start a run in a process of its own; it goes on when the window closes. Raises CuratorError with a sentence."""
    snapshot = ws.library.snapshot(snapshot_id)
    base = ws.shelf.get(model)
    if not base.is_ready:
        raise ModelError(
            base.problem or f"“{base.title}” is not ready to be trained.", "Prepare it, or choose another."
        )
    if snapshot.train < 1:
        raise JobError("The snapshot has no rows to train.", "Mark some exchanges clean, then freeze again.")
    settings = replace(settings, max_tokens=max(settings.max_tokens, snapshot.max_tokens))
    draft = Run(
        id=0,
        name=name.strip() or _name(snapshot.name, preset),
        snapshot=snapshot.id,
        model=base.name,
        preset=preset,
        settings=settings,
        state=JobState.STARTING,
        path="",
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        rows=snapshot.train,
    )
    added = ws.library.add_run(draft)
    folder = Path(added.path)
    try:
        write_job(
            folder,
            {
                "kind": "train",
                "model": base.path,
                "data": snapshot.path,
                "settings": asdict(settings),
                "seed": settings.seed,
                "run": added.id,
                "snapshot": snapshot.digest,
            },
        )
        supervisor.start(folder)
    except (CuratorError, OSError) as error:
        message = error.message if isinstance(error, CuratorError) else f"The run's folder cannot be written: {error}."
        ws.publish(ws.library.update_run(replace(added, state=JobState.FAILED, message=message)))
        raise error if isinstance(error, CuratorError) else JobError(message, "Check the disk.") from error
    ws.publish(Changes(runs=frozenset({added.id}), words="Train"))
    return added


def runs(ws: Workspace) -> list[Run]:
    """All runs, as the library knows them; call `refresh` before for what has happened since."""
    return ws.library.runs()


def run(ws: Workspace, run_id: int) -> Run:
    """One run. Raises NotFoundError."""
    return ws.library.run(run_id)


def progress(ws: Workspace, run_id: int) -> RunProgress:
    """What the run has told so far; reads only the event lines that are new since the last call."""
    with _lock:
        tail = _tail(ws, run_id)
        _advance(tail)
        return tail.progress


def refresh(ws: Workspace) -> Changes:
    """Bring every unfinished run up to date from its folder (also those another window started). Cheap: call it often.
    Returns the runs in which anything moved."""
    changes = Changes()
    with _lock:
        for known in ws.library.runs():
            if known.state.is_over:
                continue
            tail = _tail(ws, known.id, known)
            if _advance(tail):
                changes |= Changes(runs=frozenset({known.id}))
            changes |= _store(ws, known, tail)
    return ws.publish(changes)


def stop(ws: Workspace, run_id: int, discard: bool = False) -> None:
    """Ask the run to end within one step and keep what it learned, or with `discard` to throw it away."""
    folder = Path(ws.library.run(run_id).path)
    if supervisor.state(folder).is_over:
        return
    supervisor.request_stop(folder, discard)
    refresh(ws)


def resume(ws: Workspace, run_id: int) -> Run:
    """Go on with a stopped, interrupted or failed run from its last checkpoint (from the beginning without one).

    Raises JobError for a run that is at work or has been through.
    """
    with _lock:
        known = ws.library.run(run_id)
        folder = Path(known.path)
        state = supervisor.state(folder)
        if state in (JobState.DONE, JobState.DISCARDED):
            raise JobError("This run has been through.", "Start a new one from its snapshot.")
        supervisor.start(folder)
        updated = replace(known, state=JobState.STARTING, finished="", message="")
        changes = ws.library.update_run(updated)
        _advance(_tail(ws, run_id, updated))
    ws.publish(changes | Changes(runs=frozenset({run_id}), words="Resume"))
    return updated


def follow(ws: Workspace, run_id: int) -> Iterator[JobEvent]:
    """The run's events from the first on, as they come, until it is over. An end that the worker could not tell any
    more comes as an `interrupted` event with its sentence."""
    folder = Path(ws.library.run(run_id).path)
    offset = 0
    last: JobEvent | None = None
    while True:
        state = supervisor.state(folder)  # before the events, so that none comes after an end
        events, offset = read_events(folder, offset)
        for event in events:
            last = event
            yield event
        if state.is_over:
            break
        if not events:
            time.sleep(_POLL_SECONDS)
    refresh(ws)
    if state is JobState.INTERRUPTED and (last is None or last.kind != "interrupted"):
        yield JobEvent("interrupted", time.time(), {"message": _GONE, "hint": _GO_ON})


def rename(ws: Workspace, run_id: int, name: str) -> Changes:
    """Give the run another name."""
    name = " ".join(name.split())
    if not name:
        raise JobError("A run needs a name.", "Write one.")
    with _lock:
        return ws.publish(ws.library.update_run(replace(ws.library.run(run_id), name=name)))


def delete(ws: Workspace, run_id: int) -> Changes:
    """Delete a run that is over, with its folder. Raises JobError while it is at work."""
    with _lock:
        folder = Path(ws.library.run(run_id).path)
        worker = supervisor.worker(folder)
        if worker is not None and worker.is_alive and not supervisor.state(folder).is_over:
            raise JobError("This run is still at work.", "Stop it first.")
        changes = ws.library.delete_run(run_id)
        _tails.get(ws, {}).pop(run_id, None)
        if folder.parent == ws.library.folder / "runs":  # never anything outside the library
            shutil.rmtree(folder, ignore_errors=True)
    return ws.publish(changes)


def log_path(ws: Workspace, run_id: int) -> Path:
    """The file with everything the worker printed."""
    return Path(ws.library.run(run_id).path) / LOG_FILE


def _tail(ws: Workspace, run_id: int, known: Run | None = None) -> _Tail:
    tails = _tails.setdefault(ws, {})
    tail = tails.get(run_id)
    if tail is None:
        known = known or ws.library.run(run_id)
        tail = tails[run_id] = _Tail(Path(known.path))
    return tail


def _advance(tail: _Tail) -> bool:
    """Take in what is new in the folder; whether anything moved."""
    state = supervisor.state(tail.folder)  # before the events: an end must not be seen before its event is folded
    events, tail.offset = read_events(tail.folder, tail.offset)
    if not events and state is tail.progress.state:
        if state is not JobState.QUEUED or _age(tail.folder) < _QUEUED_SECONDS:
            return False
        state = JobState.INTERRUPTED
    tail.folding.add(events)
    now = tail.folding.value()
    if state is JobState.INTERRUPTED and not now.state.is_over:
        now = tail.folding.value(state, _GONE, _GO_ON)
    elif state is JobState.STOPPING and not now.state.is_over:
        now = tail.folding.value(state)
    moved = now != tail.progress
    tail.progress = now
    return moved


def _age(folder: Path) -> float:
    """Seconds since something was put into or taken out of the folder; endless where it is gone."""
    try:
        return time.time() - folder.stat().st_mtime
    except OSError:
        return float("inf")


def _store(ws: Workspace, known: Run, tail: _Tail) -> Changes:
    """Write the run's record when its state or its validation changed; its loss of every step is not worth a write."""
    now = tail.progress
    if now.state is JobState.QUEUED:
        return Changes()
    worth = (now.state, len(now.valid), now.best, now.message)
    if worth == tail.stored:
        return Changes()
    tail.stored = worth
    losses = [point.loss for point in now.valid] or [point.loss for point in now.train]
    updated = replace(
        known,
        state=now.state,
        finished=datetime.now(UTC).isoformat(timespec="seconds") if now.state.is_over else "",
        best_loss=now.best.loss if now.best else (min(losses) if losses and not now.valid else None),
        first_loss=losses[0] if losses else None,
        last_loss=losses[-1] if losses else None,
        passes=now.passes,
        seconds=round(now.elapsed, 1),
        curve=_thinned([point.loss for point in now.valid]),
        message=" ".join(part for part in (now.message, now.hint) if part),
    )
    return ws.library.update_run(updated) if updated != known else Changes()


_CURVE = 64


def _thinned(losses: list[float]) -> tuple[float, ...]:
    """At most so many points as a sparkline can show, the first and the last among them."""
    if len(losses) <= _CURVE:
        return tuple(losses)
    return tuple(losses[round(i * (len(losses) - 1) / (_CURVE - 1))] for i in range(_CURVE))


def _name(snapshot: str, preset: str) -> str:
    title = next((p.title for p in PRESETS if p.name == preset), "Run")
    return f"{snapshot} · {title}" if snapshot else title
