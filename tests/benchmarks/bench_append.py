"""How soon what was just written can be read: from the append to a session until another connection sees it.

    python tests/benchmarks/bench_append.py --appends 60

A session grows beside a corpus that is watched, in steps with pauses as an assistant makes them; the debounce is over
at once when all was quiet. `cpu_ms` is what an append costs this process, searching for it included, and `long_cpu_ms`
what it costs where the session is of 10 MB, its parser process included: those say something on a busy machine too.
Goal: 10 ms at the 95th percentile.
"""

# ruff: noqa: E402 — run as a script, it first has to say where the project lies

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support"), str(Path(__file__).parent)]

from beat import TURN
from claude_sessions import ClaudeSession
from goals import Goal, is_missed, verdicts
from made_corpus import make

from curator.core.changes import Changes
from curator.core.query import ExchangeQuery
from curator.ingest.catching_up import CatchUp
from curator.library.library import Library
from curator.services import importing
from curator.services.workspace import Workspace

GOALS = {"append_ms_p95": Goal(10, is_least=False)}
LONG = 10_000_000


def append_until_visible(folder: Path, corpus: Path, times: int) -> tuple[list[float], float]:
    """Seconds from the start of a write until a read on this thread sees the new exchange, in a library that holds the
    corpus already, and the CPU seconds of an append. The session grows all the while, as sessions do."""
    ws = Workspace.open(folder)
    session = ClaudeSession(corpus / "projects" / "-growing" / "s.jsonl", seed=4_242)
    told = threading.Condition()
    seconds = []
    sent = random.Random(1)

    def heard(_: Changes) -> None:
        with told:
            told.notify_all()

    ws.subscribe(heard)
    importing.add_watched(ws, corpus)
    scanned = threading.Event()
    watching = importing.start_watching(ws, lambda report, changes: scanned.set())

    def is_visible(prompt: str) -> bool:
        ids = ws.library.exchange_ids(ExchangeQuery(text=f'"{prompt}"'))
        return len(ids) > 0

    def wait(prompt: str) -> None:
        with told:
            while not is_visible(prompt):
                assert told.wait(60), f"{prompt} never came"

    session.exchange("warm0up0start", "Yes.")
    wait("warm0up0start")
    assert scanned.wait(600)
    used = time.process_time()
    for number in range(times):
        time.sleep(sent.uniform(0.08, 0.25))
        prompt = f"appended{number}x"
        lines = session.lines(prompt, "An answer of a few words, as they are.", tools=2)
        began = time.perf_counter()
        session.write(lines)
        wait(prompt)
        seconds.append(time.perf_counter() - began)
    used = time.process_time() - used
    watching.stop()
    ws.close()
    return sorted(seconds), used / times


def long_session(place: Path, times: int) -> float:
    """The CPU seconds of an append to a long session, this process's and its parser's."""
    session = ClaudeSession(place / "projects" / "s.jsonl")
    answer = "The reason is told at length. " * 100
    while session.path.stat().st_size < LONG:
        session.write(b"".join(session.lines("Why?", answer, tools=20) for _ in range(20)))
    library = Library.open(place / "library")
    root, _ = library.add_watched(str(session.path.parent))
    catch_up = CatchUp(library, lambda report, changes: None, None, threading.Event(), patience=30.0)
    here = psutil.Process()

    def used() -> float:
        return time.process_time() + sum(sum(child.cpu_times()[:2]) for child in here.children())

    def append(number: int) -> float:
        session.exchange(f"And {number}?", "So.", tools=2)
        began = used()
        catch_up.look_at({root: str(session.path.parent)}, {str(session.path)})
        return used() - began

    catch_up.scan({root: str(session.path.parent)}, threading.Event(), lambda progress: None)
    append(0)  # the first time it is read whole once more
    seconds = statistics.median(append(number) for number in range(1, times + 1))
    catch_up.rest()
    library.close()
    return seconds


def main() -> int:
    """Run the benchmark, print what was found, and return 1 when the goal is missed."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--appends", type=int, default=60)
    arguments.add_argument("--mb", type=float, default=20, help="what the library holds already")
    chosen = arguments.parse_args()
    sys.setswitchinterval(TURN)
    with tempfile.TemporaryDirectory(prefix="curator-bench-") as scratch:
        place = Path(scratch)
        make(place / "corpus", chosen.mb, max(1, int(chosen.mb * 4)))
        waited, used = append_until_visible(place / "library", place / "corpus", chosen.appends)
        long = long_session(place / "long", 10)
    p95 = waited[int(len(waited) * 0.95)] * 1e3
    result: dict[str, Any] = {
        "append_ms": {
            "least": round(waited[0] * 1e3, 1),
            "p50": round(statistics.median(waited) * 1e3, 1),
            "p95": round(p95, 1),
            "max": round(waited[-1] * 1e3, 1),
        },
        "cpu_ms": round(used * 1e3, 1),
        "long_cpu_ms": round(long * 1e3, 1),
        "goals": verdicts({"append_ms_p95": p95}, GOALS),
    }
    sys.stdout.write(json.dumps(result, indent=2) + "\n")
    return int(is_missed(result["goals"]))


if __name__ == "__main__":
    sys.exit(main())
