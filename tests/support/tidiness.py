"""What a test of the window leaves behind: threads and timers that run on, and words in the log nobody expected."""

from __future__ import annotations

import logging
import re
import threading
import time
import weakref
from collections.abc import Callable
from typing import Any

import pytest
import shiboken6
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QThread, QTimer

PATIENCE = 30.0  # seconds that a thread may take to end on a busy machine, and a single shot to come


class Leftovers:
    """Knows the threads there were before a test, and the timers and Qt threads that were started in it."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._threads = set(threading.enumerate())
        self._started: list[weakref.ref[QObject]] = []
        for kind in (QTimer, QThread):
            patch.setattr(kind, "start", self._noting(kind.start))

    def found(self) -> list[str]:
        """The names of what is still there once everything that was to be deleted is gone."""
        self._bury()
        end = time.monotonic() + PATIENCE
        while (left := [*self._running_threads(), *self._running_objects()]) and time.monotonic() < end:
            time.sleep(0.01)
            self._bury()
        return left

    def _noting(self, start: Callable[..., Any]) -> Callable[..., Any]:
        def noted(started: QObject, *arguments: Any) -> Any:
            self._started.append(weakref.ref(started))
            return start(started, *arguments)

        return noted

    def _running_threads(self) -> list[str]:
        now = set(threading.enumerate()) - self._threads
        return [f"the thread “{thread.name}”" for thread in now if not thread.daemon and thread.is_alive()]

    def _running_objects(self) -> list[str]:
        alive = {id(thing): thing for ref in self._started if (thing := ref()) is not None and shiboken6.isValid(thing)}
        return [described(thing) for thing in alive.values() if is_running(thing)]

    @staticmethod
    def _bury() -> None:
        """Delete what was asked to be deleted later; no event loop comes that would do it."""
        if QCoreApplication.instance() is not None:
            QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
            QCoreApplication.processEvents()


def is_running(thing: QObject) -> bool:
    """Whether a timer is counting or a Qt thread at work."""
    return thing.isActive() if isinstance(thing, QTimer) else isinstance(thing, QThread) and thing.isRunning()


def described(thing: QObject) -> str:
    """What it is, and whom it belongs to."""
    kind = "a timer" if isinstance(thing, QTimer) else "the Qt thread"
    owners, owner = [], thing.parent()
    while owner is not None:
        owners.append(type(owner).__name__)
        owner = owner.parent()
    every = f" of {thing.interval()} ms" if isinstance(thing, QTimer) else f" “{thing.objectName()}”"
    return f"{kind}{every} of {' in '.join(owners) or 'nobody'}"


class LogWatch(logging.Handler):
    """Holds what Curator logs from WARNING on; what a test expects it says with `expect`."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._records: list[logging.LogRecord] = []
        self._expected: list[re.Pattern[str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep it."""
        self._records.append(record)

    def expect(self, pattern: str) -> None:
        """From now on and before: lines with this pattern in their words, or in those of their exception, are meant."""
        self._expected.append(re.compile(pattern))

    def unexpected(self) -> list[str]:
        """What nobody said to expect, and what was expected and never came."""
        told = [(record, words_of(record)) for record in self._records]
        found = [
            f"{record.levelname} {record.name}: {words}"
            for record, words in told
            if not any(pattern.search(words) for pattern in self._expected)
        ]
        silent = [p.pattern for p in self._expected if not any(p.search(words) for _, words in told)]
        return found + [f"nothing was logged with “{pattern}”" for pattern in silent]


def words_of(record: logging.LogRecord) -> str:
    """The message with the exception that came with it."""
    error = record.exc_info[1] if record.exc_info else None
    return record.getMessage() + (f": {error!r}" if error is not None else "")
