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


def kept_megabytes(layers: int) -> float:
    """What stays from step to step: the adapter at rank 8 and its two moments, which the peak of a step leaves out."""
    return 2.442 / 30 * (30 if layers < 0 else layers) * 12


@pytest.mark.parametrize(
    ("batch", "length", "layers", "share", "dropout", "megabytes"),
    [
        (1, 64, 2, 1.0, 0.0, 80),
        (1, 128, 8, 1.0, 0.0, 144),
        (2, 128, 8, 1.0, 0.0, 180),
        (1, 128, -1, 1.0, 0.0, 236),
        (1, 1024, 4, 1.0, 0.0, 430),
        (1, 320, -1, 0.3, 0.0, 508),
        (2, 320, -1, 0.3, 0.0, 908),
        (1, 320, -1, 0.3, 0.05, 524),
        (1, 256, -1, 0.3, 0.05, 411),
        (4, 128, -1, 0.5, 0.05, 671),
        (1, 512, -1, 0.3, 0.05, 896),
        (1, 512, -1, 1.0, 0.05, 890),
        (1, 512, 8, 0.3, 0.05, 310),
    ],
)
def test_memory_is_what_was_measured(
    smollm: BaseModel, batch: int, length: int, layers: int, share: float, dropout: float, megabytes: int
) -> None:
    """Peak of mlx over a step of SmolLM2-135M in float32 on a CPU, above its weights, rank 8."""
    settings = TrainSettings(batch_size=batch, layers=layers, dropout=dropout)
    estimated = memory_gb(smollm, settings, length, share)
    assert estimated is not None
    assert (estimated - 1.0) * 1000 - kept_megabytes(layers) == pytest.approx(megabytes, rel=0.08, abs=13)


@pytest.mark.parametrize(("batch", "prompt", "response", "told"), [(1, 221, 63, 1.013), (2, 91, 113, 1.229)])
def test_a_whole_run_took_what_is_reckoned(
    smollm: BaseModel, batch: int, prompt: int, response: int, told: float
) -> None:
    """A worker's own `memory_gb`, its 538 MB of weights among it; settings as they are by default."""
    length = prompt + response
    estimated = memory_gb(smollm, TrainSettings(batch_size=batch), length, response / length)
    assert estimated is not None
    assert estimated - 1.0 == pytest.approx(told - 0.538, rel=0.07)


@pytest.mark.parametrize(
    ("length", "share", "megabytes"), [(256, 0.3, 83), (320, 0.3, 116), (512, 0.3, 137), (256, 1.0, 127)]
)
def test_sparing_keeps_the_width_of_each_layer(smollm: BaseModel, length: int, share: float, megabytes: int) -> None:
    """Where the logits are its peak, it may be reckoned somewhat too high, and never too low."""
    estimated = memory_gb(smollm, TrainSettings(batch_size=1, is_sparing=True), length, share)
    assert estimated is not None
    assert megabytes - 5 < (estimated - 1.0) * 1000 - kept_megabytes(-1) < 1.25 * megabytes


@pytest.mark.parametrize("architecture", ["phi3", "starcoder2"])
def test_a_feed_forward_that_is_not_known_to_be_gated_keeps_more(smollm: BaseModel, architecture: str) -> None:
    settings = TrainSettings(batch_size=1, dropout=0.0)
    other = replace(smollm, architecture=architecture)
    known, more = memory_gb(smollm, settings, 512, 0.3), memory_gb(other, settings, 512, 0.3)
    assert known is not None and more is not None
    kept = 4 * 30 * 512 * (3.4 * 576 + 2 * 1536) / 1e9
    assert more - known == pytest.approx(kept, abs=0.011)


def test_dora_keeps_what_comes_out_of_each_map(smollm: BaseModel) -> None:
    settings = TrainSettings(batch_size=1)
    plain, dora = memory_gb(smollm, settings, 512, 0.3), memory_gb(smollm, replace(settings, method="dora"), 512, 0.3)
    assert plain is not None and dora is not None
    outputs = 576 + 2 * 192 + 576 + 2 * 1536 + 576  # query, key and value, output, gate and up, down
    assert dora - plain == pytest.approx(4 * 30 * 512 * outputs / 1e9, abs=0.011)


@pytest.mark.parametrize("architecture", ["mixtral", "gemma3n", "gpt_oss", "qwen3_5", "mamba2"])
def test_an_architecture_that_is_not_known_is_counted_with_all_its_logits(smollm: BaseModel, architecture: str) -> None:
    unknown, known = replace(smollm, architecture="novel"), replace(smollm, architecture=architecture)
    settings = TrainSettings()
    parted, whole = memory_gb(known, settings, 512, 1.0), memory_gb(unknown, settings, 512, 0.3)
    assert parted is not None and whole is not None
    assert parted == memory_gb(known, settings, 512, 0.3)  # however many there are, few are held at once
    assert whole - parted == pytest.approx(4 * 5 * (4 * 512 * 49_152 - 5.1e6) / 1e9, abs=0.011)


def test_a_smaller_run_is_changed_as_little_as_makes_it_fit(smollm: BaseModel) -> None:
    settings = TrainSettings(batch_size=4, accumulate=1)
    whole = memory_gb(smollm, settings, 512)
    assert whole is not None and whole > 4
    spared = smaller(smollm, settings, 512, whole - 1)
    assert spared == replace(settings, is_sparing=True)
    limit = (memory_gb(smollm, spared, 512) or 0) - 0.05
    tighter = smaller(smollm, settings, 512, limit)
    assert tighter is not None and tighter.batch_size * tighter.accumulate == 4 and tighter.batch_size < 4
    assert (memory_gb(smollm, tighter, 512) or 9) <= limit
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
    more_than_there_are = TrainSettings(iterations=50, batch_size=4_000)  # a batch is then every row once
    assert seconds(smollm, more_than_there_are, 10_000, rows=100, tokens_per_second=100) == 5_000


def test_without_a_measured_speed_there_is_no_time(smollm: BaseModel) -> None:
    assert seconds(smollm, TrainSettings(), 10_000) is None
