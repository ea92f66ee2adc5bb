"""Keeping whole copies of the sessions that something was marked in, since the tools that wrote them delete them."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from curator.core.archive import ArchivedCopy
from curator.core.changes import Changes
from curator.core.errors import CuratorError, LibraryError
from curator.services.copying import catch_up, copy_sessions
from curator.services.workspace import Workspace

_QUIET = 0.5
"""Seconds after a mark before its file is copied: a person marks several of one session in a row."""
_LONGEST_KEY = 80
"""Characters of a session's key that stand in the name of a file."""
_PATIENCE = 3.0
"""Seconds for which closing a window waits for the copies at hand; the rest is copied when Curator runs next."""


@dataclass(frozen=True, slots=True)
class Examined:
    """What `verify` found of one copy: `reason` is empty when every byte is what it was."""

    copy: ArchivedCopy
    reason: str = ""


def copies(ws: Workspace) -> list[ArchivedCopy]:
    """Every copy in the archive, the oldest first."""
    return ws.library.archive.copies()


def copy_of(ws: Workspace, exchange: int) -> ArchivedCopy | None:
    """The newest whole copy of the file that an exchange came from; None while there is none."""
    return ws.library.archive.of_exchange(exchange)


def keep(ws: Workspace, sources: Iterable[int]) -> Changes:
    """Have the files of these sources copied though nothing in them was marked; the copies are made beside."""
    changes = ws.publish(ws.library.archive.want(sources))
    follow(ws).wake()
    return changes


def verify(ws: Workspace, ids: Iterable[int] = ()) -> Iterator[Examined]:
    """Read these copies, or all, byte for byte, and say of each whether it is whole. Raises NotFoundError."""
    archive = ws.library.archive
    chosen = [archive.copy(id) for id in ids] or archive.copies()
    for copy in chosen:
        yield Examined(copy, archive.examine(copy))


def mend(ws: Workspace, copy: ArchivedCopy) -> bool:
    """Copy the file, or the session, of a damaged copy anew, where it is there; whether the copy holds again what it
    should."""
    if copy.session:
        store = ws.library.archive.session_of(copy)
        if store is None or copy_sessions(ws, [store]):
            return False
        return _is_whole(ws, copy)
    source = next((source for source in ws.library.sources() if source.id == copy.source), None)
    if source is None or copy.source_is_gone:
        return False
    from curator.ingest.whole import whole

    try:
        with whole(source.path) as file:
            ws.publish(ws.library.archive.put(source, file))
    except (CuratorError, OSError):
        return False
    return _is_whole(ws, copy)


def _is_whole(ws: Workspace, copy: ArchivedCopy) -> bool:
    return not any(one.id == copy.id for one in copies(ws)) or not ws.library.archive.examine(copy)


def restore(ws: Workspace, id: int, folder: Path | None = None) -> Path:
    """Write a copied file again, byte for byte: into `folder`, or to where it lay. Returns its path. The copy of a
    session of a database is a file by itself, which can be imported again.

    Nothing is ever overwritten: in a folder it gets a number beside its name, and where it lay there must be nothing.
    Raises NotFoundError, and LibraryError when the copy is damaged or the file cannot be written.
    """
    from curator.ingest.names import may_stand_for_many

    copy = ws.library.archive.copy(id)
    if folder is not None:
        return _into(ws, copy, Path(folder).expanduser())
    to = Path(copy.path)
    if copy.session:
        raise LibraryError(
            f"This session lay in the database “{to.name}” among others; its copy is a file.",
            "Choose a folder with --to DIR.",
        )
    if any(parent.is_file() for parent in to.parents):
        raise LibraryError(f"“{to.name}” lay inside a zip that is still there.", "Choose a folder with --to DIR.")
    if may_stand_for_many(copy.path):
        raise LibraryError("This session lay in many files; its copy is one.", "Choose a folder with --to DIR.")
    _make(to.parent)
    try:
        ws.library.archive.take_out(copy, to)
    except FileExistsError as error:
        raise LibraryError(f"There is a file at {to} already.", "Choose a folder with --to DIR.") from error
    return to


class Archiving:
    """Makes the copies that are due in a thread of its own, shortly after something is marked or a file grew."""

    def __init__(self, ws: Workspace) -> None:
        self._ws = ws
        self._due = threading.Event()
        self._stopping = threading.Event()
        self._cancel = threading.Event()
        self._thread = threading.Thread(target=self._run, name="curator-archive", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Look soon which files are due."""
        self._due.set()

    def stop(self, seconds: float | None = _PATIENCE) -> None:
        """Finish the copies that are due, for so many seconds at most; None waits for all. Twice is fine."""
        self._stopping.set()
        self._due.set()
        self._thread.join(seconds)
        self._cancel.set()
        self._thread.join()

    def _run(self) -> None:
        self._ws.library.archive.sweep()
        is_last = False
        while not is_last:
            self._due.wait()
            is_last = self._stopping.wait(_QUIET)
            self._due.clear()
            try:
                self._tell(catch_up(self._ws, self._cancel))
            except CuratorError as error:  # the library itself does not answer
                self._tell([str(error)])

    def _tell(self, problems: list[str]) -> None:
        notices = self._ws.library.notices
        notices.extend(words for words in problems if words not in notices)


def follow(ws: Workspace) -> Archiving:
    """See to it that what is marked from now on is copied, and what grew since is copied anew; once a workspace."""
    return ws.once("archiving", lambda: _start(ws))


def finish(ws: Workspace) -> None:
    """Wait until every copy that is due is made, where something was marked in this workspace: before a verb ends."""
    archiving = ws.made("archiving")
    if isinstance(archiving, Archiving):
        archiving.stop(None)


def _start(ws: Workspace) -> Archiving:
    archiving = Archiving(ws)
    unsubscribe = ws.subscribe(lambda changes: archiving.wake() if changes.exchanges or changes.sources else None)

    def stop() -> None:
        unsubscribe()
        archiving.stop()

    ws.on_close(stop)
    return archiving


def _into(ws: Workspace, copy: ArchivedCopy, folder: Path) -> Path:
    _make(folder)
    name = _name(copy)
    for number in range(1, 1000):
        to = folder / (name.name if number == 1 else f"{name.stem} ({number}){name.suffix}")
        try:
            ws.library.archive.take_out(copy, to)
        except FileExistsError:
            continue
        return to
    raise LibraryError(f"{folder} holds too many files of this name.", "Choose another folder.")


def _name(copy: ArchivedCopy) -> Path:
    from curator.ingest.names import EVENTS

    place = Path(copy.path)
    if copy.session:
        told = re.sub(r"[^\w-]+", "-", copy.session).strip("-")[:_LONGEST_KEY]
        return Path(f"{place.stem}-{told}.jsonl")
    return Path(f"{place.parent.name}.json" if place.name == EVENTS else place.name or "transcript")


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LibraryError(
            f"The folder {folder} cannot be made ({error.strerror or error}).", "Choose another folder with --to DIR."
        ) from error
