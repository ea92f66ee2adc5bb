"""Tables of prompts and answers: CSV and TSV as spreadsheets, Kiln, Argilla and Easy Dataset write them.

Kiln names its columns `input`, `output` and `reasoning`; Argilla puts `.responses` and `.suggestion` behind the names
of its questions; Easy Dataset writes the rows of Alpaca or ShareGPT, lists of turns as JSON in one cell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from curator.core.exchange import Problem
from curator.formats.adapters.pairs import ANSWERS
from curator.formats.adapters.rows import Row, row_of, sessions_of
from curator.formats.columns import names_of, separator_of, table_rows
from curator.formats.encodings import of_windows
from curator.formats.events import SessionEvents
from curator.formats.head import Head
from curator.formats.jsonlines import Source
from curator.formats.loose import loads

_TURNS = ("messages", "conversations", "conversation", "contents")
_LISTS = (*_TURNS, "prompt", "completion", "chosen", "rejected", "history")
"""Columns whose cells may hold a list of turns as JSON; any other cell is text, whatever it looks like."""
_SUFFIX = re.compile(r"\.(responses|suggestion)$")
_FLAGS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


def recognises(head: Head) -> bool:
    """Whether the first line names a prompt and an answer, or a column of turns, under names that are in use."""
    if head.is_json or not (separator := separator_of(head.text)):
        return False
    lines = head.text.split("\n", 2)
    line = lines[1] if lines[0].startswith("sep=") and len(lines) > 1 else lines[0]
    names = {_name(name) for name in names_of(line.rstrip("\r"), separator)}
    return any(asking in names and names.intersection(answers) for asking, answers in ANSWERS.items()) or bool(
        names.intersection(_TURNS) or {"prompt", "chosen"} <= names
    )


def read(data: Source, name: str, problems: list[Problem], unknown: dict[str, int]) -> Iterator[SessionEvents]:
    """One session for each row of the table."""
    text, said = of_windows(data[:])
    if said:
        problems.append(Problem(0, said))
    return sessions_of(_rows(text, problems), "csv-rows", unknown)


def _rows(data: Source, problems: list[Problem]) -> Iterator[tuple[int, Row]]:
    for line, cells in table_rows(data, problems):
        record: dict[str, object] = {}
        for written, cell in cells.items():
            name = _name(written)
            if not cell.strip() or (name in record and not written.endswith(".responses")):
                continue  # a person's response stands above a program's suggestion
            record[name] = _value(name, cell, bool(_SUFFIX.search(written)))
        yield line, row_of(record)


def _name(written: str) -> str:
    return _SUFFIX.sub("", written.strip().lower().replace(" ", "_"))


def _value(name: str, cell: str, is_argillas: bool) -> object:
    if name in ("label", "kto_tag"):
        return _FLAGS.get(cell.strip().lower())
    if cell.lstrip().startswith("[") and (name in _LISTS or is_argillas):
        value = loads(cell)
        return value if isinstance(value, list) else cell
    return cell
