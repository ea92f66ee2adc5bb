"""Files of a shape that nobody knows: what fields they have, and their rows by the fields that a person named."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from curator.core.exchange import Event, EventKind, Problem, Transcript
from curator.core.mapping import Field, Mapping
from curator.formats.adapters.rows import is_lines, session_of
from curator.formats.adapters.turns import prompt, reply, words_of
from curator.formats.columns import separator_of, table_rows
from curator.formats.documents import list_items
from curator.formats.encodings import of_utf_16, of_windows
from curator.formats.events import KEEP, clean, one_line
from curator.formats.exchanges import build
from curator.formats.fields import guess
from curator.formats.head import LONG_HEAD
from curator.formats.jsonlines import BOM, Source
from curator.formats.loose import loads

FORMAT = "prompt-completion"
"""What the rows of a mapped file are, once the fields are known."""
_EACH = "[]"
_ROWS_SEEN = 200
_DEPTH = 5
_MOST_FIELDS = 100
_SAMPLE = 200
_NEVER = "None of the rows holds text in both fields."


def fields_of(data: Source, name: str = "") -> list[Field]:
    """The fields with text of the file's first 200 rows, in the order in which they come, with a guess of what is what.

    Empty for what is neither JSON, JSON Lines nor a table. Never raises.
    """
    samples: dict[str, list[str]] = {}
    filled: dict[str, int] = {}
    lengths: dict[str, int] = {}
    rows: dict[str, int] = {}
    within: dict[str, str] = {}
    records = islice(_records(_start(of_utf_16(data)), []), _ROWS_SEEN)
    for place, row in islice((found for _, record in records for found in _rows_within(record)), _ROWS_SEEN):
        rows[place] = rows.get(place, 0) + 1
        for path, text in _texts(row, place, 0):
            if path not in filled and len(filled) >= _MOST_FIELDS:
                continue
            within[path] = place
            filled[path] = filled.get(path, 0) + 1
            lengths[path] = lengths.get(path, 0) + len(text)
            held = samples.setdefault(path, [])
            if len(held) < 2 and (sample := one_line(text, _SAMPLE)) not in held:
                held.append(sample)
    shares = {path: filled[path] / rows[within[path]] for path in filled}
    guesses = guess({path: lengths[path] / filled[path] for path in filled}, shares)
    return [Field(path, tuple(map(clean, samples[path])), shares[path], guesses.get(path, "")) for path in filled]


def read_mapped(data: Source, name: str, mapping: Mapping, limit: int = 0) -> Transcript:
    """The file's rows as exchanges, each a session of its own; only the first `limit` where it is not 0.

    Keys are made of the words, as those of other rows, so that the file may grow and be sorted anew. Rows that lack
    the prompt are counted, as are those that lack the answer. Never raises.
    """
    data = of_utf_16(data)
    problems: list[Problem] = []
    unknown: dict[str, int] = {}
    times: dict[str, int] = {}
    sessions = []
    seen = 0
    for line, record in _records(_start(data) if limit else data, problems):
        for row in _mapped_rows(record, mapping):
            seen += 1
            events = _events(row, line)
            if not any(e.kind is EventKind.PROMPT for e in events):
                unknown["row without a prompt"] = unknown.get("row without a prompt", 0) + 1
                continue
            sessions.append(build(session_of(events, FORMAT, times)))
        if limit and len(sessions) >= limit:
            return Transcript(FORMAT, tuple(sessions[:limit]), (), unknown)
    if seen and not any(exchange.response for session in sessions for exchange in session.exchanges):
        problems.append(Problem(0, _NEVER))
    return Transcript(FORMAT, tuple(sessions), tuple(problems), unknown)


def _events(row: Mapping, line: int) -> list[Event]:
    """The events of a row whose three texts stand in a Mapping in place of the paths."""
    events: list[Event] = []
    if row.system.strip():
        events.append(Event(EventKind.SYSTEM, clean(row.system[:KEEP]), line))
    if row.prompt.strip():
        events += [prompt(row.prompt, line), *reply(row.response, line)]
    return events


def _start(data: Source) -> Source:
    """As much of a large file as samples need; an object is one whole and must be read to its end."""
    first = data[:64].removeprefix(BOM).lstrip()[:1]
    if len(data) <= LONG_HEAD or (first == b"{" and not is_lines(data)):
        return data
    start = data[:LONG_HEAD]
    return start if first == b"[" else start[: start.rfind(b"\n") + 1]


def _records(data: Source, problems: list[Problem]) -> Iterator[tuple[int, dict[str, Any]]]:
    """The records with their lines; in a document, with their places in the list."""
    first = data[:64].removeprefix(BOM).lstrip()[:1]
    if not first or b"\0" in data[:512]:
        return
    if first not in (b"{", b"["):
        if separator_of(data[: 64 << 10].decode("utf-8", "replace")):
            text, said = of_windows(data[:])
            problems += [Problem(0, said)] if said else []
            yield from table_rows(text, problems)
        return
    if is_lines(data):
        yield from _lines(data, problems)
        return
    for number, raw in list_items(data, problems):
        value = loads(raw)
        if isinstance(value, dict):
            yield number, value
        else:
            problems.append(Problem(number, f"Row {number} is not a record."))


def _lines(data: Source, problems: list[Problem]) -> Iterator[tuple[int, dict[str, Any]]]:
    at = len(BOM) if data[:3] == BOM else 0
    number = 0
    while at < len(data):
        newline = data.find(b"\n", at)
        end = newline if newline >= 0 else len(data)
        line = data[at:end].strip()
        at = end + 1
        number += 1
        value = loads(line) if line else None
        if isinstance(value, dict):
            yield number, value
        elif line and newline >= 0:  # a last line without an end is still being written
            problems.append(Problem(number, "The line is not a record of JSON."))


def _rows_within(record: dict[str, Any], depth: int = 0) -> list[tuple[str, dict[str, Any]]]:
    """The record itself, and where it holds lists of records, each of those under the list's path."""
    found: list[tuple[str, dict[str, Any]]] = [("", record)]
    for name, value in record.items():
        if isinstance(value, list):
            rows = [row for row in value[:_ROWS_SEEN] if isinstance(row, dict)]
            found += [(f"{name}{_EACH}.", row) for row in rows]
        elif isinstance(value, dict) and depth < _DEPTH:
            found += [(f"{name}.{path}", row) for path, row in _rows_within(value, depth + 1) if path]
    return found


