"""A job's folder: the order that goes in, the events that come out line by line."""

from __future__ import annotations

import errno
import json
import os
import time
from pathlib import Path
from typing import Any

from curator.core.durable import flush, settle_folder
from curator.core.errors import JobError
from curator.core.job import EVENTS_FILE, JOB_FILE, JobEvent

NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""What the system answers where a disk, a quota or a file is full."""
_AS_IT_IS = getattr(os, "O_BINARY", 0)  # or Windows would write two bytes for each newline


def write_job(folder: Path, job: dict[str, Any]) -> None:
    """Write the order, whole or not at all; the folder is made where needed."""
    folder.mkdir(parents=True, exist_ok=True)
    scratch = folder / f"{JOB_FILE}.new"
    with scratch.open("w", encoding="utf-8") as stream:
        json.dump(job, stream, ensure_ascii=False, indent=1)
        stream.flush()
        flush(stream.fileno())
    scratch.replace(folder / JOB_FILE)
    settle_folder(folder)


def read_job(folder: Path) -> dict[str, Any]:
    """The order of this job. Raises JobError where there is none."""
    try:
        job = json.loads((folder / JOB_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise JobError(f"There is no job to do in {folder}.", "Start it again from its snapshot.") from error
    if not isinstance(job, dict):
        raise JobError(f"The order in {folder / JOB_FILE} is not one.", "Start it again from its snapshot.")
    return job


def read_events(path: Path, offset: int = 0) -> tuple[list[JobEvent], int]:
    """The whole event lines of `path` (the folder or its events file) from byte `offset` on, and where to go on.

    A last line without its newline is still being written: it stays for the next call. A line that is no event (a
    process killed while writing, then resumed) is passed over.
    """
    if path.is_dir():
        path = path / EVENTS_FILE
    try:
        with path.open("rb") as stream:
            stream.seek(offset)
            data = stream.read()
    except FileNotFoundError:
        return [], offset
    end = data.rfind(b"\n") + 1
    events = []
    for line in data[:end].splitlines():
        event = parse_event(line)
        if event is not None:
            events.append(event)
    return events, offset + end


def append_event(folder: Path, kind: str, **figures: Any) -> None:
    """Add one event in one piece; a line that a killed process left half written is ended first."""
    record = {"event": kind, "t": round(time.time(), 3), **figures}
    append_line(folder, json.dumps(record, ensure_ascii=False, allow_nan=False).encode())


def append_line(folder: Path, line: bytes) -> None:
    """Add one event that is already a line of JSON, without its newline. Raises OSError where the disk takes only a
    part of it: nobody may go on as if it had been told."""
    descriptor = os.open(folder / EVENTS_FILE, os.O_RDWR | os.O_CREAT | os.O_APPEND | _AS_IT_IS, 0o644)
    try:
        whole = (b"\n" if _is_torn(descriptor) else b"") + line + b"\n"
        if os.write(descriptor, whole) < len(whole):  # what is torn here is passed over by whoever reads
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder / EVENTS_FILE))
    finally:
        os.close(descriptor)


def _is_torn(descriptor: int) -> bool:
    """Whether the last line of this file was left half written. (Windows has no `os.pread`; appending ends up at the
    end wherever one has read.)"""
    if os.lseek(descriptor, 0, os.SEEK_END) == 0:
        return False
    os.lseek(descriptor, -1, os.SEEK_END)
    return os.read(descriptor, 1) != b"\n"


def parse_event(line: bytes) -> JobEvent | None:
    """The event of a line, or None where it is none."""
    try:
        record = json.loads(line)
        return JobEvent(kind=str(record.pop("event")), time=float(record.pop("t")), figures=record)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
