"""A window comes back where it was: also without a frame, at the edge of the screen."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QRect, QSettings, Qt

from curator.ui.main_window import MainWindow
from curator.ui.tasks import Tasks


@pytest.mark.parametrize("place", [QRect(0, 0, 1024, 640), QRect(0, 0, 1024, 790), QRect(0, 40, 1024, 700)])
def test_a_window_without_a_frame_comes_back_where_it_was(qtbot, tmp_path: Path, place: QRect) -> None:
    found = []
    for _ in range(3):
        window = MainWindow(Tasks(), QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat))
        window.setWindowFlag(Qt.WindowType.FramelessWindowHint)
        window.show()
        qtbot.waitUntil(window.isVisible)
        if not found:
            window.setGeometry(place)
            qtbot.waitUntil(lambda shown=window: shown.geometry() == place)
        found.append(window.geometry())
        window.close()
        window.deleteLater()
    assert found == [place, place, place]


def test_a_reset_keeps_the_window_on_the_screen_and_its_undo_brings_it_back(qtbot, tmp_path: Path) -> None:
    window = MainWindow(Tasks(), QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat))
    window.setWindowFlag(Qt.WindowType.FramelessWindowHint)
    window.show()
    room = window.screen().availableGeometry()
    place = QRect(room.x(), room.y(), 1024, 640)
    window.setGeometry(place)
    qtbot.waitUntil(lambda: window.geometry() == place)
    kept = window.shape.kept()
    window.shape.take({})
    assert window.height() > 640 and room.contains(window.pos())
    assert window.geometry().bottom() <= room.bottom() or window.y() == room.y()
    window.shape.take(kept)
    assert window.geometry() == place
    window.close()
