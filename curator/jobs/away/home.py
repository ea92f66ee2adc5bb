"""Brings a run back from another computer when it is to go on elsewhere, then becomes the worker of the new place."""

from __future__ import annotations

import os
from pathlib import Path

from curator.core.errors import CuratorError, JobError
from curator.jobs.away.far_side import FarSide
from curator.jobs.away.fetching import forget_checkpoints
from curator.jobs.away.follower import Follower
from curator.jobs.away.line import Line, NoRoomHereError
from curator.jobs.away.sitting import Sitting
from curator.jobs.folder import append_event, parse_event, read_job
from curator.jobs.progress import end_state
from curator.jobs.runtimes.place import from_order, place_of


def come_home(folder: Path) -> int:
    """Fetch what the run has learned over there, then go on as the worker that the order names now. Does not return
    where it goes on; 0 where the run turned out to be through."""
    try:
        sitting = Sitting.load(folder)
        if sitting is not None and _is_through(folder, sitting):
            return 0
        runtime = place_of(from_order(read_job(folder).get("runtime"))).runtime()
    except CuratorError as error:
        append_event(folder, "failed", message=error.message, hint=error.hint, cause="other")
        return 1
    command = [*runtime.command, runtime.task, str(folder)]
    os.execvpe(command[0], command, runtime.environ(os.environ))


def _is_through(folder: Path, sitting: Sitting) -> bool:
    """Pause it over there, copy what it told, fetch its checkpoint, delete it there. Whether it had ended by itself,
    well.

    A computer that cannot be reached keeps nobody from going on: from what had been brought back before. Raises
    NoRoomHereError, and leaves what is there, where it does not fit on this one's disk.
    """
    line = Line(sitting.place)
    append_event(folder, "line", is_up=True, host=line.name, message=f"Bringing the run back from {line.name}.")
    far = FarSide(line, sitting.key)
    is_through = False
    try:
        far.prepare()
        if far.look()[0]:
            far.halt()
            last = _copy(folder, sitting, line, far)
            far.fetch(folder)
            if last:
                sitting.copy(folder, *last)
                forget_checkpoints(folder)
                is_through = True
        far.forget(folder)  # it may never have begun there: then its rows are all there is
    except NoRoomHereError:
        raise
    except JobError as error:
        if not is_through:
            message = (
                f"{error.message} It may still be at work on this run; what it learns from now on is not used. The rows"
                " there are deleted when that place is checked, or used for this run again."
            )
            append_event(folder, "line", is_up=False, host=line.name, message=message)
        sitting.give_up(folder)
    else:
        sitting.finish(folder)
    return is_through


def _copy(folder: Path, sitting: Sitting, line: Line, far: FarSide) -> tuple[bytes, int] | None:
    """Copy the rest of what was told but its end, since the run goes on. A good end is returned with its place."""
    follower = Follower(line, far.follow(sitting.copied(folder)))
    last: tuple[bytes, int] | None = None
    try:
        for told in follower.told():
            if told is None:
                continue
            if told.over:
                break
            event = parse_event(told.event)
            if event is not None and end_state(event) is None:
                sitting.copy(folder, told.event, told.offset)
                last = None
            elif event is not None and event.kind == "done":
                last = told.event, told.offset
    finally:
        follower.close()
    return last
