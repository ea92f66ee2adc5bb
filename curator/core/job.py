"""A job: long work outside the app's process, told by a folder (`job.json` in, `events.jsonl` out)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

JOB_FILE = "job.json"
EVENTS_FILE = "events.jsonl"
STOP_FILE = "stop"  # its presence asks the worker to stop and keep; its text may be "discard" or "pause"
LOG_FILE = "worker.log"
PID_FILE = "worker.json"  # who works here: see curator.boot.signature; with it its "watcher"
RESULT_FILE = "result.json"


class JobState(StrEnum):
    """Where a job stands. After the last six nothing more comes by itself."""

    QUEUED = "queued"
    WAITING = "waiting"  # its process is there, and waits until another training leaves the device
    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"
    DONE = "done"
    STOPPED = "stopped"  # on request; what was learned is kept
    FAILED = "failed"
    INTERRUPTED = "interrupted"  # its process is gone without a word
    DISCARDED = "discarded"
    PAUSED = "paused"  # on request, to go on later; its process is gone

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come."""
        return self in _ENDS

    @property
    def can_resume(self) -> bool:
        """Whether it can go on from its last checkpoint."""
        return self in _RESUMABLE


_ENDS = frozenset(
    {JobState.DONE, JobState.STOPPED, JobState.FAILED, JobState.INTERRUPTED, JobState.DISCARDED, JobState.PAUSED}
)
_RESUMABLE = frozenset({JobState.PAUSED, JobState.STOPPED, JobState.INTERRUPTED, JobState.FAILED})


@dataclass(frozen=True, slots=True)
class JobEvent:
    """One line of `events.jsonl`: `{"event": kind, "t": unix seconds, …figures}`. NaN is written null."""

    kind: str  # started, train, valid, checkpoint, note, done, stopped, failed
    time: float
    figures: dict[str, Any] = field(default_factory=dict)
