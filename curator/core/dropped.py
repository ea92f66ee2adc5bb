"""Why a record of a transcript is no part of an exchange: the reasons, by the word that stands in `Event.name`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from curator.core.exchange import Event, EventKind

DROPPED: dict[str, str] = {
    "harness": "Written by the program, not by you",
    "command": "A command to the program that asked for no answer",
    "command-output": "Output of a command you typed",
    "notification": "A notification of the program",
    "hook": "What a hook of the program told the assistant",
    "reminder": "A reminder that the program slips in",
    "context": "Surroundings the program adds to a prompt: open files, the folder, the time",
    "summary": "A summary of what went before",
    "instructions": "Instructions that came with a command or a skill",
    "heartbeat": "A heartbeat: nobody asked anything",
    "relay": "A message from another session or another agent",
    "hidden": "Marked as hidden by the program",
    "queued": "Typed while the program was at work; it stands where the program took it up",
    "unknown": "A kind of record that Curator does not know",
    "status": "A message about the program's own state",
    "rejected": "The answer that was not preferred",
    "repeated": "A record that was here already",
    "rewound": "Taken back: the conversation went on from before it",
    "orphan": "The output of a tool call that is not recorded",
}
"""The words that a reader shows beside what was dropped; adapters give the key as `name` of a META event."""


def reason_of(name: str) -> str:
    """Why it was dropped, in words; for a name that is not known, that the program wrote it."""
    return DROPPED.get(name, DROPPED["harness"])


@dataclass(frozen=True, slots=True)
class Dropped:
    """Records of a transcript that are no part of the exchange among whose records they stand: `count` of them, from
    `line` to `last_line` of the file, for one reason. `reason` is a key of `DROPPED`, `text` how they begin."""

    reason: str
    line: int
    last_line: int
    count: int
    text: str

    @property
    def words(self) -> str:
        """Why they were dropped, in words."""
        return reason_of(self.reason)


def dropped_of(events: Iterable[Event]) -> tuple[Dropped, ...]:
    """What was dropped among these events, in the order of the file; what says the same one after the other is one."""
    found: list[Dropped] = []
    for event in events:
        if event.kind is not EventKind.META:
            continue
        last = found[-1] if found else None
        if last is not None and (last.reason, last.text) == (event.name or "harness", event.text):
            line, last_line = min(last.line, event.line), max(last.last_line, event.line)
            found[-1] = Dropped(last.reason, line, last_line, last.count + 1, last.text)
        else:
            found.append(Dropped(event.name or "harness", event.line, event.line, 1, event.text))
    return tuple(found)
