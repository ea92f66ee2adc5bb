"""What was dropped is told in the order of the file; runs of the same are told once."""

from __future__ import annotations

from curator.core.dropped import DROPPED, Dropped, dropped_of, reason_of
from curator.core.exchange import Event, EventKind


def meta(reason: str, text: str, line: int) -> Event:
    return Event(EventKind.META, text, line, name=reason)


def test_runs_of_the_same_are_one_and_the_exchange_itself_is_none() -> None:
    events = [
        meta("status", "progress", 3),
        meta("status", "progress", 4),
        Event(EventKind.TOOL_CALL, "ls", 5),
        meta("status", "progress", 6),
        meta("status", "turn_duration", 7),
        meta("reminder", "Be brief", 8),
        meta("", "words", 9),
    ]
    assert dropped_of(events) == (
        Dropped("status", 3, 6, 3, "progress"),
        Dropped("status", 7, 7, 1, "turn_duration"),
        Dropped("reminder", 8, 8, 1, "Be brief"),
        Dropped("harness", 9, 9, 1, "words"),
    )
    assert dropped_of(events)[2].words == DROPPED["reminder"]


def test_a_reason_of_a_newer_version_is_told_as_the_programs() -> None:
    assert reason_of("holograms") == DROPPED["harness"]
