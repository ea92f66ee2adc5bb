"""The exchange list keeps its place: when others write, and when the window changes its shape."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from itertools import pairwise

import pytest

from curator.core.query import Card
from curator.ui.models.exchange_table import ExchangeTable
from curator.ui.views.card_delegate import card_height
from curator.ui.views.exchange_list import ExchangeList


@pytest.fixture
def shown(qtbot) -> ExchangeList:
    """A list of the exchanges 100 to 1, the newest first."""

    def fetch(ids: Sequence[int]) -> list[Card]:
        return []

    table = ExchangeTable(fetch)
    listing = ExchangeList(table)
    qtbot.addWidget(listing)
    listing.resize(400, 600)
    listing.show()
    listing.show_ids(array("q", range(100, 0, -1)))
    return listing


def test_what_comes_in_above_is_told_and_the_open_card_stays_where_it_is(shown: ExchangeList, qtbot) -> None:
    assert shown.above.isHidden() and shown.visible_rows().start == 0
    shown.renew_ids(array("q", [101, *range(100, 0, -1)]))
    assert shown.current == 100 and shown.visible_rows().start == 1
    assert shown.above.isVisible() and shown.above.text() == "1 new above"
    shown.renew_ids(array("q", [103, 102, 101, *range(100, 0, -1)]))
    assert shown.above.text() == "3 new above" and shown.visible_rows().start == 3
    shown.above.click()
    assert shown.visible_rows().start == 0 and shown.above.isHidden()
    assert shown.current == 100, "the open exchange is still the one that is read"


def test_what_comes_in_below_or_only_moved_is_not_told(shown: ExchangeList) -> None:
    shown.go_to_row(40)
    shown.renew_ids(array("q", [*range(100, 0, -1), 101]))
    assert shown.above.isHidden()
    shown.renew_ids(array("q", [5, *range(100, 5, -1), 4, 3, 2, 1, 101]))
    assert shown.above.isHidden()


def test_what_is_selected_stays_selected_while_others_write(shown: ExchangeList) -> None:
    shown.select_ids([90, 88, 87, 86])
    told: list[int] = []
    shown.selection_changed.connect(told.append)
    shown.renew_ids(array("q", [102, 101, *(id for id in range(100, 0, -1) if id != 87)]))
    assert shown.selected() == [90, 88, 86] and shown.current == 90
    assert told[-1] == 3


def test_what_is_looked_at_stays_in_its_place_also_where_the_open_card_was_scrolled_away(shown: ExchangeList) -> None:
    shown.go_to_row(60)
    shown.table.verticalScrollBar().setValue(10 * card_height() + 7)
    shown.renew_ids(array("q", [*range(100, 70, -1), *range(120, 100, -1), *range(70, 0, -1)]))
    assert shown.model.id_at(shown.visible_rows().start) == 90
    assert shown.table.verticalScrollBar().value() == 10 * card_height() + 7
    assert shown.current == 40


def test_another_list_forgets_what_was_new(shown: ExchangeList) -> None:
    shown.renew_ids(array("q", [101, *range(100, 0, -1)]))
    shown.show_ids(array("q", [3, 2, 1]))
    assert shown.above.isHidden()


def test_a_lower_window_keeps_the_open_card_in_sight(shown: ExchangeList, qtbot) -> None:
    shown.go_to_row(shown.visible_rows().stop - 2)
    opened = shown.current_row
    shown.resize(400, 300)
    qtbot.waitUntil(lambda: shown.table.viewport().height() < 300)
    assert opened in shown.visible_rows()
    rect = shown.table.visualRect(shown.table.currentIndex())
    assert rect.top() >= 0 and rect.top() + card_height() <= shown.table.viewport().height()


def test_a_card_that_was_scrolled_away_is_not_fetched_back(shown: ExchangeList, qtbot) -> None:
    shown.table.scrollToBottom()
    before = shown.table.verticalScrollBar().value()
    shown.resize(400, 500)
    qtbot.waitUntil(lambda: shown.table.viewport().height() < 500)
    assert shown.table.verticalScrollBar().value() >= before


def test_the_head_of_a_narrow_list_gives_way_where_words_would_lie_over_each_other(shown: ExchangeList, qtbot) -> None:
    head = shown.head
    head.set_source("A project with a name of many words", head.query())
    head.set_count(9120)
    shown.renew_ids(array("q", [103, 102, 101, *range(100, 0, -1)]))
    for width in (404, 260):
        shown.resize(width, 600)
        qtbot.waitUntil(lambda wide=width: head.width() in range(wide - 2, wide + 1))
        parts = [head._title, head._count, shown.above, head.order_button]
        qtbot.waitUntil(lambda row=parts: all(a.geometry().right() < b.x() for a, b in pairwise(row)))
        assert head.order_button.geometry().right() < head.width()
    assert shown.above.text() == "3" and shown.above.accessibleName() == shown.above.toolTip() == "3 new above"
    shown.resize(900, 600)
    qtbot.waitUntil(lambda: shown.above.text() == "3 new above")
    assert head._title.width() >= head._title.sizeHint().width()
