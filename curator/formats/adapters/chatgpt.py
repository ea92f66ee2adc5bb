"""ChatGPT's data export: a list of conversations, each a tree of messages with one path that was kept."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import msgspec

from curator.core.exchange import Event, EventKind, Problem
from curator.formats.documents import as_object, list_items
from curator.formats.events import KEEP, SessionEvents, clean, decode_arguments, tool_call, tool_result
from curator.formats.head import Head
from curator.formats.jsonlines import UNREADABLE, Source
from curator.formats.tolerant import tolerant

_NONE: frozenset[str] = frozenset()
_TREE = re.compile(rb'"mapping"\s*:\s*\{')
_CITATION = re.compile("\ue200[^\ue200\ue201]{0,500}\ue201|[\ue200-\ue202]|【\\d+(?::\\d+)?†[^】]{0,200}】")


class _Author(msgspec.Struct, gc=False):
    role: str = ""
    name: str | None = None


class _Thought(msgspec.Struct, gc=False):
    summary: str | None = None
    content: str | None = None


class _Content(msgspec.Struct, gc=False):
    content_type: str = ""
    parts: list[msgspec.Raw] | None = None
    text: str | None = None
    result: str | None = None
    content: str | None = None
    thoughts: list[_Thought] | None = None
    user_profile: str | None = None
    user_instructions: str | None = None


class _Finish(msgspec.Struct, gc=False):
    type: str | None = None


class _Metadata(msgspec.Struct, gc=False):
    is_visually_hidden_from_conversation: bool | None = None
    model_slug: str | None = None
    finish_details: _Finish | None = None


class _Message(msgspec.Struct, gc=False):
    id: str | None = None
    author: _Author | None = None
    create_time: float | None = None
    content: _Content | None = None
    status: str | None = None
    end_turn: bool | None = None
    weight: float | None = None
    recipient: str | None = None
    metadata: _Metadata | None = None


class _Node(msgspec.Struct, gc=False):
    id: str | None = None
    message: _Message | None = None
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
    if head.records:
        return any(isinstance(record.get("mapping"), dict) for record in head.records)
    return head.is_json and head.matches(_TREE)


def read(data: Source, name: str, problems: list[Problem], unknown: dict[str, int]) -> list[SessionEvents]:
    """Each conversation of the export. A problem's line is the number of its conversation."""
    found = []
    for number, raw in list_items(data, problems):
        conversation = _decoded(raw)
        if conversation is None or not conversation.mapping:
            if conversation is None:
                problems.append(Problem(number, f"Conversation {number} is not readable."))
            else:
                unknown["conversation without messages"] = unknown.get("conversation without messages", 0) + 1
            continue
        session = _session(conversation, number, unknown)
        if session.events:
            found.append(session)
    return found


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


def _session(conversation: _Conversation, number: int, unknown: dict[str, int]) -> SessionEvents:
    nodes = conversation.mapping or {}
    active = _path(nodes, conversation.current_node or "") or _path(nodes, _newest_leaf(nodes))
    order = {key: at for at, key in enumerate(nodes, 1)}
    events: list[Event] = []
    for key in active:
        events += _events(nodes[key], key, order[key], unknown)
    for start, branch in _left_branches(nodes, active):
        events += _abandoned(nodes, start, branch, order, unknown)
    return SessionEvents(
        clean(conversation.conversation_id or conversation.id or active[0] if active else str(number)),
        "chatgpt",
        clean(conversation.title or ""),
        "",
        _iso(conversation.create_time),
        model=clean(conversation.default_model_slug or ""),
        events=events,
    )


def _path(nodes: dict[str, _Node], leaf: str) -> list[str]:
    """Root to leaf; a cycle ends it."""
    found: dict[str, None] = {}
    while leaf in nodes and leaf not in found:
        found[leaf] = None
        leaf = nodes[leaf].parent or ""
    return list(reversed(found))


def _newest_leaf(nodes: dict[str, _Node]) -> str:
    leaves = [key for key, node in nodes.items() if not node.children]
    return leaves[-1] if leaves else next(reversed(nodes), "")


