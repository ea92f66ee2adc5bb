from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import islice

import mlx.core as mx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curator.engine.batches import (
    Batch,
    TrainingBatches,
    _padded_places,
    assemble,
    batches_of_pass,
    padded,
    targets_of,
)
from curator.tokens.template import Encoded

LENGTHS = st.lists(st.integers(2, 500), min_size=1, max_size=40)


def row(ids: list[int], prompt: int) -> Encoded:
    return Encoded(ids, [0] * prompt + [1] * (len(ids) - prompt), prompt, len(ids) - prompt)


@given(lengths=LENGTHS, size=st.integers(1, 9), seed=st.integers(0, 99), pass_index=st.integers(0, 5))
@settings(max_examples=60, deadline=None)
def test_every_row_is_in_exactly_one_batch_of_each_pass(
    lengths: list[int], size: int, seed: int, pass_index: int
) -> None:
    batches = batches_of_pass(lengths, size, seed, pass_index)
    assert Counter(r for batch in batches for r in batch) == Counter(range(len(lengths)))
    assert all(0 < len(batch) <= size for batch in batches)
    assert len(batches) == -(-len(lengths) // size)


@given(lengths=LENGTHS, size=st.integers(1, 9), seed=st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_the_first_batch_of_a_run_needs_the_most_memory(lengths: list[int], size: int, seed: int) -> None:
    batches = batches_of_pass(lengths, size, seed, 0)
    needs = [len(batch) * max(padded(lengths[r]) for r in batch) for batch in batches]
    assert needs[0] == max(needs)


def test_the_order_follows_from_seed_and_pass_alone() -> None:
    lengths = [5, 80, 33, 200, 64, 31, 90, 12, 7, 150]
    assert batches_of_pass(lengths, 3, 7, 2) == batches_of_pass(lengths, 3, 7, 2)
    assert batches_of_pass(lengths, 3, 7, 2) != batches_of_pass(lengths, 3, 8, 2)
    assert batches_of_pass(lengths, 3, 7, 2) != batches_of_pass(lengths, 3, 7, 3)


def test_batches_come_in_another_order_in_each_pass_and_not_from_long_to_short() -> None:
    lengths = [40 * n for n in range(1, 13)]
    firsts = [max(batches_of_pass(lengths, 2, 7, pass_index)[0]) for pass_index in range(20)]
    assert firsts[0] == 11  # the longest, once
    assert len(set(firsts[1:])) >= 4
    ends = {max(batches_of_pass(lengths, 2, seed, 0)[-1]) for seed in range(12)}
    assert len(ends) >= 4


def test_rows_of_like_length_meet_so_that_little_is_padded() -> None:
    lengths = [20, 400, 25, 390, 30, 380, 22, 395]
    real = sum(lengths)
    batches = batches_of_pass(lengths, 4, 0, 0)
    assert sum(len(batch) * max(padded(lengths[r]) for r in batch) for batch in batches) < 1.1 * real
    assert 4 * padded(400) * 2 > 1.9 * real  # what batches in the order of the file would take


def test_an_iteration_in_the_middle_gives_the_same_batches_as_coming_from_the_start() -> None:
    rows = [row(list(range(3, 3 + n)), 2) for n in (5, 9, 40, 70, 33, 12, 8)]
    whole = [np.array(batch[0]).tolist() for batch in islice(TrainingBatches(4)(rows, 2, 999, loop=True), 11)]
    later = [np.array(batch[0]).tolist() for batch in islice(TrainingBatches(4, start=6)(rows, 2, 999, loop=True), 5)]
    assert later == whole[6:]


def test_a_row_takes_whole_multiples_of_its_inputs_which_are_all_but_its_last_token() -> None:
    assert [padded(length) for length in (1, 2, 33, 34, 65, 66)] == [32, 32, 32, 64, 64, 96]
    assert [assemble([row(list(range(length)), 1)])[0].shape for length in (33, 34)] == [(1, 32), (1, 64)]
    assert assemble([row([1, 2, 3], 1)], width=96)[0].shape == (1, 96)


def test_padding_is_never_a_target_and_every_response_token_is() -> None:
    rows = [row([11, 12, 13, 14, 15], 3), row(list(range(20, 60)), 30), row([5, 6], 1)]
    inputs, places, targets, weights = (np.array(part) for part in assemble(rows))
    trained = [int(t) for t, w in zip(targets, weights, strict=True) if w]
    assert trained == [14, 15, *range(50, 60), 6]
    assert weights.tolist() == [1.0] * len(trained) + [0.0] * (len(weights) - len(trained))
    assert inputs.shape == (3, 64) and len(places) % 32 == 0
    flat = inputs.reshape(-1)
    before = [int(flat[p]) for p, w in zip(places, weights, strict=True) if w]
    assert before == [13, 14, *range(49, 59), 5]


def test_the_first_token_of_a_row_is_told_by_none_before_it_and_no_target() -> None:
    whole = row([7, 8, 9], 0)  # of a template that writes nothing before the answer
    _, places, targets, weights = assemble([whole])
    trained = [(p, t) for p, t, w in zip(places.tolist(), targets.tolist(), weights.tolist(), strict=True) if w]
    assert trained == [(0, 8), (1, 9)] and targets_of(whole) == len(trained)


def test_what_is_asked_before_a_batch_can_end_the_training() -> None:
    def enough() -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        next(TrainingBatches(0, before=enough)([row([1, 2, 3], 1)], 1, 9, loop=True))


class Computers:
    """One place in a group of computers, as `mx.distributed` names it."""

    def __init__(self, rank: int, size: int) -> None:
        self._rank, self._size = rank, size

    def rank(self) -> int:
        return self._rank

    def size(self) -> int:
        return self._size


def target_weights(batch: Batch) -> dict[int, float]:
    """The weight of each trained token of a batch; tokens are told apart by their id."""
    return {int(t): float(w) for t, w in zip(*map(np.array, batch[2:]), strict=True) if w}


ROWS = [row(list(range(100 * n, 100 * n + length)), 2) for n, length in enumerate((5, 9, 40, 70, 33, 12, 8), 1)]


@pytest.mark.parametrize(("accumulate", "size"), [(1, 1), (3, 1), (1, 2), (2, 3)])
def test_what_is_summed_up_to_an_update_counts_as_one_batch(accumulate: int, size: int) -> None:
    """mlx-lm takes the mean over batches and computers, and each batch the mean over its own targets."""
    sides = [
        TrainingBatches(4, accumulate=accumulate)(ROWS, 2, 999, loop=True, comm_group=Computers(rank, size))
        for rank in range(size)
    ]
    for _ in range(5):
        parts = [target_weights(next(side)) for _ in range(accumulate) for side in sides]
        effective = [weight / len(part) / len(parts) for part in parts for weight in part.values()]
        assert len(effective) > 1
        assert effective == pytest.approx([1 / len(effective)] * len(effective))


def test_computers_that_share_a_batch_get_the_same_length_and_all_rows() -> None:
    one = TrainingBatches(4)(ROWS, 3, 999, loop=True)
    sides = [TrainingBatches(4)(ROWS, 3, 999, loop=True, comm_group=Computers(rank, 2)) for rank in range(2)]
    for _ in range(6):
        whole, parts = next(one), [next(side) for side in sides]
        assert {part[0].shape[1] for part in parts} == {whole[0].shape[1]}
        assert sorted(t for part in parts for t in target_weights(part)) == sorted(target_weights(whole))


def test_a_computer_without_a_row_of_its_own_adds_nothing() -> None:
    side = TrainingBatches(0)(ROWS[:1], 1, 999, loop=True, comm_group=Computers(1, 2))
    inputs, _, _, weights = next(side)
    assert inputs.shape == (1, 32) and not weights.any().item()
    third = TrainingBatches(0)(ROWS[:2], 2, 999, loop=True, comm_group=Computers(2, 3))
    inputs, _, _, weights = next(third)
    assert inputs.shape == (1, 32) and not weights.any().item()


def test_a_single_target_counts_as_much_as_any() -> None:
    (batch,) = islice(TrainingBatches(0)([row([5, 6], 1)], 1, 9, loop=True), 1)
    assert target_weights(batch) == {6: 1.0}


def test_weights_are_taken_relative_to_their_mean() -> None:
    for weight in (2.0, 2.0**-12):
        weighed = [replace(one, weight=weight) for one in ROWS]
        both = zip(*(TrainingBatches(1)(rows, 2, 9, loop=True) for rows in (ROWS, weighed)), strict=True)
        for batch, other in islice(both, 4):
            assert target_weights(batch) == target_weights(other) and set(target_weights(batch).values()) == {1.0}
    assert target_weights(next(TrainingBatches(1)([replace(ROWS[0], weight=0.0)], 1, 9, loop=True))) == {}
    mixed = [replace(ROWS[0], weight=3.0), *ROWS[1:]]
    batches = [target_weights(batch) for batch in islice(TrainingBatches(1)(mixed, 1, 9, loop=True), 7)]
    weights = [weight for batch in batches for weight in batch.values()]
    assert sum(weights) == pytest.approx(len(weights))
    assert max(weights) == pytest.approx(3 * min(weights))


@given(count=st.integers(0, 20_000))
def test_lists_of_places_come_in_few_sizes_and_waste_little(count: int) -> None:
    size = _padded_places(count)
    assert size >= max(32, count) and size % 32 == 0
    assert size <= max(count * 1.125 + 32, 32)
    assert _padded_places(size) == size


def test_there_are_few_sizes() -> None:
    assert len({_padded_places(count) for count in range(1, 8192)}) < 50


def test_a_resumed_run_finds_the_same_update_in_the_middle() -> None:
    whole = list(islice(TrainingBatches(4, accumulate=3)(ROWS, 2, 999, loop=True), 12))
    later = list(islice(TrainingBatches(4, start=6, accumulate=3)(ROWS, 2, 999, loop=True), 6))
    for one, other in zip(whole[6:], later, strict=True):
        assert all(mx.array_equal(a, b).item() for a, b in zip(one, other, strict=True))


def test_a_row_of_weight_nothing_has_no_targets_and_any_other_has_all_of_its_own() -> None:
    whole = row(list(range(1, 9)), 3)
    light, none = replace(whole, weight=0.5), replace(whole, weight=0.0)
    assert [targets_of(one) for one in (whole, light, none)] == [5, 5, 0]
    _, places, targets, weights = assemble([none, light], factor=2.0)
    counted = [(p, t, w) for p, t, w in zip(places.tolist(), targets.tolist(), weights.tolist(), strict=True) if t]
    assert [(target, weight) for _, target, weight in counted] == [(target, 1.0) for target in range(4, 9)]
    assert all(place >= 32 for place, _, _ in counted)  # all in the second line
    assert mx.sum(assemble([none, light], is_weighted=False)[3]).item() == 10  # a measurement counts every token
