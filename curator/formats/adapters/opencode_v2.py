"""OpenCode 2: messages that hold their content, told as messages with parts, as version 1 kept them.

A message says what it is by its type; `idle` ends a turn, and whatever a person says before that steers it
(packages/schema/src/session-message.ts, 2026).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from curator.formats.adapters.opencode_records import Error, ErrorData, Info, Message, Part, State, Time
from curator.formats.loose import as_number, as_record, as_records, as_text

TYPES = frozenset(["user", "assistant", "synthetic", "system", "skill", "shell", "compaction", "idle"])
SILENT = frozenset(["agent-switched", "model-switched", "location-switched"])
_PROGRAMS = frozenset(["synthetic", "system", "skill"])
_ABORTED = "MessageAbortedError"


def is_message(record: dict[str, Any]) -> bool:
    """Whether this is a message of version 2, as an export lists it."""
    return as_text(record.get("type")) in TYPES | SILENT and "parts" not in record and "time" in record


def told(records: Iterable[dict[str, Any]]) -> Iterator[Message]:
    """The messages of a session in their order; a record whose type is not known keeps it for a role."""
    is_busy = False
    for record in records:
        kind, id = as_text(record.get("type")), as_text(record.get("id"))
        time = _time(record.get("time"))
        if kind == "user":
            yield Message(Info(id, "user", time=time, steers=is_busy), _asked(record))
        elif kind == "assistant":
            info = _answered(record, id, time)
            is_busy = info.finish == "tool-calls" and info.error is None
            yield Message(info, list(_content(record)))
        elif kind in _PROGRAMS:
            yield Message(Info(id, "user", time=time), [Part("text", text=as_text(record.get("text")), synthetic=True)])
        elif kind == "shell":
            output = as_text(record.get("output")) or as_text(as_record(record.get("output")).get("text"))
            words = f"{as_text(record.get('command'))}\n{output}"
            yield Message(Info(id, "user", time=time), [Part("text", text=words, synthetic=True)])
        elif kind == "compaction":
            if as_text(record.get("status")) in ("", "completed"):
                summary = Part("text", text=as_text(record.get("summary")))
                yield Message(Info(id, "assistant", time=time, summary=True), [summary])
        elif kind == "idle":
            is_busy = False
            if record.get("outcome") == "interrupted":
                yield Message(Info(id, "assistant", time=time, error=Error(_ABORTED)), [])
        elif kind not in SILENT:
            yield Message(Info(id, kind, time=time), [])


def _asked(record: dict[str, Any]) -> list[Part]:
    files = as_records(record.get("files"))
    named = [Part("file", mime=as_text(file.get("mime")), filename=as_text(file.get("name"))) for file in files]
    return [Part("text", text=as_text(record.get("text"))), *named]


def _answered(record: dict[str, Any], id: str, time: Time) -> Info:
    model = as_record(record.get("model"))
    finish = as_text(record.get("finish"))
    error = _error(record.get("error"))
    return Info(id, "assistant", time=time, modelID=as_text(model.get("id")), finish=finish, error=error)


def _content(record: dict[str, Any]) -> Iterator[Part]:
    for item in as_records(record.get("content")):
        kind = as_text(item.get("type"))
        if kind in ("text", "reasoning"):
            is_programs = item.get("synthetic") is True or item.get("ignored") is True
            yield Part(kind, as_text(item.get("id")), as_text(item.get("text")), is_programs)
        elif kind == "tool":
            id = as_text(item.get("id"))
            yield Part("tool", id, tool=as_text(item.get("name")), callID=id, state=_state(item))
        else:
            yield Part(kind)
    if retry := as_record(record.get("retry")):
        yield Part("retry", error=_error(retry.get("error")) or Error())


def _state(item: dict[str, Any]) -> State:
    state, time = as_record(item.get("state")), as_record(item.get("time"))
    given = state.get("input")
    output = "\n".join(as_text(part.get("text")) for part in as_records(state.get("content")) if part.get("text"))
    error = as_record(state.get("error"))
    return State(
        as_text(state.get("status")),
        msgspec.Raw(msgspec.json.encode(given)) if given else msgspec.Raw(),
        output or as_text(state.get("output")),
        as_text(error.get("message")) or as_text(state.get("error")) or output,
        Time(start=_moment(time.get("ran")) or _moment(time.get("created")), end=_moment(time.get("completed"))),
    )


def _error(value: object) -> Error | None:
    error = as_record(value)
    if not error:
        return None
    kind = as_text(error.get("type")) or as_text(error.get("name"))
    is_stopped = any(word in kind.lower() for word in ("abort", "interrupt", "cancel"))
    return Error(_ABORTED if is_stopped else kind, ErrorData(as_text(error.get("message")) or None))


def _time(value: object) -> Time:
    time = as_record(value)
    return Time(created=_moment(time.get("created")), completed=_moment(time.get("completed")))


def _moment(value: object) -> float | None:
    return as_number(value) or None
