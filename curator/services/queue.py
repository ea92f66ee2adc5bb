"""The queue: runs that wait for their runtime, in the order of asking or as the person put them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from curator.core.changes import Changes
from curator.core.errors import CuratorError, JobError
from curator.core.job import JobState
from curator.core.run import Run
from curator.jobs import supervisor
from curator.services import orders
from curator.services.workspace import Workspace

AT_WORK = frozenset({JobState.WAITING, JobState.STARTING, JobState.RUNNING, JobState.STOPPING})
_HELD = "queue_held"


def waiting(ws: Workspace) -> list[Run]:
    """The runs that wait, the next one first."""
    return in_order(ws.library.unfinished_runs())


def in_order(runs: Iterable[Run]) -> list[Run]:
    """Those of these runs that wait, the next one first."""
    return sorted((run for run in runs if run.state is JobState.QUEUED), key=_place)


def begin_next(ws: Workspace) -> Changes:
    """Start the first run in line of every runtime that is free. Windows and terminals on one library may all call it
    as often as they like: a run is claimed in one transaction, so it begins once. One that cannot be started is failed
    with its sentence, and the next is tried. Nothing begins while the queue is held."""
    changes = Changes()
    known = ws.library.unfinished_runs()
    busy = {run.runtime for run in known if run.state in AT_WORK}
    if all(run.runtime in busy for run in in_order(known)) or is_held(ws):
        return changes  # seen without a write, since this is asked again and again
    while (run := claim(ws)) is not None:
        changes |= Changes(runs=frozenset({run.id}))
        try:
            changes |= orders.begin(ws, run)
        except CuratorError:
            continue  # the run's own record says what happened
    return ws.publish(changes)


def claim(ws: Workspace) -> Run | None:
    """Mark the first run in line whose runtime is free as starting, and return it; the caller starts it."""
    claimed: list[Run] = []

    def choose(runs: list[Run]) -> list[Run]:
        busy = {run.runtime for run in runs if run.state in AT_WORK}
        free = [run for run in in_order(runs) if run.runtime not in busy]
        claimed.extend(orders.starting(run) for run in free[:1])
        return claimed

    ws.library.change_runs(choose)
    return claimed[0] if claimed else None


def join(ws: Workspace, run_id: int) -> Run:
    """Give a run its place: STARTING where its runtime is free, and then the caller starts it; else QUEUED. While the
    queue is held, those who wait in it don't count."""
    is_everybody_held = is_held(ws)
    placed: list[Run] = []

    def take_place(runs: list[Run]) -> list[Run]:
        (own,) = (run for run in runs if run.id == run_id)
        before = AT_WORK if is_everybody_held else AT_WORK | {JobState.QUEUED}
        is_free = not any(run.runtime == own.runtime and run.state in before for run in runs if run is not own)
        placed.append(orders.starting(own) if is_free else replace(orders.starting(own), state=JobState.QUEUED))
        return placed

    ws.library.change_runs(take_place)
    return placed[0]


def move(ws: Workspace, run_id: int, before: int | None) -> Changes:
    """Put a waiting run before another, or to the end. Raises JobError where either waits no longer."""

    def reorder(runs: list[Run]) -> list[Run]:
        queued = in_order(runs)
        moved = _waiting_one(queued, run_id)
        wanted = [run for run in queued if run is not moved]
        wanted.insert(wanted.index(_waiting_one(wanted, before)) if before is not None else len(wanted), moved)
        places = [_place(run)[0] for run in queued]
        return [replace(run, place=place) for run, place in zip(wanted, places, strict=True) if _place(run)[0] != place]

    if before == run_id:
        return Changes()
    return ws.publish(ws.library.change_runs(reorder) | Changes(words="Move in the queue"))


def cancel(ws: Workspace, run_id: int) -> Changes:
    """Take a run out of the queue: one that never began is forgotten, one that was to go on stands where it stood.
    Raises JobError where it has begun meanwhile."""
    forgotten: list[Run] = []

    def take(runs: list[Run]) -> list[Run]:
        run = _waiting_one(in_order(runs), run_id)
        before = supervisor.state(Path(run.path))
        if before is JobState.QUEUED:
            before = JobState.DISCARDED
            forgotten.append(run)
        return [replace(run, state=before)]

    changes = ws.library.change_runs(take)
    for run in forgotten:
        changes |= orders.remove(ws, run)
    return ws.publish(changes | Changes(words="Take out of the queue"))


def hold(ws: Workspace) -> Changes:
    """Let nothing begin by itself until `release`, which a run that is trained and begins at once brings with it."""
    return ws.publish(ws.library.set_setting(_HELD, "yes"))


def release(ws: Workspace) -> Changes:
    """Let the queue go on."""
    if not is_held(ws):
        return Changes()
    return ws.publish(ws.library.set_setting(_HELD, ""))


def is_held(ws: Workspace) -> bool:
    """Whether the queue is held, as it is after a pause."""
    return bool(ws.library.setting(_HELD))


def _place(run: Run) -> tuple[int, int]:
    return run.place or run.id, run.id


def _waiting_one(queued: list[Run], run_id: int) -> Run:
    for run in queued:
        if run.id == run_id:
            return run
    raise JobError("This run does not wait in the queue any more.", "Look at it in the table of runs.")
