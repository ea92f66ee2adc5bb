"""Two processes train one run together, are stopped, lost and held up."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import mlx.core as mx
import psutil
import pytest
from job_running import events_of, run_to_end, wait_for_end, wait_for_event, wait_until

from curator.core.errors import JobError
from curator.core.job import JobState
from curator.core.machine import RuntimeKind, RuntimeSpec, Weight
from curator.core.settings import TrainSettings
from curator.jobs import supervisor
from curator.jobs.claim import is_claimed
from curator.jobs.runtimes import Runtime, place_of

SHORT = TrainSettings(passes=4, learning_rate=5e-3, dropout=0.0, seed=3)
LONG = TrainSettings(passes=24, learning_rate=1e-3, evals_per_pass=0.1, checkpoint_seconds=0.3, dropout=0.1, seed=3)
ENDLESS = replace(LONG, passes=4000)
HASTY = """
import sys
from pathlib import Path
from curator.jobs.ring import agent
agent.LEAST_SILENCE = 2.0
sys.exit(agent.attend(Path(sys.argv[2])))
"""

LINGERING = """
import os, sys, time
from pathlib import Path
import psutil
from curator.engine.rank import work_as_rank
code = work_as_rank(Path(sys.argv[2]))
others = [process for process in psutil.Process().parent().children() if process.pid != os.getpid()]
if os.environ["MLX_RANK"] != "0":
    os._exit(code)
for process in others:
    process.kill()
psutil.wait_procs(others, timeout=10)  # a zombie until the one that watches has seen its end
if Path(sys.argv[0]).name.startswith("slow"):
    time.sleep(60)
os._exit(code)
"""
"""A first rank that has told its end, and is there a moment longer than the others, or a minute."""
LINGERED = """
import sys
from dataclasses import replace
from pathlib import Path
from curator.jobs.ring import agent, ranks
bundled = ranks.bundled
ranks.bundled = lambda: replace(bundled(), command=(sys.executable, sys.argv[0] + ".rank"))
sys.exit(agent.attend(Path(sys.argv[2])))
"""

IMPATIENT = """
import sys
from pathlib import Path
from curator.jobs.away import outage
from curator.jobs.ring import agent
agent._STILL_SECONDS, outage._STOP_PATIENCE = 0.5, 0.5
sys.exit(agent.attend(Path(sys.argv[2])))
"""

DUMB = """
import sys
from dataclasses import replace
from pathlib import Path
from curator.jobs.away import outage
from curator.jobs.ring import agent, ranks
agent.START_SECONDS, outage._STOP_PATIENCE = float(sys.argv[0].rpartition("_")[2].partition(".")[0]), 0.5
bundled = ranks.bundled
ranks.bundled = lambda: replace(bundled(), command=(sys.executable, "-c", "import time; time.sleep(600)"))
sys.exit(agent.attend(Path(sys.argv[2])))
"""
"""A first rank that never comes to wait for the others, as one that hangs on a disk that is gone."""


WAITING = """
import sys, time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from curator.jobs.ring import agent, ranks
folder = Path(sys.argv[2])
def look(folder, *more):
    with (folder / "looks").open("ab") as looks:
        looks.write(b".")
    return read(folder, *more)
read, agent.read_events = agent.read_events, look
(folder / "clock").touch()
agent.time = SimpleNamespace(monotonic=lambda: float((folder / "clock").stat().st_size), sleep=time.sleep)
agent.START_SECONDS = 2.0
bundled = ranks.bundled
ranks.bundled = lambda: replace(bundled(), command=(sys.executable, sys.argv[0] + ".rank"))
sys.exit(agent.attend(folder))
"""
LATE = """
import sys, time
from pathlib import Path
from curator.jobs.folder import append_event
folder = Path(sys.argv[2])
def be_seen():
    looks = (folder / "looks").stat().st_size
    while (folder / "looks").stat().st_size < looks + 2:
        time.sleep(0.01)
def let_pass(seconds):
    with (folder / "clock").open("ab") as clock:
        clock.write(b"s" * seconds)
    be_seen()
