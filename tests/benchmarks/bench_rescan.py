"""How long a scan of a watched folder takes when nothing changed, against asking the system for each file's stamp.

    python tests/benchmarks/bench_rescan.py --files 10000
    python tests/benchmarks/bench_rescan.py --files 100000

Goal: 10,000 unchanged files in at most 100 ms of CPU time. The bare walk, in the same run, says what the machine gives.
The first scan reads them all: what a small file costs, and what the app and its parsers hold meanwhile (at most 350 and
150 MB), say whether 100,000 of them come in too.
"""

# ruff: noqa: E402 — run as a script, it first has to say where the project lies

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support"), str(Path(__file__).parent)]

from bench_import import Memory, cpu
from claude_sessions import ClaudeSession
from goals import Goal, is_missed, verdicts

from curator.ingest.catching_up import CatchUp
from curator.library.library import Library

IN_A_FOLDER = 100


def write_files(folder: Path, many: int) -> None:
    """So many sessions of one exchange, a hundred in a folder."""
    for number in range(many):
        path = folder / f"-home-me-{number // IN_A_FOLDER}" / f"{number}.jsonl"
        ClaudeSession(path, seed=number + 1).exchange(f"Why {number}?", "So.", tools=0)


def bare_walk(folder: Path) -> int:
    """What any scan has to ask the system: every folder's entries and every file's stamp."""
    files = 0
    for project in os.scandir(folder):
        for entry in os.scandir(project.path):
            files += entry.stat(follow_symlinks=False).st_size > 0
    return files


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """CPU and wall milliseconds."""
    used, began = time.process_time(), time.perf_counter()
    work()
    return (time.process_time() - used) * 1e3, (time.perf_counter() - began) * 1e3


def main() -> int:
    """Run the benchmark, print what was found, and return 1 when the goal is missed."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--files", type=int, default=10_000)
    arguments.add_argument("--repeat", type=int, default=9)
    chosen = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="curator-bench-") as scratch:
        folder = Path(scratch) / "projects"
        # In another process: making 100,000 of them leaves this one 200 MB larger, which is not the app's.
        writer = multiprocessing.get_context("spawn").Process(target=write_files, args=(folder, chosen.files))
        writer.start()
        writer.join()
        library = Library.open(Path(scratch) / "library")
        root, _ = library.add_watched(str(folder), "Projects")
        catch_up = CatchUp(library, lambda report, changes: None, None, threading.Event(), patience=30.0)

        def scan() -> None:
            catch_up.scan({root: str(folder)}, threading.Event(), lambda progress: None)

        began = cpu()
        with Memory() as memory:
            scan()
        catch_up.rest()  # its parsers have to end before their time is known
        first = cpu() - began - memory.cpu
        exchanges = library.counts().total
        scans = [timed(scan) for _ in range(chosen.repeat)]
        bare = [timed(lambda: bare_walk(folder)) for _ in range(chosen.repeat)]
        catch_up.rest()
        library.close()
    scanned = statistics.median(used for used, _ in scans)
    figures = {"rescan_cpu_ms": scanned, "app_mb": memory.app, "parser_mb": memory.parser}
    goals = {
        "rescan_cpu_ms": Goal(100.0 * chosen.files / 10_000, is_least=False),
        "app_mb": Goal(350, is_least=False),
        "parser_mb": Goal(150, is_least=False),
    }
    said = verdicts(figures, goals)
    result = {
        "files": chosen.files,
        "exchanges": exchanges,
        "first_scan_cpu_us_a_file": round(first / chosen.files * 1e6),
        "app_mb": round(memory.app),
        "parser_mb": round(memory.parser),
        "rescan_cpu_ms": round(scanned, 1),
        "rescan_wall_ms": round(statistics.median(wall for _, wall in scans), 1),
        "bare_walk_cpu_ms": round(statistics.median(used for used, _ in bare), 1),
        "in_bare_walks": round(scanned / statistics.median(used for used, _ in bare), 2),
        "goals": said,
    }
    sys.stdout.write(json.dumps(result, indent=2) + "\n")
    return int(is_missed(said))


if __name__ == "__main__":
    sys.exit(main())
