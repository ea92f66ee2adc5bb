"""Work off the window's thread, answered on it: the only threads of the window."""

from __future__ import annotations

import logging
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple, Protocol, TypeVar

from PySide6.QtCore import QObject, Qt, Signal, Slot

from curator.core.changes import Changes

_log = logging.getLogger(__name__)
READERS = 3
COUNTERS = 2  # what is typed need not wait for all rows
PATIENCE = 2.0  # seconds for long work that was told to stop
T = TypeVar("T")


class Publisher(Protocol):
    """Whoever tells of writes: the workspace."""

    def subscribe(self, hear: Callable[[Changes], None], /) -> Callable[[], None]:
        """Call `hear` after every write, on whatever thread wrote; the answer ends it."""


class _Answer(NamedTuple):
    """A finished piece of work on its way to the window's thread."""

    deliver: Callable[[Any], None] | None
    value: Any
    key: str = ""
    generation: int = 0


class Tasks(QObject):
    """Three readers, two counters, one writer, and a thread for each long work.

    - `read` runs beside others; with a `key` only the newest answer is delivered, and older work that has not begun
      is skipped. `count` does the same apart from it, for whatever needs a tokenizer.
    - `write` runs one after the other in the order asked.
    - `long` is for imports and downloads: a thread of its own, so that decisions never wait for it.

    `done` and `failed` are called on the window's thread. Work without `failed` ends in the signal `failed`.
    """

    changed = Signal(object)  # Changes, on the window's thread, whoever wrote
    failed = Signal(object)  # Exception of work that nobody else answers for
    _posted = Signal(object)
    _heard = Signal(object)

    def __init__(self, workspace: Publisher | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="read")
        self._counters = ThreadPoolExecutor(COUNTERS, thread_name_prefix="count")
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="write")
        self._long: set[threading.Thread] = set()
        self._unwritten = 0
        self._newest: dict[str, int] = defaultdict(int)
        self._lock = threading.Lock()
        self._closed = False
        self._unsubscribe: list[Callable[[], None]] = []
        self._posted.connect(self._on_posted, Qt.ConnectionType.QueuedConnection)
        self._heard.connect(self._on_heard, Qt.ConnectionType.QueuedConnection)
        if workspace is not None:
            self.follow(workspace)

    @property
    def is_closed(self) -> bool:
        """Whether nothing is delivered any more: what work has opened it has to close itself. From any thread."""
        return self._closed

    @property
    def is_writing(self) -> bool:
        """Whether a write that was asked for has not ended. From any thread."""
        return self._unwritten > 0

    def follow(self, workspace: Publisher) -> None:
        """Tell of this workspace's writes through `changed`."""
        self._unsubscribe.append(workspace.subscribe(self._hear))

    def read(
        self,
        work: Callable[[], T],
        done: Callable[[T], None],
        failed: Callable[[Exception], None] | None = None,
        key: str = "",
    ) -> None:
        """Run `work` in a reader thread and give its result to `done`."""
        self._submit(self._readers, work, done, failed, key)

    def count(
        self,
        work: Callable[[], T],
        done: Callable[[T], None],
        failed: Callable[[Exception], None] | None = None,
        key: str = "",
    ) -> None:
        """As `read`, in threads of their own: counting tokens may wait seconds for a tokenizer, and a list may not."""
        self._submit(self._counters, work, done, failed, key)

    def _submit(
        self,
        pool: ThreadPoolExecutor,
        work: Callable[[], T],
        done: Callable[[T], None],
        failed: Callable[[Exception], None] | None,
        key: str,
    ) -> None:
        if self._closed:
            return
        generation = 0
        if key:
            self._newest[key] += 1
            generation = self._newest[key]

        def run() -> None:
            if not (key and self._newest[key] != generation):
                self._run(work, done, failed, key, generation)

        pool.submit(run)

    def forget(self, key: str) -> None:
        """Whatever was asked under this key is no longer wanted."""
        self._newest[key] += 1

    def write(
        self,
        work: Callable[[], T],
        done: Callable[[T], None] | None = None,
        failed: Callable[[Exception], None] | None = None,
    ) -> None:
        """Run `work` (a service that returns Changes) after every write asked before it."""
        if self._closed:
            return

        def run() -> None:
            try:
                self._run(work, done, failed)
            finally:
                with self._lock:
                    self._unwritten -= 1

        with self._lock:
            self._unwritten += 1
        self._writer.submit(run)

    def long(
        self,
        work: Callable[[], T],
        done: Callable[[T], None] | None = None,
        failed: Callable[[Exception], None] | None = None,
    ) -> None:
        """Run `work` in a thread of its own; it should watch a cancel event, since `shutdown` waits for it."""
        if self._closed:
            return

        def run() -> None:
            try:
                self._run(work, done, failed)
            finally:
                with self._lock:
                    self._long.discard(threading.current_thread())

        thread = threading.Thread(target=run, name="long", daemon=True)
        with self._lock:
            self._long.add(thread)
        thread.start()

    def on_window(self, call: Callable[[Any], None], value: Any = None) -> None:
        """Call `call(value)` on the window's thread; for progress that a worker reports. Safe from any thread."""
        self._post(_Answer(call, value))

    def close(self) -> None:
        """Take no more work, and deliver nothing any more. What was asked goes on; `shutdown` sees it through."""
        self._closed = True
        while self._unsubscribe:
            self._unsubscribe.pop()()

    def shutdown(self, patience: float = PATIENCE, let_go: Callable[[], None] | None = None) -> None:
        """Let writes finish, drop reads that have not begun, and wait for what runs: for long work no longer than
        `patience` seconds altogether, since it ends with the process. `let_go` is called when only reads are left. From
        any thread, once it is closed.
        """
        self.close()
        for pool in (self._counters, self._readers):
            pool.shutdown(wait=False, cancel_futures=True)
        self._writer.shutdown(wait=True)
        with self._lock:
            threads = list(self._long)
        until = time.monotonic() + patience
        for thread in threads:
            thread.join(max(0.0, until - time.monotonic()))
        if let_go is not None:
            let_go()
        for pool in (self._counters, self._readers):
            pool.shutdown(wait=True)

    def _run(
        self,
        work: Callable[[], T],
        done: Callable[[T], None] | None,
        failed: Callable[[Exception], None] | None,
        key: str = "",
        generation: int = 0,
    ) -> None:
        try:
            value: Any = work()
        except Exception as error:  # noqa: BLE001  the thread's end: whatever it is, the person must hear of it
            _log.info("work failed", exc_info=error)
            self._post(_Answer(failed or self.failed.emit, error, key, generation))
        else:
            self._post(_Answer(done, value, key, generation))

    def _post(self, answer: _Answer) -> None:
        if not self._closed:
            self._posted.emit(answer)

    def _hear(self, changes: Changes) -> None:
        if not self._closed:
            self._heard.emit(changes)

    @Slot(object)
    def _on_posted(self, answer: _Answer) -> None:
        is_late = bool(answer.key) and self._newest[answer.key] != answer.generation
        if not self._closed and not is_late and answer.deliver is not None:
            answer.deliver(answer.value)

    @Slot(object)
    def _on_heard(self, changes: Changes) -> None:
        if not self._closed:
            self.changed.emit(changes)
