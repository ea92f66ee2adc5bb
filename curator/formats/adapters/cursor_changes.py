"""Which conversations of Cursor's database were written since it was read last, so that gigabytes are not read again.

Its table replaces a key's row when the key is written (`UNIQUE ON CONFLICT REPLACE`, as in VS Code's own storage), and
SQLite gives the new row a number above all others (sqlite.org/autoinc.html): the numbers say what is new. VACUUM may
number the rows anew, and adds one to the version of the schema (sqlite.org/lang_vacuum.html). The number of the last
row is given again once that row was deleted rather than replaced: what stands under it has to be what stood there.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import xxhash

from curator.formats.database import Database
from curator.formats.events import clean
from curator.formats.loose import as_record, as_records, as_text, loads

TABS = "workbench.panel.aichat.view.aichat.chatdata"
_PARTS = 4
_IDS = msgspec.json.Decoder(list[str])
_PREFIXES = ("composerData:", "bubbleId:")


def mark_of(db: Database) -> str:
    """Where the next reading can begin; empty where the tables do not promise that."""
    tables = "SELECT sql FROM sqlite_master WHERE name IN ('cursorDiskKV', 'ItemTable')"
    if not all("ON CONFLICT REPLACE" in as_text(sql).upper() for (sql,) in db.rows(tables)):
        return ""
    (version,) = next(db.rows("SELECT schema_version FROM pragma_schema_version"))
    (last,) = next(db.rows("SELECT MAX(rowid) FROM cursorDiskKV"))
    return f"{version}:{last or 0}:{_tabs(db)}:{_row(db, last or 0)}:{_ids(db)}"


def changed_since(db: Database, mark: str, present: str) -> tuple[list[str], bool, frozenset[str]] | None:
    """The conversations that were written since the mark was made, whether the tabs of old were, and the conversations
    that are gone; None where that cannot be told any more. `present` is the mark as it would be made now."""
    try:
        version, last, tabs, row, ids = mark.split(":", _PARTS)
        before = frozenset(_IDS.decode(ids))
    except ValueError:  # of another version of Curator
        return None
    now = present.split(":", _PARTS)
    if now[0] != version or int(now[1]) < int(last) or _row(db, int(last)) not in ("", row):
        return None
    written: dict[str, None] = {}
    for (key,) in db.rows("SELECT key FROM cursorDiskKV WHERE rowid > ? ORDER BY rowid", int(last)):
        if as_text(key).startswith(_PREFIXES):
            written[key.split(":")[1]] = None
    return list(written), now[2] != tabs, before - frozenset(_IDS.decode(now[_PARTS]))


def _tabs(db: Database) -> int:
    return next((int(row[0]) for row in db.rows("SELECT rowid FROM ItemTable WHERE key = ?", TABS)), 0)


def _ids(db: Database) -> str:
    """The conversations that there are, found by the index of the keys alone; of the tabs of old, which are one value
    that newer versions do not write any more, by their ids."""
    rows = db.rows("SELECT key FROM cursorDiskKV WHERE key >= 'composerData:' AND key < 'composerData;'")
    ids = [as_text(key).partition(":")[2] for (key,) in rows]
    return msgspec.json.encode(sorted([*ids, *(tab for tab, _ in tabs_of(db))])).decode()


def tabs_of(db: Database) -> Iterator[tuple[str, dict[str, Any]]]:
    """The tabs of old by their ids."""
    for (raw,) in db.rows("SELECT value FROM ItemTable WHERE key = ?", TABS):
        value = as_record(loads(raw)) if isinstance(raw, str | bytes) else {}
        for number, tab in enumerate(as_records(value.get("tabs")), 1):
            yield clean(as_text(tab.get("tabId")) or f"tab-{number}"), tab


def _row(db: Database, number: int) -> str:
    """A hash of what stands in this row; empty where there is none, as when it was replaced by a newer one."""
    found = next(db.rows("SELECT key, value FROM cursorDiskKV WHERE rowid = ?", number), None)
    return "" if found is None else xxhash.xxh3_64_hexdigest(msgspec.msgpack.encode(found))
