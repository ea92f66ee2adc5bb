"""Waiting for what another process does: in small steps, so that whoever asks for an end is heard meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable

STEP = 0.1
"""Seconds between two looks."""


def wait_until(
    is_so: Callable[[], bool], seconds: float, check: Callable[[], None] | None = None, every: float = STEP
) -> bool:
    """Whether it became so within `seconds`. `check` is called before each look, and may raise to give up."""
    end = time.monotonic() + seconds
    while True:
        if check is not None:
            check()
        if is_so():
            return True
        left = end - time.monotonic()
        if left <= 0:
            return False
        time.sleep(min(every, left))


def wait(seconds: float, check: Callable[[], None], every: float = STEP) -> None:
    """Let time pass, but not beyond what `check` raises."""
    wait_until(lambda: False, seconds, check, every)
