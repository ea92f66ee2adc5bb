"""Tolerant conversion: a record whose fields have wrong types keeps the fields that are right."""

from __future__ import annotations

import types
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec

S = TypeVar("S", bound=msgspec.Struct)


def tolerant(kind: type[S], value: dict[str, Any]) -> S:
    """A `kind` made of what fits; a field that does not fit gets its default, a bad item of a list is left out.

    Harness versions differ and hand-made files exist: requiring optional fields is what makes other readers lose
    whole files. Slow, so it is only used for records that the typed decoder refused.
    """
    fitting: dict[str, Any] = {}
    for name, (written, hint, struct, item) in _fields(kind).items():
        if written not in value:
            continue
        given = value[written]
        if hint is msgspec.Raw:
            fitting[name] = msgspec.Raw(msgspec.json.encode(given))
        elif item is msgspec.Raw and isinstance(given, list):
            fitting[name] = [msgspec.Raw(msgspec.json.encode(one)) for one in given]
        elif struct is not None and isinstance(given, dict):
            fitting[name] = tolerant(struct, given)
        elif item is not None and isinstance(given, list):
            fitting[name] = [tolerant(item, one) for one in given if isinstance(one, dict)]
        else:
            try:
                fitting[name] = msgspec.convert(given, hint)
            except msgspec.ValidationError:
                continue
    return kind(**fitting)


@cache
def _fields(kind: type[msgspec.Struct]) -> dict[str, tuple[str, Any, type[msgspec.Struct] | None, Any]]:
    """By field: its name in JSON, its type, the struct it may hold, and what a list in it may hold."""
    hints = get_type_hints(kind)
    found = {}
    for name, written in zip(kind.__struct_fields__, kind.__struct_encode_fields__, strict=True):
        hint = hints[name]
        members = get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)
        struct = next((m for m in members if _is_struct(m)), None)
        item = next((get_args(m)[0] for m in members if get_origin(m) is list and _is_part(get_args(m)[0])), None)
        found[name] = (written, hint, struct, item)
    return found


def _is_struct(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def _is_part(kind: object) -> bool:
    return kind is msgspec.Raw or _is_struct(kind)
