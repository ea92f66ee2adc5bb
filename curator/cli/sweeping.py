"""`curator sweep` and `curator rate`: one thing varied over several runs, and the learning rate that suits."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from curator.cli.importing import Json
from curator.cli.numbers import PresetName, Set, settings_from
from curator.cli.output import answer, bar, emit, tell
from curator.cli.session import workspace
from curator.cli.training import Model, Runtime, chosen_place, prepare
from curator.core.model import STARTER
from curator.core.run import Run
from curator.services import rates, sweeps

app = typer.Typer(help="Several runs that differ in one thing.", no_args_is_help=True)
SnapshotId = Annotated[int, typer.Argument(metavar="SNAPSHOT", help="The snapshot's id, as freeze said it.")]
Name = Annotated[str, typer.Option(help="A name for the sweep.")]


@app.command("models")
def models(
    snapshot: SnapshotId,
    names: Annotated[list[str], typer.Argument(metavar="MODEL…")],
    preset: PresetName = "standard",
    more: Set = None,
    name: Name = "",
    runtime: Runtime = None,
    json: Json = False,
) -> None:
    """Train the same rows on several base models."""
    with workspace() as ws:
        place = chosen_place(ws, runtime)
        prepare(ws, *names)
        _tell(
            sweeps.over_models(ws, snapshot, names, settings_from(preset, {}, more), name, place, preset), as_json=json
        )


@app.command("rates")
def learning_rates(
    snapshot: SnapshotId,
    values: Annotated[list[float], typer.Argument(metavar="RATE…")],
    model: Model = STARTER,
    preset: PresetName = "standard",
    more: Set = None,
    name: Name = "",
    runtime: Runtime = None,
    json: Json = False,
) -> None:
    """Train one snapshot at several learning rates."""
    with workspace() as ws:
        place = chosen_place(ws, runtime)
        prepare(ws, model)
        _tell(
            sweeps.over_rates(ws, snapshot, model, settings_from(preset, {}, more), values, name, place, preset),
            as_json=json,
        )


@app.command("seeds")
def seeds(
    snapshot: SnapshotId,
    values: Annotated[list[int], typer.Argument(metavar="SEED…")],
    model: Model = STARTER,
    preset: PresetName = "standard",
    more: Set = None,
    name: Name = "",
    runtime: Runtime = None,
    json: Json = False,
) -> None:
    """Train one snapshot with several seeds. How much of a difference is chance."""
    with workspace() as ws:
        place = chosen_place(ws, runtime)
        prepare(ws, model)
        _tell(
            sweeps.over_seeds(ws, snapshot, model, settings_from(preset, {}, more), values, name, place, preset),
            as_json=json,
        )


@app.command("without")
def without(
    snapshot: SnapshotId,
    rows: Annotated[list[int], typer.Argument(metavar="ROW…")],
    model: Model = STARTER,
    preset: PresetName = "standard",
    more: Set = None,
    name: Name = "",
    runtime: Runtime = None,
    json: Json = False,
) -> None:
    """Train a snapshot as it is, and once more without these rows."""
    with workspace() as ws:
        place = chosen_place(ws, runtime)
        prepare(ws, model)
        _tell(
            sweeps.without_rows(ws, snapshot, model, settings_from(preset, {}, more), rows, name, place, preset),
            as_json=json,
        )


@app.command("show")
def show(
    name: Annotated[str | None, typer.Argument(help="A sweep; without one, all are named.")] = None,
    json: Json = False,
) -> None:
    """Say how the runs of a sweep stand, one beside the other."""
    with workspace() as ws:
        if name is None:
            for sweep in sweeps.names(ws):
                answer({"sweep": sweep}, sweep, json)
            return
        for variant, progress, run in sweeps.picture(ws, name):
            losses = [point.loss for point in progress.valid]
            first, best = (losses[0], min(losses)) if losses else (None, None)
            value = {"variant": variant, "run": run.id, "state": progress.state, "first": first, "best": best}
            figures = f"{first:.3f} → {best:.3f}" if first is not None and best is not None else "–"
            answer(value, f"{run.id:>4}  {progress.state:<12} {figures:<16} {variant}", json)


def rate(
    snapshot: SnapshotId,
    model: Model = STARTER,
    preset: PresetName = "standard",
    more: Set = None,
    json: Json = False,
) -> None:
    """Find a learning rate in one short job; nothing of it is kept."""
    with workspace() as ws, bar("Trying rates") as draw:
        prepare(ws, model)
        chosen = settings_from(preset, {}, more)
        found = rates.find(ws, snapshot, model, chosen, lambda share: draw(share, 1.0, ""))
    if json:
        for value, loss in found.points:
            emit({"rate": value, "loss": loss})
    answer({"suggestion": found.suggestion, "sentence": found.sentence}, found.sentence, json)


def _tell(runs: list[Run], *, as_json: bool) -> None:
    for run in runs:
        answer(asdict(run), f"{run.id:>4}  {run.state:<12} {run.variant}", as_json)
    tell(f"“{runs[0].sweep}”: {len(runs)} runs. They go on one after the other while a window or “queue run” is open.")
