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
from curator.cli.training import RunId
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
        training.refresh(ws)
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
    """Let the queue go on."""
    with workspace() as ws:
        queue.release(ws)
        training.refresh(ws)
    tell("The queue goes on.")


@app.command("run")
def run() -> None:
    """Work off the queue in this terminal. ^C leaves it as it is; the run at work goes on."""
    with workspace() as ws:
        with Attending(ws):
            while _is_anything_to_come(ws):
                time.sleep(_LOOK_EVERY)
        left = len(queue.waiting(ws))
    tell(f"The queue is held with {left:,} waiting." if left else "The queue is empty.")


def _is_anything_to_come(ws: Workspace) -> bool:
    """Whether a run is at work, goes on by itself after a want of memory or heat, or begins when its turn comes."""
    training.refresh(ws)
    known = training.runs(ws)
    if any(run.state in queue.AT_WORK or care.goes_on_by_itself(run) for run in known):
        return True
    return bool(queue.waiting(ws)) and not queue.is_held(ws)
