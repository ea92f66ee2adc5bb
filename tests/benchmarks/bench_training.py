"""Tokens trained per CPU second: the engine against `mlx_lm.tuner.trainer.train` called bare, in one process.

Same model, same rows, same LoRA, same BLAS with one thread; alternating rounds, and of each step the median over the
rounds. The bare call is as `mlx_lm.lora` makes it (compiled, prompt masked, its own batches); the engine is the whole
job with its events and checks, set up as its runtime sets it up. First steps, which compile, are left out.

    python tests/benchmarks/bench_training.py [--rounds 5] [--starter FOLDER] [--json]

Ends with 1 when a figure is missed: at least 0.98 on rows of one length, more than 1 where lengths differ.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]

BATCH = 4
Steps = list[tuple[int, float]]
"""Real tokens and CPU seconds of each step; a step of the same number has the same rows in every round."""
TEXT = "look into the log and restart the worker when its queue is longer than usual because the webhook retries"


def rows_of(lengths: list[int]) -> list[tuple[str, str]]:
    """Rows whose responses have so many words; the same for every run."""
    chance, words = random.Random(7), TEXT.split()
    return [("What is to be done now?", " ".join(chance.choice(words) for _ in range(n))) for n in lengths]


def same_length(count: int) -> list[tuple[str, str]]:
    """Rows of exactly one length: one text for all, since the loss does not matter here."""
    return rows_of([40])[:1] * count


def skewed(count: int) -> list[tuple[str, str]]:
    """Rows as people's are: many short, a few long."""
    chance = random.Random(11)
    return rows_of([max(4, min(220, int(chance.lognormvariate(3.0, 0.9)))) for _ in range(count)])


