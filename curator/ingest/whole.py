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

_STORE = "Of a database no whole copy is made, but of the sessions in it that you marked."


class DatabaseError(UnreadableFileError):
    """It is another program's database, of which sessions are copied, and never the file."""


@contextmanager
def whole(path: str) -> Iterator[IO[bytes]]:
    """The source at `path`, as the library knows its path: a zip's file stands below its zip, and a session of many
    files is the one document that they make.

    A database is refused: it is another program's whole store, gigabytes that change with every word in any session,
    and OpenClaw's holds credentials beside the sessions. Of that the sessions are copied (see `session_copies`).

    Raises DatabaseError for a database, UnreadableFileError when the file is no regular one any more or cannot be
    unpacked; OSError when it cannot be opened.
    """
    if stands_for_many(path):
        yield io.BytesIO(gathered(path).data)
        return
    with content(path) as file:
        if file.read(len(MAGIC)) == MAGIC:
            raise DatabaseError(_STORE)
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
