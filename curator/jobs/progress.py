"""Folds a run's events into what the window shows."""

from __future__ import annotations

from collections.abc import Iterable

from curator.core.job import JobEvent
from curator.core.run import RunProgress


def fold(events: Iterable[JobEvent]) -> RunProgress:
    """Everything these events say, as one value."""
    raise NotImplementedError
