"""What a person decides about exchanges, as steps that can be undone: state, text, checks, flags, tags. And drafts."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Mapping

from curator.core.changes import Changes
from curator.core.errors import NotFoundError
from curator.core.row import Check, State
from curator.library.columns import CHECK_BITS, STATE_NUMBERS, id_list, now, storable
from curator.library.operations import Step, act

_WORDS = {
    State.CLEAN: "Mark {} clean",
    State.REJECTED: "Reject {}",
    State.LATER: "Set {} aside for later",
    State.UNREVIEWED: "Mark {} unreviewed",
}
_CHECK_WORDS = {Check.CLEAR_IN: "clear in", Check.CLEAR_OUT: "clear out", Check.LEGIBLE: "legible"}


def set_state(db: sqlite3.Connection, ids: Collection[int], state: State) -> Changes:
    """Decide about exchanges; those that stand there already are left out of the act and of its words."""
    value = STATE_NUMBERS[state]
    steps = _from_column(db, "state", ids, lambda _old: value)
    return act(db, _WORDS[state].format(_exchanges(steps)), steps)


def edit_row(db: sqlite3.Connection, exchange: int, prompt: str, response: str) -> Changes:
    """Give a row another text. The text before stays as a revision; the original's own text counts as reverting."""
    prompt, response = storable(prompt), storable(response)
    old, present, original = _texts(db, exchange)
    drafted = clear_draft(db, exchange)
    if (prompt, response) == present:
        return drafted
    if (prompt, response) == original:
        return act(db, "Edit row", [Step("revision", old, 0, [exchange])])
    number = _add_revision(db, exchange, prompt, response)
    return act(db, "Edit row", [Step("revision", old, number, [exchange])])


def edit_rows(db: sqlite3.Connection, texts: Mapping[int, tuple[str, str]], words: str) -> Changes:
    """Give several rows another text, as one act with these words; drafts stay as they were typed."""
    grouped: dict[tuple[int, int], list[int]] = {}
    for exchange, text in sorted(texts.items()):
        prompt, response = map(storable, text)
        old, present, original = _texts(db, exchange)
        if (prompt, response) != present:
            number = 0 if (prompt, response) == original else _add_revision(db, exchange, prompt, response)
            grouped.setdefault((old, number), []).append(exchange)
    return act(db, words, [Step("revision", old, new, chosen) for (old, new), chosen in grouped.items()])


def revert_row(db: sqlite3.Connection, exchange: int) -> Changes:
    """Go back to the original text; what was written stays as a revision."""
    old, _present, _original = _texts(db, exchange)
    drafted = clear_draft(db, exchange)
    return act(db, "Revert row", [Step("revision", old, 0, [exchange])]) if old else drafted


def set_check(db: sqlite3.Connection, ids: Collection[int], check: Check, on: bool) -> Changes:
    """Answer one of the three questions."""
    bit = CHECK_BITS[check]
    steps = _from_column(db, "checks", ids, lambda old: old | bit if on else old & ~bit)
    return act(db, f"{'Check' if on else 'Uncheck'} “{_CHECK_WORDS[check]}” on {_exchanges(steps)}", steps)


def set_flag(db: sqlite3.Connection, ids: Collection[int], on: bool) -> Changes:
    """Flag exchanges, or take the flag away."""
    steps = _from_column(db, "flagged", ids, lambda _old: int(on))
    return act(db, f"{'Flag' if on else 'Unflag'} {_exchanges(steps)}", steps)


def set_tag(db: sqlite3.Connection, ids: Collection[int], name: str, on: bool) -> Changes:
    """Put a tag on exchanges or take it off. A tag is a line of words: spaces around it do not count."""
    name = " ".join(storable(name).split())
    if not name:
        return Changes()
    wearing = (
        "EXISTS (SELECT 1 FROM exchange_tag x JOIN tag t ON t.id = x.tag_id WHERE t.name = ? AND x.exchange_id = e.id)"
    )
    chosen = [
        row[0]
        for row in db.execute(
            "SELECT e.id FROM exchange e WHERE e.id IN (SELECT value FROM json_each(?))"
            f" AND {'NOT ' if on else ''}{wearing} ORDER BY e.id",
            (id_list(ids), name),
        )
    ]
    steps = [Step("tag", int(not on), int(on), chosen, name)]
    words = f"Tag {_exchanges(steps)} “{name}”" if on else f"Take “{name}” off {_exchanges(steps)}"
    return act(db, words, steps)


def save_draft(db: sqlite3.Connection, exchange: int, prompt: str, response: str) -> Changes:
    """Keep what is being typed. It is no act of its own: saving the row is."""
    _texts(db, exchange)
    db.execute("INSERT OR REPLACE INTO draft VALUES (?, ?, ?)", (exchange, storable(prompt), storable(response)))
    return Changes(exchanges=frozenset({exchange}))


def clear_draft(db: sqlite3.Connection, exchange: int) -> Changes:
    """Forget what was being typed."""
    gone = db.execute("DELETE FROM draft WHERE exchange_id = ?", (exchange,)).rowcount
    return Changes(exchanges=frozenset({exchange})) if gone else Changes()


def _from_column(db: sqlite3.Connection, field: str, ids: Collection[int], new: Callable[[int], int]) -> list[Step]:
    """Steps that take a column of these exchanges to `new(old value)`, one for each old value that changes."""
    grouped: dict[int, list[int]] = {}
    for exchange, old in db.execute(
        f"SELECT id, {field} FROM exchange WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id", (id_list(ids),)
    ):
        if new(old) != old:
            grouped.setdefault(old, []).append(exchange)
    return [Step(field, old, new(old), chosen) for old, chosen in grouped.items()]


def _add_revision(db: sqlite3.Connection, exchange: int, prompt: str, response: str) -> int:
    """Keep a text under the row's next number."""
    (number,) = db.execute(
        "SELECT IFNULL(MAX(number), 0) + 1 FROM revision WHERE exchange_id = ?", (exchange,)
    ).fetchone()
    db.execute(
        "INSERT INTO revision(exchange_id, number, prompt, response, made) VALUES (?, ?, ?, ?, ?)",
        (exchange, number, prompt, response, now()),
    )
    return int(number)


def _exchanges(steps: list[Step]) -> str:
    count = sum(len(step.ids) for step in steps)
    return "exchange" if count == 1 else f"{count:,} exchanges"


def _texts(db: sqlite3.Connection, exchange: int) -> tuple[int, tuple[str, str], tuple[str, str]]:
    """Revision, present text and original of an exchange. Raises `NotFoundError`."""
    row = db.execute(
        "SELECT e.revision, IFNULL(r.prompt, x.prompt), IFNULL(r.response, x.response), x.prompt, x.response"
        " FROM exchange e JOIN exchange_text x ON x.id = e.id LEFT JOIN row_text r ON r.id = e.id WHERE e.id = ?",
        (exchange,),
    ).fetchone()
    if row is None:
        raise NotFoundError(
            "This exchange is not in the library.", "It may have gone with its file; look at the list again."
        )
    return row[0], (row[1], row[2]), (row[3], row[4])
