"""The trash of runs: put there with one key, taken back with another, gone for good only when it is emptied."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from curator.core.changes import Changes
from curator.core.run import Run
from curator.services import following, orders
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
    """Delete everything in the trash for good, folders and all."""
    changes = Changes(words="Empty the trash")
    for run in ws.library.runs():
        if run.trashed:
            changes |= ws.library.delete_run(run.id)
            following.forget(ws, run.id)
            orders.remove_folder(ws, run)
    return ws.publish(changes)
