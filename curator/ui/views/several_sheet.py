"""One sheet for several runs: what should differ, in which values, and what that comes to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QSpinBox, QStackedLayout, QWidget

from curator.core.row import Row
from curator.core.settings import rate_words
from curator.ui.controls import Button, ElidedText, Field, Segments, Text, Well, column, row
from curator.ui.models.amounts import rough_duration, rows_words
from curator.ui.models.several import MOST, Differs, SeveralRequest, read_rates
from curator.ui.models.train_facts import TrainFacts, TrainRequest, can_be_prepared, model_detail
from curator.ui.theme import font, tall
from curator.ui.views.setting_widgets import WholeEntry
from curator.ui.views.tick_list import TickList

_WORDS = {
    Differs.MODEL: "The same rows on each of these base models, in the same splits.",
    Differs.RATE: "The same rows and seed at each of these rates. Lower settles slower, higher runs away.",
    Differs.SEED: "Nothing differs but chance: how far such runs lie apart is how little a difference means.",
    Differs.ROWS: "One run with all rows and one without those ticked, both measured on the same held-out rows.",
}
SIZE = (600, 440)


class SeveralSheet(Well):
    """The card of the sheet. Says `asked(SeveralRequest)` once, and `left()`."""

    help_page = "runs#compare"

    asked = Signal(object)
    left = Signal()

    def __init__(self, facts: TrainFacts, common: TrainRequest, seconds: float | None = None) -> None:
        super().__init__(None, "base", "line", 14)
        self._facts, self._common, self._seconds = facts, common, seconds
        self._kinds = list(Differs)
        self.kinds = Segments([kind.value for kind in self._kinds], 1, small=False)
        self._words = Text("", "small", "text2", wrap=True)
        self.models = TickList("Base models")
        self.rates = QLineEdit()
        self.seeds: QSpinBox = WholeEntry(2, MOST)
        self.rows = TickList("Rows to leave out")
        self.search = Field("Search the rows…")
        self._sum = ElidedText("", "small", "text2")
        self.button = Button("Train 3 runs", "play", primary=True)
        self._cancel = Button("Leave it", flat=True)
        self._fill()
        self._build()
        self.kinds.chosen.connect(lambda _i: self._show())
        self.models.changed.connect(self._show)
        self.rows.changed.connect(self._show)
        self.rates.textChanged.connect(self._show)
        self.rates.returnPressed.connect(self.button.click)
        self.seeds.valueChanged.connect(self._show)
        self.search.textChanged.connect(self.rows.search)
        self.button.clicked.connect(self._on_pressed)
        self._cancel.clicked.connect(self.left)
        self._show()

    def _fill(self) -> None:
        models = [
            (
                m.name,
                m.title or m.name,
                model_detail(m),
                "" if m.is_ready or can_be_prepared(m) else m.problem or "not complete",
            )
            for m in self._facts.models
        ]
        self.models.set_lines(models)
        self.models.tick([name for name, _, _, problem in models if not problem][:3])
        rate = self._common.settings.learning_rate
        self.rates.setText(", ".join(rate_words(r) for r in (rate / 2, rate, rate * 2)))
        self.rates.setAccessibleName("Learning rates")
        self.rates.setFont(font("body"))
        self.rates.setFixedHeight(tall(28, "body"))
        self.rates.setTextMargins(4, 0, 4, 0)
        self.seeds.setValue(3)
        self.seeds.setAccessibleName("How many seeds")

    def _build(self) -> None:
        pages = QWidget()
        self._pages = QStackedLayout(pages)
        seeds, rates, rows = QWidget(), QWidget(), QWidget()
        rates.setLayout(column(Text("Rates, with commas between them", "caption", "text3"), 1, self.rates, None))
        seeds.setLayout(column(Text("How many", "caption", "text3"), 1, row(self.seeds, None), None))
        rows.setLayout(column(self.search, 2, Well(column(self.rows, margins=(0.5, 1, 0.5, 1)))))
        for page in (Well(column(self.models, margins=(0.5, 1, 0.5, 1))), rates, seeds, rows):
            self._pages.addWidget(page)
        title = Text("What should differ?", "heading")
        foot = row(self._sum, self._cancel, self.button)
        foot.setStretch(0, 1)
        box = column(*(title, 3, row(self.kinds, None), 3, self._words, 3, pages, 4, foot), margins=(6, 5, 6, 5))
        box.setStretchFactor(pages, 1)
        self.setLayout(box)
        self.setFocusProxy(self.kinds)

    # -- from outside

    def show_rows(self, rows: Sequence[Row]) -> None:
        """The rows that can be left out; read beside the window."""
        self.rows.set_lines([(str(r.id), " ".join(r.prompt.split())[:200], ", ".join(r.tags), "") for r in rows])
        self.rows.search(self.search.text())
        self._show()

    def choose(self, kind: Differs) -> None:
        """Turn to a kind."""
        self.kinds.set_current(self._kinds.index(kind))
        self._show()

    def request(self) -> SeveralRequest:
        """What would be asked by a press now."""
        kind = self._kinds[self.kinds.current]
        seed = self._common.settings.seed
        return SeveralRequest(
            self._common,
            kind,
            models=self.models.ticked,
            rates=read_rates(self.rates.text()),
            seeds=tuple(range(seed, seed + self.seeds.value())),
            rows=tuple(int(key) for key in self.rows.ticked),
        )

    # -- what it shows

    def _show(self) -> None:
        asked = self.request()
        self._pages.setCurrentIndex(self._kinds.index(asked.differs))
        self._words.setText(_WORDS[asked.differs])
        self.button.setEnabled(not asked.problem)
        self.button.setToolTip(asked.problem)
        self.button.set_text(f"Train {asked.count} runs" if asked.count > 1 else "Train")
        self._sum.setText(asked.problem or self._sum_words(asked))

    def _sum_words(self, asked: SeveralRequest) -> str:
        time = ""
        if self._seconds is not None and asked.differs is not Differs.MODEL:
            time = f", {rough_duration(self._seconds * asked.count)} together"
        out = f", {rows_words(len(asked.rows))} left out of the second" if asked.differs is Differs.ROWS else ""
        return f"One after the other{time}{out}."

    def _on_pressed(self) -> None:
        asked = self.request()
        if not asked.problem:
            self.button.setEnabled(False)
            self.asked.emit(replace(asked))
