"""Memory and time before training: within a tenth of what was measured, and honest where nothing is known."""

from __future__ import annotations

from pathlib import Path

import pytest
from model_folders import CONFIG, write_model_folder

from curator.core.model import BaseModel
from curator.core.settings import TrainSettings
from curator.models.describe import describe
from curator.models.estimate import memory_gb, seconds

SMOLLM = {
    **CONFIG,
    "hidden_size": 576,
    "intermediate_size": 1536,
    "vocab_size": 49152,
    "num_attention_heads": 9,
    "num_key_value_heads": 3,
    "num_hidden_layers": 30,
}


@pytest.fixture
def smollm(tmp_path: Path) -> BaseModel:
    return describe(write_model_folder(tmp_path / "smollm", config=SMOLLM))


@pytest.mark.parametrize(
    ("batch", "length", "layers", "megabytes"),
    [(1, 128, 8, 160), (2, 128, 8, 319), (1, 256, 8, 330), (1, 128, 16, 211), (1, 128, 30, 303), (1, 1024, 4, 1202)],
)
def test_memory_is_near_what_was_measured(
    smollm: BaseModel, batch: int, length: int, layers: int, megabytes: int
) -> None:
    settings = TrainSettings(batch_size=batch, layers=layers, rank=8)
    estimated = memory_gb(smollm, settings, length)
    assert estimated is not None
    extra = (estimated - 1.0) * 1000
    assert megabytes * 0.85 < extra < megabytes * 1.15 + 40  # the adapter's own moments come on top


def test_memory_grows_with_the_longest_row_and_not_beyond_the_limit(smollm: BaseModel) -> None:
    settings = TrainSettings(max_tokens=512)
    assert memory_gb(smollm, settings, 100) < memory_gb(smollm, settings, 400)  # type: ignore[operator]
    assert memory_gb(smollm, settings, 512) == memory_gb(smollm, settings, 90_000)


def test_an_unknown_shape_gives_no_figure(tmp_path: Path) -> None:
    folder = write_model_folder(tmp_path / "odd", config={"model_type": "llama"})
    assert memory_gb(describe(folder), TrainSettings(), 100) is None
    assert memory_gb(BaseModel("gone", str(tmp_path / "gone"), "gone"), TrainSettings(), 100) is None


def test_time_follows_the_measured_speed(smollm: BaseModel) -> None:
    assert seconds(smollm, TrainSettings(passes=3), 10_000, tokens_per_second=100) == 300
    by_iterations = TrainSettings(iterations=50, batch_size=4)
    assert seconds(smollm, by_iterations, 10_000, rows=100, tokens_per_second=100) == 200


def test_without_a_measured_speed_there_is_no_time(smollm: BaseModel) -> None:
    assert seconds(smollm, TrainSettings(), 10_000) is None
