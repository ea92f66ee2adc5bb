"""Tokens trained per CPU second: the engine against `mlx_lm.tuner.trainer.train` called bare, in one process.

Same model, same rows, same LoRA, same BLAS; alternating rounds, medians of their ratios. The bare call is as
`mlx_lm.lora` makes it (compiled, prompt masked, its own batches); the engine is the whole job with its events and
checks, set up as its runtime sets it up. First steps, which compile, are left out on both sides.

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
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]

BATCH = 4
WORDS = (
    "look into the log and restart the worker when its queue is longer than usual because the webhook retries"
).split()


def rows_of(lengths: list[int]) -> list[tuple[str, str]]:
    """Rows whose responses have so many words; the same for every run."""
    chance = random.Random(7)
    return [("What is to be done now?", " ".join(chance.choice(WORDS) for _ in range(n))) for n in lengths]


def same_length(count: int) -> list[tuple[str, str]]:
    """Rows of exactly one length: one text for all, since the loss does not matter here."""
    return rows_of([40])[:1] * count


def skewed(count: int) -> list[tuple[str, str]]:
    """Rows as people's are: many short, a few long."""
    chance = random.Random(11)
    return rows_of([max(4, min(220, int(chance.lognormvariate(3.0, 0.9)))) for _ in range(count)])


def engine_round(model: Path, data: Path, iterations: int, folder: Path) -> tuple[int, float]:
    """Real tokens and CPU seconds of the engine's steps after the first."""
    import mlx.core as mx

    from curator.core.run import TrainSettings
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
    return marks[-1][0] - marks[0][0], marks[-1][1] - marks[0][1]


def bare_round(model_folder: Path, data: Path, iterations: int, folder: Path) -> tuple[int, float]:
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

    class Watching(TrainingCallback):
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
    return sum(tokens[1:iterations]), marks[-1] - marks[0]


def measure(model: Path, rows: list[tuple[str, str]], rounds: int, folder: Path) -> dict[str, float]:
    """Medians over alternating rounds: both rates and their ratio. One round before them compiles all shapes."""
    from tiny_model import write_rows

    write_rows(folder / "data" / "train.jsonl", rows)
    iterations = len(rows) // BATCH + 1  # the first step is left out: what is measured is one whole pass
    ratios, engine, bare = [], [], []
    bare_round(model, folder / "data", iterations, folder / "warm")
    for number in range(rounds):
        pair = {}
        sides = [("engine", engine_round), ("bare", bare_round)]
        for name, run in sides if number % 2 else sides[::-1]:
            count, seconds = run(model, folder / "data", iterations, folder / f"{name}{number}")
            pair[name] = count / seconds
        engine.append(pair["engine"])
        bare.append(pair["bare"])
        ratios.append(pair["engine"] / pair["bare"])
    return {
        "engine": round(statistics.median(engine), 1),
        "bare": round(statistics.median(bare), 1),
        "ratio": round(statistics.median(ratios), 3),
        "worst": round(min(ratios), 3),
        "best": round(max(ratios), 3),
    }


def main() -> int:
    """Measure, print, and compare with the figures that must be reached."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--rows", type=int, default=32)
    parser.add_argument("--starter", type=Path, help="the starter's model folder, instead of a random model of 8 M")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if not args.worker:  # once more, in the environment that a worker gets
        from curator.jobs.runtimes import bundled

        environment = bundled().environ(os.environ)
        environment.pop("MLX_DISABLE_COMPILE", None)  # each side sets it for itself
        return subprocess.run(
            [sys.executable, __file__, *sys.argv[1:], "--worker"], env=environment, check=False
        ).returncode
    from tiny_model import build_tiny_model

    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1) if args.json else os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # mlx-lm draws bars
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shape = {"hidden": 320, "layers": 6, "heads": 5, "kv_heads": 5, "intermediate": 864, "vocab_size": 4096}
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
                f"{title:<11} engine {figures['engine']:8.1f}  bare {figures['bare']:8.1f} tokens per CPU second   "
                f"ratio {figures['ratio']:.3f} ({figures['worst']:.3f} to {figures['best']:.3f})\n"
            )
        out.write("reached\n" if is_reached else "MISSED: 0.98 on one length, more than 1 on skewed rows\n")
    out.flush()
    return 0 if is_reached else 1


if __name__ == "__main__":
    sys.exit(main())
