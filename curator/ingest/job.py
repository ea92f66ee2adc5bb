"""One import while it runs: the batch that waits for its transaction, the figures of the report, the progress."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from curator.core.changes import Changes
from curator.core.query import ImportProgress, ImportReport
from curator.ingest.parser import Parsed
from curator.ingest.scan import Found
from curator.library.library import Library
from curator.library.packed import PackedTranscript, SourceFile
from curator.library.records import PRESENT, SourceRecord

OnProgress = Callable[[ImportProgress], None]
OnStored = Callable[[Changes], object]

BATCH_EXCHANGES = 1_000
BATCH_SECONDS = 0.5
"""What a transaction takes at most: the window reads between two of them, and the list fills while the import runs."""


@dataclass(slots=True)
class ImportJob:
    """What one import has done so far, and the batch that waits for its transaction."""

    library: Library
    known: dict[str, SourceRecord]
    progress: OnProgress | None
    stored: OnStored | None
    total: int
    total_bytes: int = 0
    changes: Changes = field(default_factory=Changes)
    files: int = 0
    bytes: int = 0
    new: int = 0
    updated: int = 0
    unchanged: int = 0
    sessions: int = 0
    problems: list[tuple[str, int, str]] = field(default_factory=list)
    skipped: set[str] = field(default_factory=set)
    batch: list[tuple[SourceFile, PackedTranscript]] = field(default_factory=list)
    batch_exchanges: int = 0
    began: float = field(default_factory=time.monotonic)
    flushed: float = field(default_factory=time.monotonic)

    def add(self, found: Found, parsed: Parsed) -> None:
        """Take a parsed file; it is committed with the batch."""
        self.batch.append((parsed.source, parsed.transcript))
        self.batch_exchanges += sum(len(session.exchanges) for session in parsed.transcript.sessions)
        self.problems.extend((found.name, line, reason) for line, reason in parsed.transcript.problems)
        if self.batch_exchanges >= BATCH_EXCHANGES or time.monotonic() - self.flushed > BATCH_SECONDS:
            self.flush()
        self.finish(found)

    def add_problem(self, path: str, line: int, reason: str, *, is_kept: bool = False) -> None:
        """Take a problem; `is_kept` also keeps it in the library, for a file that should have been read."""
        self.problems.append((path, line, reason))
        if is_kept:
            self.library.record_problem(path, line, reason)

    def add_changes(self, changes: Changes) -> None:
        """Take what a write touched and tell it."""
        self.changes |= changes
        if self.stored is not None:
            self.stored(changes)

    def skip(self, found: Found, *, is_here: bool) -> None:
        """Count a file without reading it: it is here already, or it is no transcript."""
        if is_here:
            self.skipped.add(found.name)
        self.files += 1
        self.bytes += found.size

    def count_skipped(self) -> None:
        """Add what the files hold that were here already, and what could not be read in them then."""
        if not self.skipped:
            return
        held: dict[str, list[int]] = {}
        for session in self.library.sessions():
            held.setdefault(session.path, []).append(session.exchanges)
        # A file with the content of another one holds nothing of its own: what is here already stands there.
        holders = {record.content_hash: path for path, record in self.known.items() if path in held}
        for path in self.skipped:
            exchanges = held.get(path) or held.get(holders.get(self.known[path].content_hash, ""), [])
            self.unchanged += sum(exchanges)
            self.sessions += len(exchanges)
        self.problems.extend(problem for problem in self.library.problems() if problem[0] in self.skipped)

    def finish(self, found: Found) -> None:
        """Count a file and tell how far the import is."""
        self.files += 1
        self.bytes += found.size
        if self.progress is not None:
            self.progress(
                ImportProgress(
                    self.files, self.total, self.bytes, self.total_bytes, found.name, self.new, len(self.problems)
                )
            )

    def flush(self) -> None:
        """Commit the batch."""
        batch, self.batch, self.batch_exchanges = self.batch, [], 0
        if batch:
            done = self.library.store_many(batch)
            self.new += done.new
            self.updated += done.updated
            self.unchanged += done.unchanged
            self.sessions += done.sessions
            for source, transcript in batch:
                self.known[source.path] = _record(source, transcript.format)
            self.add_changes(done.changes)
        self.flushed = time.monotonic()

    def report(self) -> ImportReport:
        """The sentence's figures."""
        return ImportReport(
            files=self.files,
            new=self.new,
            updated=self.updated,
            unchanged=self.unchanged,
            sessions=self.sessions,
            exchanges=self.new + self.updated + self.unchanged,
            seconds=time.monotonic() - self.began,
            problems=tuple(self.problems),
        )


def _record(source: SourceFile, format: str) -> SourceRecord:
    return SourceRecord(
        id=0,
        path=source.path,
        size=source.size,
        mtime_ns=source.mtime_ns,
        inode=source.inode,
        head_hash=source.head_hash,
        content_hash=source.content_hash,
        format=format,
        status=PRESENT,
        root=source.root,
    )
