"""How fast transcripts come in: a cold import against the parse limit, and as much again into the same library.

    python tests/benchmarks/bench_import.py --mb 1000 --files 3000 [--one-cpu]

The limit is what orjson needs to decode every line of the same files and take the text out, in the same run, before and
after each import: wall times on a shared machine say nothing, CPU seconds and their ratio do. Import counts user and
system time of this process and of its parser processes, their start included (--one-cpu: see one_cpu). Memory is what a
process holds for itself: pages of a file that is mapped are the system's to take back. A thread beats every 5 ms as the
window's would: of its longest gap, what this process itself computed is judged (see bench_export). Goals: limit /
import at least 0.30 (aim 0.45); the app at most 350 MB, each parser 150 MB; no gap over 50 ms; the second import at
most a fifth dearer than the first, both in limits of their own files.

Where an import goes, in limits (74 and 226 MB, 2 cores): decoding 0.48, of which 0.26 is passing over what nobody
reads; events 0.36; cutting 0.20; screening 0.41; packing 0.42 (zstd 0.23, msgpack 0.10); reading, hashing and telling
the format 0.1; in the app SQLite 0.27 (words 0.09), commits 0.05 to 0.14, frames 0.09, the loop 0.09: 2.5 and more
before the processes start (a parser 0.15 CPU seconds, of every import). The aim leaves 2.2. No line of Python takes
more than one part in sixty any more. Tried, and no gain: keeping tool results undecoded until they are cut (0.12 less
to decode, 0.15 to count their characters), finding and cutting out what nobody reads before decoding (as dear as
passing over it), steps without their ids (a tenth smaller, as long to compress), zstd at -5 (0.09 less, steps half as
large again), transactions of 0.25 to 9 seconds, a larger page cache, mapped pages, rarer checkpoints.
"""

# ruff: noqa: E402 — run as a script, it first has to say where the project lies

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import resource
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import psutil

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support"), str(Path(__file__).parent)]

from beat import TURN, Beat
from goals import Goal, is_missed, verdicts
from made_corpus import make
from one_cpu import stay_on_one_cpu

from curator.core.exchange import Transcript
from curator.formats.reader import read_transcript
from curator.ingest.importer import import_files
from curator.ingest.parser import Parsed, decode_answer, encode
from curator.library.library import Library
from curator.library.packed import PackedTranscript, SourceFile, pack
from curator.screening import screen_session

GOALS = {
    "ratio": Goal(0.30),
    "app_mb": Goal(350, is_least=False),
    "parser_mb": Goal(150, is_least=False),
    "gap_ms": Goal(50, is_least=False),
    "second_to_first": Goal(1.2, is_least=False),
}


def cpu() -> float:
    """CPU seconds of this process and of the children it has waited for."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in used)


def limit(files: list[Path]) -> tuple[float, int]:
    """CPU seconds to decode every line with orjson and take the text out, and the characters taken."""
    began = cpu()
    characters = 0
    for file in files:
        for line in file.read_bytes().split(b"\n"):
            message = orjson.loads(line).get("message") if line else None
            if not message:
                continue
            content = message["content"]
            if isinstance(content, str):
                characters += len(content)
            else:
                characters += sum(len(block["text"]) for block in content if block["type"] == "text")
    return cpu() - began, characters


class Memory:
    """The most that this process and its parsers hold for themselves while a block runs, in megabytes; and the CPU
    seconds that looking took, which are nobody else's."""

    def __init__(self) -> None:
        self.app = self.parser = self.cpu = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, name="memory")

    def __enter__(self) -> Memory:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        here = psutil.Process()
        children: list[psutil.Process] = []
        looks = 0
        while not self._over.wait(0.1):
            if looks % 10 == 0:
                children = here.children()  # asks for every process of the machine
            looks += 1
            self.app = max(self.app, _own(here))
            for child in children:
                with contextlib.suppress(psutil.Error):
                    self.parser = max(self.parser, _own(child))
            self.cpu = time.thread_time()


def _own(process: psutil.Process) -> float:
    held = process.memory_info()
    return float(held.rss - held.shared) / 1e6


def cold_import(corpus: Path, folder: Path) -> dict[str, Any]:
    """Import into this library, as the command line does; opening it counts too."""
    began, wall = cpu(), time.perf_counter()
    library = Library.open(folder)
    with Memory() as memory, Beat() as beat:
        try:
            report, _ = import_files(library, [corpus])
        finally:
            library.close()
    return {
        "cpu": cpu() - began - memory.cpu - beat.cpu,
        "gap_ms": round(beat.own * 1e3, 1),
        "app_mb": round(memory.app),
        "parser_mb": round(memory.parser),
        "wall": time.perf_counter() - wall,
        "files": report.files,
        "sessions": report.sessions,
        "exchanges": report.exchanges,
        "problems": len(report.problems),
        "library_mb": round((folder / "library.db").stat().st_size / 1e6, 1),
    }


