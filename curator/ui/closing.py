"""The end of a window: what was asked is done and the library closed, but the window waits only seconds for it."""

from __future__ import annotations

import threading
from collections.abc import Callable

from curator.ui.tasks import Tasks

QUIET = 0.3  # seconds in which most windows are through; after them it is said what goes on
PATIENCE = 2.5  # seconds after which the window goes in any case
LINGER = 30.0  # seconds that the process may stay without its window, until what was asked is done


class Closing:
    """Closes the tasks at once, and in a thread of its own sees them through and calls `end`: each may wait for a disk,
    a lock or a process that does not leave. The thread keeps the process from ending before it is through. `let_go` is
    called in between, once nothing is left but reads: nobody waits for what they find."""

    def __init__(self, tasks: Tasks, let_go: Callable[[], None], end: Callable[[], None]) -> None:
        self._tasks, self._let_go, self._end = tasks, let_go, end
        self._is_settled = False
        tasks.close()  # in the window's thread: nothing may be asked for while the pools go
        self._thread = threading.Thread(target=self._work, name="closing")
        self._thread.start()

    @property
    def words(self) -> str:
        """What is waited for."""
        if self._tasks.is_writing:
            return "Closing, as soon as what was asked last is done"
        return "Closing the library" if self._is_settled else "Closing, as soon as what still runs has stopped"

    def wait(self, seconds: float) -> bool:
        """Whether it is through within this time."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _work(self) -> None:
        self._tasks.shutdown(let_go=self._let_go)
        self._is_settled = True
        self._end()
