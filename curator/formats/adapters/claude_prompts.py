"""What a record of Claude Code with the role "user" really is: a person's words, a command, or the harness talking."""

from __future__ import annotations

import re
from dataclasses import dataclass

_REASONS = {
    "<local-command-": "command-output",
    "Caveat:": "harness",
    "<task-notification>": "notification",
    "Stop hook feedback:": "hook",
    "This session is being continued": "summary",
    "<bash-input>": "command",
    "<bash-stdout>": "command-output",
    "<bash-stderr>": "command-output",
    "<teammate-message": "relay",
    "<cross-session-message": "relay",
    "Another Claude session sent a message:": "relay",
    "<user-memory-input>": "command",
    "<system-reminder>": "reminder",
    "A session-scoped Stop hook is now active with condition:": "hook",
    "Goal check-in: «": "hook",
    "(Re-invocation of /": "instructions",
}
"""How harness texts with role=user begin, and why they are dropped; in one published session 76 of 91 user texts are
such."""
NOISE = tuple(_REASONS)
INTERRUPT = "[Request interrupted"
REJECTED = (
    "The user doesn't want to proceed with this tool use",
    "The user doesn't want to take this action right now",
)
_SAID = "the user said:"
_NOTE = "Note: The user's next message may contain a correction"
"""What stands below the words since 2026, for the assistant alone."""
_CLARIFY = "The user wants to clarify these questions."
"""What stands in the place of words where a person would rather talk than choose an answer."""
_ENVELOPE = re.compile(
    r"<(system-reminder|ide_opened_file|ide_selection|ide_diagnostics)>.*?</\1>\s*|\[Image: source: [^\]\n]*\]\s*", re.S
)
_ENVELOPES = ("<", "[Image: source: ")
_COMMAND_NAME = re.compile(r"<command-name>\s*(.*?)\s*</command-name>", re.S)
_COMMAND_ARGS = re.compile(r"<command-args>\s*(.*?)\s*</command-args>", re.S)


@dataclass(frozen=True, slots=True)
class Said:
    """A user text taken apart: `kind` is prompt, command, interrupt or noise; `wrapped` is what stood around it.

    `reason` says why noise is dropped, as a key of `core.dropped.DROPPED`.
    """

    kind: str
    text: str
    wrapped: str = ""
    reason: str = "harness"

    @property
    def wrapped_reason(self) -> str:
        """Why what stood around it is dropped: an editor's surroundings, or a reminder of the harness."""
        return "context" if self.wrapped.startswith(("<ide_", "[Image")) else "reminder"


def take_apart(text: str) -> Said:
    """What the text is. Envelopes that an editor or the harness put before the words are split off."""
    text = text.strip().removeprefix("\ufeff")
    at = 0
    while text.startswith(_ENVELOPES, at) and (envelope := _ENVELOPE.match(text, at)) is not None:
        at = envelope.end()
    around, text = text[:at].rstrip(), text[at:]
    if not text:
        return Said("noise", "", around)
    if text.startswith("<command-"):
        name = _COMMAND_NAME.search(text)
        if name is not None:
            arguments = _COMMAND_ARGS.search(text)
            words = f"{name.group(1)} {arguments.group(1) if arguments else ''}".strip()
            return Said("command", words if words.startswith("/") else f"/{words}", around)
        return Said("noise", text, around)
    if text.startswith(INTERRUPT):
        return Said("interrupt", text, around)
    if text.startswith(NOISE):
        return Said("noise", text, around, reason_of(text))
    return Said("prompt", text, around)


def reason_of(text: str, otherwise: str = "harness") -> str:
    """Why a harness text is dropped, by how it begins."""
    return next((reason for start, reason in _REASONS.items() if text.startswith(start)), otherwise)


def rejection(text: str) -> str | None:
    """What the person said when they turned a tool down ("" when nothing), or None when this is no rejection."""
    if not text.startswith(REJECTED):
        return None
    at = text.find(_SAID)
    said = text[at + len(_SAID) :].partition(_NOTE)[0].strip() if at >= 0 else ""
    return "" if said.startswith(_CLARIFY) else said
