"""Which of the assistant's words in an exchange are its answer, and which of those are thoughts."""

from __future__ import annotations

from curator.core.exchange import Event, EventKind
from curator.formats.thoughts import split_thought

_REPLY = EventKind.REPLY_TEXT
_THINKING = EventKind.THINKING
_CALL = EventKind.TOOL_CALL
_RESULT = EventKind.TOOL_RESULT
_META = EventKind.META
_WAKES = frozenset({"notification", "relay", "hook", "heartbeat"})
"""Reasons for which a record is dropped that the assistant answers all the same."""


def find_answer(events: list[Event], joins: bool) -> list[Event]:
    """The events that make the response, in order.

    What the assistant says because the program woke it (a task in the background ended) is a turn of its own. Where it
    did nothing but say something, the longest of these turns answers the prompt: nine in ten are remarks such as
    "Three of eight are in", and the one that sums up is longer than what it said before it waited.
    """
    finals = [e for e in events if e.flags and e.kind is _REPLY and "final" in e.flags]
    if finals:
        last = finals[-1].message_id
        return [e for e in finals if e.message_id == last]
    turns: list[list[Event]] = [[]]
    is_woken = False
    for e in reversed(events):
        if e.kind is _REPLY:
            if e.text and not e.text.isspace():
                if is_woken and turns[-1] and not (e.message_id and e.message_id == turns[-1][-1].message_id):
                    turns.append([])
                turns[-1].append(e)
                is_woken = False
        elif e.kind is _CALL or e.kind is _RESULT:
            break
        elif e.kind is _META and e.name in _WAKES:
            is_woken = True
    if not joins:
        turns = [[e for e in turn if e.message_id == turn[0].message_id] for turn in turns]
    answer = max(turns, key=lambda turn: sum([len(e.text) for e in turn])) if len(turns) > 1 else turns[0]
    return answer[::-1]


def without_thoughts(events: list[Event], answer: list[Event]) -> tuple[list[Event], list[Event]]:
    """The same, the thoughts that a model wrote into its words made events of their own, whatever tool recorded it."""
    if not any("think" in e.text for e in answer):
        return events, answer
    chosen = set(map(id, answer))
    told: list[Event] = []
    kept: list[Event] = []
    for e in events:
        if id(e) in chosen:
            thought, words = split_thought(e.text)
            if thought:
                told.append(e._replace(kind=_THINKING, text=thought, flags=frozenset()))
            e = e._replace(text=words)
            kept.append(e)
        told.append(e)
    return told, kept
