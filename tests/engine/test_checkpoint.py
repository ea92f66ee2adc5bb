"""One file that holds a whole run: what goes in comes out, and of a damaged one nothing is taken."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import mlx.core as mx
import mlx.nn as nn
import numpy as np
import pytest
from mlx.utils import tree_flatten

from curator.engine.checkpoint import load_checkpoint, random_key, restore_key, save_checkpoint
from curator.engine.optimizer import SafeAdamW
from curator.engine.standing import BEFORE_FILE, CHECKPOINT_FILE, Standing

ORDER = "an order"


class Small:
    """A model of one layer under way, with its optimizer."""

    def __init__(self, seed: int = 0) -> None:
        mx.random.seed(seed)
        self.model = nn.Linear(3, 2)
        self.optimizer = SafeAdamW(1e-2, 0.01, 1.0)
        self.optimizer.begin(self.model.trainable_parameters())

    def learn(self, steps: int) -> None:
        for _ in range(steps):
            gradients = {name: mx.random.normal(value.shape) for name, value in self.model.parameters().items()}
            self.optimizer.update(self.model, gradients)
            mx.eval(self.model.parameters(), self.optimizer.state)

    def numbers(self) -> dict[str, Any]:
        flat = tree_flatten({"model": self.model.parameters(), "optimizer": self.optimizer.state})
        return {name: np.array(value).tolist() for name, value in flat}

    def save(self, folder: Path, best: dict[str, mx.array] | None = None, iteration: int = 3) -> None:
        save_checkpoint(folder, self.model, self.optimizer, Standing(iteration, order=ORDER), random_key(), best)

    def load(self, folder: Path, order: str = ORDER) -> Any:
        return load_checkpoint(folder, self.model, self.optimizer, order)


def test_a_run_goes_on_with_the_very_numbers(tmp_path: Path) -> None:
    run = Small()
    run.learn(3)
    run.save(tmp_path)
    run.learn(4)
    expected = run.numbers()
    other = Small(seed=9)
    other.learn(1)
    found = other.load(tmp_path)
    assert found is not None and found[0] == Standing(3, order=ORDER)
    other.learn(4)  # from the random state of then
    assert other.numbers() == expected


def test_the_best_comes_back_and_where_none_was_found_there_is_none(tmp_path: Path) -> None:
    run = Small()
    run.save(tmp_path, best={"weight": mx.full((2, 3), 0.5)})
    _, best = run.load(tmp_path)
    assert list(best) == ["weight"] and mx.array_equal(best["weight"], mx.full((2, 3), 0.5)).item()
    run.save(tmp_path)
    assert run.load(tmp_path)[1] is None


def test_the_one_before_stays_until_the_new_one_is_there(tmp_path: Path) -> None:
    run = Small()
    run.save(tmp_path, iteration=1)
    assert not (tmp_path / BEFORE_FILE).exists()
    first = (tmp_path / CHECKPOINT_FILE).read_bytes()
    run.learn(1)
    run.save(tmp_path, iteration=2)
    assert (tmp_path / BEFORE_FILE).read_bytes() == first != (tmp_path / CHECKPOINT_FILE).read_bytes()
    (tmp_path / CHECKPOINT_FILE).unlink()  # the power failed between the two renames
    found = run.load(tmp_path)
    assert found is not None and found[0].iteration == 1


def test_what_is_of_another_order_is_not_taken(tmp_path: Path) -> None:
    run = Small()
    run.save(tmp_path)
    run.learn(1)
    before = run.numbers()
    assert run.load(tmp_path, "another order") is None and run.numbers() == before


def test_torn_or_turned_at_any_byte_it_counts_as_none(tmp_path: Path) -> None:
    run = Small()
    run.learn(1)
    run.save(tmp_path)
    path = tmp_path / CHECKPOINT_FILE
    sound = path.read_bytes()
    for place in range(0, len(sound), 29):
        for damaged in (
            sound[:place],
            sound[:place] + bytes(len(sound) - place),
            sound[:place] + bytes([sound[place] ^ 1 << place % 8]) + sound[place + 1 :],
        ):
            path.write_bytes(damaged)
            assert damaged == sound or run.load(tmp_path) is None, place
    path.write_bytes(sound)
    assert run.load(tmp_path) is not None


@pytest.mark.parametrize("key", [[0, 0], [0, 1], [1, 0], [2**32 - 1, 2**32 - 2], [2**31, 7]])
def test_any_random_state_can_be_put_back(key: list[int]) -> None:
    restore_key(mx.array(key, mx.uint32))
    assert random_key().tolist() == key