def _texts(value: Any, path: str, depth: int) -> Iterator[tuple[str, str]]:
    """Every text in the value with its path; lists of records are rows of their own, and so no fields."""
    if isinstance(value, str):
        if value.strip():
            yield path.removesuffix("."), value
    elif depth < _DEPTH and isinstance(value, dict):
        for name, inner in value.items():
            yield from _texts(inner, f"{path}{name}.", depth + 1)
    elif depth < _DEPTH and isinstance(value, list) and not any(isinstance(one, dict) for one in value[:3]):
        for place, inner in enumerate(value[:3]):
            yield from _texts(inner, f"{path}{place}.", depth + 1)


def _mapped_rows(record: dict[str, Any], mapping: Mapping) -> Iterator[Mapping]:
    """The texts of each row that the record holds. A path without `[]` means the same for all of them."""
    paths = (mapping.prompt, mapping.response, mapping.system)
    rows = next((path.rpartition(f"{_EACH}.")[0] for path in paths if f"{_EACH}." in path), None)
    if rows is None:
        yield Mapping(*[_text_at(record, path) for path in paths])
        return
    within = f"{rows}{_EACH}."
    for row in _items(record, rows.split(f"{_EACH}.")):
        yield Mapping(
            *[
                _text_at(row, path.removeprefix(within)) if path.startswith(within) else _text_at(record, path)
                for path in paths
            ]
        )


def _items(value: Any, lists: list[str]) -> Iterator[dict[str, Any]]:
    found = _at(value, lists[0])
    for one in found if isinstance(found, list) else ():
        if isinstance(one, dict):
            if len(lists) == 1:
                yield one
            else:
                yield from _items(one, lists[1:])


def _text_at(record: dict[str, Any], path: str) -> str:
    value = _at(record, path) if path else None
    if isinstance(value, bool) or value is None:
        return ""
    return str(value) if isinstance(value, int | float) else words_of(value)[0]


def _at(value: Any, path: str) -> Any:
    """What stands at the path; a name may hold dots itself, as the columns of some tables do."""
    if isinstance(value, list):
        place, dot, rest = path.partition(".")
        if not place.isdecimal() or int(place) >= len(value):
            return None
        return _at(value[int(place)], rest) if dot else value[int(place)]
    if not isinstance(value, dict):
        return None
    if path in value:
        return value[path]
    names = path.split(".")
    inner = ((".".join(names[:at]), ".".join(names[at:])) for at in range(1, len(names)))
    return next((found for name, rest in inner if (found := _at(value.get(name), rest)) is not None), None)
