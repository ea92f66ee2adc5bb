from __future__ import annotations

import json
import resource
from pathlib import Path

from curator.core.job import EVENTS_FILE
from curator.engine.telling import Teller


def test_each_event_is_on_disk_at_once_and_has_no_nan(tmp_path: Path) -> None:
    teller = Teller(tmp_path)
    teller.emit("train", loss=float("nan"), deep={"x": [float("inf"), 1.5]}, text="é\n")
    (line,) = (tmp_path / EVENTS_FILE).read_text(encoding="utf-8").splitlines()
    event = json.loads(line)
    assert (event["event"], event["loss"], event["deep"], event["text"]) == ("train", None, {"x": [None, 1.5]}, "é\n")
    assert event["t"] > 1e9
    teller.close()


def test_a_line_torn_by_a_kill_is_ended_before_new_ones(tmp_path: Path) -> None:
    (tmp_path / EVENTS_FILE).write_text('{"event": "tr')
    teller = Teller(tmp_path)
    teller.note("On it goes.")
    teller.close()
    assert json.loads((tmp_path / EVENTS_FILE).read_text().splitlines()[1])["text"] == "On it goes."


def test_what_finds_no_room_is_written_when_there_is_some(tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    teller = Teller(tmp_path)
    teller.emit("train", iteration=1)
    size = (tmp_path / EVENTS_FILE).stat().st_size
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 10, before[1]))
        for iteration in (2, 3):
            teller.emit("train", iteration=iteration)
        teller.settle()
        assert (tmp_path / EVENTS_FILE).stat().st_size == size + 10, "a line that is still being written"
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    teller.emit("train", iteration=4)
    teller.close()
    lines = (tmp_path / EVENTS_FILE).read_text().splitlines()
    assert [json.loads(line)["iteration"] for line in lines] == [1, 2, 3, 4]
