"""^C in a verb that can end where something whole is kept: the first one asks for that, the second ends it at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def stop_wish() -> Iterator[threading.Event]:
    """An event that ^C sets while this is entered; the ^C after it raises KeyboardInterrupt."""
    wish = threading.Event()

    def ask(_number: int, _frame: FrameType | None) -> None:
        if wish.is_set():
            raise KeyboardInterrupt
        wish.set()

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield wish
    finally:
        signal.signal(signal.SIGINT, before)
