"""What one large file costs while a person goes on working: a ChatGPT export of 60 MB.

    python tests/benchmarks/bench_export.py --mb 60

A thread beats every 5 ms in the process that imports, as the window's would; its longest gap is how long the window
would stand still. Judged is what of a gap this process itself computed: on a shared machine the rest is other programs'
turn, and no figure of an import's. Memory is what a process holds for itself, as in bench_import. Goals: no gap over
50 ms, the parser at most 150 MB, the app 350 MB.
"""

# ruff: noqa: E402 — run as a script, it first has to say where the project lies

from __future__ import annotations

import argparse
import gc
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support"), str(Path(__file__).parent)]

import made_export
from beat import TURN, Beat
from bench_import import Memory, cpu
from goals import Goal, is_missed, verdicts

from curator.ingest.importer import import_files
from curator.library.library import Library

GOALS = {
    "gap_ms": Goal(50, is_least=False),
    "parser_mb": Goal(150, is_least=False),
    "app_mb": Goal(350, is_least=False),
}


def imported(export: Path, folder: Path) -> dict[str, Any]:
    """Import the export into a new library, and what that cost."""
    gc.collect()
    library = Library.open(folder)
    used, began = cpu(), time.perf_counter()
    try:
        with Memory() as memory, Beat() as beat:
            report, _ = import_files(library, [export])
    finally:
        library.close()
    return {
        "gap_ms": round(beat.own * 1e3, 1),
        "gap_wall_ms": round(beat.gap * 1e3, 1),
        "parser_mb": round(memory.parser),
        "app_mb": round(memory.app),
        "cpu": round(cpu() - used - memory.cpu, 2),
        "wall": round(time.perf_counter() - began, 2),
        "exchanges": report.new,
        "sessions": report.sessions,
        "problems": len(report.problems),
    }


def main() -> int:
    """Run the benchmark, print what was found, and return 1 when a goal is missed."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--mb", type=float, default=60)
    arguments.add_argument("--repeat", type=int, default=3)
    arguments.add_argument("--export", type=Path, help="use this conversations.json instead of a made one")
    chosen = arguments.parse_args()
    sys.setswitchinterval(TURN)
    with tempfile.TemporaryDirectory(prefix="curator-bench-") as scratch:
        export = chosen.export or Path(scratch) / "conversations.json"
        if chosen.export is None:
            made_export.make(export, chosen.mb)
        runs = [imported(export, Path(scratch) / f"library{number}") for number in range(chosen.repeat)]
        megabytes = export.stat().st_size / 1e6
    result: dict[str, Any] = {"export_mb": round(megabytes, 1), "runs": runs}
    for name in GOALS:
        result[name] = max(run[name] for run in runs)
    result["goals"] = verdicts({name: result[name] for name in GOALS}, GOALS)
    sys.stdout.write(json.dumps(result, indent=2) + "\n")
    return int(is_missed(result["goals"]))


if __name__ == "__main__":
    sys.exit(main())
