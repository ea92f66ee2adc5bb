"""Memory and time before training: within a tenth of what was measured, and honest where nothing is known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from model_folders import CONFIG, write_model_folder

from curator.core.model import BaseModel
from curator.core.settings import TrainSettings
from curator.models.describe import describe
from curator.models.estimate import disk_gb, memory_gb, seconds, smaller

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
    settings = TrainSettings(batch_size=batch, layers=layers, rank=8, dropout=0.0)
    estimated = memory_gb(smollm, settings, length)
    assert estimated is not None
    extra = (estimated - 1.0) * 1000
    assert megabytes * 0.85 < extra < megabytes * 1.15 + 40  # the adapter's own moments come on top


@pytest.mark.parametrize(
    ("batch", "length", "layers", "share", "is_sparing", "megabytes"),
    [
        (1, 128, -1, 1.0, False, 406),
        (1, 256, -1, 0.3, False, 706),
        (2, 256, -1, 0.3, False, 1407),
        (1, 512, -1, 0.3, False, 1559),
        (4, 128, -1, 0.5, False, 1415),
        (1, 512, 8, 0.3, False, 521),
        (1, 256, -1, 1.0, True, 235),
        (1, 256, -1, 0.3, True, 93),
        (1, 512, -1, 0.3, True, 192),
    ],
)
def test_memory_follows_dropout_response_tokens_and_sparing(
    smollm: BaseModel, batch: int, length: int, layers: int, share: float, is_sparing: bool, megabytes: int
) -> None:
    """Peak of mlx over two steps of SmolLM2-135M in float32 on a CPU, rank 8, dropout 0.05, moments left aside."""
    settings = TrainSettings(batch_size=batch, layers=layers, is_sparing=is_sparing)
    estimated = memory_gb(smollm, settings, length, share)
    assert estimated is not None
    moments = 20 if layers < 0 else 5
    assert (estimated - 1.0) * 1000 - moments == pytest.approx(megabytes, rel=0.10, abs=20)


@pytest.mark.parametrize(
    ("length", "layers", "is_sparing", "megabytes"),
    [(128, -1, False, 418), (256, -1, False, 868), (512, 8, False, 603), (256, -1, True, 97)],
)
def test_dora_keeps_what_comes_out_of_each_map(
    smollm: BaseModel, length: int, layers: int, is_sparing: bool, megabytes: int
) -> None:
    settings = TrainSettings(batch_size=1, layers=layers, is_sparing=is_sparing, method="dora")
    estimated = memory_gb(smollm, settings, length, 0.3)
    assert estimated is not None
    moments = 20 if layers < 0 else 5
    assert (estimated - 1.0) * 1000 - moments == pytest.approx(megabytes, rel=0.10, abs=20)


def test_an_architecture_that_is_not_known_is_counted_with_all_its_logits(smollm: BaseModel) -> None:
    unknown = replace(smollm, architecture="mixtral")
    settings = TrainSettings()
    assert memory_gb(unknown, settings, 512, 0.3) == memory_gb(smollm, settings, 512, 1.0)


def test_a_smaller_run_is_changed_as_little_as_makes_it_fit(smollm: BaseModel) -> None:
    settings = TrainSettings(batch_size=4, accumulate=1)
    whole = memory_gb(smollm, settings, 512)
    assert whole is not None and whole > 7
    spared = smaller(smollm, settings, 512, whole - 1)
    assert spared == replace(settings, is_sparing=True)
    tighter = smaller(smollm, settings, 512, 1.7)
    assert tighter is not None and tighter.batch_size * tighter.accumulate == 4 and tighter.batch_size < 4
    assert (memory_gb(smollm, tighter, 512) or 9) <= 1.7
    assert smaller(smollm, settings, 512, 0.5) is None


def test_what_a_run_leaves_on_the_disk_grows_with_its_rank(smollm: BaseModel) -> None:
    eight, sixteen = disk_gb(smollm, TrainSettings()), disk_gb(smollm, TrainSettings(rank=16))
    assert eight is not None and sixteen == pytest.approx(2 * eight, rel=0.02)
    assert eight == pytest.approx(2_442_240 * 48 / 1e9, rel=0.01)  # 2,442,240 is what mlx counts of SmolLM2 at rank 8


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
