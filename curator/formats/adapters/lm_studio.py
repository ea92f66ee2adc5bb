"""LM Studio: `*.conversation.json`, where each message keeps all its versions and says which is shown.

A chat has no id but the moment of its making; that is its file's name too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import xxhash

from curator.core.exchange import Event, EventKind, Problem
from curator.formats.documents import list_records
from curator.formats.events import KEEP, SessionEvents, clean, decode_arguments, dropped, tool_call, tool_result
from curator.formats.head import Head
from curator.formats.jsonlines import Source
from curator.formats.loose import as_moment, as_number, as_record, as_records, as_text
from curator.formats.thoughts import split_thought

_NONE: frozenset[str] = frozenset()
_CHANNEL = re.compile(r"<\|channel\|>(\w+)[^<]*<\|message\|>(.*?)(?=<\|(?:end|return|call|channel|start)\|>|\Z)", re.S)
_VERSIONS = re.compile(rb'"versions"\s*:\s*\[\s*\{\s*"(?:type|role)"\s*:\s*"(?:singleStep|multiStep|user|assistant)"')
_MARK = re.compile(r"<\|(?:start|end|return|call|channel|message|constrain)\|>")
_CUT = frozenset(["maxPredictedTokensReached", "contextLengthReached"])


def recognises(head: Head) -> bool:
    """Whether its messages have versions of which one is selected."""
    for record in head.records:
        messages = record.get("messages")
        if isinstance(messages, list) and messages:
            return isinstance(messages[0], dict) and "versions" in messages[0] and "currentlySelected" in messages[0]
    return not head.records and head.is_json and head.matches(_VERSIONS)


def read(data: Source, name: str, problems: list[Problem], unknown: dict[str, int]) -> list[SessionEvents]:
    """The one chat of a file. A problem's line is the number of its document."""
    found = []
    for _, chat in list_records("The conversation", data, problems):
        created = as_number(chat.get("createdAt"))
        last_used = as_record(chat.get("lastUsedModel"))
        session = SessionEvents(
            f"{created:.0f}" if created else clean(name),
            "lm-studio",
            clean(as_text(chat.get("name"))),
            started=as_moment(created),
            model=clean(as_text(last_used.get("identifier")) or as_text(last_used.get("indexedModelIdentifier"))),
        )
        system = as_text(chat.get("systemPrompt"))
        if system:
            session.events.append(Event(EventKind.SYSTEM, clean(system[:KEEP])))
        session.events += _Reading(unknown).events(as_records(chat.get("messages")))
        if any(event.kind is EventKind.PROMPT for event in session.events):
            found.append(session)
    return found


