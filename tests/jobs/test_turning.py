"""A log is put aside when it is full, and the oldest away: before the next worker writes, and in its order."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from curator.core.job import LOG_FILE
from curator.jobs import supervisor
from curator.jobs.folder import write_job
from curator.jobs.runtimes import Runtime
from curator.jobs.turning import LIMIT, turn


def test_a_full_log_is_put_aside_when_a_job_goes_on(tmp_path: Path) -> None:
    write_job(tmp_path, {"kind": "train"})
    (tmp_path / LOG_FILE).write_text("x" * LIMIT)
    supervisor.start(tmp_path, Runtime((sys.executable, "-c", "print('begun again')"), task="--worker"))
    while not supervisor.state(tmp_path).is_over:
        time.sleep(0.01)
    assert (tmp_path / LOG_FILE).read_text() == "begun again\n"
    assert (tmp_path / "worker.1.log").stat().st_size == LIMIT


def test_the_newest_are_kept_in_their_order_and_the_oldest_goes(tmp_path: Path) -> None:
    log = tmp_path / "curator.log"
    assert not turn(log)
    for number in range(6):
        log.write_text(f"{number}" * 9)
        assert not turn(log, limit=10) and log.exists()
        log.write_text(f"{number}" * 10)
        assert turn(log, limit=10) and not log.exists()
    names = [f"curator.{number}.log" for number in (1, 2, 3, 4)]
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    assert [(tmp_path / name).read_text()[0] for name in names] == ["5", "4", "3", "2"]


def test_a_log_that_cannot_be_moved_stays(tmp_path: Path) -> None:
    log = tmp_path / "curator.log"
    log.write_text("full")
    (tmp_path / "curator.1.log").mkdir()
    (tmp_path / "curator.1.log" / "in the way").touch()
    assert not turn(log, limit=1, kept=1) and log.read_text() == "full"
