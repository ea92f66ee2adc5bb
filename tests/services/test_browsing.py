"""Looking at a library through the services."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from claude_sessions import ClaudeSession

from curator.core.errors import NotFoundError
from curator.core.query import ExchangeQuery, Order
from curator.services import browsing, importing
from curator.services.workspace import Workspace


@pytest.fixture
def ws(library_folder: Path, tmp_path: Path) -> Iterator[Workspace]:
    opened = Workspace.open(library_folder)
    session = ClaudeSession(tmp_path / "s.jsonl")
    session.exchange("Why does the webhook retry twice?", "The first answer comes too late.")
    session.exchange("How is the timeout changed?", "In the settings of the sender, under delivery.")
    importing.import_paths(opened, [session.path])
    yield opened
    opened.close()


def test_ids_cards_and_one_exchange_say_the_same(ws: Workspace) -> None:
    ids = browsing.exchange_ids(ws, ExchangeQuery(order=Order.OLDEST))
    cards = browsing.cards(ws, ids)
    assert [card.id for card in cards] == list(ids)
    views = [browsing.exchange(ws, id) for id in ids]
    assert [view.prompt for view in views] == ["Why does the webhook retry twice?", "How is the timeout changed?"]
    assert [card.prompt for card in cards] == [view.prompt for view in views]
    assert [step.kind for step in views[0].steps] == ["tool_call", "tool_result"]


def test_words_are_found(ws: Workspace) -> None:
    [id] = browsing.exchange_ids(ws, ExchangeQuery(text="webhook"))
    assert "webhook" in browsing.exchange(ws, id).prompt


def test_counts_and_sessions(ws: Workspace) -> None:
    counts = browsing.counts(ws)
    assert (counts.total, counts.unreviewed, counts.clean) == (2, 2, 0)
    assert dict(counts.formats) == {"claude-code": 2}
    [session] = browsing.sessions(ws)
    assert (session.exchanges, session.prompts, session.format) == (2, 2, "claude-code")


def test_a_session_in_two_files_is_listed_once(ws: Workspace, tmp_path: Path) -> None:
    [known] = browsing.sessions(ws)
    backup = tmp_path / "backup.jsonl"
    backup.write_bytes(Path(known.path).read_bytes() + b"\n")
    importing.import_paths(ws, [backup])
    assert browsing.sessions(ws) == [known]
    assert sorted(one.repeats for one in browsing.sessions(ws, copies=True)) == [0, 2]


def test_an_id_that_is_not_there_is_told(ws: Workspace) -> None:
    with pytest.raises(NotFoundError):
        browsing.exchange(ws, 999)
