"""What the window asks of each of its four places."""

from __future__ import annotations

from typing import Protocol

from curator.core.changes import Changes


class Place(Protocol):
    """A page of the window. It is built once, may be hidden for hours, and hears of every write."""

    def apply(self, changes: Changes) -> None:
        """Drop what `changes` names, and ask for it again when it is shown. Called on the window's thread."""

    def activate(self) -> None:
        """The person came here: take focus, and catch up with what changed meanwhile."""
