"""Fixtures of the window's tests: a real library with the samples, and the real window over it."""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from patience import PatientBot
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication
from tidiness import Leftovers, LogWatch

from curator.services import importing
from curator.services.workspace import Workspace
from curator.ui import main_window
from curator.ui.appearance import Dresser
from curator.ui.collector import generations_due
from curator.ui.main_window import MainWindow
from curator.ui.tasks import Tasks


@pytest.fixture(autouse=True)
def tidy() -> Iterator[None]:
    """Fails a test that leaves a thread or a running timer behind: the next test would pay for it."""
    with pytest.MonkeyPatch.context() as patch:
        leftovers = Leftovers(patch)
        yield
        left = leftovers.found()
    if left:
        pytest.fail("left behind: " + "; ".join(left), pytrace=False)


@pytest.fixture(scope="module", autouse=True)
def collected_here() -> Iterator[None]:
    """As in the window, what nothing refers to any more is collected on its thread: elsewhere widgets crash Qt."""
    yield
    gc.collect()
    gc.enable()


@pytest.fixture(autouse=True)
def collected_between_tests(collected_here: None) -> Iterator[None]:
    """Also after a test that made a window with a collector of its own, or none."""
    gc.disable()
    yield
    if due := generations_due():
        gc.collect(due[-1])


@pytest.fixture(scope="session", autouse=True)
def clipboard_left(qapp: QApplication) -> Iterator[None]:
    """Offscreen, Qt deletes what is in the clipboard after Python has ended, and crashes where Python made it."""
    yield
    qapp.clipboard().clear()


@pytest.fixture(autouse=True)
def log_watch() -> Iterator[LogWatch]:
    """Fails a test in which Curator logs a warning or an error that the test did not `expect`."""
    watch, log = LogWatch(), logging.getLogger("curator")
    log.addHandler(watch)
    yield watch
    log.removeHandler(watch)
    if unexpected := watch.unexpected():
        pytest.fail("\n".join(["in the log:", *unexpected]), pytrace=False)


@pytest.fixture
def qtbot(qapp: QApplication, request: pytest.FixtureRequest) -> PatientBot:
    """pytest-qt's, with the patience of a busy machine."""
    return PatientBot(request)


@pytest.fixture
def sampled_folder(library_folder: Path) -> Path:
    """A library with the sample transcripts in it, closed again."""
    with Workspace.open(library_folder) as ws:
        importing.import_paths(ws, importing.sample_paths())
    return library_folder


OpenWindow = Callable[[Path], MainWindow]


@pytest.fixture
def open_main_window(qapp: QApplication, qtbot, tmp_path: Path, monkeypatch) -> Iterator[OpenWindow]:
    """Opens the window over a library, as the application does; closed at the end if the test did not do it."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(main_window, "PATIENCE", 60.0)  # what is looked at once it is closed has ended by then
    windows: list[MainWindow] = []

    def open_one(folder: Path) -> MainWindow:
        if not hasattr(qapp, "dresser"):
            qapp.dresser = Dresser(qapp)
        window = MainWindow(Tasks(), QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat))
        windows.append(window)
        window.resize(1440, 900)
        window.show()
        window.activateWindow()
        window.attach(Workspace.open(folder))
        qtbot.waitUntil(lambda: window.library.sources.rowCount() > 0)
        qtbot.waitUntil(lambda: window.opened.standing.summary is not None)
        return window

    yield open_one
    for window in windows:
        if window.isVisible():
            window.close()
        window.deleteLater()


@pytest.fixture
def window(open_main_window: OpenWindow, sampled_folder: Path, qtbot) -> MainWindow:
    """The window over the samples, with the first exchange open."""
    window = open_main_window(sampled_folder)
    qtbot.waitUntil(lambda: window.library.desk.view is not None)
    window.library.activate()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is window.library.list.table)
    return window
