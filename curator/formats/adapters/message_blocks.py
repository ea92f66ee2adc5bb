"""The blocks of Anthropic's API in messages whose tools keep them as they were sent: words, thoughts, tools, images."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from curator.core.exchange import Event, EventKind
from curator.formats.events import clean, tool_call, tool_result
from curator.formats.loose import as_records, as_text

_NONE: frozenset[str] = frozenset()


def blocks_of(content: object) -> list[dict[str, Any]]:
    """The blocks of a message; a message that is only text is one block."""
    return [{"type": "text", "text": content}] if isinstance(content, str) else as_records(content)


def has_image(blocks: list[dict[str, Any]]) -> bool:
    """Whether a picture is among the blocks."""
    return any(block.get("type") in ("image", "image_url", "input_image") for block in blocks)


def reply_events(
    blocks: list[dict[str, Any]],
    line: int,
    id: str,
    stamp: str,
    model: str,
    flags: frozenset[str],
    names: dict[str, str],
    unknown: dict[str, int],
) -> Iterator[Event]:
    """What an assistant's message says. The tools it calls are put into `names`, by their calls."""
    for block in blocks:
        kind = as_text(block.get("type"))
        if kind == "text":
            words = clean(as_text(block.get("text")))
            if words.strip():
                yield Event(EventKind.REPLY_TEXT, words, line, id, "", id, stamp, model, 0, flags)
        elif kind in ("thinking", "reasoning"):
            thought = clean(as_text(block.get("thinking")) or as_text(block.get("text")))
            if thought.strip():
                yield Event(EventKind.THINKING, thought, line, "", "", id, stamp, model)
        elif kind == "tool_use":
            call, name = clean(as_text(block.get("id"))), clean(as_text(block.get("name")))
            names[call] = name
            yield tool_call(name, block.get("input"), line, call, id, stamp)
        elif kind == "tool_result":
            yield result_event(block, line, stamp, names)
        elif kind not in ("redacted_thinking", "image"):
            unknown[f"block {clean(kind)}"] = unknown.get(f"block {clean(kind)}", 0) + 1


def result_event(block: dict[str, Any], line: int, stamp: str, names: dict[str, str]) -> Event:
    """A tool's result, under the name of the tool that was called."""
    call = clean(as_text(block.get("tool_use_id")))
    content = block.get("content")
    parts = as_records(content)
    told = [as_text(part.get("text")) or as_text(part.get("result")) for part in parts]
    text = content if isinstance(content, str) else "\n".join(one for one in told if one)
    is_error = block.get("is_error") is True or any(part.get("success") is False for part in parts)
    flags = {"is_error"} if is_error else set()
    flags |= {"image"} if has_image(parts) else set()
    name = names.get(call, "") or clean(as_text(block.get("name")))
    return tool_result(text, line, call, stamp, name, frozenset(flags) if flags else _NONE)
