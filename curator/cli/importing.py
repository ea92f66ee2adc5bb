"""`curator import`: bring files, folders and zips into the library."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from curator.cli.output import answer, people
from curator.cli.session import workspace
from curator.core.query import ImportProgress, ImportReport
from curator.services import importing

Json = Annotated[bool, typer.Option("--json", help="One JSON object a line on standard output.")]


def import_(
    paths: Annotated[list[Path], typer.Argument(help="Files, folders or zips.")],
    json: Json = False,
) -> None:
    """Import transcripts. Importing twice changes nothing; what cannot be read is named and the rest goes on."""
    columns = (TextColumn("Importing"), BarColumn(), MofNCompleteColumn(), TextColumn("files"))
    with workspace() as ws, Progress(*columns, console=people, transient=True) as bar:
        task = bar.add_task("import", total=None)

        def show(progress: ImportProgress) -> None:
            bar.update(task, completed=progress.files, total=progress.total or None)

        report = importing.import_paths(ws, paths, show)
    answer(as_json(report), sentence(report), json)


def as_json(report: ImportReport) -> dict[str, object]:
    """The report in the terms of cli.md."""
    figures = ("files", "new", "updated", "unchanged", "sessions", "exchanges", "documents")
    return {
        **{name: getattr(report, name) for name in figures},
        "seconds": round(report.seconds, 3),
        "problems": [{"path": path, "line": line, "reason": reason} for path, line, reason in report.problems],
    }


def sentence(report: ImportReport) -> str:
    """The report in words, one problem a line after it."""
    parts = [f"{report.new:,} new"]
    if report.updated:
        parts.append(f"{report.updated:,} updated")
    parts.append(f"{report.unchanged:,} already here")
    if report.documents:
        parts.append(f"{report.documents:,} document{'' if report.documents == 1 else 's'}")
    if report.problems:
        parts.append(f"{len(report.problems):,} unreadable")
    words = f"{', '.join(parts)}, from {report.files:,} file{'' if report.files == 1 else 's'}."
    if report.problems and not (report.new or report.updated or report.unchanged or report.documents):
        words = "Nothing was imported: none of it could be read."
    where = [f"  {path}{f', line {line}' if line else ''}: {reason}" for path, line, reason in report.problems]
    return "\n".join([words, *where])
