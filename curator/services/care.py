"""Watches over the computer while it trains: at critical pressure the run is paused, and goes on when it has passed."""

from __future__ import annotations

from curator.core.changes import Changes
from curator.core.machine import Finding
from curator.services.workspace import Workspace


def watch(ws: Workspace) -> Changes:
    """Look at memory and heat, pause or resume what needs it, and tell which runs were touched.

    For a thread of the caller's, about every two seconds while a run is at work or was paused by this.
    """
    return Changes()


def strain() -> tuple[Finding, ...]:
    """What is strained on this computer as of the last look; empty when all is well."""
    return ()
