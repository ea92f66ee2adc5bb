"""Transcript files into the library: what is unchanged is skipped, what is large is parsed in other processes."""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from curator.core.changes import Changes
from curator.core.errors import CuratorError
from curator.core.mapping import Mapping
from curator.core.query import ImportReport
from curator.ingest.files import head_hash
from curator.ingest.growing import GrowingFiles
from curator.ingest.job import ImportJob, OnProgress, OnStored
from curator.ingest.mapped import follow_move, mappings
from curator.ingest.names import is_zip_name
from curator.ingest.parser import Answer, Failed, Parsed, ParseRequest, parse
from curator.ingest.pool import PATIENCE, ParserPool
from curator.ingest.scan import Found, Wanted, ZipLists, list_files
from curator.ingest.stores import Stores
from curator.ingest.zips import OpenZip
from curator.library.library import Library
from curator.library.packed import SourceFile
from curator.library.records import GONE, SET_ASIDE, SourceRecord

SMALL_FILE = 2 << 20
SMALL_JOB = 4 << 20
_AHEAD = 16  # files a parser process may be ahead of the writer: bounds memory, keeps the order
_AHEAD_BYTES = 64 << 20
_LOOK_UP_SECONDS = 0.1  # how soon an import that waits for a parser hears that it is to stop


def import_files(
    library: Library,
    paths: Sequence[str | Path],
    *,
    root: int = 0,
    progress: OnProgress | None = None,
    cancel: threading.Event | None = None,
    stored: OnStored | None = None,
    afresh: bool = False,
) -> tuple[ImportReport, Changes]:
    """Import files, folders and zips once; `stored` gets the Changes of every transaction as soon as it is committed.
    `afresh` reads what has not changed, too: it is to be understood otherwise.

    Bad files and lines become problems of the report, never exceptions. Raises LibraryError when the library cannot
    be written; what was committed before stays.
    """
    with Importer(library) as importer:
        return importer.run(paths, root=root, progress=progress, cancel=cancel, stored=stored, afresh=afresh)


