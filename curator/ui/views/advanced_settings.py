"""The numbers of a run, folded away: each with its name, its field and a sentence that says what turning it does."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QLocale, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QDoubleValidator, QPaintEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractSpinBox, QDoubleSpinBox, QLineEdit, QSpinBox, QVBoxLayout, QWidget

from curator.core.settings import TrainSettings
from curator.ui.controls import Button, Segments, Text, column, row
from curator.ui.models.run_words import passes_words
from curator.ui.theme import font, space

FIELD_WIDTH = 104


class AdvancedSettings(QWidget):
    """`changed()` is said when the person turned a number; `settings()` answers them all."""

    changed = Signal()
    reset_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._base = TrainSettings()
        self.rate = _RateField()
        self.rank = _whole(1, 256)
        self.scale = _real(0.1, 64, 0.5, 1)
        self.dropout = _real(0, 0.9, 0.05, 2)
        self.batch = _whole(1, 64)
        self.unit = Segments(["Passes", "Iterations"], 0)
        self.passes = _real(0.05, 100, 0.5, 2)
        self.iterations = _whole(1, 1_000_000)
        self.max_tokens = _whole(64, 131_072, 256)
        self.seed = _whole(0, 2_147_483_647)
        self.reset = Button("Back to the preset", "undo", flat=True, small=True)
        self.reset.clicked.connect(self.reset_requested)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, space(1), 0, space(1))
        box.setSpacing(space(3))
        length = QWidget()
        length.setLayout(row(self.passes, self.iterations, spacing=0))
        for name, field, hint in (
            ("Rate", self.rate, "How far each step goes. Half it when the loss jumps."),
            ("Rank", self.rank, "Room for what is new. 8 is enough up to 300 rows, 16 to 1,500."),
            ("Scale", self.scale, "Multiplies what was learned, as it is; 4 goes with rank 8, 2 with 16."),
            ("Dropout", self.dropout, "Share that is forgotten in each step, against learning by heart."),
            ("Batch", self.batch, "Rows a step. Fewer need less memory, more make a calmer curve."),
            ("", length, "A pass trains every row once; an iteration is one batch."),
            ("Maximum tokens", self.max_tokens, "Rows longer than this are left out, never cut."),
            ("Seed", self.seed, "The same seed shuffles and starts the same way."),
        ):
            box.addWidget(self._line(name, field, hint))
        box.addLayout(row(None, self.reset))
        self.unit.chosen.connect(self._on_unit_chosen)
        for spin in (self.rank, self.batch, self.iterations, self.max_tokens, self.seed):
            spin.valueChanged.connect(self._on_edited)
        for real in (self.scale, self.dropout, self.passes):
            real.valueChanged.connect(self._on_edited)
        self.rate.editingFinished.connect(self._on_edited)
        self.show_settings(self._base)

    def _line(self, name: str, field: QWidget, hint: str) -> QWidget:
        line = QWidget()
        title: QWidget = Text(name, "small-strong", "text2") if name else self.unit
        words = Text(hint, "small", "text3", wrap=True)
        line.setLayout(column(row(title, None, field), words, spacing=0.5))
        for one in (field, *field.findChildren(QAbstractSpinBox)):
            one.setAccessibleName(name or "How long")
            one.setAccessibleDescription(hint)
            one.setToolTip(hint)
        return line

    def settings(self) -> TrainSettings:
        """The numbers as they stand; what has no field comes from the preset."""
        by_iterations = self.unit.current == 1
        return replace(
            self._base,
            learning_rate=self.rate.value(),
            rank=self.rank.value(),
            scale=self.scale.value(),
            dropout=self.dropout.value(),
            batch_size=self.batch.value(),
            passes=self.passes.value(),
            iterations=self.iterations.value() if by_iterations else 0,
            max_tokens=self.max_tokens.value(),
            seed=self.seed.value(),
        )

    def show_settings(self, settings: TrainSettings) -> None:
        """Put these numbers into the fields, without saying so."""
        self._base = settings
        with QSignalBlocker(self):
            self.rate.set_value(settings.learning_rate)
            self.rank.setValue(settings.rank)
            self.scale.setValue(settings.scale)
            self.dropout.setValue(settings.dropout)
            self.batch.setValue(settings.batch_size)
            self.passes.setValue(settings.passes)
            self.iterations.setValue(settings.iterations or 200)
            self.max_tokens.setValue(settings.max_tokens)
            self.seed.setValue(settings.seed)
            self.unit.set_current(1 if settings.iterations else 0)
        self._show_unit()
        self._show_reset()

    def set_limit(self, max_tokens: int) -> None:
        """Another maximum, chosen elsewhere; it counts as the preset's."""
        if max_tokens != self._base.max_tokens:
            self._base = replace(self._base, max_tokens=max_tokens)
            with QSignalBlocker(self):
                self.max_tokens.setValue(max_tokens)
            self._show_reset()

    def summary(self) -> str:
        """The values in short; how long it goes only where it is not what the preset says."""
        s = self.settings()
        words = f"rate {rate_words(s.learning_rate)} · rank {s.rank} · batch {s.batch_size}"
        if s.iterations:
            return f"{words} · {s.iterations:,} it."
        return words if s.passes == self._base.passes else f"{words} · {passes_words(s.passes)} p."

    @property
    def is_changed(self) -> bool:
        """Whether a number differs from the preset's."""
        return self.settings() != self._base

    def _on_unit_chosen(self, index: int) -> None:
        self._show_unit()
        self._on_edited()

    def _show_unit(self) -> None:
        self.passes.setVisible(self.unit.current == 0)
        self.iterations.setVisible(self.unit.current == 1)

    def _show_reset(self) -> None:
        self.reset.setEnabled(self.is_changed)

    def _on_edited(self, *_value: object) -> None:
        self._show_reset()
        self.changed.emit()


