"""A run that stopped anywhere goes on bit for bit, with dropout and accumulation on."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta, tzinfo
from pathlib import Path

import mlx.core as mx
import pytest
from chat_templates import DATED
from job_running import events_of, write_train_job
from tiny_model import build_tiny_model, write_snapshot
from trained_runs import StopAtStep, adapter_of, assert_same_end, steps_of, train_here

from curator.core.settings import TrainSettings
from curator.engine.adapter import add_adapter
from curator.engine.base import load_base
from curator.engine.blas import made_with
from curator.engine.checkpoint import load_checkpoint
from curator.engine.optimizer import SafeAdamW
from curator.engine.standing import BEFORE_FILE, CHECKPOINT_FILE, SPARING_FILE, standing_of
from curator.engine.stopping import StopKind, StopRequest
from curator.engine.telling import Teller
from curator.engine.train import train_job
from curator.jobs.progress import fold

EXACT = TrainSettings(passes=8, learning_rate=1e-3, dropout=0.1, accumulate=2, evals_per_pass=1, seed=5)
OFTEN = replace(EXACT, checkpoint_seconds=0.0)
"""A checkpoint after every update."""


@pytest.fixture(scope="module", autouse=True)
def short_answers() -> Iterator[None]:
    """A model that has learned nothing never ends its answer."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("curator.engine.probe.MOST_TOKENS", 8)
        yield


