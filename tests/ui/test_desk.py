"""The desk loses nothing of what is typed, whoever writes beside it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from curator.core.query import ExchangeQuery, ExchangeView
from curator.core.row import State
from curator.services import browsing, curation
from curator.services.workspace import Workspace
from curator.ui import desk as desk_module
from curator.ui.desk import Desk
from curator.ui.tasks import Tasks


@pytest.fixture
def workspace(sampled_folder: Path) -> Iterator[Workspace]:
    with Workspace.open(sampled_folder) as ws:
        yield ws


def test_what_was_typed_while_an_exchange_was_read_again_is_there_on_the_way_back(
    workspace: Workspace, qtbot, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks = Tasks(workspace)
    desk = Desk(workspace, tasks)
    one, other = list(browsing.exchange_ids(workspace, ExchangeQuery(everything=True)))[:2]
    for id in (other, one):
        desk.open(id, [one, other])
        qtbot.waitUntil(lambda id=id: desk.view is not None and desk.view.id == id)
    assert desk.view is not None
    prompt, response = desk.view.row_prompt, f"{desk.view.row_response} And more."
    read, may_end = threading.Event(), threading.Event()

    exchange = browsing.exchange

    def slow(ws: Workspace, id: int) -> ExchangeView:
        found = exchange(ws, id)
        read.set()
        assert may_end.wait(60)
        return found

    with monkeypatch.context() as patch:
        patch.setattr(desk_module.browsing, "exchange", slow)
        curation.mark(workspace, [one], State.LATER)  # by another process, say
        desk.drop([one])
        qtbot.waitUntil(read.is_set)
        desk.type(prompt, response)
        desk.flush()
        qtbot.waitUntil(lambda: not tasks.is_writing)
        with qtbot.waitSignal(desk.shown, timeout=60_000):
            may_end.set()
    desk.open(other)
    desk.open(one)
    qtbot.waitUntil(lambda: desk.view is not None and desk.view.id == one)
    assert desk.typed(one) == (prompt, response)
    desk.open(0)
    tasks.shutdown()
