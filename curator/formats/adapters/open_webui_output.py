"""What an assistant gave in newer chats of Open WebUI: items as OpenAI's Responses API names them, beside its words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from curator.core.exchange import Event, EventKind
from curator.formats.events import clean, decode_arguments, tool_call, tool_result
from curator.formats.loose import as_records, as_text


def output_events(
    output: list[dict[str, Any]], line: int, id: str, stamp: str, model: str, *, has_words: bool
) -> Iterator[Event]:
    """The thoughts and tools of a message's `output`, and its words, unless `has_words`: then they are told elsewhere,
    perhaps as the person edited them (backend/open_webui/utils/misc.py, 2026)."""
    names: dict[str, str] = {}
    for item in output:
        kind = as_text(item.get("type"))
        call = clean(as_text(item.get("call_id")) or as_text(item.get("id")))
        if kind == "message":
            words = clean(_words(item.get("content")))
            if words.strip() and not has_words:
                yield Event(EventKind.REPLY_TEXT, words, line, id, "", id, stamp, model)
        elif kind == "reasoning":
            thought = clean(_words(item.get("content")) or _words(item.get("summary")))
            if thought.strip():
                yield Event(EventKind.THINKING, thought, line, id, "", id, stamp, model)
        elif kind.endswith("_output"):
            output_of = item.get("output")
            text = output_of if isinstance(output_of, str) else _words(output_of)
            yield tool_result(text, line, call, stamp, names.get(call, ""))
        elif kind.endswith("_call"):
            names[call] = clean(as_text(item.get("name")) or kind.removesuffix("_call"))
            arguments = item.get("arguments")
            told = decode_arguments(arguments) if isinstance(arguments, str) else arguments
            yield tool_call(names[call], told, line, call, id, stamp)


def _words(parts: object) -> str:
    return "".join(as_text(part.get("text")) for part in as_records(parts))
