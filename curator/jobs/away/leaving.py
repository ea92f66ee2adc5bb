"""Ends what a run left behind on other computers, before its folder here is deleted for good or when they are back."""

from __future__ import annotations

from pathlib import Path

from curator.core.errors import JobError
from curator.core.machine import RuntimeSpec
from curator.jobs.away.far_side import FarSide
from curator.jobs.away.line import Line, LineDownError
from curator.jobs.away.sitting import Sitting, forget_left, left


def end_there(folder: Path) -> None:
    """Stop the run wherever it is at work and delete its rows there; nothing to do for a run that has nothing there.

    Raises JobError where such a computer cannot be reached: the folder here is all that knows of the rows there.
    """
    sitting = Sitting.load(folder)
    if sitting is not None:
        _end_surely(sitting, folder)
        sitting.finish(folder)
    for other in left(folder):
        _end_surely(other, folder)
        forget_left(folder, other)


def clear_left(folder: Path, place: RuntimeSpec) -> bool:
    """Delete what the run had left at this place when it went on elsewhere; whether there was something and it is gone.
    Raises LineDownError where the place cannot be reached."""
    there = [
        sitting for sitting in left(folder) if (sitting.place.host, sitting.place.folder) == (place.host, place.folder)
    ]
    for sitting in there:
        _end(sitting, folder)
        forget_left(folder, sitting)
    return bool(there)


def _end_surely(sitting: Sitting, folder: Path) -> None:
    try:
        _end(sitting, folder)
    except JobError as error:
        raise JobError(
            f"Rows of this run are still on {Line(sitting.place).name}, and it may be at work on them. {error.message}",
            "Delete the run when that computer can be reached.",
        ) from error


def _end(sitting: Sitting, folder: Path) -> None:
    far = FarSide(Line(sitting.place), sitting.key)
    far.prepare()
    try:
        is_begun = bool(far.look()[0])
    except LineDownError:
        raise
    except JobError:  # its Python is gone, and with it whatever could have been at work there
        far.remove()
        return
    if is_begun:
        far.halt()
    far.forget(folder)
