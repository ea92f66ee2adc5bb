"""What becomes of a job while the line to its computer is down: it is told once and waited out, a stop is not kept
waiting for it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from curator.core.job import STOP_FILE
from curator.core.waiting import wait
from curator.jobs.away.line import LineDownError
from curator.jobs.folder import NO_ROOM, append_event

PATIENCE = 12 * 3600.0
"""Seconds that a dropped line is waited for."""
_STOP_PATIENCE = 20.0  # seconds a stop request waits for a line that is down
_LONGEST_PAUSE = 60.0
T = TypeVar("T")


class StopAskedError(Exception):
    """Somebody here asked for a stop before the other computer had begun, or while it cannot be reached."""


class Outage:
    """Knows since when the line to `host` is down, and tells it in the job's folder."""

    def __init__(self, folder: Path, host: str) -> None:
        self._folder, self._host = folder, host
        self._since: float | None = None
        self._stop_since: float | None = None
        self._over = LineDownError.over

    @property
    def is_on(self) -> bool:
        """Whether the line is down."""
        return self._since is not None

    def wait_out(self, work: Callable[[], T]) -> T:
        """Do this; when the line drops, do it again once it is back, for as long as PATIENCE.

        Raises LineDownError after that, StopAskedError where a stop was asked for meanwhile.
        """
        pause = 1.0
        while True:
            try:
                done = work()
            except LineDownError as error:
                if self._since is None:
                    self._since, self._over, pause = time.monotonic(), error.over, 1.0
                    self.tell(False, f"{error.message} It is tried again and again; nothing is lost meanwhile.")
                if time.monotonic() - self._since > PATIENCE:
                    raise
                wait(pause, self.give_up_stopped)
                pause = min(2 * pause, _LONGEST_PAUSE)
            else:
                self.is_over()
                return done

    def is_over(self) -> None:
        """Something was heard from there."""
        if self._since is not None:
            self._since = None
            self.tell(True, self._over.format(self._host))

    def give_up_stopped(self) -> None:
        """Raise StopAskedError where a stop has waited long enough for the line: by its date, and where the clock was
        set back or that of the disk goes another way, by how long it has been there."""
        try:
            asked = (self._folder / STOP_FILE).stat().st_mtime
        except OSError:
            self._stop_since = None
            return
        now = time.monotonic()
        self._stop_since = now if self._stop_since is None else self._stop_since
        if max(time.time() - asked, now - self._stop_since) > _STOP_PATIENCE:
            raise StopAskedError

    def tell(self, is_up: bool, message: str) -> None:
        """Tell how the line stands, or what it is used for; on a full disk that is left out."""
        try:
            append_event(self._folder, "line", is_up=is_up, host=self._host, message=message)
        except OSError as error:
            if error.errno not in NO_ROOM:
                raise


def stop_word(folder: Path) -> str:
    """What the stop request in this folder asks for; empty where there is none."""
    try:
        return (folder / STOP_FILE).read_text(encoding="utf-8").strip() or "keep"
    except OSError:
        return ""
