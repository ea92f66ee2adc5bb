from __future__ import annotations

import json
import struct
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from curator.core.settings import TrainSettings
from curator.engine.attempts import MOST, Attempts, adapted_layers, batch_of, is_sparing, smaller
from curator.engine.failures import Failure
from curator.engine.plan import make_plan
from curator.engine.standing import BEFORE_FILE, CHECKPOINT_FILE, SPARING_FILE, standing_of
from curator.engine.telling import Teller
from curator.engine.watching import memory_kills


def failure(cause: str) -> Failure:
    return Failure("So it was.", "Do this.", cause)


def write_standing(folder: Path, iteration: int, name: str = CHECKPOINT_FILE) -> None:
    """The head of a checkpoint, as safetensors begins."""
    header = json.dumps({"__metadata__": {"standing": json.dumps({"iteration": iteration})}}).encode()
    (folder / name).write_bytes(struct.pack("<Q", len(header)) + header)


@pytest.mark.parametrize("cause", ["device", "watchdog"])
def test_a_lost_device_is_tried_three_times(tmp_path: Path, cause: str) -> None:
    attempts = Attempts(tmp_path, {})
    assert [attempts.next(failure(cause)) for _ in range(MOST + 1)] == [1, 2, 3, None]


def test_progress_starts_the_count_anew(tmp_path: Path) -> None:
    attempts = Attempts(tmp_path, {})
    assert [attempts.next(failure("device")) for _ in range(3)] == [1, 2, 3]
    write_standing(tmp_path, 10)
    assert [attempts.next(failure("device")) for _ in range(4)] == [1, 2, 3, None]


def test_a_want_of_memory_is_met_by_sparing_and_then_only_by_progress(tmp_path: Path) -> None:
    attempts = Attempts(tmp_path, {"is_sparing": False})
    assert attempts.next(failure("memory")) == 1
    assert (tmp_path / SPARING_FILE).exists() and is_sparing(tmp_path, {})
    assert attempts.next(failure("memory")) is None
    write_standing(tmp_path, 4)
    assert attempts.next(failure("memory")) == 1
    assert attempts.next(failure("memory")) is None


def test_a_run_that_spares_already_is_not_tried_in_vain(tmp_path: Path) -> None:
    assert Attempts(tmp_path, {"is_sparing": True}).next(failure("memory")) is None


@pytest.mark.parametrize("cause", ["nan", "killed", "other"])
def test_what_would_only_happen_again_is_not_tried_again(tmp_path: Path, cause: str) -> None:
    assert Attempts(tmp_path, {}).next(failure(cause)) is None


def test_a_watchdog_is_given_time() -> None:
    attempts = Attempts(Path("/nowhere"), {})
    assert attempts.seconds_to_cool(failure("watchdog")) > 0 == attempts.seconds_to_cool(failure("device"))


@pytest.mark.parametrize(
    ("settings", "offer"),
    [
        ({"batch_size": 4}, {"is_sparing": True, "batch_size": 2, "accumulate": 2}),
        ({"batch_size": 5, "accumulate": 2, "is_sparing": True}, {"batch_size": 2, "accumulate": 4}),
        ({"batch_size": 1, "is_sparing": True}, {"layers": 16}),
        ({"batch_size": 1, "is_sparing": True, "layers": 12}, {"layers": 6}),
        ({"batch_size": 1, "layers": 1}, {"is_sparing": True}),
        ({"batch_size": 1, "layers": 1, "is_sparing": True}, None),
    ],
)
def test_the_offer_changes_first_what_changes_least(settings: dict[str, int], offer: dict[str, int] | None) -> None:
    assert smaller(settings) == offer


@pytest.mark.parametrize("settings", [TrainSettings(iterations=600, batch_size=4), TrainSettings(batch_size=4)])
def test_what_is_offered_trains_every_row_as_often_in_as_many_updates(settings: TrainSettings) -> None:
    offer = smaller(asdict(settings))
    assert offer is not None
    asked, offered = make_plan(91, settings), make_plan(91, replace(settings, **offer))
    assert offered.batch_size == asked.batch_size // 2
    assert offered.updates == pytest.approx(asked.updates, abs=1)
    assert offered.passes(offered.iterations) == pytest.approx(asked.passes(asked.iterations), rel=0.02)


def test_the_offer_knows_how_many_layers_there_are(tmp_path: Path) -> None:
    assert adapted_layers(tmp_path) is None
    (tmp_path / "adapter_config.json").write_text('{"num_layers": 10}')
    assert smaller({"batch_size": 1, "layers": -1, "is_sparing": True}, adapted_layers(tmp_path)) == {"layers": 5}


def test_the_offer_halves_the_batch_that_was_trained_not_the_one_that_was_asked_for(tmp_path: Path) -> None:
    assert batch_of(tmp_path) is None
    teller = Teller(tmp_path)
    teller.note("It waits.")
    assert batch_of(tmp_path) is None
    teller.emit("started", rows=36, batch_size=make_plan(36, TrainSettings(batch_size=4096)).batch_size)
    teller.close()
    assert batch_of(tmp_path) == 36


def test_kills_for_want_of_memory_are_counted_in_the_container_and_on_the_whole(tmp_path: Path) -> None:
    (tmp_path / "memory.events").write_text("low 0\noom 7\noom_kill 2\n")
    (tmp_path / "vmstat").write_text("pgfault 9\noom_kill 3\n")
    assert memory_kills(tmp_path / "memory.events", tmp_path / "vmstat") == 5
    assert memory_kills(tmp_path / "gone", tmp_path / "gone") == 0


def test_the_standing_is_read_without_the_weights(tmp_path: Path) -> None:
    assert standing_of(tmp_path) is None
    write_standing(tmp_path, 8, BEFORE_FILE)
    for garbage in (b"", b"\xff" * 64, struct.pack("<Q", 9) + b"not json!"):
        (tmp_path / CHECKPOINT_FILE).write_bytes(garbage)
        found = standing_of(tmp_path)
        assert found is not None and found.iteration == 8
    write_standing(tmp_path, 12)
    found = standing_of(tmp_path)
    assert found is not None and found.iteration == 12 and found.figures()["iteration"] == 12
