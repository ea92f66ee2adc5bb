"""The one exchange builder: the events of a session, whatever tool wrote them, cut into prompt and response."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import chain
from operator import itemgetter
from typing import NamedTuple

import xxhash

from curator.core.exchange import Event, EventKind, Exchange, Origin, Session
from curator.core.signal import SignalHit
from curator.formats.answers import find_answer, without_thoughts
from curator.formats.events import SessionEvents, clean, one_line

_PROMPT = EventKind.PROMPT
_REPLY = EventKind.REPLY_TEXT
_THINKING = EventKind.THINKING
_CALL = EventKind.TOOL_CALL
_RESULT = EventKind.TOOL_RESULT
_STEERING = EventKind.STEERING
_INTERRUPT = EventKind.INTERRUPT
_API_ERROR = EventKind.API_ERROR
_COMPACTION = EventKind.COMPACTION
_META = EventKind.META
_BEFORE_PROMPT = frozenset({EventKind.SYSTEM, EventKind.META, EventKind.COMPACTION})
_AROUND = frozenset({"context", "reminder", "repeated"})
KEEP_THOUGHT = 4_000
"""Characters of a thought that are kept; `Event.length` tells how many there were."""
_MANY_TOOLS = 10
_TITLE = 80
_WRITTEN = itemgetter(slice(3, 8))  # id, parent, message_id, timestamp, name
_EXCERPT = 80

_ERROR_ANSWER = re.compile(
    r"(?:API Error|Error: [45]\d\d|[45]\d\d \{|Request timed out|You've (?:hit|reached) your .{0,40}limit"
    r"|Claude (?:AI )?usage limit reached|Credit balance)"
)
_COMMAND = re.compile(r"/[A-Za-z][\w:-]*(?:\s|$)")
_FLAG_SIGNALS = (
    "abandoned_branch", "not_human", "slash_command", "image", "attachment", "answer_in_artifact", "other_sender",
)  # fmt: skip
"""Signals that an adapter sets by a flag of the prompt's event."""


class Cut(NamedTuple):
    """An exchange as it was built last, everything it was built from, and the line of a compaction that its assistant
    did not get to answer after."""

    source: tuple[int, Event, list[Event], bool, Origin, str, int]
    exchange: Exchange
    left_over: int


def build(found: SessionEvents, known: dict[str, Cut] | None = None) -> Session:
    """The session with its exchanges: each prompt with everything up to the next prompt.

    The response is the last run of the assistant's words after the last tool: words a later tool call follows are
    talk on the way, not an answer. A format that marks its final answer (`final`) is believed. `known` keeps the
    exchanges of a session that is built again and again while it grows, by their keys.
    """
    recorded = _without_bare_commands(_storable(found.events))
    exchanges: list[Exchange] = []
    taken: dict[str, int] = {}
    was_compacted = 0
    for ordinal, (prompt, events) in enumerate(_cut(recorded)):
        key = prompt.id or f"{ordinal + 1}-{xxhash.xxh3_64_hexdigest(prompt.text.encode('utf-8', 'replace'))}"
        times = taken[key] = taken.get(key, 0) + 1
        if times > 1:
            key = f"{key}#{times}"
        if known is None:
            exchange, was_compacted = _exchange(key, ordinal, prompt, events, found, was_compacted)
        else:
            source = (ordinal, prompt, events, found.joins_replies, found.origin, found.model, was_compacted)
            cut = known.get(key)
            if cut is None or cut.source != source:
                cut = known[key] = Cut(source, *_exchange(key, ordinal, prompt, events, found, was_compacted))
            exchange, was_compacted = cut.exchange, cut.left_over
        exchanges.append(exchange)
    return Session(
        clean(found.key),
        found.format,
        clean(found.title) or _title(exchanges),
        clean(found.project),
        clean(found.started) or next((e.timestamp for e in recorded if e.timestamp), ""),
        found.origin,
        clean(found.model) or next((e.model for e in reversed(exchanges) if e.model), ""),
        clean(found.parent_key),
        tuple(exchanges),
    )


def _cut(events: Iterable[Event]) -> Iterable[tuple[Event, list[Event]]]:
    prompt: Event | None = None
    inside: list[Event] = []
    for event in events:
        kind = event.kind
        if kind is _PROMPT or (kind is _STEERING and prompt is None):
            if prompt is not None:
                at = _start_of_next(inside, event)
                yield prompt, inside[:at]
                inside = inside[at:]
            prompt = event
        elif prompt is not None or kind in _BEFORE_PROMPT:
            inside.append(event)
    if prompt is not None:
        yield prompt, inside


def _storable(events: list[Event]) -> list[Event]:
    """The events without NUL in their ids, names and times; adapters clean what is said. Few sessions have any."""
    if "\x00" not in "".join(chain.from_iterable(map(_WRITTEN, events))):
        return events
    return [
        e._replace(
            id=clean(e.id),
            parent=clean(e.parent),
            message_id=clean(e.message_id),
            timestamp=clean(e.timestamp),
            name=clean(e.name),
        )
        for e in events
    ]


