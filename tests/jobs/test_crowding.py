"""How long a process waits for a processor, told by Linux of this very process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from crowd import crowded, only_linux_tells, work_for

from curator.jobs.crowding import Turns, share_waited, turns


@only_linux_tells
def test_beside_three_that_never_rest_most_of_the_time_is_waited() -> None:
    before = turns(os.getpid())
    with crowded(3):
        work_for(1.0)
    now = turns(os.getpid())
    assert before is not None and now is not None
    assert now.ran > before.ran and 0.5 < share_waited(before, now) < 1.0


def test_of_a_process_that_is_gone_nothing_is_told(tmp_path: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    assert turns(gone.pid) is None
    (tmp_path / "7" / "task" / "7").mkdir(parents=True)
    assert turns(7, tmp_path) is None  # a kernel that does not count


def test_threads_that_have_ended_meanwhile_take_nothing_away(tmp_path: Path) -> None:
    for thread, words in (("7", "3000000000 1000000000 12\n"), ("8", "1000000000 0 2\n"), ("9", "")):
        folder = tmp_path / "7" / "task" / thread
        folder.mkdir(parents=True)
        (folder / "schedstat").write_text(words, encoding="ascii")
    told = turns(7, tmp_path)
    assert told is not None and (told.ran, told.waited) == pytest.approx((4.0, 1.0))
    assert share_waited(Turns(4.0, 1.0), Turns(3.0, 1.0)) == 0.0
    assert share_waited(Turns(4.0, 1.0), Turns(5.0, 4.0)) == 0.75
