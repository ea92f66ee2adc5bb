"""JSON documents that hold a list: each item is taken by itself, so that one bad item never costs another."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from curator.core.exchange import Problem
from curator.formats.jsonlines import BOM, UNREADABLE, Source, loads_anyhow
from curator.formats.loose import loads

_LIST = msgspec.json.Decoder(list[msgspec.Raw])
_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"|["\[{}\]]', re.S)
"""Whole strings and brackets; a quote by itself opens a string that never ends. Possessive: nothing is tried twice."""


def list_items(data: Source, problems: list[Problem]) -> Iterator[tuple[int, msgspec.Raw | bytes]]:
    """The items of the document's list, numbered from 1, undecoded; a lone object counts as a list of one.

    A document that breaks off gives the items before the break and one problem.
    """
    start = len(BOM) if data[:3] == BOM else 0
    yield from _items(memoryview(data)[start:], problems)


def list_records(what: str, data: Source, problems: list[Problem]) -> Iterator[tuple[int, dict[str, Any]]]:
    """The objects of the document's list, as `list_items` numbers them; any other item is a problem.

    `what` is such an item in the person's words and opens the sentence; "{number}" in it is the item's.
    """
    for number, raw in list_items(data, problems):
        record = loads(raw)
        if isinstance(record, dict):
            yield number, record
        else:
            problems.append(Problem(number, f"{what.format(number=number)} is not readable."))


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
            yield from _found(whole, opening.end() + 1, problems)
        return
    yield from enumerate(items, 1)


def _items(whole: memoryview, problems: list[Problem]) -> Iterator[tuple[int, msgspec.Raw | bytes]]:
    head = bytes(whole[:4096])
    is_list = head.lstrip().startswith(b"[")
    try:
        items = _LIST.decode(whole) if is_list else [msgspec.json.decode(whole, type=msgspec.Raw)]
    except UNREADABLE:
        yield from _found(whole, head.find(b"[") + 1 if is_list else 0, problems)
        return
    yield from enumerate(items, 1)


def _found(whole: memoryview, start: int, problems: list[Problem]) -> Iterator[tuple[int, bytes]]:
    """The items of a list that is not valid JSON as a whole, by their brackets; `start` is behind the opening one.

    A lone surrogate in one title, or an end that is missing, must not cost what is whole. Linear, and nothing but the
    present item is copied.
    """
    number, depth, end = 0, 1, start
    item = start
    for token in _TOKEN.finditer(whole, start):
        mark = token.group()
        if mark in (b"{", b"["):
            if depth == 1:
                for scalar in _scalars(whole[end : token.start()]):
                    number += 1
                    yield number, scalar
                item = token.start()
            depth += 1
        elif mark in (b"}", b"]"):
            depth -= 1
            if depth == 1:
                number, end = number + 1, token.end()
                yield number, bytes(whole[item:end])
            elif depth == 0:
                for scalar in _scalars(whole[end : token.start()]):
                    number += 1
                    yield number, scalar
                return
        elif mark == b'"':
            break
    if depth > 1:
        problems.append(
            Problem(number + 1, f"The file breaks off in item {number + 1}; what comes before it was read.")
        )


def _scalars(between: memoryview) -> Iterator[bytes]:
    """What stands between the objects of a list: commas, and now and then a number or a text."""
    return (scalar for piece in bytes(between).split(b",") if (scalar := piece.strip()))


def as_object(raw: msgspec.Raw | bytes) -> dict[str, object] | None:
    """An item that a typed decoder refused, as a plain object; None when it is none."""
    try:
        value = loads_anyhow(bytes(raw))
    except UNREADABLE:
        return None
    return value if isinstance(value, dict) else None
