"""Reads exchanges for the list, the reader and the training set, never through objects of the tables."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Sequence

import msgspec

from curator.core.errors import NotFoundError
from curator.core.query import Card, ExchangeView, SessionCard
from curator.core.row import Row, State
from curator.library import present
from curator.library.columns import STATE_NUMBERS, STATES, checks_of, id_list, signal_hits
from curator.library.packed import unpack_steps
from curator.library.records import GONE

_STEERING = msgspec.msgpack.Decoder(tuple[str, ...])

_CARDS = """
    SELECT e.id, e.session_id, e.ordinal,
        substr(IFNULL(r.prompt, x.prompt), 1, 160), substr(IFNULL(r.response, x.response), 1, 160),
        e.state, e.signals, e.score, e.characters, e.revision, e.flagged, s.format, u.prompt + u.response
    FROM exchange e
    JOIN exchange_text x ON x.id = e.id
    JOIN session s ON s.id = e.session_id
    LEFT JOIN row_text r ON r.id = e.id
    LEFT JOIN token_usage u ON u.text_hash = e.text_hash
        AND u.tokenizer_id = (SELECT id FROM tokenizer WHERE fingerprint = ?)
    WHERE e.id IN (SELECT value FROM json_each(?))
"""
_TEXTS = """
    SELECT x.id, IFNULL(r.prompt, x.prompt), IFNULL(r.response, x.response)
    FROM exchange_text x LEFT JOIN row_text r ON r.id = x.id
    WHERE x.id IN (SELECT value FROM json_each(?))
"""
_VIEW = """
    SELECT e.id, e.session_id, e.ordinal, s.total, e.key, s.format, s.title, s.project, f.path, x.first_line,
        x.last_line, x.started, x.ended, CASE x.model WHEN '' THEN s.model ELSE x.model END, x.prompt, x.response,
        t.steps, t.steering, x.hits, e.score, e.state, IFNULL(r.prompt, x.prompt), IFNULL(r.response, x.response),
        e.revision, e.checks, e.flagged, d.prompt, d.response, e.duplicate_of, f.status, e.vanished,
        EXISTS (SELECT 1 FROM archive_copy c WHERE c.session_id IN (0, s.id) AND c.source_id = f.id)
    FROM exchange e
    JOIN exchange_text x ON x.id = e.id
    JOIN session s ON s.id = e.session_id
    JOIN source f ON f.id = s.source_id
    LEFT JOIN exchange_steps t ON t.id = e.id
    LEFT JOIN row_text r ON r.id = e.id
    LEFT JOIN draft d ON d.exchange_id = e.id
    WHERE e.id = ?
"""
_ROWS = """
    SELECT e.id, e.session_id, IFNULL(r.prompt, x.prompt), IFNULL(r.response, x.response), e.revision, e.state,
        e.checks, e.signals
    FROM exchange e
    JOIN exchange_text x ON x.id = e.id
    LEFT JOIN row_text r ON r.id = e.id
    WHERE {where}
    ORDER BY e.session_id, e.ordinal, e.id
