"""The log in which VS Code keeps a chat: a first state, then what was set, pushed and deleted in it, line by line.

Source: src/vs/workbench/contrib/chat/common/model/objectMutationLog.ts of microsoft/vscode (2026).
"""

from __future__ import annotations

from typing import Any

import msgspec

from curator.core.exchange import Problem
from curator.formats.jsonlines import Source, read_records
from curator.formats.loose import as_record, loads

_INITIAL, _SET, _PUSH, _DELETE = range(4)
_KINDS = range(4)
_MOST = 100_000
"""Items that a list may be made longer by; a log never leaves gaps, a damaged one may name any place."""


class _Entry(msgspec.Struct, gc=False):
    kind: int | None = None
    k: list[str | int] | None = None
    v: msgspec.Raw = msgspec.Raw()
    i: int | None = None


_ENTRIES = msgspec.json.Decoder(_Entry)


def is_log(record: dict[str, Any]) -> bool:
    """Whether the record is a line of such a log that begins a chat."""
    state = record.get("v")
    return record.get("kind") == _INITIAL and isinstance(state, dict) and "requests" in state


def replayed(data: Source, problems: list[Problem]) -> dict[str, Any]:
    """The chat as the last line left it. A line that fits nowhere is a problem, and the lines after it still count."""
    state: dict[str, Any] = {}
    for number, entry in read_records(data, _ENTRIES, problems):
        value = loads(entry.v)
        if entry.kind == _INITIAL:
            state = as_record(value)
        elif entry.kind not in _KINDS or not _applied(state, entry, value):
            problems.append(Problem(number, "The line changes a part of the chat that is not there."))
    return state


def _applied(state: dict[str, Any], entry: _Entry, value: Any) -> bool:
    path = entry.k or []
    at: Any = state
    for key in path[:-1]:
        at = _inside(at, key)
    if not path or not isinstance(at, dict | list):
        return False
    last = path[-1]
    if entry.kind == _PUSH:
        items = _inside(at, last)
        if items is None:
            items = []
            if not _put(at, last, items):
                return False
        if not isinstance(items, list):
            return False
        if entry.i is not None:
            del items[max(entry.i, 0) :]
        items.extend(value if isinstance(value, list) else ())
        return True
    if entry.kind == _DELETE and isinstance(at, dict):
        at.pop(str(last), None)
        return True
    return _put(at, last, value)


def _inside(at: Any, key: str | int) -> Any:
    if isinstance(at, dict):
        return at.get(str(key))
    if isinstance(at, list) and isinstance(key, int) and 0 <= key < len(at):
        return at[key]
    return None


def _put(at: Any, key: str | int, value: Any) -> bool:
    if isinstance(at, dict):
        at[str(key)] = value
        return True
    if not isinstance(at, list) or not isinstance(key, int) or not 0 <= key < len(at) + _MOST:
        return False
    at.extend([None] * (key + 1 - len(at)))
    at[key] = value
    return True
