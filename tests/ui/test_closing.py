"""A window that closes keeps what was asked, and waits seconds for it, not minutes."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from job_running import wait_until

from curator.core.errors import LibraryClosedError, LibraryError
from curator.services import crashes, settings
from curator.tokens import apart
from curator.ui import application, heartbeat, main_window
from curator.ui.closing import Closing
from curator.ui.main_window import MainWindow
from curator.ui.tasks import Tasks


def test_the_window_goes_before_a_write_that_waits_and_the_write_is_done(window: MainWindow, monkeypatch) -> None:
    monkeypatch.setattr(main_window, "PATIENCE", 0.5)
    ws, gate, kept = window.opened.workspace, threading.Event(), []
    window.tasks.write(lambda: gate.wait(60))
    window.tasks.write(lambda: kept.append(settings.keep(ws, "asked-last", "yes")))
    window.close()
    try:
        assert not window.isVisible()
        assert window.status.accessibleDescription() == "Closing, as soon as what was asked last is done"
        assert kept == [] and not window.closing.wait(0)
    finally:
        gate.set()
    assert window.closing.wait(60)
    assert len(kept) == 1
    with pytest.raises(LibraryError):
        settings.keep(ws, "asked-later", "yes")  # the library was closed after it


def test_what_asks_a_library_that_was_closed_with_its_window_is_told_to_nobody(window: MainWindow) -> None:
    ws = window.opened.workspace
    window.close()
    assert window.closing.wait(60)
    with pytest.raises(LibraryClosedError) as late:
        ws.library.sessions()
    window.fail(late.value)
    assert window.notice.isHidden()


def test_it_is_said_what_is_waited_for(qapp) -> None:
    tasks, wrote, read, ended = Tasks(), threading.Event(), threading.Event(), threading.Event()
    is_reading, let_go, is_ending = threading.Event(), threading.Event(), threading.Event()

    def look() -> None:
        is_reading.set()
        assert read.wait(60)

    def end() -> None:
        is_ending.set()
        assert ended.wait(60)

    tasks.write(lambda: wrote.wait(60))
    tasks.read(look, lambda _: None)
    assert is_reading.wait(60) and tasks.is_writing
    closing = Closing(tasks, let_go.set, end)
    assert closing.words == "Closing, as soon as what was asked last is done"
    assert not let_go.is_set()
    wrote.set()
    assert let_go.wait(60)
    assert closing.words == "Closing, as soon as what still runs has stopped" and not tasks.is_writing
    read.set()
    assert is_ending.wait(60)
    assert closing.words == "Closing the library" and not closing.wait(0)
    ended.set()
    assert closing.wait(60)


def test_nobody_waits_for_tokens_that_a_closing_window_does_not_show(window: MainWindow, monkeypatch) -> None:
    monkeypatch.setattr(apart, "command", lambda: [sys.executable, "-c", "import time; time.sleep(600)"])
    ws, counted = window.opened.workspace, []
    ws._counts_apart = True
    window.tasks.count(ws._make_estimate, counted.append)
    wait_until(lambda: ws._counting is not None and ws._counting.pid > 0, "the process that counts")
    window.close()
    assert window.closing.wait(60) and counted == []


def test_long_work_that_does_not_stop_goes_with_the_process(qapp) -> None:
    tasks, gate, begun = Tasks(), threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        gate.wait(60)

    for _ in range(3):
        tasks.long(work)
    assert begun.wait(60)
    tasks.shutdown(patience=0.01)
    assert len(tasks._long) == 3, "they were not waited for"
    gate.set()


def test_a_library_that_is_still_being_opened_is_closed_too(qapp, qtbot, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setattr(heartbeat, "WARN", 60.0)
    real, is_opening, may_open = application._open, threading.Event(), threading.Event()

    def open_slowly(folder: Path) -> object:
        is_opening.set()
        assert may_open.wait(60)
        return real(folder)

    monkeypatch.setattr(application, "_open", open_slowly)
    monkeypatch.setattr(main_window, "PATIENCE", 0.3)
    window = application.open_window(qapp, tmp_path / "library", [])
    qtbot.waitUntil(is_opening.is_set)
    [opening] = window.tasks._long
    window.close()
    window.collector.stop()
    may_open.set()
    opening.join(60)
    assert not opening.is_alive() and window.closing.wait(60)
    assert (tmp_path / "library" / "library.open").read_bytes() == b"left", "whoever opens it next need not check it"


def test_a_library_that_was_opened_and_not_yet_shown_is_closed_too(qapp, qtbot, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setattr(heartbeat, "WARN", 60.0)
    window = application.open_window(qapp, tmp_path / "library", [])
    qtbot.waitUntil(lambda: bool(window.tasks._long))
    for opening in list(window.tasks._long):
        opening.join(60)  # no event is served meanwhile: the open library waits for its turn
    assert window.opened is None
    window.close()
    window.collector.stop()
    assert window.closing.wait(60) and window.opened is None
    assert (tmp_path / "library" / "library.open").read_bytes() == b"left", "whoever opens it next need not check it"


HANGING = """
import sys, threading, time
from PySide6.QtCore import QTimer
from curator.ui import application, main_window
main_window.PATIENCE, application.LINGER = 0.3, 0.1
real = application.open_window
def opened(*given):
    window = real(*given)
    def hang():
        getattr(window.tasks, sys.argv[2])(threading.Event().wait, *[print][: sys.argv[2] == "read"])
        window.close()
    window.attached.connect(lambda: QTimer.singleShot(0, hang))
    return window
application.open_window = opened
leave = application._leave
def once_written(code, window, reporting):
    while sys.argv[2] == "read" and window.tasks.is_writing:
        time.sleep(0.01)  # where the person is: a slow disk is not the question here
    leave(code, window, reporting)
application._leave = once_written
sys.exit(application.run_window(["--library", sys.argv[1]]))
"""


@pytest.mark.parametrize("kind", ["write", "read"])
def test_a_process_in_which_something_hangs_for_ever_ends(tmp_path: Path, kind: str) -> None:
    words = {**os.environ, "HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", HANGING, str(tmp_path / "library"), kind], timeout=120, env=words, check=False
    )
    assert done.returncode == 0
    assert (crashes.look_back() is not None) == (kind == "write"), "what was asked and is not done is no good end"
