"""Real tokens per CPU second of a whole training process: the engine's worker against `mlx_lm.lora` as it is typed.

Same model, rows, LoRA and batch size 4, one thread, the prompt masked. Each side trains one pass and then two; the
difference is one whole pass, without the process's start, the compiler and the validations. All CPU time of the
process and of those it started counts. Both sides work by turns (turns.py): one after the other, the same two gave
1.25 on one day and 1.68 on another.

    python tests/benchmarks/bench_engine.py [--model FOLDER] [--rows N] [--wheel] [--json]

“same BLAS”: on rows of skewed lengths, goal ≥ 1.4. The fewer they are, the less there is to sort: stock computes 1.45
times as many positions as the engine with all 400, 1.47 with 120, 1.33 with 40, and just as many with 12. “as
installed” (--wheel, on Linux; minutes): four short rows, stock with the BLAS in its wheel against the engine with
OpenBLAS, goal ≥ 10. Without --model, a random model of 4 M parameters, on which the second is not judged: its time is
not in the matrices. Ends with 1 when a goal is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support"), str(ROOT / "tests" / "benchmarks")]

from goals import Goal, is_missed, verdicts  # noqa: E402
from skewed_rows import Row, padding, short_rows, skewed_rows  # noqa: E402
from tiny_model import build_tiny_model, write_rows  # noqa: E402
from turns import Command, cpu_seconds  # noqa: E402

from curator.core.settings import TrainSettings  # noqa: E402
from curator.jobs.folder import read_events, write_job  # noqa: E402
from curator.jobs.runtimes import bundled  # noqa: E402
from curator.tokens.exact import ModelCounter  # noqa: E402

BATCH = 4
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
SAME_BLAS, AS_INSTALLED = 1.4, 10.0

Side = Callable[[Path, Path, int, Path], Command]
"""How (model, data, iterations, folder) is trained in a process of its own, to the end."""


def engine(model: Path, data: Path, iterations: int, folder: Path) -> Command:
    """A worker as the app starts it."""
    settings = TrainSettings(iterations=iterations, batch_size=BATCH, dropout=0.0, evals_per_pass=0)
    order = {"kind": "train", "model": str(model), "data": str(data), "settings": asdict(settings), "seed": 0}
    write_job(folder, order)
    runtime = bundled()
    return command([*runtime.command, runtime.task, str(folder)], runtime.environ(environment()), folder)


def stock(model: Path, data: Path, iterations: int, folder: Path, with_blas: bool = True) -> Command:
    """`mlx_lm.lora` with the same LoRA; `with_blas` gives it the BLAS that the engine gets."""
    folder.mkdir(parents=True)
    config = folder / "lora.json"  # JSON is YAML
    lora = {"rank": 8, "scale": 4.0, "dropout": 0.0}
    never = 1_000_000
    config.write_text(
        json.dumps(
            {
                "model": str(model),
                "train": True,
                "data": str(data),
                "optimizer": "adamw",
                "mask_prompt": True,
                "num_layers": -1,
                "batch_size": BATCH,
                "iters": iterations,
                "learning_rate": 2e-4,
                "val_batches": 1,
                "steps_per_report": 10,
                "steps_per_eval": never,
                "save_every": never,
                "lora_parameters": lora,
                "adapter_path": str(folder / "adapters"),
            }
        ),
        encoding="utf-8",
    )
    given = environment()
    blas = bundled().environment.get("LD_PRELOAD")
    if with_blas and blas:
        given["LD_PRELOAD"] = blas
    given |= {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}
    return command([sys.executable, "-m", "mlx_lm", "lora", "-c", str(config)], given, folder)


def stock_as_installed(model: Path, data: Path, iterations: int, folder: Path) -> Command:
    """`mlx_lm.lora` with the BLAS of its wheel."""
    return stock(model, data, iterations, folder, with_blas=False)


def environment() -> dict[str, str]:
    """This process's environment with one thread, and without what would decide for a side."""
    without = {"LD_PRELOAD", "MLX_DISABLE_COMPILE"}
    return {name: value for name, value in os.environ.items() if name not in without} | ONE_THREAD


