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
    """What was published of the decisions; copies of the files are made meanwhile in another thread."""
    heard: list[Changes] = []
    ws.subscribe(lambda changes: None if changes.archive else heard.append(changes))
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


KEY, TOKEN = "AKIA" + "QWERTYUIOPASDFGH", "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6"


@pytest.fixture
def leaky(ws: Workspace, tmp_path: Path) -> list[int]:
    """Three exchanges: the first holds two secrets, the second one, the third none."""
    session = ClaudeSession(tmp_path / "leaky.jsonl", seed=9)
    session.exchange(f"Why is {KEY} refused, and {TOKEN} too?", "Both were revoked yesterday; make new ones.")
    session.exchange("Which key does the second service use now?", f"It reads {KEY} from its environment.")
    session.exchange("Where does the port come from in the end?", "From the environment of the service.")
    importing.import_paths(ws, [session.path])
    return sorted(browsing.exchange_ids(ws, ExchangeQuery()))[-3:]


def badged(ws: Workspace, ids: list[int]) -> list[bool]:
    """What the cards, the reader's view and the queue say, which must be the same."""
    cards = ["secret" in card.signals for card in browsing.cards(ws, ids)]
    views = [any(hit.name == "secret" for hit in browsing.exchange(ws, id).present_signals) for id in ids]
    queue = browsing.exchange_ids(ws, ExchangeQuery(signal="secret", everything=True))
    assert cards == views == [id in queue for id in ids]
    assert browsing.counts(ws).secret == sum(cards)
    assert curation.holding_secrets(ws, ids) == [id for id, holds in zip(ids, cards, strict=True) if holds]
    return cards


def test_masking_is_one_act_that_says_how_many_and_leaves_the_originals(
    ws: Workspace, leaky: list[int], told: list[Changes]
) -> None:
    assert badged(ws, leaky) == [True, True, False]
    changes = curation.mask(ws, leaky)
    assert told == [changes] and changes.exchanges == frozenset(leaky[:2]) and changes.lists
    assert curation.undo_state(ws).undo == "Mask 3 secrets"
    assert browsing.texts(ws, leaky)[:2] == [
        ("Why is [AWS key id] refused, and [GitHub token] too?", "Both were revoked yesterday; make new ones."),
        ("Which key does the second service use now?", "It reads [AWS key id] from its environment."),
    ]
    assert browsing.exchange(ws, leaky[0]).prompt == f"Why is {KEY} refused, and {TOKEN} too?"
    assert badged(ws, leaky) == [False, False, False]
    curation.undo(ws)
    assert KEY in browsing.texts(ws, leaky)[1][1]
    assert badged(ws, leaky) == [True, True, False]
    curation.redo(ws)
    assert badged(ws, leaky) == [False, False, False]


def test_masking_what_holds_no_secret_is_no_act(ws: Workspace, leaky: list[int], told: list[Changes]) -> None:
    assert not curation.mask(ws, leaky[2:])
    assert told == [] and curation.undo_state(ws).undo == ""
    curation.mask(ws, leaky[1:2])
    assert curation.undo_state(ws).undo == "Mask 1 secret"


def test_masking_leaves_what_is_typed_elsewhere_alone(ws: Workspace, leaky: list[int]) -> None:
    curation.save_draft(ws, leaky[0], "half a que", "half an ans")
    curation.mask(ws, leaky)
    view = browsing.exchange(ws, leaky[0])
    assert (view.draft_prompt, view.draft_response) == ("half a que", "half an ans")


def test_the_signals_of_a_row_follow_its_present_text(ws: Workspace, leaky: list[int]) -> None:
    before = [card.score for card in browsing.cards(ws, leaky)]
    curation.edit(ws, leaky[2], f"Is {KEY} the key of the service?", "It is, from the environment.")
    assert badged(ws, leaky) == [True, True, True]
    assert [hit.part for hit in browsing.exchange(ws, leaky[2]).present_signals if hit.name == "secret"] == ["prompt"]
    curation.edit(
        ws, leaky[2], "Is it the key of the service?", "It is; write to jo.miller@harbour-lane.net for another."
    )
    assert badged(ws, leaky) == [True, True, False]
    assert "personal_data" in browsing.cards(ws, leaky)[2].signals
    curation.mark(ws, leaky[2:], State.CLEAN)
    assert "personal_data" in curation.rows(ws)[0].signals
    curation.revert(ws, leaky[2])
    assert badged(ws, leaky) == [True, True, False]
    assert [card.score for card in browsing.cards(ws, leaky)] == before


def test_an_original_that_grows_does_not_bring_back_the_badge_of_a_masked_row(ws: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "grows.jsonl"
    session = ClaudeSession(path, seed=11)
    asked, answered = session.lines(f"Why is {KEY} refused today?", "Revoked.", tools=0).splitlines(keepends=True)
    session.write(asked + answered)
    importing.import_paths(ws, [path])
    [id] = browsing.exchange_ids(ws, ExchangeQuery(signal="secret"))
    curation.mask(ws, [id])
    path.write_bytes(asked + answered.replace(b"Revoked.", b"Revoked yesterday, and replaced."))
    importing.import_paths(ws, [path])
    assert "replaced" in browsing.exchange(ws, id).response
    assert badged(ws, [id]) == [False]
