"""The bytes of a transcript file as they lie on the disk now, also of one inside a zip; never those of a database."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO

from curator.core.errors import UnreadableFileError
from curator.formats.database import MAGIC
from curator.ingest.bundles import gathered, stands_for_many
from curator.ingest.files import opened
from curator.ingest.names import is_store_name

_STORE = "Of a database no whole copy is made: what was read of its sessions lies in the library."


@contextmanager
def whole(path: str) -> Iterator[IO[bytes]]:
    """The source at `path`, as the library knows its path: a zip's file stands below its zip, and a session of many
    files is the one document that they make.

    A database is refused: it is another program's whole store, gigabytes that change with every word in any session,
    and OpenClaw's holds credentials beside the sessions. What was read of its sessions lies in the library.

    Raises UnreadableFileError for a database, and when the file is no regular one any more or cannot be unpacked;
    OSError when it cannot be opened.
    """
    if is_store_name(path):  # by its content alone it would be unpacked from its zip first
        raise UnreadableFileError(_STORE)
    if stands_for_many(path):
        yield io.BytesIO(gathered(path).data)
        return
    with content(path) as file:
        if file.read(len(MAGIC)) == MAGIC:
            raise UnreadableFileError(_STORE)
        file.seek(0)
        yield file


def content(path: str) -> AbstractContextManager[IO[bytes]]:
    """The file at `path`, or the one inside a zip that is meant by it, whatever it holds. Raises as `whole` does."""
    around = next((parent for parent in Path(path).parents if parent.is_file()), None)
    return _member(str(around), Path(path).relative_to(around).as_posix()) if around is not None else _file(path)


@contextmanager
def _file(path: str) -> Iterator[IO[bytes]]:
    with opened(path) as (file, _):
        yield file


@contextmanager
def _member(path: str, member: str) -> Iterator[IO[bytes]]:
    from curator.ingest.zips import OpenZip, is_zip

    if not is_zip(path):
        raise UnreadableFileError("It lies in no zip any more.")
    with opened(path) as (file, _), OpenZip() as archive:
        unpacked = archive.unpack(path, file, member)
        with io.BytesIO(unpacked) if isinstance(unpacked, bytes) else unpacked as content:
            content.seek(0)
            yield content
