"""What the window's process does so that nothing goes wrong without a word: log, mark, and hooks for every error."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QMessageLogContext, Qt, QThread, QTimer, QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication

from curator.services.lifetime import Lifetime, crash_folder
from curator.services.logs import begin_log
from curator.ui.reporting.crash_desk import record_unexpected
from curator.ui.reporting.qt_words import QtWords

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

_log = logging.getLogger(__name__)
_LEVELS = {
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}
_BROKE, _X11_BROKE = "connection broke", "X11 connection broke"
"""What Qt says of the X server's and of the Wayland compositor's end, before it leaves with exit(1)."""
_GONE = 1
SIGN_EVERY = 60_000  # ms: to the minute it is said when a window was last heard of


class Reporting:
    """From before the first window to the end of the process. `tell` says an error to the person; until a window has
    set it, errors go where Python sends them."""

    def __init__(self) -> None:
        self.tell: Callable[[BaseException], None] | None = None
        self._lifetime: Lifetime | None = None
        self._handler: logging.Handler | None = None
        self._words = QtWords()
        self._before = (sys.excepthook, threading.excepthook, sys.unraisablehook)
        for number in (signal.SIGTERM, getattr(signal, "SIGHUP", None)):
            if number is not None:
                signal.signal(number, lambda number, _frame: self._on_signal(number))
        try:
            self._handler = begin_log()
            self._lifetime = Lifetime(crash_folder())
        except OSError as error:  # no log is no reason not to open
            _say(f"The log cannot be written: {error}\n")
        sys.excepthook, threading.excepthook, sys.unraisablehook = self._on_error, self._on_thread, self._on_unraisable
        qInstallMessageHandler(self._on_qt)
        self._signs = QTimer(interval=SIGN_EVERY)
        self._signs.setTimerType(Qt.TimerType.VeryCoarseTimer)
        if self._lifetime is not None:
            self._signs.timeout.connect(self._lifetime.go_on)
            self._signs.start()

    def end(self) -> None:
        """The process ends as it should."""
        sys.excepthook, threading.excepthook, sys.unraisablehook = self._before
        qInstallMessageHandler(None)
        self._signs.stop()
        if self._lifetime is not None:
            self._lifetime.end()
        if self._handler is not None:
            logging.getLogger("curator").removeHandler(self._handler)
            self._handler.close()

    def _on_signal(self, number: int) -> None:
        """The system or a person asks for an end: as by the close button; before there is a loop that could close the
        window there is nothing to keep."""
        if QThread.currentThread().loopLevel() > 0:
            QCoreApplication.quit()
            return
        self.end()
        signal.signal(number, signal.SIG_DFL)
        signal.raise_signal(number)

    def _on_error(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            QApplication.quit()
            return
        error = error.with_traceback(trace)
        if self.tell is None:
            words = "".join(traceback.format_exception(error))
            _say(words)
            if self._lifetime is not None:
                self._lifetime.note(words)
            return
        record_unexpected(error, "in the window")
        self.tell(error)

    def _on_thread(self, told: threading.ExceptHookArgs) -> None:
        if told.exc_value is None or issubclass(told.exc_type, SystemExit):
            return
        error = told.exc_value.with_traceback(told.exc_traceback)
        _log.error("a thread ended", exc_info=error)
        record_unexpected(error, "in a thread")

    def _on_unraisable(self, told: UnraisableHookArgs) -> None:
        if told.exc_value is None:
            return
        error = told.exc_value.with_traceback(told.exc_traceback)
        _log.error("an error that could not be raised", exc_info=error)
        record_unexpected(error, "while something was put away")

    def _on_qt(self, kind: QtMsgType, _context: QMessageLogContext, words: str) -> None:
        level = _LEVELS.get(kind)
        if level is None:
            return
        if told := words if kind is QtMsgType.QtFatalMsg else self._words.take(words):
            logging.getLogger("curator.qt").log(level, "%s", told)
            _say(f"{told}\n")
        if _BROKE in words and self._lifetime is not None:
            self._lifetime.end()  # the session has ended, or its screen: Qt leaves at once, and it is no crash of ours
            if _X11_BROKE in words:
                os._exit(_GONE)  # as Qt does next, but its exit() takes things apart that other threads still use
        elif kind is QtMsgType.QtFatalMsg and self._lifetime is not None:
            self._lifetime.note(f"Qt: {words}")  # Qt aborts after this, and faulthandler tells where


def _say(words: str) -> None:
    if sys.stderr is not None:  # a program without a console has none, on Windows
        sys.stderr.write(words)
