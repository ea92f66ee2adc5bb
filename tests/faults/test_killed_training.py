"""Training that loses its process: killed at random moments, aborted, short of memory, without room on the disk."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("MLX_DISABLE_COMPILE", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import pytest
from job_running import events_of, run_to_end, wait_for_end, wait_for_event, wait_until, write_train_job
from tiny_model import build_tiny_model, write_rows, write_snapshot
from trained_runs import CallAtStep, StopAtStep, assert_same_end, train_here

from curator.core.job import JobState
from curator.core.settings import TrainSettings
from curator.engine.standing import CHECKPOINT_FILE, SPARING_FILE, standing_of
from curator.engine.worker import FAILED, work
from curator.jobs import supervisor
from curator.jobs.folder import append_event
from curator.jobs.progress import fold

SOAK = Path(__file__).resolve().parent / "killed_training.py"
EXACT = TrainSettings(passes=16, learning_rate=1e-3, rank=32, dropout=0.1, accumulate=2, evals_per_pass=1, seed=5)
LONG = TrainSettings(passes=4000, learning_rate=1e-3, evals_per_pass=0.25, checkpoint_seconds=0.2)


@pytest.fixture(scope="module")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    return build_tiny_model(folder, hidden=32, layers=1, heads=2, kv_heads=1, intermediate=32)


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_snapshot(tmp_path_factory.mktemp("snapshot"))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, tiny_model: Path, snapshot: Path) -> Path:
    """The run that nothing ever happened to."""
    folder = write_train_job(tmp_path_factory.mktemp("whole") / "run", tiny_model, snapshot, EXACT)
    train_here(folder)
    return folder


@pytest.fixture
def parted(tmp_path: Path, tiny_model: Path, snapshot: Path) -> Path:
    return write_train_job(tmp_path / "parted", tiny_model, snapshot, replace(EXACT, checkpoint_seconds=0.0))


def worker_of(folder: Path) -> int:
    """The process that works, once it has signed."""
    wait_until(
        lambda: (found := supervisor.worker(folder)) is not None and found.watcher is not None, "the worker's signature"
    )
    found = supervisor.worker(folder)
    assert found is not None
    return found.pid


@contextmanager
def begun(folder: Path, before: Callable[[], None] | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """The worker as it is started, but with this process's BLAS: another one computes other bits."""
    append_event(folder, "starting")
    command = [sys.executable, "-m", "curator", "--worker", str(folder)]
    with (folder / "worker.log").open("ab") as log:
        worker = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True, preexec_fn=before)
    try:
        yield worker
    finally:
        if worker.poll() is None:
            os.killpg(worker.pid, signal.SIGKILL)
        worker.wait(timeout=120)


def behind_others() -> None:
    """On a busy machine the worker gets its turns after the test, which has to catch it in the middle."""
    os.nice(19)


def test_killed_at_random_moments_it_ends_with_the_same_bits(whole: Path, parted: Path) -> None:
    command = [sys.executable, str(SOAK), str(parted), "1"]
    told = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert told.returncode == 0, told.stderr[-3000:]
    kills = int(told.stdout)
    resumed = {event.figures["resumed_at"] for event in events_of(parted, "started")}
    assert kills >= 5 and len(resumed) >= 3, (kills, resumed)
    assert_same_end(whole, parted)


def test_an_aborted_run_goes_on_by_itself_with_the_same_bits(parted: Path, whole: Path) -> None:
    with begun(parted, behind_others) as worker:
        wait_for_event(parted, "checkpoint")
        os.kill(worker_of(parted), signal.SIGABRT)
        assert worker.wait(timeout=120) == 0
    (again,) = events_of(parted, "again")
    assert (again.figures["attempt"], again.figures["of"], again.figures["cause"]) == (1, 3, "device")
    assert "last checkpoint" in again.figures["hint"] and events_of(parted, "started")[1].figures["resumed_at"] > 0
    assert_same_end(whole, parted)


def test_a_run_that_is_aborted_without_progress_is_given_up(tmp_path: Path, tiny_model: Path, snapshot: Path) -> None:
    settings = replace(LONG, checkpoint_seconds=600)
    folder = write_train_job(tmp_path / "run", tiny_model, snapshot, settings)
    supervisor.start(folder)
    for number in range(1, 5):
        wait_for_event(folder, "started", number)
        os.kill(worker_of(folder), signal.SIGABRT)
        if number < 4:
            wait_for_event(folder, "again", number)
    assert wait_for_end(folder) is JobState.FAILED
    assert [event.figures["attempt"] for event in events_of(folder, "again")] == [1, 2, 3]
    assert {event.figures["hint"] for event in events_of(folder, "again")} == {"It begins again by itself."}
    end = events_of(folder)[-1].figures
    assert end["message"] == "The graphics or memory system ended it (abort)." and end["cause"] == "device"


def test_a_stop_reaches_a_run_between_two_attempts(tmp_path: Path, tiny_model: Path, snapshot: Path) -> None:
    folder = write_train_job(tmp_path / "run", tiny_model, snapshot, LONG)
    supervisor.start(folder)
    wait_for_event(folder, "checkpoint")
    supervisor.request_stop(folder, pause=True)
    assert wait_for_end(folder) is JobState.PAUSED
    assert (folder / CHECKPOINT_FILE).is_file() and fold(events_of(folder)).message == "Paused; it can go on from here."
    (folder / "stop").write_text("pause")
    with begun(folder) as worker:
        assert worker.wait(timeout=120) == 3
    end = events_of(folder)[-1]
    assert end.kind == "paused" and end.figures["iteration"] > 0, "what was learned before is told"


