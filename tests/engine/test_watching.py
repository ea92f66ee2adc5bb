from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from job_running import events_of, wait_for_event, write_train_job

from curator.core.settings import TrainSettings
from curator.engine.child import OOM_ADJUSTMENT, go_first
from curator.engine.standing import standing_of
from curator.engine.worker import FAILED
from curator.jobs import supervisor

WATCH = "import sys\nfrom pathlib import Path\nfrom curator.engine.watching import Watcher\n"
RUN = "sys.exit(Watcher(Path(sys.argv[1])).run())\n"


def watch(folder: Path, before: str = "") -> int:
    """The watching process in a process of its own. Returns its exit code."""
    command = [sys.executable, "-c", WATCH + before + RUN, str(folder)]
    with (folder / "worker.log").open("ab") as log:
        watcher = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
    try:
        return watcher.wait(timeout=120)
    finally:
        if watcher.returncode is None:
            os.killpg(watcher.pid, signal.SIGKILL)
            watcher.wait(timeout=120)


def test_a_signal_that_comes_while_the_process_is_made_is_passed_on(
    tmp_path: Path, tiny_model: Path, snapshot: Path
) -> None:
    folder = write_train_job(tmp_path / "run", tiny_model, snapshot, TrainSettings(passes=2000))
    signalled = (
        "import os, signal\nfork = os.fork\n"
        "def signalled():\n"
        "    child = fork()\n"
        "    if child:\n        os.kill(os.getpid(), signal.SIGTERM)\n"
        "    return child\n"
        "os.fork = signalled\n"
    )
    assert watch(folder, signalled) == 3, (folder / "worker.log").read_text()
    assert events_of(folder)[-1].kind == "stopped"
    standing = standing_of(folder)
    assert standing is None or standing.iteration < 100  # of 6,000


def test_a_watcher_that_cannot_sign_says_so(tmp_path: Path, tiny_model: Path, snapshot: Path) -> None:
    folder = write_train_job(tmp_path / "run", tiny_model, snapshot, TrainSettings(passes=1))
    (folder / "worker.json.new").mkdir()  # where its signature would be written
    assert watch(folder) == 1
    assert events_of(folder)[-1].kind == "failed" and events_of(folder)[-1].figures["hint"]


def test_a_search_for_a_rate_that_is_lost_begins_anew_and_says_so(
    tmp_path: Path, tiny_model: Path, snapshot: Path
) -> None:
    folder = write_train_job(tmp_path / "run", tiny_model, snapshot, TrainSettings())
    order = json.loads((folder / "job.json").read_text())
    (folder / "job.json").write_text(json.dumps({**order, "kind": "find_rate", "steps": 4}))
    lost_once = (
        "import os\nfrom curator.engine import child\nfrom curator.engine.failures import DEVICE\n"
        "def work(folder, watcher, stop, report, known=child.work):\n"
        "    if (folder / 'lost').exists():\n        return known(folder, watcher, stop, report)\n"
        "    (folder / 'lost').touch()\n"
        "    told = {'message': 'The device was lost.', 'hint': '', 'cause': DEVICE}\n"
        "    os.write(report, json.dumps(told).encode())\n    return child.LOST\n"
        "import json\nchild.work = work\n"
    )
    assert watch(folder, lost_once) == 0, (folder / "worker.log").read_text()
    (again,) = events_of(folder, "again")
    assert (again.figures["message"], again.figures["hint"]) == ("The device was lost.", "It begins again by itself.")


def test_an_order_of_no_known_kind_is_told(tmp_path: Path, tiny_model: Path, snapshot: Path) -> None:
    folder = write_train_job(tmp_path / "run", tiny_model, snapshot, TrainSettings(passes=1))
    order = json.loads((folder / "job.json").read_text())
    (folder / "job.json").write_text(json.dumps({**order, "kind": ["train"]}))
    assert watch(folder) == 1
    assert "Nobody here knows the work" in events_of(folder)[-1].figures["message"]


def test_a_worker_whose_watcher_is_gone_tells_its_failure_itself(
    tmp_path: Path, tiny_model: Path, snapshot: Path
) -> None:
    folder = write_train_job(tmp_path / "run", tiny_model, snapshot, TrainSettings(passes=1))
    reader, writer = os.pipe()
    os.close(reader)  # killed
    alone = (
        "import os, sys\nfrom pathlib import Path\nfrom curator.engine import worker\n"
        "def short(*_):\n    raise MemoryError\n"
        "worker._work_for = lambda job: short\n"
        "sys.exit(worker.work(Path(sys.argv[1]), os.getppid(), report=int(sys.argv[2])))\n"
    )
    command = [sys.executable, "-c", alone, str(folder), str(writer)]
    with subprocess.Popen(command, pass_fds=(writer,), stderr=subprocess.DEVNULL) as worker:
        os.close(writer)
        assert worker.wait(timeout=120) == FAILED
    end = events_of(folder)[-1]
    assert end.kind == "failed" and end.figures["cause"] == "memory" and end.figures["hint"]


@pytest.mark.skipif(not OOM_ADJUSTMENT.exists(), reason="only Linux ends processes this way")
def test_what_trains_goes_before_what_watches_when_memory_runs_out(
    tmp_path: Path, tiny_model: Path, snapshot: Path
) -> None:
    folder = write_train_job(tmp_path / "run", tiny_model, snapshot, TrainSettings(passes=2000))
    supervisor.start(folder)
    wait_for_event(folder, "train")
    worker = supervisor.worker(folder)
    assert worker is not None and worker.watcher is not None
    own, watchers = (int(Path(f"/proc/{pid}/oom_score_adj").read_text()) for pid in (worker.pid, worker.watcher.pid))
    assert own == min(1000, watchers + 300) and watchers == int(OOM_ADJUSTMENT.read_text())
    supervisor.kill(folder)


def test_where_nobody_keeps_such_a_list_all_goes_on(tmp_path: Path) -> None:
    go_first(tmp_path / "nowhere")
    (tmp_path / "high").write_text("900")
    go_first(tmp_path / "high")
    assert (tmp_path / "high").read_text() == "1000" and not (tmp_path / "nowhere").exists()
