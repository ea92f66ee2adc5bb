"""Argilla's records: the fields that were shown, and the responses that people gave to each question about them.

As `dataset.records.to_json` writes them: `{fields, responses: {question: [{value, user_id}]}, suggestions}`
(docs.argilla.io, Record); records of before version 2 hold a list of `{values: {question: {value}}}`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from curator.core.exchange import Problem
from curator.formats.adapters.pairs import asking_of
from curator.formats.adapters.rows import records_of, row_of, sessions_of
from curator.formats.events import SessionEvents
from curator.formats.head import Head
from curator.formats.jsonlines import Source
from curator.formats.loose import as_record, as_records
from curator.formats.tolerant import tolerant


class _Record(msgspec.Struct, gc=False):
    fields: dict[str, Any] | None = None
    responses: dict[str, Any] | list[Any] | None = None
    suggestions: dict[str, Any] | list[Any] | None = None


_RECORD = msgspec.json.Decoder(_Record)


def recognises(head: Head) -> bool:
    """Whether its records have fields, and a prompt and an answer among these and the responses."""
    return any(
        isinstance(record.get("fields"), dict)
        and ("responses" in record or "suggestions" in record)
        and _has_pair(_flat(tolerant(_Record, record)))
        for record in head.records
    )


def read(data: Source, name: str, problems: list[Problem], unknown: dict[str, int]) -> Iterator[SessionEvents]:
    """One session for each record that a prompt and an answer can be taken from."""
    rows = ((line, row_of(_flat(record))) for line, record in records_of(data, _RECORD, problems))
    return sessions_of(rows, "argilla", unknown)


def _has_pair(flat: dict[str, Any]) -> bool:
    return bool(asking_of(flat)) or "messages" in flat


def _flat(record: _Record) -> dict[str, Any]:
    """What a person answered stands above what a program suggested, and that above what was shown."""
    flat: dict[str, Any] = {}
    for name, value in (record.fields or {}).items():
        turns = as_records(value)
        flat["messages" if turns and "role" in turns[0] else str(name).lower()] = value
    for name, suggestion in as_record(record.suggestions).items():
        _put(flat, name, as_record(suggestion).get("value"))
    for suggestion in as_records(record.suggestions):
        _put(flat, str(suggestion.get("question_name", "")), suggestion.get("value"))
    for name, given in as_record(record.responses).items():
        for response in as_records(given)[:1]:
            _put(flat, name, response.get("value"))
    for response in as_records(record.responses):
        if response.get("status", "submitted") == "submitted":
            for name, given in as_record(response.get("values")).items():
                _put(flat, name, as_record(given).get("value"))
    return flat


def _put(flat: dict[str, Any], name: str, value: object) -> None:
    if isinstance(value, str) and value.strip():
        flat[name.lower()] = value
