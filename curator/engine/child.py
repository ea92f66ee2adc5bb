"""The process that works at a job while another watches: forked, and heard through a pipe."""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from contextlib import suppress
from pathlib import Path

from curator.engine.failures import Failure
from curator.engine.stopping import STOPPING, StopRequest
from curator.engine.worker import FAILED, LOST, work

OOM_ADJUSTMENT = Path("/proc/self/oom_score_adj")
_MORE, _MOST = 300, 1000
"""As much as browsers give their tabs in the background; the kernel's scale ends at 1,000."""
_PIPE_BYTES = 65_536


class Child:
    """One process at a time, forked anew for each: mlx, and what it holds of the device, begins afresh."""

    def __init__(self, folder: Path, stop: StopRequest) -> None:
        self._folder, self._stop = folder, stop
        self._pid: int | None = None

    def run(self) -> tuple[int, Failure | None]:
        """Have the job done. Returns the exit code (negative: the signal that ended it) and the failure it reported."""
        watcher = os.getpid()
        reader, writer = os.pipe()
        self._pid = None
        signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)  # or one that comes now would reach neither of the two
        try:
            child = os.fork()
            if child == 0:
                signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)
                os.close(reader)
                go_first()
                _work_and_leave(self._folder, watcher, self._stop, writer)
            self._pid = child
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)
        os.close(writer)
        try:
            _, status = os.waitpid(child, 0)
            self._pid = None
            os.set_blocking(reader, False)
            told = _read(reader)
        finally:
            os.close(reader)
        code = os.waitstatus_to_exitcode(status)
        return code, Failure(**json.loads(told)) if code == LOST and told else None

    def pass_on(self, number: int) -> None:
        """Send it a signal that came here."""
        if self._pid is not None:
            try:
                os.kill(self._pid, number)
            except ProcessLookupError:
                return


def go_first(adjustment: Path = OOM_ADJUSTMENT) -> None:
    """Where memory runs out, have Linux end this process before the person's programs and before the one that watches:
    it alone goes on afterwards from where it was. Everybody may raise their own number (proc_pid_oom_score_adj(5))."""
    with suppress(OSError, ValueError):  # not on this system
        now = int(adjustment.read_text(encoding="ascii"))
        adjustment.write_text(str(min(_MOST, now + _MORE)), encoding="ascii")


def _work_and_leave(folder: Path, watcher: int, stop: StopRequest, report: int) -> None:
    """The forked process: works, and leaves without coming back into what its parent was doing."""
    code = FAILED
    try:
        code = work(folder, watcher, stop, report)
    except BaseException:
        traceback.print_exc()
        raise
    finally:
        sys.stderr.flush()
        os._exit(code)


def _read(reader: int) -> bytes:
    try:
        return os.read(reader, _PIPE_BYTES)
    except BlockingIOError:
        return b""
