"""One import while it runs: the batch that waits for its transaction, the figures of the report, the progress."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field

from curator.core.changes import Changes, together
from curator.core.notes import is_note
from curator.core.query import ImportProgress, ImportReport
from curator.ingest.answers import Long
from curator.ingest.found import Found
from curator.ingest.known import KnownFiles
from curator.ingest.names import MAPPABLE
from curator.ingest.parser import Parsed
from curator.ingest.slices import Slice, given_away, is_much, slices, slices_of_copy
from curator.library.library import Library
from curator.library.packed import PackedTranscript, SourceFile
from curator.library.records import PRESENT, SET_ASIDE, SourceRecord

OnProgress = Callable[[ImportProgress], None]
OnStored = Callable[[Changes], object]

BATCH_EXCHANGES = 1_000
BATCH_SECONDS = 0.5
"""What a transaction takes at most: the window reads between two of them, and the list fills while the import runs."""
BATCH_BYTES = 64 << 20
"""Bytes of files that wait for a transaction at most, whatever they hold: bounds memory."""
_FEW = 3
_NO_TRANSCRIPT = "The zip holds no transcript that Curator knows."
_SECONDS_TO_JUDGE = 1.0  # the start of the parser processes says nothing about the rest


@dataclass(slots=True)
class ImportJob:
    """What one import has done so far, and the batch that waits for its transaction."""

    library: Library
    known: KnownFiles
    progress: OnProgress | None
    stored: OnStored | None
    total: int
    is_scan: bool = False
    total_bytes: int = 0
    skipped_bytes: int = 0
    parts: list[Changes] = field(default_factory=list)
    files: int = 0
    bytes: int = 0
    new: int = 0
    updated: int = 0
    unchanged: int = 0
    sessions: int = 0
    documents: int = 0
    repeats: int = 0
    problems: list[tuple[str, int, str]] = field(default_factory=list)
    faults: int = 0  # of the problems, those that are no notes
    skipped: set[str] = field(default_factory=set)
    batch: list[tuple[SourceFile, PackedTranscript]] = field(default_factory=list)
    batch_exchanges: int = 0
    batch_bytes: int = 0
    released: frozenset[str] = frozenset()
    useful_zips: set[str] = field(default_factory=set)
    began: float = field(default_factory=time.monotonic)
    flushed: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        if self.progress is not None and self.total and not self.is_scan:  # the first file may take a minute
            self.progress(ImportProgress(total=self.total))

    def add(self, found: Found, read: Parsed | Long) -> None:
        """Take a parsed file; it is committed with the batch."""
        parsed = read.parsed if isinstance(read, Long) else read
        if found.member:
            self.useful_zips.add(found.path)
        for line, reason in parsed.transcript.problems:
            self.add_problem(found.name, line, reason)
        for number, part in enumerate(self._parts(read)):
            if number:
                self.flush()
                self._tell(found)
            self.batch.append(part)
            self.batch_exchanges += sum(len(session.exchanges) for session in part[1].sessions)
        self.batch_bytes += found.weight
        is_full = self.batch_exchanges >= BATCH_EXCHANGES or self.batch_bytes >= BATCH_BYTES
        if is_full or time.monotonic() - self.flushed > BATCH_SECONDS:
            self.flush()
        self.finish(found)

    def _parts(self, read: Parsed | Long) -> Iterable[Slice]:
        """What is stored of a file, in slices where it is much."""
        parsed, is_long = (read.parsed, True) if isinstance(read, Long) else (read, False)
        source, transcript = parsed.source, parsed.transcript
        if not is_long and not is_much(transcript):
            return [(source, transcript)]
        sessions = read.sessions() if isinstance(read, Long) else given_away(transcript.sessions)
        records = self.known.records
        if any(one.content_hash == source.content_hash and one.path != source.path for one in records.values()):
            return slices_of_copy(source, transcript, sessions)
        return slices(source, transcript, sessions, records.get(source.path), self.library.session_keys(source.path))

    def add_problem(self, path: str, line: int, reason: str, *, is_kept: bool = False) -> None:
        """Take a problem; `is_kept` also keeps it in the library, for a file that should have been read."""
        self.problems.append((path, line, reason))
        self.faults += not is_note(reason)
        if is_kept:
            self.library.record_problem(path, line, reason)

    def set_aside(self, source: SourceFile, reason: str) -> None:
        """Take a file that cost two parsers their lives; the library remembers it."""
        self.add_problem(source.path, 0, reason)
        self.library.set_source_aside(source, reason)
        known = self.known.records.get(source.path)
        self.known.note(_record(source, known.format if known is not None else "", SET_ASIDE))

    def name_useless(self, files: Iterable[Found], named: Iterable[str]) -> None:
        """Say of each zip that a person named and that gave nothing that it gave nothing. Of one with a few tables or
        the like, and of such a folder among the paths that were `named`, say that nobody knows these: a person may."""
        from curator.formats.reader import UNKNOWN

        told = {path for path, _, _ in self.problems}
        zips: dict[str, list[str]] = {}
        folders: dict[str, list[str]] = {f"{path.rstrip(os.sep)}{os.sep}": [] for path in named}
        for found in files:
            is_table = found.name.lower().endswith(MAPPABLE) and found.size > 0
            if found.member and found.is_named:
                zips.setdefault(found.path, []).extend([found.name] if is_table else [])
            elif is_table and not (found.member or found.is_named):
                for start, names in folders.items():
                    if found.path.startswith(start):
                        names.append(found.name)
        for place, names in {**zips, **folders}.items():
            is_few = 0 < len(names) <= _FEW
            start = f"{place.rstrip(os.sep)}{os.sep}"
            is_told = any(path.startswith(start) for path in told)
            if (is_few or place in zips) and not is_told and not self._was_useful(place, start):
                for name in names if is_few else [place]:
                    self.add_problem(name, 0, UNKNOWN if is_few else _NO_TRANSCRIPT)

    def _was_useful(self, place: str, start: str) -> bool:
        """Whether a zip gave something, or a folder, with which paths `start`, holds anything that the library has."""
        records = self.known.records
        return place in self.useful_zips or any(one.format and path.startswith(start) for path, one in records.items())

    def add_changes(self, changes: Changes) -> None:
        """Take what a write touched and tell it."""
        self.parts.append(changes)
        if self.stored is not None:
            self.stored(changes)

    @property
    def changes(self) -> Changes:
        """What all writes together touched."""
        return together(self.parts)

    def skip(self, files: int, size: int) -> None:
        """Count files of these bytes without reading them: they are here already, or they are no transcripts."""
        self.files += files
        self.bytes += size
        self.skipped_bytes += size

    def skip_here(self, files: Collection[Found]) -> None:
        """Count files that are here already; a person who named them is told what they hold."""
        if not self.is_scan:
            self.skipped.update([found.name for found in files])
            self.useful_zips.update([found.path for found in files if found.member])
        self.skip(len(files), sum([found.weight for found in files]))

    def count_skipped(self) -> None:
        """Add what the files hold that were here already, and what could not be read in them then."""
        if not self.skipped:
            return
        held: dict[str, list[int]] = {}
        for session in self.library.sessions():
            held.setdefault(session.path, []).append(session.exchanges)
        # A file with the content of another one holds nothing of its own: what is here already stands there.
        known = self.known.records
        holders = {record.content_hash: path for path, record in known.items() if path in held}
        for path in self.skipped:
            exchanges = held.get(path) or held.get(holders.get(known[path].content_hash, ""), [])
            self.unchanged += sum(exchanges)
            self.sessions += len(exchanges)
        self.problems.extend(problem for problem in self.library.problems() if problem[0] in self.skipped)

    def finish(self, found: Found) -> None:
        """Count a file and tell how far the import is."""
        self.files += 1
        self.bytes += found.weight
        self._tell(found)

    def _tell(self, found: Found) -> None:
        if self.progress is not None:
            self.progress(
                ImportProgress(
                    files=self.files,
                    total=self.total,
                    bytes=self.bytes,
                    total_bytes=self.total_bytes,
                    path=found.name,
                    new=self.new,
                    problems=self.faults,
                    seconds_left=self._seconds_left(),
                )
            )

    def _seconds_left(self) -> float | None:
        """By the bytes that were really read so far: files that are here already cost nothing."""
        seconds = time.monotonic() - self.began
        read = self.bytes - self.skipped_bytes
        if seconds < _SECONDS_TO_JUDGE or read <= 0:
            return None
        return seconds * (self.total_bytes - self.bytes) / read

    def flush(self) -> None:
        """Commit the batch."""
        batch, self.batch, self.batch_exchanges, self.batch_bytes = self.batch, [], 0, 0
        if batch:
            done = self.library.store_many(batch)
            self.new += done.new
            self.updated += done.updated
            self.unchanged += done.unchanged
            self.sessions += done.sessions
            self.documents += done.documents
            self.repeats += done.repeats
            for source, transcript in batch:
                self.known.note(_record(source, transcript.format))
            for path in done.released:
                self.known.forget(path)
            self.released |= done.released
            self.add_changes(done.changes)
        self.flushed = time.monotonic()

    def report(self, *, is_stopped: bool = False) -> ImportReport:
        """The sentence's figures; where it was stopped, with how many files were left."""
        return ImportReport(
            files=self.files,
            new=self.new,
            updated=self.updated,
            unchanged=self.unchanged,
            sessions=self.sessions,
            documents=self.documents,
            repeats=self.repeats,
            exchanges=self.new + self.updated + self.unchanged,
            seconds=time.monotonic() - self.began,
            problems=tuple(dict.fromkeys(self.problems)),
            left=max(0, self.total - self.files) if is_stopped else 0,
        )


def _record(source: SourceFile, format: str, status: str = PRESENT) -> SourceRecord:
    return SourceRecord(
        id=0,
        path=source.path,
        size=source.size,
        mtime_ns=source.mtime_ns,
        inode=source.inode,
        head_hash=source.head_hash,
        content_hash=source.content_hash,
        format=format,
        status=status,
        root=source.root,
        reader=source.reader,
    )