"""


def cards(db: sqlite3.Connection, ids: Sequence[int], fingerprint: str) -> list[Card]:
    """The cards of these exchanges in this order; those that are gone are left out."""
    names, found = present.SignalNames(db), dict[int, Card]()
    for row in db.execute(_CARDS, (fingerprint, id_list(ids))):
        id, session, ordinal, prompt, response, state, bits, score, characters, revision, flagged, format, tokens = row
        found[id] = Card(
            id,
            session,
            ordinal,
            prompt,
            response,
            STATES[state],
            names[bits],
            score,
            characters,
            revision > 0,
            flagged > 0,
            format,
            tokens,
        )
    return [found[exchange] for exchange in ids if exchange in found]


def texts(db: sqlite3.Connection, ids: Sequence[int]) -> list[tuple[str, str]]:
    """Present prompt and response of these exchanges, whole, in this order. Raises `NotFoundError`."""
    found = {row[0]: (row[1], row[2]) for row in db.execute(_TEXTS, (id_list(ids),))}
    if len(found) < len(set(ids)):
        raise _missing()
    return [found[exchange] for exchange in ids]


def exchange_view(db: sqlite3.Connection, exchange: int) -> ExchangeView:
    """One exchange whole. Raises `NotFoundError`."""
    row = db.execute(_VIEW, (exchange,)).fetchone()
    if row is None:
        raise _missing()
    return ExchangeView(
        id=row[0],
        session=row[1],
        ordinal=row[2],
        session_exchanges=row[3],
        key=row[4],
        format=row[5],
        title=row[6],
        project=row[7],
        path=row[8],
        first_line=row[9],
        last_line=row[10],
        started=row[11],
        ended=row[12],
        model=row[13],
        prompt=row[14],
        response=row[15],
        steps=unpack_steps(row[16] or b""),
        steering=_STEERING.decode(row[17]) if row[17] else (),
        signals=signal_hits(row[18]),
        score=row[19],
        state=STATES[row[20]],
        row_prompt=row[21],
        row_response=row[22],
        revision=row[23],
        checks=checks_of(row[24]),
        is_flagged=row[25] > 0,
        tags=_tags(db, [exchange]).get(exchange, ()),
        draft_prompt=row[26],
        draft_response=row[27],
        duplicate_of=row[28],
        source_is_gone=row[29] == GONE or row[30] > 0,
        row_signals=present.hits_of(db, row[18], (row[21], row[22])) if row[23] else (),
        is_archived=row[31] > 0,
    )


def sessions(db: sqlite3.Connection) -> list[SessionCard]:
    """All sessions that gave exchanges, newest first."""
    return [
        SessionCard(*row)
        for row in db.execute(
            "SELECT s.id, s.format, f.path, s.title, s.project, s.started, s.origin, s.total, s.prompts,"
            " IFNULL(d.count, 0) FROM session s JOIN source f ON f.id = s.source_id LEFT JOIN (SELECT session_id,"
            " COUNT(*) count FROM exchange INDEXED BY exchange_duplicates WHERE duplicate_of <> 0 GROUP BY 1) d"
            " ON d.session_id = s.id WHERE s.total > 0 ORDER BY s.started DESC, s.id DESC"
        )
    ]


def sessions_in(db: sqlite3.Connection, folder: str) -> list[int]:
    """The sessions that gave exchanges and whose file lies in a folder that ends so ("resources/samples"), wherever
    that is. Reads the paths only: milliseconds for 10,000 files."""
    place = f"{folder}/"
    paths = "REPLACE(f.path, CHAR(92), '/')"
    query = f"SELECT s.id FROM session s JOIN source f ON f.id = s.source_id WHERE s.total > 0 AND INSTR({paths}, ?)"
    return [id for (id,) in db.execute(f"{query} ORDER BY s.id", (place,))]


def rows(db: sqlite3.Connection, states: Collection[State]) -> list[Row]:
    """The rows in these states, session by session in the order of the conversation."""
    numbers = sorted(STATE_NUMBERS[state] for state in states)
    where = f"e.state IN ({', '.join(map(str, numbers))})"
    if numbers and numbers[0] > 0:
        where += " AND e.state <> 0"
    return _rows(db, where, ())


def row(db: sqlite3.Connection, exchange: int) -> Row:
    """The row of one exchange, whatever its state. Raises `NotFoundError`."""
    found = _rows(db, "e.id = ?", (exchange,))
    if not found:
        raise _missing()
    return found[0]


def _rows(db: sqlite3.Connection, where: str, values: tuple[int, ...]) -> list[Row]:
    found = db.execute(_ROWS.format(where=where), values).fetchall()
    tags = _tags(db, [one[0] for one in found])
    names = present.SignalNames(db)
    return [
        Row(
            id=one[0],
            session=one[1],
            prompt=one[2],
            response=one[3],
            revision=one[4],
            state=STATES[one[5]],
            tags=tags.get(one[0], ()),
            checks=checks_of(one[6]),
            signals=names[one[7]],
        )
        for one in found
    ]


def _tags(db: sqlite3.Connection, ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    tags: dict[int, tuple[str, ...]] = {}
    for exchange, name in db.execute(
        "SELECT x.exchange_id, t.name FROM exchange_tag x JOIN tag t ON t.id = x.tag_id"
        " WHERE x.exchange_id IN (SELECT value FROM json_each(?)) ORDER BY t.name",
        (id_list(ids),),
    ):
        tags[exchange] = (*tags.get(exchange, ()), name)
    return tags


def _missing() -> NotFoundError:
    return NotFoundError(
        "This exchange is not in the library.", "It may have gone with its file; look at the list again."
    )
