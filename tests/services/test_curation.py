"""Deciding through the services: every verb is published, and can be taken back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from claude_sessions import ClaudeSession

from curator.core.changes import Changes
from curator.core.query import ExchangeQuery, Order
from curator.core.row import Check, State
from curator.services import browsing, curation, importing
from curator.services.workspace import Workspace


@pytest.fixture
def ws(library_folder: Path, tmp_path: Path) -> Iterator[Workspace]:
    opened = Workspace.open(library_folder)
    session = ClaudeSession(tmp_path / "s.jsonl")
    for number in range(3):
        session.exchange(f"Question number {number} about the port?", f"Answer number {number} about the port.")
    importing.import_paths(opened, [session.path])
    yield opened
    opened.close()


@pytest.fixture
def ids(ws: Workspace) -> list[int]:
    return list(browsing.exchange_ids(ws, ExchangeQuery(order=Order.OLDEST)))


@pytest.fixture
def told(ws: Workspace) -> list[Changes]:
    heard: list[Changes] = []
    ws.subscribe(heard.append)
    return heard


def test_marking_many_is_one_act_with_words(ws: Workspace, ids: list[int], told: list[Changes]) -> None:
    changes = curation.mark(ws, ids, State.CLEAN)
    assert told == [changes]
    assert changes.exchanges == frozenset(ids) and changes.rows and changes.lists
    assert curation.undo_state(ws).undo == "Mark 3 exchanges clean"
    assert [row.id for row in curation.rows(ws)] == ids
    back = curation.undo(ws)
    assert back.exchanges == frozenset(ids)
    assert told[-1] is back
    assert curation.rows(ws) == []
    assert curation.undo_state(ws).redo == "Mark 3 exchanges clean"
    curation.redo(ws)
    assert len(curation.rows(ws)) == 3


def test_editing_keeps_the_original_and_reverting_brings_it_back(
    ws: Workspace, ids: list[int], told: list[Changes]
) -> None:
    curation.mark(ws, ids[:1], State.CLEAN)
    curation.edit(ws, ids[0], "A better question?", "A better answer.")
    [row] = curation.rows(ws)
    assert (row.prompt, row.response, row.revision) == ("A better question?", "A better answer.", 1)
    view = browsing.exchange(ws, ids[0])
    assert view.prompt == "Question number 0 about the port?"
    assert view.row_prompt == "A better question?"
    curation.revert(ws, ids[0])
    assert browsing.exchange(ws, ids[0]).row_prompt == view.prompt
    curation.undo(ws)
    assert browsing.exchange(ws, ids[0]).row_prompt == "A better question?"
    assert len(told) == 4


def test_checks_flags_and_tags(ws: Workspace, ids: list[int], told: list[Changes]) -> None:
    curation.check(ws, ids[:1], Check.CLEAR_IN, True)
    curation.check(ws, ids, Check.LEGIBLE, True)
    curation.flag(ws, ids[:2], True)
    curation.tag(ws, ids[:1], "  voice   of mine ", True)
    view = browsing.exchange(ws, ids[0])
    assert view.checks == {Check.CLEAR_IN, Check.LEGIBLE}
    assert view.is_flagged
    assert view.tags == ("voice of mine",)
    assert list(browsing.exchange_ids(ws, ExchangeQuery(tag="voice of mine"))) == ids[:1]
    curation.tag(ws, ids[:1], "voice of mine", False)
    assert browsing.exchange(ws, ids[0]).tags == ()
    assert all(told) and len(told) == 5


def test_a_tag_without_a_name_does_nothing(ws: Workspace, ids: list[int], told: list[Changes]) -> None:
    assert not curation.tag(ws, ids, "   ", True)
    assert told == []


def test_drafts_are_kept_and_are_no_acts(ws: Workspace, ids: list[int]) -> None:
    curation.save_draft(ws, ids[0], "half a que", "half an ans")
    view = browsing.exchange(ws, ids[0])
    assert (view.draft_prompt, view.draft_response) == ("half a que", "half an ans")
    assert curation.undo_state(ws).undo == ""
    curation.clear_draft(ws, ids[0])
    assert browsing.exchange(ws, ids[0]).draft_prompt is None


def test_undo_with_nothing_done_changes_nothing(ws: Workspace, told: list[Changes]) -> None:
    assert not curation.undo(ws)
    assert not curation.redo(ws)
    assert told == []
