"""`curator guide`: the pages of the guide, and the search through them, for those without the window."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from curator.cli.importing import Json
from curator.cli.output import answer
from curator.services import help as services

_PICTURE = re.compile(r"^!\[.*\n\n?", re.MULTILINE)
_LINK = re.compile(r"\[([^\[\]]+)\]\(([a-z0-9-]+)\.md[^()]*\)")


def guide(
    page: Annotated[str | None, typer.Argument(help="The page to show; without it, the contents.")] = None,
    search: Annotated[str, typer.Option("--search", help="Show the places that say these words.")] = "",
    json: Json = False,
) -> None:
    """Show a page of the guide, or where it says something."""
    if search:
        for hit in services.search(search):
            answer(hit._asdict(), f"{hit.page:<12} {hit.heading}\n{'':<12} {hit.excerpt}", json)
        return
    shown = services.page(page or services.INDEX)
    answer({"page": shown.name, "title": shown.title, "text": shown.text}, in_terminal(shown.text), json)


def in_terminal(text: str) -> str:
    """A page without its pictures; a link says the page it leads to."""
    return _LINK.sub(r"\1 (\2)", _PICTURE.sub("", text)).strip()
