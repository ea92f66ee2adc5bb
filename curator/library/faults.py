"""What SQLite says when something is wrong, in a person's words."""

from __future__ import annotations

import sqlite3

from curator.core.errors import LibraryError

_FULL, _BUSY, _LOCKED, _READONLY, _CORRUPT, _NOT_A_DATABASE, _IO, _CANNOT_OPEN = 13, 5, 6, 8, 11, 26, 10, 14

_SENTENCES = {
    _FULL: ("The disk is full: this was not kept.", "Free some space and try again."),
    _BUSY: (
        "Another program is writing to the library and did not finish within five seconds.",
        "Close the other Curator, or try again in a moment.",
    ),
    _READONLY: (
        "The library cannot be written: its file or folder is read-only.",
        "Allow writing to it, or choose another place for the library.",
    ),
    _CORRUPT: (
        "The library's file is damaged.",
        "Start Curator again: it sets the damaged file aside and restores the newest backup.",
    ),
    _IO: (
        "The disk did not answer while the library was read or written.",
        "Check that the disk is connected and has room, then try again.",
    ),
    _CANNOT_OPEN: (
        "The library's file cannot be opened.",
        "Check that its folder exists and that you may write there, or choose another place for the library.",
    ),
}
_SENTENCES[_LOCKED] = _SENTENCES[_BUSY]
_SENTENCES[_NOT_A_DATABASE] = _SENTENCES[_CORRUPT]


def is_damage(error: sqlite3.Error) -> bool:
    """Whether the file itself is broken, so that only a backup helps."""
    return _code(error) in (_CORRUPT, _NOT_A_DATABASE)


def explained(error: sqlite3.Error) -> LibraryError:
    """The error to raise instead; SQLite's own words stay in its cause."""
    message, hint = _SENTENCES.get(
        _code(error), (f"The library could not do that ({error}).", "Start Curator again; nothing was changed.")
    )
    return LibraryError(message, hint)


def _code(error: sqlite3.Error) -> int:
    """The primary result code; the upper bits of SQLite's codes only refine it."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF
