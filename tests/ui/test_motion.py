"""A decision is washed for a moment, and not at all where less motion is asked for."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QAbstractAnimation, QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from curator.core.row import State
from curator.ui import motion
from curator.ui.theme import scheme_of
from curator.ui.views.exchange_list import FADE


def plane(window) -> QColor:
    """The colour of the first card where nothing is written."""
    image = window.library.list.table.viewport().grab().toImage()
    return image.pixelColor(QPoint(6, 50) * image.devicePixelRatio())


def test_a_decision_is_washed_and_the_wash_fades_away(window, qtbot) -> None:
    exchanges = window.library.list
    exchanges.set_motion(True)
    exchanges._fade.setDuration(10 * FADE)  # a grab takes a while
    window.library.review.decide(State.CLEAN)
    exchanges._fade.pause()
    exchanges._on_faded(1.0)
    assert plane(window) == scheme_of(exchanges).color("good_wash")
    exchanges._fade.resume()
    qtbot.waitUntil(lambda: exchanges._fade.state() is QAbstractAnimation.State.Stopped)
    assert plane(window) == scheme_of(exchanges).color("listing")


def test_without_a_screen_nothing_moves(window, qtbot) -> None:
    assert motion.wants_less()
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_A)
    assert window.library.list._fade.state() is QAbstractAnimation.State.Stopped
    assert plane(window) == scheme_of(window).color("listing")


@pytest.mark.parametrize(
    ("gnome", "kde", "less"),
    [("true\n", "", False), ("false\n", "", True), ("", "", False), ("", "0", True), ("", "1.5", False)],
)
def test_linux_is_asked_in_its_two_ways(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, gnome: str, kde: str, less: bool
) -> None:
    program = tmp_path / "gsettings"
    program.write_text(f"#!/bin/sh\nprintf '{gnome}'\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(motion.sys, "platform", "linux")
    monkeypatch.setattr(motion.QGuiApplication, "platformName", staticmethod(lambda: "xcb"))
    if kde:
        (tmp_path / ".config").mkdir()
        (tmp_path / ".config" / "kdeglobals").write_text(f"[KDE]\nAnimationDurationFactor={kde}\n", encoding="utf-8")
    assert motion.wants_less() is less