class Importer:
    """Imports again and again with the same parser processes; a watcher keeps one. Used by one thread at a time.

    It remembers the library's files, the files that gave nothing until they change, and the lists of zips, so that
    neither an event nor a scan a minute reads more than it must. A file on which two parsers were lost is set aside in
    the library: it is not read again until it changes, or a person names it.
    """

    def __init__(self, library: Library, *, patience: float = PATIENCE, command: Sequence[str] | None = None) -> None:
        self._library = library
        self._patience = patience
        self._command = command
        self._pool: ParserPool | None = None
        self._known: dict[str, SourceRecord] | None = None
        self._ignored: dict[str, tuple[int, int, int]] = {}
        self._told: set[tuple[str, str]] = set()
        self._zip_lists: ZipLists = {}
        self._listed: frozenset[str] = frozenset()
        self._mappings: dict[str, Mapping] = {}
        self._stores = Stores()
        self._growing = GrowingFiles()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the parser processes; the next large job starts others."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.close()

    def forget_known(self) -> None:
        """Ask the library again which files it has: somebody else wrote."""
        self._known = None

    def known_paths(self, root: int) -> list[str]:
        """The files of a watched folder that the library has and that were there when last seen."""
        return [path for path, record in self._files().items() if record.root == root and record.status != GONE]

    @property
    def known_names(self) -> Collection[str]:
        """The files that the library has, whether they are there or not."""
        return self._files().keys()

    @property
    def listed(self) -> frozenset[str]:
        """The files that the last `run` met."""
        return self._listed

    def is_in_its_zip(self, path: str) -> bool:
        """Whether a zip stands around this path that holds it still, or that cannot be asked at the moment."""
        around = next((str(parent) for parent in Path(path).parents if is_zip_name(parent.name)), "")
        if not around or not Path(around).is_file():
            return False
        _, contents = self._zip_lists.get(around, (None, None))
        if contents is None or not contents.members:
            return True
        return any(f"{around}/{member.name}" == path for member in contents.members)

    def changed_stores(self) -> list[str]:
        """The databases whose file or log is not what it was when they were read, and that have rested since."""
        return self._stores.changed(self._files())

    def is_known_store(self, path: str) -> bool:
        """Whether this is a database that was read before: it is polled, since its log grows instead of itself."""
        self._files()
        return path in self._stores

    def run(
        self,
        paths: Sequence[str | Path],
        *,
        root: int = 0,
        progress: OnProgress | None = None,
        cancel: threading.Event | None = None,
        stored: OnStored | None = None,
        is_scan: bool = False,
        wanted: Wanted | None = None,
        afresh: bool = False,
    ) -> tuple[ImportReport, Changes]:
        """As `import_files`. A scan is what nobody asked for: files already here are not counted, nothing is said
        about files that are no transcripts, and what cannot be read is told once. `wanted` narrows what is looked at
        in folders."""
        listing = list_files(paths, are_named=not is_scan, wanted=wanted, zip_lists=self._zip_lists)
        self._listed = frozenset([file.name for file in listing.files])
        job = ImportJob(self._library, self._files(), progress, stored, total=len(listing.files), is_scan=is_scan)
        for path, reason in listing.problems:
            if self._is_to_be_told(path, reason, job):
                job.add_problem(path, 0, reason)
        try:
            self._mappings = mappings(self._library)
            rooted = self._rooted(root)
            work = self._select(listing.files, job, rooted, afresh)
            while work:
                for (found, _), answer in self._answers(work, cancel):
                    self._take(found, answer, job)
                job.flush()
                work = [(found, rooted(found.name)) for found in self._released(job)]
        except CuratorError:
            self.forget_known()
            raise
        finally:
            if cancel is not None and cancel.is_set():
                self.close()
        if not is_scan:
            job.count_skipped()
            job.name_useless_zips(listing.files)
        return job.report(), job.changes

    def _files(self) -> dict[str, SourceRecord]:
        if self._known is None:
            self._known = {record.path: record for record in self._library.sources()}
            self._stores.know(self._known)
        return self._known

    def _released(self, job: ImportJob) -> list[Found]:
        """What stands at the paths that were copies until their originals changed."""
        released, job.released = job.released, frozenset()
        places = {next((str(p) for p in Path(path).parents if p.is_file()), path) for path in released}
        listing = list_files(sorted(filter(os.path.lexists, places)), are_named=False, zip_lists=self._zip_lists)
        return [found for found in listing.files if found.name in released]

    def _rooted(self, root: int) -> Callable[[str], int]:
        """Which watched folder a path belongs to: the innermost that holds it, else `root`."""
        folders = [(folder.path.rstrip(os.sep) + os.sep, folder.id) for folder in self._library.watched_folders()]
        folders.sort(key=lambda folder: -len(folder[0]))
        of_folder: dict[str, int] = {}

        def rooted(path: str) -> int:
            folder = path[: path.rfind(os.sep) + 1]
            found = of_folder.get(folder)
            if found is None:
                found = next((id for start, id in folders if folder.startswith(start)), root)
                of_folder[folder] = found
            return found

        return rooted

    def _select(
        self, files: list[Found], job: ImportJob, root_of: Callable[[str], int], afresh: bool
    ) -> list[tuple[Found, int]]:
        """Leave out what is here already, by size, time and inode: nothing is opened for that."""
        by_inode: dict[int, list[SourceRecord]] | None = None
        work = []
        here: list[Found] = []
        now = time.monotonic()
        job.total_bytes = sum([file.unpacked if file.member else file.size for file in files])
        for file in files:
            record = job.known.get(file.name)
            root = root_of(file.name)
            if record is not None and self._is_here(file, record, root, now, afresh):
                here.append(file)
            elif not file.is_named and self._ignored.get(file.name) == file.stamp:
                job.skip([file], are_here=False)
            else:
                if record is None:
                    by_inode = by_inode if by_inode is not None else _by_inode(job.known.values())
                    self._follow_move(file, by_inode.get(file.inode, ()), job)
                work.append((file, root))
        job.skip(here)
        # The oldest first: where two files hold the same exchange, the one that was written first is the original.
        return sorted(work, key=lambda item: (item[0].mtime_ns, item[0].name))

    def _is_here(self, file: Found, record: SourceRecord, root: int, now: float, afresh: bool) -> bool:
        if not afresh and record.root == root and _is_unchanged(file, record):
            return True
        return not file.is_named and self._stores.is_resting(file.name, now)

    def _follow_move(self, file: Found, candidates: Sequence[SourceRecord], job: ImportJob) -> None:
        """A new name for an old file, perhaps grown since: same inode, same first bytes, and at the old path there is
        nothing, or another file."""
        for known in candidates:
            if file.member or known.size > file.size or _is_still_at(known):
                continue
            if head_hash(file.path, known.size) != known.head_hash:
                continue
            for record in self._library.sources():  # the remembered ones have no ids
                if record.path == known.path:
                    job.add_changes(self._library.move_source(record.id, file.name))
                    if known.path in self._mappings:
                        self._mappings[file.name] = self._mappings.pop(known.path)
                        follow_move(self._library, known.path, file.name)
                    job.known.pop(known.path, None)
                    return

    def _answers(
        self, work: list[tuple[Found, int]], cancel: threading.Event | None
    ) -> Iterator[tuple[tuple[Found, int], Answer]]:
        """Every file with its answer, in the order of `work`, whoever parses it."""
        is_large_job = sum(found.weight for found, _ in work) > SMALL_JOB
        ahead: deque[tuple[tuple[Found, int], Future[Answer] | ParseRequest]] = deque()
        ahead_bytes = 0
        pending = iter(work)
        with OpenZip() as archive:
            while cancel is None or not cancel.is_set():
                limit = _AHEAD * (self._pool.count if self._pool is not None else 1)
                while len(ahead) < limit and (not ahead or ahead_bytes < _AHEAD_BYTES):
                    item = next(pending, None)
                    if item is None:
                        break
                    found, root = item
                    since = "" if found.is_named else self._stores.since(found.name)
                    request = ParseRequest(found.path, found.member, root, self._mappings.get(found.name), since)
                    ahead_bytes += found.weight
                    if is_large_job or found.weight > SMALL_FILE:
                        ahead.append((item, self._parsers().submit(request, found.weight)))
                    else:
                        ahead.append((item, request))
                if not ahead:
                    return
                item, asked = ahead.popleft()
                ahead_bytes -= item[0].weight
                answer = self._parse(asked, archive) if isinstance(asked, ParseRequest) else _result(asked, cancel)
                if answer is None:
                    return
                yield item, answer

    def _parse(self, request: ParseRequest, archive: OpenZip) -> Answer:
        """Read a small file here: it is the one that grows while an assistant works."""
        return parse(request, archive=archive, growing=self._growing)

    def _parsers(self) -> ParserPool:
        if self._pool is None:
            self._pool = ParserPool(patience=self._patience, command=self._command)
        return self._pool

    def _take(self, found: Found, answer: Answer, job: ImportJob) -> None:
        if isinstance(answer, Parsed) and answer.transcript.format:
            self._ignored.pop(found.name, None)
            if not found.member:
                read = answer.transcript
                self._stores.rest(found.path, found.size, read.mark, is_partial=read.is_partial)
            job.add(found, answer)
            return
        if isinstance(answer, Failed):
            if answer.is_quarantined:
                job.set_aside(_unread(found), answer.reason)
            elif self._is_to_be_told(found.name, answer.reason, job):
                job.add_problem(found.name, 0, answer.reason, is_kept=True)
        else:
            self._ignored[found.name] = found.stamp
            self._empty(found, job)
            if found.is_named and not found.member and answer.source.size:
                for line, reason in answer.transcript.problems or [(0, "It is no transcript that Curator knows.")]:
                    job.add_problem(found.name, line, reason)
        job.finish(found)

    def _empty(self, found: Found, job: ImportJob) -> None:
        """A file that held a transcript holds none any more: what was read from it stays, as if it were deleted."""
        record = job.known.get(found.name)
        if record is not None and record.status != GONE:
            for each in self._library.sources():  # the remembered ones have no ids
                if each.path == found.name and each.status != GONE:
                    job.flush()
                    job.add_changes(self._library.mark_source_gone(each.id))
                    job.forget(found.name)

    def _is_to_be_told(self, path: str, reason: str, job: ImportJob) -> bool:
        """Scans come once a minute: they say the same of the same file once."""
        is_new = (path, reason) not in self._told
        self._told.add((path, reason))
        return is_new or not job.is_scan


def _result(asked: Future[Answer], cancel: threading.Event | None) -> Answer | None:
    """The answer of a parser process; None when the import is to stop first."""
    while cancel is None or not cancel.is_set():
        with suppress(TimeoutError):
            return asked.result(timeout=_LOOK_UP_SECONDS if cancel is not None else None)
    return None


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


def _unread(found: Found) -> SourceFile:
    return SourceFile(found.name, found.size, found.mtime_ns, found.inode, b"", b"")


def _by_inode(records: Iterable[SourceRecord]) -> dict[int, list[SourceRecord]]:
    grouped: dict[int, list[SourceRecord]] = {}
    for record in records:
        grouped.setdefault(record.inode, []).append(record)
    return grouped
