"""Makes transcripts and libraries for tests: short words in, what a parser would have sent out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import xxhash

from curator.core.exchange import Event, EventKind, Exchange, Origin, Problem, Session, Transcript
from curator.core.query import ExchangeQuery
from curator.core.signal import SignalHit, score_of
from curator.library.library import Library
from curator.library.packed import PackedTranscript, SourceFile, pack


def make_exchange(
    number: int, prompt: str = "", response: str = "", signals: Iterable[str] = (), started: str = "", key: str = ""
) -> Exchange:
    """An exchange with one tool call behind its answer."""
    names = tuple(signals)
    return Exchange(
        key=key or f"x{number}",
        ordinal=number,
        prompt=prompt or f"Question number {number}?",
        response=response or f"Answer number {number}.",
        steps=(Event(EventKind.TOOL_CALL, "ls", line=number, name="Bash", flags=frozenset({"final", "is_error"})),),
        steering=("no, the other one",) if number == 1 else (),
        first_line=number * 10 + 1,
        last_line=number * 10 + 9,
        started=started,
        signals=tuple(SignalHit(name, number, "words", "prompt") for name in names),
        score=score_of(set(names)),
    )


def make_session(
    exchanges: Sequence[Exchange],
    key: str = "s",
    kind: str = "claude-code",
    project: str = "shop",
    origin: str = "human",
) -> Session:
    """A session of the given format."""
    return Session(
        key=key,
        format=kind,
        title=f"Session {key}",
        project=project,
        started="2025-03-01T10:00:00Z",
        origin=Origin(origin),
        model="a-model",
        exchanges=tuple(exchanges),
    )


def make_transcript(*sessions: Session, problems: Sequence[tuple[int, str]] = ()) -> PackedTranscript:
    """What a parser sends of these sessions."""
    kind = sessions[0].format if sessions else "claude-code"
    return pack(Transcript(kind, sessions, tuple(Problem(line, reason) for line, reason in problems)))


def make_source(path: str | Path, content: str = "", root: int = 0) -> SourceFile:
    """A file as a parser saw it; `content` stands for its bytes, by default they are those of its path."""
    data = (content or str(path)).encode()
    digest = xxhash.xxh3_128_digest(data)
    return SourceFile(str(path), len(data), 1_700_000_000_000_000_000, 7, digest, digest, root)


def fill(library: Library, count: int, path: str = "/gone/a.jsonl", key: str = "s", first: int = 0) -> list[int]:
    """Store a session of `count` exchanges; the answer is their ids in the order of the conversation."""
    before = set(library.exchange_ids(EVERYTHING))
    exchanges = [make_exchange(first + number) for number in range(count)]
    library.store(make_source(path, f"{path} {count}"), make_transcript(make_session(exchanges, key)))
    return sorted(set(library.exchange_ids(EVERYTHING)) - before)


EVERYTHING = ExchangeQuery(everything=True)


def texts(library: Library) -> list[tuple[str, str]]:
    """Prompt and response of every exchange, in the order of the words."""
    views = [library.exchange(id) for id in library.exchange_ids(EVERYTHING)]
    return sorted((view.prompt, view.response) for view in views)
