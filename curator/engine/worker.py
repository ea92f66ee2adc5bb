"""A job's process: reads job.json, does the work, tells it in events.jsonl."""

from __future__ import annotations

from pathlib import Path


def run_job(folder: Path) -> int:
    """Do the job in `folder`. Returns the exit code: 0 done, 1 failed, 3 stopped on request."""
    raise NotImplementedError
