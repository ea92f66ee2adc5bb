"""Peak extra memory of one training step: the engine against mlx-lm's own loss, where 30 % of the tokens are responses.

One process, the same model with the same LoRA (rank 8, all linear layers), the same rows; extra is what a step takes
above the weights. Stock is `mlx_lm.tuner.trainer.default_loss` with its own padding. Activations computed again
(`is_sparing`) and the CPU seconds of each are told besides.

    python tests/benchmarks/bench_memory.py [--starter FOLDER] [--rows 2] [--length 320] [--share 0.3] [--json]

Without a starter a random model with the starter's vocabulary and fewer layers stands in. Ends with 1 when the engine
takes more than 0.6 of stock.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]

GOAL = 0.6
_RANDOM: dict[str, Any] = {
    "hidden": 576,
    "layers": 8,
    "heads": 9,
    "kv_heads": 3,
    "intermediate": 1536,
    "vocab_size": 49_152,
}


def peak_of(model: Any, function: Callable[..., Any], batch: tuple[Any, ...]) -> tuple[float, float]:
    """Megabytes above what is held already, and CPU seconds, of a loss with its gradients."""
    import mlx.core as mx
    import mlx.nn as nn

    step = nn.value_and_grad(model, function)
    mx.eval(model.parameters(), batch)
    mx.clear_cache()
    held = mx.get_active_memory()
    mx.reset_peak_memory()
    began = time.process_time()
    mx.eval(step(model, *batch))
    seconds, peak = time.process_time() - began, mx.get_peak_memory() - held
    return peak / 1e6, seconds


def measure(folder: Path, rows: int, length: int, share: float) -> dict[str, Any]:
    """All ways in turn. Every row has `length` tokens, of which `share` are the response."""
    import mlx.core as mx
    import numpy as np
    from mlx_lm.tuner.trainer import default_loss
    from mlx_lm.tuner.utils import linear_to_lora_layers

    from curator.core.settings import TrainSettings
    from curator.engine.adapter import add_adapter
    from curator.engine.base import load_base
    from curator.engine.batches import assemble
    from curator.engine.loss import ResponseLoss
    from curator.tokens.template import Encoded

    response = round(share * length)
    prompt = length - response
    chance = np.random.default_rng(7)
    encoded = [
        Encoded(chance.integers(100, 40_000, length).tolist(), [0] * prompt + [1] * response, prompt, response)
        for _ in range(rows)
    ]
    padded = np.zeros((rows, 1 + 32 * -(-length // 32)), np.int32)
    padded[:, :length] = [row.ids for row in encoded]
    stock = mx.array(padded), mx.array([[prompt, length]] * rows)
    found: dict[str, Any] = {}
    for name, dropout, is_sparing in (
        ("stock", 0.0, False),
        ("engine", 0.0, False),
        ("engine, dropout 0.05", 0.05, False),
        ("engine, dropout 0.05, sparing", 0.05, True),
    ):
        model, _ = load_base(folder)
        mx.random.seed(0)
        if name == "stock":
            model.freeze()
            linear_to_lora_layers(model, len(model.layers), {"rank": 8, "scale": 4.0, "dropout": 0.0})
        else:
            add_adapter(model, TrainSettings(dropout=dropout, is_sparing=is_sparing))
        model.train()
        loss = default_loss if name == "stock" else ResponseLoss(model)
        megabytes, seconds = peak_of(model, loss, stock if name == "stock" else assemble(encoded))
        found[name] = {"megabytes": round(megabytes, 1), "cpu_seconds": round(seconds, 3)}
        found[name]["ratio"] = round(megabytes / found["stock"]["megabytes"], 3)
    return found


def main() -> int:
    """Measure, print, and compare with the figure that must be reached."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--starter", type=Path, help="the starter's model folder, instead of a random model")
    parser.add_argument("--rows", type=int, default=2)
    parser.add_argument("--length", type=int, default=320)
    parser.add_argument("--share", type=float, default=0.3)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if not args.worker:  # once more, in the environment that a worker gets
        from curator.jobs.runtimes import bundled

        return subprocess.run(
            [sys.executable, __file__, *sys.argv[1:], "--worker"], env=bundled().environ(os.environ), check=False
        ).returncode
    from tiny_model import build_tiny_model

    with tempfile.TemporaryDirectory() as name:
        model = args.starter or build_tiny_model(Path(name) / "model", **_RANDOM)
        found = measure(model, args.rows, args.length, args.share)
    is_reached = found["engine"]["ratio"] <= GOAL
    if args.json:
        sys.stdout.write(json.dumps({"bench": "memory", **found, "reached": is_reached}) + "\n")
    else:
        for way, figures in found.items():
            sys.stdout.write(
                f"{way:<30} {figures['megabytes']:9.1f} MB extra   ratio {figures['ratio']:.3f}"
                f"   {figures['cpu_seconds']:7.2f} CPU s\n"
            )
        sys.stdout.write("reached\n" if is_reached else f"MISSED: {GOAL} of stock\n")
    return 0 if is_reached else 1


if __name__ == "__main__":
    sys.exit(main())
