"""The start of a file, looked at once for every adapter that is asked whether the file is its own."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice
from typing import Any, overload

import msgspec

from curator.formats.jsonlines import BOM, UNREADABLE, loads_anyhow

HEAD = 64 << 10
"""Bytes of a file that are enough to tell."""
LONG_HEAD = 4 << 20
"""Bytes looked at when the first ones do not tell: a first record can be long."""
_LINES = 20
_OPEN = (b"{", b"[", b",", b":")
"""How a line ends on which a document goes on; a damaged record of JSON Lines ends anyhow."""


class Head:
    """What an adapter may ask of a file before it is read.

    A file is told by its content, since a dragged-in file may have any name. `name` is a hint at most. `tables` are the
    columns of each table where the file is a SQLite database, else empty.
    """

    def __init__(self, raw: bytes, name: str = "", tables: Mapping[str, frozenset[str]] | None = None) -> None:
        self.raw = raw.removeprefix(BOM).lstrip()
        self.name = name
        self.tables = tables or {}

    @property
    def is_json(self) -> bool:
        """Whether it is one JSON document or JSON Lines, by its first character."""
        return self.raw.startswith((b"{", b"["))

    @property
    def is_list(self) -> bool:
        """Whether it is one JSON document that holds a list."""
        return self.raw.startswith(b"[")

    @property
    def is_text(self) -> bool:
        """Whether it may be text: other files hold NUL soon."""
        return bool(self.raw) and b"\x00" not in self.raw[:512]

    @cached_property
    def text(self) -> str:
        """The head as text, damaged characters replaced; empty when it is no text."""
        return self.raw.decode("utf-8", "replace") if self.is_text else ""

    @cached_property
    def records(self) -> Sequence[dict[str, Any]]:
        """The objects on the first 20 lines, or the first item of a list, or the one object that the document is.

        Empty where the head ends before the first record does: then `has` tells. Each is decoded when it is first
        looked at: the first one tells most files.
        """
        return _Records(self._records() if self.is_json or self.is_text else iter(()))

    @cached_property
    def kinds(self) -> frozenset[str]:
        """The `type` of each record, where it is a word."""
        return frozenset(kind for record in self.records if isinstance(kind := record.get("type"), str))

    def has(self, *keys: str) -> bool:
        """Whether all these keys stand in the head, at any depth; for documents that are longer than the head."""
        return all(re.search(rb'"%s"\s*:' % re.escape(key.encode()), self.raw) for key in keys)

    def matches(self, pattern: re.Pattern[bytes]) -> bool:
        """Whether the pattern is found in the head."""
        return pattern.search(self.raw) is not None

    def _records(self) -> Iterator[dict[str, Any]]:
        if self.is_list:
            whole = self.raw.decode("utf-8", "replace")
            try:
                value, _ = json.JSONDecoder().raw_decode(whole, len(whole) - len(whole[1:].lstrip()))
            except UNREADABLE:
                return
            if isinstance(value, dict):
                yield value
            return
        has_found = False
        for number, line in enumerate(islice(io.BytesIO(self.raw), _LINES)):
            if line.lstrip().startswith(b"{") and (value := _object(line)) is not None:
                has_found = True
                yield value
            elif not number and self.is_json and line.rstrip().endswith(_OPEN):
                break  # one document over many lines: what stands on one of them is no record of the file
        if not has_found and self.is_json and (value := _object(self.raw)) is not None:
            yield value


class _Records(Sequence[dict[str, Any]]):
    """What an iterator gives, kept as it is asked for."""

    def __init__(self, coming: Iterator[dict[str, Any]]) -> None:
        self._coming = coming
        self._here: list[dict[str, Any]] = []

    def __iter__(self) -> Iterator[dict[str, Any]]:
        at = 0
        while self._has(at):
            yield self._here[at]
            at += 1

    def __bool__(self) -> bool:
        return self._has(0)

    def __len__(self) -> int:
        self._here.extend(self._coming)
        return len(self._here)

    @overload
    def __getitem__(self, at: int) -> dict[str, Any]: ...

    @overload
    def __getitem__(self, at: slice) -> list[dict[str, Any]]: ...

    def __getitem__(self, at: int | slice) -> dict[str, Any] | list[dict[str, Any]]:
        if not (isinstance(at, int) and at >= 0 and self._has(at)):
            self._here.extend(self._coming)
        return self._here[at]

    def _has(self, at: int) -> bool:
        while len(self._here) <= at:
            if (record := next(self._coming, None)) is None:
                return False
            self._here.append(record)
        return True


def _object(raw: bytes) -> dict[str, Any] | None:
    try:
        value = msgspec.json.decode(raw)
    except UNREADABLE:
        try:
            value = loads_anyhow(raw)
        except UNREADABLE:
            return None
    return value if isinstance(value, dict) else None
