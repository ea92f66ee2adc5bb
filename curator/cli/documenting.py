"""`curator documents`: what lies beside the transcripts for assistants to read."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from curator.cli.importing import Json
from curator.cli.output import answer, emit, on_line
from curator.cli.session import workspace
from curator.services import documents as services


def documents(
    id: Annotated[int | None, typer.Argument(help="Show the text of this one.")] = None,
    find: Annotated[bool, typer.Option("--find", help="Those of this computer that are not in the library.")] = False,
    json: Json = False,
) -> None:
    """List the documents beside the transcripts, or show one. They are SOUL.md, AGENTS.md, MEMORY.md and the like."""
    with workspace() as ws:
        if find:
            for path in services.found(ws):
                answer({"path": str(path)}, on_line(str(path)), json)
            return
        if id is not None:
            words = services.text(ws, id)
            answer({"id": id, "text": words}, words, json)
            return
        for card in services.list(ws):
            if json:
                emit({**asdict(card), "title": card.title})
            else:
                gone = "  (file gone)" if card.is_gone else ""
                typer.echo(
                    f"{card.id:>6}  {card.characters:>8,} characters  {card.title:<36} {on_line(card.path)}{gone}"
                )
