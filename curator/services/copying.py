"""The copies of the archive that are due: files are packed here, sessions of databases by a process of their own."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from curator.core.errors import CuratorError, LibraryError, UnreadableFileError
from curator.library.archive import DueSession, DueStore
from curator.library.archive_files import CopyStoppedError
from curator.services.workspace import Workspace

_AGAIN = 60.0
"""Seconds after which a session that could not be copied is tried again, if anything changes."""


def catch_up(ws: Workspace, cancel: threading.Event | None = None) -> list[str]:
    """Copy every file and every session of a database that is due, one after the other; returns a sentence for each
    that could not be stored.

    A file that is not there any more, or cannot be read, is passed over: what was copied of it before stays.
    """
    problems = _copy_files(ws, cancel)
    if not problems and not (cancel is not None and cancel.is_set()):
        problems = copy_sessions(ws, ws.library.archive.due_sessions(), cancel)
    return list(dict.fromkeys(problems))


def _copy_files(ws: Workspace, cancel: threading.Event | None) -> list[str]:
    archive = ws.library.archive
    due = archive.due()
    if due:
        from curator.ingest.whole import DatabaseError, whole  # only where something is to be copied
    for source in due:
        if cancel is not None and cancel.is_set():
            break
        try:
            with whole(source.path) as file:
                ws.publish(archive.put(source, file, cancel))
        except LibraryError as error:
            return [str(error)]  # the disk that refused one copy refuses the next
        except DatabaseError:
            ws.publish(archive.take_for_store(source.id))
        except (CuratorError, OSError):
            continue
    return []


def copy_sessions(ws: Workspace, due: Iterable[DueStore], cancel: threading.Event | None = None) -> list[str]:
    """Copy these sessions of databases; returns a sentence for each database that cannot be read. A session that could
    not be copied is let be for a minute, unless it changes."""
    archive, missed = ws.library.archive, ws.once("sessions that could not be copied", _Missed)
    problems: list[str] = []
    due = missed.without(due)
    if due:
        from curator.ingest.session_copies import SessionCopier
    for store in filter(_is_there, due):
        sessions = {session.key: session for session in store.sessions}
        wanted = {session.key: session.sizes for session in store.sessions}
        try:
            with SessionCopier() as copier:
                for key, packed in copier.copies(store.path, store.size, wanted, archive.folder, cancel):
                    ws.publish(archive.take(store, sessions.pop(key), packed))
        except LibraryError as error:
            return [*problems, str(error)]
        except CopyStoppedError:
            break
        except UnreadableFileError as error:
            name = Path(store.path).name
            problems.append(f"What you marked in “{name}” was not copied: {error.message}")
        missed.note(sessions.values())
    return problems


def _is_there(store: DueStore) -> bool:
    """Whether the database, or the zip around it, is on the disk; the next scan tells of one that is not."""
    place = Path(store.path)
    return place.is_file() or any(parent.is_file() for parent in place.parents)


class _Missed:
    """Sessions that could not be copied, each with what the library held of it then and when that was: looking for one
    again may mean to go over a whole database, and what keeps one from being read may be over soon."""

    def __init__(self) -> None:
        self._sessions: dict[int, tuple[bytes, float]] = {}

    def note(self, sessions: Iterable[DueSession]) -> None:
        """These could not be copied now."""
        self._sessions |= {session.id: (session.held, time.monotonic()) for session in sessions}

    def without(self, due: Iterable[DueStore]) -> list[DueStore]:
        """What is due, without the sessions that were missed lately and have not changed since."""
        chosen = [
            replace(store, sessions=tuple(one for one in store.sessions if not self._is_missed(one))) for store in due
        ]
        return [store for store in chosen if store.sessions]

    def _is_missed(self, session: DueSession) -> bool:
        held, when = self._sessions.get(session.id, (b"", 0.0))
        return held == session.held and time.monotonic() - when < _AGAIN
