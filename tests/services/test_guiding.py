"""Where a newcomer stands, and what is done with the samples and only with them."""

from __future__ import annotations

import json
from pathlib import Path

from curator.core.query import ExchangeQuery
from curator.core.row import State
from curator.services import browsing, curation, guiding, importing
from curator.services.workspace import Workspace


def own_session(folder: Path) -> Path:
    """One exchange of a person's own that nothing speaks against."""
    file = folder / "own.jsonl"
    said = "Because the cache is keyed by the path alone. Two users share a path, so one of them sees what is not hers."
    messages = [{"role": "user", "content": "Why does the cache show the page of another user?"}]
    file.write_text(json.dumps({"messages": [*messages, {"role": "assistant", "content": said}]}) + "\n")
    return file


def test_an_empty_library_stands_nowhere(ws: Workspace) -> None:
    assert guiding.footing(ws, 0) == guiding.Footing()


def test_the_samples_are_known_and_what_of_them_can_be_marked(ws: Workspace) -> None:
    importing.import_paths(ws, importing.sample_paths())
    now = guiding.footing(ws, 0)
    assert (now.total, now.clean, now.has_samples, now.taken) == (47, 0, True, 0)
    assert 20 < now.ready < 35


def test_the_samples_are_known_wherever_the_program_keeps_them(ws: Workspace, tmp_path: Path) -> None:
    inside = tmp_path / "site-packages" / "curator" / "_resources" / "samples"
    inside.mkdir(parents=True)
    for file in importing.sample_paths():
        (inside / file.name).write_bytes(file.read_bytes())
    importing.import_paths(ws, [inside])
    assert guiding.footing(ws, 0).has_samples


def test_marking_the_samples_touches_nothing_of_the_persons_own(ws: Workspace, tmp_path: Path) -> None:
    importing.import_paths(ws, [own_session(tmp_path)])
    assert not guiding.footing(ws, 0).has_samples
    importing.import_paths(ws, importing.sample_paths())
    ready = guiding.footing(ws, 0).ready
    changes = guiding.mark_samples(ws)
    now = guiding.footing(ws, 0)
    assert len(changes.exchanges) == ready == now.clean == now.taken
    assert now.ready == 0
    own = next(card for card in browsing.sessions(ws) if card.path.endswith("own.jsonl"))
    assert ws.library.cards(browsing.exchange_ids(ws, ExchangeQuery(session=own.id)))[0].state is State.UNREVIEWED


def test_what_was_decided_before_is_left_as_it_is(ws: Workspace) -> None:
    importing.import_paths(ws, importing.sample_paths())
    first, second = list(browsing.exchange_ids(ws, ExchangeQuery()))[:2]
    curation.mark(ws, [first], State.REJECTED)
    curation.mark(ws, [second], State.LATER)
    guiding.mark_samples(ws)
    assert [browsing.exchange(ws, id).state for id in (first, second)] == [State.REJECTED, State.LATER]


def test_samples_are_set_aside_in_one_act_that_can_be_undone(ws: Workspace, tmp_path: Path) -> None:
    importing.import_paths(ws, [own_session(tmp_path), *importing.sample_paths()])
    own = next(card for card in browsing.sessions(ws) if card.path.endswith("own.jsonl"))
    curation.mark(ws, browsing.exchange_ids(ws, ExchangeQuery(session=own.id)), State.CLEAN)
    guiding.mark_samples(ws)
    before = guiding.footing(ws, 0)
    guiding.set_samples_aside(ws)
    now = guiding.footing(ws, 0)
    assert (now.clean, now.taken) == (1, 0)
    curation.undo(ws)
    assert guiding.footing(ws, 0) == before
