"""What the presets learn: losses, where the best lies, and the time, on 91 real rows and a real base model.

    python tests/benchmarks/bench_presets.py --corpus FOLDER --model FOLDER [--into FOLDER]
        [--rows 91] [--most-tokens 512] [NAME ...]

A NAME is a preset, alone or with what differs from it: `standard`, `standard,learning_rate=4e-4`, `quick,rank=16`.
Each is one real training job, one after the other, and takes minutes to hours on a CPU; what has ended is not trained
again, and what was broken off goes on. Without names it prints what it would train, and the figures of what is there.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "benchmarks")]

from real_rows import ROWS, corpus_folder, real_snapshot  # noqa: E402

from curator.core.settings import PRESETS, TrainSettings  # noqa: E402
from curator.jobs.folder import read_events, write_job  # noqa: E402
from curator.jobs.runtimes import bundled  # noqa: E402


@dataclass(frozen=True, slots=True)
class Outcome:
    """The figures of one run, so far or at its end. Losses are means over response tokens in nats."""

    name: str
    passes: float
    first: float | None
    best: float | None
    best_passes: float
    last: float | None
    train: float | None
    hours: float
    is_over: bool

    def line(self) -> str:
        """One line of the table."""
        end = "" if self.is_over else "  (not at its end)"
        return (
            f"{self.name:<32} {self.passes:6.2f} {_loss(self.first)} {_loss(self.best)} at {self.best_passes:5.2f}"
            f" {_loss(self.last)} {_loss(self.train)} {self.hours * 60:7.1f} min{end}"
        )


HEAD = f"{'':<32} passes  first    best              last   train"


def settings_of(name: str, most_tokens: int) -> TrainSettings:
    """The settings that a name means. Ends the program with a sentence where it means none."""
    preset, *changes = name.split(",")
    known = {one.name: one.settings for one in PRESETS}
    if preset not in known:
        raise SystemExit(f"There is no preset “{preset}”; there are: {', '.join(known)}.")
    types = {field.name: type(getattr(known[preset], field.name)) for field in fields(TrainSettings)}
    given: dict[str, Any] = {}
    for change in changes:
        field, _, value = change.partition("=")
        if field not in types:
            raise SystemExit(f"There is no setting “{field}”.")
        given[field] = value == "true" if types[field] is bool else types[field](value)
    return replace(known[preset], max_tokens=most_tokens, **given)


def train(name: str, settings: TrainSettings, model: Path, data: Path, folder: Path) -> None:
    """Train to the end in a process of its own, on one thread; nothing where that was done before."""
    if outcome_of(name, folder).is_over:
        return
    order = {"kind": "train", "model": str(model), "data": str(data), "settings": asdict(settings)}
    write_job(folder, {**order, "seed": settings.seed})
    runtime = bundled()
    environment = runtime.environ({"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", **os.environ})
    with (folder / "log.txt").open("ab") as log:
        subprocess.run(
            [*runtime.command, runtime.task, str(folder)],
            env=environment,
            stdout=log,
            stderr=log,
            cwd=ROOT,
            check=False,
        )


def outcome_of(name: str, folder: Path) -> Outcome:
    """What the events in `folder` tell. Pauses between two processes of one run are not counted as time."""
    events, _ = read_events(folder)
    valid = {e.figures["iteration"]: e.figures for e in events if e.kind == "valid"}
    losses = {e.figures["iteration"]: e.figures for e in events if e.kind == "train"}
    after = [figures for iteration, figures in valid.items() if iteration > 0 and figures["loss"] is not None]
    best = min(after, key=lambda figures: float(figures["loss"]), default={})
    seconds = sum(min(b.time - a.time, 3600) for a, b in _pairs(events))
    newest = [float(figures["loss"]) for _, figures in sorted(losses.items())][-20:]
    return Outcome(
        name,
        max((float(figures["passes"]) for figures in losses.values()), default=0.0),
        valid.get(0, {}).get("loss"),
        best.get("loss"),
        float(best.get("passes", 0.0)),
        after[-1]["loss"] if after else None,
        sum(newest) / len(newest) if newest else None,
        seconds / 3600,
        bool(events) and events[-1].kind == "done",
    )


def _pairs(events: list[Any]) -> Iterator[tuple[Any, Any]]:
    for before, after in pairwise(events):
        if after.kind not in ("starting", "started"):
            yield before, after


def _loss(value: float | None) -> str:
    return f"{value:7.4f}" if value is not None else "      –"


def freeze(args: argparse.Namespace, model: Path, place: Path) -> Path:
    """The snapshot of the real rows."""
    return real_snapshot(corpus_folder(args.corpus), model, place, args.rows, args.most_tokens)


def main() -> int:
    """Train what is named, and print the table of all that the folder holds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--corpus", type=Path, help="the published transcripts; else CURATOR_CORPUS")
    parser.add_argument("--model", type=Path, help="the base model's folder")
    parser.add_argument("--into", type=Path, default=Path(tempfile.gettempdir()) / "curator-presets")
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--most-tokens", type=int, default=512)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    plans = {name: settings_of(name, args.most_tokens) for name in args.names}
    place = args.into / f"{args.rows}-rows-of-{args.most_tokens}"
    if plans:
        if args.model is None:
            parser.error("--model names the base model's folder")
        model = args.model.resolve()
        frozen = next(place.glob("*/train.jsonl"), None)
        data = frozen.parent if frozen else freeze(args, model, place)
        for name, settings in plans.items():
            train(name, settings, model, data.resolve(), place / "runs" / name)
    found = [outcome_of(folder.name, folder) for folder in sorted((place / "runs").glob("*"))]
    if args.json:
        sys.stdout.write(json.dumps({"bench": "presets", "runs": [asdict(one) for one in found]}) + "\n")
    elif found:
        sys.stdout.write("\n".join([HEAD, *(one.line() for one in found)]) + "\n")
    else:
        known = ", ".join(one.name for one in PRESETS)
        sys.stdout.write(f"Nothing was trained yet. It takes hours; name presets to train: {known}.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