def engine_round(model: Path, data: Path, iterations: int, folder: Path) -> Steps:
    """The engine's steps after the first."""
    import mlx.core as mx

    from curator.core.settings import TrainSettings
    from curator.engine.stopping import StopRequest
    from curator.engine.telling import Teller
    from curator.engine.train import train_job

    marks: list[tuple[int, float]] = []

    class Watching(Teller):
        def emit(self, kind: str, **figures: Any) -> None:
            super().emit(kind, **figures)
            if kind == "train":
                marks.append((figures["tokens"], time.process_time()))

    mx.disable_compile()
    folder.mkdir()
    settings = TrainSettings(iterations=iterations, batch_size=BATCH, dropout=0.0)
    order = {"model": str(model), "data": str(data), "settings": asdict(settings), "seed": 1}
    train_job(folder, order, Watching(folder), StopRequest(folder))
    return [(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(marks)]


def bare_round(model_folder: Path, data: Path, iterations: int, folder: Path) -> Steps:
    """The same of mlx-lm's own trainer."""
    import mlx.core as mx
    import mlx.optimizers as optim
    import numpy as np
    from mlx_lm import load
    from mlx_lm.tuner import trainer
    from mlx_lm.tuner.callbacks import TrainingCallback
    from mlx_lm.tuner.datasets import CacheDataset, ChatDataset
    from mlx_lm.tuner.utils import linear_to_lora_layers

    mx.enable_compile()
    mx.random.seed(1)
    np.random.seed(1)
    model, tokenizer = load(str(model_folder))[:2]
    model.freeze()
    linear_to_lora_layers(model, len(model.layers), {"rank": 8, "scale": 4.0, "dropout": 0.0})
    lines = (data / "train.jsonl").read_text().splitlines()
    rows = CacheDataset(ChatDataset([json.loads(line) for line in lines], tokenizer, mask_prompt=True))
    tokens: list[int] = []
    marks: list[float] = []

    def batches(**options: Any) -> Any:
        for batch, lengths in trainer.iterate_batches(**options):
            tokens.append(int(lengths[:, 1].sum().item()))
            yield batch, lengths

    class Watching(TrainingCallback):  # type: ignore[misc]  # mlx-lm brings no types along
        def on_train_loss_report(self, train_info: dict[str, Any]) -> None:
            marks.append(time.process_time())

    folder.mkdir()
    args = trainer.TrainingArgs(
        batch_size=BATCH,
        iters=iterations,
        steps_per_report=1,
        steps_per_save=iterations + 1,
        adapter_file=str(folder / "adapters.safetensors"),
    )
    optimizer = optim.AdamW(learning_rate=1e-4)
    trainer.train(model, optimizer, rows, None, args, iterate_batches=batches, training_callback=Watching())
    return [(count, b - a) for count, (a, b) in zip(tokens[1:iterations], pairwise(marks), strict=True)]


def measure(model: Path, rows: list[tuple[str, str]], rounds: int, folder: Path) -> dict[str, float]:
    """Medians over alternating rounds: both rates and their ratio. One round before them compiles all shapes."""
    from tiny_model import write_rows

    write_rows(folder / "data" / "train.jsonl", rows)
    iterations = len(rows) // BATCH + 1  # the first step is left out: what is measured is one whole pass
    sides = {"engine": engine_round, "bare": bare_round}
    found: dict[str, list[Steps]] = {name: [] for name in sides}
    bare_round(model, folder / "data", iterations, folder / "warm")
    for number in range(rounds):
        for name in sides if number % 2 else reversed(sides):
            found[name].append(sides[name](model, folder / "data", iterations, folder / f"{name}{number}"))
    engine, bare = (rate(found[name]) for name in sides)
    return {"engine": round(engine, 1), "bare": round(bare, 1), "ratio": round(engine / bare, 3)}


def rate(rounds: list[Steps]) -> float:
    """Tokens per CPU second of a pass in which each step takes its median over the rounds."""
    steps = list(zip(*rounds, strict=True))
    seconds = sum(statistics.median(seconds for _, seconds in step) for step in steps)
    return float(sum(step[0][0] for step in steps) / seconds)


def main() -> int:
    """Measure, print, and compare with the figures that must be reached."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--rows", type=int, default=16)
    parser.add_argument("--starter", type=Path, help="the starter's model folder, instead of a random model of 4 M")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if not args.worker:  # once more, in the environment that a worker gets
        from curator.jobs.runtimes import bundled

        environment = bundled().environ(os.environ)
        environment.pop("MLX_DISABLE_COMPILE", None)  # each side sets it for itself
        environment["OPENBLAS_NUM_THREADS"] = "1"  # a second one spins while it waits, which CPU seconds would count
        return subprocess.run(
            [sys.executable, __file__, *sys.argv[1:], "--worker"], env=environment, check=False
        ).returncode
    from tiny_model import build_tiny_model

    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1) if args.json else os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # mlx-lm draws bars
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shape: dict[str, Any] = {
            "hidden": 256,
            "layers": 4,
            "heads": 4,
            "kv_heads": 4,
            "intermediate": 704,
            "vocab_size": 2048,
        }
        model = args.starter or build_tiny_model(folder / "model", **shape)
        found = {}
        for title, rows in (("one length", same_length(args.rows)), ("skewed", skewed(args.rows))):
            place = folder / title.replace(" ", "-")
            place.mkdir()
            found[title] = measure(model, rows, args.rounds, place)
    is_reached = found["one length"]["ratio"] >= 0.98 and found["skewed"]["ratio"] > 1.0
    if args.json:
        out.write(json.dumps({"bench": "training", **found, "reached": is_reached}) + "\n")
    else:
        for title, figures in found.items():
            out.write(
                f"{title:<11} engine {figures['engine']:8.1f}  bare {figures['bare']:8.1f} tokens per CPU second"
                f"   ratio {figures['ratio']:.3f}\n"
            )
        out.write("reached\n" if is_reached else "MISSED: 0.98 on one length, more than 1 on skewed rows\n")
    out.flush()
    return 0 if is_reached else 1


if __name__ == "__main__":
    sys.exit(main())
