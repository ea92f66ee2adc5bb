"""One run, as it goes on or as it ended: title, progress, five figures, its health in words, and the stage."""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from curator.core.job import JobState
from curator.core.progress import RunProgress
from curator.core.run import Run
from curator.core.settings import TrainSettings
from curator.ui.controls import Button, Dot, ElidedText, Glyph, Meter, Plane, Text, Well, column, row
from curator.ui.models.amounts import passes_words, rows_words
from curator.ui.models.run_health import PAUSING, Health
from curator.ui.models.run_table import one_line
from curator.ui.models.run_words import when
from curator.ui.models.sweep import SweepPicture
from curator.ui.models.train_choice import recipe_words
from curator.ui.theme import growth, space
from curator.ui.views.question import Question
from curator.ui.views.run_failure import RunFailure
from curator.ui.views.run_menu import Act, run_menu
from curator.ui.views.run_stage import RunStage
from curator.ui.views.stats import Stats

if TYPE_CHECKING:
    from curator.ui.views.loss_chart import LossChart

_INK = {JobState.FAILED: "bad", JobState.INTERRUPTED: "bad"}
# widths from which these buttons have their place; the menu has them always
_PAUSE_ROOM, _DISCARD_ROOM, _LOG_ROOM = 320, 760, 860
_KEY_ROOM = 520  # below it the name has the room of the key, which the menu tells too


