"""A process that ends unexpectedly is found later, and told in a report that can be read by others."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from curator.core.errors import NotFoundError
from curator.core.job import JobState
from curator.core.run import Run
from curator.core.settings import TrainSettings
from curator.jobs import supervisor
from curator.jobs.folder import write_job
from curator.services import crashes
from curator.services.lifetime import Lifetime, take_ended
from curator.services.workspace import Workspace
from curator.tokens.apart import CountingProcess

BEGIN = """
import os, signal, sys
from pathlib import Path
from curator.jobs import supervisor
from curator.jobs.folder import write_job
from curator.services import crashes
from curator.services.lifetime import Lifetime
life = Lifetime(Path(sys.argv[1]))
"""


def end_with(folder: Path, code: str) -> int:
    """Run a process that leaves its mark and then does `code`."""
    return subprocess.run(
        [sys.executable, "-c", BEGIN + code, str(folder)], capture_output=True, timeout=120
    ).returncode


def test_a_process_that_ends_as_it_should_leaves_nothing(tmp_path: Path) -> None:
    assert end_with(tmp_path, "life.end()") == 0
    assert list(tmp_path.iterdir()) == []
    assert crashes.look_back(tmp_path) is None and crashes.reports(tmp_path) == []


def test_one_that_was_killed_is_told_by_the_time_when_it_was_last_heard_of(tmp_path: Path) -> None:
    code = "os.utime(life._path, (1, 1))\nlife.go_on()\nos.kill(os.getpid(), signal.SIGKILL)"
    assert end_with(tmp_path, code) == -signal.SIGKILL
    [mark] = tmp_path.glob("*.mark")
    told = json.loads(mark.read_text()) | {"began": time.time() - 3600}
    mark.write_text(json.dumps(told))
    [ended] = take_ended(tmp_path)
    assert ended.began < time.time() - 3000 and abs(ended.ended - time.time()) < 60


@pytest.mark.parametrize("name", ["SIGSEGV", "SIGABRT"])
def test_a_fault_is_told_with_its_cause_and_its_place_and_once(tmp_path: Path, name: str) -> None:
    code = f"def paint_the_chart():\n    os.kill(os.getpid(), signal.{name})\npaint_the_chart()"
    assert end_with(tmp_path, code) == -getattr(signal, name)
    report = crashes.look_back(tmp_path)
    assert report is not None and report.title == "Curator ended unexpectedly."
    assert abs(report.when.timestamp() - time.time()) < 60
    text = crashes.read(report.path)
    assert name in text and "in paint_the_chart" in text and "Curator 0" in text
    assert crashes.look_back(tmp_path) is None, "it is told once"
    assert [one.path for one in crashes.reports(tmp_path)] == [report.path]


def test_a_process_that_was_killed_is_told_unless_the_computer_went_off_with_it(tmp_path: Path) -> None:
    code = "os.kill(os.getpid(), signal.SIGKILL)"
    end_with(tmp_path, code)
    assert crashes.look_back(tmp_path, boot=time.time() + 5) is None
    end_with(tmp_path, code)
    report = crashes.look_back(tmp_path, boot=0)
    assert report is not None and "ended from outside" in crashes.read(report.path)


def test_an_exception_before_the_window_is_told(tmp_path: Path) -> None:
    end_with(tmp_path, "life.note('Traceback (most recent call last):\\nZeroDivisionError: division by zero')")
    report = crashes.look_back(tmp_path)
    assert report is not None and "ZeroDivisionError: division by zero" in crashes.read(report.path)


def test_a_window_that_is_still_open_is_left_alone(tmp_path: Path) -> None:
    life = Lifetime(tmp_path)
    try:
        assert take_ended(tmp_path) == [] and len(list(tmp_path.iterdir())) == 2
    finally:
        life.end()
    # its number given out again: to a process that is younger than the mark's
    mark = {"pid": os.getpid(), "began": time.time() - 10**6, "version": "0"}
    (tmp_path / "1-1.mark").write_text(json.dumps(mark))
    (tmp_path / "2-2.mark").write_text("torn")
    assert [ended.trace for ended in take_ended(tmp_path)] == ["", ""]


def test_an_open_window_is_left_alone_when_the_clock_was_set_forward(tmp_path: Path) -> None:
    life = Lifetime(tmp_path)
    try:
        (mark,) = tmp_path.glob("*.mark")
        told = json.loads(mark.read_text())
        mark.write_text(json.dumps(told | {"began": told["began"] - 10**6}))  # as the new clock sees it
        assert take_ended(tmp_path) == [] and mark.exists()
    finally:
        life.end()
    assert list(tmp_path.iterdir()) == []


def test_an_error_is_recorded_once_and_without_the_texts_in_it(tmp_path: Path) -> None:
    def fail(words: str) -> BaseException:
        try:
            raise ValueError(words)
        except ValueError as error:
            return error

    report = crashes.record(fail("what my doctor said"), "in the window", tmp_path)
    assert report is not None
    text = crashes.read(report.path)
    assert "test_crashes.py" in text and "ValueError" in text and "in the window" in text and "doctor" not in text
    assert crashes.record(fail("again"), "in the window", tmp_path) is None


def test_only_the_newest_reports_are_kept_and_all_can_be_deleted(tmp_path: Path) -> None:
    for number in range(crashes.KEPT + 3):
        (tmp_path / f"2025-01-{number + 1:02d} 10.00.00.txt").write_text("Curator ended unexpectedly.\n")
    (tmp_path / "1-1.mark").write_text("torn")
    report = crashes.look_back(tmp_path, boot=0)
    found = crashes.reports(tmp_path)
    assert report is not None and len(found) == crashes.KEPT and found[0].path == report.path
    assert crashes.remove_all(tmp_path) == crashes.KEPT and list(tmp_path.iterdir()) == []
    with pytest.raises(NotFoundError):
        crashes.read(report.path)


def test_a_moment_is_said_as_a_person_says_it() -> None:
    now = datetime(2026, 11, 22, 9, 0).astimezone()
    assert crashes.words_for(now.replace(hour=8, minute=5), now) == "today at 8:05"
    assert crashes.words_for(datetime(2026, 11, 21, 16, 2).astimezone(), now) == "yesterday at 16:02"
    assert crashes.words_for(now - timedelta(days=19), now) == "on 3 November at 9:00"
    assert crashes.words_for(datetime(2025, 1, 2, 3, 4).astimezone(), now) == "on 2 January 2025 at 3:04"


def test_a_worker_that_a_signal_ended_is_told_once(ws: Workspace, tmp_path: Path) -> None:
    for end, is_told in ((signal.SIGABRT, True), (signal.SIGTERM, False)):
        draft = Run(0, "mine", 1, "starter", "", TrainSettings(), JobState.RUNNING, "", "2026-11-22T08:00:00+00:00")
        job = Path(ws.library.add_run(draft).path)
        write_job(job, {"kind": "selftest"})
        supervisor.start(job)
        os.kill(_child_of(job), end)
        while not supervisor.state(job).is_over:
            time.sleep(0.02)
        assert crashes.look_at_runs(ws, tmp_path / "crashes") == is_told
    (report,) = crashes.reports(tmp_path / "crashes")
    text = crashes.read(report.path)
    assert report.title == "A worker ended unexpectedly." and "SIGABRT ended run 1." in text
    assert "Fatal Python error: Aborted" in text and "Current thread" in text
    assert crashes.look_at_runs(ws, tmp_path / "crashes") == 0


def test_a_counter_that_a_fault_ended_is_told_once(tmp_path: Path) -> None:
    process = CountingProcess()
    try:
        assert "usages" in process.ask({"folder": "", "key": "", "rows": [["a", "b", ""]]})
        os.kill(process.pid, signal.SIGSEGV)
        assert "usages" in process.ask({"folder": "", "key": "", "rows": [["a", "b", ""]]}), "another took its place"
        os.kill(process.pid, signal.SIGKILL)
        assert "name" in process.ask({"folder": "", "key": ""})
    finally:
        process.close()
    assert crashes.look_at_parts() == 1, "one that was killed from outside leaves no trace"
    (report,) = crashes.reports()
    text = crashes.read(report.path)
    assert report.title == "A counter ended unexpectedly." and "SIGSEGV" in text and "in serve" in text
    assert crashes.look_at_parts() == 0


def _child_of(job: Path) -> int:
    """The process that does the work, once it is there: the one that was started watches over it."""
    while not supervisor.state(job).is_over:
        present = supervisor.worker(job)
        if present is not None and present.watcher is not None:
            return present.pid
        time.sleep(0.01)
    raise AssertionError("the job ended before it could be ended")