append_event(folder, "waiting", message="Another training is at work.")
be_seen()
let_pass(3)
append_event(folder, "starting")
be_seen()
let_pass(2)
append_event(folder, "done", iteration=0)
"""
"""A first rank that waits for the device longer than a start may take, and then is a while in loading. The seconds are
bytes of a file, and each is seen by the one that watches: a busy computer takes its time for everything."""


def adapter_of(folder: Path) -> dict[str, mx.array]:
    return dict(mx.load(str(folder / "adapters.safetensors")))


def steps_of(folder: Path) -> list[int]:
    return [event.figures["iteration"] for event in events_of(folder, "train")]


def ranks_of(folder: Path) -> list[psutil.Process]:
    """The processes that compute, the first rank first."""
    found = [p for p in psutil.process_iter(["cmdline"]) if "--rank" in (p.info["cmdline"] or [])]
    own = [p for p in found if any(word.startswith(str(folder)) for word in p.info["cmdline"])]
    return sorted(own, key=lambda process: len(process.info["cmdline"][-1]))


def start_watched(folder: Path, program: Path, lines: str) -> None:
    """Starts a ring with these lines as the program that watches it."""
    program.write_text(lines)
    supervisor.start(folder, Runtime((sys.executable, str(program)), task="--ring"))


def stand_still(folder: Path, program: Path, lines: str) -> None:
    """Has a ring so watched come to work, and its second rank be as one that cannot be reached: the first waits."""
    start_watched(folder, program, lines)
    wait_for_event(folder, "train", 10)
    ranks_of(folder)[1].send_signal(signal.SIGSTOP)


def test_two_together_learn_what_one_alone_learns(order: Callable[..., Path]) -> None:
    together, alone = order(SHORT), order(SHORT, None, "alone")
    assert run_to_end(together) is JobState.DONE, (together / "worker.log").read_text()
    assert run_to_end(alone) is JobState.DONE
    assert events_of(together, "started")[0].figures["world"] == 2
    assert steps_of(together) == steps_of(alone) == list(range(1, 13))
    first, second = adapter_of(together), adapter_of(alone)
    assert all(mx.allclose(first[name], second[name], atol=2e-4).item() for name in second)
    last = [events_of(folder, "valid")[-1].figures["loss"] for folder in (together, alone)]
    assert last[0] == pytest.approx(last[1], abs=1e-3)
    wait_until(lambda: not ranks_of(together) and not (together / "ranks").exists(), "the ranks being gone")


def test_a_stopped_ring_goes_on_with_the_same_bits(order: Callable[..., Path]) -> None:
    settings = replace(LONG, passes=10)
    straight, cut = order(settings, name="straight"), order(settings, name="cut")
    assert run_to_end(straight) is JobState.DONE
    supervisor.start(cut)
    wait_for_event(cut, "train", 8)
    supervisor.request_stop(cut, pause=True)
    assert wait_for_end(cut) is JobState.PAUSED
    assert run_to_end(cut) is JobState.DONE
    assert events_of(cut, "started")[1].figures["resumed_at"] >= 8
    first, second = adapter_of(straight), adapter_of(cut)
    assert all(mx.array_equal(first[name], second[name]).item() for name in first)


@pytest.mark.parametrize("which", [0, 1])
def test_a_lost_rank_is_started_again(order: Callable[..., Path], which: int) -> None:
    folder = order(LONG)
    supervisor.start(folder)
    wait_for_event(folder, "checkpoint")
    ranks_of(folder)[which].kill()
    assert wait_for_end(folder) is JobState.DONE, (folder / "worker.log").read_text()
    assert events_of(folder, "again")[0].figures["attempt"] == 1
    assert set(steps_of(folder)) == set(range(1, 73))


def test_a_ring_that_stands_still_is_started_again(order: Callable[..., Path], tmp_path: Path) -> None:
    folder = order(LONG)
    stand_still(folder, tmp_path / "hasty.py", HASTY)
    assert wait_for_end(folder) is JobState.DONE
    assert "stood still" in events_of(folder, "again")[0].figures["message"]


def test_a_pause_is_heard_while_a_ring_stands_still(order: Callable[..., Path], tmp_path: Path) -> None:
    folder = order(ENDLESS)
    stand_still(folder, tmp_path / "impatient.py", IMPATIENT)
    supervisor.request_stop(folder, pause=True)
    assert wait_for_end(folder) is JobState.PAUSED
    assert "being made" not in events_of(folder, "paused")[0].figures["message"]  # the first may hear it in a last step
    wait_until(lambda: ranks_of(folder) == [], "all of the ring being gone")


@pytest.mark.parametrize("name", ["lingered.py", "slow.py"])
def test_a_rank_that_leaves_before_the_first_is_not_lost(order: Callable[..., Path], tmp_path: Path, name: str) -> None:
    (tmp_path / f"{name}.rank").write_text(LINGERING)
    folder = order(ENDLESS)
    start_watched(folder, tmp_path / name, LINGERED)
    wait_for_event(folder, "train", 3)
    supervisor.request_stop(folder, pause=True)
    assert wait_for_end(folder) is JobState.PAUSED
    wait_until(lambda: not is_claimed(folder), "the one that watches being gone")
    assert [event.kind for event in events_of(folder)].count("again") == 0
    assert events_of(folder)[-1].kind == "paused"


def test_a_first_rank_that_never_comes_is_given_up(order: Callable[..., Path], tmp_path: Path) -> None:
    folder = order(SHORT)
    start_watched(folder, tmp_path / "patient_0.py", DUMB)
    assert wait_for_end(folder) is JobState.FAILED
    assert [event.figures["attempt"] for event in events_of(folder, "again")] == [1, 2, 3]
    assert "first process stood still" in events_of(folder, "failed")[0].figures["message"]


def test_the_time_to_start_begins_when_the_device_is_free(order: Callable[..., Path], tmp_path: Path) -> None:
    (tmp_path / "waiting.py.rank").write_text(LATE)
    folder = order(SHORT)
    start_watched(folder, tmp_path / "waiting.py", WAITING)
    wait_until(lambda: bool(events_of(folder, "done") or events_of(folder, "again")), "what comes of it")
    assert not events_of(folder, "again")
    wait_until(lambda: not is_claimed(folder), "the one that watches being gone")


def test_a_stop_is_heard_before_the_ring_has_begun(order: Callable[..., Path], tmp_path: Path) -> None:
    folder = order(SHORT)
    start_watched(folder, tmp_path / "patient_600.py", DUMB)
    wait_until(lambda: is_claimed(folder), "the one that watches")
    supervisor.request_stop(folder)
    assert wait_for_end(folder) is JobState.STOPPED
    (end,) = events_of(folder, "stopped")
    assert "nothing was learned yet" in end.figures["message"]


def test_the_ranks_end_with_the_one_that_watches_them(order: Callable[..., Path]) -> None:
    folder = order(ENDLESS)
    supervisor.start(folder)
    wait_for_event(folder, "train", 5)
    ranks = ranks_of(folder)
    os.kill(ranks[0].ppid(), signal.SIGKILL)
    wait_until(lambda: not any(rank.is_running() for rank in ranks), "the ranks being gone")
    assert wait_for_end(folder) is JobState.INTERRUPTED


def test_a_ring_of_one_is_none() -> None:
    with pytest.raises(JobError, match="two members"):
        place_of(RuntimeSpec("one", RuntimeKind.RING, hosts=("127.0.0.1",))).runtime()
    (found,) = place_of(RuntimeSpec("far", RuntimeKind.RING, hosts=("mac.local", "127.0.0.1"))).check()
    assert found.weight is Weight.STOP and "this computer" in found.sentence
    (found,) = place_of(RuntimeSpec("two", RuntimeKind.RING, hosts=("127.0.0.1", "127.0.0.1"))).check()
    assert found.weight is Weight.WARNING and "experimental" in found.sentence
