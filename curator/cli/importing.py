"""`curator import`: bring files, folders and zips into the library."""

from __future__ import annotations

import shlex
from dataclasses import astuple
from pathlib import Path
from typing import Annotated

import typer

from curator.cli.output import answer, bar, on_line, tell
from curator.cli.session import workspace
from curator.core.errors import CuratorError
from curator.core.mapping import MAPPED, Mapping, guessed
from curator.core.notes import is_note
from curator.core.query import ImportProgress, ImportReport
from curator.services import importing

Json = Annotated[bool, typer.Option("--json", help="One JSON object a line on standard output.")]


def import_(
    paths: Annotated[list[Path], typer.Argument(help="Files, folders or zips.")],
    map_: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            metavar="WHAT=FIELD",
            help="Which fields hold what, for files of a shape that Curator does not know: --map prompt=question"
            " --map response=reply, and system=… where there is one. A field in a field is data.reply, that of each"
            " item of a list items[].reply.",
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Import transcripts. Importing twice changes nothing; what cannot be read is named and the rest goes on."""
    mapping = mapping_of(map_) if map_ else None
    with workspace() as ws, bar("Importing", "files") as draw:

        def show(progress: ImportProgress) -> None:
            draw(progress.files, progress.total or None, rest_of(progress))

        if mapping is None:
            report = importing.import_paths(ws, paths, show)
        else:
            report = importing.joined([importing.import_mapped(ws, path, mapping, show) for path in paths])
    answer(as_json(report), sentence(report), json)
    if not any(path.exists() for path in paths):
        raise typer.Exit(1)
    for path in importing.unknown_files(report)[:3]:
        if not json and (hint := how_to_map(path)):
            tell(hint)


def rest_of(progress: ImportProgress) -> str:
    """How much was read of how much, and how long the rest takes, once that can be told."""
    read = f"{progress.bytes / 1e6:,.0f} of {progress.total_bytes / 1e6:,.0f} MB"
    left = progress.seconds_left
    if left is None:
        return read
    return f"{read}, {f'{left / 60:.0f} min' if left >= 90 else f'{left:.0f} s'} left"


def mapping_of(given: list[str]) -> Mapping:
    """What the person said of the fields. Raises typer.BadParameter, saying how it is written."""
    named = dict(one.partition("=")[::2] for one in given)
    if not {"prompt", "response"} <= {what for what, path in named.items() if path} or not set(named) <= set(MAPPED):
        raise typer.BadParameter(
            "say which fields hold the prompt and the answer: --map prompt=FIELD --map response=FIELD."
        )
    return Mapping(named["prompt"], named["response"], named.get("system", ""))


def how_to_map(path: str) -> str:
    """The line that would import a file nobody knows, by its fields; empty where it has none."""
    try:
        fields = importing.fields_of(path)
    except CuratorError:
        return ""
    if len(fields) < 2:
        return ""
    mapping = guessed(fields) or Mapping("FIELD", "FIELD")
    words = [f"{what}={path}" for what, path in zip(MAPPED, astuple(mapping), strict=True) if path]
    names = ", ".join(field.path for field in fields[:12])
    line = shlex.join(["curator", "import", path, *(part for word in words for part in ("--map", word))])
    return f"{Path(path).name} has the fields {names}. If two of them are a prompt and its answer: {line}"


def as_json(report: ImportReport) -> dict[str, object]:
    """The report in the terms of cli.md."""
    figures = ("files", "new", "updated", "unchanged", "sessions", "exchanges", "documents", "repeats")
    return {
        **{name: getattr(report, name) for name in figures},
        "seconds": round(report.seconds, 3),
        "problems": [_as_problem(path, line, reason) for path, line, reason in report.problems],
    }


def _as_problem(path: str, line: int, reason: str) -> dict[str, object]:
    """`note`: whether the file was read all the same, and this only says how."""
    return {"path": path, "line": line, "reason": reason, "note": is_note(reason)}


def sentence(report: ImportReport) -> str:
    """The report in words, one problem a line after it."""
    parts = [f"{report.new:,} new"]
    if report.repeats:
        parts.append(_repeating(report))
    if report.updated:
        parts.append(f"{report.updated:,} updated")
    parts.append(f"{report.unchanged:,} already here")
    if report.documents:
        parts.append(f"{report.documents:,} document{'' if report.documents == 1 else 's'}")
    if report.faults:
        parts.append(f"{len(report.faults):,} unreadable")
    if report.notes:
        parts.append(f"{len(report.notes):,} note{'s' * (len(report.notes) != 1)}")
    words = f"{', '.join(parts)}, from {_files(report.files)}."
    if report.faults and not (report.new or report.updated or report.unchanged or report.documents):
        words = "Nothing was imported: none of it could be read."
    elif not (report.new or report.updated or report.unchanged or report.documents):
        words = f"Nothing was imported: there is no exchange that Curator can read in {_files(report.files)}."
    told = (*report.faults, *report.notes)
    where = [on_line(f"{path}{f', line {line}' if line else ''}: {reason}") for path, line, reason in told]
    return "\n  ".join([words, *where])


def _repeating(report: ImportReport) -> str:
    if report.new == 1:
        return "which repeats what is here"
    many = "all" if report.repeats == report.new else f"{report.repeats:,}"
    return f"{many} of them repeat{'s' * (report.repeats == 1)} what is here"


def _files(count: int) -> str:
    return f"{count:,} file{'' if count == 1 else 's'}"
