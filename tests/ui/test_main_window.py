"""The window as a person uses it: keys, drops, undo, restart."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QLineEdit, QTextEdit, QWidget

from curator.core.errors import LibraryError
from curator.core.row import State
from curator.services import browsing, importing
from curator.services.workspace import Workspace
from curator.ui.main_window import MainWindow

CONTROL = Qt.KeyboardModifier.ControlModifier


def press(window: MainWindow, *keys, modifier=Qt.KeyboardModifier.NoModifier) -> None:
    for key in keys:
        QTest.keyClick(QApplication.focusWidget() or window, key, modifier)


def states(window: MainWindow, count: int) -> list[State]:
    ids = list(window.library.table.ids[:count])
    return [card.state for card in browsing.cards(window.opened.workspace, ids)]


def drop(window: QWidget, paths: list[Path], handed_over: list[Path] | None = None) -> QDropEvent:
    data, last = QMimeData(), QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(p)) for p in paths])
    last.setUrls([QUrl.fromLocalFile(str(p)) for p in (paths if handed_over is None else handed_over)])
    copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(window, QDragEnterEvent(QPoint(300, 300), copy, data, left, none))
    assert window.drop.isVisible()
    event = QDropEvent(QPointF(300, 300), copy, last, left, none)
    QApplication.sendEvent(window, event)
    return event


def test_a_decision_is_written_and_the_next_exchange_is_there_at_once(window, qtbot) -> None:
    first, second = window.library.table.ids[:2]
    press(window, Qt.Key.Key_A)
    assert window.library.list.current == second
    assert window.library.table.card(0).state is State.CLEAN
    qtbot.waitUntil(lambda: states(window, 1) == [State.CLEAN])
    qtbot.waitUntil(lambda: window.library.desk.view.id == second)
    qtbot.waitUntil(lambda: window.library.counts.clean == 1)
    assert window.library.table.id_at(0) == first


def test_who_searches_as_the_first_rows_come_keeps_the_keyboard(window, qtbot) -> None:
    """Else the letters that follow would decide about what is in the list."""
    window.library.show_first_start(True)
    assert QApplication.focusWidget() is window.library.first_start
    window.actions_.trigger("search")
    press(window, Qt.Key.Key_X)
    window.library.show_first_start(False)
    press(window, Qt.Key.Key_A)
    palette = window.opened.overlays.card
    assert palette.field.isVisible() and palette.field.hasFocus() and palette.field.text() == "xa"
    assert window.library.list.search.text() == ""
    assert states(window, 2) == [State.UNREVIEWED] * 2
    QTest.keyClick(palette.field, Qt.Key.Key_Escape)
    assert QApplication.focusWidget() is window.library.list.table
    window.library.show_first_start(True)
    window.library.show_first_start(False)
    assert QApplication.focusWidget() is window.library.list.table


def test_each_letter_gives_its_state(window, qtbot) -> None:
    press(window, Qt.Key.Key_A, Qt.Key.Key_X, Qt.Key.Key_Space, Qt.Key.Key_J)
    wanted = [State.CLEAN, State.REJECTED, State.LATER, State.UNREVIEWED]
    qtbot.waitUntil(lambda: states(window, 4) == wanted)
    assert window.library.list.current_row == 4


def test_undo_brings_back_state_and_place(window, qtbot) -> None:
    press(window, Qt.Key.Key_J, Qt.Key.Key_A, Qt.Key.Key_J, Qt.Key.Key_J)
    qtbot.waitUntil(lambda: window.actions_["undo"].isEnabled())
    assert "clean" in window.actions_["undo"].text()
    press(window, Qt.Key.Key_Backspace)
    qtbot.waitUntil(lambda: window.library.list.current_row == 1)
    qtbot.waitUntil(lambda: states(window, 2) == [State.UNREVIEWED] * 2)
    qtbot.waitUntil(lambda: window.actions_["redo"].isEnabled())
    press(window, Qt.Key.Key_Z, modifier=CONTROL | Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: states(window, 2) == [State.UNREVIEWED, State.CLEAN])


def test_undo_goes_back_to_the_list_where_it_was_decided(window, qtbot) -> None:
    id = window.library.table.id_at(0)
    press(window, Qt.Key.Key_X)
    qtbot.waitUntil(lambda: window.library.counts.rejected == 1)
    window.library.go_to("queue:clean")
    qtbot.waitUntil(lambda: len(window.library.table.ids) == 0)
    qtbot.waitUntil(lambda: window.actions_["undo"].isEnabled())
    window.actions_.trigger("undo")
    qtbot.waitUntil(lambda: window.library.sidebar.current == "queue:unreviewed")
    qtbot.waitUntil(lambda: window.library.list.current == id)


def test_checks_and_flag_have_their_keys(window, qtbot) -> None:
    id = window.library.list.current
    press(window, Qt.Key.Key_1, Qt.Key.Key_3, Qt.Key.Key_F)
    ws = window.opened.workspace
    qtbot.waitUntil(lambda: browsing.exchange(ws, id).is_flagged)
    assert {str(c) for c in browsing.exchange(ws, id).checks} == {"clear_in", "legible"}


def test_several_cards_are_one_act_with_their_number(window, qtbot) -> None:
    chosen = list(window.library.table.ids[2:7])
    window.library.list.select_ids(chosen)
    assert window.library.bulk.isVisible()
    names = [b.text() for b in window.library.bulk.findChildren(QAbstractButton) if b.text()]
    assert "Mark 5 clean" in names
    press(window, Qt.Key.Key_A)
    qtbot.waitUntil(lambda: states(window, 7)[2:] == [State.CLEAN] * 5)
    qtbot.waitUntil(lambda: "Mark 5 exchanges clean" in window.actions_["undo"].text())
    press(window, Qt.Key.Key_Z, modifier=CONTROL)
    qtbot.waitUntil(lambda: states(window, 7) == [State.UNREVIEWED] * 7)


def test_typing_in_the_row_is_kept_as_a_draft_within_a_second(window, qtbot) -> None:
    id = window.library.list.current
    press(window, Qt.Key.Key_E)
    qtbot.waitUntil(lambda: window.library.editor.is_editing())
    QTest.keyClicks(QApplication.focusWidget(), "ax ")
    ws = window.opened.workspace
    qtbot.waitUntil(lambda: browsing.exchange(ws, id).draft_prompt is not None, timeout=1000)
    assert "ax " in browsing.exchange(ws, id).draft_prompt
    assert states(window, 1) == [State.UNREVIEWED]


def test_save_and_next_writes_the_row_and_stays_in_the_editor(window, qtbot) -> None:
    id, second = window.library.table.ids[:2]
    press(window, Qt.Key.Key_E)
    qtbot.waitUntil(lambda: window.library.editor.is_editing())
    QTest.keyClicks(QApplication.focusWidget(), "Please. ")
    press(window, Qt.Key.Key_Return, modifier=CONTROL)
    ws = window.opened.workspace
    qtbot.waitUntil(lambda: browsing.exchange(ws, id).revision == 1)
    qtbot.waitUntil(lambda: window.library.desk.view.id == second)
    assert "Please. " in browsing.exchange(ws, id).row_prompt
    assert browsing.exchange(ws, id).draft_prompt is None
    assert window.library.editor.is_editing()
    press(window, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: QApplication.focusWidget() is window.library.list.table)


def test_what_stands_in_the_fields_is_what_is_marked(window, qtbot) -> None:
    id = window.library.list.current
    press(window, Qt.Key.Key_E)
    qtbot.waitUntil(lambda: window.library.editor.is_editing())
    QTest.keyClicks(QApplication.focusWidget(), "Tell me. ")
    window.library.review.decide(State.CLEAN)
    ws = window.opened.workspace
    qtbot.waitUntil(lambda: browsing.exchange(ws, id).state is State.CLEAN)
    assert "Tell me. " in browsing.exchange(ws, id).row_prompt


def test_a_search_narrows_while_typing_and_says_when_nothing_fits(window, qtbot) -> None:
    everything = len(window.library.table.ids)
    press(window, Qt.Key.Key_Slash)
    field = window.library.list.search
    qtbot.waitUntil(lambda: QApplication.focusWidget() is field)
    QTest.keyClicks(field, "meeting")
    qtbot.waitUntil(lambda: 0 < len(window.library.table.ids) < everything)
    field.setText("")
    qtbot.waitUntil(lambda: len(window.library.table.ids) == everything)
    window.library.list.step(3)
    place = window.library.list.current
    field.setText("zebracorn")
    qtbot.waitUntil(lambda: len(window.library.table.ids) == 0)
    assert "zebracorn" in window.library.list.empty._title.text()
    window.library.list.empty.button.click()
    qtbot.waitUntil(lambda: len(window.library.table.ids) == everything)
    assert window.library.list.current == place


def test_place_search_and_order_survive_a_restart(open_main_window, sampled_folder, qtbot) -> None:
    first = open_main_window(sampled_folder)
    qtbot.waitUntil(lambda: first.library.desk.view is not None)
    first.library.go_to("queue:all")
    qtbot.waitUntil(lambda: first.library.list.query().states == frozenset())
    first.library.list.search.setText("the")
    qtbot.waitUntil(lambda: 0 < len(first.library.table.ids) < 47)
    first.library.list.go_to_row(3)
    id = first.library.list.current
    first.close()
    again = open_main_window(sampled_folder)
    qtbot.waitUntil(lambda: again.library.list.current == id)
    assert again.library.sidebar.current == "queue:all"
    assert again.library.list.search.text() == "the"


def test_files_dropped_anywhere_are_imported_and_reported(open_main_window, library_folder, qtbot) -> None:
    window = open_main_window(library_folder)
    assert window.library.first_start.isVisible()
    event = drop(window, importing.sample_paths())
    assert event.isAccepted()
    assert not window.drop.isVisible()
    qtbot.waitUntil(lambda: "47 new" in window.notice.words, timeout=20000)
    qtbot.waitUntil(lambda: len(window.library.table.ids) == 47)
    qtbot.waitUntil(window.library.list.isVisible)
    drop(window, importing.sample_paths())
    qtbot.waitUntil(lambda: "47 already here" in window.notice.words, timeout=20000)


def test_files_of_a_program_that_ended_before_it_handed_them_over_are_imported(
    open_main_window, library_folder, qtbot
) -> None:
    window = open_main_window(library_folder)
    drop(window, importing.sample_paths(), handed_over=[])
    qtbot.waitUntil(lambda: "47 new" in window.notice.words, timeout=20000)


def test_an_unreadable_line_is_named_in_the_report(open_main_window, library_folder, tmp_path, qtbot) -> None:
    window = open_main_window(library_folder)
    broken = tmp_path / "broken.jsonl"
    row = '{"messages":[{"role":"user","content":"Why?"},{"role":"assistant","content":"Because it rains."}]}\n'
    broken.write_text(row + "{not json\n" + row.replace("Why", "How"), encoding="utf-8")
    drop(window, [broken])
    qtbot.waitUntil(lambda: "unreadable: line 2" in window.notice.words, timeout=20000)
    assert "2 new" in window.notice.words
    window.notice.buttons()[0].click()
    assert window.opened.overlays.card is not None


def test_the_first_step_of_an_empty_library_is_the_samples(open_main_window, library_folder, qtbot) -> None:
    window = open_main_window(library_folder)
    window.library.first_start.samples.click()
    qtbot.waitUntil(lambda: len(window.library.table.ids) == 47, timeout=20000)


def test_the_first_start_says_how_conversations_come_out_of_a_chat_s_page(
    open_main_window, library_folder, qtbot
) -> None:
    window = open_main_window(library_folder)
    window.library.first_start.how.click()
    assert window.guide.isVisible() and "The first evening" in window.guide.windowTitle()
    text = window.guide.view.toPlainText()
    assert window.guide.view.verticalScrollBar().value() > 0, "it opens where the export is told"
    assert text.index("From ChatGPT or Claude") < text.index("Export data")


def test_return_on_the_first_start_watches_the_agents_that_were_found(
    open_main_window, library_folder, tmp_path, monkeypatch, qtbot
) -> None:
    project = tmp_path / ".claude" / "projects" / "payments"
    project.mkdir(parents=True)
    sample = next(p for p in importing.sample_paths() if p.name == "webhooks.jsonl")
    (project / sample.name).write_bytes(sample.read_bytes())
    window = open_main_window(library_folder)
    start = window.library.first_start
    qtbot.waitUntil(lambda: start.watch.isVisible())
    qtbot.waitUntil(lambda: QApplication.focusWidget() is start)
    press(window, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(window.library.table.ids) > 0, timeout=20000)
    qtbot.waitUntil(lambda: QApplication.focusWidget() is window.library.list.table)


def test_exchanges_that_arrive_while_the_person_reads_move_nothing(window, tmp_path, qtbot) -> None:
    press(window, Qt.Key.Key_J, Qt.Key.Key_A)
    id = window.library.list.current
    more = tmp_path / "more.jsonl"
    more.write_text(
        '{"messages":[{"role":"user","content":"What is a budget?"},{"role":"assistant","content":"A limit."}]}\n',
        encoding="utf-8",
    )
    window.read([more])
    qtbot.waitUntil(lambda: len(window.library.table.ids) == 48, timeout=20000)
    assert window.library.list.current == id
    assert any(window.library.table.card(r).state is State.CLEAN for r in range(3))


def test_an_error_is_a_sentence_with_its_hint_and_details_to_copy(window, log_watch) -> None:
    log_watch.expect("The disk is full")
    window.fail(LibraryError("The disk is full.", "Free some space; what was marked is kept."))
    assert window.notice.words == "The disk is full. Free some space; what was marked is kept."
    window.notice.buttons()[0].click()
    copied = QApplication.clipboard().text()
    assert "LibraryError" in copied and "Curator" in copied


def test_the_palette_acts_and_finds_exchanges(window, qtbot) -> None:
    press(window, Qt.Key.Key_K, modifier=CONTROL)
    palette = window.opened.overlays.card
    QTest.keyClicks(palette.field, "meeting")
    qtbot.waitUntil(lambda: palette.model.rowCount() > 0)
    QTest.keyClick(palette.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "meeting" in (window.library.desk.view.prompt + window.library.desk.view.response))
    press(window, Qt.Key.Key_K, modifier=CONTROL)
    QTest.keyClicks(window.opened.overlays.card.field, "show rejected")
    QTest.keyClick(window.opened.overlays.card.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.library.sidebar.current == "queue:rejected")


def test_a_key_that_leads_elsewhere_closes_the_sheet_and_another_leaves_the_keyboard_on_it(window, qtbot) -> None:
    overlays = window.opened.overlays
    window.actions_.trigger("palette")
    palette = overlays.card
    window.actions_.trigger("search")
    assert QApplication.focusWidget() is palette.field
    window.actions_.trigger("go_dataset")
    assert overlays.card is None
    assert window.place_widget("dataset").isAncestorOf(QApplication.focusWidget())


def test_nothing_below_a_sheet_hears_the_keys(window, qtbot) -> None:
    press(window, Qt.Key.Key_Question)
    qtbot.waitUntil(lambda: window.opened.overlays.card is not None)
    row = window.library.list.current_row
    window.opened.overlays._sheet.setFocus()
    press(window, Qt.Key.Key_A, Qt.Key.Key_X)
    assert window.library.list.current_row == row
    press(window, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: window.opened.overlays.card is None)
    assert QApplication.focusWidget() is window.library.list.table
    assert states(window, 2) == [State.UNREVIEWED] * 2


def test_the_sidebar_folds_away_in_a_small_window_and_comes_back_over_the_list(window, qtbot) -> None:
    assert window.library.sidebar.isVisible()
    window.resize(1024, 640)
    qtbot.waitUntil(lambda: not window.library.sidebar.isVisible())
    press(window, Qt.Key.Key_B, modifier=CONTROL)
    assert window.library.sidebar.isVisible()
    window.library.sidebar.choose("queue:all")
    assert not window.library.sidebar.isVisible()
    window.resize(1440, 900)
    qtbot.waitUntil(lambda: window.library.sidebar.isVisible())


def test_the_settings_show_what_is_chosen_and_count_at_once(window, qtbot) -> None:
    press(window, Qt.Key.Key_Comma, modifier=CONTROL)
    card = window.opened.overlays.card
    qtbot.waitUntil(lambda: card.limit.value() == 2048)
    card.limit.setValue(512)
    qtbot.waitUntil(lambda: window.library.desk.budget.limit == 512)
    card.appearance._buttons[2].click()
    qtbot.waitUntil(lambda: window.opened.workspace.library.setting("window.appearance") == "dark")


def test_a_watched_folder_fills_the_library_and_is_named_in_the_sidebar(
    open_main_window, library_folder, tmp_path, qtbot
) -> None:
    folder = tmp_path / "sessions"
    folder.mkdir()
    for sample in importing.sample_paths():
        (folder / sample.name).write_bytes(sample.read_bytes())
    window = open_main_window(library_folder)
    qtbot.waitUntil(lambda: window.opened.intake.watching._watching is not None)
    window.opened.watch([str(folder)])
    qtbot.waitUntil(lambda: len(window.library.table.ids) > 30, timeout=20000)
    qtbot.waitUntil(lambda: "watching 1 folder" in [f.words for f in window.status.facts()])
    qtbot.waitUntil(lambda: any(s.key.startswith("root:") for s in window.library.known_sources()))
    qtbot.waitUntil(lambda: not window.status.is_working, timeout=5000)


@pytest.mark.parametrize("name", ["library", "runs"])
def test_every_control_has_a_name_for_a_screen_reader(window, qtbot, name: str) -> None:
    window.opened.go(name)
    controls = (QAbstractButton, QLineEdit, QTextEdit, QComboBox)
    nameless = [
        f"{type(w).__name__} in {type(w.parent()).__name__}"
        for w in window.findChildren(QWidget)
        if isinstance(w, controls)
        and w.isVisible()
        and not w.accessibleName()
        and not (isinstance(w, QAbstractButton) and w.text())
    ]
    assert nameless == []


def test_closing_keeps_the_draft_that_was_just_typed(open_main_window, sampled_folder, qtbot) -> None:
    window = open_main_window(sampled_folder)
    qtbot.waitUntil(lambda: window.library.desk.view is not None)
    id = window.library.list.current
    window.library.editor.focus_prompt()
    qtbot.waitUntil(lambda: window.library.editor.is_editing())
    QTest.keyClicks(QApplication.focusWidget(), "last words ")
    window.close()
    with Workspace.open(sampled_folder) as ws:
        assert "last words " in (browsing.exchange(ws, id).draft_prompt or "")


def test_what_a_verb_in_a_terminal_decides_is_seen_in_the_window(window, qtbot) -> None:
    _, second, third = window.library.table.ids[:3]
    field, typed = window.library.editor.response.field, "typed, and nobody's business"
    field.setPlainText(typed)
    library = str(window.opened.workspace.folder)
    for state, id in (("rejected", second), ("clean", third)):
        words = [sys.executable, "-m", "curator", "--library", library, "mark", str(id), state]
        subprocess.run(words, check=True, capture_output=True)
        window.opened.standing.clock.timeout.emit()
        qtbot.waitUntil(lambda id=id: id not in window.library.table.ids)
    qtbot.waitUntil(lambda: (window.library.counts.rejected, window.library.counts.clean) == (1, 1))
    assert field.toPlainText() == typed


def test_the_list_counts_as_the_sidebar_does(window, qtbot) -> None:
    before = len(window.library.table.ids)
    press(window, Qt.Key.Key_X)
    qtbot.waitUntil(lambda: window.library.counts.rejected == 1)
    assert window.library.list.head._count.text() == f"{before - 1:,}"
    assert len(window.library.table.ids) == before, "what was decided stays where it stood"
