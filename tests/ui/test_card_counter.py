"""Cards that are looked at get exact counts from the chosen model, and no others are counted."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from row_workspaces import store_sessions
from tiny_model import build_tiny_model
from ui_places import sessions_of

from curator.services import budgets, models
from curator.services.workspace import Workspace
from curator.ui.main_window import MainWindow
from curator.ui.models.exchange_table import PAGE

ROWS = 400


@pytest.fixture
def folder(library_folder: Path, tmp_path: Path) -> Path:
    """A library of a few pages, with a model that could count them."""
    with Workspace.open(library_folder) as ws:
        store_sessions(ws, sessions_of(ROWS), state=None)
        models.add(ws, str(build_tiny_model(tmp_path / "tiny")))
    return library_folder


@pytest.fixture
def window(open_main_window, folder: Path, qtbot) -> MainWindow:
    window = open_main_window(folder)
    qtbot.waitUntil(lambda: len(window.library.table.ids) == ROWS, timeout=10000)
    return window


def choose(window: MainWindow) -> str:
    ws = window.opened.workspace
    name = next(model.name for model in models.models(ws) if "tiny" in model.name)
    budgets.choose_model(ws, name)
    return name


def counted(window: MainWindow, rows: range) -> list[int | None]:
    return [window.library.table.card(row).tokens for row in rows]


def test_without_a_model_nothing_is_counted(window: MainWindow, qtbot) -> None:
    window.library.card_counter._wait()
    assert not window.library.card_counter._timer.isActive()
    assert counted(window, range(5)) == [None] * 5


def test_visible_cards_turn_exact_when_a_model_is_chosen(window: MainWindow, qtbot) -> None:
    ws, seen = window.opened.workspace, window.library.list.visible_rows()
    assert 5 < len(seen) < PAGE
    name = choose(window)
    qtbot.waitUntil(lambda: None not in counted(window, seen), timeout=20000)
    ids = list(window.library.table.ids[: len(seen)])
    exact = [budgets.usage(ws, name, *text).total for text in ws.library.texts(ids)]
    assert counted(window, seen) == exact
    assert window.library.table.card(seen.stop + 5).tokens is None  # on the same page, and not looked at


def test_another_model_s_figures_are_never_shown_as_its_own(window: MainWindow, qtbot) -> None:
    ws, table = window.opened.workspace, window.library.table
    budgets.tokens_of(ws, list(table.ids[:3]))  # by the estimate
    table.forget()
    estimated = counted(window, range(3))
    assert None not in estimated
    window.library.card_counter.set_model("another")
    assert counted(window, range(3)) == [None] * 3
    window.library.card_counter.set_model(None)
    name = choose(window)
    exact = [budgets.usage(ws, name, *text).total for text in ws.library.texts(list(table.ids[:3]))]
    assert exact != estimated
    qtbot.waitUntil(lambda: counted(window, range(3)) == exact, timeout=20000)


def test_what_is_scrolled_to_is_counted_when_the_list_rests(window: MainWindow, qtbot) -> None:
    choose(window)
    qtbot.waitUntil(lambda: counted(window, range(1))[0] is not None, timeout=20000)
    bar = window.library.list.table.verticalScrollBar()
    bar.setValue(bar.maximum() // 2)
    bar.setValue(bar.maximum())
    last = window.library.list.visible_rows()
    assert last.stop == ROWS
    qtbot.waitUntil(lambda: None not in counted(window, last), timeout=20000)
    assert counted(window, range(ROWS // 2 - 3, ROWS // 2 + 3)) == [None] * 6


def test_counting_ends_when_its_cards_are_scrolled_away(window: MainWindow, qtbot, monkeypatch) -> None:
    choose(window)
    qtbot.waitUntil(lambda: counted(window, range(1))[0] is not None, timeout=20000)
    real, asked, may_go_on, began = budgets.tokens_of, [], threading.Event(), threading.Event()

    def slow(ws: Workspace, ids: list[int]) -> dict[int, int]:
        assert threading.current_thread() is not threading.main_thread()
        asked.append(list(ids))
        began.set()
        assert may_go_on.wait(120)
        return real(ws, ids)

    monkeypatch.setattr(budgets, "tokens_of", slow)
    bar = window.library.list.table.verticalScrollBar()
    bar.setValue(bar.maximum() // 2)
    left = window.library.list.visible_rows()
    qtbot.waitUntil(began.is_set, timeout=20000)
    bar.setValue(bar.maximum())
    may_go_on.set()
    last = window.library.list.visible_rows()
    qtbot.waitUntil(lambda: None not in counted(window, last), timeout=20000)
    here = {window.library.table.id_at(row) for row in left}
    assert len(here.intersection(id for part in asked for id in part)) == len(asked[0]) < len(here)
