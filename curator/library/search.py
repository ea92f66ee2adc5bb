"""Finds exchanges: a person's words into a full-text expression, filters and orders into one list of ids."""

from __future__ import annotations

import sqlite3
import sys
import unicodedata
from array import array
from dataclasses import replace
from itertools import chain, filterfalse
from typing import Any

import msgspec

from curator.core.query import ExchangeQuery, Order
from curator.core.row import State
from curator.library.columns import STATE_NUMBERS, id_list, storable
from curator.library.connections import Reader

RANKED = 20_000
"""How many hits are ranked by relevance at most, the newest: each costs 4 µs, and a word that more have says little
about any of them."""
_FEW = 4_000  # so many hits are filtered and sorted one by one; more are intersected with the whole list
_IDS = msgspec.json.Decoder(list[int])

_ORDERS = {
    Order.BEST: ("exchange_best", "e.score DESC, e.at DESC, e.id DESC"),
    Order.RELEVANCE: ("exchange_best", "e.score DESC, e.at DESC, e.id DESC"),
    Order.NEWEST: ("exchange_newest", "e.at DESC, e.id DESC"),
    Order.OLDEST: ("exchange_newest", "e.at, e.id"),
}
_MATCHES = """
    SELECT rowid FROM search WHERE search MATCH :match
    UNION ALL SELECT rowid FROM search_rows WHERE search_rows MATCH :match
"""


def match_expression(text: str) -> str:
    """What FTS5 is asked for a person's words: all of them, a quoted passage as a phrase, the last word as a beginning
    while it is being typed. Empty when there is no letter or digit to look for. It is never a syntax error: every word
    is quoted, so that `AND`, `-`, `*`, `:` or a lone quote are just text."""
    parts: list[str] = []
    for position, piece in enumerate(storable(text).replace("\0", " ").split('"')):
        is_last = position == text.count('"')
        if position % 2:
            words = [piece]
            is_growing = False
        else:
            words = piece.split()
            is_growing = is_last and bool(piece) and not piece[-1].isspace()
        spoken = [word for word in words if _is_spoken(word)]
        parts += [f'"{word}"' for word in spoken]
        if is_growing and spoken and spoken[-1] == words[-1] and _can_grow(spoken[-1]):
            parts[-1] += "*"
    return " ".join(parts)


def exchange_ids(reader: Reader, query: ExchangeQuery) -> array[int]:
    """The ids of all exchanges that answer the query, in its order. Raises `sqlite3.Error`."""
    expression = match_expression(query.text)
    found = _base(reader, query) if not expression else _matching(reader, query, expression)
    return found[: query.limit] if query.limit > 0 else found[:]


def fetch_ids(db: sqlite3.Connection, select: str, values: dict[str, object]) -> array[int]:
    """All ids of a select, by one text instead of a row each: half the time and a sixth of it with the interpreter's
    lock (100,000 ids: 18 ms in SQLite, 7 ms to read the text)."""
    (text,) = db.execute(f"SELECT group_concat(id) FROM ({select})", values).fetchone()
    return array("q", _IDS.decode(f"[{text or ''}]"))


def _matching(reader: Reader, query: ExchangeQuery, expression: str) -> array[int]:
    db = reader.db
    values: dict[str, object] = {"match": expression}
    hits = fetch_ids(db, f"SELECT rowid AS id FROM ({_MATCHES})", values)
    if not len(hits):
        return hits
    if len(hits) <= _FEW:
        conditions, values = _conditions(query)
        values["ids"] = id_list(hits)
        found = fetch_ids(
            db,
            "SELECT e.id FROM exchange e NOT INDEXED WHERE e.id IN (SELECT value FROM json_each(:ids))"
            f"{conditions} ORDER BY {_ORDERS[query.order][1]}",
            values,
        )
    else:
        found = _intersected(_base(reader, query), hits)
    return _ranked(db, expression, found) if query.order is Order.RELEVANCE else found


def _intersected(ids: array[int], others: array[int]) -> array[int]:
    """Those of `ids` that are among the others, as they were ordered. numpy does it in a fifth of the time, and is not
    loaded for it: that holds up everything for 0.2 s."""
    np: Any = sys.modules.get("numpy")
    if np is None or np.__spec__._initializing:  # another thread may be loading it
        return array("q", filter(frozenset(others).__contains__, ids))
    several = np.frombuffer(ids, dtype=np.int64)
    return array("q", several[np.isin(several, np.frombuffer(others, dtype=np.int64), kind="table")].tobytes())