class _Reading:
    """One pass over the messages of a chat."""

    def __init__(self, unknown: dict[str, int]) -> None:
        self._unknown = unknown
        self._asked: Event | None = None

    def events(self, messages: list[dict[str, Any]]) -> Iterator[Event]:
        """The versions that are shown; after each exchange what was answered or asked otherwise before."""
        left: list[Event] = []
        for line, message in enumerate(messages, 1):
            versions = as_records(message.get("versions"))
            if not versions:
                continue
            chosen = int(min(max(as_number(message.get("currentlySelected")), 0), len(versions) - 1))
            if as_text(versions[chosen].get("role")) == "user":
                yield from left
                left = []
            for number, version in enumerate(versions):
                if number != chosen:
                    left += self._left(version, line, number + 1)
            yield from self._version(versions[chosen], line, "")
        yield from left

    def _left(self, version: dict[str, Any], line: int, number: int) -> list[Event]:
        """A version that is not shown: another prompt, or another answer under a copy of its prompt."""
        asked = self._asked
        events = list(self._version(version, line, f"~{number}"))
        if as_text(version.get("role")) == "assistant" and events and asked is not None:
            events.insert(0, asked._replace(id=f"{asked.id}~{line}.{number}"))
        self._asked = asked
        return [e._replace(flags=e.flags | {"abandoned_branch"}) if e.kind is EventKind.PROMPT else e for e in events]

    def _version(self, version: dict[str, Any], line: int, mark: str) -> Iterator[Event]:
        role = as_text(version.get("role"))
        if role == "user":
            yield from self._prompt(version, line, mark)
        elif role == "assistant":
            message = f"{line}{mark}"
            sender = clean(as_text(as_record(version.get("senderInfo")).get("senderName")))
            steps = as_records(version.get("steps"))
            if not steps and version.get("content"):
                steps = [{"type": "contentBlock", "content": version["content"]}]
            for step in steps:
                yield from self._step(step, line, message, sender)
        elif role == "system":
            text = _words(as_records(version.get("content")))
            if text:
                yield Event(EventKind.SYSTEM, clean(text[:KEEP]), line)
        else:
            self._count(f"role {role}")

    def _prompt(self, version: dict[str, Any], line: int, mark: str) -> Iterator[Event]:
        content = as_records(version.get("content"))
        for step in as_records(version.get("steps")):  # some prompts are kept in steps, as answers are
            content += as_records(step.get("content"))
        text = clean(_words(content).strip())
        files = [part for part in content if part.get("type") == "file"]
        is_image = any("image" in (part.get("fileType"), as_text(part.get("mimeType"))[:5]) for part in files)
        id = f"{line}-{xxhash.xxh3_64_hexdigest(text.encode())}{mark}"
        if text or is_image:
            flags = frozenset({"image"}) if is_image else _NONE
            self._asked = Event(EventKind.PROMPT, text, line, id, flags=flags)
            yield self._asked
        for part in files:
            yield dropped("context", as_text(part.get("fileName")) or as_text(part.get("fileIdentifier")), line)

    def _step(self, step: dict[str, Any], line: int, message: str, sender: str) -> Iterator[Event]:
        kind = as_text(step.get("type"))
        if kind != "contentBlock":
            if kind not in ("toolStatus", "debugInfoBlock", "status"):
                self._count(f"step {kind}")
            return
        stamp = as_moment(_milliseconds(as_text(step.get("stepIdentifier"))))
        made = as_record(step.get("genInfo"))
        model = clean(as_text(made.get("identifier")) or as_text(made.get("indexedModelIdentifier")) or sender)
        reason = as_text(as_record(made.get("stats")).get("stopReason"))
        is_thought = as_text(as_record(step.get("style")).get("type")) == "thinking"
        words: list[str] = []
        for part in as_records(step.get("content")):
            part_kind = as_text(part.get("type"))
            if part_kind == "text":
                words.append(as_text(part.get("text")))
                continue
            yield from _said(words, is_thought, line, message, stamp, model, reason)
            words = []
            call = clean(as_text(part.get("callId") or part.get("toolCallId") or part.get("toolCallRequestId")))
            if part_kind == "toolCallRequest":
                yield tool_call(as_text(part.get("name")), part.get("parameters"), line, call, message, stamp)
            elif part_kind == "toolCallResult":
                yield tool_result(_result(part.get("content")), line, call, stamp, "")
            elif part_kind != "file":
                self._count(f"content {part_kind}")
        yield from _said(words, is_thought, line, message, stamp, model, reason)
        if reason == "userStopped":
            yield Event(EventKind.INTERRUPT, "", line, timestamp=stamp)
        elif reason == "failed":
            yield Event(EventKind.API_ERROR, "The model failed.", line, timestamp=stamp)

    def _count(self, kind: str) -> None:
        self._unknown[clean(kind)] = self._unknown.get(clean(kind), 0) + 1


def _words(content: list[dict[str, Any]]) -> str:
    return "\n".join(text for part in content if part.get("type") == "text" and (text := as_text(part.get("text"))))


def _milliseconds(identifier: str) -> float:
    """A step's identifier begins with the moment of its making."""
    digits = identifier.split("-")[0]
    return float(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 15 else 0


def _said(
    words: list[str], is_thought: bool, line: int, message: str, stamp: str, model: str, reason: str
) -> Iterator[Event]:
    """Words of one block: a thought, or what is shown; raw channel marks of some models are taken apart."""
    text = "".join(words)
    for channel, piece in _channels(text):
        piece = clean(piece.strip())
        if not piece:
            continue
        if is_thought or channel in ("analysis", "commentary"):
            yield Event(EventKind.THINKING, piece, line, "", "", message, stamp)
        else:
            flags = frozenset({"truncated"}) if reason in _CUT else _NONE
            yield Event(EventKind.REPLY_TEXT, piece, line, "", "", message, stamp, model, 0, flags)


def _channels(text: str) -> Iterator[tuple[str, str]]:
    """Harmony's channels (`<|channel|>final<|message|>…`) and thoughts in tags, where they were left in the text."""
    if "<|channel|>" not in text:
        thought, words = split_thought(text)
        yield "analysis", thought
        yield "", words
        return
    before = text[: text.index("<|channel|>")]
    yield "", _MARK.sub("", before.removesuffix("<|start|>assistant"))
    for found in _CHANNEL.finditer(text):
        yield found[1], found[2]


def _result(content: object) -> str:
    """A tool's result: a string of JSON that holds parts with text, or plain text."""
    value = decode_arguments(content) if isinstance(content, str) else content
    parts = [as_text(part.get("text")) for part in as_records(value)]
    if any(parts):
        return "\n".join(parts)
    return content if isinstance(content, str) else ""
