"""Widgets that refer to each other are taken apart on the window's thread, whoever makes objects meanwhile."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from curator.ui import collector
from curator.ui.collector import Collector


@pytest.fixture
def frozen_again() -> Iterator[None]:
    """What the rest of the tests made is walked again after this."""
    yield
    gc.unfreeze()


@pytest.mark.usefixtures("frozen_again")
def test_a_widget_is_never_taken_apart_in_another_thread(qapp, qtbot, monkeypatch) -> None:
    monkeypatch.setattr(collector, "EVERY", 10)
    owner, apart = QObject(), []
    made = Collector(owner, 0)
    qtbot.waitUntil(lambda: gc.get_freeze_count() > 0)

    def make_many() -> None:
        kept = [[number] for number in range(200_000)]
        assert len(kept) == 200_000

    def leave_one() -> None:
        widget = QWidget()
        widget.itself = widget
        weakref.finalize(widget, lambda: apart.append(threading.current_thread()))

    leave_one()
    thread = threading.Thread(target=make_many)
    thread.start()
    thread.join()
    assert apart == [], "there was enough to collect, and it waited"
    qtbot.waitUntil(lambda: bool(apart))
    assert apart == [threading.main_thread()]
    made.stop()