def _ranked(db: sqlite3.Connection, expression: str, found: array[int]) -> array[int]:
    """The same ids, the most relevant first; those too many to rank follow as they were."""
    if not found:
        return found
    newest = sorted(found)[-RANKED:]
    values: dict[str, object] = {"match": expression, "from": newest[0]}
    may_stand = frozenset(newest)
    first: dict[int, None] = {}
    for index in ("search_rows", "search"):  # what a person wrote comes before what was found
        select = f"SELECT rowid AS id FROM {index} WHERE {index} MATCH :match AND rowid >= :from ORDER BY rank"
        first.update(dict.fromkeys(filter(may_stand.__contains__, fetch_ids(db, select, values))))
    return array("q", chain(first, filterfalse(first.__contains__, found)))


def _base(reader: Reader, query: ExchangeQuery) -> array[int]:
    """The list without the words, kept until a list may have changed: the next keystroke needs it again."""
    key = replace(query, text="", limit=0, order=Order.BEST if query.order is Order.RELEVANCE else query.order)
    return reader.lists.get(reader.db, key, lambda: fetch_ids(reader.db, *_select(key)))


def _select(query: ExchangeQuery) -> tuple[str, dict[str, object]]:
    """The select of a list without words. Long lists are read off an index in order; short ones are sorted."""
    index, order = _ORDERS[query.order]
    conditions, values = _conditions(query)
    is_decided = query.states and State.UNREVIEWED not in query.states
    hint = f" INDEXED BY {index}"
    if query.session or query.project or query.tag or is_decided:
        hint = ""
    elif query.flagged or query.edited:  # left alone, SQLite goes over the whole list, since that is in order
        hint = f" INDEXED BY {'exchange_flagged' if query.flagged else 'exchange_edited'}"
    return f"SELECT e.id FROM exchange e{hint} WHERE 1{conditions} ORDER BY {order}", values


def _conditions(query: ExchangeQuery) -> tuple[str, dict[str, object]]:
    parts: list[str] = []
    values: dict[str, object] = {}

    def add(condition: str, **named: object) -> None:
        parts.append(f" AND {condition}")
        values.update(named)

    if query.states and len(query.states) < len(STATE_NUMBERS):
        numbers = sorted(STATE_NUMBERS[state] for state in query.states)
        add(f"e.state IN ({', '.join(map(str, numbers))})")
        if numbers[0] > 0:
            parts.append(" AND e.state <> 0")  # so that SQLite sees that the index of decided exchanges will do
    if not query.everything:
        parts.append(" AND e.hidden = 0")
    if query.session:
        add("e.session_id = :session", session=query.session)
    if query.signal:
        add("e.signals & (SELECT bit FROM signal WHERE name = :signal)", signal=query.signal)
    if query.tag:
        add(
            "e.id IN (SELECT x.exchange_id FROM exchange_tag x JOIN tag t ON t.id = x.tag_id WHERE t.name = :tag)",
            tag=query.tag,
        )
    if query.flagged:
        parts.append(" AND e.flagged <> 0")
    if query.edited:
        parts.append(" AND e.revision <> 0")
    sessions = {"project": query.project, "format": query.format, "root": query.root}
    chosen = {name: value for name, value in sessions.items() if value}
    if chosen:
        where = " AND ".join(f"{name} = :{name}" for name in chosen)
        add(f"e.session_id IN (SELECT id FROM session WHERE {where})", **chosen)
    return "".join(parts), values


def _is_letter(character: str) -> bool:
    """Whether the tokenizer takes the character for part of a word: letters, digits, and what is drawn upon them."""
    kind = unicodedata.category(character)
    return kind[0] in "LNM" or kind == "Co"


def _can_grow(word: str) -> bool:
    """Whether the last word is looked for as a beginning. One letter is not, nor are two: thousands of words begin with
    them (0.1 s for “re” in 100,000 exchanges), and the next keystroke says which. One ideograph is, since the tokenizer
    takes a run of them for one word."""
    return _is_letter(word[-1]) and (len(word) > 2 or ord(word[0]) >= 0x2E80)


def _is_spoken(word: str) -> bool:
    return any(_is_letter(character) for character in word)
