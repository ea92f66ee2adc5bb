"""How a run ends on request when its course has not begun, or does not run at the moment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from curator.engine.standing import BEFORE_FILE, CHECKPOINT_FILE, standing_of
from curator.engine.stopping import StopKind, StoppedError


def ended(kind: StopKind, figures: dict[str, Any]) -> StoppedError:
    """The end that was asked for; `figures` tell how far the run has come."""
    is_begun = bool(figures.get("iteration"))
    if kind is StopKind.DISCARD:
        return StoppedError(message="Stopped and thrown away.", discarded=True, **{**figures, "adapter": False})
    if kind is StopKind.PAUSE:
        message = "Paused; it can go on from here." if is_begun else "Paused before anything was learned."
        return StoppedError("paused", message=message, **figures)
    message = "Stopped; what was learned is kept." if is_begun else "Stopped before anything was learned."
    return StoppedError(message=message, **figures)


def ended_outside(folder: Path, kind: StopKind) -> StoppedError:
    """The end that was asked for while no course was running: what a checkpoint holds stays, or is thrown away."""
    standing = standing_of(folder)
    if kind is StopKind.DISCARD:
        throw_away(folder)
    return ended(kind, standing.figures() if standing is not None else {})


def forget_checkpoints(folder: Path) -> None:
    """Remove the checkpoints of a run that will not go on."""
    for name in (CHECKPOINT_FILE, f"{CHECKPOINT_FILE}.new", BEFORE_FILE):
        (folder / name).unlink(missing_ok=True)


def throw_away(folder: Path) -> None:
    """Remove all that was learned: every file of weights that the run has written into its folder."""
    for path in folder.glob("*.safetensors*"):
        path.unlink(missing_ok=True)
