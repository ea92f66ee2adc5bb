"""Changes add up, and know when there is nothing to tell."""

from __future__ import annotations

from curator.core.changes import Changes


def test_two_changes_together_name_everything_both_touched() -> None:
    first = Changes(exchanges=frozenset({1, 2}), lists=True, words="Mark 2 exchanges clean")
    second = Changes(exchanges=frozenset({3}), rows=True)
    both = first | second
    assert both.exchanges == {1, 2, 3}
    assert both.lists and both.rows and not both.tags
    assert both.words == "Mark 2 exchanges clean"


def test_the_later_words_win() -> None:
    assert (Changes(words="Edit row") | Changes(words="Undid: Edit row")).words == "Undid: Edit row"


def test_words_alone_are_no_change() -> None:
    assert not Changes(words="nothing happened")
    assert Changes(watched=True)
