"""What a process that Curator started said as it died: kept on the disk, where the next look for crashes finds it.

Such a process writes its standard error into a file without a name, which is gone with the two of them. Only when it
died of a fault, or was ended after it had been asked where it stands, is the end of that file kept, under a name:
faulthandler has written there where it stood. A file that grows full while the process lives is begun anew: what a
library warns of with every line of a large file would fill the disk unseen.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import IO

from curator import paths

SUFFIX = ".words"
_MOST = 60_000  # bytes: where every thread stood, and what was said before
_FULL = 1_000_000  # bytes, at which the file is emptied
_TOLD = re.compile(rb"^(?:Traceback |.*\(most recent call first\):$)", re.MULTILINE)
"""A trace; one that was ended by us, by hand or for want of memory leaves none."""


class LastWords:
    """The standard error of one process; `name` says what it is: “parser”, “counter”."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._file: IO[bytes] | None = None
        self._lock = threading.Lock()  # a file that is closed meanwhile could have given its number to another

    def start(self, command: Sequence[str]) -> subprocess.Popen[bytes]:
        """Start it, with pipes for its questions and answers. Raises OSError where that is not possible; that there is
        no room for what it says is no reason."""
        import tempfile  # 5 ms of every start, and not every session needs such a process

        with suppress(OSError):
            self._file = tempfile.TemporaryFile()  # noqa: SIM115 — closed by end(): it lives as long as the process
            _append_always(self._file)
        try:
            return subprocess.Popen(
                list(command),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._file or subprocess.DEVNULL,
                env={**os.environ, "PYTHONUTF8": "1"},
            )
        except OSError:
            self.end(0)
            raise

    def shorten(self) -> None:
        """Begin a full file anew, under the process that writes it. From any thread."""
        with self._lock, suppress(OSError):
            if self._file is not None and os.fstat(self._file.fileno()).st_size > _FULL:
                os.truncate(self._file.fileno(), 0)

    def end(self, code: int) -> None:
        """It has ended, with this exit code (negative: the signal): keep where it stood, forget the rest."""
        with self._lock:
            file, self._file = self._file, None
        if file is not None:
            with suppress(OSError), file:  # a crash report is no reason for an error
                if code != 0:
                    self._keep(file)

    def _keep(self, file: IO[bytes]) -> None:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - _MOST))
        words = file.read()
        if not _TOLD.search(words):
            return
        folder = paths.log_folder() / "crashes"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{self._name}-{time.time_ns()}{SUFFIX}"
        scratch = path.with_suffix(".new")
        try:
            scratch.write_bytes(words)
            scratch.replace(path)
        except OSError:
            scratch.unlink(missing_ok=True)  # what a full disk took of it
            raise


def _append_always(file: IO[bytes]) -> None:
    """Let whoever has the file write at its end, wherever that is by then. (Windows knows no such thing: there a file
    that was emptied goes on where it was.)"""
    if sys.platform != "win32":
        import fcntl

        fcntl.fcntl(file.fileno(), fcntl.F_SETFL, fcntl.fcntl(file.fileno(), fcntl.F_GETFL) | os.O_APPEND)
