"""One small file of every format, or several: what properties are tried on, and what a fuzzer starts from.

They lie in `tests/formats/seeds` as `<format>.<anything>`. A database is the script that makes it, `<format>.sql`.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from curator.core.exchange import Transcript
from curator.formats.database import MAGIC
from curator.formats.reader import read_transcript
from curator.library.foreign import from_bytes

FOLDER = Path(__file__).resolve().parents[1] / "formats" / "seeds"


def bytes_of(path: Path) -> bytes:
    """What a seed holds; of a script, the database that it makes."""
    if path.suffix != ".sql":
        return path.read_bytes()
    with closing(sqlite3.connect(":memory:")) as db:
        db.executescript(path.read_text(encoding="utf-8"))
        return db.serialize()


def read_any(data: bytes, name: str = "name") -> Transcript:
    """Read the bytes as the import does: those of a database as the database that they are."""
    if not data.startswith(MAGIC):
        return read_transcript(data, name)
    with from_bytes(data) as db:
        return read_transcript(db, name)


SEEDS: list[tuple[str, bytes]] = [
    (path.name.split(".")[0], bytes_of(path)) for path in sorted(FOLDER.iterdir()) if path.is_file()
]
"""(format, bytes), in the order of the files' names."""
