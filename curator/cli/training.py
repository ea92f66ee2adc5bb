"""`curator train`, `runs` and `stop`: a run from the terminal, told as it goes."""

from __future__ import annotations

import sys
from dataclasses import asdict, replace
from itertools import islice
from typing import Annotated, Any

import typer

from curator.cli.importing import Json
from curator.cli.output import STOPPED, emit, tell
from curator.cli.session import workspace
from curator.core.errors import NotFoundError
from curator.core.job import JobEvent, JobState
from curator.core.model import STARTER
from curator.core.settings import PRESETS, TrainSettings
from curator.services import datasets as snapshots
from curator.services import models as shelf
from curator.services import training
from curator.services.workspace import Workspace


def train(
    snapshot: Annotated[int, typer.Argument(help="The snapshot's id, as freeze said it.")],
    model: Annotated[str, typer.Option(help="The base model.")] = STARTER,
    preset: Annotated[str, typer.Option(help=f"{', '.join(p.name for p in PRESETS)}.")] = "standard",
    passes: Annotated[float | None, typer.Option(min=0.01, help="How often every row is trained.")] = None,
    iterations: Annotated[int | None, typer.Option(min=1, help="Updates instead of passes.")] = None,
    batch_size: Annotated[int | None, typer.Option(min=1)] = None,
    learning_rate: Annotated[float | None, typer.Option(min=0.0)] = None,
    seed: Annotated[int | None, typer.Option()] = None,
    name: Annotated[str, typer.Option(help="A name for people.")] = "",
    json: Json = False,
) -> None:
    """Train a snapshot and follow it to its end. ^C stops and keeps what was learned."""
    if passes is not None and iterations is not None:
        raise typer.BadParameter("give --passes or --iterations, not both")
    with workspace() as ws:
        if model == STARTER:
            shelf.prepare_starter(ws)
        frozen = snapshots.snapshot(ws, snapshot)
        given: dict[str, Any] = {
            "passes": passes,
            "iterations": iterations,
            "batch_size": batch_size,
            "learning_rate": learning_rate,
            "seed": seed,
        }
        chosen = {key: value for key, value in given.items() if value is not None}
        settings = replace(preset_named(preset), max_tokens=frozen.max_tokens, **chosen)
        run = training.train(ws, snapshot, model, settings, preset, name)
        tell(f"Run {run.id} has started; it goes on if this terminal closes, until ^C.")
        state = follow(ws, run.id, as_json=json)
    if state is JobState.STOPPED:
        raise typer.Exit(STOPPED)
    if state is not JobState.DONE:
        raise typer.Exit(1)


def preset_named(name: str) -> TrainSettings:
    """The settings of a preset; raises NotFoundError naming those there are."""
    for preset in PRESETS:
        if preset.name == name:
            return preset.settings
    raise NotFoundError(f"There is no preset “{name}”.", f"There are: {', '.join(p.name for p in PRESETS)}.")


def follow(ws: Workspace, run_id: int, *, as_json: bool) -> JobState:
    """Tell a run's events as they come; ^C asks it to stop and keep, and waits for that."""
    told = 0
    while True:
        try:
            for event in islice(training.follow(ws, run_id), told, None):
                told += 1
                if not as_json:
                    _show(event)
                elif event.kind != "starting":
                    emit({"event": event.kind, "t": event.time, **event.figures})
            break
        except KeyboardInterrupt:
            tell("Stopping; what was learned is kept.")
            training.stop(ws, run_id)
    return training.run(ws, run_id).state


def _show(event: JobEvent) -> None:
    figures = event.figures
    if event.kind in ("train", "valid") and figures.get("loss") is not None:
        name = "train     " if event.kind == "train" else "validation"
        rate = figures.get("tokens_per_second")
        speed = f"  {rate:,.0f} tokens/s" if rate else ""
        best = "  best so far" if figures.get("best") else ""
        sys.stderr.write(f"pass {figures.get('passes', 0):5.2f}  {name}  {figures['loss']:.3f}{speed}{best}\n")
    elif event.kind in ("failed", "interrupted", "stopped", "done", "note"):
        words = (
            figures.get("message")
            or figures.get("text")
            or {"done": "Done.", "stopped": "Stopped and kept."}.get(event.kind, "")
        )
        tell(f"{words} {figures.get('hint') or ''}".strip())


def runs(json: Json = False) -> None:
    """List the runs, newest first."""
    with workspace() as ws:
        training.refresh(ws)
        for run in training.runs(ws):
            if json:
                emit(asdict(run))
            else:
                best = f"{run.best_loss:.3f}" if run.best_loss is not None else "–"
                typer.echo(
                    f"{run.id:>4}  {run.state:<12} best {best:>6}  {run.passes:.1f} passes  {run.model:<16} {run.name}"
                )


def stop(
    run: Annotated[int, typer.Argument(help="The run's id.")],
    discard: Annotated[bool, typer.Option("--discard", help="Keep nothing.")] = False,
) -> None:
    """Ask a run to stop; what was learned is kept."""
    with workspace() as ws:
        training.stop(ws, run, discard=discard)
        for _event in training.follow(ws, run):
            pass
        training.refresh(ws)
        state = training.run(ws, run).state
    tell(f"Run {run} is {state}.")
