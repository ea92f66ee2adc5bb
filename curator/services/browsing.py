"""Looking: which exchanges, in which order, and one of them whole. Nothing here writes."""

from __future__ import annotations

from array import array
from collections.abc import Sequence

from curator.core.query import Card, Counts, ExchangeQuery, ExchangeView, SessionCard
from curator.services.workspace import Workspace


def exchange_ids(ws: Workspace, query: ExchangeQuery) -> array[int]:
    """The ids of every exchange the query asks for, in its order: 8 bytes each, so a million is 8 MB."""
    return ws.library.exchange_ids(query)


def cards(ws: Workspace, ids: Sequence[int]) -> list[Card]:
    """The cards of a page of ids, in the order of the ids."""
    return ws.library.cards(ids)


def texts(ws: Workspace, ids: Sequence[int]) -> list[tuple[str, str]]:
    """Present prompt and response of these exchanges, whole, in the order of the ids; raises NotFoundError."""
    return ws.library.texts(ids)


def exchange(ws: Workspace, id: int) -> ExchangeView:
    """One exchange whole; raises NotFoundError."""
    return ws.library.exchange(id)


def counts(ws: Workspace) -> Counts:
    """The figures of the sidebar."""
    return ws.library.counts()


def sessions(ws: Workspace, *, copies: bool = False) -> list[SessionCard]:
    """The sessions of the library, the newest first; with `copies`, also those of which every exchange stands in
    another one: the same file under another folder, or a backup."""
    return [one for one in ws.library.sessions() if copies or one.repeats < one.exchanges]
