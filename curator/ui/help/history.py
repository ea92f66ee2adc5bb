"""Where the reader of the guide has been: back, and forward again, each to the height at which a page was left."""

from __future__ import annotations

from typing import NamedTuple


class Stop(NamedTuple):
    """A page at a height (pixels scrolled). `anchor` is where it was entered; once left, the height says more."""

    page: str
    anchor: str = ""
    height: int = -1


class History:
    """The stops so far and where among them the reader stands."""

    def __init__(self) -> None:
        self._stops: list[Stop] = []
        self._at = -1

    @property
    def current(self) -> Stop | None:
        """Where the reader is."""
        return self._stops[self._at] if self._at >= 0 else None

    @property
    def has_back(self) -> bool:
        """Whether there is something to go back to."""
        return self._at > 0

    @property
    def has_forward(self) -> bool:
        """Whether there is something to go forward to."""
        return self._at < len(self._stops) - 1

    def visit(self, stop: Stop, left_at: int) -> None:
        """Go on to another stop; what lay ahead is forgotten. `left_at` is the height of the page that is left."""
        now = self.current
        if now is not None:
            self._stops[self._at] = now._replace(height=left_at)
            if (now.page, now.anchor) == (stop.page, stop.anchor):
                return
        del self._stops[self._at + 1 :]
        self._stops.append(stop)
        self._at += 1

    def step(self, by: int, left_at: int) -> Stop | None:
        """One back (-1) or forward (1); None at an end."""
        now = self.current
        if now is None or not 0 <= self._at + by < len(self._stops):
            return None
        self._stops[self._at] = now._replace(height=left_at)
        self._at += by
        return self._stops[self._at]
