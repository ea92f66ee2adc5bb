"""The token cache: figures by tokenizer and by hash of the exact text, so that an edit outdates them by itself."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence

from curator.core.budget import Usage
from curator.core.changes import Changes
from curator.library.columns import id_list

_SELECT = """
    SELECT e.id, u.prompt, u.response, u.is_estimate, u.refusal
    FROM exchange e JOIN token_usage u ON u.text_hash = e.text_hash
    WHERE u.tokenizer_id = (SELECT id FROM tokenizer WHERE fingerprint = ?)
        AND e.id IN (SELECT value FROM json_each(?))
"""


def usages(db: sqlite3.Connection, ids: Sequence[int], fingerprint: str) -> dict[int, Usage]:
    """The figures that are known of the present texts of these exchanges."""
    return {
        exchange: Usage(prompt, response, bool(is_estimate), refusal)
        for exchange, prompt, response, is_estimate, refusal in db.execute(_SELECT, (fingerprint, id_list(ids)))
    }


def store_usages(db: sqlite3.Connection, fingerprint: str, counted: Mapping[int, tuple[int, Usage]]) -> Changes:
    """Remember figures: exchange → (`packed.text_hash` of the text that was counted, figure)."""
    db.execute("INSERT OR IGNORE INTO tokenizer(fingerprint) VALUES (?)", (fingerprint,))
    (tokenizer,) = db.execute("SELECT id FROM tokenizer WHERE fingerprint = ?", (fingerprint,)).fetchone()
    db.executemany(
        "INSERT OR REPLACE INTO token_usage VALUES (?, ?, ?, ?, ?, ?)",
        [
            (tokenizer, text, usage.prompt, usage.response, int(usage.is_estimate), usage.refusal)
            for text, usage in counted.values()
        ],
    )
    return Changes(exchanges=frozenset(counted))


def newest_tokenizer(db: sqlite3.Connection) -> str:
    """The fingerprint of the tokenizer that was met last, empty when nothing was counted yet."""
    row = db.execute("SELECT fingerprint FROM tokenizer ORDER BY id DESC LIMIT 1").fetchone()
    return str(row[0]) if row else ""
