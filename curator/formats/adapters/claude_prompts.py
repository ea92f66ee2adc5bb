"""What a record of Claude Code with the role "user" really is: a person's words, a command, or the harness talking."""

from __future__ import annotations

import re
from dataclasses import dataclass

NOISE = (
    "<local-command-",
    "Caveat:",
    "<task-notification>",
    "Stop hook feedback:",
    "This session is being continued",
    "<bash-input>",
    "<bash-stdout>",
    "<bash-stderr>",
    "<teammate-message",
    "<user-memory-input>",
    "<system-reminder>",
)
"""How harness texts with role=user begin; in one published session 76 of 91 user texts are such."""
INTERRUPT = "[Request interrupted"
REJECTED = (
    "The user doesn't want to proceed with this tool use",
    "The user doesn't want to take this action right now",
)
_SAID = "the user said:"
_ENVELOPE = re.compile(r"<(system-reminder|ide_opened_file|ide_selection|ide_diagnostics)>.*?</\1>\s*", re.S)
_COMMAND_NAME = re.compile(r"<command-name>\s*(.*?)\s*</command-name>", re.S)
_COMMAND_ARGS = re.compile(r"<command-args>\s*(.*?)\s*</command-args>", re.S)


@dataclass(frozen=True, slots=True)
class Said:
    """A user text taken apart: `kind` is prompt, command, interrupt or noise; `wrapped` is what stood around it."""

    kind: str
    text: str
    wrapped: str = ""


def take_apart(text: str) -> Said:
    """What the text is. Envelopes that an editor or the harness put before the words are split off."""
    text = text.strip().removeprefix("\ufeff")
    at = 0
    while text.startswith("<", at) and (envelope := _ENVELOPE.match(text, at)) is not None:
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
        return Said("noise", text, around)
    return Said("prompt", text, around)


def rejection(text: str) -> str | None:
    """What the person said when they turned a tool down ("" when nothing), or None when this is no rejection."""
    if not text.startswith(REJECTED):
        return None
    at = text.find(_SAID)
    return text[at + len(_SAID) :].strip() if at >= 0 else ""
