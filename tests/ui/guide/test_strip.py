"""The strip: what it says to eyes, keyboard and screen reader."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from curator.services.guiding import Footing
from curator.ui.controls import KeyCap
from curator.ui.guide.strip import GuideStrip
from curator.ui.guide.way import Stage
from curator.ui.guide.words import Act, starting, words_for

SAMPLES = Footing(total=47, has_samples=True, ready=29)
KEYS = {"mark_clean": "A", "reject": "X", "next": "J", "train": "Ctrl+↩"}


@pytest.fixture
def keys() -> dict[str, str]:
    return dict(KEYS)


@pytest.fixture
def strip(qtbot, keys) -> Iterator[GuideStrip]:
    made = GuideStrip(keys.__getitem__)
    qtbot.addWidget(made)
    made.resize(1400, 60)
    yield made


def test_it_says_the_step_the_sentence_and_the_keys_to_a_screen_reader(strip) -> None:
    QAccessible.setActive(True)  # as with a screen reader: the step is announced, too
    try:
        strip.show_step(words_for(Stage.MARK, SAMPLES, "library"), 0, 5)
        seen = QAccessible.queryAccessibleInterface(strip)
        assert seen.text(QAccessible.Text.Name) == "First steps, step 1 of 5"
        said = seen.text(QAccessible.Text.Description)
    finally:
        QAccessible.setActive(False)
    assert said.startswith("Read, and mark three")
    assert said.endswith("A keep, X leave out, J next")


def test_a_screen_reader_hears_new_steps_whole_and_then_only_what_is_new(strip, monkeypatch) -> None:
    heard: list[str] = []
    monkeypatch.setattr("curator.ui.guide.strip.announce", lambda _widget, words: heard.append(words))
    strip.show_step(words_for(Stage.MARK, SAMPLES, "library"), 0, 5)
    strip.show_step(words_for(Stage.MARK, SAMPLES, "runs"), 0, 5)
    strip.show_step(words_for(Stage.MARK, replace(SAMPLES, clean=2, ready=27), "library"), 0, 5)
    strip.show_step(words_for(Stage.TRAIN, replace(SAMPLES, clean=29, ready=0), "library"), 2, 5)
    for share in (33, 66):
        strip.show_step(starting(f"Preparing the base model, {share} %"), 2, 5)
    assert [words.partition(".")[0] for words in heard] == [
        "step 1 of 5",
        "Read, and mark one more answer that you would want again",
        "step 3 of 5",
    ]


def test_keys_that_a_person_changed_are_shown_as_they_are_now(strip, keys, qtbot) -> None:
    def shown() -> list[str]:
        return [cap.text for cap in strip.findChildren(KeyCap) if cap.isVisible()]

    strip.show_step(words_for(Stage.MARK, SAMPLES, "library"), 0, 5)
    qtbot.waitUntil(lambda: shown() == ["A", "X", "J"])
    keys["mark_clean"] = "Y"
    strip.renew_keys()
    qtbot.waitUntil(lambda: shown() == ["Y", "X", "J"])


def test_it_takes_no_focus_and_a_click_leaves_the_keyboard_where_it_is(strip, qtbot) -> None:
    asked = []
    strip.asked.connect(asked.append)
    strip.show_step(words_for(Stage.ROWS, SAMPLES, "library"), 1, 5)
    strip.activateWindow()
    assert QApplication.focusWidget() not in strip.buttons()
    button = strip.buttons()[0]
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert asked == [Act.MARK_SAMPLES]
    assert not button.hasFocus()


def test_the_keyboard_goes_on_to_the_button_of_the_next_step(strip, qtbot) -> None:
    strip.show_step(words_for(Stage.ROWS, SAMPLES, "library"), 1, 5)
    strip.activateWindow()
    strip.take_focus()
    qtbot.waitUntil(lambda: strip.buttons()[0].hasFocus())
    strip.show_step(words_for(Stage.TRAIN, SAMPLES, "library"), 2, 5)
    assert strip.buttons()[0].hasFocus() and strip.buttons()[0].text() == "Train a quick look"


def test_tab_leads_from_the_buttons_to_the_cross(strip, qtbot) -> None:
    over = replace(SAMPLES, clean=29, taken=29, ready=0)
    strip.show_step(words_for(Stage.OVER, over, "runs"), 5, 5)
    strip.activateWindow()
    strip.take_focus()
    first, second = strip.buttons()
    qtbot.waitUntil(first.hasFocus)
    for following in (second, strip.leave):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        assert following.hasFocus()


def test_escape_leaves_from_any_of_its_buttons(strip, qtbot) -> None:
    strip.show_step(words_for(Stage.ROWS, SAMPLES, "library"), 1, 5)
    with qtbot.waitSignal(strip.left, timeout=1000):
        QTest.keyClick(strip.buttons()[0], Qt.Key.Key_Escape)


def test_in_a_low_window_it_is_one_line_and_the_tooltip_says_the_rest(strip) -> None:
    words = words_for(Stage.ROWS, SAMPLES, "library")
    strip.show_step(words, 1, 5)
    high = strip.sizeHint().height()
    strip.set_low(True)
    strip.show_step(words, 1, 5)
    assert strip.sizeHint().height() < high and not strip.detail.isVisible()
    assert strip.title.toolTip() == words.detail


def test_a_disc_for_each_step_and_words_for_where_one_is(strip) -> None:
    strip.steps.show_at(4, 5)
    assert strip.steps.words == "step 5 of 5"
    five = strip.steps.size()
    strip.steps.show_at(4, 4)
    assert strip.steps.words == "all steps done"
    assert QSize(strip.steps.size()).width() < five.width()
