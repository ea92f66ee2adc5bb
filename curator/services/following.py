"""Following runs: what their folders tell, folded as it comes, and written into their records when it matters."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from weakref import WeakKeyDictionary

from curator.core.changes import Changes
from curator.core.job import JobEvent, JobState
from curator.core.progress import RunProgress
from curator.core.run import Run
from curator.jobs import supervisor
from curator.jobs.folder import read_events
from curator.jobs.progress import ProgressFold
from curator.services.workspace import Workspace

GONE = "The process of this run is gone without a word; the computer may have been restarted or short of memory."
GO_ON = "Resume it: it goes on from its last checkpoint."
_UNBEGUN_SECONDS = 60.0  # a run marked as starting that has told nothing by then lost its window while starting
_CURVE = 64
_POLL_SECONDS = 0.1


@dataclass(slots=True)
class _Tail:
    """What is known of a run's events, and where in the file to go on."""

    folder: Path
    offset: int = 0
    folding: ProgressFold = field(default_factory=ProgressFold)
    progress: RunProgress = field(default_factory=RunProgress)
    stored: tuple[object, ...] = ()
    is_queued: bool = False


_tails: WeakKeyDictionary[Workspace, dict[int, _Tail]] = WeakKeyDictionary()
lock = threading.RLock()
"""Held while a run's record and what is known of its folder change together."""


def progress(ws: Workspace, run_id: int) -> RunProgress:
    """What the run has told so far; reads only the event lines that are new since the last call."""
    with lock:
        tail = _tails.get(ws, {}).get(run_id) or _tail(ws, ws.library.run(run_id))
        _advance(tail)
        if not tail.offset and tail.progress.state in (JobState.QUEUED, JobState.INTERRUPTED):
            known = ws.library.run(run_id)
            if known.state is JobState.FAILED:  # it could not even begin, which its record alone knows
                return replace(tail.progress, state=known.state, message=known.message, hint="")
        return tail.progress


def events_of(folder: Path, is_waiting: Callable[[], bool] = lambda: False) -> Iterator[JobEvent]:
    """The events of the job in `folder` from the first on, as they come, until it is over and not `is_waiting` to be
    begun. An end that the worker could not tell any more comes as an `interrupted` event with its sentence."""
    offset = 0
    last: JobEvent | None = None
    while True:
        state = supervisor.state(folder)  # before the events, so that none comes after an end
        events, offset = read_events(folder, offset)
        for event in events:
            last = event
            yield event
        if (state.is_over or state is JobState.QUEUED) and not is_waiting() and state.is_over:
            break
        if not events:
            time.sleep(_POLL_SECONDS)
    if state is JobState.INTERRUPTED and (last is None or last.kind != "interrupted"):
        yield JobEvent("interrupted", time.time(), {"message": GONE, "hint": GO_ON})


def take_in(ws: Workspace, runs: Iterable[Run]) -> Changes:
    """Bring those of these runs that are not over up to date from their folders. Returns those in which anything
    moved, and does not publish."""
    changes = Changes()
    with lock:
        for known in runs:
            if known.state.is_over:
                continue
            tail = _tail(ws, known)
            if tail.is_queued and tail.progress.state is JobState.QUEUED:
                continue  # nobody works on it
            if _advance(tail):
                changes |= Changes(runs=frozenset({known.id}))
            if not tail.is_queued:
                changes |= _store(ws, known, tail)
    return changes


def renew(ws: Workspace, run: Run) -> None:
    """The run's record was changed here: look at its folder with that in mind."""
    with lock:
        _advance(_tail(ws, run))


def forget(ws: Workspace, run_id: int) -> None:
    """The run is no more."""
    with lock:
        _tails.get(ws, {}).pop(run_id, None)


def _tail(ws: Workspace, known: Run) -> _Tail:
    tails = _tails.setdefault(ws, {})
    tail = tails.get(known.id)
    if tail is None:
        tail = tails[known.id] = _Tail(Path(known.path))
    tail.is_queued = known.state is JobState.QUEUED
    return tail


def _advance(tail: _Tail) -> bool:
    """Take in what is new in the folder; whether anything moved."""
    state = supervisor.state(tail.folder)  # before the events: an end must not be seen before its event is folded
    if tail.is_queued:
        state = JobState.QUEUED
    events, tail.offset = read_events(tail.folder, tail.offset)
    if not events and state is tail.progress.state:
        if state is not JobState.QUEUED or tail.is_queued or _age(tail.folder) < _UNBEGUN_SECONDS:
            return False
        state = JobState.INTERRUPTED
    tail.folding.add(events)
    now = tail.folding.value()
    if tail.is_queued:
        now = tail.folding.value(JobState.QUEUED)
    elif state is JobState.INTERRUPTED and not now.state.is_over:
        now = tail.folding.value(state, GONE, GO_ON)
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


def _store(ws: Workspace, run: Run, tail: _Tail) -> Changes:
    """Write the run's record when its state or its validation changed; its loss of every step is not worth a write."""
    now = tail.progress
    if now.state is JobState.QUEUED:
        return Changes()
    worth = (now.state, len(now.valid), now.best, now.message)
    if worth == tail.stored and run.state is now.state:
        return Changes()
    tail.stored = worth
    losses = [point.loss for point in now.valid] or [point.loss for point in now.train]

    def told(known: Run) -> Run:
        if known.state is JobState.QUEUED or (now.state.is_over and not _is_over_still(tail.folder)):
            return known  # somebody goes on with it meanwhile
        return replace(
            known,
            state=now.state,
            finished=(known.finished or _now()) if now.state.is_over else "",
            best_loss=now.best.loss if now.best else (min(losses) if losses and not now.valid else None),
            first_loss=losses[0] if losses else None,
            last_loss=losses[-1] if losses else None,
            passes=now.passes,
            seconds=round(now.elapsed, 1),
            curve=_thinned([point.loss for point in now.valid]),
            message=" ".join(part for part in (now.message, now.hint) if part),
        )

    return ws.library.change_run(run.id, told)


def _is_over_still(folder: Path) -> bool:
    state = supervisor.state(folder)
    return state.is_over or state is JobState.QUEUED


def _thinned(losses: list[float]) -> tuple[float, ...]:
    """At most so many points as a sparkline can show, the first and the last among them."""
    if len(losses) <= _CURVE:
        return tuple(losses)
    return tuple(losses[round(i * (len(losses) - 1) / (_CURVE - 1))] for i in range(_CURVE))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
