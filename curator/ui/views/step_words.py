"""What an agent did between prompt and answer, in words: one verb, one thing and one outcome a step."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import NamedTuple

from curator.core.dropped import Dropped, dropped_of
from curator.core.exchange import Event, EventKind
from curator.ui.views.provenance import name_of, place_of

THING_LENGTH = 160  # characters of the thing that are ever measured or painted


class Step(NamedTuple):
    """One folded line. `body` is what unfolding shows, `is_prose` whether it is words and not tool output."""

    icon: str
    verb: str
    thing: str
    outcome: str
    body: str
    is_prose: bool = False
    has_failed: bool = False


class LeftOut(NamedTuple):
    """Something of the transcript that is no part of the row, and why."""

    words: str
    why: str
    body: str = ""
    records: tuple[Dropped, ...] = ()  # those that have a place in the file


class Steered(NamedTuple):
    """What the person typed while the assistant worked, with the hour."""

    text: str
    hour: str = ""


_TOOLS: dict[str, tuple[str, str]] = {
    "read": ("file", "Read"),
    "view": ("file", "Read"),
    "read_file": ("file", "Read"),
    "cat": ("file", "Read"),
    "notebookread": ("file", "Read"),
    "write": ("pencil", "Wrote"),
    "write_file": ("pencil", "Wrote"),
    "create_file": ("pencil", "Wrote"),
    "edit": ("pencil", "Edited"),
    "multiedit": ("pencil", "Edited"),
    "notebookedit": ("pencil", "Edited"),
    "str_replace": ("pencil", "Edited"),
    "str_replace_editor": ("pencil", "Edited"),
    "apply_patch": ("pencil", "Patched"),
    "bash": ("terminal", "Ran"),
    "shell": ("terminal", "Ran"),
    "local_shell_call": ("terminal", "Ran"),
    "exec_command": ("terminal", "Ran"),
    "exec": ("terminal", "Ran"),
    "container.exec": ("terminal", "Ran"),
    "run_shell_command": ("terminal", "Ran"),
    "bashoutput": ("terminal", "Looked at"),
    "killshell": ("stop", "Stopped"),
    "python": ("terminal", "Ran"),
    "grep": ("search", "Searched"),
    "glob": ("search", "Listed"),
    "ls": ("folder", "Listed"),
    "list_directory": ("folder", "Listed"),
    "search": ("search", "Searched"),
    "toolsearch": ("search", "Looked for"),
    "websearch": ("search", "Searched the web"),
    "web_search": ("search", "Searched the web"),
    "web_search_call": ("search", "Searched the web"),
    "webfetch": ("tray", "Fetched"),
    "web_fetch": ("tray", "Fetched"),
    "task": ("chip", "Asked an agent"),
    "agent": ("chip", "Asked an agent"),
    "todowrite": ("check", "Planned"),
    "update_plan": ("check", "Planned"),
    "askuserquestion": ("help", "Asked you"),
    "skill": ("library", "Used"),
}
_THINGS = ("file_path", "path", "command", "cmd", "pattern", "query", "url", "description", "prompt", "name", "input")
_TASK = re.compile(r'"(?:content|step)"\s*:\s*"((?:[^"\\]|\\.)+)')  # of a plan, whole or cut short
_REASON_LENGTH = 400  # characters of a dropped record that are shown


def describe(events: Sequence[Event], steering: Sequence[str] = (), path: str = "") -> list[Step | Steered | LeftOut]:
    """The events between prompt and answer in the order they happened, each call together with its result; `path` is
    the file that they stand in."""
    results = {event.id: event for event in events if event.kind is EventKind.TOOL_RESULT and event.id}
    results |= {event.parent: event for event in events if event.kind is EventKind.TOOL_RESULT and event.parent}
    used: set[int] = set()
    out: list[Step | Steered | LeftOut] = []
    said = set[str]()
    for at, event in enumerate(events):
        match event.kind:
            case EventKind.TOOL_CALL:
                result = results.get(event.id) if event.id else None
                if result is None and at + 1 < len(events) and events[at + 1].kind is EventKind.TOOL_RESULT:
                    result = events[at + 1]
                if result is not None:
                    used.add(id(result))
                out.append(_call(event, result))
            case EventKind.TOOL_RESULT if id(event) not in used:
                out.append(_call(Event(EventKind.TOOL_CALL, name=event.name), event))
            case EventKind.STEERING:
                said.add(event.text.strip())
                out.append(Steered(event.text, event.timestamp))
            case (
                EventKind.THINKING
                | EventKind.REPLY_TEXT
                | EventKind.INTERRUPT
                | EventKind.API_ERROR
                | EventKind.COMPACTION
            ):
                out.append(_told(event))
            case _:
                continue
    out += [Steered(text) for text in steering if text.strip() not in said]
    return out + _left_out(events, path)


def _call(call: Event, result: Event | None) -> Step:
    name = call.name.rsplit("__", 1)[-1]
    icon, verb = _TOOLS.get(name.lower(), ("chip", ""))
    thing, arguments = _thing(call.text)
    if not verb:
        verb, thing = "Used", f"{name or 'a tool'} {thing}".strip()
    if verb == "Planned" and (tasks := _TASK.findall(call.text)):
        thing, arguments = f"{len(tasks)} task{'s' * (len(tasks) != 1)}: {_unescaped(tasks[0])}", call.text
    body = result.text if result is not None else ""
    failed = result is not None and bool({"is_error", "rejected_tool"} & result.flags)
    parts = [part for part in (arguments, body) if part.strip()]
    return Step(icon, verb, _one_line(thing), _outcome(result), "\n\n".join(parts), has_failed=failed)


def _thing(text: str) -> tuple[str, str]:
    """What a call was about, and all that it was given. Its first line says it; JSON is read as a second way."""
    stripped = text.strip()
    first, _, rest = stripped.partition("\n")
    if not stripped.startswith("{"):
        return first, rest.strip()
    try:
        given = json.loads(stripped)
    except (ValueError, RecursionError):
        return first, rest.strip()
    if not isinstance(given, dict):
        return first, rest.strip()
    lines = (f"{key}: {value if isinstance(value, str) else json.dumps(value)}" for key, value in given.items())
    told = (given[key] for key in _THINGS if isinstance(given.get(key), str) and given[key].strip())
    return next(told, ""), "\n".join(lines)


def _unescaped(text: str) -> str:
    """What stood between the quotes of JSON; as it stands where it was cut within an escape."""
    try:
        return str(json.loads(f'"{text}"', strict=False)).encode("utf-8", "replace").decode()  # half an emoji is none
    except ValueError:
        return text


def _outcome(result: Event | None) -> str:
    if result is None:
        return "no result"
    if "rejected_tool" in result.flags:
        return "you said no"
    length = result.length or len(result.text)
    if not length:
        return "failed" if "is_error" in result.flags else "done"
    lines = result.text.count("\n") + 1
    size = f"{length:,} characters" if result.length > len(result.text) or lines == 1 else f"{lines:,} lines"
    return f"failed · {size}" if "is_error" in result.flags else size


def _told(event: Event) -> Step:
    """Thinking, words on the way, and what broke in."""
    words = f"{len(event.text.split()):,} words" if event.text.strip() else ""
    line = _one_line(event.text)
    match event.kind:
        case EventKind.THINKING:
            return Step("pulse", "Thought", "", words or "not recorded", event.text, is_prose=True)
        case EventKind.REPLY_TEXT:
            plain = line.replace("**", "").replace("`", "")
            return Step("voice", "Said", plain, words, event.text, is_prose=True)
        case EventKind.INTERRUPT:
            return Step("stop", "You stopped the assistant here.", "", "", event.text, is_prose=True, has_failed=True)
        case EventKind.API_ERROR:
            return Step("alert", "The service failed", line, "", event.text, has_failed=True)
        case _:
            verb = "What came before was replaced by a summary."
            return Step("cut", verb, "", words, event.text, is_prose=True)


def _left_out(events: Sequence[Event], path: str) -> list[Step | Steered | LeftOut]:
    """The scissors lines: how much of the transcript is not in the row, where it stands, and for what reason."""
    out: list[Step | Steered | LeftOut] = []
    output = sum(event.length or len(event.text) for event in events if event.kind is EventKind.TOOL_RESULT)
    if output:
        out.append(LeftOut(f"≈ {tokens_of(output)} of tool output left out.", "It is not part of the answer."))
    instructions = [event.text for event in events if event.kind is EventKind.SYSTEM]
    if instructions:
        words = f"≈ {tokens_of(sum(map(len, instructions)))} of instructions left out."
        out.append(LeftOut(words, "They stood before the conversation.", "\n\n".join(filter(str.strip, instructions))))
    records = dropped_of(events)
    if records:
        count = sum(record.count for record in records)
        reasons = list(dict.fromkeys(record.words for record in records))
        why = f"{reasons[0]}." if len(reasons) == 1 else f"For {len(reasons)} reasons."
        body = "\n\n".join(_record(record, path) for record in records)
        out.append(LeftOut(left_out_words(count), why, body, tuple(record for record in records if record.line)))
    return out


def _record(record: Dropped, path: str) -> str:
    """One reason with its place, and how the record begins."""
    place = ", ".join(filter(None, (name_of(path), place_of(path, record.line, record.last_line))))
    times = f" ({record.count:,} times)" if record.count > 1 else ""
    head = " · ".join(filter(None, (f"{record.words}{times}", place)))
    text = record.text.strip()
    more = "…" if len(text) > _REASON_LENGTH else ""
    lines = f"{text[:_REASON_LENGTH]}{more}".splitlines()
    return "\n".join([head, *(f"    {line}" for line in lines)])


def left_out_words(count: int) -> str:
    """How many records are no part of the row."""
    return f"{count:,} record{'s' * (count != 1)} left out."


def tokens_of(characters: int) -> str:
    """About how many tokens so many characters are, in words: four characters are one."""
    count = max(1, round(characters / 4))
    return f"{count:,} {'token' if count == 1 else 'tokens'}"


def _one_line(text: str) -> str:
    return " ".join(text[: THING_LENGTH * 3].split())[:THING_LENGTH]
