"""`curator archive`: the whole copies of sessions that something was marked in."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from curator.cli.importing import Json
from curator.cli.output import answer, emit, on_line
from curator.cli.session import workspace
from curator.core.archive import ArchivedCopy
from curator.core.errors import LibraryError
from curator.core.sizes import size_words
from curator.services import archiving

app = typer.Typer(help="Whole copies of the files behind what you marked.", no_args_is_help=True)

Id = Annotated[int, typer.Argument(help="The copy's id, as “archive list” names it.")]


@app.command("list")
def list_(json: Json = False) -> None:
    """List the copies, the oldest first."""
    with workspace() as ws:
        for copy in archiving.copies(ws):
            if json:
                emit(_told(copy))
            else:
                typer.echo(f"{copy.id:>6}  {size_words(copy.size):>9}  {copy.made[:10]}  {_whose(copy)}{_note(copy)}")


@app.command()
def verify(
    ids: Annotated[list[int] | None, typer.Argument(help="The copies' ids; all of them without any.")] = None,
    json: Json = False,
) -> None:
    """Read copies byte for byte and say of each whether it is whole. A damaged one is made anew from its file, where
    that is still there; ends with 1 when one stays damaged."""
    broken = count = 0
    with workspace() as ws:
        for found in archiving.verify(ws, ids or ()):
            count += 1
            is_mended = bool(found.reason) and archiving.mend(ws, found.copy)
            broken += bool(found.reason) and not is_mended
            if json:
                emit({**_told(found.copy), "ok": not found.reason, "reason": found.reason, "mended": is_mended})
            elif found.reason:
                mended = " It was made anew from its file." if is_mended else ""
                typer.echo(f"{found.copy.id:>6}  {_whose(found.copy)}: {found.reason}{mended}")
    if broken:
        raise LibraryError(
            f"Not whole: {broken:,} of {count:,} copies.", "Their files are gone or hold something else now."
        )
    if not json:
        typer.echo(
            f"{count:,} {'copy is' if count == 1 else 'copies are'} whole." if count else "No copy was made yet."
        )


@app.command()
def restore(
    id: Id,
    to: Annotated[Path | None, typer.Option(help="The folder to write it into; without, to where it lay.")] = None,
    json: Json = False,
) -> None:
    """Write a copied file again, byte for byte. Nothing is ever overwritten. The copy of a session that lay in a
    database is a file, which can be imported again."""
    with workspace() as ws:
        path = archiving.restore(ws, id, to)
    answer({"id": id, "path": str(path)}, f"Written to {on_line(str(path))}.", json)


def _told(copy: ArchivedCopy) -> dict[str, object]:
    return asdict(copy)


def _whose(copy: ArchivedCopy) -> str:
    """The file, and in a database the session."""
    return on_line(f"{copy.path}: “{copy.title or copy.session}”" if copy.session else copy.path)


def _note(copy: ArchivedCopy) -> str:
    notes = [words for words, is_so in (("file gone", copy.source_is_gone), ("older", not copy.is_newest)) if is_so]
    return f"  ({', '.join(notes)})" if notes else ""