def rate_words(rate: float) -> str:
    """A learning rate as it is written: 1e-4, 2.5e-5."""
    mantissa, _, exponent = f"{rate:.2e}".partition("e")
    return f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}"


class _RateField(QLineEdit):
    """A rate in scientific notation; what cannot be read goes back to what was there."""

    def __init__(self) -> None:
        super().__init__()
        self._value = 1e-4
        check = QDoubleValidator(1e-8, 1.0, 10, self)
        check.setNotation(QDoubleValidator.Notation.ScientificNotation)
        check.setLocale(QLocale.c())
        self.setValidator(check)
        self.setFont(font("small"))
        self.setFixedSize(FIELD_WIDTH, 28)
        self.setTextMargins(4, 0, 6, 0)
        self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.editingFinished.connect(self._on_finished)

    def value(self) -> float:
        """The rate a person typed, or the last good one while they type."""
        try:
            typed = float(self.text())
        except ValueError:
            return self._value
        return typed if 0 < typed <= 1 else self._value

    def set_value(self, rate: float) -> None:
        """Show a rate."""
        self._value = rate
        self.setText(rate_words(rate))

    def _on_finished(self) -> None:
        self.set_value(self.value())


class _Spin(QSpinBox):
    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()  # the panel scrolls; a number turned by accident would be trained

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.lineEdit().setGeometry(self.rect())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Nothing: its field fills it."""


class _RealSpin(QDoubleSpinBox):
    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.lineEdit().setGeometry(self.rect())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Nothing: its field fills it."""


def _whole(low: int, high: int, step: int = 1) -> QSpinBox:
    spin = _Spin()
    spin.setRange(low, high)
    spin.setSingleStep(step)
    spin.setGroupSeparatorShown(True)
    _dress(spin)
    return spin


def _real(low: float, high: float, step: float, decimals: int) -> QDoubleSpinBox:
    spin = _RealSpin()
    spin.setRange(low, high)
    spin.setSingleStep(step)
    spin.setDecimals(decimals)
    _dress(spin)
    return spin


def _dress(spin: QSpinBox | QDoubleSpinBox) -> None:
    spin.setButtonSymbols(QAbstractSpinBox.ButtonSymbols.NoButtons)  # the arrow keys turn it
    spin.setFrame(False)
    spin.lineEdit().setFrame(True)
    spin.lineEdit().setTextMargins(4, 0, 6, 0)
    spin.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    spin.setFont(font("small"))
    spin.setFixedSize(FIELD_WIDTH, 28)
    spin.setKeyboardTracking(False)
    spin.setLocale(QLocale(QLocale.Language.English, QLocale.Country.UnitedStates))
