"""What the Train panel asks for beyond one run: several that differ, a rate to be found, what is in the way."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from curator.core.errors import CuratorError
from curator.core.machine import Finding
from curator.core.run import Run
from curator.services import curation, preflight, rates
from curator.services.rates import RateFinding
from curator.ui.models.run_reading import freeze_for
from curator.ui.models.several import Differs, SeveralRequest, start_several
from curator.ui.models.train_facts import TrainFacts, TrainRequest
from curator.ui.views.several_sheet import SIZE, SeveralSheet
from curator.ui.views.sheet import Sheet

if TYPE_CHECKING:
    from curator.services.workspace import Workspace
    from curator.ui.run_desk import RunDesk
    from curator.ui.tasks import Tasks
    from curator.ui.views.train_panel import TrainPanel


class SeveralDesk(QObject):
    """Opens the sheet and starts what it asks for; runs the rate finder beside the window, one at a time."""

    def __init__(self, workspace: Workspace, tasks: Tasks, desk: RunDesk, panel: TrainPanel) -> None:
        super().__init__(desk)
        self._ws, self._tasks, self._desk, self._panel = workspace, tasks, desk, panel
        self._cancel: threading.Event | None = None
        self.sheet: Sheet | None = None
        finder = panel.advanced.finder
        panel.several_requested.connect(self.open)
        panel.lines.act_requested.connect(self._clear_away)
        finder.asked.connect(self.find_rate)
        finder.cancelled.connect(self.cancel)

    # -- several runs

    def open(self, run: Run | None = None) -> None:
        """Ask what should differ; with a run, which of its rows to leave out."""
        facts: TrainFacts = self._panel.facts
        common = self._panel.request()
        if run is not None:
            common = TrainRequest(run.model, run.settings, run.preset, run.snapshot, run.runtime)
        card = SeveralSheet(facts, common, facts.seconds.get(""))
        sheet = self.sheet = Sheet(self._panel.window(), card, SIZE)

        def asked(request: SeveralRequest) -> None:
            sheet.dismiss()
            self._desk.begin(lambda tell: start_several(self._ws, request, tell))

        card.asked.connect(asked)
        card.left.connect(sheet.dismiss)
        sheet.closed.connect(self._on_closed)
        if run is not None:
            card.choose(Differs.ROWS)
        self._tasks.read(lambda: curation.rows(self._ws), self._on_rows, key="rows to leave out")
        sheet.open()

    def _on_rows(self, rows: object) -> None:
        if self.sheet is not None and isinstance(rows, list):
            card = self.sheet.card
            assert isinstance(card, SeveralSheet)
            card.show_rows(rows)

    def _on_closed(self) -> None:
        self.sheet = None

    # -- a learning rate

    def find_rate(self) -> None:
        """Try ever higher rates on the rows that would be trained."""
        if self._cancel is not None:
            return
        cancel = self._cancel = threading.Event()
        finder, request, on_window = self._panel.advanced.finder, self._panel.request(), self._tasks.on_window
        finder.show_busy("Trying ever higher rates on these rows…")

        def work() -> RateFinding:
            snapshot = freeze_for(self._ws, request, lambda words: on_window(finder.show_busy, words))

            def tell(share: float) -> None:
                on_window(lambda s: finder.show_busy("Trying ever higher rates on these rows…", s), share)

            return rates.find(self._ws, snapshot, request.model, request.settings, tell, cancel)

        self._tasks.long(work, self._on_found, self._on_not_found)

    def cancel(self) -> None:
        """Look no further."""
        if self._cancel is not None:
            self._cancel.set()

    def _on_found(self, finding: RateFinding) -> None:
        self._cancel = None
        self._panel.advanced.finder.show_finding(finding)

    def _on_not_found(self, error: Exception) -> None:
        was_cancelled = self._cancel is not None and self._cancel.is_set()
        self._cancel = None
        if was_cancelled:
            self._panel.advanced.finder.put_away()
        else:
            words = f"{error.message} {error.hint}".strip() if isinstance(error, CuratorError) else str(error)
            self._panel.advanced.finder.show_problem(words)

    # -- what is in the way of a start

    def _clear_away(self, finding: Finding) -> None:
        self._panel.show_busy("Clearing it away…")

        def done(_left: Finding) -> None:
            self._panel.show_busy("")
            self._panel.edited.emit()

        def failed(error: Exception) -> None:
            self._panel.show_busy("")
            self._desk.failed.emit(error)

        self._tasks.read(lambda: preflight.act(self._ws, finding), done, failed)
