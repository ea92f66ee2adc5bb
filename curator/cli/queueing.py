"""`curator queue`: the runs that wait, their order, and working them off in a terminal."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import Annotated

import typer

from curator.cli.attending import Attending
from curator.cli.importing import Json
from curator.cli.output import emit, on_line, tell
from curator.cli.session import workspace
from curator.cli.training import WORKED_OFF, RunId, ending
from curator.core.job import JobState
from curator.core.run import Run
from curator.services import care, queue, training
from curator.services.workspace import Workspace

app = typer.Typer(help="Runs that wait for the computer.", invoke_without_command=True)
_LOOK_EVERY = 0.5


@app.callback()
def waiting(context: typer.Context, json: Json = False) -> None:
    """List the runs that wait, the next one first. They begin by themselves while a window or “queue run” is open."""
    if context.invoked_subcommand is not None:
        return
    with workspace() as ws:
        training.look(ws)
        waits, held = queue.waiting(ws), queue.is_held(ws)
    for run in waits:
        if json:
            emit(asdict(run))
        else:
            typer.echo(f"{run.id:>4}  {run.model:<16} {on_line(run.name)}")
    if not waits and not json:
        tell("Nothing waits.")
    if held:
        tell("The queue is held. “curator queue release” lets it go on.")
    elif waits and not json:
        tell(f"They begin one after the other while {WORKED_OFF}.")


@app.command("move")
def move(
    run: RunId,
    before: Annotated[
        int | None, typer.Option(help="The run that is to come after it; without one it comes last.")
    ] = None,
) -> None:
    """Put a waiting run before another, or to the end."""
    with workspace() as ws:
        queue.move(ws, run, before)
        order = ", ".join(str(waits.id) for waits in queue.waiting(ws))
    tell(f"In the queue: {order}.")


@app.command("cancel")
def cancel(run: RunId) -> None:
    """Take a run out of the queue."""
    with workspace() as ws:
        queue.cancel(ws, run)
    tell(f"Run {run} is out of the queue.")


@app.command("hold")
def hold() -> None:
    """Let nothing begin by itself until “queue release”. Training or resuming a run that begins at once releases it
    too."""
    with workspace() as ws:
        queue.hold(ws)
    tell("The queue is held, until “curator queue release” or until a run that you train begins at once.")


@app.command("release")
def release() -> None:
    """Let the queue go on, in a window or “queue run”."""
    with workspace() as ws:
        queue.release(ws)
        waits = len(queue.waiting(ws))
    begin = f"The {waits:,} that wait begin" if waits > 1 else "The one that waits begins"
    tell(f"The queue is held no more. {f'{begin} while {WORKED_OFF}.' if waits else 'Nothing waits.'}")


@app.command("run")
def run() -> None:
    """Work off the queue in this terminal. ^C leaves it as it is; the run at work goes on."""
    with workspace() as ws:
        training.look(ws)
        before = training.runs(ws)
        for run in before:
            if run.state in queue.AT_WORK:
                tell(f"Run {run.id} is at work: {on_line(run.name)}")
        with Attending(ws) as attending:
            while True:
                training.refresh(ws)
                now = training.runs(ws)
                _tell_what_moved(before, now)
                if not _is_anything_to_come(ws, attending, now):
                    break
                before = now
                time.sleep(_LOOK_EVERY)
        left = len(queue.waiting(ws))
    tell(f"The queue is held with {left:,} waiting." if left else "The queue is empty.")


def _tell_what_moved(before: list[Run], now: list[Run]) -> None:
    """Say which runs have begun and which have ended between two looks. One that was taken out of the queue did
    neither: its record says nothing of an end."""
    known = {run.id: run.state for run in before}
    for run in sorted(now, key=lambda run: run.id):
        was = known.get(run.id, JobState.QUEUED)
        if run.state in queue.AT_WORK and was not in queue.AT_WORK:
            tell(f"Run {run.id} {'goes on' if run.passes else 'begins'}: {on_line(run.name)}")
        elif run.state.is_over and not was.is_over and (run.finished or run.message):
            best = f"Its best loss is {run.best_loss:.3f}." if run.best_loss is not None else ""
            told = (f"Run {run.id} {ending(run.state, run.message)}", care.turn_of(run), best)
            tell(" ".join(words for words in told if words))


def _is_anything_to_come(ws: Workspace, attending: Attending, known: list[Run]) -> bool:
    """Whether a run is at work, goes on by itself after a want of memory or heat, or begins when its turn comes."""
    if any(run.state in queue.AT_WORK for run in known):
        return True
    if any(run.state is JobState.PAUSED and attending.goes_on(run.id) for run in known):
        return True
    return any(run.state is JobState.QUEUED for run in known) and not queue.is_held(ws)
