from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from job_running import events_of, write_train_job

from curator.core.settings import TrainSettings
from curator.engine.standing import standing_of

WATCH = "import sys\nfrom pathlib import Path\nfrom curator.engine.watching import Watcher\n"
RUN = "sys.exit(Watcher(Path(sys.argv[1])).run())\n"


def watch(folder: Path, before: str = "") -> int:
    """The watching process in a process of its own. Returns its exit code."""
    command = [sys.executable, "-c", WATCH + before + RUN, str(folder)]
    with (folder / "worker.log").open("ab") as log:
        watcher = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
    try:
        return watcher.wait(timeout=60)
    finally:
        if watcher.returncode is None:
            os.killpg(watcher.pid, signal.SIGKILL)
            watcher.wait(timeout=10)


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
