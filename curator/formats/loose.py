"""Fields of records whose types nobody vouches for: what is of another type than it should be counts as absent."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from curator.formats.events import clean
from curator.formats.jsonlines import UNREADABLE, loads_anyhow
from curator.formats.timestamps import iso
from curator.formats.tolerant import tolerant

S = TypeVar("S", bound=msgspec.Struct)


def as_text(value: object) -> str:
    """The string, or an empty one."""
    return value if isinstance(value, str) else ""


def as_number(value: object) -> float:
    """The number, or 0; nothing that a program records is as large as 10¹⁸."""
    return value if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e18 else 0


def as_record(value: object) -> dict[str, Any]:
    """The object, or an empty one."""
    return value if isinstance(value, dict) else {}


def as_records(value: object) -> list[dict[str, Any]]:
    """The objects of a list; whatever else stands in it is left out."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def loads(raw: msgspec.Raw | bytes | str | None) -> Any:
    """What the JSON says; None where it is none."""
    if not raw:
        return None
    try:
        return msgspec.json.decode(raw)
    except UNREADABLE:
        pass
    try:
        return loads_anyhow(raw.encode("utf-8", "replace") if isinstance(raw, str) else bytes(raw))
    except UNREADABLE:
        return None


def decoded(decoder: msgspec.json.Decoder[S], raw: msgspec.Raw | bytes | str | None) -> S | None:
    """The record as its type says, or with the fields that fit; None where it is no record at all."""
    if not raw:
        return None
    try:
        return decoder.decode(raw)
    except UNREADABLE:
        value = loads(raw)
    return tolerant(decoder.type, value) if isinstance(value, dict) else None


def as_moment(value: object) -> str:
    """ISO 8601 for seconds or milliseconds since 1970, or the text that stands there; empty for anything else."""
    if isinstance(value, str):
        return clean(value)
    return iso(value) if isinstance(value, int | float) and not isinstance(value, bool) and value else ""
