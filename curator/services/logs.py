"""The window's log: a file that is begun anew when it is full, with the older ones kept beside it."""

from __future__ import annotations

import logging
from pathlib import Path

from curator import paths
from curator.jobs.turning import LIMIT, OLDER, older, turn


def log_file() -> Path:
    """The file that is written now."""
    return paths.log_folder() / "curator.log"


def log_files(file: Path | None = None) -> list[Path]:
    """All files of the log that exist, the newest first."""
    file = file or log_file()
    return [path for path in (file, *(older(file, number) for number in range(1, OLDER + 1))) if path.is_file()]


def begin_log(file: Path | None = None) -> logging.Handler:
    """Write what Curator logs into the file from now on. Raises OSError where that is not possible."""
    file = file or log_file()
    file.parent.mkdir(parents=True, exist_ok=True)
    handler = TurningFile(file)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.getLogger("curator").addHandler(handler)
    logging.getLogger("curator").setLevel(logging.INFO)
    return handler


class TurningFile(logging.FileHandler):
    """A log file that is put aside when it is full, also in the middle of a session that lasts for weeks.

    `logging.handlers` has one too, and costs 13 ms of every start.
    """

    def __init__(self, file: Path, limit: int = LIMIT) -> None:
        turn(file, limit)
        super().__init__(file, encoding="utf-8", errors="replace")
        self._limit = limit

    def emit(self, record: logging.LogRecord) -> None:
        """Write it; called with the handler's lock held."""
        super().emit(record)
        if self.stream is not None and self.stream.tell() >= self._limit:
            self.stream.close()
            turn(Path(self.baseFilename), self._limit)
            self.stream = self._open()
