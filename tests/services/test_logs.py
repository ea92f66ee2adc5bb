"""Logs are put aside when they are full, and the oldest go."""

from __future__ import annotations

import logging
from pathlib import Path

from curator.jobs.turning import OLDER, turn
from curator.services.logs import TurningFile, begin_log, log_files


def test_a_full_log_is_put_aside_and_the_oldest_go(tmp_path: Path) -> None:
    file = tmp_path / "curator.log"
    for number in range(OLDER + 3):
        file.write_text(f"{number} " * 10)
        assert turn(file, limit=10)
    assert not turn(file, limit=10), "there is none to put aside"
    assert [path.name for path in log_files(file)] == [f"curator.{n}.log" for n in range(1, OLDER + 1)]
    assert log_files(file)[0].read_text().startswith(f"{OLDER + 2} ")


def test_a_log_turns_in_the_middle_of_a_session(tmp_path: Path) -> None:
    file, log = tmp_path / "curator.log", logging.Logger("curator.test")
    handler = TurningFile(file, limit=2000)
    log.addHandler(handler)
    for number in range(200):
        log.info("line %d of a long session", number)
    handler.close()
    files = log_files(file)
    assert len(files) == 1 + OLDER or len(files) > 2
    assert all(path.stat().st_size < 2100 for path in files)
    assert "line 199" in "".join(path.read_text() for path in files[:2])


def test_what_curator_logs_goes_into_the_file(tmp_path: Path) -> None:
    handler = begin_log(tmp_path / "logs" / "curator.log")
    logging.getLogger("curator.here").info("hello")
    logging.getLogger("curator").removeHandler(handler)
    handler.close()
    assert "INFO curator.here: hello" in (tmp_path / "logs" / "curator.log").read_text()
