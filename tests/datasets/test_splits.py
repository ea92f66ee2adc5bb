"""Rows are held out so that nothing leaks, the same rows always the same way, and what is odd about it is said."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curator.core.row import Row
from curator.core.snapshot import Split
from curator.datasets.splits import keep_splits, plan_splits, targets


def make_rows(count: int, sessions: int) -> list[Row]:
    """Rows that differ, spread over sessions."""
    return [Row(n + 1, n % sessions + 1, f"question {n}?", f"answer {n}.") for n in range(count)]


def held_out(rows: list[Row], seed: int = 0) -> set[str]:
    """The prompts of the rows that are not trained."""
    splits = plan_splits(rows, seed).splits
    return {row.prompt for row, split in zip(rows, splits, strict=True) if split is not Split.TRAIN}


@settings(max_examples=150, deadline=None)
@given(
    sessions=st.lists(st.integers(min_value=1, max_value=30), min_size=1, max_size=25),
    seed=st.integers(0, 5),
    twins=st.integers(0, 6),
)
def test_no_session_is_in_two_splits_and_no_part_that_matters_is_empty(
    sessions: list[int], seed: int, twins: int
) -> None:
    rows = [
        Row(0, session, "the same" if place < 1 and session < twins else f"{session}/{place}", "answer")
        for session, size in enumerate(sessions)
        for place in range(size)
    ]
    if len(rows) < 4:
        return
    plan = plan_splits(rows, seed)
    assert len(plan.splits) == len(rows)
    assert plan.count(Split.TRAIN) >= 1 and plan.count(Split.VALID) >= 1
    assert plan.is_by_session == (len(sessions) > 1)
    if plan.is_by_session:
        parts: dict[int, set[Split]] = {}
        for row, split in zip(rows, plan.splits, strict=True):
            parts.setdefault(row.session, set()).add(split)
        assert all(len(splits) == 1 for splits in parts.values())


def test_sessions_that_share_a_row_stay_together() -> None:
    rows = make_rows(60, 20)
    twin = [Row(61, 21, rows[0].prompt, rows[0].response), Row(62, 22, rows[1].prompt, rows[1].response)]
    for seed in range(20):
        splits = plan_splits([*rows, *twin], seed).splits
        assert splits[0] == splits[60]
        assert splits[1] == splits[61]


@pytest.mark.parametrize(
    ("rows", "valid", "test"), [(4, 1, 0), (10, 2, 0), (45, 9, 2), (91, 9, 5), (500, 50, 25), (9000, 200, 200)]
)
def test_a_tenth_is_held_out_and_nine_rows_where_they_can_be_spared(rows: int, valid: int, test: int) -> None:
    assert targets(rows) == (valid, test)
    plan = plan_splits(make_rows(rows, max(2, rows)))
    assert plan.count(Split.VALID) == valid
    assert plan.count(Split.TEST) == test


@pytest.mark.parametrize(
    ("sizes", "valid"),
    [([30, 30, 30], 30), ([30, 30, 1], 1), ([20, 20, 20, 2], 22), ([50, 41], 41), ([1, 3], 1), ([5] * 20, 10)],
)
def test_large_sessions_are_held_out_whole_or_not_at_all(sizes: list[int], valid: int) -> None:
    rows = [Row(0, session, f"{session}/{place}", "a") for session, size in enumerate(sizes) for place in range(size)]
    for seed in range(10):
        assert plan_splits(rows, seed).count(Split.VALID) == valid


@pytest.mark.parametrize("sessions", [1, 30])
def test_the_draw_is_by_the_seed_and_by_what_the_rows_say_and_not_by_their_order(sessions: int) -> None:
    rows = make_rows(60, sessions)
    shuffled = random.Random(1).sample(rows, len(rows))
    drawn = [held_out(rows, seed) for seed in range(5)]
    assert drawn == [held_out(shuffled, seed) for seed in range(5)]
    assert len(set(map(frozenset, drawn))) == 5


def test_the_same_row_twice_in_the_only_session_is_trained_or_held_out_but_not_both() -> None:
    rows = [*make_rows(30, 1), *make_rows(15, 1)]
    for seed in range(10):
        plan = plan_splits(rows, seed)
        assert not plan.is_by_session
        assert plan.splits[30:] == plan.splits[:15]


def test_a_plan_says_that_too_few_rows_are_held_out_or_many() -> None:
    [few, no_test] = plan_splits(make_rows(4, 4)).notes
    assert few == "Only 1 row is held out for validation: its loss will jump about."
    assert no_test == "No rows are kept for a test: there are too few."
    assert plan_splits(make_rows(42, 42)).notes == (
        "Only 8 rows are held out for validation: its loss will jump about.",
    )
    assert plan_splits(make_rows(45, 45)).notes == ()  # nine rows to check with are enough
    assert plan_splits([Row(0, n // 30, str(n), "a") for n in range(90)]).notes == (
        "30 of 90 rows are held out, because only whole sessions are.",
        "No rows are kept for a test: there are too few.",
    )


def test_kept_splits_are_by_session_only_where_no_session_is_in_two() -> None:
    rows = make_rows(6, 3)  # the sessions are 1, 2, 3, 1, 2, 3
    train, valid = Split.TRAIN, Split.VALID
    assert keep_splits(rows, [train, valid, train] * 2).is_by_session
    assert not keep_splits(rows, [train, valid, train, valid, train, train]).is_by_session
    alone = keep_splits(make_rows(2, 1), [train, train])
    assert not alone.is_by_session and "All rows come from one session" in alone.notes[0]
