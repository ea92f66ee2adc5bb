"""What a lost process costs: the same bits after many kills, how soon a stop is heard, how soon a run is adopted.

    python tests/benchmarks/bench_resume.py [--iterations 600] [--every 50] [--json]

A run on the tiny model is killed (SIGKILL) every so many steps, by turns its worker alone and its watching process with
it, and started again; its weights must be bit for bit those of a run that was let alone. Dropout and accumulation are
on. A stop asked for at any moment may take one more step. A process that starts must know within a second how a
run stands that another process began. Ends with 1 when one of them is missed.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path

import psutil
from safetensors.numpy import load_file

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]

from tiny_model import build_tiny_model, write_snapshot  # noqa: E402

from curator.core.job import JobState  # noqa: E402
from curator.core.settings import TrainSettings  # noqa: E402
from curator.jobs import supervisor  # noqa: E402
from curator.jobs.folder import read_events, write_job  # noqa: E402

ADAPTERS = ("adapters.safetensors", "last_adapters.safetensors")
DEADLINE = 600.0
LOOK = """
import sys, time
from pathlib import Path
from curator.jobs import supervisor
began = time.monotonic()
print(supervisor.state(Path(sys.argv[1])), time.monotonic() - began)
"""
"""What a new process does first."""


def write_order(folder: Path, model: Path, data: Path, iterations: int) -> Path:
    """A training job with everything on that makes resuming hard. Returns its folder."""
    settings = TrainSettings(
        iterations=iterations,
        learning_rate=1e-3,
        dropout=0.1,
        accumulate=2,
        evals_per_pass=0.2,
        checkpoint_seconds=0.3,
        seed=3,
    )
    order = {"kind": "train", "model": str(model), "data": str(data), "settings": asdict(settings)}
    write_job(folder, {**order, "seed": settings.seed})
    return folder


def reached(folder: Path) -> int:
    """The furthest step that the job has told."""
    events, _ = read_events(folder)
    return max((int(event.figures["iteration"]) for event in events if event.kind == "train"), default=0)


def wait_until(is_so: Callable[[], bool], folder: Path, pause: float = 0.01) -> None:
    """Look again and again. Ends the program where it does not become so, with what the job told last."""
    end = time.monotonic() + DEADLINE
    while not is_so():
        if time.monotonic() > end:
            raise SystemExit(f"Waited in vain for {folder.name}, which told last: {supervisor.last_event(folder)}")
        time.sleep(pause)


def kill(folder: Path, with_watcher: bool) -> None:
    """Kill the process that works, with or without the one that watches over it, and wait until both are gone."""
    present = supervisor.worker(folder)
    if present is None:
        return
    if with_watcher and present.watcher is not None and present.watcher.is_alive:
        psutil.Process(present.watcher.pid).kill()
    supervisor.kill(folder)
    wait_until(lambda: not present.is_alive and supervisor.state(folder).is_over, folder)


def has_come(folder: Path, step: int) -> bool:
    """Whether the job has come so far, or is over."""
    return reached(folder) >= step or supervisor.state(folder).is_over


def killed_every(folder: Path, every: int, iterations: int) -> int:
    """Run the job to its end and kill it each time it has come `every` steps further. Returns how often."""
    kills = 0
    supervisor.start(folder)
    for target in range(every, iterations, every):
        wait_until(partial(has_come, folder, target), folder)
        if supervisor.state(folder).is_over:
            break
        kill(folder, with_watcher=kills % 2 == 1)
        kills += 1
        supervisor.start(folder)
    wait_until(lambda: supervisor.state(folder).is_over, folder)
    return kills


def digest(folder: Path) -> str:
    """The bits of what the job learned, the best adapter and the last. Ends the program where it did not come to its
    end. In what order the arrays lie in the file is mlx's to choose and says nothing."""
    if supervisor.state(folder) is not JobState.DONE:
        raise SystemExit(f"{folder.name} did not come to its end: {supervisor.last_event(folder)}")
    found = hashlib.sha256()
    for name in ADAPTERS:
        for key, array in sorted(load_file(folder / name).items()):
            found.update(f"{key} {array.dtype} {array.shape}".encode() + array.tobytes())
    return found.hexdigest()


def steps_after_stop(folder: Path) -> int:
    """Start the job, ask it to stop in the middle, and count the steps that ended after that."""
    supervisor.start(folder)
    wait_until(lambda: reached(folder) >= 20, folder)
    asked = time.time()
    supervisor.request_stop(folder)
    wait_until(lambda: supervisor.state(folder).is_over, folder)
    return sum(event.kind == "train" and event.time > asked for event in read_events(folder)[0])


def seconds_to_adopt(folder: Path) -> float:
    """How long a new process, its imports done, takes to know that the job of another one is at work."""
    answer = subprocess.run(
        [sys.executable, "-c", LOOK, str(folder)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    state, seconds = answer.stdout.split()
    if state != JobState.RUNNING:
        raise SystemExit(f"The new process takes the run for {state}.")
    return float(seconds)


def main() -> int:
    """Measure, print, and compare with the goals."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--iterations", type=int, default=600)
    parser.add_argument("--every", type=int, default=50)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["CURATOR_DEVICE_LOCK"] = str(folder / "device.lock")
        os.environ["MLX_DISABLE_COMPILE"] = "1"
        model, data = build_tiny_model(folder / "model"), write_snapshot(folder / "data")
        alone, killed, endless = (folder / word for word in ("alone", "killed", "endless"))
        write_order(alone, model, data, args.iterations)
        write_order(killed, model, data, args.iterations)
        write_order(endless, model, data, 1_000_000)
        supervisor.start(alone)
        wait_until(lambda: supervisor.state(alone).is_over, alone)
        kills = killed_every(killed, args.every, args.iterations)
        is_same = digest(alone) == digest(killed)
        told = sum(event.kind == "train" for event in read_events(killed)[0])
        steps = max(steps_after_stop(endless) for _ in range(2))
        supervisor.start(endless)
        wait_until(lambda: supervisor.state(endless) is JobState.RUNNING, endless)
        adopted = sorted(seconds_to_adopt(endless) for _ in range(3))[1]
        supervisor.request_stop(endless, discard=True)
        wait_until(lambda: supervisor.state(endless).is_over, endless)
    is_reached = is_same and kills > 0 and steps <= 1 and adopted <= 1.0
    figures = {
        "iterations": args.iterations,
        "kills": kills,
        "same_bits": is_same,
        "steps_done_twice": told - args.iterations,
        "steps_after_stop": steps,
        "seconds_to_adopt": round(adopted, 3),
    }
    if args.json:
        sys.stdout.write(json.dumps({"bench": "resume", **figures, "reached": is_reached}) + "\n")
    else:
        lines = [f"{title.replace('_', ' '):<18} {value}" for title, value in figures.items()]
        lines.append("reached" if is_reached else "MISSED: same bits, a stop within one step, adopted within a second")
        sys.stdout.write("\n".join(lines) + "\n")
    return 0 if is_reached else 1


if __name__ == "__main__":
    sys.exit(main())
