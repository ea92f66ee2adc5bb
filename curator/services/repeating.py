"""How to repeat a run: one line for a terminal, which needs neither the app's window nor its library."""

from __future__ import annotations

from curator.services.workspace import Workspace


def command(ws: Workspace, run_id: int) -> str:
    """One shell line that trains the same adapter again from the run's folder. Raises NotFoundError."""
    raise NotImplementedError
