"""JSON documents that hold a list: each item is taken by itself, so that one bad item never costs another."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import msgspec

from curator.core.exchange import Problem
from curator.formats.jsonlines import BOM, UNREADABLE, Source, loads_anyhow

_LIST = msgspec.json.Decoder(list[msgspec.Raw])
_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ESCAPES = re.compile(
    rb"\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
)
_SALVAGE = 256 << 20
"""Bytes up to which a broken document is searched for its whole items."""


def list_items(data: Source, problems: list[Problem]) -> Iterator[tuple[int, msgspec.Raw | bytes]]:
    """The items of the document's list, numbered from 1, undecoded; a lone object counts as a list of one.

    A document that breaks off gives the items before the break and one problem.
    """
    start = len(BOM) if data[:3] == BOM else 0
    whole = memoryview(data)[start:]
    head = bytes(whole[:4096]).lstrip()
    if head.startswith(b"{"):
        try:
            yield 1, msgspec.json.decode(whole, type=msgspec.Raw)
        except UNREADABLE:
            yield from _salvaged(b"[" + bytes(whole) + b"]", problems)
        return
    try:
        items = _LIST.decode(whole)
    except UNREADABLE:
        mended = _mended(whole)
        try:
            items = _LIST.decode(mended)
        except UNREADABLE:
            yield from _salvaged(mended, problems)
            return
    yield from enumerate(items, 1)


def items_under(key: str, data: Source, problems: list[Problem]) -> Iterator[tuple[int, msgspec.Raw | bytes]]:
    """The items of the list under `key` of the object that the document is, as `list_items` gives them."""
    start = len(BOM) if data[:3] == BOM else 0
    whole = memoryview(data)[start:]
    try:
        under = _OBJECT.decode(whole).get(key)
        items = _LIST.decode(under) if under is not None else []
    except UNREADABLE:
        opening = re.search(rb'"%s"\s*:\s*(?=\[)' % re.escape(key.encode()), whole)
        if opening is None:
            problems.append(Problem(0, "The file breaks off before its first item."))
        else:
            yield from list_items(bytes(whole[opening.end() :]), problems)
        return
    yield from enumerate(items, 1)


def _mended(whole: memoryview) -> bytes:
    """The bytes with each lone surrogate escape put right: one of them in one title spoils the whole list."""
    return _ESCAPES.sub(lambda found: found.group(0) if found.group(1) is None else b"\\ufffd", whole)


def _salvaged(raw: bytes, problems: list[Problem]) -> Iterator[tuple[int, bytes]]:
    text = raw[:_SALVAGE].decode("utf-8", "replace").removeprefix("\ufeff")
    scan = json.JSONDecoder(parse_constant=lambda _: None)
    at = text.find("[") + 1
    number = 0
    while True:
        while at < len(text) and text[at] in " \t\r\n,":
            at += 1
        if at >= len(text) or text[at] == "]":
            return
        try:
            _, end = scan.raw_decode(text, at)
        except UNREADABLE:
            problems.append(
                Problem(number + 1, f"The file breaks off in item {number + 1}; what comes before it was read.")
            )
            return
        number += 1
        yield number, text[at:end].encode("utf-8", "surrogatepass")
        at = end


def as_object(raw: msgspec.Raw | bytes) -> dict[str, object] | None:
    """An item that a typed decoder refused, as a plain object; None when it is none."""
    try:
        value = loads_anyhow(bytes(raw))
    except UNREADABLE:
        return None
    return value if isinstance(value, dict) else None
