"""Training: start a run from a snapshot, follow it, pause it, stop it, go on with it, do it again."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from curator.core.changes import Changes
from curator.core.errors import CuratorError, JobError, ModelError
from curator.core.job import LOG_FILE, JobEvent, JobState
from curator.core.progress import RunProgress
from curator.core.run import Run
from curator.core.settings import PRESETS, TrainSettings
from curator.jobs import supervisor
from curator.jobs.folder import read_events, read_job
from curator.services import following, orders, queue, runtimes
from curator.services.workspace import Workspace

_AGAIN = ", again"
_REPEATED = re.compile(rf"{_AGAIN}(?: \d+)?$")


def train(
    ws: Workspace,
    snapshot_id: int,
    model: str,
    settings: TrainSettings,
    preset: str = "",
    name: str = "",
    runtime: str = "",
    sweep: str = "",
    variant: str = "",
    report_to: Sequence[str] = (),
    note: str = "",
) -> Run:
    """Start a run in a process of its own; it goes on when the window closes. Raises CuratorError with a sentence.

    While another run of this library is at work on the same runtime the new one is QUEUED, and begins by itself. A
    queue that was held goes on after it.
    """
    snapshot = ws.library.snapshot(snapshot_id)
    base = ws.shelf.get(model)
    if not base.is_ready:
        raise ModelError(
            base.problem or f"“{base.title}” is not ready to be trained.", "Prepare it, or choose another."
        )
    if snapshot.train < 1:
        raise JobError("The snapshot has no rows to train.", "Mark some exchanges clean, then freeze again.")
    if settings.max_tokens < 1:
        raise JobError(f"No row fits in {settings.max_tokens} tokens.", "Choose 1 or more.")
    runtimes.get(ws, runtime)
    settings = replace(settings, max_tokens=max(settings.max_tokens, snapshot.max_tokens))
    draft = Run(
        id=0,
        name=" ".join(name.split()) or _name(snapshot.name, preset),
        snapshot=snapshot.id,
        model=base.name,
        preset=preset,
        settings=settings,
        state=JobState.STARTING,  # it takes its place in the queue when its order is written
        path="",
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        rows=snapshot.train,
        note=note.strip(),
        sweep=sweep,
        variant=variant,
        runtime=runtime,
    )
    following.take_in(ws, ws.library.unfinished_runs())
    added = ws.library.add_run(draft)
    try:
        orders.write(ws, added, report_to)
    except CuratorError as error:
        words = str(error)
        ws.publish(ws.library.change_run(added.id, lambda run: replace(run, state=JobState.FAILED, message=words)))
        raise
    return _begin_or_wait(ws, added.id, "Train")


def repeat(ws: Workspace, run_id: int) -> Run:
    """Train the same snapshot on the same base model with the same settings once more, as a run of its own; its name
    tells them apart where one lies over the other."""
    known = ws.library.run(run_id)
    taken = {run.name for run in ws.library.runs()}
    base = _REPEATED.sub("", known.name)
    names = (f"{base}{_AGAIN}{f' {number}' if number > 1 else ''}" for number in count(1))
    return train(
        ws,
        known.snapshot,
        known.model,
        known.settings,
        known.preset,
        next(name for name in names if name not in taken),
        known.runtime,
        report_to=reported_to(known),
    )


def runs(ws: Workspace, trashed: bool = False) -> list[Run]:
    """All runs outside the trash, or those in it, as the library knows them; call `refresh` before for what has
    happened since."""
    return [run for run in ws.library.runs() if bool(run.trashed) is trashed]


def run(ws: Workspace, run_id: int) -> Run:
    """One run. Raises NotFoundError."""
    return ws.library.run(run_id)


def progress(ws: Workspace, run_id: int) -> RunProgress:
    """What the run has told so far; reads only the event lines that are new since the last call."""
    return following.progress(ws, run_id)


def look(ws: Workspace) -> Changes:
    """Bring every unfinished run up to date from its folder (also those another window started), and begin none. Cheap:
    call it often. Returns the runs in which anything moved."""
    return ws.publish(following.take_in(ws, ws.library.unfinished_runs()))


def refresh(ws: Workspace) -> Changes:
    """Look, and begin what waits for a runtime that is free now: for who stays to watch over what begins."""
    return look(ws) | queue.begin_next(ws)


def pause(ws: Workspace, run_id: int) -> Changes:
    """Ask the run to leave the computer within one step, to go on later; the queue is held until then, since a pause
    is meant to free the computer. Nothing happens to a run that is over. Raises JobError for one that waits."""
    known = ws.library.run(run_id)
    if known.state is JobState.QUEUED:
        raise JobError("This run waits in the queue.", "Hold the queue, or take the run out of it.")
    folder = Path(known.path)
    changes = Changes()
    if not supervisor.state(folder).is_over:
        if queue.waiting(ws):
            changes |= queue.hold(ws)
        supervisor.request_stop(folder, pause=True)
    return changes | look(ws)


def stop(ws: Workspace, run_id: int, discard: bool = False) -> None:
    """Ask the run to end within one step and keep what it learned, or with `discard` to throw it away."""
    known = ws.library.run(run_id)
    if known.state is JobState.QUEUED:
        queue.cancel(ws, run_id)
        return
    folder = Path(known.path)
    if supervisor.state(folder).is_over:
        return
    supervisor.request_stop(folder, discard)
    look(ws)


def resume(ws: Workspace, run_id: int, runtime: str | None = None) -> Run:
    """Go on with a paused, stopped, interrupted or failed run from its last checkpoint (from the beginning without
    one), here or on another `runtime`. While that is at work it waits in the queue.

    Raises JobError for a run that is at work or has been through.
    """
    known = ws.library.run(run_id)
    state = supervisor.state(Path(known.path))
    if state in (JobState.DONE, JobState.DISCARDED):
        raise JobError("This run has been through.", "Start a new one from its snapshot.")
    if known.state is JobState.QUEUED:
        raise JobError("This run waits in the queue already.", "It begins when the one before it is over.")
    if not state.is_over and state is not JobState.QUEUED:
        raise JobError("This job is already running.", "Wait for it, or stop it first.")
    if runtime is not None and runtime != known.runtime:
        orders.send_to(ws, known, runtime)
    return _begin_or_wait(ws, run_id, "Resume")


def smaller(ws: Workspace, run_id: int) -> TrainSettings | None:
    """Settings that need less memory, for a run that failed for want of it: what its worker offered, which alone knows
    what has been tried. None for any other end, and where nothing smaller is left."""
    known = ws.library.run(run_id)
    last = supervisor.last_event(Path(known.path))
    if last is None or last.figures.get("cause") != "memory":
        return None
    offer = last.figures.get("offer")
    return orders.with_numbers(known.settings, offer) if isinstance(offer, dict) and offer else None


def follow(ws: Workspace, run_id: int) -> Iterator[JobEvent]:
    """The run's events from the first on, as they come, until it is over. An end that the worker could not tell any
    more comes as an `interrupted` event with its sentence. A run that waits in the queue is waited for, and the queue
    worked off until it begins; nothing else is begun. Raises JobError for one that could not be started."""
    folder = Path(ws.library.run(run_id).path)

    def is_to_come() -> bool:
        look(ws)
        known = ws.library.run(run_id)
        if known.state is JobState.QUEUED:
            queue.begin_next(ws)
        elif known.state is JobState.FAILED and supervisor.state(folder) is not JobState.FAILED:
            raise JobError(known.message)
        return not known.state.is_over

    yield from following.events_of(folder, is_to_come)
    look(ws)


def told(ws: Workspace, run_id: int) -> list[JobEvent]:
    """Every event of the run so far."""
    return read_events(Path(ws.library.run(run_id).path))[0]


def rename(ws: Workspace, run_id: int, name: str) -> Changes:
    """Give the run another name."""
    name = " ".join(name.split())
    if not name:
        raise JobError("A run needs a name.", "Write one.")
    return ws.publish(ws.library.change_run(run_id, lambda run: replace(run, name=name)))


def note(ws: Workspace, run_id: int, text: str) -> Changes:
    """Write what is worth remembering about the run; an empty text takes it away."""
    return ws.publish(ws.library.change_run(run_id, lambda run: replace(run, note=text.strip())))


def delete(ws: Workspace, run_id: int) -> Changes:
    """Delete a run that is over for good, with its folder. Raises JobError while it is at work, or has rows on a
    computer that cannot be reached."""
    known = ws.library.run(run_id)
    orders.refuse_at_work(known)
    return ws.publish(orders.remove(ws, known))


def log_path(ws: Workspace, run_id: int) -> Path:
    """The file with everything the worker printed."""
    return Path(ws.library.run(run_id).path) / LOG_FILE


def _begin_or_wait(ws: Workspace, run_id: int, words: str) -> Run:
    placed = queue.join(ws, run_id)
    changes = Changes(runs=frozenset({run_id}), words=words)
    if placed.state is JobState.STARTING:
        queue.release(ws)
        changes |= orders.begin(ws, placed)
    following.renew(ws, placed)
    ws.publish(changes)
    return placed


def reported_to(run: Run) -> tuple[str, ...]:
    """The programs that the figures of a run were also written for, as its order says; none where there is no order."""
    try:
        return tuple(read_job(Path(run.path)).get("report_to") or ())
    except JobError:
        return ()


def _name(snapshot: str, preset: str) -> str:
    title = next((p.title for p in PRESETS if p.name == preset), "Run")
    return f"{snapshot} · {title}" if snapshot else title