def _without_bare_commands(events: list[Event]) -> list[Event]:
    """The events in which commands that only the program answered (/clear, /model, /context) are no prompts."""
    if not [e for e in events if e.flags and e.kind is _PROMPT and "slash_command" in e.flags]:
        return events
    bare = set()
    command: Event | None = None
    has_output = False
    for event in events:
        if event.kind is _PROMPT:
            if command is not None and has_output:
                bare.add(id(command))
            command, has_output = event if "slash_command" in event.flags else None, False
        elif event.kind is _META:
            has_output = has_output or event.name == "command-output"
        elif event.kind is not _COMPACTION:
            command = None
    if command is not None and has_output:
        bare.add(id(command))
    if not bare:
        return events
    return [e._replace(kind=_META, name="command", flags=frozenset()) if id(e) in bare else e for e in events]


def _start_of_next(events: list[Event], prompt: Event) -> int:
    """Where what was dropped just before a prompt begins to belong to it: what stood around it, or said it as well."""
    at = len(events)
    while at and (e := events[at - 1]).kind is _META and (e.name in _AROUND or e.line == prompt.line):
        at -= 1
    return at


def _exchange(
    key: str, ordinal: int, prompt: Event, events: list[Event], found: SessionEvents, was_compacted: int
) -> tuple[Exchange, int]:
    """One exchange, and the line of a compaction that its assistant did not get to answer after."""
    events, answer = without_thoughts(events, find_answer(events, found.joins_replies))
    response = "\n\n".join([text for e in answer if (text := e.text.strip())])
    chosen = set(map(id, answer))
    steps = tuple([_shortened(e) if e.kind is _THINKING else e for e in events if id(e) not in chosen])
    steering: list[str] = []
    hits: list[SignalHit] = []
    results = 0
    interrupt = midstream = last_error = last_reply = None
    compaction = was_compacted
    first_compaction = 0
    first, last, ended, model = prompt.line, prompt.line, prompt.timestamp, ""
    for e in events:
        kind = e.kind
        if kind is _META:
            continue
        if e.line > last:
            last = e.line
        if e.timestamp:
            ended = e.timestamp
        if kind is _RESULT:
            results += 1
            if midstream is None and "rejected_tool" in e.flags:
                midstream = e
        elif kind is _REPLY:
            last_reply = e
            if e.name:
                model = e.name
        elif kind is _INTERRUPT:
            interrupt = interrupt or e
        elif kind is _STEERING:
            steering.append(e.text)
            midstream = midstream or e
        elif kind is _COMPACTION:
            first_compaction = first_compaction or e.line
        elif kind is _API_ERROR:
            last_error = e
    left_over = 0
    for e in reversed(events):
        if e.kind is _REPLY or e.kind is _CALL:
            break
        if e.kind is _COMPACTION:
            left_over = e.line
    if not compaction and not left_over:
        compaction = first_compaction

    if not response:
        end = next((e for e in reversed(events) if e.kind is not _META), prompt)
        hits.append(SignalHit("no_answer", end.line, one_line(end.text, _EXCERPT)))
    if interrupt is not None:
        hits.append(SignalHit("interrupted", interrupt.line, one_line(interrupt.text, _EXCERPT)))
    if last_error is not None and (not response or (last_reply is not None and _is_after(events, last_error))):
        hits.append(SignalHit("api_error", last_error.line, one_line(last_error.text, _EXCERPT)))
    elif response and last_reply is not None and _ERROR_ANSWER.match(response):
        hits.append(SignalHit("api_error", last_reply.line, one_line(response, _EXCERPT), "response"))
    if last_reply is not None:
        if "truncated" in last_reply.flags:
            hits.append(SignalHit("truncated", last_reply.line, last_reply.text[-_EXCERPT:].strip(), "response"))
        if "refusal" in last_reply.flags:
            hits.append(SignalHit("refusal", last_reply.line, one_line(last_reply.text, _EXCERPT), "response"))
    if found.origin is Origin.AGENT:
        hits.append(SignalHit("sidechain", prompt.line))
    if prompt.flags:
        hits += [SignalHit(name, prompt.line, "", "prompt") for name in _FLAG_SIGNALS if name in prompt.flags]
    if prompt.text.startswith("/") and "slash_command" not in prompt.flags and _COMMAND.match(prompt.text):
        hits.append(SignalHit("slash_command", prompt.line, one_line(prompt.text, _EXCERPT), "prompt"))
    if compaction:
        hits.append(SignalHit("after_compaction", compaction))
    if midstream is not None:
        hits.append(SignalHit("corrected_midstream", midstream.line, one_line(midstream.text, _EXCERPT), "steps"))
    if results > _MANY_TOOLS:
        hits.append(SignalHit("tool_heavy", prompt.line, f"{results} tool results", "steps"))
    exchange = Exchange(
        key,
        ordinal,
        prompt.text,
        response,
        steps,
        tuple(steering),
        first,
        last,
        prompt.timestamp,
        ended,
        model or found.model,
        tuple(hits),
    )
    return exchange, left_over


def _shortened(thought: Event) -> Event:
    length = len(thought.text)
    return thought._replace(text=thought.text[:KEEP_THOUGHT], length=length) if length > KEEP_THOUGHT else thought


def _is_after(events: list[Event], error: Event) -> bool:
    """Whether no word of the assistant follows the error."""
    return next(e for e in reversed(events) if e is error or e.kind is _REPLY) is error


def _title(exchanges: list[Exchange]) -> str:
    return next((one_line(e.prompt, _TITLE) for e in exchanges if e.prompt.strip()), "")
