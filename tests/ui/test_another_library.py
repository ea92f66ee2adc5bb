"""A library that cannot be opened: what the window says, and what it offers."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QApplication

from curator.ui import heartbeat
from curator.ui.another_library import NEW, library_in
from curator.ui.application import open_window


def test_a_library_that_cannot_be_opened_is_said_and_can_be_tried_again(
    qapp, qtbot, tmp_path: Path, monkeypatch, log_watch
) -> None:
    log_watch.expect("told to the person")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setattr(heartbeat, "WARN", 60.0)  # how fast it answers beside other tests is not the question here
    place = tmp_path / "library"
    place.write_text("a file stands where the folder should be", encoding="utf-8")
    assert isinstance(qapp, QApplication)
    window = open_window(qapp, place, [])
    try:
        qtbot.waitUntil(lambda: not window.notice.isHidden(), timeout=20000)
        assert "cannot be used" in window.notice.words
        assert window.status.accessibleDescription() == "No library is open"
        again = next(button for button in window.notice.buttons() if button.text() == "Try again")
        place.unlink()
        again.click()
        qtbot.waitUntil(lambda: window.opened is not None, timeout=20000)
        assert window.notice.isHidden()
    finally:
        window.close()
        window.beat.stop()
        window.collector.stop()
        window.instance.close()


def test_a_library_never_mixes_with_other_files(tmp_path: Path) -> None:
    assert library_in(tmp_path) == tmp_path
    (tmp_path / "letter.txt").write_text("mine", encoding="utf-8")
    assert library_in(tmp_path) == tmp_path / NEW
    (tmp_path / "library.db").touch()
    assert library_in(tmp_path) == tmp_path
