"""The reader tells an exchange like a script, never stands still, and keeps its place."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from exchange_views import SECRET, STEPS, VIEW, exchange_view
from PySide6.QtCore import QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QAccessible, QGuiApplication, QImage, QKeySequence, QShortcut, QWheelEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from curator.core.exchange import Event, EventKind
from curator.core.query import ExchangeView
from curator.core.row import State
from curator.core.signal import SignalHit
from curator.ui.controls import Tag
from curator.ui.theme import DARK, LIGHT, palette
from curator.ui.views.composer import Composer
from curator.ui.views.growing_prose import SLICE, GrowingProse
from curator.ui.views.markdown import LONGEST_LINE
from curator.ui.views.prose import Prose, prose_width
from curator.ui.views.reader import FIRST_PART, Reader
from curator.ui.views.spoken import Speaker
from curator.ui.views.steps import FoldLine, StepLine


@pytest.fixture
def reader(qtbot: QtBot) -> Reader:
    reader = Reader()
    qtbot.addWidget(reader)
    reader.resize(816, 480)
    with qtbot.waitExposed(reader):
        reader.show()
    return reader


def prose_of(reader: Reader) -> list[Any]:
    return [prose for prose in reader.findChildren(Prose) if prose.isVisibleTo(reader)]


def show(reader: Reader, view: ExchangeView) -> None:
    """Show an exchange and wait until all of its first part is set."""
    reader.show_exchange(view)
    while not all(prose.is_whole for prose in reader.findChildren(GrowingProse)):
        QApplication.processEvents()


def told(reader: Reader) -> str:
    return "\n".join(prose.toPlainText() for prose in prose_of(reader))


def speakers(reader: Reader) -> list[str]:
    found = [s for s in reader.findChildren(Speaker) if s.isVisibleTo(reader)]
    return [s.name for s in sorted(found, key=lambda s: s.mapTo(reader, QPoint(0, 0)).y())]


def test_without_an_exchange_it_says_what_to_do(reader: Reader) -> None:
    assert reader._empty.isVisible() and not reader._head.isVisible()
    reader.show_exchange(VIEW)
    assert not reader._empty.isVisible()
    reader.show_exchange(None)
    assert reader._empty.isVisible() and not prose_of(reader)


def test_a_source_that_is_gone_is_a_mark_in_the_head(reader: Reader) -> None:
    def mark() -> Tag | None:
        return next((t for t in reader._badges.findChildren(Tag) if t.accessibleName() == "source gone"), None)

    reader.show_exchange(VIEW)
    assert mark() is None
    reader.show_exchange(replace(VIEW, source_is_gone=True))
    QApplication.processEvents()
    found = mark()
    assert found is not None and found.isVisible() and VIEW.path in found.toolTip()


def test_an_exchange_is_told_in_order(reader: Reader) -> None:
    reader.show_exchange(VIEW)
    assert VIEW.prompt.startswith(reader._title.text())
    assert reader._where.text().startswith("Three deliveries for one payment · payments · Claude Code · 14 October")
    assert reader._where.text().endswith("14:02 · exchange 4 of 9")
    assert speakers(reader) == ["You", "Claude Code", ""]
    assert told(reader).split("\n")[0] == VIEW.prompt
    assert "Key on event.id instead." in told(reader), "inline code stands without its backticks"
    assert [line.step.verb for line in reader.findChildren(StepLine)] == ["Thought", "Read", "Ran"]


def test_the_column_is_72_characters_wide_and_gives_way_in_a_small_window(reader: Reader, qtbot: QtBot) -> None:
    reader.show_exchange(exchange_view(prompt="word " * 80))
    assert abs(prose_of(reader)[0].width() - prose_width()) <= 8
    reader.resize(500, 480)
    qtbot.waitUntil(lambda: prose_of(reader)[0].width() < prose_width())
    prose = prose_of(reader)[0]
    assert prose.mapTo(reader, QPoint(prose.width(), 0)).x() <= 500


def test_steering_breaks_the_work_and_is_said_by_the_person(reader: Reader) -> None:
    steps = (*STEPS[:3], Event(EventKind.STEERING, "Only read, please."), *STEPS[3:])
    reader.show_exchange(exchange_view(steps=steps))
    assert speakers(reader) == ["You", "Claude Code", "You", "", ""]
    assert "Only read, please." in told(reader)


def test_badges_name_the_signals_and_leave_in_a_small_window(reader: Reader, qtbot: QtBot) -> None:
    hits = (*VIEW.signals, SignalHit("context_dep"), SignalHit("status_only"), SignalHit("too_long"))
    reader.show_exchange(exchange_view(signals=hits))
    tags = [tag.text for tag in reader.findChildren(Tag) if tag.isVisibleTo(reader)]
    assert tags == ["secret", "context · 2", "status only", "+1"]
    reader.resize(500, 480)
    qtbot.waitUntil(lambda: not reader._badges.isVisible())


def test_signal_words_are_marked_and_explained(reader: Reader) -> None:
    reader.show_exchange(VIEW)
    prompt = prose_of(reader)[0]
    mark = next(mark for mark in prompt.marks() if mark.kind == "context")
    assert prompt.toPlainText()[mark.start : mark.end] == "In the log I pasted above"
    assert prompt._tip_at(QPoint(30, 8)) == "<span>The prompt leans on something said before.</span>"
    assert "reason" in {mark.kind for mark in prose_of(reader)[-1].marks()}, "“because” gives a reason"


def test_no_secret_is_ever_readable(reader: Reader) -> None:
    text = f"my key is {SECRET}, use it"
    reader.show_exchange(exchange_view(prompt=text, response=f"`{SECRET}` is in the log"))
    reader.unfold_all()
    everything = told(reader) + "".join(widget.accessibleName() for widget in reader.findChildren(QWidget))
    assert SECRET not in everything and SECRET[10:] not in everything
    assert "whsec_4fT9…" in told(reader)


def test_an_exchange_without_an_answer_says_why(reader: Reader) -> None:
    reader.show_exchange(exchange_view(response="", signals=(SignalHit("interrupted"), SignalHit("no_answer"))))
    labels = [label.text() for label in reader.findChildren(type(reader._title).__bases__[0]) if label.isVisible()]
    assert "You stopped the assistant here." in labels


@pytest.mark.parametrize("text", ["word " * 200_000, "x" * 1_000_000], ids=["words", "one word"])
def test_one_line_of_a_megabyte_is_set_slice_by_slice_in_short_lines(
    reader: Reader, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    """What a turn of the event loop may cost is what it may set; bench_reader.py tells how long that takes."""
    turns = 0

    def on_turn() -> None:
        nonlocal turns
        turns += 1

    beat = QTimer(reader, interval=0)
    beat.timeout.connect(on_turn)
    beat.start()
    set_in: list[tuple[int, int]] = []  # which turn, and how many characters more there were after it
    fill = Composer.fill

    def watched_fill(composer: Composer, characters: int = sys.maxsize) -> bool:
        before = composer.doc.characterCount()
        is_whole = fill(composer, characters)
        if characters < sys.maxsize:
            set_in.append((turns, composer.doc.characterCount() - before))
        return is_whole

    reader.show_exchange(VIEW)
    monkeypatch.setattr(Composer, "fill", watched_fill)
    show(reader, exchange_view(id=2, response=text))
    prompt, *slices = set_in
    assert prompt[0] == slices[0][0] == 0, "the beginning is there at once"
    assert len({turn for turn, _ in slices}) == len(slices) > 6, "and the window answers between two slices"
    assert max(size for _, size in slices) <= SLICE + LONGEST_LINE + 1
    answer = prose_of(reader)[-1]
    block, lines = answer.document().begin(), []
    while block.isValid():
        lines.append(block.length() - 1)
        block = block.next()
    assert max(lines) <= LONGEST_LINE and FIRST_PART * 3 // 4 <= sum(lines) <= FIRST_PART
    beat.stop()


def test_a_long_answer_is_shown_in_parts_until_it_is_whole(reader: Reader, qtbot: QtBot) -> None:
    text = "\n\n".join(f"paragraph {i} of a long answer" for i in range(6_000))
    show(reader, exchange_view(response=text))
    assert len(told(reader)) < FIRST_PART + 1_000
    presses = 0
    while more := [
        b for b in reader.findChildren(QAbstractButton) if b.text().startswith("Show more") and b.isVisible()
    ]:
        qtbot.mouseClick(more[0], Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: all(prose.is_whole for prose in prose_of(reader)))
        presses += 1
    assert presses == 3
    assert "paragraph 5999 of" in told(reader)
    assert sum(told(reader).count(f"paragraph {i} of") for i in (0, 2_100, 4_300, 5_999)) == 4


def test_a_fence_that_is_cut_goes_on_as_code(reader: Reader, qtbot: QtBot) -> None:
    text = "```\n" + "\n".join(f"line_{i} = {i}" for i in range(8_000)) + "\n```\nafter"
    show(reader, exchange_view(response=text))
    more = next(b for b in reader.findChildren(QAbstractButton) if b.text().startswith("Show more"))
    qtbot.mouseClick(more, Qt.MouseButton.LeftButton)
    part = prose_of(reader)[-1]
    qtbot.waitUntil(lambda: part.is_whole)
    assert part.document().begin().charFormat().font().fixedPitch() or "line_" in part.toPlainText()
    assert "```" not in part.toPlainText()


def test_the_same_exchange_again_keeps_the_place_and_what_is_unfolded(reader: Reader, qtbot: QtBot) -> None:
    view = exchange_view(response="\n\n".join(f"paragraph {i}" for i in range(200)))
    reader.show_exchange(view)
    bar = reader._area.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 500)
    bar.setValue(400)
    reader.findChildren(StepLine)[1].click()
    reader.show_exchange(exchange_view(response=view.response, state=State.CLEAN, tags=("a", "b")))
    assert bar.value() == 400 and reader.findChildren(StepLine)[1].isChecked()
    reader.show_exchange(exchange_view(id=9, response=view.response))
    assert bar.value() == 0


def test_the_arrows_ask_for_the_neighbours(reader: Reader, qtbot: QtBot) -> None:
    reader.show_exchange(VIEW)
    with qtbot.waitSignals([reader.previous_requested, reader.next_requested]):
        qtbot.mouseClick(reader._previous, Qt.MouseButton.LeftButton)
        qtbot.mouseClick(reader._next, Qt.MouseButton.LeftButton)


def test_the_search_is_marked_in_every_part_and_stays_for_the_next_exchange(reader: Reader) -> None:
    reader.set_search("webhook")
    reader.show_exchange(VIEW)
    assert any(mark.kind == "search" for mark in prose_of(reader)[0].marks())
    reader.findChildren(StepLine)[1].click()
    reader.set_search("ledger")
    kinds = [[mark.kind for mark in prose.marks()] for prose in prose_of(reader)]
    assert any("search" in marks for marks in kinds)
    reader.set_search("")
    assert not any(mark.kind == "search" for prose in prose_of(reader) for mark in prose.marks())


def test_the_wheel_over_text_is_left_to_the_page(reader: Reader, qtbot: QtBot) -> None:
    reader.show_exchange(exchange_view(response="\n\n".join(f"paragraph {i}" for i in range(200))))
    qtbot.waitUntil(lambda: reader._area.verticalScrollBar().maximum() > 500)
    for receiver, is_taken in ((prose_of(reader)[0].viewport(), False), (reader._area.viewport(), True)):
        event = QWheelEvent(
            QPointF(50, 10), QPointF(50, 10), QPoint(), QPoint(0, -240),
            Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(receiver, event)
        assert event.isAccepted() is is_taken
    assert reader._area.verticalScrollBar().value() > 0


def test_tab_reaches_every_step_and_letters_stay_commands(reader: Reader, qtbot: QtBot) -> None:
    reader.show_exchange(VIEW)
    heard: list[str] = []
    for key in "JKAX":
        QShortcut(QKeySequence(key), reader).activated.connect(lambda key=key: heard.append(key))
    reader.activateWindow()
    reader._previous.setFocus()
    reached: set[QWidget] = set()
    for _ in range(30):
        now = QApplication.focusWidget()
        assert now is not None
        if now in reached:
            break
        reached.add(now)
        qtbot.keyClick(now, Qt.Key.Key_Tab)
    lines = {line for line in reader.findChildren(FoldLine) if line.isVisibleTo(reader) and line.isEnabled()}
    assert lines <= reached
    assert set(prose_of(reader)) <= reached
    prose_of(reader)[0].setFocus()
    for key in (Qt.Key.Key_J, Qt.Key.Key_K, Qt.Key.Key_A, Qt.Key.Key_X):
        qtbot.keyClick(prose_of(reader)[0], key)
    assert heard == list("JKAX")


def test_tab_goes_through_the_script_as_it_is_read(reader: Reader, qtbot: QtBot) -> None:
    def walked() -> list[QWidget]:
        chain, now = [], reader._more.nextInFocusChain()
        while now is not reader._more:
            if now.isVisibleTo(reader) and now.isEnabled() and now.focusPolicy() & Qt.FocusPolicy.TabFocus:
                chain.append(now)
            now = now.nextInFocusChain()
        return chain

    def height(widget: QWidget) -> int:
        return widget.mapTo(reader, widget.rect().topLeft()).y()

    behind = QPushButton("Behind the reader", reader)
    behind.show()
    reader.show_exchange(VIEW)
    script = [one for one in walked() if reader._area.isAncestorOf(one)]
    assert walked()[: len(script)] == script and behind in walked()[len(script) :], "the script follows its own head"
    reader.unfold_all()
    qtbot.waitUntil(lambda: len(walked()) > len(script) + 4)
    qtbot.waitUntil(lambda: not reader._unfolded.isActive())
    now = [one for one in walked() if reader._area.isAncestorOf(one)]
    assert [height(one) for one in now] == sorted(height(one) for one in now)
    assert len(now) > len(script), "what was unfolded stands where it is read"


def test_everything_that_takes_the_keyboard_has_a_name(reader: Reader) -> None:
    reader.show_exchange(VIEW)
    reader.unfold_all()
    for widget in reader.findChildren(QWidget):
        if widget.focusPolicy() != Qt.FocusPolicy.NoFocus and widget.isVisibleTo(reader):
            interface = QAccessible.queryAccessibleInterface(widget)
            assert interface is not None and interface.text(QAccessible.Text.Name), widget


def test_a_screen_reader_hears_the_words_themselves(reader: Reader) -> None:
    reader.show_exchange(VIEW)
    interface = QAccessible.queryAccessibleInterface(prose_of(reader)[0])
    text = interface.textInterface()
    assert text is not None and text.text(0, text.characterCount()) == VIEW.prompt


def test_the_menu_copies_the_original(reader: Reader, qtbot: QtBot) -> None:
    reader.show_exchange(VIEW)
    qtbot.mouseClick(reader._more, Qt.MouseButton.LeftButton)
    menu = QApplication.activePopupWidget()
    assert menu is not None
    next(action for action in menu.actions() if action.text() == "Copy answer").trigger()
    menu.close()
    assert QGuiApplication.clipboard().text() == VIEW.response


def test_light_and_dark_both_paint_their_own_planes(reader: Reader) -> None:
    reader.show_exchange(VIEW)
    for scheme in (LIGHT, DARK):
        reader.setPalette(palette(scheme))
        image = reader.grab().toImage()
        assert image.pixelColor(image.width() - 30, image.height() - 20).name() == scheme.base.lower()


def test_a_hostile_transcript_draws_nothing_from_disk(reader: Reader, tmp_path: Path) -> None:
    canary = QImage(90, 90, QImage.Format.Format_RGB32)
    canary.fill(Qt.GlobalColor.red)
    assert canary.save(str(tmp_path / "canary.png"))
    hostile = f"<img src='{tmp_path}/canary.png'> ![x](file://{tmp_path}/canary.png) <b>bold</b>"
    steps = (
        Event(EventKind.TOOL_CALL, hostile, id="1", name="Bash"),
        Event(EventKind.TOOL_RESULT, hostile, parent="1"),
    )
    view = exchange_view(title=hostile, prompt=hostile, response=hostile, steps=steps, steering=(hostile,))
    reader.show_exchange(view)
    reader.unfold_all()
    image = reader.grab().toImage()
    seen = {image.pixelColor(x, y).name() for x in range(0, image.width(), 3) for y in range(0, image.height(), 3)}
    assert "#ff0000" not in seen
    assert told(reader).count("<b>bold</b>") == 4, "markup is shown as the text it is"
