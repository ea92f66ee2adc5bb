"""The stage of a run: its losses with a low chart below, validation by tag, answers to the probe, its sweep."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QResizeEvent
from PySide6.QtWidgets import QMenu, QSizePolicy, QStackedLayout, QWidget

from curator.core.job import JobState
from curator.core.progress import RunProgress
from curator.core.run import Run
from curator.ui.controls import Button, Dot, ElidedText, Segments, Text, column, row
from curator.ui.models.sweep import SweepPicture
from curator.ui.theme import growth, icon_size, metrics, space
from curator.ui.views.answers import Answers
from curator.ui.views.curtain import Curtain
from curator.ui.views.sweep_view import SweepView

if TYPE_CHECKING:
    from curator.ui.models.compared import Overlay
    from curator.ui.views.loss_chart import LossChart
    from curator.ui.views.more_charts import StepChart, TagChart

_TITLES = {
    "Losses": "Loss per response token",
    "Tags": "Validation by tag",
    "Answers": "Answers to the probe",
    "Sweep": "What differed",
}
SOON = "The first loss comes soon; on a slow computer in some minutes."
_NARROW, _TINY = 720, 560
_ANOTHER = "Another figure below the losses"
_MODES = ["Smoothed", "Raw", "Both"]


class RunStage(QWidget):
    """Pages are offered where there is something on them; the person's choice stays as long as it can."""

    below_chosen = Signal(str)  # the low chart's title, "" for none
    run_chosen = Signal(int)  # a line of the sweep

    def __init__(self) -> None:
        super().__init__()
        self._chart: LossChart | None = None
        self._steps: StepChart | None = None
        self._tags: TagChart | None = None
        self._module: ModuleType | None = None
        self._run = 0
        self._progress = RunProgress()
        self._picture: SweepPicture | None = None
        self._wanted = "Losses"
        self._names: list[str] = ["Losses"]
        self.title = Text(_TITLES["Losses"], "small-strong")
        self.legend = QWidget()
        self._held_out = Text("validation, rows it never sees", "small", "text2")
        self._lossless = QWidget()
        self._lossless.setLayout(row(Dot("warn", 6), Text("the loss is no number", "small", "text2"), spacing=1.5))
        train, held_out = (Dot("text2", 6), Text("train", "small", "text2")), (Dot("accent", 6), self._held_out)
        self.legend.setLayout(row(*train, 1, *held_out, 1, self._lossless, spacing=1.5))
        self.caveat = ElidedText("", "small", "text2")
        self.caveat.hide()
        self.pages = Segments(["Losses"])
        self.modes = Segments(_MODES, 2)
        self.below = Button("Figures", "gauge", flat=True, small=True)
        self.below.setToolTip(_ANOTHER)
        self.below.setAccessibleName(_ANOTHER)
        self.answers = Answers()
        self.sweep = SweepView()
        self._build()
        self.modes.chosen.connect(self._on_mode_chosen)
        self.below.clicked.connect(self._open_menu)
        self.sweep.run_chosen.connect(self.run_chosen)

    def _build(self) -> None:
        self._head = row(self.title, 1, self.legend, self.caveat, None, self.pages, self.below, self.modes, spacing=1.5)
        self._losses = QWidget()
        self._losses.setLayout(column())
        self._by_tag = QWidget()
        self._by_tag.setLayout(column())
        holder = QWidget()
        self._stack = QStackedLayout(holder)
        for page in (self._losses, self._by_tag, self.answers, self.sweep):
            self._stack.addWidget(page)
        curtain = Curtain(holder)  # a chart takes a third of the time of the whole page
        curtain.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        self._head.setStretchFactor(
            self.caveat, 100
        )  # it takes what is left over, and is shortened where that is little
        box = column(self._head, curtain)
        box.setStretch(1, 1)
        self.setLayout(box)
        self._show_head()

    # -- the charts, once their library is there

    def attach(self, chart: LossChart, more: ModuleType) -> None:
        """Take the chart in; `more` is the module of the further charts, made when they are first wanted."""
        self._chart, self._module = chart, more
        layout = self._losses.layout()
        assert layout is not None
        layout.addWidget(chart)
        if self._run:
            chart.set_progress(self._run, self._progress)

    @property
    def chart(self) -> LossChart | None:
        """The losses, once they are there."""
        return self._chart

    @property
    def steps(self) -> StepChart | None:
        """The low chart, where one is shown."""
        return self._steps

    @property
    def tags(self) -> TagChart | None:
        """Validation by tag, once it was looked at."""
        return self._tags

    def picture(self) -> QWidget:
        """What is looked at now, for a picture of it."""
        return {"Tags": self._by_tag, "Answers": self.answers, "Sweep": self.sweep}.get(self._page, self._losses)

    # -- what is shown

    def show_run(self, run: Run, progress: RunProgress, picture: SweepPicture | None = None) -> None:
        """Show a run as far as it has come, and the sweep it belongs to."""
        if run.id != self._run and self._steps is not None:
            self._steps.choose(self._steps.kind)
        self._run, self._progress, self._picture = run.id, progress, picture
        names = ["Losses"]
        if progress.tags:
            names.append("Tags")
        if progress.samples or progress.probe:
            names.append("Answers")
        if picture is not None:
            names.append("Sweep")
        if names != self._names:
            self._names = names
            self._rebuild_pages()
        if self._chart is not None:
            is_in_line = run.state is JobState.QUEUED or progress.state is JobState.WAITING
            self._chart.empty_words = "Its losses come when it is its turn." if is_in_line else SOON
            self._chart.set_progress(run.id, progress)
        if self._steps is not None:
            self._steps.set_progress(progress)
        self._show_page()

    def set_overlays(self, overlays: Sequence[Overlay], name: str, caveat: str = "") -> None:
        """Lay other runs over this one; `caveat` says what keeps them from being compared as they are."""
        if self._chart is not None:
            self._chart.set_overlays(overlays, name)
            self.caveat.setText(caveat)
            self._show_head()

    @property
    def _page(self) -> str:
        return self._wanted if self._wanted in self._names else "Losses"

    def show_page(self, name: str) -> None:
        """Turn to a page."""
        self._wanted = name
        if name in self._names:
            self.pages.set_current(self._names.index(name))
        self._show_page()

    def _rebuild_pages(self) -> None:
        fresh = Segments(self._names, self._names.index(self._page))
        fresh.chosen.connect(lambda i: self.show_page(self._names[i]))
        self._head.replaceWidget(self.pages, fresh)
        self.pages.hide()
        self.pages.deleteLater()
        self.pages = fresh
        fresh.show()

    def _show_page(self) -> None:
        page = self._page
        if page == "Tags":
            if self._tags is None and self._module is not None:
                made = self._tags = self._module.TagChart()
                layout = self._by_tag.layout()
                assert layout is not None and made is not None
                layout.addWidget(made)
            if self._tags is not None:
                self._tags.set_progress(self._progress)
        elif page == "Answers":
            self.answers.show_progress(self._progress)
        elif page == "Sweep" and self._picture is not None:
            self.sweep.show_picture(self._picture, self._run)
        self._stack.setCurrentIndex(["Losses", "Tags", "Answers", "Sweep"].index(page))
        self._show_head()

    def _show_head(self) -> None:
        page, width = self._page, self.width() / growth()
        title = _TITLES[page]
        if page == "Sweep" and self._picture is not None:
            title = self._picture.title
        elif page == "Tags" and self._tags is not None:
            title = self._tags.title
        if self.title.text() != title:
            self.title.setText(title)
        self._lossless.setVisible(bool(self._progress.lossless))
        self.caveat.setVisible(bool(self.caveat.text()) and page == "Losses")
        is_roomy = len(self._names) == 1 and not self._progress.lossless and width >= 760
        held = "validation, rows it never sees" if is_roomy else "validation"
        if self._held_out.text() != held:
            self._held_out.setText(held)
        self.pages.setVisible(len(self._names) > 1)
        self.below.setVisible(page == "Losses")
        self._show_what_fits(width)

    def _show_what_fits(self, width: float) -> None:
        """What matters less leaves a narrow head: the legend, the title, the modes, and the words of the button, whose
        menu has the modes then."""
        is_losses, gap = self._page == "Losses", space(3)
        words = self._below_words
        is_alone, title = len(self._names) == 1, self.title.sizeHint().width() + gap
        room = self.width() - (title if is_alone else self.pages.width() + gap)  # else the pages say what is seen
        if is_losses:
            room -= round(metrics(self.below.role).horizontalAdvance(words)) + icon_size(16) + space(8) + gap
            said = words if room >= 0 else ""
            if self.below.text() != said:
                self.below.set_text(said)
            self.below.setAccessibleName(_ANOTHER)
            room -= self.modes.width()
        self.modes.setVisible(is_losses and room >= 0)
        room -= 0 if is_alone else title
        self.title.setVisible(is_alone or (width >= _TINY and room >= 0))
        self.legend.setVisible(self._has_legend and room >= self.legend.sizeHint().width() + gap)

    @property
    def _has_legend(self) -> bool:
        is_overlaid = self._chart is not None and bool(self._chart.name)
        return self._page == "Losses" and not is_overlaid and self.width() / growth() >= _NARROW + 40 * len(self._names)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_head()

    # -- choices

    def _on_mode_chosen(self, index: int) -> None:
        if self._chart is not None:
            from curator.ui.views.loss_chart import Shown

            self._chart.set_shown((Shown.SMOOTHED, Shown.RAW, Shown.BOTH)[index])

    @property
    def _below_words(self) -> str:
        return self._steps.kind.title if self._steps is not None else "Figures"

    def below_menu(self) -> QMenu:
        """What can stand below the losses; where the head has no room for them, also which lines are drawn."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        group = QActionGroup(menu)
        titles = ["", *(kind.title for kind in self._module.STEP_FIGURES)] if self._module is not None else [""]
        now = self._steps.kind.title if self._steps is not None else ""
        for title in titles:
            action = QAction(title or "Nothing below", group)
            action.setCheckable(True)
            action.setChecked(title == now)
            action.triggered.connect(lambda _on=False, t=title: self.choose_below(t))
            menu.addAction(action)
        if self.modes.isHidden():
            menu.addSeparator()
            lines = QActionGroup(menu)
            for index, title in enumerate(_MODES):
                action = QAction(title, lines)
                action.setCheckable(True)
                action.setChecked(index == self.modes.current)
                action.triggered.connect(lambda _on=False, i=index: self.choose_mode(i))
                menu.addAction(action)
        return menu

    def choose_mode(self, index: int) -> None:
        """Draw the training loss smoothed, raw or both ways."""
        self.modes.set_current(index)
        self._on_mode_chosen(index)

    def _open_menu(self) -> None:
        self.below_menu().popup(self.below.mapToGlobal(QPoint(0, self.below.height())))

    def choose_below(self, title: str) -> None:
        """Show another figure below the losses, by its title; "" takes it away."""
        if self._module is None or self._chart is None:
            return
        kind = next((k for k in self._module.STEP_FIGURES if k.title == title), None)
        if kind is None:
            if self._steps is not None:
                self._steps.hide()
                self._steps.close()
                self._steps.deleteLater()
                self._steps = None
        else:
            if self._steps is None:
                made = self._steps = self._module.StepChart(self._chart)
                layout = self._losses.layout()
                assert layout is not None and made is not None
                layout.addWidget(made)
            self._steps.choose(kind)
            self._steps.set_progress(self._progress)
        self._show_head()
        self.below_chosen.emit(title)
