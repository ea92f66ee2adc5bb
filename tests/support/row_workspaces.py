"""Workspaces with clean rows in them, stored as an import stores them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from curator.core.exchange import Exchange, Session, Transcript
from curator.core.row import State
from curator.library.packed import SourceFile, pack
from curator.services.workspace import Workspace


def store_sessions(
    ws: Workspace, sessions: Iterable[Iterable[tuple[str, str]]], state: State | None = State.CLEAN
) -> list[int]:
    """Store (prompt, response) pairs, session by session, and give all of them `state`; their ids in order."""
    ids: list[int] = []
    for number, pairs in enumerate(sessions):
        exchanges = tuple(
            Exchange(key=f"k{place}", ordinal=place, prompt=prompt, response=response)
            for place, (prompt, response) in enumerate(pairs, start=1)
        )
        key = f"session-{number}-{len(ws.library.sources())}"
        session = Session(key=key, format="openai-messages", title=key, exchanges=exchanges)
        path = Path("/nowhere") / f"{key}.jsonl"
        name = str(path).encode()
        source = SourceFile(str(path), 1, 1, abs(hash(key)) % 2**31, name, name)
        stored = ws.library.store(source, pack(Transcript("openai-messages", (session,))))
        ids += sorted(stored.changes.exchanges)
    if state is not None:
        ws.library.set_state(ids, state)
    return ids
