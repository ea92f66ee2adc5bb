"""A secret is asked about before it is marked clean, once, and masking it is the first answer."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from curator.core.query import ExchangeQuery
from curator.core.row import State
from curator.services import browsing, curation, importing
from curator.services.workspace import Workspace
from curator.ui.main_window import MainWindow
from curator.ui.views.marks import cover_card

TOKEN = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
ROWS = [
    ("Which token does the deploy use when it runs at night?", f"The deploy uses {TOKEN} from its environment."),
    ("Which token does the backup use when it runs at night?", "It reads one from the environment of the host."),
    (f"Why is {TOKEN} refused when the mirror is updated?", "Because it was revoked; make another one for it."),
]


@pytest.fixture
def window(open_main_window, library_folder: Path, tmp_path: Path, qtbot) -> MainWindow:
    """The window over three rows, the first and the last of which hold a token."""
    file = tmp_path / "rows.jsonl"
    lines = [
        {"messages": [{"role": "user", "content": asked}, {"role": "assistant", "content": answered}]}
        for asked, answered in ROWS
    ]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    with Workspace.open(library_folder) as ws:
        importing.import_paths(ws, [file])
    window = open_main_window(library_folder)
    qtbot.waitUntil(lambda: window.library.desk.view is not None, timeout=5000)
    window.library.activate()
    return window


def in_order(window: MainWindow) -> list[int]:
    return sorted(browsing.exchange_ids(window.opened.workspace, ExchangeQuery()))


def open_exchange(window: MainWindow, qtbot, id: int) -> None:
    window.library.show_exchange(id)
    qtbot.waitUntil(lambda: window.library.desk.view is not None and window.library.desk.view.id == id)
    window.library.list.table.setFocus()


def press(window: MainWindow, key: Qt.Key) -> None:
    QTest.keyClick(QApplication.focusWidget() or window, key)


def answer(window: MainWindow, words: str) -> None:
    button = next(b for b in window.notice.buttons() if b.text() == words)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def states(window: MainWindow) -> list[State]:
    return [card.state for card in browsing.cards(window.opened.workspace, in_order(window))]


def has_mask(window: MainWindow, id: int) -> bool:
    return TOKEN not in "".join(browsing.texts(window.opened.workspace, [id])[0])


def test_masking_is_offered_first_and_the_row_is_clean_without_its_secret(window, qtbot) -> None:
    ws, [first, *_] = window.opened.workspace, in_order(window)
    open_exchange(window, qtbot, first)
    press(window, Qt.Key.Key_A)
    assert "key or a password" in window.notice.words
    assert [b.text() for b in window.notice.buttons()] == [
        "Mask and mark clean",
        "Edit it first",
        "Mark clean as it is",
    ]
    assert states(window)[0] is State.UNREVIEWED
    answer(window, "Mask and mark clean")
    qtbot.waitUntil(lambda: states(window)[0] is State.CLEAN)
    assert has_mask(window, first)
    assert "secret" not in browsing.cards(ws, [first])[0].signals
    qtbot.waitUntil(lambda: curation.undo_state(ws).undo == "Mark exchange clean")
    curation.undo(ws)
    assert curation.undo_state(ws).undo == "Mask 1 secret"


def test_what_is_typed_is_kept_when_it_is_masked(window, qtbot) -> None:
    ws, [first, *_] = window.opened.workspace, in_order(window)
    open_exchange(window, qtbot, first)
    window.library.editor.focus_prompt()
    qtbot.waitUntil(lambda: window.library.editor.is_editing())
    QTest.keyClicks(QApplication.focusWidget(), "Tell me ")
    window.library.list.table.setFocus()
    press(window, Qt.Key.Key_A)
    answer(window, "Mask and mark clean")
    qtbot.waitUntil(lambda: states(window)[0] is State.CLEAN)
    prompt, response = browsing.texts(ws, [first])[0]
    assert "Tell me " in prompt and "[GitHub token]" in response
    assert browsing.exchange(ws, first).draft_prompt is None


def test_a_masked_row_is_asked_about_no_more(window, qtbot) -> None:
    ws, [first, *_] = window.opened.workspace, in_order(window)
    curation.mask(ws, [first])
    open_exchange(window, qtbot, first)
    qtbot.waitUntil(lambda: window.library.desk.view.revision == 1)
    press(window, Qt.Key.Key_A)
    qtbot.waitUntil(lambda: states(window)[0] is State.CLEAN)
    assert window.notice.isHidden()


def test_a_secret_that_was_typed_in_is_asked_about(window, qtbot) -> None:
    _, second, _ = in_order(window)
    open_exchange(window, qtbot, second)
    window.library.editor.focus_prompt()
    qtbot.waitUntil(lambda: window.library.editor.is_editing())
    QTest.keyClicks(QApplication.focusWidget(), f"{TOKEN} ")
    window.library.list.table.setFocus()
    press(window, Qt.Key.Key_A)
    assert "key or a password" in window.notice.words


def test_marking_it_as_it_is_keeps_the_secret_for_whoever_wants_it(window, qtbot) -> None:
    _, _, third = in_order(window)
    open_exchange(window, qtbot, third)
    press(window, Qt.Key.Key_A)
    answer(window, "Mark clean as it is")
    qtbot.waitUntil(lambda: states(window)[2] is State.CLEAN)
    assert not has_mask(window, third)


def test_editing_first_goes_into_the_row(window, qtbot) -> None:
    first, *_ = in_order(window)
    open_exchange(window, qtbot, first)
    press(window, Qt.Key.Key_A)
    answer(window, "Edit it first")
    qtbot.waitUntil(lambda: window.library.editor.is_editing())
    assert states(window)[0] is State.UNREVIEWED


@pytest.mark.parametrize(
    ("words", "clean", "masked"),
    [
        ("Mask them and mark all 3", [True, True, True], [True, True, True]),
        ("Mark only the other 1", [False, True, False], [False, True, False]),
        ("Mark all 3 as they are", [True, True, True], [False, True, False]),
    ],
)
def test_a_selection_is_asked_about_once(window, qtbot, words: str, clean: list[bool], masked: list[bool]) -> None:
    ids = in_order(window)
    window.actions_.trigger("select_all")
    press(window, Qt.Key.Key_A)
    qtbot.waitUntil(lambda: window.notice.words.startswith("2 of 3 hold something like a key"))
    answer(window, words)
    qtbot.waitUntil(lambda: [state is State.CLEAN for state in states(window)] == clean)
    assert [has_mask(window, id) for id in ids] == masked


def test_a_selection_without_secrets_is_not_asked_about(window, qtbot) -> None:
    curation.mask(window.opened.workspace, in_order(window))
    window.actions_.trigger("select_all")
    press(window, Qt.Key.Key_A)
    qtbot.waitUntil(lambda: states(window) == [State.CLEAN] * 3)
    assert window.notice.isHidden()


def test_no_card_and_no_title_shows_a_secret_whole(window, qtbot) -> None:
    third = in_order(window)[2]
    open_exchange(window, qtbot, third)
    table = window.library.table
    shown = [table.card(row) for row in range(3)]
    assert all(TOKEN not in card.prompt + card.response for card in shown)
    assert any("ghp_a1B2c3…" in card.prompt for card in shown)
    assert window.library.reader._title.text().startswith("Why is ghp_a1B2c3… refused when the mirror")


def test_a_secret_that_the_card_cuts_is_not_shown_to_its_half(window) -> None:
    card = window.library.table.card(0)
    line = ("word " * 29 + TOKEN)[:160]  # too little of it is left to have a token's shape
    assert cover_card(card._replace(prompt=line, signals=("secret",))).prompt == "word " * 28 + "word…"
    assert cover_card(card._replace(prompt=line, signals=())).prompt == line


@pytest.fixture
def unanswered(open_main_window, library_folder: Path, tmp_path: Path, qtbot) -> MainWindow:
    """The window over three rows, the second of which never got an answer."""
    file = tmp_path / "rows.jsonl"
    lines = [
        [{"role": "user", "content": f"How many miles are there from here to place {number}?"}]
        + [{"role": "assistant", "content": f"There are {number} miles from here to there."}] * (number != 2)
        for number in (1, 2, 3)
    ]
    file.write_text("".join(json.dumps({"messages": line}) + "\n" for line in lines), encoding="utf-8")
    with Workspace.open(library_folder) as ws:
        importing.import_paths(ws, [file])
        for id in browsing.exchange_ids(ws, ExchangeQuery()):
            if "place 2" in browsing.texts(ws, [id])[0][0]:
                assert curation.unanswered(ws, [id]) == [id]
    window = open_main_window(library_folder)
    qtbot.waitUntil(lambda: window.library.desk.view is not None, timeout=5000)
    window.library.activate()
    return window


def test_an_exchange_without_an_answer_is_asked_about(unanswered, qtbot) -> None:
    _, second, _ = in_order(unanswered)
    open_exchange(unanswered, qtbot, second)
    press(unanswered, Qt.Key.Key_A)
    assert "no answer" in unanswered.notice.words and "not marked yet" in unanswered.notice.words
    assert states(unanswered)[1] is State.UNREVIEWED
    answer(unanswered, "Write the answer")
    qtbot.waitUntil(lambda: unanswered.library.editor.response.field.hasFocus())
    QTest.keyClicks(QApplication.focusWidget(), "Two miles.")
    unanswered.library.list.table.setFocus()
    press(unanswered, Qt.Key.Key_A)
    qtbot.waitUntil(lambda: states(unanswered)[1] is State.CLEAN)
    assert browsing.texts(unanswered.opened.workspace, [second])[0][1] == "Two miles."


def test_a_person_may_mark_it_all_the_same(unanswered, qtbot) -> None:
    _, second, _ = in_order(unanswered)
    open_exchange(unanswered, qtbot, second)
    press(unanswered, Qt.Key.Key_A)
    answer(unanswered, "Mark clean all the same")
    qtbot.waitUntil(lambda: states(unanswered)[1] is State.CLEAN)


def test_a_selection_may_leave_out_what_has_no_answer(unanswered, qtbot) -> None:
    unanswered.actions_.trigger("select_all")
    press(unanswered, Qt.Key.Key_A)
    qtbot.waitUntil(lambda: unanswered.notice.words.startswith("1 of 3 has no answer"))
    answer(unanswered, "Mark only the other 2")
    qtbot.waitUntil(lambda: states(unanswered) == [State.CLEAN, State.UNREVIEWED, State.CLEAN])
