"""The list holds ids and a few pages, and asks for nothing that is not shown."""

from __future__ import annotations

from array import array

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester

from curator.core.query import Card
from curator.core.row import State
from curator.ui.models.exchange_table import PAGE, PAGES, ExchangeTable, Role


def card(id: int) -> Card:
    return Card(id, 1, id, f"prompt {id}", f"response {id}", State.UNREVIEWED, (), 90, 400, False, False, "text")


class Shelf:
    def __init__(self) -> None:
        self.asked: list[int] = []

    def __call__(self, ids) -> list[Card]:
        self.asked.append(len(ids))
        return [card(i) for i in ids]


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def table(qapp, shelf: Shelf) -> ExchangeTable:
    made = ExchangeTable(shelf)
    made.set_ids(array("q", range(1, 1001)))
    return made


def test_the_model_keeps_qts_rules(table: ExchangeTable) -> None:
    tester = QAbstractItemModelTester(table, QAbstractItemModelTester.FailureReportingMode.Fatal)
    table.set_ids(array("q", range(5, 50)))
    table.patch([7], state=State.CLEAN)
    table.drop([7])
    table.set_ids(array("q"))
    assert tester.model() is table


def test_one_page_is_read_for_the_rows_on_it(table: ExchangeTable, shelf: Shelf) -> None:
    for row in range(PAGE):
        assert table.data(table.index(row, 0), Role.CARD).id == row + 1
    assert shelf.asked == [PAGE]


def test_a_million_ids_cost_no_read(qapp, shelf: Shelf) -> None:
    table = ExchangeTable(shelf)
    table.set_ids(array("q", range(1_000_000)))
    assert table.rowCount() == 1_000_000
    assert shelf.asked == []


def test_old_pages_are_forgotten(qapp, shelf: Shelf) -> None:
    table = ExchangeTable(shelf)
    table.set_ids(array("q", range(PAGE * (PAGES + 10))))
    for number in range(PAGES + 10):
        table.card(number * PAGE)
    assert len(table._pages) == PAGES


def test_a_patch_shows_at_once_and_gives_way_to_what_is_written(table: ExchangeTable, qtbot) -> None:
    table.card(0)
    with qtbot.waitSignal(table.dataChanged):
        table.patch([1], state=State.CLEAN)
    assert table.card(0).state is State.CLEAN
    table.drop([1])
    assert table.card(0).state is State.UNREVIEWED


def test_a_write_reads_only_its_own_page_again(table: ExchangeTable, shelf: Shelf) -> None:
    table.card(0), table.card(PAGE), table.card(2 * PAGE)
    table.drop([PAGE + 1])
    table.card(0), table.card(PAGE), table.card(2 * PAGE)
    assert len(shelf.asked) == 4


def test_an_exchange_that_is_gone_leaves_an_empty_card(qapp) -> None:
    table = ExchangeTable(lambda ids: [card(i) for i in ids if i != 2])
    table.set_ids(array("q", [1, 2, 3]))
    assert table.card(1) is None
    assert table.data(table.index(1, 0), Qt.ItemDataRole.DisplayRole) == ""


def test_a_screen_reader_hears_state_prompt_and_tokens(table: ExchangeTable) -> None:
    words = table.data(table.index(0, 0), Qt.ItemDataRole.AccessibleTextRole)
    assert words == "to review: prompt 1. about 100 tokens. response 1"


def test_a_first_page_that_came_with_the_list_is_not_read_again(qapp, shelf: Shelf) -> None:
    table = ExchangeTable(shelf)
    table.set_ids(array("q", range(1, 301)), [card(id) for id in range(1, PAGE + 1)])
    assert table.card(0) == card(1) and shelf.asked == []
    assert table.card(PAGE) == card(PAGE + 1) and shelf.asked == [PAGE]
    before = table.drops
    table.drop([1])
    assert table.drops == before + 1
    assert table.card(0) == card(1) and shelf.asked == [PAGE, PAGE]
