"""JSON Lines, read so that one bad line never costs another: whole blocks at once, line by line where that fails."""

from __future__ import annotations

import json
import mmap
from collections.abc import Iterator
from typing import Any, TypeVar

import msgspec

from curator.core.exchange import Problem
from curator.core.notes import REPLACED_IN_LINE
from curator.formats.tolerant import tolerant

Source = bytes | mmap.mmap
T = TypeVar("T", bound=msgspec.Struct)

BOM = b"\xef\xbb\xbf"
MAX_LINE = 64 << 20
"""Bytes; a longer line is skipped with a problem, so that one file cannot take the machine's memory."""
_BLOCK = 512 << 10  # what is decoded is still in the processor's cache when events are made of it
UNREADABLE = (msgspec.MsgspecError, ValueError, RecursionError)
"""What decoding hostile bytes can raise; UnicodeDecodeError and JSONDecodeError are ValueErrors."""


def read_records(
    data: Source, decoder: msgspec.json.Decoder[T], problems: list[Problem], first: int = 1
) -> Iterator[tuple[int, T]]:
    """Each line that holds an object, with its 1-based number; what cannot be read is added to `problems`.

    A last line without a newline that does not parse is still being written: it is neither a record nor a problem.
    `first` is the number of the first line, where `data` is what a file grew by.
    """
    number = first
    for block in _blocks(data, len(BOM) if first == 1 and data[:3] == BOM else 0):
        if block is None:
            problems.append(Problem(number, f"The line is longer than {MAX_LINE >> 20} MB and was skipped."))
            number += 1
            continue
        newlines = count_lines(block)
        is_open = not block.endswith(b"\n")
        try:
            records = decoder.decode_lines(block)
        except UNREADABLE:
            records = []
        if records and len(records) == newlines + is_open:
            yield from enumerate(records, number)
        else:
            yield from _one_by_one(block, number, decoder, problems)
        number += newlines


def _blocks(data: Source, position: int) -> Iterator[bytes | None]:
    """Pieces of whole lines from `position` on, about half a MB each; None stands for one line over the cap."""
    size = len(data)
    while position < size:
        end = min(position + _BLOCK, size)
        if end < size:
            newline = data.rfind(b"\n", position, end)
            if newline < 0:
                newline = data.find(b"\n", end)
            end = newline + 1 if newline >= 0 else size
        # A block over the cap is one line: otherwise it would have been cut at a newline before.
        yield None if end - position > MAX_LINE else data[position:end]
        position = end


def count_lines(block: bytes) -> int:
    """Newlines. Records are long, and jumping from one to the next is ten times as fast as `bytes.count`."""
    count, at = 0, block.find(b"\n")
    while at >= 0:
        count += 1
        at = block.find(b"\n", at + 1)
    return count


def _one_by_one(
    block: bytes, number: int, decoder: msgspec.json.Decoder[T], problems: list[Problem]
) -> Iterator[tuple[int, T]]:
    last = block.count(b"\n") + number
    for at, line in enumerate(block.split(b"\n"), number):
        if not line.strip():
            continue
        try:
            yield at, decoder.decode(line)
            continue
        except UNREADABLE:
            pass
        is_being_written = at == last
        try:
            value = loads_anyhow(line)
        except UNREADABLE as error:
            if not is_being_written:
                problems.append(Problem(at, _reason(error)))
            continue
        if not isinstance(value, dict):
            if not is_being_written:
                problems.append(Problem(at, "The line is JSON, but not a record."))
            continue
        if not is_utf8(line):
            problems.append(Problem(at, REPLACED_IN_LINE))
        yield at, tolerant(decoder.type, value)


def loads_anyhow(raw: bytes) -> Any:
    """JSON that strict decoders refuse: NaN becomes null, lone surrogates and broken UTF-8 become U+FFFD.

    Claude Code writes lone surrogates (anthropics/claude-code #68325); only the standard library accepts them.
    Raises what `UNREADABLE` lists.
    """
    value = json.loads(raw.decode("utf-8", "replace").removeprefix("\ufeff"), parse_constant=_null)
    if b"\\ud" in raw or b"\\uD" in raw:
        flat = json.dumps(value, ensure_ascii=False)
        whole = flat.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        value = json.loads(whole, parse_constant=_null)
    return value


def is_utf8(raw: bytes) -> bool:
    """Whether the bytes are valid UTF-8."""
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def _null(_: str) -> None:
    return None


def _reason(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "The line is nested too deeply to be read."
    if isinstance(error, json.JSONDecodeError):
        what = error.msg.removesuffix(" at")  # Python's own words for a control character end so
        return f"The line is not valid JSON: {what} at character {error.pos + 1}."
    return "The line is not valid JSON."
