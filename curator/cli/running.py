"""`curator runs`, `rename`, `note`, `repeat`, `csv` and `trash`: the table of runs from the terminal."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from curator.cli.importing import Json
from curator.cli.output import answer, emit, on_line, tell
from curator.cli.session import workspace
from curator.cli.training import RunId
from curator.core.errors import CuratorError, JobError, NotFoundError
from curator.core.run import Run
from curator.services import exporting, orders, repeating, training, trash
from curator.services.workspace import Workspace

trash_app = typer.Typer(help="Runs that are out of sight until they are restored or gone.", invoke_without_command=True)
RunIds = Annotated[list[int], typer.Argument(metavar="RUN…", help="The runs' ids.")]


def runs(
    everything: Annotated[bool, typer.Option("--all", help="Those in the trash, too.")] = False,
    trashed: Annotated[bool, typer.Option("--trash", help="Only those in the trash.")] = False,
    json: Json = False,
) -> None:
    """List the runs, newest first."""
    with workspace() as ws:
        training.look(ws)
        known = training.runs(ws, trashed=trashed)
        if everything and not trashed:
            known = sorted([*known, *training.runs(ws, trashed=True)], key=lambda run: -run.id)
        are_away = not known and not trashed and bool(training.runs(ws, trashed=True))
    if are_away and not json:
        tell("Every run is in the trash. See them with: curator trash")
    elif not known and not json:
        tell(
            "Nothing is in the trash."
            if trashed
            else "There is no run yet. Train frozen rows with: curator train SNAPSHOT"
        )
    for run in known:
        if json:
            emit(asdict(run))
        else:
            typer.echo(_line(run))


def rename(run: RunId, name: Annotated[str, typer.Argument(help="What it is called from now on.")]) -> None:
    """Give a run another name."""
    with workspace() as ws:
        training.rename(ws, run, name)
        called = training.run(ws, run).name
    tell(f"Run {run} is called {called} now.")


def note(run: RunId, text: Annotated[str, typer.Argument(help="What to remember; empty takes it away.")]) -> None:
    """Write what is worth remembering about a run."""
    with workspace() as ws:
        training.note(ws, run, text)
    tell(f"Noted for run {run}." if text.strip() else f"Run {run} has no note any more.")


def repeat(run: RunId, json: Json = False) -> None:
    """Say the one line that trains a run again. It needs neither the app nor its library."""
    with workspace() as ws:
        line = repeating.command(ws, run)
    answer({"run": run, "command": line}, line, json)


def csv(
    runs: RunIds,
    output: Annotated[Path | None, typer.Option(help="A file instead of standard output.")] = None,
) -> None:
    """Write every step and validation of runs as a table."""
    with workspace() as ws:
        text = exporting.csv_of(ws, runs)
    if output is None:
        typer.echo(text, nl=False)
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CuratorError(f"{output} cannot be written: {error.strerror or error}.", "Name another file.") from error
    tell(f"{text.count(chr(10)) - 1:,} lines are in {output}.")


@trash_app.callback()
def in_trash(context: typer.Context, json: Json = False) -> None:
    """List the runs in the trash. They are out of sight until they are restored or gone."""
    if context.invoked_subcommand is None:
        runs(trashed=True, json=json)


@trash_app.command("put")
def put(runs: RunIds) -> None:
    """Put runs that are over into the trash."""
    with workspace() as ws:
        training.look(ws)
        known = _known(ws, runs)
        for run in known:
            try:
                orders.refuse_at_work(run)
            except JobError as error:
                raise JobError(error.message.replace("This run", f"Run {run.id}", 1), error.hint) from error
        for run in known:
            trash.put(ws, run.id)
    tell(f"{_count(len(known))} now in the trash.")


@trash_app.command("restore")
def restore(runs: RunIds) -> None:
    """Take runs out of the trash."""
    with workspace() as ws:
        known = _known(ws, runs)
        for run in known:
            trash.restore(ws, run.id)
    tell(f"{_count(len(known))} back.")


@trash_app.command("empty")
def empty() -> None:
    """Delete everything in the trash for good, with its adapters."""
    with workspace() as ws:
        gone = len(trash.empty(ws).runs)
    tell(f"{_count(gone)} gone for good." if gone else "The trash is empty.")


def _known(ws: Workspace, runs: list[int]) -> list[Run]:
    """These runs, all of them there; else the one that is not is named, before anything is done."""
    known = {run.id: run for run in (*training.runs(ws), *training.runs(ws, trashed=True))}
    for run in runs:
        if run not in known:
            raise NotFoundError(f"Run {run} is not in the library.", "See which are: curator runs --all")
    return [known[run] for run in dict.fromkeys(runs)]


def _count(runs: int) -> str:
    return "1 run is" if runs == 1 else f"{runs:,} runs are"


def _line(run: Run) -> str:
    best = f"{run.best_loss:.3f}" if run.best_loss is not None else "–"
    names = on_line("  · ".join(part for part in (run.name, run.note, "in the trash" if run.trashed else "") if part))
    return f"{run.id:>4}  {run.state:<12} best {best:>6}  {run.passes:.1f} passes  {run.model:<16} {names}"
