"""Watched folders: events say where to look and when, a scan says what is there."""

from __future__ import annotations

import logging
import os
import threading
import time
import warnings
from collections.abc import Callable, Iterable

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
from curator.ingest.catching_up import CatchUp, OnImport, OnStored
from curator.ingest.hints import PATIENT_SECONDS, QUIET_SECONDS, Hints
from curator.ingest.pool import PATIENCE
from curator.ingest.roots import Roots
from curator.library.library import Library

SCAN_SECONDS = 60.0
POLL_SECONDS = 5.0
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

OnProgress = Callable[[ImportProgress | None], None]


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
        over, also where a folder was gone before its first scan. All are called in the watcher's thread."""
        self._library = library
        self._progress = progress
        self._is_telling = False  # a scan was told of, and not yet that it is over
        self._has_lost = False  # a folder was gone before its first scan, and nobody was told that it is over
        self._scan_seconds = scan_seconds
        self._roots = Roots(self._watch, self._unwatch)
        self._observer: BaseObserver | None = None
        self._stopping = threading.Event()
        self._hints = Hints(self._stopping)
        self._catch_up = CatchUp(library, on_import, stored, self._stopping, patience)
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
        self._hints.wake()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()
        logging.getLogger("watchdog").removeFilter(self._overflow)
        logging.getLogger("watchdog.observers.inotify_c").removeFilter(self._overflow)

    def refresh(self) -> None:
        """Follow what the library names now, and scan it."""
        self.rescan()

    def rescan(self) -> None:
        """Look at everything soon."""
        self._hints.ask_for_scan()

    def stop_scan(self) -> None:
        """End the scan that runs, after the file at hand; nothing when none does. What is in stays in, changes are
        followed on, and the rest of these folders is read after the next `start` of a watcher."""
        self._scan_cancel.set()

    def forget_known(self) -> None:
        """Somebody else imported: what this watcher knows of the library's files is out of date."""
        if threading.current_thread() is not self._thread:
            self._catch_up.forget_known()

    def hear(self, paths: Iterable[str]) -> None:
        """Take paths at which something happened."""
        self._hints.hear(paths)

    def _run(self) -> None:
        self._observer = Observer()
        self._observer.start()
        try:
            self._follow_on()
        finally:
            self._observer.stop()
            self._observer.join()
            self._catch_up.rest()

    def _follow_on(self) -> None:
        quiet_until = 0.0
        scanned = ticked = time.monotonic()
        wall = time.time()
        while True:
            paths, is_scan = self._hints.wait(quiet_until)
            if self._stopping.is_set():
                return
            began = time.monotonic()
            slept = (time.time() - wall) - (began - ticked)  # the monotonic clock stands still while a computer sleeps
            ticked, wall = began, time.time()
            interval = POLL_SECONDS if self._roots.are_polled else self._scan_seconds
            try:
                is_scan = self._reconcile() or is_scan or began - scanned >= interval or slept > _IDLE_SECONDS
                if is_scan:
                    scanned = began
                    self._scan()
                elif paths:
                    self._catch_up.look_at(self._roots.there(), paths)
                else:
                    self._catch_up.look_at_stores(self._roots.there())
                    if began > quiet_until + _IDLE_SECONDS:
                        self._catch_up.rest()
                self._notice = self._roots.notice()
            except CuratorError as error:
                self._complain(error)
                scanned = time.monotonic() - interval + POLL_SECONDS
            ended = time.monotonic()
            if is_scan:
                quiet_until = ended + QUIET_SECONDS
            elif paths:
                quiet_until = ended + min(max(QUIET_SECONDS, ended - began), PATIENT_SECONDS)

    def _reconcile(self) -> bool:
        """Bring the watches in line with the library's folders and with what is on disk; says whether to scan."""
        folders = {folder.id: folder.path for folder in self._library.watched_folders()}
        is_scan, has_flipped = self._roots.reconcile(folders)
        self._has_lost |= is_scan and has_flipped
        if has_flipped:
            self._catch_up.tell(ImportReport(), Changes(watched=True))
        return is_scan

    def _watch(self, path: str) -> object:
        assert self._observer is not None  # it runs as long as the thread that calls this
        return self._observer.schedule(_Handler(self), path, recursive=True, event_filter=_EVENTS)

    def _unwatch(self, watch: object) -> None:
        if self._observer is not None and isinstance(watch, ObservedWatch):
            self._observer.unschedule(watch)

    def _complain(self, error: CuratorError) -> None:
        """A full disk, a locked library: what was not stored is found by the next scan, which comes soon."""
        self._notice = str(error)

    def _scan(self) -> None:
        self._scan_cancel.clear()
        roots = self._roots.to_scan()
        if self._stopping.is_set():
            return
        try:
            if roots:
                if not all(root.is_scanned for root in roots):
                    self._tell_progress(ImportProgress())
                folders = {root.id: root.path for root in roots}
                self._catch_up.scan(folders, self._scan_cancel, self._tell_progress)
        finally:
            is_awaited = self._is_telling or self._has_lost
            if is_awaited and not self._hints.is_scan_due and not self._stopping.is_set():
                self._has_lost = False
                self._tell_progress(None)
        for root in roots:
            root.is_scanned = True
            root.is_put_off = self._scan_cancel.is_set()

    def _tell_progress(self, progress: ImportProgress | None) -> None:
        self._is_telling = progress is not None
        if self._progress is not None:
            self._progress(progress)


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
