"""A ring of this computer and another one, over a real ssh line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from job_running import events_of, run_to_end, wait_until
from loopback_ssh import OtherComputer

from curator.core.job import JobState
from curator.core.machine import RuntimeKind
from curator.core.settings import TrainSettings


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