@pytest.fixture(scope="module")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Smaller still: what is tested here is not what it learns, and many steps are made."""
    folder = tmp_path_factory.mktemp("model")
    return build_tiny_model(folder, hidden=32, layers=1, heads=2, kv_heads=1, intermediate=32)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, tiny_model: Path, snapshot: Path) -> Path:
    """The run that nothing ever stopped."""
    settings = replace(EXACT, probe="What does tool 2 mean?")
    folder = write_train_job(tmp_path_factory.mktemp("whole") / "run", tiny_model, snapshot, settings)
    assert train_here(folder)["iteration"] == 24
    return folder


@pytest.fixture
def parted(tmp_path: Path, tiny_model: Path, snapshot: Path) -> Path:
    settings = replace(OFTEN, probe="What does tool 2 mean?")
    return write_train_job(tmp_path / "parted", tiny_model, snapshot, settings)


def test_stopped_again_and_again_at_any_question_it_ends_with_the_same_bits(whole: Path, parted: Path) -> None:
    chance, sittings = random.Random(1), 0
    while train_here(parted, StopAtStep(parted, chance.randint(1, 40))).get("event"):
        sittings += 1
        assert sittings < 60, "each sitting comes further, or at least to its next question"
    assert sittings >= 6
    resumed = {event.figures["resumed_at"] for event in events_of(parted, "started")}
    assert len(resumed) >= 5 and all(iteration % 2 == 0 for iteration in resumed)
    assert_same_end(whole, parted)


def test_a_stop_between_an_update_and_its_validation_leaves_that_validation_to_the_next_sitting(
    whole: Path, parted: Path
) -> None:
    class StopInValidation(StopAtStep):
        def check(self) -> None:
            if len(events_of(parted, "train")) == 4:  # after the update that validation follows
                super().check()

    end = train_here(parted, StopInValidation(parted, 0))
    assert end["event"] == "stopped" and end["iteration"] == 4
    standing = standing_of(parted)
    assert standing is not None and (standing.iteration, standing.evaluated) == (4, 0)
    train_here(parted)
    assert_same_end(whole, parted)


def test_a_pause_keeps_what_going_on_needs(whole: Path, parted: Path) -> None:
    end = train_here(parted, StopAtStep(parted, 60, StopKind.PAUSE))
    assert end["event"] == "paused" and end["message"] == "Paused; it can go on from here."
    assert (parted / CHECKPOINT_FILE).is_file()
    train_here(parted)
    assert_same_end(whole, parted)


def test_segments_are_the_same_run(whole: Path, parted: Path) -> None:
    order = json.loads((parted / "job.json").read_text())
    order["settings"]["segment_minutes"] = 1e-9
    (parted / "job.json").write_text(json.dumps(order))
    ends = [train_here(parted) for _ in range(12)]
    assert [end.get("event") for end in ends] == ["segment"] * 11 + [None]
    assert [end["iteration"] for end in ends] == list(range(2, 26, 2))
    assert_same_end(whole, parted)


def test_a_run_shorter_than_a_segment_is_one_sitting(tmp_path: Path, tiny_model: Path, snapshot: Path) -> None:
    settings = replace(EXACT, passes=2, segment_minutes=600, checkpoint_seconds=1e6)
    folder = write_train_job(tmp_path / "run", tiny_model, snapshot, settings)
    assert train_here(folder).get("event") is None
    assert len(events_of(folder, "started")) == 1 and events_of(folder, "checkpoint") == []


def test_a_run_goes_on_with_the_base_model_in_another_place(
    tmp_path: Path, whole: Path, parted: Path, tiny_model: Path, snapshot: Path
) -> None:
    train_here(parted, StopAtStep(parted, 60))
    moved = tmp_path / "moved"
    shutil.copytree(parted, moved)
    shutil.copytree(tiny_model, tmp_path / "model")
    shutil.copytree(snapshot, tmp_path / "snapshot")
    order = json.loads((moved / "job.json").read_text())
    order |= {"model": str(tmp_path / "model"), "data": str(tmp_path / "snapshot")}
    (moved / "job.json").write_text(json.dumps(order))
    train_here(moved)
    assert events_of(moved, "started")[-1].figures["resumed_at"] > 0
    assert_same_end(whole, moved)


def test_a_template_that_writes_the_date_writes_the_same_one_the_next_day(
    tmp_path: Path, tiny_model: Path, snapshot: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "model"
    shutil.copytree(tiny_model, place)
    about = json.loads((place / "tokenizer_config.json").read_text())
    (place / "tokenizer_config.json").write_text(json.dumps(about | {"chat_template": DATED}))
    today, settings = date.today().isoformat(), replace(OFTEN, passes=3)
    at_once, over_night, years_ago = (
        write_train_job(tmp_path / name, place, snapshot, settings, day=day)
        for name, day in (("at_once", today), ("over_night", today), ("years_ago", "2001-02-03"))
    )
    train_here(at_once)
    assert train_here(over_night, StopAtStep(over_night, 7))["event"] == "stopped"

    class Tomorrow(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Tomorrow:
            return super().now(tz) + timedelta(days=1)

    monkeypatch.setattr("curator.tokens.chat.datetime", Tomorrow)
    train_here(over_night)
    assert events_of(over_night, "started")[-1].figures["resumed_at"] > 0
    assert_same_end(at_once, over_night)
    train_here(years_ago)
    assert steps_of(years_ago) != steps_of(at_once), "the date is written into the rows"


def test_another_base_model_in_the_same_place_begins_anew(tmp_path: Path, parted: Path, tiny_model: Path) -> None:
    place = tmp_path / "model"
    shutil.copytree(tiny_model, place)
    order = json.loads((parted / "job.json").read_text())
    (parted / "job.json").write_text(json.dumps({**order, "model": str(place)}))
    train_here(parted, StopAtStep(parted, 60))
    shutil.rmtree(place)
    build_tiny_model(place, seed=99)
    train_here(parted, StopAtStep(parted, 3))
    assert events_of(parted, "started")[-1].figures["resumed_at"] == 0
    assert "begins anew" in fold(events_of(parted)).notes[-1]


def begin(data: bytes) -> bytes:
    return data[:100]


def cut(data: bytes) -> bytes:
    return data[: len(data) * 2 // 3]


def zeroed_tail(data: bytes) -> bytes:
    return data[: len(data) // 2] + bytes(len(data) - len(data) // 2)


def flipped(data: bytes) -> bytes:
    place = len(data) * 3 // 4
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


@pytest.mark.parametrize("damage", [begin, cut, zeroed_tail, flipped])
def test_what_a_power_cut_leaves_of_the_newest_checkpoint_is_never_taken_for_whole(
    whole: Path, parted: Path, damage: Callable[[bytes], bytes]
) -> None:
    stopped_at = train_here(parted, StopAtStep(parted, 60))["iteration"]
    newest = parted / CHECKPOINT_FILE
    newest.write_bytes(damage(newest.read_bytes()))
    train_here(parted)
    resumed = events_of(parted, "started")[-1].figures["resumed_at"]
    assert 0 < resumed <= stopped_at, "the one before it is used"
    assert_same_end(whole, parted)


def test_a_sound_checkpoint_is_not_given_up_for_one_that_was_damaged(parted: Path) -> None:
    train_here(parted, StopAtStep(parted, 60))
    (parted / CHECKPOINT_FILE).write_bytes(b"torn")
    sound = (parted / BEFORE_FILE).read_bytes()
    train_here(parted, StopAtStep(parted, 0))  # before its first step it is asked to stop, and saves
    assert (parted / BEFORE_FILE).read_bytes() == sound


def test_with_both_checkpoints_damaged_it_begins_anew_and_says_so(whole: Path, parted: Path) -> None:
    train_here(parted, StopAtStep(parted, 60))
    for name in (CHECKPOINT_FILE, BEFORE_FILE):
        (parted / name).write_bytes(flipped((parted / name).read_bytes()))
    train_here(parted)
    assert events_of(parted, "started")[-1].figures["resumed_at"] == 0
    assert any("begins anew" in note for note in fold(events_of(parted)).notes)
    assert_same_end(whole, parted)


def test_the_best_adapter_comes_back_out_of_the_checkpoint(whole: Path, parted: Path) -> None:
    train_here(parted, StopAtStep(parted, 60))
    (parted / "adapters.safetensors").write_bytes(b"torn")
    train_here(parted)
    assert_same_end(whole, parted)


def test_the_probe_changes_no_bit_of_the_run(tmp_path: Path, whole: Path, tiny_model: Path, snapshot: Path) -> None:
    silent = write_train_job(tmp_path / "silent", tiny_model, snapshot, EXACT)
    train_here(silent)
    assert [s.iteration for s in fold(events_of(whole)).samples] == [0, 4, 8, 12, 16, 20, 24]
    assert not fold(events_of(silent)).samples
    one, other = adapter_of(whole), adapter_of(silent)
    assert all(mx.array_equal(one[name], other[name]).item() for name in one)
    assert steps_of(silent) == steps_of(whole)


def test_a_run_that_spares_memory_half_way_learns_the_same(whole: Path, parted: Path) -> None:
    train_here(parted, StopAtStep(parted, 60))
    (parted / SPARING_FILE).touch()
    train_here(parted)
    started = events_of(parted, "started")
    assert [event.figures["sparing"] for event in started] == [False, True] and started[-1].figures["resumed_at"] > 0
    for (_, one, _), (_, other, _) in zip(steps_of(whole), steps_of(parted), strict=True):
        assert other == pytest.approx(one, rel=1e-5)
    assert [s.text for s in fold(events_of(parted)).samples] == [s.text for s in fold(events_of(whole)).samples]


def test_a_discarded_run_leaves_nothing_that_was_learned(parted: Path) -> None:
    end = train_here(parted, StopAtStep(parted, 60, StopKind.DISCARD))
    assert end["discarded"] and not end["adapter"]
    assert not list(parted.glob("*.safetensors*"))


def test_the_end_leaves_the_best_and_the_last_and_no_checkpoint(whole: Path) -> None:
    assert sorted(path.name for path in whole.glob("*.safetensors*")) == [
        "adapters.safetensors",
        "last_adapters.safetensors",
    ]


def test_between_two_checkpoints_as_much_time_goes_by_as_was_asked_for(
    tmp_path: Path, parted: Path, tiny_model: Path, snapshot: Path
) -> None:
    rarely = write_train_job(tmp_path / "rarely", tiny_model, snapshot, replace(EXACT, checkpoint_seconds=1e6))
    train_here(rarely)
    train_here(parted)
    assert events_of(rarely, "checkpoint") == []
    told = [event.figures["iteration"] for event in events_of(parted, "checkpoint")]
    assert told == list(range(2, 24, 2))  # after every update but the last, whose end leaves the adapters


def test_until_its_end_is_told_a_run_that_is_through_can_still_go_on(whole: Path, parted: Path) -> None:
    order = json.loads((parted / "job.json").read_text())
    train_job(parted, order, Teller(parted), StopRequest(parted))  # and its process dies before it has told that
    assert train_here(parted)["iteration"] == 24
    assert [event.figures["resumed_at"] for event in events_of(parted, "started")][1] > 0
    assert_same_end(whole, parted)


def test_going_on_with_another_version_is_told(parted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    train_here(parted, StopAtStep(parted, 60))
    train_here(parted, StopAtStep(parted, 10))
    assert not any("instead of" in note for note in fold(events_of(parted)).notes)
    before = made_with()
    monkeypatch.setattr("curator.engine.train.made_with", lambda: {**before, "mlx": "9.9"})
    train_here(parted, StopAtStep(parted, 10))
    train_here(parted, StopAtStep(parted, 10))
    told = [note for note in fold(events_of(parted)).notes if "instead of" in note]
    assert told == [
        f"It goes on with mlx 9.9 instead of {before['mlx']}: from here on its numbers can differ in their last digits."
    ]


def test_checkpoints_of_which_nothing_can_be_read_are_told(parted: Path) -> None:
    train_here(parted, StopAtStep(parted, 60))
    for name in (CHECKPOINT_FILE, BEFORE_FILE):
        (parted / name).write_bytes(b"")
    train_here(parted, StopAtStep(parted, 3))
    assert "begins anew" in fold(events_of(parted)).notes[-1]


def test_a_checkpoint_whose_layers_have_other_names_is_not_taken_in_part(parted: Path, tiny_model: Path) -> None:
    train_here(parted, StopAtStep(parted, 60))
    settings = TrainSettings()
    model, _ = load_base(tiny_model)
    add_adapter(model, settings)
    optimizer = SafeAdamW(1e-3, 0.0, 1.0)
    optimizer.begin(model.trainable_parameters())
    standing = standing_of(parted)
    assert standing is not None
    assert load_checkpoint(parted, model, optimizer, standing.order) is not None
    other, _ = load_base(tiny_model)
    add_adapter(other, replace(settings, rank=2))
    optimizer.begin(other.trainable_parameters())
    assert load_checkpoint(parted, other, optimizer, standing.order) is None


def test_without_validation_rows_the_checkpoint_knows_of_its_adapter(tmp_path: Path, tiny_model: Path) -> None:
    data = write_snapshot(tmp_path / "data", train=6, valid=0)
    folder = write_train_job(tmp_path / "run", tiny_model, data, OFTEN)
    train_here(folder, StopAtStep(folder, 5))
    standing = standing_of(folder)
    assert standing is not None and standing.iteration > 0 and standing.is_adapter_kept
    assert (folder / "adapters.safetensors").is_file()
