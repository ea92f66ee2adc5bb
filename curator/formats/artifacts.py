"""Answers whose substance lies in a file that the assistant wrote beside its words."""

from __future__ import annotations

from collections.abc import Callable

from curator.core.exchange import Event, EventKind


def flag_artifacts(events: list[Event], is_artifact: Callable[[str], bool]) -> list[Event]:
    """The events, each prompt flagged `answer_in_artifact` that a call of such a tool answers, by the tool's name."""
    found = list(events)
    prompt = -1
    for at, event in enumerate(events):
        if event.kind is EventKind.PROMPT:
            prompt = at
        elif event.kind is EventKind.TOOL_CALL and prompt >= 0 and is_artifact(event.name):
            found[prompt] = found[prompt]._replace(flags=found[prompt].flags | {"answer_in_artifact"})
    return found
