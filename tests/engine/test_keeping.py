"""What a run leaves on the disk meanwhile: how often, with what in it, and what a full disk changes."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import mlx.core as mx
import mlx.nn as nn
import pytest
from job_running import events_of

from curator.engine import files, keeping
from curator.engine.adapter import ADAPTER_FILE
from curator.engine.checkpoint import Weights
from curator.engine.keeping import Keeping
from curator.engine.optimizer import SafeAdamW
from curator.engine.standing import BEFORE_FILE, CHECKPOINT_FILE, LAST_FILE, Standing, standing_of
from curator.engine.telling import Teller


class Clock:
    """A clock that stands still until it is set."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(keeping, "time", clock)
    return clock


@pytest.fixture
def teller(tmp_path: Path) -> Iterator[Teller]:
    teller = Teller(tmp_path)
    yield teller
    teller.close()


class Run:
    """A model of one layer, and what keeps it."""

    def __init__(self, teller: Teller, standing: Standing, seconds: float = 60.0, best: Weights | None = None) -> None:
        self.folder, self.standing = teller.folder, standing
        self.model = nn.Linear(2, 2, bias=False)
        self.learn(0.0)
        optimizer = SafeAdamW(1e-3, 0.0, 1.0)
        optimizer.begin(self.model.trainable_parameters())
        self.keeping = Keeping(self.folder, self.model, optimizer, standing, teller, seconds, best)

    def learn(self, value: float) -> None:
        self.model.weight = mx.full((2, 2), value)

    def kept(self, name: str = ADAPTER_FILE) -> float | None:
        """The number that a file holds, None without one."""
        path = self.folder / name
        return float(mx.load(str(path))["weight"][0, 0].item()) if path.is_file() else None


