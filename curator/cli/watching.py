"""`curator watch`: folders that are followed while the app runs."""

from __future__ import annotations

import signal
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from curator.cli.importing import Json, as_json, sentence
from curator.cli.output import emit, tell
from curator.cli.session import workspace
from curator.cli.stopping import stop_wish
from curator.core.changes import Changes
from curator.core.query import ImportReport
from curator.services import importing

app = typer.Typer(help="Folders that are followed while the app runs.", no_args_is_help=True)
Folder = Annotated[Path, typer.Argument(help="A folder of transcripts.")]


@app.command("add")
def add(path: Folder) -> None:
    """Follow a folder from now on."""
    with workspace() as ws:
        importing.add_watched(ws, path)
    tell(f"Watching {path}.")


@app.command("remove")
def remove(path: Folder) -> None:
    """Follow it no longer; what was imported stays."""
    with workspace() as ws:
        importing.remove_watched(ws, path)
    tell(f"No longer watching {path}. What came from it stays in the library.")


@app.command("list")
def list_(json: Json = False) -> None:
    """Say which folders are followed."""
    with workspace() as ws:
        followed = importing.watched(ws)
        if not followed and not json:
            tell("No folder is followed yet. Follow one with: curator watch add PATH")
        for folder in followed:
            if json:
                emit(asdict(folder))
            else:
                typer.echo(f"{folder.name}  {folder.path}{'  (missing)' if folder.is_missing else ''}")


@app.command("run")
def run(json: Json = False) -> None:
    """Follow the folders here until ^C, telling every import."""

    def show(report: ImportReport, changes: Changes) -> None:
        if json:
            emit(as_json(report))
        else:
            tell(_sentence(report, changes))

    with workspace() as ws, stop_wish() as done:
        signal.signal(signal.SIGTERM, lambda *_: done.set())
        folders = importing.watched(ws)
        if not folders:
            tell("No folder is watched. Add one with “curator watch add PATH”.")
            return
        watching = importing.start_watching(ws, show)
        try:
            tell(f"Watching {len(folders)} folder{'' if len(folders) == 1 else 's'}. ^C ends it.")
            done.wait()
        finally:
            watching.stop()  # it tells how far an import came
        tell("Stopped watching.")


def _sentence(report: ImportReport, changes: Changes) -> str:
    """What came in; where nothing did, what is gone: a folder that is followed is told of that, too."""
    is_import = report.new or report.updated or report.unchanged or report.documents or report.problems
    gone = len(changes.sources)
    if is_import or not gone:
        return sentence(report)
    return f"{gone:,} file{' is' if gone == 1 else 's are'} gone. What came from {'it' if gone == 1 else 'them'} stays."
