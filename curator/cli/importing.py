"""`curator import`: bring files, folders and zips into the library."""

from __future__ import annotations

import shlex
import threading
from dataclasses import astuple
from pathlib import Path
from typing import Annotated

import typer

from curator.cli.output import STOPPED, answer, bar, on_line, tell
from curator.cli.session import workspace
from curator.cli.stopping import stop_wish
from curator.core.errors import CuratorError, NotFoundError, UnreadableFileError
from curator.core.mapping import MAPPED, Mapping, guessed
from curator.core.notes import is_note
from curator.core.query import ImportProgress, ImportReport
from curator.services import importing
from curator.services.workspace import Workspace

Json = Annotated[bool, typer.Option("--json", help="One JSON object a line on standard output.")]
_AT_ONCE = "Stopped at once. What was in by then stays; the same line goes on with the rest."


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
    with workspace() as ws:
        try:
            report = _read(ws, paths, mapping)
        except KeyboardInterrupt:
            tell(_AT_ONCE)
            raise typer.Exit(STOPPED) from None
        code = STOPPED if report.left else int(not any(path.exists() for path in paths))
        if json or not code:
            answer(as_json(report), sentence(report), json)
        if code:
            tell(sentence(report))
        if code == STOPPED:
            raise typer.Exit(code)
    for path in importing.unknown_files(report)[:3]:
        if not json and (hint := how_to_map(path)):
            tell(hint)
    raise typer.Exit(code)


def _read(ws: Workspace, paths: list[Path], mapping: Mapping | None) -> ImportReport:
    """Import them behind a bar. ^C ends it after the file at hand, a second one at once by KeyboardInterrupt."""
    with bar("Importing", "files") as draw, stop_wish() as wish:

        def show(progress: ImportProgress) -> None:
            draw(progress.files, progress.total or None, "stopping" if wish.is_set() else rest_of(progress))

        if mapping is None:
            return importing.import_paths(ws, paths, show, wish)
        return importing.joined([_read_mapped(ws, path, mapping, show, wish, len(paths) == 1) for path in paths])


def _read_mapped(
    ws: Workspace,
    path: Path,
    mapping: Mapping,
    show: importing.OnProgress,
    wish: threading.Event,
    is_only: bool,
) -> ImportReport:
    """Import one file by its fields. What is wrong with one of several is a problem of the report."""
    if wish.is_set():
        return ImportReport(left=1)
    try:
        return importing.import_mapped(ws, path, mapping, show, wish)
    except (NotFoundError, UnreadableFileError) as error:
        if is_only:
            raise
        return ImportReport(problems=((str(path), 0, str(error)),))


def rest_of(progress: ImportProgress) -> str:
    """How much was read of how much, and how long the rest takes, once that can be told."""
    if not progress.total_bytes:  # nothing is read yet
        return ""
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
    figures = ("files", "new", "updated", "unchanged", "sessions", "exchanges", "documents", "repeats", "left")
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
    if report.left and _is_anything(report):
        of = f"{report.files:,} of {_files(report.files + report.left)}"
        words = f"Stopped after {of}: {', '.join(parts)}. That stays; the same line goes on with the rest."
    elif report.left:
        words = "Stopped before anything was in. The same line begins anew."
    elif not _is_anything(report):
        none = f"there is no exchange that Curator can read in {_files(report.files)}"
        words = f"Nothing was imported: {'none of it could be read' if report.faults else none}."
    told = (*report.faults, *report.notes)
    where = [on_line(f"{path}{f', line {line}' if line else ''}: {reason}") for path, line, reason in told]
    return "\n  ".join([words, *where])


def _is_anything(report: ImportReport) -> bool:
    """Whether the library holds something of what was named, from now on or from before."""
    return bool(report.new or report.updated or report.unchanged or report.documents)


def _repeating(report: ImportReport) -> str:
    if report.new == 1:
        return "which repeats what is here"
    many = "all" if report.repeats == report.new else f"{report.repeats:,}"
    return f"{many} of them repeat{'s' * (report.repeats == 1)} what is here"


def _files(count: int) -> str:
    return f"{count:,} file{'' if count == 1 else 's'}"
