"""A ring of this computer and another one, over a real ssh line."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from job_running import events_of, run_to_end, wait_for_end, wait_for_event, wait_until
from loopback_ssh import OtherComputer

from curator.core.job import STOP_FILE, JobState
from curator.core.machine import RuntimeKind
from curator.core.settings import TrainSettings
from curator.jobs import supervisor


def test_a_stop_is_heard_while_the_base_model_is_still_on_its_way(
    order: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a line on which sending takes for ever."""
    slow = tmp_path / "bin" / "rsync"
    slow.parent.mkdir()
    slow.write_text("#!/bin/sh\nwhile kill -0 $PPID; do sleep 0.1; done\n")
    slow.chmod(0o755)
    monkeypatch.setenv("PATH", f"{slow.parent}:{os.environ['PATH']}")
    other = OtherComputer(tmp_path / "other")
    other.start()
    try:
        spec = replace(other.spec, kind=RuntimeKind.RING, host="", hosts=("127.0.0.1", other.spec.host))
        folder = order(TrainSettings(passes=2), spec)
        supervisor.start(folder)
        wait_until(lambda: len(other.job_folders()) == 1, "the folder over there")
        supervisor.request_stop(folder, pause=True)
        assert wait_for_end(folder) is JobState.PAUSED
        assert "while the ring was being made" in events_of(folder)[-1].figures["message"]
    finally:
        other.stop()


def test_a_rank_over_ssh_takes_its_share_and_leaves_no_rows_there(order: Callable[..., Path], tmp_path: Path) -> None:
    other = OtherComputer(tmp_path / "other")
    other.start()
    try:
        spec = replace(other.spec, kind=RuntimeKind.RING, host="", hosts=("127.0.0.1", other.spec.host))
        folder = order(TrainSettings(passes=2, learning_rate=5e-3, seed=3), spec)
        assert run_to_end(folder) is JobState.DONE, (folder / "worker.log").read_text()
        assert events_of(folder, "started")[0].figures["world"] == 2
        assert [event.figures["iteration"] for event in events_of(folder, "train")] == list(range(1, 7))
        wait_until(lambda: other.job_folders() == [], "its rows being deleted there")
    finally:
        other.stop()


def test_a_ring_waits_for_a_computer_that_cannot_be_reached_and_clears_what_it_left(
    order: Callable[..., Path], tmp_path: Path
) -> None:
    other = OtherComputer(tmp_path / "other")
    other.start()
    try:
        spec = replace(other.spec, kind=RuntimeKind.RING, host="", hosts=("127.0.0.1", other.spec.host))
        folder = order(TrainSettings(passes=4000, evals_per_pass=0.05, checkpoint_seconds=0.3), spec)
        supervisor.start(folder)
        wait_for_event(folder, "checkpoint")
        other.stop()
        wait_until(lambda: [e.figures["is_up"] for e in events_of(folder, "line")] == [False], "the line being down")
        (lost,) = events_of(folder, "again")
        assert "line to 127.0.0.1 broke" in lost.figures["message"] and len(other.job_folders()) == 1
        other.start()
        wait_for_event(folder, "started", 2)
        assert [e.figures["is_up"] for e in events_of(folder, "line")] == [False, True]
        assert len(other.job_folders()) == 1  # the new ring's alone
        supervisor.kill(folder)  # nobody is left who could tidy up over there
        supervisor.start(folder)
        wait_for_event(folder, "started", 3)
        assert len(other.job_folders()) == 1
        supervisor.request_stop(folder)
        assert wait_for_end(folder) is JobState.STOPPED
        wait_until(lambda: other.job_folders() == [], "its rows being deleted there")
        wait_until(lambda: not (folder / "left_there.json").exists(), "that being known here")
        supervisor.start(folder)
        wait_for_event(folder, "started", 4)
        other.stop()
        wait_until(lambda: [e.figures["is_up"] for e in events_of(folder, "line")][-1] is False, "the line being down")
        supervisor.request_stop(folder, pause=True)
        long_ago = time.time() - 60  # longer than a stop waits for a line
        os.utime(folder / STOP_FILE, (long_ago, long_ago))
        assert wait_for_end(folder) is JobState.PAUSED
        assert "Paused while 127.0.0.1 could not be reached;" in events_of(folder, "paused")[-1].figures["message"]
    finally:
        other.stop()
