"""Ends what a run left behind on another computer, before its folder here is deleted for good."""

from __future__ import annotations

from pathlib import Path

from curator.core.errors import JobError
from curator.jobs.away.far_side import FarSide
from curator.jobs.away.line import Line
from curator.jobs.away.sitting import Sitting


def end_there(folder: Path) -> None:
    """Stop the run over there and delete its rows; nothing to do for a run that has nothing there.

    Raises JobError where the computer cannot be reached: its folder here is all that knows of the rows there.
    """
    sitting = Sitting.load(folder)
    if sitting is None:
        return
    line = Line(sitting.place)
    far = FarSide(line, sitting.key)
    try:
        far.prepare()
        if far.look()[0]:
            far.halt()
        far.forget(folder)
    except JobError as error:
        raise JobError(
            f"Rows of this run are still on {line.name}, and it may be at work on them. {error.message}",
            "Delete the run when that computer can be reached.",
        ) from error
    sitting.finish(folder)
