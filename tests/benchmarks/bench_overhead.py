"""What telling and saving cost: CPU seconds in events and checkpoints as a share of a run's, within that run.

A real job on the starter's shape or a small made model, with checkpoints at the interval that a person gets; where the
run is too short to meet one, its cost is taken from the last one and set against that interval.

    python tests/benchmarks/bench_overhead.py [--steps 60] [--starter FOLDER] [--json]

Ends with 1 when the goal is missed: at most 2 %.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]

GOAL = 0.02


def measure(model: Path, data: Path, steps: int, folder: Path) -> dict[str, float]:
    """Train so many steps, and clock what is not training."""
    from curator.core.settings import TrainSettings
    from curator.engine.course import Course
    from curator.engine.keeping import Keeping
    from curator.engine.stopping import StopRequest
    from curator.engine.telling import Teller
    from curator.engine.train import train_job

    spent = {"events": 0.0, "checkpoint": 0.0}
    counts = {"events": 0, "checkpoint": 0}

    def clocked(name: str, call: Any) -> Any:
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            began = time.process_time()
            try:
                return call(*args, **kwargs)
            finally:
                spent[name] += time.process_time() - began
                counts[name] += 1

        return wrapped

    Teller.emit = clocked("events", Teller.emit)  # type: ignore[method-assign]
    Keeping.checkpoint = clocked("checkpoint", Keeping.checkpoint)  # type: ignore[method-assign]
    settings = TrainSettings(iterations=steps, batch_size=4, checkpoint_seconds=2.0)
    order = {"model": str(model), "data": str(data), "settings": asdict(settings), "seed": 1}
    marks: list[float] = []
    report = Course.on_train_loss_report

    def marked(course: Course, info: dict[str, Any]) -> None:
        report(course, info)
        marks.append(time.process_time())

    Course.on_train_loss_report = marked  # type: ignore[assignment, method-assign]
    train_job(folder, order, Teller(folder), StopRequest(folder))
    per_step = (marks[-1] - marks[0] - spent["checkpoint"]) / (len(marks) - 1)
    per_checkpoint = spent["checkpoint"] / max(1, counts["checkpoint"])
    return {
        "events": spent["events"] / steps / per_step,
        "checkpoints": per_checkpoint / TrainSettings().checkpoint_seconds,
        "checkpoint_ms": per_checkpoint * 1000,
        "step_ms": per_step * 1000,
    }


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--starter", type=Path)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if not args.worker:  # once more, in the environment that a worker gets
        from curator.jobs.runtimes import bundled

        command = [sys.executable, __file__, *sys.argv[1:], "--worker"]
        return subprocess.run(command, env=bundled().environ(os.environ), check=False).returncode
    from tiny_model import build_tiny_model, write_snapshot

    out = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # mlx-lm draws bars
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shape: dict[str, Any] = {"hidden": 256, "layers": 4, "heads": 4, "kv_heads": 4, "intermediate": 704}
        model = args.starter or build_tiny_model(folder / "model", **shape)
        data = write_snapshot(folder / "data", train=40, valid=4)
        (folder / "run").mkdir()
        found = measure(model, data, args.steps, folder / "run")
    share = found["events"] + found["checkpoints"]
    if args.json:
        out.write(json.dumps({"bench": "overhead", **found, "share": share, "reached": share <= GOAL}) + "\n")
    else:
        out.write(
            f"events {found['events']:.2%}, checkpoints {found['checkpoints']:.2%} "
            f"({found['checkpoint_ms']:.0f} ms each, a step {found['step_ms']:.0f} ms): {share:.2%} of the CPU time\n"
        )
        out.write("reached\n" if share <= GOAL else f"MISSED: at most {GOAL:.0%}\n")
    out.flush()
    return 0 if share <= GOAL else 1


if __name__ == "__main__":
    sys.exit(main())
