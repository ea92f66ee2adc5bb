"""One run, as it goes on or as it ended: title, progress, five figures, its health in words, the losses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QMenu, QSizePolicy, QVBoxLayout, QWidget

from curator.core.job import JobState
from curator.core.progress import RunProgress
from curator.core.run import Run
from curator.core.settings import PRESETS
from curator.ui.controls import Button, Dot, ElidedText, Glyph, Meter, Segments, Text, Well, column, row
from curator.ui.models.run_words import health, passes_words, rows_words, when
from curator.ui.views.question import Question
from curator.ui.views.run_failure import RunFailure
from curator.ui.views.stats import Stats

if TYPE_CHECKING:
    from curator.ui.views.loss_chart import LossChart

_TITLES = {p.name: p.title for p in PRESETS}
_INK = {JobState.FAILED: "bad", JobState.INTERRUPTED: "bad"}


class RunView(QWidget):
    """Shows what it is given; what the person wants is said by signals."""

    stop_requested = Signal(bool)  # True: discard
    log_requested = Signal()
    copy_requested = Signal()
    rename_requested = Signal(str)
    delete_requested = Signal()
    again_requested = Signal(object)  # TrainSettings
    resume_requested = Signal()

    def __init__(self, stop_key: str = "") -> None:
        super().__init__()
        self.run: Run | None = None
        self.progress = RunProgress()
        self._chart: LossChart | None = None
        self.dot = Dot("accent", 8)
        self.title = ElidedText("", "title")
        self.subtitle = ElidedText("", "small", "text3")
        self.discard = Button("Stop and discard…", flat=True)
        self.stop = Button("Stop and keep", "stop", key=stop_key)
        self.log = Button("Show log", flat=True)
        self.more = Button(icon="more", flat=True)
        self.more.setAccessibleName("More about this run")
        self.question = Question()
        self.meter = Meter(0.0)
        self.meter.setAccessibleName("Progress of the run")
        self.stats = Stats()
        self.first, self.rest = Text("", "strong"), Text("", "small", "text2")
        self._glyph = Glyph("pulse", 20, "good")
        self.well = Well(plane="raised")
        self.failure = RunFailure()
        self.modes = Segments(["Smoothed", "Raw", "Both"], 2)
        self.legend = QWidget()
        self._held_out = Text("validation", "small", "text2")
        self._build()
        self._connect()

    def _build(self) -> None:
        title = column(row(self.dot, self.title, spacing=2), self.subtitle, spacing=1)
        head = row(title, 2, self.log, self.discard, self.stop, self.more, spacing=1)
        head.setStretch(0, 1)
        self.well.setLayout(
            row(self._glyph, column(self.first, self.rest, spacing=0.5), None, spacing=3, margins=(4, 2.5, 3, 2.5))
        )
        self.well.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.legend.setLayout(
            row(
                *(Text("Loss per response token", "small-strong"), 2),
                *(Dot("text2", 6), Text("train", "small", "text2"), 1),
                *(Dot("accent", 6), self._held_out, None, self.modes),
                spacing=1.5,
            )
        )
        self._stage: QVBoxLayout = column()
        self.stage = QWidget()
        self.stage.setLayout(self._stage)
        self.stage.setMinimumHeight(136)
        figures = column(self.meter, 4, self.stats, 3, self.well, 3, self.legend)
        self.figures = QWidget()
        self.figures.setLayout(figures)
        self.failure.hide()
        box = column(head, 3, self.question, self.figures, self.stage, self.failure)
        box.setStretch(box.indexOf(self.stage), 1)
        box.addStretch(0)
        self.setLayout(box)

    def _connect(self) -> None:
        self.stop.clicked.connect(lambda: self.stop_requested.emit(False))
        self.discard.clicked.connect(self.ask_discard)
        self.log.clicked.connect(self.log_requested)
        self.more.clicked.connect(lambda: self.show_menu(self.more.mapToGlobal(QPoint(0, self.more.height()))))
        self.failure.again.connect(self.again_requested)
        self.failure.resumed.connect(self.resume_requested)
        self.failure.copy_requested.connect(self.copy_requested)
        self.modes.chosen.connect(self._on_mode_chosen)

    def attach_chart(self, chart: LossChart) -> None:
        """Take the chart in, once its library has been loaded."""
        self._chart = chart
        self._stage.addWidget(chart)
        if self.run is not None:
            self.show_run(self.run, self.progress, "")

    # -- what is shown

    def show_run(self, run: Run, progress: RunProgress, base: str) -> None:
        """Show a run as far as it has come; `base` is its base model's title."""
        if self.run is None or run.id != self.run.id:
            self.question.close_question()
        self.run, self.progress = run, progress
        state = progress.state if progress.state.is_over or progress.state is JobState.STOPPING else run.state
        has_failed = state in _INK
        is_live = not state.is_over
        self.dot.ink = _INK.get(state, "accent" if is_live else "good" if state is JobState.DONE else "text3")
        self.dot.update()
        self.title.setText(run.name)
        self.subtitle.setText(self._subtitle(run, base))
        for button in (self.stop, self.discard):
            button.setVisible(is_live)
            button.setEnabled(state is not JobState.STOPPING)
        total = progress.total_passes or run.settings.passes
        self.meter.set_value(1.0 if state is JobState.DONE else progress.passes / total if total else 0.0)
        self.figures.setVisible(not has_failed)
        self.failure.setVisible(has_failed)
        drawn = bool(progress.train or progress.valid) or is_live
        self.legend.setVisible(drawn)
        self.stage.setVisible(drawn and not (has_failed and len(progress.valid) < 2))
        if has_failed:
            self.failure.show_run(run, progress)
        else:
            self.stats.show_progress(progress)
            self._show_health(run, progress)
        held = self._held_words(run)
        if self._held_out.text() != held:
            self._held_out.setText(held)
        if self._chart is not None:
            self._chart.set_progress(run.id, progress)

    @property
    def has_failed(self) -> bool:
        """Whether it shows a failure instead of figures."""
        return self.progress.state in _INK or (self.run is not None and self.run.state in _INK)

    def _subtitle(self, run: Run, base: str) -> str:
        preset = _TITLES.get(run.preset, "Own numbers")
        verb = "started" if not run.state.is_over else ""
        parts = [preset, base or run.model, f"{rows_words(run.rows)}, snapshot {run.snapshot}"]
        moment = when(run.created)
        if moment:
            parts.append(f"{verb} {moment}".strip())
        if run.note:
            parts.append(run.note)
        return " · ".join(parts)

    def _held_words(self, run: Run) -> str:
        return "validation, rows it never sees" if self.width() > 640 else "validation"

    def _show_health(self, run: Run, progress: RunProgress) -> None:
        judged = health(progress, run.settings)
        if (judged.first, judged.rest) == (self.first.text(), self.rest.text()):
            return
        self.first.setText(judged.first)
        self.rest.setText(judged.rest)
        self.rest.setVisible(bool(judged.rest))
        self._glyph.name, self._glyph.ink = judged.icon, judged.ink
        self._glyph.update()
        self.well.setAccessibleName(f"{judged.first} {judged.rest}")

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.log.setVisible(self.width() >= 760)
        if self.run is not None:
            self._held_out.setText(self._held_words(self.run))

    def _on_mode_chosen(self, index: int) -> None:
        if self._chart is not None:
            from curator.ui.views.loss_chart import Shown

            self._chart.set_shown((Shown.SMOOTHED, Shown.RAW, Shown.BOTH)[index])

    # -- what is asked

    def ask_discard(self) -> None:
        """Throwing away what it learned is asked first, here."""
        at = passes_words(self.progress.passes)
        self.question.ask(
            f"Throw away what it learned up to pass {at}?",
            "Stop and discard",
            "Keep training",
            lambda: self.stop_requested.emit(True),
            grave=True,
        )

    def ask_rename(self) -> None:
        """Another name for the run."""
        if self.run is not None:
            self.question.ask_words("Name", self.run.name, "Rename", self._rename)

    def _rename(self, name: str) -> None:
        if name and self.run is not None and name != self.run.name:
            self.rename_requested.emit(name)

    def ask_delete(self) -> None:
        """Deleting is asked first; a run that goes on cannot be deleted."""
        if self.run is not None and self.run.state.is_over:
            words = f"Delete “{_short(self.run.name)}” with what it learned?"
            self.question.ask(words, "Delete", "Keep it", self.delete_requested.emit, grave=True)

    def menu(self) -> QMenu:
        """What can be done with this run."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Rename…", self.ask_rename)
        menu.addAction("Show log", self.log_requested.emit)
        menu.addSeparator()
        delete = menu.addAction("Delete…", self.ask_delete)
        delete.setEnabled(self.run is not None and self.run.state.is_over)
        return menu

    def show_menu(self, at: QPoint) -> None:
        """Open the menu at a place of the screen."""
        self.menu().popup(at)


def _short(name: str) -> str:
    return name if len(name) <= 40 else name[:39] + "…"