def test_too_little_memory_is_met_with_a_smaller_way_and_told_with_an_offer(tmp_path: Path) -> None:
    model = build_tiny_model(tmp_path / "model", hidden=64, layers=2, heads=16, kv_heads=16)
    row = ("What is to be done?", "look into the log. " * 240)
    write_rows(tmp_path / "data" / "train.jsonl", [row] * 16)
    settings = TrainSettings(passes=2, batch_size=16, max_tokens=4096)
    folder = write_train_job(tmp_path / "run", model, tmp_path / "data", settings)

    def bound() -> None:
        resource.setrlimit(resource.RLIMIT_DATA, (1 << 30, 1 << 30))

    with begun(folder, bound) as worker:
        assert worker.wait(timeout=120) != 0
    end = events_of(folder)[-1]
    assert end.kind == "failed" and end.figures["cause"] == "memory", (folder / "worker.log").read_text()[-2000:]
    started = events_of(folder, "started")
    assert [event.figures["sparing"] for event in started] == [False, True], "the second attempt takes less"
    assert [event.figures["attempt"] for event in events_of(folder, "again")] == [1]
    assert (folder / SPARING_FILE).exists()
    assert end.figures["offer"] == {"is_sparing": True, "batch_size": 8, "accumulate": 2}


@contextmanager
def no_file_longer_than(size: int) -> Iterator[None]:
    """The system refuses to let any file of this process grow beyond `size`, as a full disk would."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_disk_that_is_full_for_a_while_costs_nothing(whole: Path, parted: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    found: list[int] = []

    def fill() -> None:
        found.append(json.loads((parted / "events.jsonl").read_bytes().splitlines()[-1])["iteration"])
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))

    def make_room() -> None:
        standing = standing_of(parted)
        assert standing is not None and standing.iteration <= found[0], "the earlier checkpoint is whole"
        resource.setrlimit(resource.RLIMIT_FSIZE, before)

    try:
        train_here(parted, CallAtStep(parted, {20: fill, 40: make_room}))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    notes = fold(events_of(parted)).notes
    assert sum("The disk is full. The run goes on" in note for note in notes) == 1
    assert_same_end(whole, parted)


def test_a_disk_that_stays_full_ends_the_run_with_a_sentence_and_it_goes_on_later(whole: Path, parted: Path) -> None:
    handlers = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    train_here(parted, StopAtStep(parted, 20))
    kept = (parted / CHECKPOINT_FILE).read_bytes()
    try:
        with no_file_longer_than((parted / "adapters.safetensors").stat().st_size * 3 // 4):
            assert work(parted) == FAILED
    finally:
        for number, handler in zip((signal.SIGTERM, signal.SIGINT), handlers, strict=True):
            signal.signal(number, handler)
    assert (parted / CHECKPOINT_FILE).read_bytes() == kept and not list(parted.glob("*.new"))
    end = events_of(parted)[-1]
    assert (end.kind, end.figures["message"]) == ("failed", "The disk is full.") and "is still there" in end.figures[
        "hint"
    ]
    assert train_here(parted)["iteration"] == 48
    assert events_of(parted, "started")[-1].figures["resumed_at"] > 0
    assert_same_end(whole, parted)


def test_a_stop_on_a_full_disk_is_a_stop_and_what_the_checkpoint_holds_goes_on(whole: Path, parted: Path) -> None:
    train_here(parted, StopAtStep(parted, 20))
    kept = standing_of(parted)
    assert kept is not None and kept.iteration > 0
    with no_file_longer_than((parted / "adapters.safetensors").stat().st_size * 3 // 4):
        end = train_here(parted, StopAtStep(parted, 20))
    assert (end["event"], end["iteration"]) == ("stopped", kept.iteration)
    assert end["message"].startswith("Stopped. The disk is full: what was learned since the last checkpoint")
    train_here(parted)
    assert_same_end(whole, parted)


def test_a_second_training_waits_for_the_device_and_can_be_stopped_meanwhile(
    tmp_path: Path, tiny_model: Path, snapshot: Path
) -> None:
    first = write_train_job(tmp_path / "first", tiny_model, snapshot, LONG)
    second = write_train_job(tmp_path / "second", tiny_model, snapshot, replace(LONG, passes=2))
    third = write_train_job(tmp_path / "third", tiny_model, snapshot, LONG)
    supervisor.start(first)
    wait_for_event(first, "train")
    supervisor.start(second)
    supervisor.start(third)
    wait_for_event(second, "waiting")
    wait_for_event(third, "waiting")
    assert supervisor.state(second) is JobState.WAITING and fold(events_of(second)).message
    supervisor.request_stop(third)
    assert wait_for_end(third) is JobState.STOPPED
    assert not events_of(second, "started")
    supervisor.kill(first)  # nothing is left behind that would keep the device
    assert wait_for_end(second) is JobState.DONE
    assert len(events_of(second, "waiting")) == 1
    assert supervisor.state(first) is JobState.INTERRUPTED


def test_segments_renew_the_process_and_are_one_run(parted: Path) -> None:
    order = json.loads((parted / "job.json").read_text())
    order["settings"] |= {"passes": 2, "segment_minutes": 1e-9, "checkpoint_seconds": 600.0}
    (parted / "job.json").write_text(json.dumps(order))
    assert run_to_end(parted) is JobState.DONE
    assert [event.figures["iteration"] for event in events_of(parted, "segment")] == [2, 4]
    assert [event.figures["resumed_at"] for event in events_of(parted, "started")] == [0, 2, 4]
    assert len(events_of(parted, "starting")) == 1 and fold(events_of(parted)).iteration == 6
