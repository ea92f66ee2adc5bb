"""What the assistants will delete on their own, and the library keeps."""

from __future__ import annotations

import json
import math
import os
import time
from dataclasses import dataclass
from pathlib import Path

from curator.core.exchange import Origin
from curator.services.workspace import Workspace

CLEANUP_DAYS = 30
"""Claude Code's own `cleanupPeriodDays`: at its start it deletes the sessions that were not written for so long."""
SOON_DAYS = 7
_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Deletion:
    """So many sessions of the library have a file that `agent` deletes within so many days."""

    agent: str
    sessions: int
    days: int

    @property
    def sentence(self) -> str:
        """“Claude Code deletes 14 sessions within 6 days. They are kept here.”"""
        days = "a day" if self.days == 1 else f"{self.days} days"
        if self.sessions == 1:
            return f"{self.agent} deletes 1 session within {days}. It is kept here."
        return f"{self.agent} deletes {self.sessions:,} sessions within {days}. They are kept here."


def soon_deleted(ws: Workspace, now: float | None = None) -> Deletion | None:
    """The imported sessions that Claude Code deletes within a week, by its setting and the age of their files; None
    when there are none, or when its settings cannot be read. Looks at each file's time and opens none."""
    folder = Path(os.environ.get("CLAUDE_CONFIG_DIR", "").strip() or "~/.claude").expanduser()
    period = _cleanup_days(folder / "settings.json")
    if period is None:
        return None
    below = tuple(f"{place}{os.sep}" for place in {folder / "projects", (folder / "projects").resolve()})
    paths = {s.path for s in ws.library.sessions() if s.origin == Origin.HUMAN and s.path.startswith(below)}
    present = time.time() if now is None else now
    left = [period - (present - written) / _DAY for written in map(_written, paths) if written is not None]
    soon = [max(days, 0.0) for days in left if days <= SOON_DAYS]
    return Deletion("Claude Code", len(soon), max(1, math.ceil(max(soon)))) if soon else None


def _cleanup_days(file: Path) -> float | None:
    """The days that Claude Code keeps a session; None when it says so in a way that is not understood here."""
    try:
        chosen = json.loads(file.read_bytes())
    except FileNotFoundError:
        return CLEANUP_DAYS
    except (OSError, ValueError):
        return None
    days = chosen.get("cleanupPeriodDays", CLEANUP_DAYS) if isinstance(chosen, dict) else None
    if isinstance(days, bool) or not isinstance(days, (int, float)) or days <= 0:
        return None
    return float(days)


def _written(path: str) -> float | None:
    try:
        return Path(path).stat().st_mtime
    except OSError:
        return None
