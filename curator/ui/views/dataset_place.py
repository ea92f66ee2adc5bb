"""Dataset: the rows as a table, how long they are, and what training will do to them, in words."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QStackedLayout, QWidget

from curator.core.changes import Changes
from curator.core.snapshot import Snapshot
from curator.services import datasets
from curator.ui.controls import Button, ElidedText, Field, Plane, Segments, Text, clear, column, row
from curator.ui.models.amounts import rows_words
from curator.ui.models.dataset_facts import DatasetFacts, read_dataset, status_of
from curator.ui.models.run_reading import prepare
from curator.ui.theme import growth, tall
from curator.ui.views.before_training import BeforeTraining
from curator.ui.views.dataset_table import DatasetTable
from curator.ui.views.histogram import Histogram
from curator.ui.views.notice import EmptyState, Notice

if TYPE_CHECKING:
    from curator.services.workspace import Workspace
    from curator.ui.actions import Actions
    from curator.ui.tasks import Tasks

_TAGS_SHOWN = 3
Choice = tuple[str, frozenset[int] | None]


class DatasetPlace(QWidget):
    """The second place. Everything it shows is one reading of the services, made again when rows change."""

    open_exchange = Signal(int)
    exchange_requested = Signal(int)  # the same, in the word all places share
    library_requested = Signal()
    status_facts = Signal(list)

    def __init__(self, workspace: Workspace, tasks: Tasks, actions: Actions) -> None:
        super().__init__()
        self._ws, self._tasks, self._actions = workspace, tasks, actions
        self._facts: DatasetFacts | None = None
        self._busy = ""
        self._is_stale = True
        self._choices: list[Choice] = []
        self._chosen: Choice = ("All", None)
        self.table = DatasetTable()
        self.search_field = Field("Search rows", actions.key("search"), 200)
        self.histogram = Histogram()
        self.side = BeforeTraining()
        self.notice = Notice()
        self.title = Text("", "heading")
        self.detail = ElidedText("", "small", "text3")
        self.lengths = Text("", "small", "text2")
        self.counted = ElidedText("", "small", "text3")
        self.segments: Segments | None = None
        self._segment_box = row()
        self.empty = EmptyState(
            "No row yet.",
            "Mark an exchange clean in the Library (A) and it becomes a row here.",
            Button("Review exchanges", "library"),
        )
        self._build()
        self._connect()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._read)

    def _build(self) -> None:
        bar = row(self.title, self.detail, 1, self._segment_box, 1, self.search_field, margins=(5, 0, 4, 0))
        bar.setStretch(1, 1)
        head = Plane("base", "b", bar, height=tall(52, "heading"))
        captions = row(Text("How long the rows are", "small-strong"), self.counted, self.lengths)
        captions.setStretch(1, 1)
        self._lower = Plane("base", "t", column(captions, 2, self.histogram, margins=(5, 4, 5, 2)), height=208)
        full = QWidget()
        box = column(head, self.table, self._lower)
        box.setStretch(1, 1)
        full.setLayout(box)
        nothing = Plane("base", "", column(5, self.empty, None, margins=(7, 0, 7, 0)))
        pages = QWidget()
        self._pages = QStackedLayout(pages)
        self._pages.addWidget(nothing)
        self._pages.addWidget(full)
        self._pages.addWidget(Plane("base"))  # until it is read: no word on what may not be so
        self._pages.setCurrentIndex(2)
        left = Plane("base")
        around = column(self.notice, pages)
        around.setStretch(1, 1)
        left.setLayout(around)
        whole = row(left, self.side, spacing=0)
        whole.setStretch(0, 1)
        self.setLayout(whole)

    def _connect(self) -> None:
        self.table.opened.connect(self.open_exchange)
        self.table.opened.connect(self.exchange_requested)
        self.search_field.textChanged.connect(lambda _text: self._filter())
        self.search_field.left.connect(self.table.setFocus)
        self.side.rows_requested.connect(self._on_rows_requested)
        self.side.freeze_requested.connect(self.freeze)
        assert self.empty.button is not None
        self.empty.button.clicked.connect(self.library_requested)
        self._actions.on("freeze", self.freeze)

    # -- what the window asks of a place

    def apply(self, changes: Changes) -> None:
        """Read again after a write that touches rows, tags, snapshots, runs that end, or the choice of a model."""
        if changes.rows or changes.tags or changes.snapshots or changes.settings:
            self._is_stale = True
            if self.isVisible():
                self._timer.start(60)

    def activate(self) -> None:
        """The person came here."""
        if self._is_stale:
            self._timer.start(0)
        elif self._facts is not None:
            self.status_facts.emit(status_of(self._facts))
        self._take_focus()

    def _take_focus(self) -> None:
        """The keyboard goes to the rows; it waits here while they are being read."""
        if self._facts is None:
            self.setFocus()
        else:
            (self.table if self._facts.lines else self.empty.button or self).setFocus()

    def search(self) -> None:
        """The Search command, while this place is shown."""
        self.search_field.setFocus()
        self.search_field.selectAll()

    # -- reading

    def _read(self) -> None:
        self._is_stale = False
        self._tasks.read(lambda: read_dataset(self._ws), self._on_read, self._on_read_failed, "dataset")

    def _on_read(self, facts: DatasetFacts) -> None:
        self._facts = facts
        preview = facts.preview
        self._pages.setCurrentIndex(1 if facts.lines else 0)
        self.title.setText(rows_words(preview.rows))
        about = "≈ " if preview.is_estimate else ""
        self.detail.setText(f"{about}{preview.tokens:,} tokens in {rows_words(len(preview.splits))} that fit")
        self.lengths.setText(f"median {about}{preview.median:,} · longest {about}{preview.longest:,}")
        self.counted.setText(f"tokens of prompt and response, {facts.counted_by}")
        self.histogram.show_bars(preview.bars, facts.limit)
        self.table.set_lines(facts.lines, facts.limit)
        self._offer(facts)
        self.side.show_facts(facts, self._busy)
        self._actions.enable("freeze", self.side.button.isEnabled(), self.side.button.toolTip())
        self.status_facts.emit(status_of(facts))
        if self.hasFocus():
            self._take_focus()

    def _on_read_failed(self, error: Exception) -> None:
        self._is_stale = True
        self.notice.tell_error(error)

    # -- which rows are shown

    def _offer(self, facts: DatasetFacts) -> None:
        """All, the commonest tags, those left out; and what a sentence's button asked to see."""
        counts = Counter(tag for line in facts.lines for tag in line.tags)
        choices: list[Choice] = [("All", None)]
        for tag, _count in counts.most_common(_TAGS_SHOWN if self.width() >= 1200 else 0):
            choices.append((tag[:18], frozenset(line.id for line in facts.lines if tag in line.tags)))
        left = frozenset(item.row for item in facts.preview.left_out)
        if left:
            choices.append((f"Left out {len(left):,}", left))
        name = self._chosen[0]
        known = next((c for c in choices if c[0] == name or (name[:8] == "Left out" == c[0][:8])), None)
        self._show_choices(choices, known or choices[0])

    def _show_choices(self, choices: list[Choice], chosen: Choice) -> None:
        if choices != self._choices or self.segments is None:
            self._choices = choices
            clear(self._segment_box)
            self.segments = Segments([name for name, _ in choices], choices.index(chosen))
            self.segments.chosen.connect(self._on_segment_chosen)
            self.segments.setVisible(len(choices) > 1)
            self._segment_box.addWidget(self.segments)
        else:
            self.segments.set_current(choices.index(chosen))
        self._chosen = chosen
        self._filter()

    def _on_segment_chosen(self, index: int) -> None:
        self._chosen = self._choices[index]
        self._filter()

    def _on_rows_requested(self, title: str, ids: frozenset[int]) -> None:
        """A sentence's rows, as one more choice beside the others."""
        present = next((c for c in self._choices if c[1] == ids), None)
        if present is None:
            fixed = [c for c in self._choices if c[0] != "These"]
            present = ("These", ids)
            self._show_choices([*fixed, present], present)
        else:
            self._show_choices(self._choices, present)
        self.table.setFocus()

    def _filter(self) -> None:
        self.table.set_filter(self.search_field.text(), self._chosen[1])

    # -- freezing

    def freeze(self) -> None:
        """Freeze the rows into the next snapshot; a second press before the answer does nothing."""
        facts = self._facts
        if facts is None or self._busy or not self.side.button.isEnabled():
            return
        self._tell("Freezing…")
        self._tasks.long(lambda: self._freeze(facts), self._on_frozen, self._on_freeze_failed)

    def _freeze(self, facts: DatasetFacts) -> Snapshot:
        prepare(self._ws, facts.model, lambda words: self._tasks.on_window(self._tell, words))
        return datasets.freeze(self._ws, facts.model, facts.limit)

    def _tell(self, words: str) -> None:
        self._busy = words
        if self._facts is not None:
            self.side.show_facts(self._facts, words)

    def _on_frozen(self, snapshot: Snapshot) -> None:
        self._tell("")
        self._timer.start(0)

    def _on_freeze_failed(self, error: Exception) -> None:
        self._tell("")
        self.notice.tell_error(error)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        is_small = self.height() < 620
        more = growth()
        self._lower.setFixedHeight(round((148 if is_small else 208) * more**0.5))
        self.side.setFixedWidth(min(round((328 if self.width() < 1200 else 372) * more), self.width() * 2 // 5))
        self.search_field.setFixedWidth(round((150 if self.width() < 1200 else 200) * more))
        if self._facts is not None and (event.oldSize().width() >= 1200) != (self.width() >= 1200):
            self._offer(self._facts)
