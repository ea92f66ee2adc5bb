"""Chats of VS Code (GitHub Copilot): `chatSessions/*.json`, the newer `.jsonl` logs, and exported chats.

Each request is an exchange by itself (src/vs/workbench/contrib/chat/common/model/chatModel.ts).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from curator.core.exchange import Event, EventKind, Problem
from curator.formats.adapters.vscode_log import is_log, replayed
from curator.formats.adapters.vscode_response import response_events
from curator.formats.documents import list_records
from curator.formats.events import SessionEvents, clean, dropped
from curator.formats.head import Head
from curator.formats.jsonlines import Source
from curator.formats.loose import as_moment, as_number, as_record, as_records, as_text

_CANCELLED, _FAILED = 2, 3
_LOG = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{[ \t]*"kind"[ \t]*:[ \t]*0[ \t]*,[ \t]*"v"')


def recognises(head: Head) -> bool:
    """Whether it is a chat with requests, or the log of one."""
    if head.records:
        return any(map(_is_own, head.records))
    if head.is_list or not head.is_json:
        return False
    return head.has("requests", "responderUsername") or (_LOG.match(head.raw) is not None and head.has("requests"))


def _is_own(record: dict[str, Any]) -> bool:
    if is_log(record):
        return True
    requests = record.get("requests")
    return isinstance(requests, list) and (
        "responderUsername" in record or any("requestId" in request for request in as_records(requests)[:1])
    )


def read(data: Source, name: str, problems: list[Problem], unknown: dict[str, int]) -> list[SessionEvents]:
    """The one chat of a file. A problem's line is that of the log, or the number of the document."""
    if _LOG.match(data):
        chats = [replayed(data, problems)]
    else:
        records = [record for _, record in list_records("The chat", data, problems)]
        chats = [as_record(record.get("v")) if is_log(record) else record for record in records]
    return [session for chat in chats if (session := _session(chat, name, unknown)).events]


def _session(chat: dict[str, Any], name: str, unknown: dict[str, int]) -> SessionEvents:
    requests = as_records(chat.get("requests"))
    first = as_text(requests[0].get("requestId")) if requests else ""
    return SessionEvents(
        clean(as_text(chat.get("sessionId")) or first or name),
        "vscode-chat",
        clean(as_text(chat.get("customTitle"))),
        started=as_moment(as_number(chat.get("creationDate"))),
        events=[event for line, request in enumerate(requests, 1) for event in _request(request, line, unknown)],
    )


def _request(request: dict[str, Any], line: int, unknown: dict[str, int]) -> Iterator[Event]:
    message = request.get("message")
    text = clean((message if isinstance(message, str) else as_text(as_record(message).get("text"))).strip())
    id = clean(as_text(request.get("requestId")))
    stamp = as_moment(as_number(request.get("timestamp")))
    flags = set()
    if as_record(request.get("slashCommand")).get("name") and text.startswith("/"):
        flags.add("slash_command")
    if request.get("isHidden") or request.get("shouldBeRemovedOnSend"):
        flags.add("abandoned_branch")  # undone: it goes away with the next request
    variables = as_records(as_record(request.get("variableData")).get("variables"))
    if any(variable.get("kind") == "image" or variable.get("isImage") for variable in variables):
        flags.add("image")
    if not text and not flags & {"image"}:
        return
    yield Event(EventKind.PROMPT, text, line, id, "", "", stamp, "", 0, frozenset(flags))
    for variable in variables:
        named = as_text(variable.get("name"))
        if named:
            yield dropped("context", named, line, id, stamp)
    model = clean(as_text(request.get("modelId")))
    result = as_record(request.get("result"))
    error = as_record(result.get("errorDetails"))
    end = frozenset({"refusal"}) if error.get("responseIsFiltered") else frozenset[str]()
    yield from response_events(request.get("response"), line, id, stamp, model, end, unknown)
    yield from _ending(request, error, line, stamp)


def _ending(request: dict[str, Any], error: dict[str, Any], line: int, stamp: str) -> Iterator[Event]:
    """How the answer ended, where it did not end by itself."""
    state = as_record(request.get("modelState")).get("value")
    said = as_text(error.get("message"))
    if request.get("isCanceled") is True or state == _CANCELLED or error.get("code") == "canceled":
        yield Event(EventKind.INTERRUPT, clean(said), line, timestamp=stamp)
    elif said or state == _FAILED:
        yield Event(EventKind.API_ERROR, clean(said) or "The request failed.", line, timestamp=stamp)
