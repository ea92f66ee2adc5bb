from __future__ import annotations

import json
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
