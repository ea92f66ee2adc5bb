"""The sheet for a file nobody knows: what is guessed, what is shown at once, and what is imported."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QScrollArea
from pytestqt.qtbot import QtBot
from ui_places import Stage, open_stage

from curator.core.mapping import Mapping
from curator.core.query import ExchangeQuery
from curator.services import browsing
from curator.ui.import_desk import ImportDesk
from curator.ui.mapping_desk import MappingDesk
from curator.ui.views.mapping_dialog import MappingDialog

ROWS = (
    "nr,frage,antwort,gruppe\n1,Wie tief ist der Brunnen?,Drei Meter.,Haus\n2,Wie breit?,Ein Meter.,Haus\n"
    "3,Wie alt?,Hundert Jahre.,Haus\n4,Wie kalt?,Zehn Grad.,Haus\n"
)


@pytest.fixture
def stage(tmp_path: Path, qapp: QApplication) -> Iterator[Stage]:
    with open_stage(tmp_path / "library") as made:
        made.host.resize(1024, 640)
        made.host.show()
        yield made


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    path = tmp_path / "fragen.csv"
    path.write_text(ROWS, encoding="utf-8")
    return path


def opened(stage: Stage, path: Path, qtbot: QtBot) -> tuple[MappingDesk, MappingDialog]:
    desk = MappingDesk(stage.tasks, stage.host, stage.host)
    desk.open(path)
    assert desk.sheet is not None
    card = desk.sheet.card
    assert isinstance(card, MappingDialog)
    qtbot.waitUntil(lambda: bool(card.words.text()), timeout=5000)
    return desk, card


def shown(card: MappingDialog) -> str:
    return "\n".join(label.text() for label in card.findChildren(QLabel) if not label.isHidden())


def choose(card: MappingDialog, what: str, path: str) -> None:
    """As a person does: open the list, and press the entry."""
    choice = card.choices[what]
    choice.menu().aboutToShow.emit()
    next(action for action in choice.menu().actions() if action.text().startswith(f"{path}\t")).trigger()


def test_what_is_likely_is_chosen_and_three_exchanges_are_shown(stage: Stage, rows: Path, qtbot: QtBot) -> None:
    _, card = opened(stage, rows, qtbot)
    qtbot.waitUntil(card.button.isEnabled, timeout=5000)
    assert card.mapping == Mapping("frage", "antwort")
    assert "Wie tief ist der Brunnen? · Wie breit?" in card.choices["prompt"].option.detail
    qtbot.waitUntil(lambda: "Hundert Jahre." in shown(card), timeout=5000)
    assert "Wie tief ist der Brunnen?" in shown(card) and "Wie kalt?" not in shown(card)
    assert card.words.text() == "The first 3 exchanges as they would come in."


def test_a_preview_that_has_room_has_no_scroll_bar_and_one_that_has_none_can_be_scrolled(
    stage: Stage, rows: Path, qtbot: QtBot
) -> None:
    stage.host.resize(1440, 900)
    answer = "It left the depot; the carrier will call tomorrow. " * 4
    rows.write_text("frage,antwort\n" + "".join(f"Wo ist das Paket mit der Nummer {n}?,{answer}\n" for n in range(4)))
    _, card = opened(stage, rows, qtbot)
    qtbot.waitUntil(lambda: "Nummer 2" in shown(card), timeout=5000)
    area = card.findChild(QScrollArea)
    qtbot.waitUntil(lambda: area.widget().layout().heightForWidth(area.viewport().width()) > 100, timeout=5000)
    QTest.qWait(0)
    assert area.verticalScrollBar().maximum() == 0
    stage.host.resize(640, 400)
    qtbot.waitUntil(lambda: area.verticalScrollBar().maximum() > 0, timeout=5000)


def test_another_field_is_shown_at_once_and_what_makes_no_sense_cannot_be_imported(
    stage: Stage, rows: Path, qtbot: QtBot
) -> None:
    _, card = opened(stage, rows, qtbot)
    qtbot.waitUntil(card.button.isEnabled, timeout=5000)
    choose(card, "response", "gruppe")
    qtbot.waitUntil(lambda: card.button.isEnabled() and "Hundert Jahre." not in shown(card), timeout=5000)
    choose(card, "response", "frage")
    assert not card.button.isEnabled()
    assert card.words.text() == "The prompt and the answer are the same field."


def test_import_closes_the_sheet_and_reads_the_file_by_these_fields_with_progress_and_a_stop(
    stage: Stage, rows: Path, qtbot: QtBot
) -> None:
    desk, card = opened(stage, rows, qtbot)
    imports = ImportDesk(stage.workspace, stage.tasks, stage.host)
    desk.asked.connect(imports.read_mapped)
    qtbot.waitUntil(card.button.isEnabled, timeout=5000)
    told: list[object] = []
    imports.progressed.connect(told.append)
    with qtbot.waitSignal(imports.reported, timeout=20000) as heard:
        qtbot.mouseClick(card.button, Qt.MouseButton.LeftButton)
        assert desk.sheet is None and imports.is_running
    assert heard.args[0].new == 4
    assert told
    assert len(browsing.exchange_ids(stage.workspace, ExchangeQuery())) == 4


def test_escape_leaves_it_and_nothing_comes_in(stage: Stage, rows: Path, qtbot: QtBot) -> None:
    desk, card = opened(stage, rows, qtbot)
    QTest.keyClick(card, Qt.Key.Key_Escape)
    assert desk.sheet is None
    assert not len(browsing.exchange_ids(stage.workspace, ExchangeQuery()))


@pytest.mark.parametrize(("text", "words"), [("no table at all", "no two fields"), ("", "no two fields")])
def test_a_file_without_fields_is_told_in_words(stage: Stage, rows: Path, qtbot: QtBot, text: str, words: str) -> None:
    rows.write_text(text)
    _, card = opened(stage, rows, qtbot)
    assert words in card.words.text()
    assert not card.button.isEnabled()


def test_a_file_that_went_away_is_told_in_words(stage: Stage, tmp_path: Path, qtbot: QtBot) -> None:
    _, card = opened(stage, tmp_path / "gone.csv", qtbot)
    assert "cannot be read" in card.words.text()


def test_where_names_say_nothing_the_person_is_asked(stage: Stage, tmp_path: Path, qtbot: QtBot) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text('{"eins": "nur hier"}\n{"zwei": "selten"}\n{"drei": "auch"}\n{"vier": "so"}\n')
    _, card = opened(stage, path, qtbot)
    assert card.words.text() == "Choose the fields of the prompt and the answer."
    assert card.choices["prompt"].option.title == "Choose a field"
    choose(card, "prompt", "eins")
    choose(card, "response", "zwei")
    qtbot.waitUntil(lambda: card.words.text() == "No row has text in both fields.", timeout=5000)
    assert not card.button.isEnabled()
