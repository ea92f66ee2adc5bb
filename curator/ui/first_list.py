"""What the Library place shows first, read while its views are still being imported: SQLite needs no interpreter."""

from __future__ import annotations

from array import array
from typing import NamedTuple

from curator.core.query import Counts, ExchangeQuery, WatchedFolder
from curator.services import browsing, importing, settings
from curator.services.workspace import Workspace
from curator.ui.models.source_list import sources_of
from curator.ui.setting_keys import PLACE_KEY
from curator.ui.whereabouts import FIRST_SOURCE, Whereabouts, asked_for


class FirstList(NamedTuple):
    """The figures of the sidebar, where the person was, and the list that was asked for there."""

    counts: Counts
    watched: list[WatchedFolder]
    where: Whereabouts
    query: ExchangeQuery
    ids: array[int]


def read_first_list(ws: Workspace) -> FirstList:
    """The list that the person left, or else what is to be reviewed. From any thread but the window's."""
    counts, watched = browsing.counts(ws), importing.watched(ws)
    where = Whereabouts.parse(settings.get(ws, PLACE_KEY))
    lines = {source.key: source for source in sources_of(counts, watched) if source.query is not None}
    source = lines.get(where.source, lines[FIRST_SOURCE])
    query = asked_for(source.query or ExchangeQuery(), where.text, where.order)
    return FirstList(counts, watched, where, query, browsing.exchange_ids(ws, query))
