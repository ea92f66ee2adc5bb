"""Tables as text: the separator is told from the first line, and each row comes with the line on which it starts."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator

from curator.core.exchange import Problem
from curator.formats.jsonlines import BOM, MAX_LINE, Source

_SEPARATORS = (",", "\t", ";", "|")
_HINT = re.compile(r"sep=(.)\s*$")
"""What Excel writes on a line of its own before the names."""
_LONGEST_NAME = 60
_DATE = re.compile(r"\[?\d{1,4}[./-]\d{1,2}[./-]\d{1,4}\b")
"""How a line of a chat between people begins, where a comma separates the day from the time."""


def separator_of(start: str) -> str:
    """What stands between the columns of the table that the text starts; empty when the first line names none."""
    lines = start.removeprefix("\ufeff").split("\n", 2)
    if (hint := _HINT.match(lines[0])) is not None:
        return hint[1]
    line = lines[0].rstrip("\r")
    return max(_SEPARATORS, key=lambda mark: len(names_of(line, mark))) if names_of_any(line) else ""


def names_of_any(line: str) -> list[str]:
    """The names of the columns, whatever separates them; empty when the line looks like no list of names."""
    return max((names_of(line, mark) for mark in _SEPARATORS), key=len)


def names_of(line: str, separator: str) -> list[str]:
    """The names of the columns as they are written; empty when there is one alone, an empty or a long one, or the line
    begins with a date, as one of a chat does."""
    if _DATE.match(line):
        return []
    try:
        names = [name.strip() for name in next(csv.reader([line], delimiter=separator), [])]
    except csv.Error:
        return []
    while names and not names[-1]:
        names.pop()
    is_plausible = len(names) > 1 and all(0 < len(name) <= _LONGEST_NAME for name in names)
    return names if is_plausible and len(set(names)) == len(names) else []


def table_rows(data: Source, problems: list[Problem]) -> Iterator[tuple[int, dict[str, str]]]:
    """Each row with the 1-based line on which it starts. Rows of too few cells lack the last columns.

    A last row that is not whole, in a file that does not end with a newline, is still being written.
    """
    csv.field_size_limit(MAX_LINE)
    separator = separator_of(data[: 64 << 10].decode("utf-8", "replace"))
    if not separator:
        return
    reader = csv.reader(_lines(data), delimiter=separator)
    names: list[str] = []
    is_open = data[len(data) - 1 :] != b"\n"
    held: tuple[int, list[str]] | None = None
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            problems.append(Problem(line, f"The row could not be read: {error}."))
            continue
        if not names:
            names = [] if line == 1 and _HINT.match(separator.join(cells)) else [name.strip() for name in cells]
        elif any(cell.strip() for cell in cells):
            if held is not None:
                yield held[0], dict(zip(names, held[1], strict=False))
            held = line, cells
    if held is not None and not (is_open and len(held[1]) < len(names)):
        yield held[0], dict(zip(names, held[1], strict=False))


def _lines(data: Source) -> Iterator[str]:
    at = len(BOM) if data[:3] == BOM else 0
    while at < len(data):
        newline = data.find(b"\n", at)
        end = newline + 1 if newline >= 0 else len(data)
        # A NUL or a lone carriage return would be an error of the row to the csv module.
        yield data[at:end].decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", " ").replace("\0", "\ufffd")
        at = end
