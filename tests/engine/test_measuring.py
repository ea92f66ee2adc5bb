"""Answers to the probe on a computer where they take long: fewer, shorter, and said so; the time left runs on."""

from __future__ import annotations

import itertools
import time
from dataclasses import replace
from pathlib import Path

import pytest
from job_running import events_of, write_train_job
from trained_runs import train_here

from curator.core.settings import TrainSettings
from curator.engine.base import load_base
from curator.engine.probe import Probe
from curator.engine.stopping import StopRequestedError
from curator.jobs.progress import fold
from curator.tokens.tokenizer import ModelTokenizer

RUN = TrainSettings(passes=4, learning_rate=1e-3, evals_per_pass=3, probe="What does tool 2 mean?")


class Ticking:
    """A clock that is some seconds later at each look, however busy the machine: an answer takes one look, and three
    pass from one validation to the next."""

    def __init__(self, seconds: float) -> None:
        self.seconds, self.now = seconds, 0.0

    def monotonic(self) -> float:
        self.now += self.seconds
        return self.now


def probed(folder: Path, model: Path, snapshot: Path) -> list[int]:
    train_here(write_train_job(folder / "run", model, snapshot, RUN))
    return [event.figures["iteration"] for event in events_of(folder / "run", "sample")]


def test_quick_answers_come_with_every_validation(
    tmp_path: Path, tiny_model: Path, snapshot: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("curator.engine.measuring.time", Ticking(0.01))
    asked = probed(tmp_path, tiny_model, snapshot)
    assert asked == [event.figures["iteration"] for event in events_of(tmp_path / "run", "valid")]
    assert not any("probe" in note for note in fold(events_of(tmp_path / "run")).notes)


def test_slow_ones_come_at_the_beginning_and_at_the_end_and_as_often_as_their_share_allows(
    tmp_path: Path, tiny_model: Path, snapshot: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("curator.engine.measuring.QUICK_ANSWER", 0.0)
    monkeypatch.setattr("curator.engine.measuring.time", Ticking(1.0))
    asked = probed(tmp_path, tiny_model, snapshot)
    looks = [event.figures["iteration"] for event in events_of(tmp_path / "run", "valid")]
    assert len(looks) > 6 and asked == [*looks[:-1:3], looks[-1]]  # one second of ten
    (note,) = (note for note in fold(events_of(tmp_path / "run")).notes if "probe" in note)
    assert note.endswith("no more than 10 % of the time.")


def test_an_answer_that_takes_too_long_is_broken_off_and_says_so(
    tmp_path: Path, tiny_model: Path, snapshot: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("curator.engine.probe.MOST_SECONDS", 0.0)
    probed(tmp_path, tiny_model, snapshot)
    assert all(
        event.figures["cut"] and len(event.figures["text"]) < 8 for event in events_of(tmp_path / "run", "sample")
    )


def test_a_prompt_far_longer_than_the_rows_is_not_asked(tmp_path: Path, tiny_model: Path, snapshot: Path) -> None:
    once = replace(RUN, passes=1, evals_per_pass=0, probe="What does tool 2 mean? " * 9_000)
    train_here(write_train_job(tmp_path / "run", tiny_model, snapshot, once))
    now = fold(events_of(tmp_path / "run"))
    assert now.samples == () and now.train
    (note,) = (note for note in now.notes if "probe" in note)
    assert note.startswith("The probe is not asked: it has ") and note.endswith("and here 4,096 are the most.")


def test_a_stop_is_heard_while_a_long_prompt_is_read(tmp_path: Path, tiny_model: Path) -> None:
    model, config = load_base(tiny_model)
    probe = Probe(model, tiny_model, config, ModelTokenizer(tiny_model), "What does tool 2 mean? " * 300)
    assert probe.tokens > 1_500
    looks = 0

    def stop_at_the_third() -> None:
        nonlocal looks
        looks += 1
        if looks == 3:
            raise StopRequestedError

    with pytest.raises(StopRequestedError):
        probe.answer(stop_at_the_third)
    assert looks == 3, "before it was read to its end"


def test_the_time_left_runs_on_while_an_answer_takes_its_time(
    tmp_path: Path, tiny_model: Path, snapshot: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("curator.engine.course.LEFT_EVERY", 0.0)
    monkeypatch.setattr("curator.engine.measuring.QUICK_ANSWER", 3600.0)  # asked each time on a busy computer too
    monkeypatch.setattr("curator.engine.probe.MOST_SECONDS", 3600.0)
    probed(tmp_path, tiny_model, snapshot)
    events = events_of(tmp_path / "run")
    step = next(
        number for number, event in enumerate(events) if event.kind == "train" and event.figures["iteration"] == 5
    )
    between = list(itertools.takewhile(lambda event: event.kind != "train", events[step + 1 :]))
    told = [event.figures["seconds_left"] for event in between if event.kind == "left"]
    assert len(told) > 10
    assert events[step].figures["seconds_left"] >= told[0] and told == sorted(told, reverse=True)
    assert fold(events[: step + 1 + len(between)]).seconds_left == told[-1]


def test_a_run_that_goes_on_knows_at_once_what_is_left(tmp_path: Path, tiny_model: Path, snapshot: Path) -> None:
    from trained_runs import StopAtStep

    settings = replace(RUN, probe="", checkpoint_seconds=0.0)
    folder = write_train_job(tmp_path / "run", tiny_model, snapshot, settings)
    train_here(folder, StopAtStep(folder, 18))
    before = len(events_of(folder))
    began = time.monotonic()
    train_here(folder)
    again = events_of(folder)[before:]
    kinds = [event.kind for event in again]
    assert kinds.index("left") < kinds.index("train")
    told = again[kinds.index("left")].figures["seconds_left"]
    assert 0 < told < 60 * max(1.0, time.monotonic() - began)
