"""What was decided stays where it stood, whatever arrives meanwhile."""

from __future__ import annotations

from array import array

from hypothesis import given
from hypothesis import strategies as st

from curator.ui.reviewing import merge


def ids(*values: int) -> array:
    return array("q", values)


def test_without_decisions_the_new_list_is_taken_as_it_is() -> None:
    assert merge(ids(1, 2, 3), ids(9, 1, 2, 3), {}) == ids(9, 1, 2, 3)


def test_a_decided_exchange_stays_behind_its_neighbour() -> None:
    assert merge(ids(1, 2, 3, 4), ids(1, 3, 4, 5), {2: 1}) == ids(1, 2, 3, 4, 5)


def test_several_decided_ones_keep_their_order() -> None:
    assert merge(ids(1, 2, 3, 4), ids(4, 5), {1: 0, 2: 1, 3: 2}) == ids(1, 2, 3, 4, 5)


@given(st.lists(st.integers(1, 200), unique=True), st.data())
def test_a_list_that_only_lost_what_was_decided_does_not_move(old: list[int], data) -> None:
    decided = data.draw(st.sets(st.sampled_from(old))) if old else set()
    left = [i for i in old if i not in decided]
    assert list(merge(ids(*old), ids(*left), {i: old.index(i) for i in decided})) == old
