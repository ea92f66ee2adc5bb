"""Changes add up, and know when there is nothing to tell."""

from __future__ import annotations

from curator.core.changes import Changes, together


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


def test_many_at_once_are_what_they_are_one_after_the_other() -> None:
    parts = [Changes(exchanges=frozenset({n}), sources=frozenset({n % 2}), words="x" * (n % 3)) for n in range(5)]
    one_by_one = Changes()
    for part in parts:
        one_by_one |= part
    assert together(parts) == one_by_one and one_by_one.words == "x" and len(one_by_one.exchanges) == 5
    assert together([]) == Changes()
