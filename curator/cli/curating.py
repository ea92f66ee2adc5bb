"""`curator mark`, `edit`, `undo` and `redo`: decide without a window."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from curator.cli.output import tell
from curator.cli.session import workspace
from curator.core.errors import UnreadableFileError
from curator.core.row import State
from curator.services import browsing, curation

Id = Annotated[int, typer.Argument(help="The exchange's id.")]


def mark(
    ids: Annotated[list[int], typer.Argument(help="Exchange ids.")],
    state: Annotated[State, typer.Argument(help="clean, rejected, later or unreviewed.")],
) -> None:
    """Give exchanges a state: one act that undo takes back."""
    with workspace() as ws:
        for id in ids:
            browsing.exchange(ws, id)  # an unknown id is told before anything is written
        changes = curation.mark(ws, ids, state)
    tell(changes.words or "Nothing changed.")


def edit(
    id: Id,
    prompt_file: Annotated[Path | None, typer.Option(help="The row's prompt; “-” reads standard input.")] = None,
    response_file: Annotated[Path | None, typer.Option(help="The row's response; “-” reads standard input.")] = None,
) -> None:
    """Give a row a new prompt, a new response, or both. The original stays."""
    if prompt_file is None and response_file is None:
        raise typer.BadParameter("give --prompt-file, --response-file, or both")
    with workspace() as ws:
        view = browsing.exchange(ws, id)
        prompt = _text(prompt_file) if prompt_file else view.row_prompt
        response = _text(response_file) if response_file else view.row_response
        changes = curation.edit(ws, id, prompt, response)
    tell(changes.words or "Nothing changed.")


def undo() -> None:
    """Take the last act back."""
    with workspace() as ws:
        changes = curation.undo(ws)
    tell(changes.words or "There is nothing to undo.")


def redo() -> None:
    """Do again what was undone last."""
    with workspace() as ws:
        changes = curation.redo(ws)
    tell(changes.words or "There is nothing to redo.")


def _text(path: Path) -> str:
    if str(path) == "-":
        return typer.get_text_stream("stdin", encoding="utf-8").read().rstrip("\n")
    try:
        return path.read_text(encoding="utf-8").rstrip("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableFileError(f"{path} cannot be read as text: {error}.", "Give a UTF-8 text file.") from error
