"""The word diff adds up, speaks in whole words, and answers at once whatever the texts are."""

from __future__ import annotations

import random
from collections.abc import Sequence
from difflib import SequenceMatcher

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curator.ui.views import word_diff as module
from curator.ui.views.word_diff import Piece, changed_lines, count_edits, word_diff

TEXTS = st.text(alphabet=st.sampled_from("ab c.\n🦊é"), max_size=120)


def test_whole_words_are_taken_out_and_put_in() -> None:
    assert word_diff("a webhook is here", "a webhooks is here") == [
        Piece("same", "a "), Piece("was", "webhook "), Piece("now", "webhooks "), Piece("same", "is here"),
    ]  # fmt: skip


def test_one_change_is_one_edit() -> None:
    assert count_edits(word_diff("In the log I pasted above I see", "Here I see")) == 1
    assert count_edits(word_diff("one two three four", "one 2 three 4")) == 2
    assert count_edits(word_diff("the same", "the same")) == 0


def test_changed_lines_are_numbered_in_the_new_text() -> None:
    assert changed_lines("a\nb\nc", "a\nB\nc\nd") == {1, 3}
    assert changed_lines("a\nb\nc", "a\nc") == {1}
    assert changed_lines("same", "same") == set()


def test_few_edits_among_many_lines_are_found_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what lies between anchors is compared: of lines that are not alike there is nothing to compare at all."""
    compared: list[int] = []

    def counted(junk: None, old: Sequence[str], new: Sequence[str], autojunk: bool) -> SequenceMatcher[str]:
        compared.append(len(new))
        return SequenceMatcher(junk, old, new, autojunk)

    monkeypatch.setattr(module, "SequenceMatcher", counted)
    chance = random.Random(7)
    lines = [f"word{chance.randrange(3_000)}" for _ in range(13_000)]
    edited = ["XX" if i % 300 == 0 else line for i, line in enumerate(lines)]
    assert changed_lines("\n".join(lines), "\n".join(edited)) == set(range(0, 13_000, 300))
    assert changed_lines("\n".join(lines), "\n".join(lines[:5_000] + lines[5_003:])) == {5_000}
    assert sum(compared) < 100


@settings(max_examples=300, deadline=None)
@given(TEXTS, TEXTS)
def test_lines_that_are_not_marked_stand_in_the_old_text_in_this_order(before: str, after: str) -> None:
    changed = changed_lines(before, after)
    kept = [line for n, line in enumerate(after.split("\n")) if n not in changed]
    old = iter(before.split("\n"))
    assert all(line in old for line in kept)


@settings(max_examples=300, deadline=None)
@given(TEXTS, TEXTS)
def test_the_pieces_always_add_up_to_both_texts(before: str, after: str) -> None:
    pieces = word_diff(before, after)
    assert "".join(piece.text for piece in pieces if piece.kind != "now") == before
    assert "".join(piece.text for piece in pieces if piece.kind != "was") == after
    assert all(piece.text for piece in pieces)


def test_a_hundred_kilobytes_are_compared_no_further_than_the_cap(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cap is on the pairs of equal words that are looked at; bench_reader.py tells how long that takes."""
    works: list[int] = []

    def counted(junk: None, old: Sequence[str], new: Sequence[str], autojunk: bool) -> SequenceMatcher[str]:
        works.append(module._work(old, new))
        return SequenceMatcher(junk, old, new, autojunk)

    monkeypatch.setattr(module, "SequenceMatcher", counted)
    chance = random.Random(7)
    few = [chance.choice(("the", "of", "a", "in", "to", "and", "is")) for _ in range(25_000)]
    many = [f"word{chance.randrange(3_000)}" for _ in range(13_000)]
    edited = ["XX" if i % 300 == 0 else word for i, word in enumerate(many)]
    shuffled = chance.sample(many, len(many))
    pairs = [(few, few[::-1]), (many, edited), (many, shuffled), (["a"] * 50_000, ["a", "b"] * 25_000)]
    for before, after in pairs:
        for sign in (" ", "\n"):
            for compare in (word_diff, changed_lines):
                works.clear()
                assert compare(sign.join(before), sign.join(after))
                assert sum(works) <= module._PAIRS
    assert count_edits(word_diff(" ".join(many), " ".join(edited))) >= 40


def test_above_the_cap_everything_between_the_ends_is_one_change() -> None:
    before, after = ["start", *["a"] * 5_000, "end"], ["start", *["a", "b"] * 2_500, "end"]
    pieces = word_diff(" ".join(before), " ".join(after))
    assert [piece.kind for piece in pieces] == ["same", "was", "now", "same"]
    assert changed_lines("\n".join(before), "\n".join(after)) == set(range(2, 5_001))
