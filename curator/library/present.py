"""The signals of a row: what its present text holds, and what only the recording can say."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from curator.core.signal import OF_TEXT, SIGNALS, SignalHit, score_of
from curator.library.columns import pack_hits, signal_bits, signal_hits

_SELECT = """
    SELECT e.signals, e.score, x.hits, r.prompt, r.response
    FROM exchange e JOIN exchange_text x ON x.id = e.id LEFT JOIN row_text r ON r.id = e.id WHERE e.id = ?
"""


Screen = Callable[[str, str], tuple[SignalHit, ...]]
"""What looks at the prompt and response of an edited row. It comes from outside: the library knows no patterns."""


def teach(db: sqlite3.Connection, screen: Screen) -> None:
    """Let a connection screen texts, as the SQL function `found_in_text(prompt, response)`."""

    def found(prompt: str, response: str) -> bytes:
        return pack_hits([(hit.name, hit.line, hit.excerpt, hit.part) for hit in screen(prompt, response)])

    db.create_function("found_in_text", 2, found, deterministic=True)


def hits_of(db: sqlite3.Connection, recorded: bytes, text: tuple[str, str] | None) -> tuple[SignalHit, ...]:
    """The signals of an exchange with their places; with `text`, the edited prompt and response, those of its words
    are found anew, so that a secret that was taken out is no longer said."""
    hits = signal_hits(recorded)
    if text is None:
        return hits
    (found,) = db.execute("SELECT found_in_text(?, ?)", text).fetchone()
    return (*(hit for hit in hits if not _is_of_text(hit.name, hit.part)), *signal_hits(found))


class SignalNames(dict[int, tuple[str, ...]]):
    """The names behind `exchange.signals`, which follows the present text: a page has few different sets of them."""

    def __init__(self, db: sqlite3.Connection) -> None:
        super().__init__()
        self._bits: list[tuple[str, int]] = db.execute("SELECT name, bit FROM signal ORDER BY bit").fetchall()

    def __missing__(self, bits: int) -> tuple[str, ...]:
        names = self[bits] = tuple(name for name, bit in self._bits if bits & bit)
        return names


def follow_text(db: sqlite3.Connection, exchange: int) -> bool:
    """Let signals and score of an exchange follow its present text; says whether that changed them."""
    before_bits, before_score, recorded, *text = db.execute(_SELECT, (exchange,)).fetchone()
    edited = (text[0], text[1]) if text[0] is not None else None
    names = {hit.name for hit in hits_of(db, recorded, edited)}
    known = signal_bits(db, names)
    bits = sum(known[name] for name in names)
    score = score_of(names & SIGNALS.keys())
    if (bits, score) == (before_bits, before_score):
        return False
    db.execute("UPDATE exchange SET signals = ?, score = ? WHERE id = ?", (bits, score, exchange))
    return True


def _is_of_text(name: str, part: str) -> bool:
    return name in OF_TEXT and part != "steps"
