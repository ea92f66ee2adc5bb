"""The trash of runs: put there with one key, taken back with another, gone for good only when it is emptied."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from curator.core.changes import Changes
from curator.core.errors import JobError
from curator.core.run import Run
from curator.services import orders
from curator.services.workspace import Workspace


def put(ws: Workspace, run_id: int) -> Changes:
    """Put a run into the trash; a second time changes nothing. Raises JobError while it is at work or waits."""
    now = datetime.now(UTC).isoformat(timespec="seconds")

    def trashed(run: Run) -> Run:
        orders.refuse_at_work(run)
        return replace(run, trashed=run.trashed or now)

    return ws.publish(ws.library.change_run(run_id, trashed) | Changes(words="Move to the trash"))


def restore(ws: Workspace, run_id: int) -> Changes:
    """Take a run out of the trash."""
    changes = ws.library.change_run(run_id, lambda run: replace(run, trashed=""))
    return ws.publish(changes | Changes(words="Take out of the trash"))


def empty(ws: Workspace) -> Changes:
    """Delete everything in the trash for good, folders and all.

    Raises JobError for a run that has rows on a computer that cannot be reached; it stays, all others are deleted.
    """
    changes = Changes(words="Empty the trash")
    kept: JobError | None = None
    for run in ws.library.runs():
        if run.trashed:
            try:
                changes |= orders.remove(ws, run)
            except JobError as error:
                kept = error
    ws.publish(changes)
    if kept is not None:
        raise kept
    return changes
