"""A worker's log is put aside when it is full, before the next worker writes."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from curator.core.job import LOG_FILE
from curator.jobs import supervisor
from curator.jobs.folder import write_job
from curator.jobs.runtimes import Runtime
from curator.jobs.turning import LIMIT


def test_a_full_log_is_put_aside_when_a_job_goes_on(tmp_path: Path) -> None:
    write_job(tmp_path, {"kind": "train"})
    (tmp_path / LOG_FILE).write_text("x" * LIMIT)
    supervisor.start(tmp_path, Runtime((sys.executable, "-c", "print('begun again')"), task="--worker"))
    while not supervisor.state(tmp_path).is_over:
        time.sleep(0.01)
    assert (tmp_path / LOG_FILE).read_text() == "begun again\n"
    assert (tmp_path / "worker.1.log").stat().st_size == LIMIT
