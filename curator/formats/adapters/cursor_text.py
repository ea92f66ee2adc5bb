"""Cursor's transcripts as text: `user:` and `assistant:` on lines of their own, `[Tool call]` and the like between."""

from __future__ import annotations

import re
from collections.abc import Callable

from curator.core.exchange import Event, EventKind
from curator.formats.events import clean, decode_arguments, tool_call, tool_result

_START = re.compile(r"\s*user:[ \t]*\r?\n")
_OWN = re.compile(r"^\s*(?:<user_query>|\[Tool call\] |\[Tool result\]|\[Thinking\])", re.M)
_MARK = re.compile(r"\[(Tool call|Tool result|Thinking)\][ \t]?(.*)")
_ROLES = {"user:": "user", "assistant:": "assistant"}


def has_roles(text: str) -> bool:
    """Whether it begins as Cursor's texts do and has one of their marks."""
    return _START.match(text) is not None and _OWN.search(text) is not None


def text_events(text: str, prompt: Callable[[str, int], list[Event]]) -> list[Event]:
    """The events of a transcript; `prompt` makes those of what the person said."""
    events: list[Event] = []
    role, start = "", 0
    said: list[str] = []

    def end() -> None:
        if role == "user" and any(line.strip() for line in said):
            events.extend(prompt("\n".join(said), start))
        elif role == "assistant":
            events.extend(_answered(said, start))

    # Not splitlines: form feeds and the like are part of what was said.
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), 1):
        if line.rstrip() in _ROLES:
            end()
            role, start, said = _ROLES[line.rstrip()], number, []
        else:
            said.append(line)
    end()
    return events


def _answered(lines: list[str], start: int) -> list[Event]:
    """Words, and blocks whose bodies are indented."""
    events: list[Event] = []
    message = f"line-{start}"
    words: list[str] = []
    tool = ""
    at = 0
    while at <= len(lines):
        mark = _MARK.match(lines[at]) if at < len(lines) else None
        if mark is None and at < len(lines):
            words.append(lines[at])
            at += 1
            continue
        if said := clean("\n".join(words).strip()):
            events.append(Event(EventKind.REPLY_TEXT, said, start + at - len(words) + 1, message, "", message))
        words = []
        if mark is None:
            break
        number, kind = start + at + 1, mark[1]
        body = [mark[2]] if kind == "Thinking" and mark[2] else []
        at += 1
        while at < len(lines) and (not lines[at].strip() or lines[at][0] in " \t"):
            body.append(lines[at])
            at += 1
        told = clean("\n".join(line.strip() if kind == "Thinking" else line[2:] for line in body).strip())
        if kind == "Thinking":
            events += [Event(EventKind.THINKING, told, number, "", "", message)] if told else []
        elif kind == "Tool call":
            tool = clean(mark[2].strip())
            events.append(tool_call(tool, decode_arguments(told), number, f"line-{number}", message, ""))
        else:
            events.append(tool_result(told, number, "", "", clean(mark[2].strip()) or tool))
    return events
