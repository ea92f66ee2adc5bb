"""What speaks against starting a run on this computer now, looked at in a moment and said in words."""

from __future__ import annotations

from curator.core.machine import Finding
from curator.core.settings import TrainSettings
from curator.services.workspace import Workspace


def preflight(
    ws: Workspace, model: str, settings: TrainSettings, snapshot_id: int | None = None, runtime: str = ""
) -> list[Finding]:
    """What was found, the gravest first; nothing is changed, nothing is raised, and it takes less than 300 ms.

    Without a snapshot the clean rows as they are now are meant. `runtime` names where it would run; "" is here.
    """
    return []


def act_for(finding: Finding) -> str:
    """The words of a button that does away with what was found; empty where only the person can."""
    return ""


def act(ws: Workspace, finding: Finding) -> Finding:
    """Do what the button says. Returns what is found afterwards; raises CuratorError with a sentence."""
    return finding
