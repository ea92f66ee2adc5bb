"""What is told here of a sitting on another computer, by that computer's clock."""

from __future__ import annotations

from pathlib import Path

from curator.core.machine import RuntimeKind, RuntimeSpec
from curator.jobs.away.sitting import Sitting
from curator.jobs.folder import read_events
from curator.jobs.progress import fold

STARTED = b'{"event": "started", "t": 1000.0, "iterations": 9}'
STEP = b'{"event": "train", "t": 1004.0, "iteration": 1, "loss": 2.5}'


def test_what_is_said_in_place_of_an_event_is_of_its_time_and_counts_as_copied(tmp_path: Path) -> None:
    sitting = Sitting.new(RuntimeSpec("studio", RuntimeKind.SSH, host="studio.local"))
    assert sitting.copied(tmp_path) == 0
    sitting.copy(tmp_path, STARTED, 51)
    sitting.copy(tmp_path, STEP, 112)
    sitting.note(tmp_path, "The run was ended on “studio”.", 1005.0, 160)
    told, _ = read_events(tmp_path)
    assert (told[-1].kind, told[-1].figures["text"]) == ("note", "The run was ended on “studio”.")
    assert sitting.copied(tmp_path) == 160 and Sitting.new(sitting.place).copied(tmp_path) == 0
    assert fold(told).elapsed == 5.0, "that clock may be hours off from the one here"