class Disk:
    """A disk that can be full, or broken."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._flush, self.refuses = files.flush, 0
        monkeypatch.setattr(files, "flush", self.flush)

    def flush(self, descriptor: int) -> None:
        if self.refuses:
            raise OSError(self.refuses, os.strerror(self.refuses))
        self._flush(descriptor)


def notes_of(folder: Path) -> list[str]:
    return [event.figures["text"] for event in events_of(folder, "note")]


def test_checkpoints_come_as_often_as_was_asked_for_unless_the_disk_is_slow(teller: Teller, clock: Clock) -> None:
    run = Run(teller, Standing(iteration=1))
    run.keeping.begin()
    assert run.keeping.every == 60.0 and not run.keeping.is_due
    clock.now += 59.0
    assert not run.keeping.is_due
    clock.now += 1.0
    assert run.keeping.is_due and run.keeping.try_checkpoint() and not run.keeping.is_due
    run.keeping.cost = 2.0
    assert run.keeping.every == pytest.approx(200.0), "a hundredth of the time, and no more"
    always = Run(teller, Standing(iteration=1), seconds=0.0)
    always.keeping.cost = 2.0
    assert always.keeping.every == 0.0 and always.keeping.is_due


def test_a_run_that_goes_on_puts_its_best_back_and_waits_for_its_next_checkpoint_from_there(
    teller: Teller, clock: Clock
) -> None:
    (teller.folder / ADAPTER_FILE).write_bytes(b"torn")
    run = Run(teller, Standing(iteration=4, best_loss=2.0), best={"weight": mx.full((2, 2), 0.5)})
    run.learn(0.75)
    clock.now += 100.0  # the base model is read, and validation is made up for
    run.keeping.begin()
    assert run.kept() == 0.5 and not run.keeping.is_due
    assert not list(teller.folder.glob("checkpoint*"))


def test_what_a_checkpoint_takes_is_measured(teller: Teller, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run(teller, Standing(iteration=1))
    settle = teller.settle

    def slowly() -> None:
        clock.now += 3.0
        settle()

    monkeypatch.setattr(teller, "settle", slowly)
    run.keeping.checkpoint()
    assert run.keeping.cost == 3.0 and run.keeping.every == pytest.approx(300.0)


def test_without_validation_each_checkpoint_leaves_the_adapter_of_now(teller: Teller) -> None:
    begun = Run(teller, Standing(iteration=0))
    begun.keeping.checkpoint()
    assert begun.kept() is None and not begun.standing.is_adapter_kept
    run = Run(teller, Standing(iteration=3))
    run.learn(0.25)
    run.keeping.checkpoint()
    assert run.kept() == 0.25 and run.standing.is_adapter_kept
    assert [event.figures["iteration"] for event in events_of(teller.folder, "checkpoint")] == [0, 3]
    found = standing_of(teller.folder)
    assert found is not None and found.iteration == 3 and (teller.folder / BEFORE_FILE).is_file()


def test_the_best_stays_the_best_whatever_is_learned_after_it(teller: Teller) -> None:
    run = Run(teller, Standing(iteration=4, best_loss=2.0))
    run.learn(0.5)
    run.keeping.found_best()
    assert run.kept() == 0.5 and run.standing.is_adapter_kept
    run.learn(0.75)
    run.keeping.checkpoint()
    assert run.kept() == 0.5 and run.kept(LAST_FILE) is None
    run.keeping.finish()
    assert (run.kept(), run.kept(LAST_FILE)) == (0.5, 0.75)


def test_a_run_that_was_never_measured_ends_with_its_last_adapter_and_one_that_learned_nothing_without(
    teller: Teller,
) -> None:
    nothing = Run(teller, Standing(iteration=0, best_loss=2.0))
    nothing.keeping.finish()
    assert nothing.kept() is None and nothing.kept(LAST_FILE) is None
    run = Run(teller, Standing(iteration=2))
    run.learn(0.5)
    run.keeping.finish()
    assert run.kept() == run.kept(LAST_FILE) == 0.5


def test_a_stop_leaves_what_going_on_needs_and_the_adapter_of_now(teller: Teller) -> None:
    run = Run(teller, Standing(iteration=2, best_loss=2.0))
    run.keeping.found_best()
    run.learn(0.5)
    assert run.keeping.stop()
    assert (run.kept(), run.kept(LAST_FILE)) == (0.0, 0.5) and (teller.folder / CHECKPOINT_FILE).is_file()
    early = Run(teller, Standing(iteration=0))
    (teller.folder / LAST_FILE).unlink()
    assert early.keeping.stop() and early.kept(LAST_FILE) is None


def test_a_full_disk_is_said_once_and_what_found_no_room_is_saved_with_the_next_checkpoint(
    teller: Teller, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk, run = Disk(monkeypatch), Run(teller, Standing(iteration=4, best_loss=2.0))
    run.learn(0.5)
    disk.refuses = errno.ENOSPC
    run.keeping.found_best()
    clock.now += 100.0
    assert run.keeping.is_due and not run.keeping.try_checkpoint()
    assert not run.keeping.is_due, "it is tried again later, and not at every step"
    assert run.kept() is None and not run.standing.is_adapter_kept
    assert len(notes_of(teller.folder)) == 1 and "when there is room" in notes_of(teller.folder)[0]
    disk.refuses = 0
    run.learn(0.75)
    assert run.keeping.try_checkpoint()
    assert run.kept() == 0.5 and run.standing.is_adapter_kept, "the best, and not what it became after that"
    disk.refuses = errno.EDQUOT
    assert not run.keeping.stop() and len(notes_of(teller.folder)) == 2, "it was free, and is full again"
    assert not list(teller.folder.glob("*.new"))


def test_a_disk_with_room_for_the_best_alone_is_still_full_and_said_so_once(
    teller: Teller, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk, run = Disk(monkeypatch), Run(teller, Standing(iteration=4, best_loss=2.0))
    for value in (0.25, 0.5):
        run.learn(value)
        disk.refuses = 0
        run.keeping.found_best()
        assert run.kept() == value
        disk.refuses = errno.ENOSPC
        assert not run.keeping.try_checkpoint()
    assert len(notes_of(teller.folder)) == 1


def test_a_best_that_found_no_room_until_the_end_is_saved_there(
    teller: Teller, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk, run = Disk(monkeypatch), Run(teller, Standing(iteration=4, best_loss=2.0))
    run.learn(0.5)
    disk.refuses = errno.ENOSPC
    run.keeping.found_best()
    disk.refuses = 0
    run.learn(0.75)
    run.keeping.finish()
    assert (run.kept(), run.kept(LAST_FILE)) == (0.5, 0.75)


def test_a_disk_that_is_broken_and_not_full_is_no_matter_of_room(
    teller: Teller, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk, run = Disk(monkeypatch), Run(teller, Standing(iteration=1))
    disk.refuses = errno.EIO
    with pytest.raises(OSError, match="Input/output error"):
        run.keeping.try_checkpoint()
    assert notes_of(teller.folder) == []
