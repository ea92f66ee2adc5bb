"""Why a record of a transcript is no part of an exchange: the reasons, by the word that stands in `Event.name`."""

from __future__ import annotations

DROPPED: dict[str, str] = {
    "harness": "Written by the program, not by you",
    "command": "A command to the program that asked for no answer",
    "command-output": "Output of a command you typed",
    "notification": "A notification of the program",
    "reminder": "A reminder that the program slips in",
    "context": "Surroundings the program adds to a prompt: open files, the folder, the time",
    "summary": "A summary of what went before",
    "instructions": "Instructions that came with a command or a skill",
    "heartbeat": "A heartbeat: nobody asked anything",
    "relay": "A message from another session or another agent",
    "hidden": "Marked as hidden by the program",
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
