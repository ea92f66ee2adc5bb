"""Transcript files into the library: what is unchanged is skipped, what is large is parsed in other processes."""

from __future__ import annotations

import os
import threading
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from curator.core.changes import Changes
from curator.core.errors import CuratorError
from curator.core.format import title_of
from curator.core.mapping import Mapping as Fields
from curator.core.notes import nobody_asked
from curator.core.query import ImportReport
from curator.formats.versions import version_of
from curator.ingest.answers import Given, Long
from curator.ingest.found import Folders, Found, Wanted
from curator.ingest.job import ImportJob, OnProgress, OnStored
from curator.ingest.known import KnownFiles
from curator.ingest.mapped import mappings
from curator.ingest.names import is_zip_name
from curator.ingest.parser import Failed, Parsed, ParseRequest
from curator.ingest.parsing import Parsing
from curator.ingest.pool import PATIENCE
from curator.ingest.scan import ZipLists, list_files
from curator.ingest.selecting import Selector
from curator.ingest.stores import Stores
from curator.library.library import Library
from curator.library.packed import PackedTranscript, SourceFile
from curator.library.records import GONE, SourceRecord


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
        self._parsing = Parsing(patience, command)
        self._known = KnownFiles(library)
        self._told: set[tuple[str, str]] = set()
        self._zip_lists: ZipLists = {}
        self._folders: Folders = {}
        self._listed: Collection[str] = ()
        self._mappings: dict[str, Fields] = {}
        self._stores = Stores()
        self._polled: Mapping[str, SourceRecord] = {}
        self._selector = Selector(library, self._known, self._stores)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the parser processes; the next large job starts others."""
        self._parsing.close()

    def forget_known(self) -> None:
        """Ask the library again which files it has: somebody else wrote."""
        self._known.forget_all()

    def known_paths(self, root: int) -> list[str]:
        """The files of a watched folder that the library has and that were there when last seen."""
        return self._known.present(root)

    @property
    def known_names(self) -> Collection[str]:
        """The files that the library has, whether they are there or not."""
        return self._known.names

    @property
    def listed(self) -> Collection[str]:
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
        return self._stores.changed(self._records())

    def is_known_store(self, path: str) -> bool:
        """Whether this is a database that was read before: it is polled, since its log grows instead of itself."""
        self._records()
        return path in self._stores

    def _records(self) -> Mapping[str, SourceRecord]:
        """The library's files; of those that were just asked for, the databases are polled from now on."""
        records = self._known.records
        if records is not self._polled:
            self._polled = records
            self._stores.know(records, self._library.store_marks())
        return records

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
        self._records()
        folders = self._folders if is_scan and not afresh else None
        listing = list_files(paths, are_named=not is_scan, wanted=wanted, zip_lists=self._zip_lists, folders=folders)
        self._listed = listing.names
        job = ImportJob(self._library, self._known, progress, stored, total=listing.count, is_scan=is_scan)
        job.total_bytes = listing.weight
        for path, reason in listing.problems:
            if self._is_to_be_told(path, reason, job):
                job.add_problem(path, 0, reason)
        try:
            self._mappings = mappings(self._library)
            places = self._selector.belonging(root)
            work = self._selector.unread(listing, job, places, self._mappings, afresh)
            while work:
                asked = [(found, self._request(found, root)) for found, root in work]
                for found, answer in self._parsing.answers(asked, cancel):
                    self._take(found, answer, job)
                job.flush()
                work = [(found, places.root_of(found.name)) for found in self._released(job)]
        except CuratorError:
            self.forget_known()
            raise
        finally:
            if cancel is not None and cancel.is_set():
                self.close()
        is_stopped = cancel is not None and cancel.is_set()
        if not is_scan:
            job.count_skipped()
            if not is_stopped:  # of what was not read nobody knows whether it is of use
                job.name_useless(listing.files, map(os.path.realpath, paths))
        return job.report(is_stopped=is_stopped), job.changes

    def _released(self, job: ImportJob) -> list[Found]:
        """What stands at the paths that were copies until their originals changed."""
        released, job.released = job.released, frozenset()
        places = {next((str(p) for p in Path(path).parents if p.is_file()), path) for path in released}
        listing = list_files(sorted(filter(os.path.lexists, places)), are_named=False, zip_lists=self._zip_lists)
        return [found for found in listing.files if found.name in released]

    def _request(self, found: Found, root: int) -> ParseRequest:
        """What is to be read of a file, and how."""
        known = self._known.records.get(found.name)
        is_moved = known is not None and known.root != root  # to another watched folder, with all of its sessions
        since = "" if found.is_named or is_moved else self._stores.since(found.name, known)
        is_longer = known is not None and not found.member and 0 < known.size < found.size
        return ParseRequest(found.path, found.member, root, self._mappings.get(found.name), since, is_longer)

    def _take(self, found: Found, given: Given, job: ImportJob) -> None:
        answer = given.parsed if isinstance(given, Long) else given
        if isinstance(answer, Parsed) and answer.transcript.format:
            self._selector.heed(found)
            read = answer.transcript
            if not found.member:
                content = answer.source.content_hash
                self._stores.rest(found.path, found.size, read.mark, content=content, is_partial=read.is_partial)
            is_silent = given is answer and _is_silent(read)
            job.add(found, given if isinstance(given, Long) else answer)
            if found.is_named and not found.member and is_silent:
                job.add_problem(found.name, 0, nobody_asked(title_of(read.format)))
            return
        if isinstance(answer, Failed):
            self._stores.read_whole(found.name)
            if answer.is_quarantined:
                job.set_aside(self._unread(found), answer.reason)
            elif self._is_to_be_told(found.name, answer.reason, job):
                job.add_problem(found.name, 0, answer.reason, is_kept=True)
        else:
            self._selector.ignore(found)
            self._empty(found, job)
            if found.is_named and not found.member and answer.source.size:
                for line, reason in answer.transcript.problems or [(0, "It is no transcript that Curator knows.")]:
                    job.add_problem(found.name, line, reason)
        job.finish(found)

    def _unread(self, found: Found) -> SourceFile:
        """A file that could not be read, as far as it is known; in another way it may be read yet."""
        known = self._known.records.get(found.name)
        reader = version_of(known.format if known is not None else "")
        return SourceFile(found.name, *found.stamp, b"", b"", reader=reader)

    def _empty(self, found: Found, job: ImportJob) -> None:
        """A file that held a transcript holds none any more: what was read from it stays, as if it were deleted."""
        record = self._known.records.get(found.name)
        if record is not None and record.status != GONE:
            job.flush()
            job.add_changes(self._library.mark_sources_gone([found.name]))
            self._known.forget(found.name)

    def _is_to_be_told(self, path: str, reason: str, job: ImportJob) -> bool:
        """Scans come once a minute: they say the same of the same file once."""
        is_new = (path, reason) not in self._told
        self._told.add((path, reason))
        return is_new or not job.is_scan


def _is_silent(read: PackedTranscript) -> bool:
    """Whether the file was read whole, is a transcript, and gave nothing that could be shown or told of it."""
    return not (read.sessions or read.problems or read.is_partial or read.document is not None)
