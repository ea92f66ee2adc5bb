"""The Train panel on the guided way: set to a quick look that suits few rows, and put back afterwards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QObject, QTimer, Signal

from curator.core.settings import PRESETS
from curator.services.guiding import QUESTION
from curator.ui.guide.way import batch_for

if TYPE_CHECKING:
    from curator.services.guiding import Footing
    from curator.ui.places import Places
    from curator.ui.views.runs_place import RunsPlace

_AGAIN = 60  # ms until it is looked again whether the Runs place is built
QUICK = PRESETS[0]


class QuickLook(QObject):
    """What the way asks of the Runs place. It is built beside the window, and never because of this."""

    moved = Signal()  # other words may be due

    def __init__(self, places: Places, parent: QObject) -> None:
        super().__init__(parent)
        self._places = places
        self._hears = False
        self.busy = ""  # what is done between the press and the run

    @property
    def runs(self) -> RunsPlace | None:
        """The Runs place; None until all of it is there."""
        place = cast("RunsPlace | None", self._places.make("runs")) if "runs" in self._places else None
        return place if place is not None and place.is_built else None

    @property
    def seconds(self) -> float | None:
        """How long it takes here, where that is known."""
        runs = self.runs
        return runs.facts.seconds.get("" if runs.panel.preset is QUICK else QUICK.name) if runs is not None else None

    def set_up(self, now: Footing, is_wanted: Callable[[], bool]) -> None:
        """Small batches for few rows, and one question that is answered before and after. The person sees it in the
        panel, and can turn it. Nothing is set once it `is_wanted` no more."""
        if not is_wanted():
            return
        runs = self.runs
        if runs is None:
            QTimer.singleShot(_AGAIN, self, lambda: self.set_up(now, is_wanted))
            return
        probe = runs.panel.settings().probe or (QUESTION if now.has_samples else "")
        runs.panel.restore(QUICK.name, replace(QUICK.settings, batch_size=batch_for(now.clean), probe=probe))
        if not self._hears:
            self._hears = True
            runs.train_desk.known.connect(lambda _facts: self.moved.emit())
            runs.desk.busy.connect(self._on_busy)

    def put_back(self) -> None:
        """Small batches and the question were the way's: the next run is the person's own."""
        runs = self.runs
        if runs is None:
            return
        settings = runs.panel.settings()
        plain = replace(settings, batch_size=QUICK.settings.batch_size, probe="")
        untouched = replace(QUICK.settings, max_tokens=settings.max_tokens, seed=settings.seed)
        if runs.panel.preset is QUICK and plain == untouched and settings.probe in ("", QUESTION):
            runs.panel.restore(QUICK.name, plain)

    def _on_busy(self, words: str) -> None:
        self.busy = words
        self.moved.emit()
