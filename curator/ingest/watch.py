"""Watched folders: events say where to look and when, a scan says what is there."""

from __future__ import annotations

import logging
import os
import threading
import time
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from watchdog.events import (
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver, ObservedWatch

from curator.core.changes import Changes
from curator.core.errors import CuratorError
from curator.core.query import ImportProgress, ImportReport
from curator.ingest.importer import Importer
from curator.ingest.pool import PATIENCE
from curator.ingest.scan import is_skipped_folder, is_transcript_name
from curator.library.library import Library
from curator.library.records import GONE

SCAN_SECONDS = 60.0
POLL_SECONDS = 5.0
QUIET_SECONDS = 0.05
PATIENT_SECONDS = 0.5
_TICK = 2.0
_IDLE_SECONDS = 30.0

_EVENTS: list[type[FileSystemEvent]] = [
    FileCreatedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileDeletedEvent,
    DirCreatedEvent,
    DirMovedEvent,
    DirDeletedEvent,
]
_OVERFLOW = "queue overflowed"

# watchdog 7.1 tells of every watch it has, more than 25 KB a time, when folders appear in a burst; nothing is lost.
warnings.filterwarnings("ignore", r"Callback with id .*", RuntimeWarning)

OnImport = Callable[[ImportReport, Changes], None]
OnStored = Callable[[Changes], object]
OnProgress = Callable[[ImportProgress | None], None]


@dataclass(slots=True)
class _Root:
    id: int
    path: str
    watch: ObservedWatch | None = None
    identity: tuple[int, int] = (0, 0)  # device and inode the watch was put on
    is_missing: bool = False
    is_polled: bool = False
    is_scanned: bool = False  # at least once since the start
    is_put_off: bool = False  # a person stopped its scan: the rest waits for the next start


class Watcher:
    """Follows the watched folders of a library in a thread of its own, from `start` to `stop`.

    A change is imported at once when all was quiet; while changes keep coming they are gathered until 50 ms pass
    without one, at most 500 ms, and never more often than half of the time goes into it. Every 60 s, after lost events
    and after sleep everything is scanned. A folder that is gone (unplugged, renamed) is missing: nothing in the library
    changes, and it is followed again when it is back.
    """

    def __init__(
        self,
        library: Library,
        on_import: OnImport,
        *,
        stored: OnStored | None = None,
        progress: OnProgress | None = None,
        scan_seconds: float = SCAN_SECONDS,
        patience: float = PATIENCE,
    ) -> None:
        """`stored` gets the Changes of each transaction, `on_import` the sum of an import that found something,
        `progress` how far a scan is: at the first scan of a folder and whenever one reads something, None when it is
        over. All are called in the watcher's thread."""
        self._library = library
        self._on_import = on_import
        self._stored = stored
        self._progress = progress
        self._is_telling = False  # a scan was told of, and not yet that it is over
        self._scan_seconds = scan_seconds
        self._importer = Importer(library, patience=patience)
        self._roots: dict[int, _Root] = {}
        self._observer: BaseObserver | None = None
        self._pending: set[str] = set()
        self._first = self._last = 0.0  # when the oldest and the newest pending path came
        self._is_scan_due = True
        self._is_stale = False
        self._woken = threading.Condition()
        self._stopping = threading.Event()
        self._scan_cancel = threading.Event()
        self._thread: threading.Thread | None = None
        self._overflow = _OverflowListener(self.rescan)
        self._notice = ""

    @property
    def notice(self) -> str:
        """A sentence when watching is not as good as it should be; else empty."""
        return self._notice

    def start(self) -> None:
        """Begin to follow: first everything is scanned. Twice is fine."""
        if self._thread is None:
            logging.getLogger("watchdog").addFilter(self._overflow)
            logging.getLogger("watchdog.observers.inotify_c").addFilter(self._overflow)
            self._thread = threading.Thread(target=self._run, name="curator-watch", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End it after the file at hand. Twice is fine; may be called from `on_import`."""
        self._stopping.set()
        self._scan_cancel.set()
        with self._woken:
            self._woken.notify_all()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()
        logging.getLogger("watchdog").removeFilter(self._overflow)
        logging.getLogger("watchdog.observers.inotify_c").removeFilter(self._overflow)

    def refresh(self) -> None:
        """Follow what the library names now, and scan it."""
        self.rescan()

    def rescan(self) -> None:
        """Look at everything soon."""
        with self._woken:
            self._is_scan_due = True
            self._woken.notify_all()

    def stop_scan(self) -> None:
        """End the scan that runs, after the file at hand; nothing when none does. What is in stays in, changes are
        followed on, and the rest of these folders is read after the next `start` of a watcher."""
        self._scan_cancel.set()

    def forget_known(self) -> None:
        """Somebody else imported: what this watcher knows of the library's files is out of date."""
        if threading.current_thread() is not self._thread:
            self._is_stale = True

    def hear(self, paths: Iterable[str]) -> None:
        """Take paths at which something happened."""
        now = time.monotonic()
        with self._woken:
            before = len(self._pending)
            self._pending.update(paths)
            if before == 0:
                self._first = now
            self._last = now
            if self._pending:
                self._woken.notify_all()

    def _run(self) -> None:
        self._observer = Observer()
        self._observer.start()
        try:
            self._follow_on()
        finally:
            self._observer.stop()
            self._observer.join()
            self._importer.close()

    def _follow_on(self) -> None:
        quiet_until = 0.0
        scanned = ticked = time.monotonic()
        wall = time.time()
        while True:
            paths, is_scan = self._wait(quiet_until)
            if self._stopping.is_set():
                return
            began = time.monotonic()
            slept = (time.time() - wall) - (began - ticked)  # the monotonic clock stands still while a computer sleeps
            ticked, wall = began, time.time()
            interval = POLL_SECONDS if any(root.is_polled for root in self._roots.values()) else self._scan_seconds
            try:
                is_scan = self._reconcile() or is_scan or began - scanned >= interval or slept > _IDLE_SECONDS
                if is_scan:
                    scanned = began
                    self._scan()
                elif paths:
                    self._look_at(paths)
                elif began > quiet_until + _IDLE_SECONDS:
                    self._importer.close()
                self._settle()
            except CuratorError as error:
                self._complain(error)
                scanned = time.monotonic() - interval + POLL_SECONDS
            ended = time.monotonic()
            if is_scan:
                quiet_until = ended + QUIET_SECONDS
            elif paths:
                quiet_until = ended + min(max(QUIET_SECONDS, ended - began), PATIENT_SECONDS)

    def _wait(self, quiet_until: float) -> tuple[set[str], bool]:
        """Wait for something to do: paths that have settled, a scan that is due, or the next tick."""
        with self._woken:
            end = time.monotonic() + _TICK
            while not self._stopping.is_set() and not self._is_scan_due:
                now = time.monotonic()
                if self._pending:
                    ready = min(self._last + QUIET_SECONDS, self._first + PATIENT_SECONDS)
                    if self._first >= quiet_until:
                        ready = self._first  # all was quiet before: no reason to wait
                    wake = max(ready, quiet_until)
                else:
                    wake = end
                if now >= wake:
                    break
                self._woken.wait(wake - now)
            is_scan, self._is_scan_due = self._is_scan_due, False
            paths, self._pending = self._pending, set()
            return paths, is_scan

    def _reconcile(self) -> bool:
        """Bring the watches in line with the library's folders and with what is on disk; says whether to scan."""
        folders = {folder.id: folder.path for folder in self._library.watched_folders()}
        for gone in self._roots.keys() - folders.keys():
            self._unwatch(self._roots.pop(gone))
        is_scan = False
        flipped = False
        for id, path in folders.items():
            root = self._roots.get(id)
            if root is None:
                root = self._roots[id] = _Root(id, path)
                is_scan = True
            try:
                info = Path(path).stat()
                identity = (info.st_dev, info.st_ino) if Path(path).is_dir() else (0, 0)
            except OSError:
                identity = (0, 0)
            if identity != root.identity or (identity == (0, 0)) != root.is_missing:
                self._unwatch(root)
                flipped |= root.is_missing != (identity == (0, 0))
                root.is_missing = identity == (0, 0)
                root.identity = identity
                if not root.is_missing:
                    self._watch(root)
                    is_scan = True
        if flipped:
            self._tell(ImportReport(), Changes(watched=True))
        return is_scan

    def _watch(self, root: _Root) -> None:
        if self._observer is None:
            return
        try:
            root.watch = self._observer.schedule(_Handler(self), root.path, recursive=True, event_filter=_EVENTS)
            root.is_polled = False
        except OSError:  # no watches left (ENOSPC, EMFILE), or a file system that has none
            root.watch = None
            root.is_polled = True

    def _unwatch(self, root: _Root) -> None:
        if root.watch is not None and self._observer is not None:
            self._observer.unschedule(root.watch)
        root.watch = None

    def _complain(self, error: CuratorError) -> None:
        """A full disk, a locked library: what was not stored is found by the next scan, which comes soon."""
        self._notice = str(error)

    def _settle(self) -> None:
        polled = [Path(root.path).name for root in self._roots.values() if root.is_polled]
        missing = [Path(root.path).name for root in self._roots.values() if root.is_missing]
        sentences = []
        if missing:
            sentences.append(f"{', '.join(missing)}: the folder is missing; it is followed again when it is back.")
        if any(root.is_put_off for root in self._roots.values()):
            sentences.append("Reading was stopped; the rest is read when Curator opens next.")
        if polled:
            sentences.append(f"{', '.join(polled)}: the system has no watch left; it is looked at every 5 seconds.")
        self._notice = " ".join(sentences)

    def _scan(self) -> None:
        self._scan_cancel.clear()
        roots = [root for root in self._roots.values() if not (root.is_missing or root.is_put_off)]
        if self._stopping.is_set():
            return
        try:
            if roots:
                if not all(root.is_scanned for root in roots):
                    self._tell_progress(ImportProgress())
                paths = [root.path for root in roots]
                self._import(roots, paths, lambda path: True, self._scan_cancel, self._tell_progress)
        finally:
            if self._is_telling and not self._is_scan_due and not self._stopping.is_set():
                self._tell_progress(None)
        for root in roots:
            root.is_scanned = True
            root.is_put_off = self._scan_cancel.is_set()

    def _look_at(self, paths: set[str]) -> None:
        for root in self._roots.values():
            if root.is_missing:
                continue
            below = sorted(path for path in paths if _is_worth_a_look(path, root.path))
            if below:
                there = [path for path in below if os.path.lexists(path)]
                away = tuple(path for path in below if path not in there)
                self._import([root], there, lambda path, away=away: _is_at_or_below(path, away))  # type: ignore[misc]

    def _import(
        self,
        roots: list[_Root],
        paths: list[str],
        may_be_gone: Callable[[str], bool],
        cancel: threading.Event | None = None,
        progress: Callable[[ImportProgress], None] | None = None,
    ) -> None:
        """Import what lies at these paths in these folders; a file belongs to the innermost folder that holds it."""
        if self._is_stale:
            self._is_stale = False
            self._importer.forget_known()
        report, changes = ImportReport(), Changes()
        if paths:
            report, changes = self._importer.run(
                paths,
                root=roots[0].id,
                progress=progress,
                cancel=cancel or self._stopping,
                stored=self._stored,
                is_scan=True,
            )
        for root in roots:
            if not self._stopping.is_set():
                changes |= self._mark_gone(root, may_be_gone)
        if report.new or report.updated or report.problems or changes:
            self._on_import(report, changes)

    def _mark_gone(self, root: _Root, may_be_gone: Callable[[str], bool]) -> Changes:
        """Files of this folder that are on disk no longer: their exchanges stay, and say so."""
        suspects = [path for path in self._importer.known_paths(root.id) if may_be_gone(path)]
        gone = {path for path in suspects if not Path(path).exists()}
        if not gone or not Path(root.path).is_dir():  # the folder itself went away in between
            return Changes()
        changes = Changes()
        for record in self._library.sources(root.id):
            if record.path in gone and record.status != GONE and not _is_in_zip(record.path):
                changes |= self._library.mark_source_gone(record.id)
        self._importer.forget_known()
        if changes and self._stored is not None:
            self._stored(changes)
        return changes

    def _tell_progress(self, progress: ImportProgress | None) -> None:
        self._is_telling = progress is not None
        if self._progress is not None:
            self._progress(progress)

    def _tell(self, report: ImportReport, changes: Changes) -> None:
        if self._stored is not None:
            self._stored(changes)
        self._on_import(report, changes)


class _Handler(FileSystemEventHandler):
    def __init__(self, watcher: Watcher) -> None:
        self._watcher = watcher

    def on_any_event(self, event: FileSystemEvent) -> None:
        self._watcher.hear(os.fsdecode(path) for path in (event.src_path, event.dest_path) if path)


class _OverflowListener(logging.Filter):
    """watchdog tells of lost events in its log only; hearing that line is what makes everything be scanned."""

    def __init__(self, rescan: Callable[[], None]) -> None:
        super().__init__()
        self._rescan = rescan

    def filter(self, record: logging.LogRecord) -> bool:
        if _OVERFLOW in record.getMessage().lower():
            self._rescan()
        return True


def _is_worth_a_look(path: str, root: str) -> bool:
    """A transcript's name, or one without an ending that may be a folder, and not in a skipped folder."""
    if path != root and not path.startswith(root.rstrip(os.sep) + os.sep):
        return False
    if any(map(is_skipped_folder, Path(path[len(root) :]).parts)):
        return False
    name = Path(path).name
    return is_transcript_name(name) or name.lower().endswith(".zip") or Path(path).is_dir() or "." not in name


def _is_at_or_below(path: str, places: tuple[str, ...]) -> bool:
    return path in places or path.startswith(tuple(place + os.sep for place in places))


def _is_in_zip(path: str) -> bool:
    return any(parent.suffix.lower() == ".zip" and parent.is_file() for parent in Path(path).parents)
