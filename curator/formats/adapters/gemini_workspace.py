"""A conversation of Gemini in Workspace, as Takeout gives it: turns of the person and of the system, in one document.

A turn that was edited or answered anew stands there again under the same index; the later one was kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from curator.core.exchange import Event, EventKind, Problem
from curator.formats.events import SessionEvents, clean
from curator.formats.loose import as_moment, as_number, as_record, as_records, as_text
from curator.formats.trees import branching_events

_NONE: frozenset[str] = frozenset()


def conversation(
    document: object, name: str, problems: list[Problem], unknown: dict[str, int]
) -> Iterator[SessionEvents]:
    """The one session of a document."""
    told = as_record(document)
    turns = as_records(told.get("conversation_turns"))
    if not turns:
        problems.append(Problem(0, "The conversation breaks off before its first turn."))
        return
    began = clean(as_text(told.get("creation_time")))
    events: dict[str, list[Event]] = {}
    parents: dict[str, str] = {}
    newest: list[tuple[float, str]] = []  # the turns that the next one follows, each with its index
    for place, turn in enumerate(turns, 1):
        is_typed = "user_turn" in turn
        said = as_record(turn.get("user_turn") if is_typed else turn.get("system_turn"))
        if not said:
            kind = clean(next(iter(turn), "empty"))
            unknown[kind] = unknown.get(kind, 0) + 1
            continue
        index = as_number(said.get("turn_index")) if "turn_index" in said else place - 1
        while newest and newest[-1][0] >= index:
            newest.pop()
        key = str(place)
        parents[key] = newest[-1][1] if newest else ""
        newest.append((index, key))
        events[key] = list(_typed(said, place) if is_typed else _answered(said, place))
    leaf = newest[-1][1] if newest else ""
    yield SessionEvents(
        clean(began or name), "gemini-takeout", clean(as_text(told.get("title"))), started=began,
        events=branching_events(parents, leaf, events.__getitem__),
    )  # fmt: skip


def _typed(turn: dict[str, Any], line: int) -> Iterator[Event]:
    stamp = as_moment(turn.get("turn_last_modified"))
    flags = frozenset({"abandoned_branch"}) if turn.get("turn_deleted_time") else _NONE
    text = clean(as_text(turn.get("prompt"))).strip()
    yield Event(EventKind.PROMPT, text, line, f"turn-{line}", "", "", stamp, "", 0, flags)


def _answered(turn: dict[str, Any], line: int) -> Iterator[Event]:
    stamp, id = as_moment(turn.get("turn_last_modified")), f"turn-{line}"
    for thought in as_records(turn.get("model_thoughts")):
        words = "\n\n".join(filter(None, (as_text(thought.get("headline")), as_text(thought.get("description")))))
        if words:
            yield Event(EventKind.THINKING, clean(words), line, id, "", id, stamp)
    told: list[str] = []
    for part in as_records(turn.get("text")):
        told += [as_text(part.get("data")), *(as_text(card.get("content")) for card in as_records(part.get("cards")))]
    if words := clean("\n\n".join(filter(None, map(str.strip, told)))):
        yield Event(EventKind.REPLY_TEXT, words, line, id, "", id, stamp)
