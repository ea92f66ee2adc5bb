"""Copies of the library's file, made before every migration and once a day, and put back when the file breaks."""

from __future__ import annotations

import errno
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path

from curator.core.sizes import size_words
from curator.library.faults import is_damage

KEPT = 10
LARGE = 4 << 30
"""Bytes that all backups take together at most, however few of them that leaves: ten of a large library would fill a
disk with what is nearly the same."""
FEWEST = 2
SPARE = 1 << 29
"""Bytes that a backup leaves free: everything else on the disk needs some, the library first."""
FOLDER = "backups"
_PATTERN = "library-*.db"
_COMPANIONS = ("-wal", "-shm")
_LEFT_BEHIND = 3600.0
_DAY = 86_400.0
_CLAIM = "daily.part"
"""Stands while a process makes the daily backup; who was killed at it left it behind, for an hour."""


class DamagedError(sqlite3.DatabaseError):
    """What is to be copied is broken."""

    sqlite_errorcode = sqlite3.SQLITE_CORRUPT


def make_backup(path: Path, why: str) -> Path:
    """Copy the library at `path` into `backups/`, whole and consistent while others write; the oldest go, beyond ten,
    or as many as are too large together.

    The copy gets its name only when it is complete and whole: one of a damaged library drove out those from before the
    damage. Raises `DamagedError` then, another `sqlite3.Error`, or `OSError`, this also where the disk would be full
    by it.
    """
    folder = path.parent / FOLDER
    folder.mkdir(exist_ok=True)
    _sweep(folder)
    _require_room(path)
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")
    backup = folder / f"library-{stamp}-{why}.db"
    partial = backup.with_suffix(".part")
    try:
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(partial)) as copy:
            source.backup(copy)
            # The header says WAL, as the original's does; a copy that nobody writes to needs no companions.
            copy.execute("PRAGMA journal_mode = DELETE").fetchone()
        if not is_sound(partial):
            raise DamagedError("database disk image is malformed")
        partial.replace(backup)
    finally:
        partial.unlink(missing_ok=True)
    for old in _outdated(backups(path)):
        old.unlink(missing_ok=True)
    return backup


def make_daily_backup(path: Path) -> Path | None:
    """As `make_backup`, if it is still due and no other process is at it; else None. Two that begin together would
    keep the same twice, and let two older ones go for it."""
    folder = path.parent / FOLDER
    folder.mkdir(exist_ok=True)
    _sweep(folder)
    claim = folder / _CLAIM
    try:
        claim.touch(exist_ok=False)
    except FileExistsError:
        return None
    try:
        return make_backup(path, "daily") if _is_old(path) else None
    finally:
        claim.unlink(missing_ok=True)


def _outdated(newest_first: list[Path]) -> Iterator[Path]:
    size = 0
    for number, backup in enumerate(newest_first):
        size += backup.stat().st_size
        if number >= KEPT or (number >= FEWEST and size > LARGE):
            yield backup


def _require_room(path: Path) -> None:
    needed, free = path.stat().st_size, shutil.disk_usage(path.parent / FOLDER).free
    if free < needed + SPARE:
        room = f"{size_words(needed)} and {size_words(SPARE)} to spare"
        raise OSError(errno.ENOSPC, f"a backup needs {room}, and the disk has {size_words(free)} free")


def _sweep(folder: Path) -> None:
    """Remove what a process that was killed in the middle of a backup left behind, an hour later: others may be at
    work."""
    for part in folder.glob("*.part*"):
        with suppress(OSError):
            if not _is_fresh(part):
                part.unlink()


def _is_fresh(part: Path) -> bool:
    return part.stat().st_mtime >= time.time() - _LEFT_BEHIND


def backups(path: Path) -> list[Path]:
    """The backups of the library at `path`, newest first."""
    return sorted((path.parent / FOLDER).glob(_PATTERN), reverse=True)


def is_backup_due(path: Path) -> bool:
    """Whether the library changed since its newest backup, that is a day old, and no other process is at it."""
    with suppress(OSError):  # it got its name meanwhile
        if any(_is_fresh(part) for part in (path.parent / FOLDER).glob("*.part")):
            return False
    return _is_old(path)


def _is_old(path: Path) -> bool:
    newest = next(iter(backups(path)), None)
    if newest is None:
        return True
    made = newest.stat().st_mtime
    wal = path.with_name(path.name + "-wal")
    changed = max(file.stat().st_mtime for file in (path, wal) if file.exists())
    return changed > made and datetime.now(UTC).timestamp() - made > _DAY


def is_sound(path: Path) -> bool:
    """Whether SQLite finds the file whole (`PRAGMA quick_check`). A file that is busy or unreadable counts as whole:
    only damage that was seen may set a library aside."""
    try:
        with closing(sqlite3.connect(path, timeout=5)) as db:
            return [row[0] for row in db.execute("PRAGMA quick_check(1)")] == ["ok"]
    except sqlite3.Error as error:
        return not is_damage(error)


def set_aside(path: Path) -> Path:
    """Rename a damaged library and what lies beside it, keeping every byte. Raises `OSError`."""
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")
    aside = path.with_name(f"library-damaged-{stamp}.db")
    path.replace(aside)
    for companion in _COMPANIONS:
        beside = path.with_name(path.name + companion)
        if beside.exists():
            beside.replace(aside.with_name(aside.name + companion))
    return aside


def restore_newest(path: Path) -> Path | None:
    """Put the newest backup that is whole in the place of the library; None when there is none. Raises `OSError`."""
    for backup in backups(path):
        if is_sound(backup):
            with closing(sqlite3.connect(backup)) as source, closing(sqlite3.connect(path)) as target:
                source.backup(target)
            return backup
    return None
