"""Another program's database as one file: copied page by page with what stands in its log, while it is written to."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO
from urllib.parse import quote

from curator.core.errors import UnreadableFileError

_BUSY_SECONDS = 5.0


@contextmanager
def copied(path: str, beside: Path | None = None) -> Iterator[IO[bytes]]:
    """The database at `path` as it is now, as a file that is gone when the block ends.

    `beside` is a folder on a disk with room for it. Raises UnreadableFileError where it cannot be copied.
    """
    uri = f"file:{quote(str(Path(path).absolute()))}?mode=ro"
    with tempfile.TemporaryDirectory(prefix="database-", dir=beside, ignore_cleanup_errors=True) as folder:
        copy = Path(folder) / "copy.db"
        try:
            with (
                closing(sqlite3.connect(uri, uri=True, timeout=_BUSY_SECONDS)) as source,
                closing(sqlite3.connect(copy)) as target,
            ):
                source.backup(target)
                target.execute("PRAGMA journal_mode = DELETE").fetchone()  # else the copy asks for a log of its own
        except sqlite3.Error as error:
            raise UnreadableFileError(f"The database cannot be copied: {error}.") from error
        with copy.open("rb") as file:
            yield file
