"""Crash reports, diagnostics and a reset of the settings, as a person meets them in the window."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, Qt, qWarning
from PySide6.QtGui import QDesktopServices
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog
from screen import screen

from curator import __version__
from curator.core.errors import LibraryError
from curator.services import budgets, crashes, settings, updates
from curator.services.lifetime import crash_folder
from curator.services.logs import log_file
from curator.ui.dialogs.crash import NONE, CrashCard
from curator.ui.dialogs.diagnostics import DiagnosticsCard
from curator.ui.dialogs.updates import NO_PAGE, UpdatesLine
from curator.ui.main_window import MainWindow
from curator.ui.reporting.crash_desk import CrashDesk
from curator.ui.reporting.process import Reporting
from curator.ui.reporting.reading import ReadingCard
from curator.ui.tasks import Tasks


def card_of(window, kind: type[ReadingCard]) -> ReadingCard | None:
    return next((card for card in window.findChildren(kind) if card.isVisible()), None)


def button(window, words: str):
    return next(b for b in window.notice.buttons() if b.text() == words)


@pytest.fixture
def reporting(qapp: QApplication) -> Iterator[Reporting]:
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    begun = Reporting()
    yield begun
    begun.end()
    logging.getLogger("curator").setLevel(logging.NOTSET)
    for number, handler in before.items():
        signal.signal(number, handler)


def test_an_end_that_nobody_expected_is_told_once_and_can_be_read(window, qtbot) -> None:
    crash_folder().mkdir(parents=True)
    (crash_folder() / "1-1.mark").write_text("torn by the crash")
    (crash_folder() / "1-1.trace").write_text('Fatal Python error: Aborted\n\n  File "x.py", line 3 in paint\n')
    desk, told = CrashDesk(window), []
    desk.look_back()
    qtbot.waitUntil(lambda: window.notice.isVisible())
    assert window.notice.words.startswith("Curator ended unexpectedly; it was last heard of today at ")
    button(window, "Read the report").click()
    qtbot.waitUntil(lambda: (card := card_of(window, CrashCard)) is not None and "in paint" in card.text.toPlainText())
    card = card_of(window, CrashCard)
    assert "SIGABRT" in card.text.toPlainText() and card.which.currentText().startswith("Today at")
    card.copy.click()
    assert "in paint" in QApplication.clipboard().text()
    card.remove.click()
    qtbot.waitUntil(lambda: card.text.toPlainText() == NONE)
    assert not card.save.isEnabled() and crashes.reports() == []
    QTest.keyClick(card, Qt.Key.Key_Escape)
    assert card_of(window, CrashCard) is None
    window.notice.dismiss()
    desk.look_back()
    window.tasks.read(crashes.reports, told.append)
    qtbot.waitUntil(lambda: bool(told))
    assert window.notice.isHidden()


def test_a_report_is_saved_where_the_person_says(window, qtbot, tmp_path: Path, monkeypatch) -> None:
    try:
        raise ValueError("a text of mine")
    except ValueError as error:
        crashes.record(error)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "report.txt"), ""))
    CrashDesk(window).open()
    qtbot.waitUntil(lambda: (card := card_of(window, CrashCard)) is not None and card.save.isEnabled())
    card_of(window, CrashCard).save.click()
    saved = tmp_path / "report.txt"
    qtbot.waitUntil(lambda: saved.exists() and "ValueError" in saved.read_text())
    card_of(window, CrashCard).close_button.click()


def test_errors_of_every_kind_are_recorded_and_told(reporting: Reporting, qtbot, log_watch) -> None:
    log_watch.expect("a thread ended: KeyError")
    log_watch.expect("could not be raised: IndexError")
    log_watch.expect("from Qt itself")
    told: list[BaseException] = []
    reporting.tell = told.append
    sys.excepthook(ZeroDivisionError, ZeroDivisionError("division by zero"), None)

    def fail() -> None:
        raise KeyError("in a thread")

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()

    class Gone:
        def __del__(self) -> None:
            raise IndexError("while it goes")

    Gone()
    qWarning("from Qt itself")
    assert [type(error) for error in told] == [ZeroDivisionError]
    kinds = {kind for kind in ("ZeroDivision", "Key", "Index") for one in crashes.reports() if kind in read(one)}
    assert kinds == {"ZeroDivision", "Key", "Index"}
    assert "WARNING curator.qt: from Qt itself" in log_file().read_text()


def test_a_warning_of_qt_that_comes_again_and_again_does_not_fill_the_log(reporting: Reporting, log_watch) -> None:
    log_watch.expect("QAccessible")
    log_watch.expect("another kind")
    for number in range(1_050):
        qWarning(f"QAccessibleTable::child: Invalid index at: {number} {number % 7} 0x{number:x}")
    qWarning("of another kind")
    lines = [line for line in log_file().read_text().splitlines() if "curator.qt" in line]
    assert [line.rpartition("at: ")[2].partition(" ")[0] for line in lines[:-1]] == ["0", "1", "2", "9", "99", "999"]
    assert lines[-2].endswith("(the 1,000th of its kind)") and lines[-1].endswith("of another kind")


def test_what_nobody_expected_of_work_beside_the_window_is_written_down(window, qtbot, log_watch) -> None:
    log_watch.expect("told to the person: LookupError")
    log_watch.expect("told to the person: LibraryError")
    desk = CrashDesk(window)

    def fail(error: Exception) -> None:
        raise error

    window.tasks.read(lambda: fail(LibraryError("The disk is full.")), print)
    words = " ".join(("a", "text", "of", "mine"))
    window.tasks.read(lambda: fail(LookupError(words)), print)
    qtbot.waitUntil(lambda: bool(crashes.reports()))
    (report,) = crashes.reports()
    assert "LookupError" in read(report) and words not in read(report) and desk.parent() is window


def read(report: crashes.CrashReport) -> str:
    return crashes.read(report.path)


START = "import sys; from curator.ui.application import run_window; sys.exit(run_window([]))"


@pytest.mark.parametrize(
    ("number", "is_open", "codes"), [("SIGSEGV", True, (-11,)), ("SIGTERM", True, (0,)), ("SIGTERM", False, (-15, 0))]
)
def test_a_window_that_crashes_leaves_its_trace_and_one_that_is_asked_to_end_does_not(
    qtbot, tmp_path: Path, number: str, is_open: bool, codes: tuple[int, ...]
) -> None:
    environment = os.environ | {"HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path / "state")}
    folder = tmp_path / "state" / "Curator" / "log" / "crashes"
    window = subprocess.Popen([sys.executable, "-c", START], env=environment, stderr=subprocess.DEVNULL)
    try:
        library = Path(os.environ["CURATOR_LIBRARY"]) / "library.db"
        qtbot.waitUntil(lambda: bool(list(folder.glob("*.mark"))), timeout=30000)
        if is_open:
            qtbot.waitUntil(library.exists, timeout=30000)
        window.send_signal(getattr(signal, number))
        assert window.wait(120) in codes
    finally:
        window.kill()
        window.wait()
    if number == "SIGSEGV":
        report = crashes.look_back(folder)
        assert report is not None and "SIGSEGV" in read(report)
    assert [path.suffix for path in folder.iterdir()] == ([".txt"] if number == "SIGSEGV" else [])


@pytest.mark.window
def test_a_screen_that_goes_away_is_no_crash(qtbot, tmp_path: Path) -> None:
    environment = os.environ | {"HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path / "state")}
    del environment["QT_QPA_PLATFORM"]
    folder = tmp_path / "state" / "Curator" / "log" / "crashes"
    said = tmp_path / "said"
    with screen() as display, said.open("wb") as words:
        window = subprocess.Popen([sys.executable, "-c", START], env=environment | {"DISPLAY": display}, stderr=words)
        library = Path(os.environ["CURATOR_LIBRARY"]) / "library.db"
        qtbot.waitUntil(lambda: library.exists() or window.poll() is not None)
        assert window.poll() is None, said.read_text(errors="replace")
        assert len(list(folder.iterdir())) == 2
    try:
        assert window.wait(120) == 1
    finally:
        window.kill()
        window.wait()
    assert list(folder.iterdir()) == []


def test_the_diagnostics_are_read_and_then_saved_as_they_were_read(window, qtbot, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("OLLAMA_HOST", "127.0.0.1:9")
    target = tmp_path / "given.zip"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    window.actions_.trigger("diagnostics")
    qtbot.waitUntil(lambda: card_of(window, DiagnosticsCard) is not None)
    card = card_of(window, DiagnosticsCard)
    qtbot.waitUntil(lambda: card.save.isEnabled(), timeout=20000)
    card.which.setCurrentText("findings.txt")
    assert "ok  library" in card.text.toPlainText()
    card.save.click()
    qtbot.waitUntil(target.exists)
    qtbot.waitUntil(lambda: window.notice.words == "Saved given.zip.")
    with zipfile.ZipFile(target) as archive:
        assert {name: archive.read(name).decode() for name in archive.namelist()} == card.files
    assert card_of(window, DiagnosticsCard) is None


def test_the_settings_are_reset_at_once_and_undone_at_once(window, qtbot) -> None:
    ws, looks = window.opened.workspace, []
    window.appearance_chosen.connect(looks.append)
    budgets.set_limit(ws, 1024)
    settings.keep(ws, "window.appearance", "dark")
    settings.keep(ws, "window.keys", '{"reject": ["Q"]}')
    window.actions_.load_keys('{"reject": ["Q"]}')
    window.resize(1100, 700)
    window.actions_.trigger("reset_settings")
    qtbot.waitUntil(lambda: looks[-1:] == ["system"])
    assert budgets.limit(ws) != 1024 and window.actions_.keys("reject") == ("X",)
    assert window.height() != 700 and "settings before" in window.notice.words
    button(window, "Undo").click()
    qtbot.waitUntil(lambda: looks[-1] == "dark")
    assert budgets.limit(ws) == 1024 and window.actions_.keys("reject") == ("Q",)
    assert window.height() == 700


def test_newer_versions_are_allowed_and_told_in_the_settings(window, qtbot, monkeypatch) -> None:
    monkeypatch.setenv("CURATOR_RELEASES", "http://127.0.0.1:9/latest")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    ws, opened = window.opened.workspace, []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toString()))
    window.actions_.trigger("settings")
    line = next(line for line in window.findChildren(UpdatesLine) if line.isVisible())
    qtbot.waitUntil(line.look.isEnabled)
    assert not line.tick.isChecked() and line.words.text() == "" and not line.see.isVisible()
    line.tick.click()
    qtbot.waitUntil(lambda: updates.standing(ws).is_allowed)
    line.look.click()
    qtbot.waitUntil(lambda: "could not be reached" in line.words.text())
    assert line.look.isEnabled() and window.notice.isHidden(), "what fails is told here and nowhere else"
    page = "https://github.com/somebody/curator/releases/tag/v99.1"
    settings.keep(ws, "updates.found", json.dumps({"version": "99.1", "page": page, "published": "2025-11-20"}))
    window.opened.help.updates.look()
    qtbot.waitUntil(window.notice.isVisible)
    assert window.notice.words == f"Curator 99.1 is there since 20 November 2025; you have {__version__}."
    button(window, "What is new").click()
    assert opened == [page]
    window.opened.overlays.close()


def test_without_an_address_the_settings_say_so(window, qtbot, monkeypatch) -> None:
    monkeypatch.delenv("CURATOR_RELEASES", raising=False)
    window.actions_.trigger("settings")
    line = next(line for line in window.findChildren(UpdatesLine) if line.isVisible())
    qtbot.waitUntil(lambda: line.words.text() == NO_PAGE)
    assert not line.tick.isEnabled() and not line.look.isEnabled()
    window.opened.overlays.close()


def test_diagnostics_can_be_written_where_no_library_opens(qapp, qtbot, tmp_path: Path) -> None:
    bare = MainWindow(Tasks(), QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat))
    bare.show()
    desk = CrashDesk(bare)
    bare.actions_.trigger("diagnostics")
    qtbot.waitUntil(lambda: (card := card_of(bare, DiagnosticsCard)) is not None and card.save.isEnabled())
    assert "is not open" in card_of(bare, DiagnosticsCard).files["findings.txt"] and desk.parent() is bare
    assert not card_of(bare, DiagnosticsCard).tries.isVisible()
    bare.close()
    bare.deleteLater()


def test_a_window_leaves_word_that_it_is_still_there(reporting: Reporting) -> None:
    [trace] = crash_folder().glob("*.trace")
    os.utime(trace, (1, 1))
    reporting._signs.timeout.emit()
    assert trace.stat().st_mtime > 1 and reporting._signs.isActive()
    reporting.end()
    assert not reporting._signs.isActive()
