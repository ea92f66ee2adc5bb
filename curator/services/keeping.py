"""What the assistants will delete on their own, and the library keeps."""

from __future__ import annotations

import math
import os
import time
from dataclasses import dataclass, field
from pathlib import Path

from curator.core.changes import Changes
from curator.core.exchange import Origin
from curator.services import archiving, claude_settings
from curator.services.workspace import Workspace

SOON_DAYS = 7
LONG_DAYS = 3650
"""What is offered in the place of Claude Code's thirty days: ten years."""
_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Deletion:
    """So many sessions of the library have a file that `agent` deletes within so many days; `sources` are those
    files."""

    agent: str
    sessions: int
    days: int
    sources: tuple[int, ...] = field(default=(), compare=False)

    @property
    def sentence(self) -> str:
        """“Claude Code will delete 14 of these sessions within 6 days; they are safe here.”"""
        days = "a day" if self.days == 1 else f"{self.days} days"
        safe = "it is safe here" if self.sessions == 1 else "they are safe here"
        return f"{self.agent} will delete {self.sessions:,} of these sessions within {days}; {safe}."


@dataclass(frozen=True, slots=True)
class Cleanup:
    """How long Claude Code keeps its sessions: `days`, or None where its settings are not understood, and the file in
    which that is chosen."""

    file: Path
    days: float | None

    @property
    def can_be_raised(self) -> bool:
        """Whether there is something to offer: a time that is known, and shorter than what would be offered."""
        return self.days is not None and self.days < LONG_DAYS

    @property
    def offer(self) -> str:
        """What raising it does, in a sentence that names the file and the setting."""
        return f"This writes “{claude_settings.KEY}”: {LONG_DAYS} into {self.file}; nothing else in it changes."


def soon_deleted(ws: Workspace, now: float | None = None) -> Deletion | None:
    """The imported sessions that Claude Code deletes within a week, by its setting and the age of their files; None
    when there are none, or when its settings cannot be read. Looks at each file's time and opens none."""
    period = cleanup().days
    if period is None:
        return None
    projects = claude_settings.folder() / "projects"
    below = tuple(f"{place}{os.sep}" for place in {projects, projects.resolve()})
    paths = {s.path for s in ws.library.sessions() if s.origin == Origin.HUMAN and s.path.startswith(below)}
    present = time.time() if now is None else now
    left = {path: period - (present - written) / _DAY for path in paths if (written := _written(path)) is not None}
    soon = {path: max(days, 0.0) for path, days in left.items() if days <= SOON_DAYS}
    if not soon:
        return None
    sources = tuple(source.id for source in ws.library.sources() if source.path in soon)
    return Deletion("Claude Code", len(soon), max(1, math.ceil(max(soon.values()))), sources)


def keep_whole(ws: Workspace, deletion: Deletion) -> Changes:
    """Have whole copies made of the files that are about to be deleted, though nothing in them is marked."""
    return archiving.keep(ws, deletion.sources)


def cleanup() -> Cleanup:
    """How long Claude Code keeps its sessions, by the person's own settings."""
    file = claude_settings.settings_file()
    return Cleanup(file, claude_settings.days(file))


def raise_cleanup(days: int = LONG_DAYS) -> Cleanup:
    """Have Claude Code keep its sessions for so many days. Only when a person asked for it: the file is theirs.

    Raises CuratorError, and leaves the file as it was, when it is not understood or cannot be written.
    """
    claude_settings.set_days(claude_settings.settings_file(), days)
    return cleanup()


def _written(path: str) -> float | None:
    try:
        return Path(path).stat().st_mtime
    except OSError:
        return None
