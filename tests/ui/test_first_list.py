"""The first list: what the place would have asked for, read before the place is there."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QSettings

from curator.core.query import ExchangeQuery, Order
from curator.core.row import State
from curator.services import browsing, curation, settings
from curator.services.workspace import Workspace
from curator.ui.first_list import read_first_list
from curator.ui.main_window import MainWindow
from curator.ui.setting_keys import PLACE_KEY
from curator.ui.tasks import Tasks
from curator.ui.whereabouts import Whereabouts


def test_it_begins_with_what_is_to_be_reviewed(sampled_folder: Path) -> None:
    with Workspace.open(sampled_folder) as ws:
        first = read_first_list(ws)
        assert first.query == ExchangeQuery(states=frozenset({State.UNREVIEWED}))
        assert first.ids == browsing.exchange_ids(ws, first.query)
        assert first.counts.unreviewed == len(first.ids) > 0


def test_a_line_that_is_gone_leads_to_the_beginning(sampled_folder: Path) -> None:
    with Workspace.open(sampled_folder) as ws:
        settings.keep(ws, PLACE_KEY, Whereabouts("tag:gone", order=Order.OLDEST).words())
        first = read_first_list(ws)
        assert first.query == ExchangeQuery(states=frozenset({State.UNREVIEWED}), order=Order.OLDEST)


@pytest.mark.parametrize("is_ahead", [True, False])
def test_the_window_shows_the_list_and_the_exchange_that_were_left(
    sampled_folder: Path, tmp_path: Path, qtbot, is_ahead: bool
) -> None:
    ws = Workspace.open(sampled_folder)
    left = browsing.exchange_ids(ws, ExchangeQuery(order=Order.NEWEST))[7]
    curation.flag(ws, [left], True)
    settings.keep(ws, PLACE_KEY, Whereabouts("queue:all", order=Order.NEWEST, exchange=left).words())
    window = MainWindow(Tasks(), QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat))
    qtbot.addWidget(window)
    window.show()
    window.attach(ws, read_first_list(ws) if is_ahead else None)
    if is_ahead:
        assert len(window.library.table.ids), "it needs no second look"
    qtbot.waitUntil(lambda: window.library.desk.view is not None, timeout=20000)
    assert window.library.list.current == left
    assert window.library.list.current_row == 7
    assert window.library.sidebar.current == "queue:all"
    window.close()
