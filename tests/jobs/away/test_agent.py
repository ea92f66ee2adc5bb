"""A run on another computer, over a real ssh line that is cut on the way."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import mlx.core as mx
import pytest
from job_running import events_of, run_to_end, wait_for_end, wait_for_event, wait_until, write_train_job
from loopback_ssh import OtherComputer

from curator.core.job import EVENTS_FILE, STOP_FILE, JobState
from curator.core.machine import RuntimeSpec
from curator.core.settings import TrainSettings
from curator.jobs import supervisor
from curator.jobs.away.agent import attend
from curator.jobs.away.far_side import FarSide
from curator.jobs.away.leaving import end_there
from curator.jobs.away.sitting import Sitting, left
from curator.jobs.folder import read_job, write_job
from curator.jobs.runtimes import to_order

pytestmark = pytest.mark.usefixtures("nothing_left")

SHORT = TrainSettings(passes=4, learning_rate=5e-3, dropout=0.1, seed=3)
LONG = TrainSettings(passes=4000, learning_rate=1e-3, evals_per_pass=0.05, checkpoint_seconds=0.3, dropout=0.1)


@pytest.fixture
def send(tmp_path: Path, tiny_model: Path, snapshot: Path, other: OtherComputer) -> Iterator[Callable[..., Path]]:
    """Writes the order of a run; after the test nobody attends to it any more."""
    written: list[Path] = []

    def write(settings: TrainSettings = LONG, spec: RuntimeSpec | None = None, name: str = "run") -> Path:
        place = to_order(spec or other.spec)
        written.append(write_train_job(tmp_path / name, tiny_model, snapshot, settings, runtime=place))
        return written[-1]

    yield write
    for folder in written:
        supervisor.kill(folder)


def adapter_of(folder: Path) -> dict[str, mx.array]:
    return dict(mx.load(str(folder / "adapters.safetensors")))


def same_bits(one: Path, two: Path) -> bool:
    first, second = adapter_of(one), adapter_of(two)
    return first.keys() == second.keys() and all(mx.array_equal(first[name], second[name]).item() for name in first)


def steps_of(folder: Path) -> list[int]:
    return [event.figures["iteration"] for event in events_of(folder, "train")]


def line_of(folder: Path) -> list[bool]:
    return [event.figures["is_up"] for event in events_of(folder, "line")]


def wait_for_more_steps(folder: Path) -> None:
    wait_for_event(folder, "train", len(steps_of(folder)) + 1)


def begun_there(folder: Path, other: OtherComputer, kind: str = "checkpoint", count: int = 1) -> int:
    """Starts a run and lets it tell so much: the group of the processes that work on it over there."""
    supervisor.start(folder)
    wait_for_event(folder, kind, count)
    (there,) = other.job_folders()
    worker = supervisor.worker(there)
    assert worker is not None
    return os.getpgid(worker.pid)


def go_elsewhere(folder: Path, place: object) -> None:
    """What the services do when a run is resumed on another place."""
    order = read_job(folder)
    order.pop("runtime", None)
    write_job(folder, order | ({"runtime": place} if place else {}))


def test_a_run_that_is_through_by_then_is_only_fetched_and_is_the_run_here(
    send: Callable[..., Path], other: OtherComputer, tmp_path: Path, tiny_model: Path, snapshot: Path
) -> None:
    folder = send(SHORT, name='-läuft "dort" $HOME \'n')
    supervisor.start(folder)
    wait_for_event(folder, "started")
    supervisor.kill(folder)
    (there,) = other.job_folders()
    wait_until(lambda: supervisor.state(there) is JobState.DONE, "the end over there")
    wait_for_end(folder)
    go_elsewhere(folder, None)
    assert run_to_end(folder) is JobState.DONE
    assert len(events_of(folder, "started")) == 1
    wait_until(lambda: other.job_folders() == [], "its rows being deleted there")
    here = write_train_job(tmp_path / "here", tiny_model, snapshot, SHORT)
    assert run_to_end(here) is JobState.DONE
    assert same_bits(folder, here) and steps_of(folder) == steps_of(here) == list(range(1, 13))


def test_whatever_happens_to_the_line_nothing_is_lost(send: Callable[..., Path], other: OtherComputer) -> None:
    folder = send()
    supervisor.start(folder)
    wait_for_event(folder, "train", 5)
    assert other.drop_lines() >= 1
    wait_until(lambda: line_of(folder)[-2:] == [False, True], "the line being down and up again")
    supervisor.kill(folder)  # and now the process that attends to it
    assert wait_for_end(folder) is JobState.INTERRUPTED
    supervisor.start(folder)
    wait_for_more_steps(folder)
    other.stop()  # the whole server, for a while
    wait_until(lambda: not line_of(folder)[-1], "the line being told as down")
    supervisor.request_stop(folder)
    os.utime(folder / "stop", (0, 0))  # asked long ago: it is not kept waiting for the line
    assert wait_for_end(folder) is JobState.STOPPED
    assert "may go on" in events_of(folder, "stopped")[0].figures["message"]
    other.start()
    supervisor.start(folder)
    wait_for_more_steps(folder)
    supervisor.request_stop(folder)
    assert wait_for_end(folder) is JobState.STOPPED
    assert steps_of(folder) == list(range(1, steps_of(folder)[-1] + 1))  # each once, in order
    assert len(events_of(folder, "started")) == 1  # over there it never stopped
    assert (folder / "adapters.safetensors").is_file() and (folder / "checkpoint.safetensors").is_file()
    wait_until(lambda: other.job_folders() == [], "its rows being deleted there")


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="only Linux bounds another process")
def test_a_disk_that_is_full_here_for_a_while_costs_nothing(send: Callable[..., Path], other: OtherComputer) -> None:
    folder = send()
    supervisor.start(folder)
    wait_for_event(folder, "train", 5)
    worker = supervisor.worker(folder)
    assert worker is not None
    before = resource.prlimit(worker.pid, resource.RLIMIT_FSIZE)
    told = folder / EVENTS_FILE
    full = told.stat().st_size + 5000
    resource.prlimit(worker.pid, resource.RLIMIT_FSIZE, (full, before[1]))
    (there,) = other.job_folders()
    wait_until(lambda: told.stat().st_size >= full, "a line that finds no room")
    resource.prlimit(worker.pid, resource.RLIMIT_FSIZE, before)
    behind = steps_of(there)[-1]
    wait_until(lambda: steps_of(folder)[-1] > behind, "what was told meanwhile")
    assert supervisor.state(folder) is JobState.RUNNING
    said = [event.figures["message"] for event in events_of(folder, "line")]
    supervisor.request_stop(folder)
    assert wait_for_end(folder) is JobState.STOPPED
    assert steps_of(folder) == list(range(1, steps_of(folder)[-1] + 1))  # each once, in order
    assert said[-1] == "There is room on the disk again, and 127.0.0.1 is followed."
    wait_until(lambda: other.job_folders() == [], "its rows being deleted there")


def test_a_worker_that_is_lost_over_there_goes_on_by_itself(send: Callable[..., Path], other: OtherComputer) -> None:
    folder = send()
    os.killpg(begun_there(folder, other), signal.SIGKILL)  # watcher and all, as when that computer is switched off
    wait_for_event(folder, "started", 2)
    assert len(events_of(folder, "again")) == 1 and events_of(folder, "started")[1].figures["resumed_at"] >= 1
    wait_for_more_steps(folder)
    supervisor.request_stop(folder, discard=True)
    assert wait_for_end(folder) is JobState.DISCARDED
    assert set(steps_of(folder)) == set(range(1, max(steps_of(folder)) + 1))
    wait_until(lambda: other.job_folders() == [], "its rows being deleted there")


def test_a_run_that_was_ended_over_there_unasked_goes_on(send: Callable[..., Path], other: OtherComputer) -> None:
    """As when that computer is shut down in order: its processes are asked to leave, and the worker tells a stop."""
    folder = send()
    os.killpg(begun_there(folder, other), signal.SIGTERM)
    wait_for_event(folder, "started", 2)
    assert not events_of(folder, "stopped") and "nobody asked" in events_of(folder, "note")[0].figures["text"]
    wait_for_more_steps(folder)
    supervisor.request_stop(folder)
    assert wait_for_end(folder) is JobState.STOPPED
    assert steps_of(folder) == list(range(1, steps_of(folder)[-1] + 1))
    wait_until(lambda: other.job_folders() == [], "its rows being deleted there")


def test_what_began_there_goes_on_here_and_there_again(
    send: Callable[..., Path], other: OtherComputer, tmp_path: Path, tiny_model: Path, snapshot: Path
) -> None:
    settings = TrainSettings(passes=60, learning_rate=1e-3, evals_per_pass=0.1, checkpoint_seconds=0.2, dropout=0.1)
    folder = send(settings)
    group = begun_there(folder, other, "train", 10)
    (there,) = other.job_folders()
    os.killpg(group, signal.SIGSTOP)  # it shall not come to its end before it is asked to pause
    supervisor.kill(folder)  # over there it is still at work, and is brought home
    wait_for_end(folder)
    go_elsewhere(folder, None)
    supervisor.start(folder)
    wait_until(lambda: (there / STOP_FILE).exists(), "the run over there being asked to pause")
    os.killpg(group, signal.SIGCONT)
    wait_for_event(folder, "started", 2)
    reached = events_of(folder, "started")[1].figures["resumed_at"]
    assert reached >= 10 and other.job_folders() == []
    assert steps_of(folder)[:reached] == list(range(1, reached + 1))
    wait_until(lambda: steps_of(folder)[-1] > reached + 5, "some steps here")
    supervisor.request_stop(folder, pause=True)
    assert wait_for_end(folder) is JobState.PAUSED
    go_elsewhere(folder, to_order(other.spec))
    assert run_to_end(folder) is JobState.DONE
    assert events_of(folder, "started")[2].figures["resumed_at"] >= reached + 5
    straight = write_train_job(tmp_path / "straight", tiny_model, snapshot, settings)
    assert run_to_end(straight) is JobState.DONE
    assert same_bits(folder, straight)
    assert json.loads((folder / "adapter_config.json").read_text())["model"] == str(tiny_model)
    wait_until(lambda: other.job_folders() == [], "its rows being deleted there")  # no row of the person stays there
    assert len(list((other.area / "models").glob("*"))) == 1 and not list((other.area / "models").glob("*.part"))
    assert not (folder / "away.json").exists() and not list(folder.glob("*.new*"))
    assert not list(folder.glob("checkpoint*"))  # nor here what was only there to go on from


def test_a_run_that_does_not_fit_on_this_disk_stays_where_it_is(
    send: Callable[..., Path], other: OtherComputer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = send()
    supervisor.start(folder)
    wait_for_event(folder, "checkpoint")
    supervisor.kill(folder)
    go_elsewhere(folder, None)
    with monkeypatch.context() as narrow:
        narrow.setenv("PATH", f"{narrow_rsync(tmp_path).parent}:{os.environ['PATH']}")
        assert run_to_end(folder) is JobState.FAILED
    assert events_of(folder, "failed")[0].figures["message"] == "The disk of this computer is full."
    assert Sitting.load(folder) is not None and left(folder) == []
    (there,) = other.job_folders()
    assert (there / "checkpoint.safetensors").is_file()
    end_there(folder)


def narrow_rsync(folder: Path) -> Path:
    """An rsync that may write no file of more than 512 bytes here, as on a full disk."""
    rsync = folder / "narrow" / "rsync"
    rsync.parent.mkdir()
    rsync.write_text(f"#!/bin/sh\ntrap '' 25\nulimit -f 1\nexec {shutil.which('rsync')} \"$@\"\n")
    rsync.chmod(0o755)
    return rsync


def test_who_is_told_to_leave_while_tidying_does_not_take_the_end_back(
    send: Callable[..., Path], other: OtherComputer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def leave(far: FarSide, folder: Path) -> None:
        os.kill(os.getpid(), signal.SIGTERM)  # this computer is shut down

    folder = send(SHORT)
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    with monkeypatch.context() as patched:
        patched.setattr(FarSide, "forget", leave)
        try:
            assert attend(folder) == 0
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)
    assert events_of(folder)[-1].kind == "done" and supervisor.state(folder) is JobState.DONE
    end_there(folder)  # what is left there goes with the run
    assert other.job_folders() == []


@pytest.mark.parametrize(
    ("is_known", "words"),
    [
        (True, "The key of 127.0.0.1 is not the one this computer knows"),
        (False, "This computer does not know 127.0.0.1 yet."),
    ],
)
def test_a_computer_that_is_not_known_is_refused_and_nothing_is_sent(
    send: Callable[..., Path], tmp_path: Path, is_known: bool, words: str
) -> None:
    stranger = OtherComputer(tmp_path / "stranger")
    if is_known:
        stranger.know_host((stranger.folder / "person.pub").read_text())  # another key than the one it has
    else:
        (stranger.folder / "known_hosts").unlink()
    stranger.start()
    try:
        folder = send(spec=stranger.spec)
        assert run_to_end(folder) is JobState.FAILED
    finally:
        stranger.stop()
    (failed,) = events_of(folder, "failed")
    assert words in failed.figures["message"]
    assert not (folder / "away.json").exists()  # nothing of it is there, and nothing is to be brought home
    assert not stranger.area.exists()


def test_a_python_that_is_not_there_is_told_before_any_row_is_sent(
    send: Callable[..., Path], other: OtherComputer
) -> None:
    folder = send(spec=replace(other.spec, python="/nowhere/python"))
    assert run_to_end(folder) is JobState.FAILED
    assert "no Python called /nowhere/python" in events_of(folder, "failed")[0].figures["message"]
    assert not [path for job in other.job_folders() for path in job.iterdir()] and not (folder / "away.json").exists()
    for empty in other.job_folders():
        empty.rmdir()


def test_a_computer_that_lets_nobody_in_is_told(send: Callable[..., Path], tmp_path: Path) -> None:
    stranger = OtherComputer(tmp_path / "stranger")
    (stranger.folder / "authorized_keys").write_text("")
    stranger.start()
    try:
        folder = send(spec=stranger.spec)
        assert run_to_end(folder) is JobState.FAILED
    finally:
        stranger.stop()
    (failed,) = events_of(folder, "failed")
    assert "without a password" in failed.figures["message"] and "ssh-copy-id" in failed.figures["hint"]


def test_a_computer_that_is_off_is_told_at_once(send: Callable[..., Path], tmp_path: Path) -> None:
    folder = send(spec=OtherComputer(tmp_path / "stranger").spec)
    assert run_to_end(folder) is JobState.FAILED
    assert "does not take connections" in events_of(folder, "failed")[0].figures["message"]


@pytest.fixture
def endless_rsync(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """A line on which sending takes for ever; `undo` makes it a usual one."""
    slow = tmp_path / "bin" / "rsync"
    slow.parent.mkdir()
    slow.write_text("#!/bin/sh\nwhile kill -0 $PPID; do sleep 0.1; done\n")
    slow.chmod(0o755)
    monkeypatch.setenv("PATH", f"{slow.parent}:{os.environ['PATH']}")
    return monkeypatch


def test_a_stop_while_it_is_sent_leaves_nothing_there(
    send: Callable[..., Path], other: OtherComputer, endless_rsync: pytest.MonkeyPatch
) -> None:
    folder = send()
    supervisor.start(folder)
    wait_until(lambda: len(other.job_folders()) == 1, "the first folder over there")
    supervisor.request_stop(folder)
    assert wait_for_end(folder) is JobState.STOPPED
    assert events_of(folder)[-1].figures["message"] == "Stopped before it was begun there; nothing was learned yet."
    assert not (folder / "away.json").exists()


def test_a_model_that_arrived_before_the_line_dropped_is_not_sent_again(
    send: Callable[..., Path], other: OtherComputer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (rsync := tmp_path / "bin" / "rsync").parent.mkdir()
    rsync.write_text(
        f'#!/bin/sh\ncd {rsync.parent}\necho "$*" >> sent\ncase "$*" in\n'
        "*third/jobs/*/) [ -e dropped ] || { touch dropped; exit 12; } ;;\nesac\n"  # the line breaks at the rows
        f'exec {shutil.which("rsync")} "$@"\n'
    )
    rsync.chmod(0o755)
    monkeypatch.setenv("PATH", f"{rsync.parent}:{os.environ['PATH']}")
    folder = send(SHORT, spec=replace(other.spec, folder=f"{other.area}/third"))
    assert run_to_end(folder) is JobState.DONE
    sent = (rsync.parent / "sent").read_text().splitlines()
    assert len([words for words in sent if words.endswith(".part/")]) == 1
    assert len([words for words in sent if "/jobs/" in words and words.endswith("/") and "--exclude" not in words]) == 2
    assert [path.suffix for path in (other.area / "third" / "models").iterdir()] == [""]


def test_rows_that_were_sent_for_a_run_that_never_began_there_are_deleted(
    send: Callable[..., Path], other: OtherComputer, endless_rsync: pytest.MonkeyPatch
) -> None:
    folder = send(spec=replace(other.spec, folder=f"{other.area}/second"))
    supervisor.start(folder)
    jobs = other.area / "second" / "jobs"
    wait_until(lambda: jobs.is_dir() and len(list(jobs.iterdir())) == 1, "the folder over there")
    worker = supervisor.worker(folder)
    assert worker is not None
    os.kill(worker.pid, signal.SIGTERM)  # this computer is shut down
    assert wait_for_end(folder) is JobState.INTERRUPTED
    assert "while it was being sent to 127.0.0.1" in events_of(folder, "interrupted")[0].figures["message"]
    endless_rsync.undo()
    write_job(folder, {"kind": "juggle"})  # it goes on here, as something that is over at once
    assert run_to_end(folder) is JobState.FAILED
    assert list(jobs.iterdir()) == [] and not (folder / "away.json").exists()
