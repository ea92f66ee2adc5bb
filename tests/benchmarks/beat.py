"""How long a window would stand still: a thread that beats every 5 ms beside the work."""

from __future__ import annotations

import threading
import time

EVERY = 0.005
TURN = 0.0005
"""Seconds after which a thread of the window's process gives way, as curator.ui.application sets it."""


class Beat:
    """Beats in a thread of its own while a block runs. `gap` is the longest time from beat to beat in seconds, `own`
    the longest of which this process computed all, `cpu` the CPU seconds that beating took."""

    def __init__(self) -> None:
        self.gap = self.own = self.cpu = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="beat")

    def __enter__(self) -> Beat:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _beat(self) -> None:
        last, used = time.perf_counter(), time.process_time()
        while not self._over.is_set():
            time.sleep(EVERY)
            gap, own = time.perf_counter() - last, time.process_time() - used
            self.gap, self.own = max(self.gap, gap), max(self.own, min(gap, own))
            last, used = last + gap, used + own
        self.cpu = time.thread_time()