def command(words: list[str], given: Mapping[str, str], folder: Path) -> Command:
    """These words, with a log beside what they write."""
    return Command(words, given, ROOT, folder / "log.txt")


def check(folder: Path) -> None:
    """End this program where the engine said that it failed, in a run whose process ended well."""
    last = read_events(folder)[0][-1]
    if last.kind != "done":
        raise SystemExit(f"The engine ended with: {last.kind} {last.figures.get('message', '')}")


def measure(model: Path, rows: list[Row], sides: dict[str, Side], folder: Path) -> dict[str, float]:
    """Tokens per CPU second of each side over one pass of `rows`, whose number is a multiple of the batch size."""
    write_rows(folder / "data" / "train.jsonl", rows)
    write_rows(folder / "data" / "valid.jsonl", [("And?", "Good.")] * BATCH)  # validated as often by either run
    tokens = sum(lengths(model, rows))
    per_pass = len(rows) // BATCH
    one, two = (
        cpu_seconds(
            {
                name: side(model, folder / "data", passes * per_pass, folder / f"{name}-{passes}")
                for name, side in sides.items()
            }
        )
        for passes in (1, 2)
    )
    for passes in (1, 2):
        check(folder / f"engine-{passes}")
    return {name: round(tokens / max(two[name] - one[name], 1e-9), 2) for name in sides}


def build_small_model(folder: Path) -> Path:
    """A random model of 4 M parameters, where no real one is given."""
    return build_tiny_model(folder, hidden=256, layers=4, heads=4, kv_heads=4, intermediate=704, vocab_size=2048)


def lengths(model: Path, rows: list[Row]) -> list[int]:
    """Tokens of each row in the model's own template, prompt and response."""
    counter = ModelCounter.load(model)
    return [counter.usage(prompt, response).total for prompt, response in rows]


def main() -> int:
    """Measure, print, and compare with the goals."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, help="a real base model's folder")
    parser.add_argument("--rows", type=int, default=120, help="of the skewed set; a multiple of 4")
    parser.add_argument("--wheel", action="store_true", help="also against the BLAS of the stock wheel")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    found: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["CURATOR_DEVICE_LOCK"] = str(folder / "device.lock")  # a training at work need not be waited for
        model = args.model.resolve() if args.model else build_small_model(folder / "model")
        rows = skewed_rows(args.rows)
        found["same BLAS"] = measure(model, rows, {"engine": engine, "stock": stock}, folder / "same")
        if args.wheel and "LD_PRELOAD" in bundled().environment:
            few = short_rows(BATCH)
            sides: dict[str, Side] = {"engine": engine, "stock": stock_as_installed}
            found["as installed"] = measure(model, few, sides, folder / "wheel")
        padded = padding(lengths(model, skewed_rows()), BATCH)
    for figures in found.values():
        figures["ratio"] = round(figures["engine"] / figures["stock"], 2)
    said = judge({title: figures["ratio"] for title, figures in found.items()}, is_real=args.model is not None)
    report(found, asdict(padded), said, args.json)
    return int(is_missed(said))


def judge(ratios: Mapping[str, float], is_real: bool) -> dict[str, str]:
    """What is to be said of each goal, measured or not, on a real model or a small one."""
    why = "" if is_real else "it takes a real model (--model)"
    return verdicts(ratios, {"same BLAS": Goal(SAME_BLAS), "as installed": Goal(AS_INSTALLED, not_judged=why)})


def report(found: dict[str, dict[str, float]], padded: dict[str, float], said: dict[str, str], as_json: bool) -> None:
    """Write the figures and what is said of the goals."""
    if as_json:
        words = json.dumps({"bench": "engine", **found, "padding": padded, "goals": said})
    else:
        lines = [
            f"{title:<13} engine {figures['engine']:8.1f}  stock {figures['stock']:8.1f} tokens per CPU second"
            f"   ratio {figures['ratio']:.2f}"
            for title, figures in found.items()
        ]
        lines.append(f"positions computed for each real token: engine {padded['engine']}, stock {padded['stock']}")
        lines += [f"{title:<13} {verdict}" for title, verdict in said.items()]
        words = "\n".join(lines)
    sys.stdout.write(words + "\n")


if __name__ == "__main__":
    sys.exit(main())
