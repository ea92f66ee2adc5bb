"""Opens a library's file: checks it after an unclean stop, restores it when damaged, brings its tables up to date."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

from curator.core.errors import LibraryError
from curator.library.backups import backups, is_sound, restore_newest, set_aside
from curator.library.connections import connect_writer
from curator.library.faults import explained, is_damage
from curator.library.presence import Presence
from curator.library.schema import bring_up_to_date

_LONG = 1.0
"""Seconds of bringing a library up to date from which on it is told what took them."""


def open_file(path: Path) -> tuple[sqlite3.Connection, Presence, list[str]]:
    """The write connection, the presence to leave in the end, and sentences about what had to be mended.

    Raises `LibraryError` when the folder cannot be used, when the library is newer than this Curator, or when its file
    is damaged while another process has it open.
    """
    folder = path.parent
    try:
        for place in (folder, folder / "snapshots", folder / "runs"):
            place.mkdir(parents=True, exist_ok=True)
        presence = Presence(folder)
    except OSError as error:
        raise LibraryError(
            f"The library's folder {folder} cannot be used ({error.strerror or error}).",
            "Allow writing to it, or choose another place for the library.",
        ) from error
    try:
        notices: list[str] = []
        _mend_if_needed(path, presence, notices)
        try:
            db = _connect(path, notices)
        except sqlite3.Error as error:
            if not (is_damage(error) and presence.is_alone):
                raise
            _mend(path, notices)
            db = _connect(path, notices)
        if db.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            notices.append(
                "The disk of the library cannot be read while it is written (a network folder?)."
                " A folder on this computer's own disk is safer and quicker."
            )
        presence.settle()
    except sqlite3.Error as error:
        presence.abandon()
        raise explained(error) from error
    except OSError as error:
        presence.abandon()
        raise LibraryError(
            f"The library cannot be opened ({error.strerror or error}).", "Check that its disk has room and try again."
        ) from error
    except BaseException:
        presence.abandon()
        raise
    return db, presence, notices


def _connect(path: Path, notices: list[str]) -> sqlite3.Connection:
    began = time.monotonic()
    if (kept := bring_up_to_date(path)) is not None and (took := time.monotonic() - began) >= _LONG:
        notices.append(
            f"The library was written anew for this version of Curator, once; it took {took:,.0f} s."
            f" As it was before, it is kept as {kept.name}."
        )
    return connect_writer(path)


def _mend_if_needed(path: Path, presence: Presence, notices: list[str]) -> None:
    if not path.exists():
        if backups(path):
            notices.append(
                f"The library's file was gone, so a new one was begun. Its backups are in {path.parent / 'backups'}."
            )
        return
    is_emptied = path.stat().st_size == 0 and bool(backups(path))
    if presence.is_alone and (is_emptied or (presence.was_cut_off and not is_sound(path))):
        _mend(path, notices)


def _mend(path: Path, notices: list[str]) -> None:
    aside = set_aside(path)
    backup = restore_newest(path)
    if backup is None:
        notices.append(
            "The library's file was damaged and there is no backup, so a new library was begun."
            f" The damaged file was kept as {aside.name}. Import your transcripts again."
        )
    else:
        notices.append(
            f"The library's file was damaged. The backup {backup.name} was restored; what was decided after it may be"
            f" missing. The damaged file was kept as {aside.name}."
        )
