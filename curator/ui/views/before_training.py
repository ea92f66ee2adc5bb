"""What training would do with the rows, in sentences, the snapshots so far, and the button that freezes the next."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from curator.core.snapshot import Snapshot
from curator.ui.controls import Button, ElidedText, Glyph, Plane, Text, Well, clear, column, row, scrolled
from curator.ui.models.amounts import rows_words
from curator.ui.models.dataset_facts import DatasetFacts, Sentence, length_words, sentences
from curator.ui.models.run_words import day_and_time
from curator.ui.theme import growth, space, tall

WIDTH = 372
_LARGE = 1.4  # of the usual text: from here on a snapshot's name and its day stand below each other


class BeforeTraining(Plane):
    """Says `rows_requested(title, ids)` for a sentence's button and `freeze_requested()`."""

    rows_requested = Signal(str, object)
    freeze_requested = Signal()

    def __init__(self) -> None:
        super().__init__("window", "l", width=WIDTH)
        self._said: list[Sentence] = []
        self._kept: tuple[Snapshot, ...] = ()
        self._sentences: QVBoxLayout = column(spacing=2.5)
        self._snapshots: QVBoxLayout = column(spacing=1.5, margins=(3, 3, 3, 3))
        self._snapshots_title = Text("Snapshots", "heading")
        self._well = Well(self._snapshots)
        self._snapshots_title.hide()
        self._well.hide()
        self.button = Button("Freeze snapshot 1", "snapshot")
        self.hint = ElidedText("", "small", "text3")
        self.hint.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.button.clicked.connect(self.freeze_requested)
        inner = Plane("window")
        self.recipe = ElidedText("", "small", "text3")
        head = (Text("Before you train", "heading"), 1, self.recipe, 5)
        foot = (5, self._snapshots_title, 2, self._well, None)
        inner.setLayout(column(*head, self._sentences, *foot, margins=(5, 5, 5, 2)))
        box = column(scrolled(inner), row(self.button, self.hint, margins=(5, 2, 5, 4)))
        box.setContentsMargins(1, 0, 0, 0)
        self.setLayout(box)
        self.setAccessibleName("Before you train")

    def show_facts(self, facts: DatasetFacts, busy: str) -> None:
        """Say it again where it changed."""
        self.recipe.setText(f"What {facts.recipe}, {length_words(facts)}, would do.")
        said = sentences(facts)
        if said != self._said:
            self._said = said
            clear(self._sentences)
            for sentence in said:
                self._sentences.addWidget(self._line(sentence))
        if facts.snapshots != self._kept:
            self._kept = facts.snapshots
            clear(self._snapshots)
            for i, snapshot in enumerate(facts.snapshots[:12]):
                self._snapshots.addWidget(_snapshot_line(snapshot, is_newest=i == 0))
        for one in (self._snapshots_title, self._well):
            one.setVisible(bool(facts.snapshots))
        self._show_button(facts, busy)

    def _show_button(self, facts: DatasetFacts, busy: str) -> None:
        text = f"Freeze snapshot {len(facts.snapshots) + 1}"
        if text != self.button.text():
            self.button.setText(text)
            self.button.setAccessibleName(text)
            self.button.setFixedWidth(self.button.sizeHint().width())
        preview = facts.preview
        is_same = bool(facts.snapshots) and not preview.changed
        self.button.setEnabled(not busy and not preview.problem and not is_same)
        self.button.setToolTip(preview.problem or ("Nothing has changed since the newest one" if is_same else ""))
        changed = f"{rows_words(preview.changed)} changed since" if facts.snapshots and preview.changed else ""
        self.hint.setText(busy or ("nothing changed" if is_same else changed))

    def _line(self, sentence: Sentence) -> QWidget:
        line = QWidget()
        rest = ElidedText(sentence.rest, "small", "text2")
        words = column(ElidedText(sentence.first, "strong"), rest, spacing=0.5)
        glyph = Glyph(sentence.icon, 16, sentence.ink)
        box = row(glyph, words, spacing=3)
        box.setAlignment(glyph, Qt.AlignmentFlag.AlignTop)
        box.setStretch(1, 1)
        if sentence.button:
            button = Button(sentence.button, small=True)
            button.setAccessibleName(f"{sentence.button}: {sentence.first}")
            button.clicked.connect(lambda: self.rows_requested.emit(sentence.first, sentence.rows))
            box.addWidget(button)
        line.setLayout(box)
        line.setFixedHeight(tall(space(10), "strong", "small"))
        return line


def _snapshot_line(snapshot: Snapshot, is_newest: bool) -> QWidget:
    line = QWidget()
    rows = snapshot.train + snapshot.valid + snapshot.test
    ink = "text" if is_newest else "text2"
    words = f"{day_and_time(snapshot.created)} · {rows_words(rows)}"
    name = ElidedText(snapshot.name or f"Snapshot {snapshot.id}", "small-strong", ink)
    beside = Text(words, "small", "text3")
    titles = row(name, beside) if growth() < _LARGE else column(name, beside)
    if isinstance(titles, QHBoxLayout):
        titles.setStretch(0, 1)
    box = row(Glyph("snapshot", 16, "text2" if is_newest else "text3"), titles)
    box.setStretch(1, 1)
    line.setLayout(box)
    line.setToolTip(
        f"{snapshot.train:,} train, {snapshot.valid:,} validation, {snapshot.test:,} test, {snapshot.tokens:,} tokens\n"
        f"{len(snapshot.left_out):,} left out · {snapshot.digest[:16]}\n{snapshot.path}"
    )
    line.setAccessibleName(f"{snapshot.name}, {words}")
    return line