class RunView(QWidget):
    """Shows what it is given; what the person wants is said by signals, the rest of the verbs by `asked(Act)`."""

    stop_requested = Signal(bool)  # True: discard
    pause_requested = Signal()
    resume_requested = Signal()
    log_requested = Signal()
    copy_requested = Signal()
    rename_requested = Signal(str)
    note_requested = Signal(str)
    again_requested = Signal(object)  # TrainSettings
    asked = Signal(object)  # Act

    def __init__(self, stop_key: str = "") -> None:
        super().__init__()
        self.run: Run | None = None
        self.progress = RunProgress()
        self.is_compared = False
        self._pausing = 0  # the run that was asked to pause: on its way it looks like one that stops
        self.dot = Dot("accent", 8)
        self.title = ElidedText("", "title", mode=Qt.TextElideMode.ElideMiddle)  # runs of a sweep differ at the end
        self.subtitle = ElidedText("", "small", "text3")
        self.discard = Button("Stop and discard…", flat=True)
        self.pause = Button("Pause", "pause")
        self._stop_key = stop_key
        self.stop = Button("Stop and keep", "stop", key=stop_key)
        self.go_on = Button("Go on", "play", primary=True)
        self.log = Button("Show log", flat=True)
        self.more = Button(icon="more", flat=True)
        self.more.setAccessibleName("More about this run")
        self.question = Question()
        self.meter = Meter(0.0)
        self.meter.setAccessibleName("Progress of the run")
        self.stats = Stats()
        self.first, self.rest = Text("", "strong", wrap=True), Text("", "small", "text2", wrap=True)
        self._glyph = Glyph("pulse", 20, "good")
        self.well = Well(plane="raised")
        self.failure = RunFailure()
        self.stage = RunStage()
        self._build()
        self._connect()

    def _build(self) -> None:
        title = column(row(self.dot, self.title, spacing=2), self.subtitle, spacing=1)
        head = row(title, 2, self.log, self.discard, self.pause, self.stop, self.go_on, self.more, spacing=1)
        head.setStretch(0, 1)
        words = column(self.first, self.rest, spacing=0.5)
        well = row(self._glyph, words, spacing=3, margins=(4, 2.5, 3, 2.5))
        well.setStretch(1, 1)
        self.well.setLayout(well)
        self.well.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.figures = QWidget()
        self.figures.setLayout(column(self.meter, 4, self.stats, 3, self.well, 3))
        self.figures.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.failure.hide()
        self._gap = Plane("base", height=space(4))
        box = column(head, 3, self.question, self.figures, self.failure, self._gap, self.stage)
        box.setStretch(box.indexOf(self.stage), 1)
        box.addStretch(0)
        self.setLayout(box)

    def _connect(self) -> None:
        self.pause_requested.connect(self._on_pause)
        self.stop_requested.connect(lambda _discard: self._on_pause(False))
        self.stop.clicked.connect(lambda: self.stop_requested.emit(False))
        self.discard.clicked.connect(self.ask_discard)
        self.pause.clicked.connect(self.pause_requested)
        self.go_on.clicked.connect(self.resume_requested)
        self.log.clicked.connect(self.log_requested)
        self.more.clicked.connect(lambda: self.show_menu(self.more.mapToGlobal(QPoint(0, self.more.height()))))
        self.failure.again.connect(self.again_requested)
        self.failure.resumed.connect(self.resume_requested)
        self.failure.copy_requested.connect(self.copy_requested)

    def _on_pause(self, is_pausing: bool = True) -> None:
        self._pausing = self.run.id if self.run is not None and is_pausing else 0

    def attach_charts(self, chart: LossChart, more: ModuleType) -> None:
        """Take the charts in, once their library has been loaded."""
        self.stage.attach(chart, more)

    @property
    def chart(self) -> LossChart | None:
        """The losses, once they are there."""
        return self.stage.chart

    # -- what is shown

    def show_run(
        self,
        run: Run,
        progress: RunProgress,
        base: str,
        judged: Health,
        picture: SweepPicture | None = None,
        smaller: TrainSettings | None = None,
    ) -> None:
        """Show a run as far as it has come; `base` is its base model's title, `judged` how it does, `smaller` what
        would need less memory where it failed for want of it."""
        if self.run is None or run.id != self.run.id:
            self.question.close_question()
        self.run, self.progress = run, progress
        state = self.state
        has_failed, is_live = state in _INK, not state.is_over
        self.dot.ink = _INK.get(state, "accent" if is_live else "good" if state is JobState.DONE else "text3")
        if state is JobState.QUEUED:
            self.dot.ink = "text3"
        self.dot.update()
        self.title.setText(one_line(run.name))
        self.subtitle.setText(self._subtitle(run, progress, base))
        self._show_buttons(state)
        total = progress.total_passes or run.settings.passes
        self.meter.set_value(1.0 if state is JobState.DONE else progress.passes / total if total else 0.0)
        self.figures.setVisible(not has_failed)
        self.failure.setVisible(has_failed)
        self._gap.setVisible(has_failed)
        drawn = bool(progress.train or progress.valid) or is_live
        self.stage.setVisible(drawn and not (has_failed and (len(progress.valid) < 2 or self._is_low)))
        if has_failed:
            self.failure.show_run(run, progress, smaller)
        else:
            self.stats.show_progress(progress)
            self._show_health(run, progress, judged)
        self.stage.show_run(run, progress, picture)

    @property
    def state(self) -> JobState:
        """Where the run stands: what its events say once it is over or stops, else what the library says."""
        if self.run is None:
            return JobState.QUEUED
        now = self.progress.state
        if self.run.state.is_over and not now.is_over and now is not JobState.STOPPING:
            return self.run.state
        return now if now is not JobState.QUEUED else self.run.state

    @property
    def _is_low(self) -> bool:
        """Whether a failure leaves no room for the losses."""
        return self.window().height() < 760

    @property
    def has_failed(self) -> bool:
        """Whether it shows a failure instead of figures."""
        return self.state in _INK

    def _show_buttons(self, state: JobState) -> None:
        is_live, waits = not state.is_over, state is JobState.QUEUED
        is_stopping = state is JobState.STOPPING
        width = self.width() / growth()
        for button in (self.stop, self.discard, self.pause):
            button.setEnabled(not is_stopping)
        self.stop.setVisible(is_live and not waits)
        self.pause.setVisible(is_live and not waits and width >= _PAUSE_ROOM)
        self.pause.setEnabled(state is JobState.RUNNING)
        self.discard.setVisible(is_live and not waits and width >= _DISCARD_ROOM)
        self.go_on.setVisible(state in (JobState.PAUSED, JobState.STOPPED))
        self.go_on.set_primary(state is JobState.PAUSED)
        self.log.setVisible(width >= _LOG_ROOM and not waits)
        key = self._stop_key if width >= _KEY_ROOM else ""
        if key != self.stop.key:
            self.stop.set_text(self.stop.text(), key)

    def _subtitle(self, run: Run, progress: RunProgress, base: str) -> str:
        verb = "started" if not run.state.is_over else ""
        parts = [
            recipe_words(run.settings),
            base or run.model,
            f"{rows_words(run.rows)}, snapshot {run.snapshot}",
        ]
        where = progress.host or run.runtime
        if where:
            parts.append(f"on {where}")
        moment = when(run.created)
        if moment:
            parts.append(f"{verb} {moment}".strip())
        if run.note:
            parts.append(one_line(run.note))  # last: it may be long
        return " · ".join(parts)

    def _show_health(self, run: Run, progress: RunProgress, judged: Health) -> None:
        if run.id == self._pausing and progress.state is JobState.STOPPING:
            judged = PAUSING
        notes = "\n".join(progress.notes[-6:])
        if self.well.toolTip() != notes:
            self.well.setToolTip(notes)
        if (judged.first, judged.rest) == (self.first.text(), self.rest.text()):
            return
        self.first.setText(judged.first)
        self.rest.setText(judged.rest)
        self.rest.setVisible(bool(judged.rest))
        self._glyph.name, self._glyph.ink = judged.icon, judged.ink
        self._glyph.update()
        self.well.setAccessibleName(f"{judged.first} {judged.rest}")

    def _hold_words(self) -> None:
        """The health is as high as its words are in this width: they are read whole, and the stage has the rest."""
        high = self.well.heightForWidth(self.width())
        if high > 0:  # its labels come a turn after it was made
            self.well.setFixedHeight(high)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            self._hold_words()
        return super().event(event)

    def hasHeightForWidth(self) -> bool:
        """Only a failure asks for the height of its words: else the stage gives way, and the table has its share."""
        return self.has_failed and super().hasHeightForWidth()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_buttons(self.state)
        self._hold_words()

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

    def ask_note(self) -> None:
        """A few words about the run; an empty field takes them away."""
        if self.run is not None:
            hint = "What was it for, what came out; Shift+Return begins a new line"
            self.question.ask_lines("Note", self.run.note, "Keep", self.note_requested.emit, hint)

    def show_menu(self, at: QPoint) -> None:
        """Open the menu of what can be done with this run at a place of the screen."""
        if self.run is not None:
            run_menu(self, self.run, self.state, self.is_compared, self.act).popup(at)

    def act(self, act: Act) -> None:
        """Do what was chosen: words are asked for here, the rest is said by signals."""
        here = {Act.RENAME: self.ask_rename, Act.NOTE: self.ask_note, Act.DISCARD: self.ask_discard}
        here |= {Act.LOG: self.log_requested.emit, Act.DETAILS: self.copy_requested.emit}
        here |= {Act.PAUSE: self.pause_requested.emit, Act.RESUME: self.resume_requested.emit}
        if act in here:
            here[act]()
        else:
            self.asked.emit(act)
