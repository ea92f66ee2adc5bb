"""What an empty list says: why it is empty, and a step that leads somewhere."""

from __future__ import annotations

import pytest

from curator.core.query import Counts, WatchedFolder
from curator.ui.actions import COMMANDS
from curator.ui.empty_words import words_for
from curator.ui.models.source_list import Source, sources_of

SOME = Counts(total=47, unreviewed=40, clean=7)


def line(key: str, counts: Counts = SOME, watched: tuple[WatchedFolder, ...] = ()) -> Source:
    return next(source for source in sources_of(counts, watched) if source.key == key)


def test_a_watched_folder_without_sessions_says_that_they_come_by_themselves() -> None:
    words = words_for(line("root:1", watched=(WatchedFolder(1, "/h/.codex", "Codex", ""),)), "", False, SOME)
    assert words.title == "Nothing came from this folder yet."
    assert "/h/.codex" in words.detail


def test_a_watched_folder_that_is_away_is_not_called_empty() -> None:
    away = WatchedFolder(1, "/mnt/old", "old", "", is_missing=True)
    words = words_for(line("root:1", watched=(away,)), "", False, SOME)
    assert words.title == "This folder is not there at the moment."
    assert "what came from it stays" in words.detail


@pytest.mark.parametrize("key", ["queue:unreviewed", "queue:clean", "queue:later", "queue:rejected", "queue:all"])
@pytest.mark.parametrize("counts", [Counts(), SOME, Counts(total=9, later=3)])
def test_every_empty_list_offers_a_step_that_there_is(key: str, counts: Counts) -> None:
    words = words_for(line(key, counts), "", False, counts)
    commands, keys = {c.id for c in COMMANDS}, {s.key for s in sources_of(counts)}
    assert words.title.endswith(".") and words.button
    assert words.step in commands or words.step.removeprefix("go:") in keys


def test_a_search_without_a_hit_names_what_was_searched() -> None:
    assert words_for(line("queue:all"), "idempotent", False, SOME).title == "No exchange says “idempotent”."