def stages(files: list[Path], folder: Path) -> dict[str, float]:
    """Where the time goes: CPU seconds of each step, and of the limit, all of one file before the next one: whatever
    else the machine does then falls on all of them alike."""
    took = dict.fromkeys(("limit", "read", "screen", "pack", "encode", "decode", "store"), 0.0)

    def timed(name: str, work: Callable[..., Any], *arguments: Any) -> Any:
        began = time.process_time()
        result = work(*arguments)
        took[name] += time.process_time() - began
        return result

    library = Library.open(folder)
    batch: list[tuple[SourceFile, PackedTranscript]] = []
    held = 0
    for file in files:
        timed("limit", limit, [file])
        transcript = timed("read", lambda file=file: read_transcript(file.read_bytes(), file.name))
        sessions = timed("screen", lambda whole=transcript: tuple(map(screen_session, whole.sessions)))
        screened = Transcript(transcript.format, sessions, transcript.problems, transcript.unknown)
        packed = timed("pack", pack, screened)
        source = SourceFile(str(file), file.stat().st_size, 0, 0, b"", str(file).encode())
        frame = timed("encode", encode, Parsed(source, packed))
        answer = timed("decode", decode_answer, frame)
        batch.append((answer.source, answer.transcript))
        held += sum(len(session.exchanges) for session in packed.sessions)
        if held >= 1_000:
            timed("store", library.store_many, batch)
            batch, held = [], 0
    if batch:
        timed("store", library.store_many, batch)
    library.close()
    return took


def main() -> int:
    """Run the benchmark, print what was found, and return 1 when a goal is missed."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--mb", type=float, default=120)
    arguments.add_argument("--files", type=int, default=0, help="default: four a megabyte")
    arguments.add_argument("--repeat", type=int, default=5)
    arguments.add_argument("--corpus", type=Path, help="use these transcripts instead of made ones")
    arguments.add_argument("--one-cpu", action="store_true", help="steadier CPU seconds, on Linux")
    chosen = arguments.parse_args()
    is_bound = chosen.one_cpu and stay_on_one_cpu()
    sys.setswitchinterval(TURN)
    with tempfile.TemporaryDirectory(prefix="curator-bench-") as scratch:
        place = Path(scratch)
        corpus = chosen.corpus or place / "corpus"
        if chosen.corpus is None:
            many = chosen.files or max(1, int(chosen.mb * 4))
            make(corpus, chosen.mb, many)
        files = sorted(corpus.rglob("*.jsonl"))
        megabytes = sum(file.stat().st_size for file in files) / 1e6
        limit(files)
        limits, imports = [limit(files)[0]], []
        for number in range(chosen.repeat):
            imports.append(cold_import(corpus, place / f"library{number}"))
            limits.append(limit(files)[0])
        around = [statistics.mean(pair) for pair in itertools.pairwise(limits)]  # it swings by a third within a minute
        ratios = [parse / each["cpu"] for parse, each in zip(around, imports, strict=True)]
        cold = statistics.median(each["cpu"] for each in imports)
        took = stages(files, place / "staged")
        again = time.perf_counter()
        library = Library.open(place / "library0")
        report, _ = import_files(library, [corpus])
        library.close()
        rescan = time.perf_counter() - again
        result: dict[str, Any] = {
            "corpus_mb": round(megabytes, 1),
            "files": len(files),
            "on_one_cpu": is_bound,
            "limit_cpu": [round(each, 3) for each in limits],
            "import_cpu": [round(each["cpu"], 3) for each in imports],
            "ratio": round(statistics.median(ratios), 3),
            "import_wall": round(statistics.median(each["wall"] for each in imports), 3),
            "mb_a_cpu_second": round(megabytes / cold, 1),
            "stages_cpu": {name: round(seconds, 3) for name, seconds in took.items()},
            "stages_in_limits": {name: round(seconds / took["limit"], 2) for name, seconds in took.items()},
            "ratio_of_stages": round(took["limit"] / (sum(took.values()) - took["limit"]), 3),
            "second_import_wall": round(rescan, 3),
            "second_import": [report.new, report.updated, report.unchanged],
            **{key: imports[0][key] for key in ("sessions", "exchanges", "problems", "library_mb")},
            "app_mb": max(each["app_mb"] for each in imports),
            "parser_mb": max(each["parser_mb"] for each in imports),
            "gap_ms": statistics.median(each["gap_ms"] for each in imports),
        }
        names = ("ratio", "app_mb", "parser_mb", "gap_ms")
        figures: dict[str, float | None] = {name: result[name] for name in names}
        if chosen.corpus is None:
            more = place / "more"
            make(more, chosen.mb, many, seed=8)
            parse = limit(sorted(more.rglob("*.jsonl")))[0]
            second = cold_import(more, place / "library0")["cpu"] / parse
            result["second_to_first"] = figures["second_to_first"] = round(second * statistics.median(ratios), 3)
    result["goals"] = verdicts(figures, GOALS)
    sys.stdout.write(json.dumps(result, indent=2) + "\n")
    return int(is_missed(result["goals"]))


if __name__ == "__main__":
    sys.exit(main())