def _left_branches(nodes: dict[str, _Node], active: list[str]) -> list[tuple[str, list[str]]]:
    """Ways that were edited or regenerated away: (the kept node they leave from, their own nodes), each node once."""
    seen = set(active)
    found = []
    for leaf, node in nodes.items():
        if node.children and any(child in nodes for child in node.children):
            continue
        branch: list[str] = []
        at = leaf
        while at in nodes and at not in seen:
            seen.add(at)
            branch.append(at)
            at = nodes[at].parent or ""
        if branch:
            found.append((at, branch[::-1]))
    return found


def _abandoned(
    nodes: dict[str, _Node], start: str, branch: list[str], order: dict[str, int], unknown: dict[str, int]
) -> list[Event]:
    events: list[Event] = []
    for key in branch:
        events += _events(nodes[key], key, order[key], unknown)
    first = next((e for e in events if e.kind in (EventKind.PROMPT, EventKind.REPLY_TEXT)), None)
    if first is None:
        return []
    if first.kind is EventKind.REPLY_TEXT:
        # A regenerated answer: it belongs to the prompt above the fork, which the kept way answers otherwise.
        for key in reversed(_path(nodes, start)):
            asked = [e for e in _events(nodes[key], key, order[key], {}) if e.kind is EventKind.PROMPT]
            if asked:
                events.insert(0, asked[0]._replace(id=f"{asked[0].id}~{first.id}"))
                break
    return [e._replace(flags=e.flags | {"abandoned_branch"}) if e.kind is EventKind.PROMPT else e for e in events]


def _events(node: _Node, key: str, line: int, unknown: dict[str, int]) -> list[Event]:
    message = node.message
    if message is None or message.author is None or message.content is None:
        return []
    role = message.author.role
    content = message.content
    metadata = message.metadata or _Metadata()
    id = clean(message.id or key)
    stamp = _iso(message.create_time)
    kind = content.content_type
    if kind in ("user_editable_context", "model_editable_context"):
        words = "\n\n".join(t for t in (content.user_profile, content.user_instructions, content.text) if t)
        return [Event(EventKind.SYSTEM, clean(words[:KEEP]), line, id, timestamp=stamp)] if words else []
    if metadata.is_visually_hidden_from_conversation or message.weight == 0:
        return []
    text, has_image = _text(content)
    if role == "user":
        if not text.strip() and not has_image:
            return []
        flags = frozenset({"image"}) if has_image else _NONE
        return [Event(EventKind.PROMPT, clean(text.strip()), line, id, node.parent or "", "", stamp, "", 0, flags)]
    if role == "assistant":
        model = clean(metadata.model_slug or "")
        if kind in ("thoughts", "reasoning_recap"):
            return [Event(EventKind.THINKING, clean(text), line, id, "", id, stamp, model)] if text else []
        if message.recipient not in (None, "", "all") or kind == "code":
            return [tool_call(message.recipient or "code", text, line, id, id, stamp)]
        if not text.strip():
            return []
        flags = frozenset({"truncated"}) if _is_cut(message, metadata) else _NONE
        words = clean(_CITATION.sub("", text)) if "\ue200" in text or "†" in text else clean(text)
        return [Event(EventKind.REPLY_TEXT, words, line, id, "", id, stamp, model, 0, flags)]
    if role == "tool":
        return [tool_result(text, line, "", stamp, clean(message.author.name or ""), id=id)]
    if role != "system":
        unknown[role] = unknown.get(role, 0) + 1
    elif text.strip():
        return [Event(EventKind.SYSTEM, clean(text[:KEEP]), line, id, timestamp=stamp)]
    return []


def _is_cut(message: _Message, metadata: _Metadata) -> bool:
    finish = metadata.finish_details.type if metadata.finish_details is not None else ""
    return message.status == "in_progress" or finish in ("interrupted", "max_tokens")


def _text(content: _Content) -> tuple[str, bool]:
    if content.thoughts:
        return "\n\n".join(t.content or t.summary or "" for t in content.thoughts), False
    if content.parts is None:
        return content.text or content.content or content.result or "", False
    words: list[str] = []
    has_image = False
    for raw in content.parts:
        part = decode_arguments(raw)
        if isinstance(part, str):
            words.append(part)
        elif isinstance(part, dict):
            if isinstance(spoken := part.get("text"), str):
                words.append(spoken)
            elif "image" in str(part.get("content_type")):
                has_image = True
    return "\n".join(w for w in words if w), has_image


def _iso(seconds: float | None) -> str:
    if seconds is None:
        return ""
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    except (OverflowError, ValueError, OSError):
        return ""
