from __future__ import annotations

import resource
from pathlib import Path

import pytest

from curator.core.errors import JobError
from curator.core.job import EVENTS_FILE
from curator.jobs.folder import append_line, read_events, read_job, write_job


def test_an_order_comes_back_as_it_was_written(tmp_path: Path) -> None:
    write_job(tmp_path / "job", {"kind": "train", "model": "Modèle"})
    assert read_job(tmp_path / "job") == {"kind": "train", "model": "Modèle"}


@pytest.mark.parametrize("text", [None, "", "{", "[1]"])
def test_an_order_that_cannot_be_read_is_told(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "job.json").write_text(text)
    with pytest.raises(JobError) as caught:
        read_job(tmp_path)
    assert caught.value.hint


def test_events_are_read_on_from_where_one_was(tmp_path: Path) -> None:
    path = tmp_path / EVENTS_FILE
    path.write_text('{"event": "started", "t": 1, "rows": 3}\n')
    events, offset = read_events(tmp_path)
    assert [(e.kind, e.time, e.figures) for e in events] == [("started", 1.0, {"rows": 3})]
    with path.open("a") as stream:
        stream.write('{"event": "train", "t": 2, "loss": null}\n')
    events, offset = read_events(tmp_path, offset)
    assert [(e.kind, e.figures) for e in events] == [("train", {"loss": None})]
    assert read_events(tmp_path, offset) == ([], offset)


def test_a_line_that_is_still_being_written_waits(tmp_path: Path) -> None:
    path = tmp_path / EVENTS_FILE
    path.write_bytes('{"event": "note", "t": 1, "text": "é"}\n{"event": "note", "t": 2, "text": "é'.encode()[:-1])
    events, offset = read_events(path)
    assert len(events) == 1
    path.write_bytes('{"event": "note", "t": 1, "text": "é"}\n{"event": "note", "t": 2, "text": "é"}\n'.encode())
    events, _ = read_events(path, offset)
    assert events[0].figures == {"text": "é"}


def test_a_line_torn_by_a_kill_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / EVENTS_FILE).write_text('{"event": "tr\n[]\n{"t": 1}\n{"event": "done", "t": 3}\n')
    assert [event.kind for event in read_events(tmp_path)[0]] == ["done"]


def test_a_job_that_has_told_nothing_has_no_events(tmp_path: Path) -> None:
    assert read_events(tmp_path / "events.jsonl", 0) == ([], 0)


def test_a_disk_that_takes_half_a_line_is_an_error_and_the_line_is_written_again_whole(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    append_line(tmp_path, b'{"event": "started", "t": 1}')
    resource.setrlimit(resource.RLIMIT_FSIZE, ((tmp_path / EVENTS_FILE).stat().st_size + 10, hard))  # bytes of a file
    try:
        with pytest.raises(OSError, match="No space"):
            append_line(tmp_path, b'{"event": "train", "t": 2}')
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    append_line(tmp_path, b'{"event": "train", "t": 2}')
    assert [event.kind for event in read_events(tmp_path)[0]] == ["started", "train"]
