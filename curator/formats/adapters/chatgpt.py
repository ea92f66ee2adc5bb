"""ChatGPT's data export: a list of conversations, whole or in shards, each a tree of messages with one way kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

import msgspec

from curator.core.exchange import Event, EventKind, Problem
from curator.formats.adapters.chatgpt_messages import ASKED, Message, message_events
from curator.formats.artifacts import flag_artifacts
from curator.formats.documents import as_object, items_under, list_items
from curator.formats.events import SessionEvents, clean
from curator.formats.head import Head
from curator.formats.jsonlines import UNREADABLE, Source
from curator.formats.timestamps import iso
from curator.formats.tolerant import tolerant
from curator.formats.trees import branching_events, leaves

_TREE = re.compile(rb'"mapping"\s*:\s*\{')
_WRAPPED = re.compile(rb'\A(?:\xef\xbb\xbf)?\s*\{\s*"conversations"\s*:\s*\[')
_CANVAS = "canmore.create"
"""How the tool is called that writes a document beside the conversation."""
_TOOLS = frozenset({EventKind.TOOL_CALL, EventKind.TOOL_RESULT})
_NOT_HUMAN = frozenset({"not_human"})


class _Node(msgspec.Struct, gc=False):
    message: Message | None = None
    parent: str | None = None
    children: list[str] | None = None


class _Conversation(msgspec.Struct, gc=False):
    title: str | None = None
    create_time: float | None = None
    mapping: dict[str, _Node] | None = None
    current_node: str | None = None
    conversation_id: str | None = None
    id: str | None = None
    default_model_slug: str | None = None


_CONVERSATION = msgspec.json.Decoder(_Conversation)


def recognises(head: Head) -> bool:
    """Whether its conversations are trees of messages."""
    for record in head.records:
        wrapped = record.get("conversations")
        first = wrapped[0] if isinstance(wrapped, list) and wrapped else record
        if isinstance(first, dict) and isinstance(first.get("mapping"), dict):
            return True
    if head.records:
        return False
    return head.is_json and head.matches(_TREE)


def read(data: Source, name: str, problems: list[Problem], unknown: dict[str, int]) -> Iterator[SessionEvents]:
    """Each conversation of the export. A problem's line is the number of its conversation."""
    is_wrapped = _WRAPPED.match(data) is not None
    for number, raw in items_under("conversations", data, problems) if is_wrapped else list_items(data, problems):
        conversation = _decoded(raw)
        if conversation is None:
            problems.append(Problem(number, f"Conversation {number} is not readable."))
        elif not conversation.mapping:
            unknown["conversation without messages"] = unknown.get("conversation without messages", 0) + 1
        else:
            session = _session(conversation, conversation.mapping, number, unknown)
            if session.events:
                yield session


def _decoded(raw: msgspec.Raw | bytes) -> _Conversation | None:
    try:
        return _CONVERSATION.decode(raw)
    except UNREADABLE:
        value = as_object(raw)
    if value is None:
        return None
    conversation = tolerant(_Conversation, value)
    if conversation.mapping is None and isinstance(nodes := value.get("mapping"), dict):
        conversation.mapping = {key: tolerant(_Node, node) for key, node in nodes.items() if isinstance(node, dict)}
    return conversation


def _session(
    conversation: _Conversation, nodes: dict[str, _Node], number: int, unknown: dict[str, int]
) -> SessionEvents:
    order = {key: at for at, key in enumerate(nodes, 1)}

    @cache
    def events_of(key: str) -> list[Event]:
        message = nodes[key].message
        return [] if message is None else message_events(message, key, order[key], unknown)

    parents = _parents(nodes)
    leaf = conversation.current_node
    if leaf is None or leaf not in nodes:
        leaf = _newest(nodes, leaves(parents) or list(nodes))
    told = _unprompted(branching_events(parents, leaf, events_of))
    events = flag_artifacts(told, lambda tool: tool.startswith(_CANVAS))
    return SessionEvents(
        clean(conversation.conversation_id or conversation.id or next(iter(nodes)) or str(number)),
        "chatgpt",
        clean(conversation.title or ""),
        "",
        iso(conversation.create_time),
        model=clean(conversation.default_model_slug or ""),
        events=events,
    )


def _unprompted(events: list[Event]) -> list[Event]:
    """The events in which a hidden message that came after an answer, and was answered itself, opens an exchange that
    no person asked for: a scheduled task that fires would else add its news to the last answer."""
    if not any(event.flags == ASKED for event in events):
        return events
    found = list(events)
    is_followed = _are_followed(events)
    is_answered = False
    for at, event in enumerate(events):
        if event.kind is EventKind.PROMPT or event.kind in _TOOLS:
            is_answered = False
        elif event.kind is EventKind.REPLY_TEXT:
            is_answered = True
        elif event.flags == ASKED:
            if is_answered and is_followed[at]:
                found[at] = event._replace(kind=EventKind.PROMPT, name="", length=0, flags=_NOT_HUMAN)
                is_answered = False
            else:
                found[at] = event._replace(flags=frozenset())
    return found


def _are_followed(events: list[Event]) -> list[bool]:
    """Of each event, whether the assistant is the next to speak."""
    found = []
    is_next = False
    for event in reversed(events):
        found.append(is_next)
        if event.kind in (EventKind.PROMPT, EventKind.REPLY_TEXT):
            is_next = event.kind is EventKind.REPLY_TEXT
    return found[::-1]


def _parents(nodes: dict[str, _Node]) -> dict[str, str]:
    """Each node's parent: as it says, else as the parent says. Files without any link are read in their order."""
    above = {child: key for key, node in nodes.items() for child in node.children or ()}
    found = {key: node.parent if node.parent in nodes else above.get(key, "") for key, node in nodes.items()}
    if any(found.values()):
        return {key: parent or "" for key, parent in found.items()}
    return dict(zip(nodes, ["", *nodes], strict=False))


def _newest(nodes: dict[str, _Node], among: list[str]) -> str:
    """The node with the latest message; the last one where there are no times."""

    def moment(at: int) -> tuple[float, int]:
        message = nodes[among[at]].message
        return (message.create_time or 0.0) if message is not None else -1.0, at

    return among[max(range(len(among)), key=moment)]
