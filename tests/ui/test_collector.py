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

    kept: list[list[int]] = []

    def make_many() -> None:
        kept.extend([number] for number in range(200_000))

    def leave_one() -> None:
        widget = QWidget()
        widget.itself = widget
        weakref.finalize(widget, lambda: apart.append(threading.current_thread()))

    leave_one()
    thread = threading.Thread(target=make_many)
    thread.start()
    thread.join()
    assert apart == [] and gc.get_count()[0] > 100_000, "there was enough to collect, and it waited"
    qtbot.waitUntil(lambda: bool(apart))
    assert apart == [threading.main_thread()]
    made.stop()


@pytest.fixture
def hasty() -> Iterator[None]:
    """Each look finds enough new objects for all generations."""
    before = gc.get_threshold()
    gc.set_threshold(1, 1, 1)
    yield
    gc.set_threshold(*before)


def full_walks() -> int:
    return gc.get_stats()[collector.OLDEST]["collections"]


@pytest.mark.usefixtures("frozen_again", "hasty")
def test_what_is_old_is_walked_again_only_when_a_quarter_as_much_is_new(qapp) -> None:
    owner = QObject()
    made = Collector(owner, 60_000)
    made.stop()
    gc.collect()
    gc.freeze()

    def looks(number: int) -> int:
        before = full_walks()
        for _ in range(number):
            few = [[number] for number in range(300)]
            made.look()
            assert len(few) == 300, "so that something was due"
            del few
        return full_walks() - before

    kept = [[number] for number in range(100_000)]
    assert looks(20) == 1, "all of it is new once"
    assert looks(60) == 0, "60 looks later nothing much is new"
    more = [[number] for number in range(30_000)]
    assert looks(20) == 1
    assert len(kept) + len(more) == 130_000
    del kept
    while not looks(20):  # what went of itself is noticed with the next walk, which is no longer so far
        more += [[number] for number in range(1_000)]
    assert len(more) < 75_000
    more = [[number] for number in range(15_000)]
    assert looks(20) == 1, "a quarter of what is left, and not of all there ever was"
