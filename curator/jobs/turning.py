"""Log files that are put aside when they are full, and the oldest of them away: the window's and the workers'."""

from __future__ import annotations

from pathlib import Path

LIMIT = 1_000_000  # bytes of one file
OLDER = 4  # files kept beside it: curator.1.log is the newest of them


def turn(file: Path, limit: int = LIMIT, kept: int = OLDER) -> bool:
    """Put a full file aside, and the oldest away. Returns whether it was full; a file that cannot be moved stays."""
    try:
        if file.stat().st_size < limit:
            return False
        for number in range(kept, 1, -1):
            before = older(file, number - 1)
            if before.exists():
                before.replace(older(file, number))
        file.replace(older(file, 1))
    except OSError:
        return False
    return True


def older(file: Path, number: int) -> Path:
    """The name of a file that was put aside: 1 is the newest."""
    return file.with_name(f"{file.stem}.{number}{file.suffix}")
