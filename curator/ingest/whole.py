"""The bytes of a source as they lie on the disk now: a file, a file inside a zip, or a database with its log."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from curator.core.errors import UnreadableFileError
from curator.formats.database import MAGIC
from curator.ingest.files import opened


@contextmanager
def whole(path: str) -> Iterator[IO[bytes]]:
    """The source at `path`, as the library knows its path: a zip's file stands below its zip.

    Raises UnreadableFileError when it is no regular file any more, cannot be unpacked or copied, and OSError when it
    cannot be opened.
    """
    around = next((parent for parent in Path(path).parents if parent.is_file()), None)
    if around is not None:
        with _member(str(around), Path(path).relative_to(around).as_posix()) as file:
            yield file
        return
    with opened(path) as (file, _):
        is_store = file.read(len(MAGIC)) == MAGIC
        if not is_store:
            file.seek(0)
            yield file
            return
    from curator.library.foreign_copies import copied

    with copied(path) as file:
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
