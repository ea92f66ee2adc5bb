"""A made library for benchmarks: many short exchanges, some of them decided about, kept between runs.

It is imported from transcripts like any other library, once; later runs find it in the machine's folder for temporary
files. `python made_library.py --exchanges 100000` makes it and says where it is.
"""

# ruff: noqa: E402 — run as a script, it first has to say where the project lies

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

from made_corpus import Corpus, make

from curator.core.query import ExchangeQuery
from curator.core.row import State
from curator.ingest.importer import import_files
from curator.library.library import Library

A_SESSION = 50  # exchanges
DECIDED = ((State.CLEAN, 0.02), (State.REJECTED, 0.05), (State.LATER, 0.01))
CACHE = Path(tempfile.gettempdir()) / "curator-bench"


def made_library(exchanges: int) -> Path:
    """The folder of a library with so many exchanges; made when it is not there. It is shared: change only a copy."""
    place = CACHE / f"library-{exchanges}"
    if not (place / "library.db").exists():
        scratch = CACHE / f"new-{uuid.uuid4().hex[:8]}"
        transcripts = scratch / "transcripts"
        _write(transcripts, exchanges)
        library = Library.open(scratch / "library")
        try:
            import_files(library, [transcripts])
            _decide(library)
        finally:
            library.close()
        shutil.rmtree(place, ignore_errors=True)
        (scratch / "library").replace(place)
        shutil.rmtree(scratch)
    return place


def made_transcripts(megabytes: float) -> Path:
    """A folder with so many megabytes of long sessions; made when it is not there."""
    place = CACHE / f"transcripts-{megabytes:g}"
    if not place.exists():
        scratch = CACHE / f"new-{uuid.uuid4().hex[:8]}"
        make(scratch, megabytes, max(1, int(megabytes * 4)))
        scratch.replace(place)
    return place


def copy_of(library: Path, out: Path) -> Path:
    """A copy that may be written to."""
    shutil.copytree(library, out)
    return out


def _write(out: Path, exchanges: int) -> None:
    corpus = Corpus(11)
    out.mkdir(parents=True)
    began = datetime(2025, 1, 1, tzinfo=UTC)
    for number, first in enumerate(range(0, exchanges, A_SESSION)):
        began += timedelta(minutes=37)
        lines = _session(corpus, number, began, min(A_SESSION, exchanges - first))
        (out / f"{number:06}.jsonl").write_text("".join(lines), encoding="utf-8")


def _session(corpus: Corpus, number: int, began: datetime, exchanges: int) -> Iterator[str]:
    key, parent = str(uuid.UUID(int=number + 1)), None
    for turn in range(exchanges * 2):
        is_answer = turn % 2 == 1
        text = corpus.prose(*((380, 0.9, 40, 8_000) if is_answer else (120, 0.8, 20, 3_000)))
        id = str(uuid.UUID(int=(number << 20) + turn + (1 << 80)))
        message: dict[str, object] = {"role": "user", "content": text if is_answer else f"{number}-{turn} {text}"}
        if is_answer:
            message = {"role": "assistant", "id": f"msg_{number}_{turn}", "model": "claude-opus-4-5"}
            message |= {"content": [{"type": "text", "text": text}], "stop_reason": "end_turn"}
        yield (
            json.dumps(
                {
                    "parentUuid": parent,
                    "isSidechain": False,
                    "userType": "external",
                    "cwd": f"/home/u/proj-{number % 40:02}",
                    "sessionId": key,
                    "type": "assistant" if is_answer else "user",
                    "message": message,
                    "uuid": id,
                    "timestamp": (began + timedelta(seconds=turn * 20)).isoformat().replace("+00:00", "Z"),
                },
                ensure_ascii=False,
            )
            + "\n"
        )
        parent = id


def _decide(library: Library) -> None:
    ids = list(library.exchange_ids(ExchangeQuery()))
    first = 0
    for state, share in DECIDED:
        count = int(len(ids) * share)
        library.set_state(ids[first : first + count], state)
        first += count


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--exchanges", type=int, default=100_000)
    sys.stdout.write(f"{made_library(arguments.parse_args().exchanges)}\n")
