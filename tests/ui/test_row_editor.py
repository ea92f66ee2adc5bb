"""The row editor says what a person wants, and never loses or disturbs what is typed."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from exchange_views import SECRET, VIEW, exchange_view
from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import QAccessible, QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QTextEdit, QWidget
from pytestqt.qtbot import QtBot

from curator.core.budget import Usage
from curator.core.row import Check, State
from curator.core.signal import SignalHit
from curator.ui.theme import DARK, LIGHT, palette
from curator.ui.views import changes_view, row_words
from curator.ui.views.markdown import LONGEST_LINE
from curator.ui.views.row_editor import LEAST_HEIGHT, RowEditor
from curator.ui.views.row_field import PART
from curator.ui.views.row_side import CHANGES, EDIT, ORIGINAL
from curator.ui.views.word_diff import Piece, word_diff

CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def editor(qtbot: QtBot) -> RowEditor:
    editor = RowEditor()
    qtbot.addWidget(editor)
    editor.resize(816, 386)
    with qtbot.waitExposed(editor):
        editor.show()
    editor.activateWindow()
    return editor


def summary(editor: RowEditor) -> str:
    return editor._summary.text()


def test_without_an_exchange_there_is_only_a_sentence(editor: RowEditor) -> None:
    assert editor._empty.isVisible() and not editor._content.isVisible()
    editor.focus_prompt()
    assert not editor.is_editing()
    editor.show_exchange(VIEW)
    assert editor._content.isVisible() and not editor._empty.isVisible()


def test_a_row_is_shown_as_recorded(editor: RowEditor) -> None:
    editor.show_exchange(exchange_view(checks=frozenset({Check.CLEAR_OUT})))
    assert editor.texts() == (VIEW.prompt, VIEW.response)
    assert summary(editor) == "as recorded"
    assert [box.isChecked() for box in editor._checks.values()] == [False, True, False]
    assert not editor._revert.isEnabled()
    assert editor._source.text == "payments/7c1e0a52.jsonl, lines 212–260 · original unchanged"


def test_showing_rows_says_nothing(editor: RowEditor, qtbot: QtBot) -> None:
    signals = (editor.text_changed, editor.check_toggled, editor.state_requested, editor.saved, editor.reverted)
    heard: list[str] = []
    for signal in signals:
        signal.connect(lambda *_values, signal=signal: heard.append(str(signal)))
    editor.show_exchange(VIEW)
    editor.show_exchange(exchange_view(row_prompt="edited", checks=frozenset(Check), state=State.CLEAN))
    editor.show_exchange(exchange_view(id=2, draft_prompt="draft"))
    editor.show_exchange(None)
    assert heard == []


def test_typing_gives_both_texts_at_once(editor: RowEditor, qtbot: QtBot) -> None:
    editor.show_exchange(VIEW)
    editor.focus_prompt()
    assert editor.is_editing()
    with qtbot.waitSignal(editor.text_changed) as typed:
        qtbot.keyClicks(editor.prompt.field, "So")
    assert typed.args is not None and typed.args[0].startswith("S")
    assert editor.texts() == (f"So{VIEW.prompt}", VIEW.response)
    assert summary(editor) == "unsaved draft · 1 edit"


def test_a_draft_comes_before_the_saved_text(editor: RowEditor) -> None:
    editor.show_exchange(exchange_view(row_prompt="saved", draft_prompt="typed and not saved", draft_response=None))
    assert editor.texts() == ("typed and not saved", VIEW.response)
    assert summary(editor).startswith("unsaved draft")
    editor.show_exchange(exchange_view(id=2, draft_prompt="", draft_response=""))
    assert editor.texts() == ("", ""), "an emptied field is a draft too"


def test_the_same_row_again_disturbs_neither_text_nor_cursor(editor: RowEditor, qtbot: QtBot) -> None:
    editor.show_exchange(VIEW)
    editor.focus_prompt()
    field = editor.prompt.field
    cursor = field.textCursor()
    cursor.setPosition(3)
    cursor.setPosition(9, cursor.MoveMode.KeepAnchor)
    field.setTextCursor(cursor)
    qtbot.keyClicks(editor.response.field, "typed ")
    refreshed = exchange_view(
        state=State.CLEAN, tags=("voice", "new"), checks=frozenset({Check.LEGIBLE}), draft_response="ty"
    )
    editor.show_exchange(refreshed)
    assert editor.texts() == (VIEW.prompt, f"typed {VIEW.response}")
    assert (field.textCursor().selectionStart(), field.textCursor().selectionEnd()) == (3, 9)
    assert editor._checks[Check.LEGIBLE].isChecked()
    qtbot.keyClick(editor.response.field, Qt.Key.Key_Z, CONTROL)
    assert editor.texts()[1] == VIEW.response, "typing can still be undone"


def test_what_was_saved_is_no_draft_any_more(editor: RowEditor, qtbot: QtBot) -> None:
    editor.show_exchange(VIEW)
    qtbot.keyClicks(editor.prompt.field, "So: ")
    text = editor.texts()[0]
    editor.show_exchange(exchange_view(tags=("x",)))  # something else was written meanwhile
    assert editor.texts()[0] == text
    editor.show_exchange(exchange_view(row_prompt=text, revision=1))
    assert editor.texts()[0] == text and summary(editor) == "1 edit"
    editor.show_exchange(VIEW)  # the edit was undone in the window
    assert editor.texts()[0] == VIEW.prompt and summary(editor) == "as recorded"


@pytest.mark.parametrize(
    ("key", "go_next"), [(Qt.Key.Key_Return, True), (Qt.Key.Key_Enter, True), (Qt.Key.Key_S, False)]
)
def test_saving_from_either_field(editor: RowEditor, qtbot: QtBot, key: Qt.Key, go_next: bool) -> None:
    editor.show_exchange(VIEW)
    for side in (editor.prompt, editor.response):
        with qtbot.waitSignal(editor.saved) as saved:
            qtbot.keyClick(side.field, key, CONTROL)
        assert saved.args == [VIEW.prompt, VIEW.response, go_next]


def test_esc_leaves_from_every_control(editor: RowEditor, qtbot: QtBot) -> None:
    editor.show_exchange(VIEW)
    controls = [editor.prompt.field, editor.response.field, editor._checks[Check.LEGIBLE], editor._states[State.CLEAN]]
    for control in controls:
        with qtbot.waitSignal(editor.left):
            qtbot.keyClick(control, Qt.Key.Key_Escape)


def test_checks_and_verdicts_are_asked_for(editor: RowEditor, qtbot: QtBot) -> None:
    editor.show_exchange(exchange_view(checks=frozenset({Check.CLEAR_IN})))
    with qtbot.waitSignal(editor.check_toggled) as off:
        qtbot.mouseClick(editor._checks[Check.CLEAR_IN], Qt.MouseButton.LeftButton)
    assert off.args == [Check.CLEAR_IN, False]
    with qtbot.waitSignal(editor.check_toggled) as on:
        qtbot.mouseClick(editor._checks[Check.LEGIBLE], Qt.MouseButton.LeftButton)
    assert on.args == [Check.LEGIBLE, True]
    for state in (State.REJECTED, State.LATER, State.CLEAN):
        with qtbot.waitSignal(editor.state_requested) as asked:
            qtbot.mouseClick(editor._states[state], Qt.MouseButton.LeftButton)
        assert asked.args == [state]


def test_the_state_is_worn_by_its_button_and_can_be_taken_back(editor: RowEditor, qtbot: QtBot) -> None:
    editor.show_exchange(exchange_view(state=State.CLEAN))
    assert editor._states[State.CLEAN].text() == "Clean"
    with qtbot.waitSignal(editor.state_requested) as asked:
        qtbot.mouseClick(editor._states[State.CLEAN], Qt.MouseButton.LeftButton)
    assert asked.args == [State.UNREVIEWED]
    editor.show_exchange(VIEW)
    assert editor._states[State.CLEAN].text() == "Mark clean"


def test_a_focused_button_keeps_space_and_return(editor: RowEditor, qtbot: QtBot) -> None:
    heard: list[str] = []
    for key in ("Space", "Return"):
        QShortcut(QKeySequence(key), editor).activated.connect(lambda key=key: heard.append(key))
    editor.show_exchange(VIEW)
    for key in (Qt.Key.Key_Space, Qt.Key.Key_Return):
        button = editor._states[State.REJECTED]
        button.setFocus()
        with qtbot.waitSignal(editor.state_requested) as asked:
            qtbot.keyClick(button, key)
        assert asked.args == [State.REJECTED]
    assert heard == []


def test_changes_show_what_was_taken_out_and_put_in(editor: RowEditor, qtbot: QtBot) -> None:
    editor.show_exchange(exchange_view(row_prompt=VIEW.prompt.replace("In the log I pasted above", "Here")))
    editor.set_mode(CHANGES)
    view = editor.prompt.changes
    kinds = [(mark.kind, view.toPlainText()[mark.start : mark.end]) for mark in view.marks]
    assert kinds == [("was", "In the log I pasted above"), ("now", "Here")]
    assert view.bars_in(QRectF(view.viewport().rect())) and view.isReadOnly()
    assert editor.response.changes.marks == []
    for scheme in (LIGHT, DARK):
        editor.setPalette(palette(scheme))
        image = editor.grab().toImage()
        seen = {image.pixelColor(x, y).name() for x in range(0, 300, 2) for y in range(60, 200, 2)}
        assert {scheme.good_wash.lower(), scheme.bad_wash.lower()} <= seen


def test_the_changes_are_of_what_is_typed(editor: RowEditor, qtbot: QtBot) -> None:
    editor.show_exchange(VIEW)
    qtbot.keyClicks(editor.response.field, "Well, ")
    qtbot.mouseClick(editor._modes._buttons[CHANGES], Qt.MouseButton.LeftButton)
    assert [piece.text for piece in editor.response.changes.pieces if piece.kind == "now"] == ["Well, "]
    qtbot.mouseClick(editor._modes._buttons[EDIT], Qt.MouseButton.LeftButton)
    assert editor.texts()[1].startswith("Well, It")


def test_the_original_is_only_read(editor: RowEditor, qtbot: QtBot) -> None:
    editor.show_exchange(exchange_view(row_prompt="edited"))
    editor.set_mode(ORIGINAL)
    view = editor.prompt.original_view
    assert view.toPlainText() == VIEW.prompt and view.isVisible()
    qtbot.keyClicks(view, "abc")
    assert view.toPlainText() == VIEW.prompt


def test_revert_puts_the_original_back_at_once_and_says_so(editor: RowEditor, qtbot: QtBot) -> None:
    edited = exchange_view(row_prompt="edited", draft_response="typed")
    editor.show_exchange(edited)
    with qtbot.assertNotEmitted(editor.text_changed), qtbot.waitSignal(editor.reverted):
        qtbot.mouseClick(editor._revert, Qt.MouseButton.LeftButton)
    assert editor.texts() == (VIEW.prompt, VIEW.response)
    editor.show_exchange(edited)  # an older view on its way
    assert editor.texts() == (VIEW.prompt, VIEW.response)
    editor.show_exchange(VIEW)
    assert summary(editor) == "as recorded"


def test_edits_are_counted_and_a_secret_is_watched(editor: RowEditor, qtbot: QtBot) -> None:
    prompt = f"Use {SECRET} here, then go on with the other words of this prompt."
    view = exchange_view(prompt=prompt, signals=(SignalHit("secret", 1, SECRET, "prompt"),))
    editor.show_exchange(view)
    assert summary(editor) == "a secret is in it · as recorded" and editor._summary.ink == "bad"
    editor.show_exchange(replace(view, row_prompt=prompt.replace(SECRET, "the key").replace("words", "terms")))
    assert summary(editor) == "2 edits · secret left out" and editor._summary.ink == "text3"


def test_a_tag_is_typed_in_its_place(editor: RowEditor, qtbot: QtBot) -> None:
    editor.show_exchange(VIEW)
    editor.set_known_tags(["voice", "judgment"])
    editor.start_tagging()
    entry = editor.tags._entry
    assert entry.isVisible() and editor.is_editing()
    assert entry.names.stringList() == ["judgment"], "what the row has is not offered"
    qtbot.keyClicks(entry, " tool  design ")
    with qtbot.waitSignal(editor.tag_added) as added:
        qtbot.keyClick(entry, Qt.Key.Key_Return)
    assert added.args == ["tool design"] and not entry.isVisible()


def test_a_tag_being_typed_can_be_given_up_and_the_list_has_the_keyboard_again(editor: RowEditor, qtbot: QtBot) -> None:
    editor.show_exchange(VIEW)
    editor.start_tagging()
    with qtbot.assertNotEmitted(editor.tag_added), qtbot.waitSignal(editor.left):
        qtbot.keyClicks(editor.tags._entry, "vo")
        qtbot.keyClick(editor.tags._entry, Qt.Key.Key_Escape)
    assert not editor.tags._entry.isVisible()


def test_a_tag_is_taken_off_with_delete(editor: RowEditor, qtbot: QtBot) -> None:
    editor.show_exchange(VIEW)
    pill = editor.tags._pills.itemAt(0).widget()
    pill.setFocus()
    with qtbot.waitSignal(editor.tag_removed) as removed:
        qtbot.keyClick(pill, Qt.Key.Key_Delete)
    assert removed.args == ["voice"]
    editor.show_exchange(exchange_view(tags=()))
    assert editor.tags._pills.count() == 0


def test_the_budget_is_handed_on(editor: RowEditor) -> None:
    editor.show_exchange(VIEW)
    editor.set_usage(Usage(96, 2215), 2048, "Qwen3")
    assert "263 over 2,048" in editor.budget.accessibleName()
    editor.show_exchange(exchange_view(tags=("x",)))
    assert "263 over" in editor.budget.accessibleName(), "the same row keeps its figures until new ones come"
    editor.show_exchange(exchange_view(id=7))
    assert "being counted" in editor.budget.accessibleName()


def test_it_is_whole_in_a_small_window(editor: RowEditor, qtbot: QtBot) -> None:
    editor.show_exchange(VIEW)
    editor.resize(720, LEAST_HEIGHT)
    assert editor.minimumSizeHint().height() <= LEAST_HEIGHT
    assert editor.minimumSizeHint().width() <= 720
    for control in (*editor._checks.values(), *editor._states.values(), editor.tags, editor.budget):
        assert editor.rect().contains(control.rect().translated(control.mapTo(editor, QPoint(0, 0))))


def test_prompt_and_response_share_the_width_36_to_64(editor: RowEditor, qtbot: QtBot) -> None:
    editor.show_exchange(VIEW)
    for width in (720, 816, 1_400):
        editor.resize(width, 386)
        QApplication.processEvents()
        share = editor.prompt.width() / (editor.prompt.width() + editor.response.width())
        assert abs(share - 0.36) < 0.02


def test_tab_goes_through_the_editor_in_reading_order(editor: RowEditor, qtbot: QtBot) -> None:
    editor.show_exchange(exchange_view(row_prompt="edited"))
    editor.focus_prompt()
    reached: list[QWidget] = []
    for _ in range(12):
        now = QApplication.focusWidget()
        assert now is not None
        reached.append(now)
        qtbot.keyClick(now, Qt.Key.Key_Tab)
    expected = [editor.prompt.field, editor.response.field, *editor._checks.values(), *editor._states.values()]
    assert reached[: len(expected)] == expected


def test_everything_that_takes_the_keyboard_has_a_name(editor: RowEditor) -> None:
    editor.show_exchange(VIEW)
    for mode in (EDIT, CHANGES, ORIGINAL):
        editor.set_mode(mode)
        for widget in editor.findChildren(QWidget):
            if widget.focusPolicy() != Qt.FocusPolicy.NoFocus and widget.isVisibleTo(editor):
                interface = QAccessible.queryAccessibleInterface(widget)
                assert interface is not None and interface.text(QAccessible.Text.Name), widget


def test_a_hundred_kilobytes_are_compared_word_by_word_only_when_the_changes_are_asked_for(
    editor: RowEditor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """bench_reader.py tells how long it takes then; how far it goes at most is told in test_word_diff.py."""
    compared: list[int] = []

    def counted(before: str, after: str) -> list[Piece]:
        compared.append(len(before) + len(after))
        return word_diff(before, after)

    monkeypatch.setattr(row_words, "word_diff", counted)
    monkeypatch.setattr(changes_view, "word_diff", counted)
    text = "\n\n".join(
        f"Paragraph {i} says that word{i % 977} stands before word{i % 89}, and why." for i in range(1_700)
    )
    edited = text.replace("why", "how").replace("Paragraph 9", "Part 9")
    editor.show_exchange(exchange_view(response=text, row_response=edited))
    QApplication.processEvents()
    assert summary(editor) == "edited" and compared == []
    editor.set_mode(CHANGES)
    QApplication.processEvents()
    assert sorted(compared) == [2 * len(VIEW.prompt), changes_view.LONGEST], "the rest is left out, and said to be"
    assert any(piece.kind == "now" for piece in editor.response.changes.pieces)


@pytest.mark.parametrize("between", ["\n\n", " "], ids=["in paragraphs", "in one line"])
def test_very_many_changes_are_set_slice_by_slice(editor: RowEditor, qtbot: QtBot, between: str) -> None:
    text = between.join(f"Paragraph {i} says that word{i % 977} stands before word{i % 89}." for i in range(1_500))
    edited = text.replace("says", "tells")
    editor.show_exchange(exchange_view(response=text, row_response=edited))
    editor.set_mode(CHANGES)
    view = editor.response.changes
    assert not view.is_whole and 0 < len(view.marks) <= changes_view.SLICE, "the beginning is there at once"
    qtbot.waitUntil(lambda: view.is_whole)
    assert [mark.kind for mark in view.marks] == ["was", "now"] * 1_500
    assert max(map(len, view.toPlainText().split("\n"))) <= LONGEST_LINE + 500  # and a space a change
    assert "".join(re.sub(r"says\s", "", view.toPlainText()).split()) == "".join(edited.split())
    view.verticalScrollBar().setValue(view.verticalScrollBar().maximum())
    shown = QRectF(view.viewport().rect()).translated(0, view.verticalScrollBar().value())
    assert all(bottom > shown.top() - 100 for _, bottom in view.bars_in(shown)) and view.bars_in(shown)


def test_a_row_of_a_megabyte_is_shown_in_part_and_never_cut(editor: RowEditor, qtbot: QtBot) -> None:
    for id, text in enumerate(("word " * 200_000, "x" * 1_000_000), 2):
        editor.show_exchange(exchange_view(id=id, response=text))
        QApplication.processEvents()
        field = editor.response.field
        assert field.isReadOnly() and field.document().characterCount() <= PART + 1
        assert field.lineWrapMode() is QTextEdit.LineWrapMode.NoWrap
        assert summary(editor) == "too long to edit here: 1,000,000 characters"
        assert editor.texts() == (VIEW.prompt, text)


def test_where_there_is_no_room_the_keys_leave_and_no_button_is_cut_off(qtbot) -> None:
    editor = RowEditor()
    qtbot.addWidget(editor)
    editor.resize(1400, 400)
    editor.show()
    buttons = [*editor._checks.values(), *editor._states.values()]
    full = sum(button.width() for button in buttons) + 6 * len(buttons) + 48
    for width, has_keys in ((full + 40, True), (full - 10, False), (full + 40, True)):
        editor.resize(width, 400)
        assert all(not check.is_brief for check in editor._checks.values()) is has_keys
        assert all(bool(button.key) for button in editor._states.values()) is has_keys
        assert sum(button.width() for button in buttons) < width - 48
