"""Which of the files that a scan found are to be read: by size, time and inode, so that nothing is opened for it."""

from __future__ import annotations

import os
import time
from pathlib import Path

from curator.core.mapping import Mapping
from curator.formats.versions import version_of
from curator.ingest.files import head_hash
from curator.ingest.found import FolderFiles, Found
from curator.ingest.job import ImportJob
from curator.ingest.known import KnownFiles
from curator.ingest.mapped import follow_move
from curator.ingest.scan import Listing
from curator.ingest.stores import Stores
from curator.library.library import Library
from curator.library.records import GONE, SET_ASIDE, SourceRecord

Work = list[tuple[Found, int]]
"""Files to be read, each with the watched folder it belongs to."""


class Selector:
    """Leaves out what is here already, and the files that gave nothing as long as they are what they were."""

    def __init__(self, library: Library, known: KnownFiles, stores: Stores) -> None:
        self._library = library
        self._known = known
        self._stores = stores
        self._ignored: dict[str, tuple[int, int, int]] = {}

    def ignore(self, found: Found) -> None:
        """This file gave nothing: it is no transcript until it changes."""
        self._ignored[found.name] = found.stamp

    def heed(self, found: Found) -> None:
        """This file gave something."""
        self._ignored.pop(found.name, None)

    def belonging(self, otherwise: int) -> Belonging:
        """Which watched folder a path belongs to: the innermost that holds it, else `otherwise`."""
        folders = [(folder.path.rstrip(os.sep) + os.sep, folder.id) for folder in self._library.watched_folders()]
        folders.sort(key=lambda folder: -len(folder[0]))
        return Belonging(tuple(folders), otherwise)

    def unread(
        self, listing: Listing, job: ImportJob, places: Belonging, mappings: dict[str, Mapping], afresh: bool
    ) -> Work:
        """What is to be read of a listing, the oldest first: where two files hold the same exchange, the one that was
        written first is the original. `afresh` says that what is here is to be read, too."""
        chosen = _Choice(job, mappings)
        for folder in listing.folders:
            self._look_at(folder, chosen, places)
        self._sift(listing.files, chosen, places, afresh)
        if chosen.moves:  # as one write: a folder that was renamed holds thousands
            job.add_changes(self._library.move_sources(chosen.moves))
        return sorted(chosen.work, key=lambda item: (item[0].mtime_ns, item[0].name))

    def _look_at(self, folder: FolderFiles, chosen: _Choice, places: Belonging) -> None:
        """The files of a folder that is what it was at the last scan: mostly every one was here then."""
        if not folder.files:
            return
        path = folder.files[0].path
        state = (self._known.state_of(path[: path.rfind(os.sep)]), places)
        if folder.settled == state:
            chosen.job.skip(len(folder.files), folder.size)
            return
        before = len(chosen.work)
        self._sift(folder.files, chosen, places, afresh=False)
        folder.settled = state if len(chosen.work) == before else None

    def _sift(self, files: list[Found], chosen: _Choice, places: Belonging, afresh: bool) -> None:
        here: list[Found] = []
        now = time.monotonic()
        records, root_of, job = self._known.records, places.root_of, chosen.job
        passed = size = 0
        for file in files:
            record = records.get(file.name)
            root = root_of(file.name)
            if record is not None and self._is_here(file, record, root, now, afresh):
                here.append(file)
            elif not file.is_named and self._ignored.get(file.name) == file.stamp:
                passed, size = passed + 1, size + file.weight
            else:
                if record is None:
                    self._follow_move(file, chosen)
                chosen.work.append((file, root))
        job.skip(passed, size)
        job.skip_here(here)

    def _is_here(self, file: Found, record: SourceRecord, root: int, now: float, afresh: bool) -> bool:
        is_read = record.root == root and record.reader == version_of(record.format)
        if is_read and not afresh and _is_unchanged(file, record):
            return True
        return not file.is_named and self._stores.is_resting(file.name, now)

    def _follow_move(self, file: Found, chosen: _Choice) -> None:
        """A new name for an old file, perhaps grown since: same inode, same first bytes, and at the old path there is
        nothing, or another file."""
        if chosen.by_inode is None:
            chosen.by_inode = self._known.by_inode()
        mappings = chosen.mappings
        for known in chosen.by_inode.get(file.inode, ()):
            if file.member or known.size > file.size or known.path in chosen.moves or _is_still_at(known):
                continue
            if head_hash(file.path, known.size) != known.head_hash:
                continue
            chosen.moves[known.path] = file.name
            if known.path in mappings:
                mappings[file.name] = mappings.pop(known.path)
                follow_move(self._library, known.path, file.name)
            self._known.forget(known.path)
            return


class _Choice:
    """What one import is to read, while it is chosen."""

    def __init__(self, job: ImportJob, mappings: dict[str, Mapping]) -> None:
        self.job = job
        self.mappings = mappings
        self.work: Work = []
        self.moves: dict[str, str] = {}  # the new path of each file that was renamed, by its old one
        self.by_inode: dict[int, list[SourceRecord]] | None = None


class Belonging:
    """The watched folders as they were when an import began."""

    def __init__(self, folders: tuple[tuple[str, int], ...], otherwise: int) -> None:
        self._folders = folders
        self._otherwise = otherwise
        self._of_folder: dict[str, int] = {}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Belonging) and (other._folders, other._otherwise) == (self._folders, self._otherwise)

    __hash__ = None  # type: ignore[assignment]  # compared, never looked up

    def root_of(self, path: str) -> int:
        """The id of the watched folder that a path belongs to."""
        folder = path[: path.rfind(os.sep) + 1]
        found = self._of_folder.get(folder)
        if found is None:
            found = next((id for start, id in self._folders if folder.startswith(start)), self._otherwise)
            self._of_folder[folder] = found
        return found


def _is_unchanged(file: Found, record: SourceRecord) -> bool:
    if record.size != file.size or record.mtime_ns != file.mtime_ns or record.inode != file.inode:
        return False
    return record.status != GONE and not (record.status == SET_ASIDE and file.is_named)


def _is_still_at(known: SourceRecord) -> bool:
    """Whether the very file stands at its old path: then the new name is a second one."""
    try:
        return Path(known.path).stat().st_ino == known.inode
    except OSError:
        return False
