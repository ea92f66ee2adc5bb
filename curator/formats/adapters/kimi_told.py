"""What is told in a session of Kimi, whichever of its two programs recorded it: turns, words, tools."""

from __future__ import annotations

import msgspec

from curator.core.exchange import Event, EventKind, Origin
from curator.formats.events import SessionEvents, clean, decode_arguments, tool_call, tool_result
from curator.formats.loose import as_records, as_text

_NONE: frozenset[str] = frozenset()
_SAID = frozenset([EventKind.PROMPT, EventKind.STEERING])


class Told:
    """The events of one session while its records come in. `step` names the assistant's present message."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.model = self.project = self.step = self.stamp = ""
        self.origin = Origin.HUMAN
        self._tools: dict[str, str] = {}
        self._rejected: set[str] = set()

    def asked(self, line: int, key: str, input: object, flags: frozenset[str] = _NONE) -> None:
        """A prompt. The second program records each twice, as a turn and as a message: it is one."""
        text, has_image = words_of(input)
        if (text or has_image) and not self.was_said(text):
            flags |= {"image"} if has_image else _NONE
            self.events.append(Event(EventKind.PROMPT, text, line, clean(key), "", "", self.stamp, "", 0, flags))

    def steered(self, line: int, key: str, input: object) -> None:
        """What a person said while the assistant was at work."""
        text, _ = words_of(input)
        if text and not self.was_said(text):
            self.events.append(Event(EventKind.STEERING, text, line, clean(key), "", "", self.stamp))

    def was_said(self, text: str) -> bool:
        """Whether these were the last words of the person, and nothing followed them yet."""
        last = next((event for event in reversed(self.events) if event.kind is not EventKind.META), None)
        return last is not None and last.kind in _SAID and last.text == text

    def part(self, line: int, part: object) -> None:
        """A piece of what the assistant says or thinks; pieces of one message that follow each other are one text."""
        record = part if isinstance(part, dict) else {}
        kind = record.get("type")
        if kind == "text":
            self._words(line, EventKind.REPLY_TEXT, clean(as_text(record.get("text"))))
        elif kind == "think":
            self._words(line, EventKind.THINKING, clean(as_text(record.get("think")) or as_text(record.get("text"))))

    def _words(self, line: int, kind: EventKind, text: str) -> None:
        last = self.events[-1] if self.events else None
        if last is not None and last.kind is kind and last.message_id == self.step:
            self.events[-1] = last._replace(text=last.text + text)
        elif text:
            key = self.step if kind is EventKind.REPLY_TEXT else ""
            self.events.append(Event(kind, text, line, key, "", self.step, self.stamp, self.model))

    def called(self, line: int, id: object, name: object, arguments: object) -> None:
        """A tool call."""
        call = clean(as_text(id))
        self._tools[call] = clean(as_text(name))
        given = decode_arguments(arguments) if isinstance(arguments, str) else arguments
        self.events.append(tool_call(self._tools[call], given, line, call, self.step, self.stamp))

    def rejected(self, call: object) -> None:
        """The person did not allow this call."""
        self._rejected.add(clean(as_text(call)))

    def returned(self, line: int, id: object, output: object, is_error: object, message: object = "") -> None:
        """What a tool gave."""
        call = clean(as_text(id))
        text, has_image = words_of(output)
        if not text and isinstance(output, dict):
            text = msgspec.json.encode(output).decode()
        set_flags = {
            "is_error": bool(is_error),
            "image": has_image,
            "rejected_tool": call in self._rejected,
        }
        flags = frozenset(flag for flag, is_set in set_flags.items() if is_set)
        text = text or as_text(message)
        self.events.append(tool_result(text, line, call, self.stamp, self._tools.get(call, ""), flags))

    def ended(self, reason: object) -> None:
        """The assistant's message ended, and why."""
        flag = {"truncated": "truncated", "max_tokens": "truncated", "length": "truncated", "filtered": "refusal"}
        wanted = flag.get(as_text(reason))
        if wanted is not None and self.events and self.events[-1].kind is EventKind.REPLY_TEXT:
            self.events[-1] = self.events[-1]._replace(flags=self.events[-1].flags | {wanted})

    def failed(self, line: int, text: str) -> None:
        """The service gave no answer."""
        self.events.append(Event(EventKind.API_ERROR, clean(text), line, timestamp=self.stamp))

    def stopped(self, line: int) -> None:
        """The person stopped the assistant; both programs may record it twice."""
        if self.events and self.events[-1].kind is not EventKind.INTERRUPT:
            self.events.append(Event(EventKind.INTERRUPT, "Interrupted", line, timestamp=self.stamp))

    def undone(self, count: int) -> None:
        """The last prompts were taken back; what is taken back already does not count."""
        for at in range(len(self.events) - 1, -1, -1):
            if count <= 0:
                break
            event = self.events[at]
            if event.kind is EventKind.PROMPT and "abandoned_branch" not in event.flags:
                self.events[at] = event._replace(flags=event.flags | {"abandoned_branch"})
                count -= 1

    def session(self, name: str) -> list[SessionEvents]:
        """What was found; no record names the session, its folder does."""
        if not any(event.kind is EventKind.PROMPT for event in self.events):
            return []
        return [
            SessionEvents(
                name,
                "kimi",
                project=clean(self.project),
                origin=self.origin,
                model=clean(self.model),
                joins_replies=False,
                events=self.events,
            )
        ]


def words_of(content: object) -> tuple[str, bool]:
    """The text of what was said, a string or a list of parts, and whether a picture is among them."""
    if isinstance(content, str):
        return clean(content).strip(), False
    parts = as_records(content)
    texts = [as_text(part.get("text")) for part in parts if part.get("type") == "text"]
    return clean("\n".join(texts)).strip(), any(part.get("type") == "image_url" for part in parts)
