"""Files that a person explained: which of their fields hold the prompt and the answer, remembered by path."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from curator.core.changes import Changes
from curator.core.errors import NotFoundError, UnreadableFileError
from curator.core.exchange import Exchange
from curator.core.mapping import Field, Mapping
from curator.formats.jsonlines import UNREADABLE
from curator.ingest.whole import content
from curator.library.library import Library

_KEY = "mappings"
_MAPPINGS = msgspec.json.Decoder(dict[str, Mapping])
_MOST = 256 << 20
"""Bytes; a file to be explained is looked at in the app's own process."""


def mappings(library: Library) -> dict[str, Mapping]:
    """Every mapping that was given, by the path of its file."""
    try:
        return _MAPPINGS.decode(library.setting(_KEY, "{}"))
    except UNREADABLE:
        return {}


def remember(library: Library, path: str, mapping: Mapping) -> Changes:
    """Read this file by these fields from now on."""
    return _put(library, {**mappings(library), path: mapping})


def follow_move(library: Library, old: str, new: str) -> Changes:
    """The file at `old` has another name now: what was said of it holds on."""
    known = mappings(library)
    if old not in known:
        return Changes()
    known[new] = known.pop(old)
    return _put(library, known)


def fields_in(path: str | Path) -> list[Field]:
    """The fields with text of a file's first rows; none where it is no JSON, no JSON Lines and no table.

    Raises UnreadableFileError with the reason.
    """
    from curator.formats.mapping import fields_of  # few files need to be explained

    return fields_of(_read(path), Path(path).name)


def first_exchanges(path: str | Path, mapping: Mapping, limit: int = 3) -> list[Exchange]:
    """What the first rows come to, read by these fields. Raises UnreadableFileError with the reason."""
    from curator.formats.mapping import read_mapped

    transcript = read_mapped(_read(path), Path(path).name, mapping, limit)
    return [exchange for session in transcript.sessions for exchange in session.exchanges]


def check(path: str | Path, mapping: Mapping) -> None:
    """Raises NotFoundError, naming the fields that there are, when no row has a prompt and an answer by these."""
    if any(exchange.response for exchange in first_exchanges(path, mapping, 50)):
        return
    fields = ", ".join(field.path for field in fields_in(path))
    name = Path(path).name
    raise NotFoundError(
        f"“{name}” has no row with a prompt in “{mapping.prompt}” and an answer in “{mapping.response}”.",
        f"Its fields with text are: {fields}." if fields else "It is neither JSON, JSON Lines nor a table with text.",
    )


def _read(path: str | Path) -> bytes:
    try:
        with content(os.path.realpath(path)) as file:
            data = file.read(_MOST + 1)
            if len(data) > _MOST:
                raise UnreadableFileError(
                    f"“{Path(path).name}” is larger than {_MOST >> 20} MB, too large to be looked at here.",
                    "Split it into several files of JSON Lines.",
                )
            return data
    except IsADirectoryError as error:
        raise UnreadableFileError(
            f"“{Path(path).name}” is a folder.", "Name its files: each keeps a mapping of its own."
        ) from error
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise UnreadableFileError(f"“{Path(path).name}” cannot be read: {reason}.") from error


def _put(library: Library, known: dict[str, Mapping]) -> Changes:
    return library.set_setting(_KEY, msgspec.json.encode(known, order="sorted").decode())
