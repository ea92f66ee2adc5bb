"""The page beside the Train panel: a notice where there is one, the run that is looked at, and all runs below it."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QStackedLayout, QWidget

from curator.core.run import Run
from curator.ui.controls import Button, Plane, column
from curator.ui.models.compared import Compared, caveat, label
from curator.ui.models.run_reading import RunsNow
from curator.ui.models.train_facts import ENOUGH_ROWS
from curator.ui.views.curtain import Curtain
from curator.ui.views.notice import EmptyState, Notice
from curator.ui.views.run_list import RunList
from curator.ui.views.run_view import RunView


class RunsPage(Plane):
    """Shows what it is given; says what to do first where there is no run."""

    def __init__(self, view: RunView, listing: RunList) -> None:
        super().__init__("base")
        self.view, self.list = view, listing
        self.notice = Notice()
        self.review = Button("Review exchanges", "library")
        self.empty = EmptyState("No run yet.", "", self.review)
        self.empty.hide()  # until it is known that there is no run
        nothing, something = Plane("base"), Plane("base")
        nothing.setLayout(column(5, self.empty, None, margins=(7, 0, 7, 0)))
        self._box = column(5, view, 4, listing, margins=(7, 0, 7, 3))
        self._box.addStretch(0)
        something.setLayout(self._box)
        pages = QWidget()
        self._pages = QStackedLayout(pages)
        self._pages.addWidget(nothing)
        self._pages.addWidget(self._scrolling(something))
        around = column(self.notice, Curtain(pages))  # the panel beside it comes first
        around.setStretch(1, 1)
        self.setLayout(around)

    def _scrolling(self, page: QWidget) -> QScrollArea:
        """Where text is large in a low window, the page is scrolled rather than its figures cut."""
        page.setMinimumWidth(1)  # what is too wide for the page leaves it by itself
        scroll = QScrollArea()
        scroll.setWidget(page)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        return scroll

    def show_runs(self, now: RunsNow, run: Run | None, titles: Mapping[str, str], compared: Compared) -> None:
        """Show all runs, and the one that is looked at; `titles` are those of base models."""
        self.list.show_runs(now, titles, compared.inks)
        self._pages.setCurrentIndex(0 if run is None and not now.trashed else 1)
        self.view.setVisible(run is not None)
        if run is None:
            return
        progress = now.progress.get(run.id)
        if progress is not None:
            picture = now.picture if now.picture is not None and now.picture.name == run.sweep else None
            self.view.is_compared = run.id in compared.runs
            title = titles.get(run.model, run.model)
            self.view.show_run(run, progress, title, now.health(run), picture, now.smaller)
            known = {r.id: r for r in (*now.runs, *now.trashed)}
            overlays = compared.overlays(run.id, known, now.progress)
            words = caveat(run, (known[one.run] for one in overlays))
            self.view.stage.set_overlays(overlays, label(run), words)
        self.list.table.select_run(run.id)
        for widget, share in ((self.view, 5), (self.list, 3)):  # a failure takes what it needs, the table follows
            self._box.setStretchFactor(widget, 0 if self.view.has_failed else share)

    def show_empty(self, rows: int) -> None:
        """What to do before there is a run, with so many clean rows."""
        words = f"{ENOUGH_ROWS} clean rows are enough for a quick look; you have {rows:,}."
        if rows >= ENOUGH_ROWS:
            words += "\nPress Train. It goes on in the background, also when Curator is closed."
        self.empty.tell("No run yet.", words)
        self.empty.show()
        self.empty.show_step(rows < ENOUGH_ROWS)
