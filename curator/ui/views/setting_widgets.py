"""The fields of the advanced numbers: whole, real, a rate, yes or no, a line of words. All answer alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from PySide6.QtCore import QLocale, QSignalBlocker, Qt
from PySide6.QtGui import QDoubleValidator, QPaintEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractSpinBox, QDoubleSpinBox, QLineEdit, QSpinBox

from curator.core.settings import rate_words
from curator.ui.controls import Segments
from curator.ui.theme import font, growth, tall

FIELD_WIDTH = 104
_ENGLISH = QLocale(QLocale.Language.English, QLocale.Country.UnitedStates)


class Entry(Protocol):
    """A field with a value; `on_edited` is called when a person changed it, never when it is set."""

    def value(self) -> Any:
        """What stands there."""

    def set_value(self, value: Any) -> None:
        """Show another value, without saying so."""

    def on_edited(self, call: Callable[[], object]) -> None:
        """Hear of a person's change."""


class WholeEntry(QSpinBox):
    """A whole number; the arrow keys turn it."""

    def __init__(self, low: int, high: int, step: int = 1, least_words: str = "") -> None:
        super().__init__()
        self.setRange(low, high)
        self.setSingleStep(step)
        self.setGroupSeparatorShown(True)
        if least_words:
            self.setSpecialValueText(least_words)
        _dress(self)

    def set_value(self, value: Any) -> None:
        with QSignalBlocker(self):
            self.setValue(int(value))

    def on_edited(self, call: Callable[[], object]) -> None:
        self.valueChanged.connect(lambda _value: call())

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()  # the panel scrolls; a number turned by accident would be trained

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.lineEdit().setGeometry(self.rect())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Nothing: its field fills it."""


class RealEntry(QDoubleSpinBox):
    """A number with decimals; the arrow keys turn it."""

    def __init__(self, low: float, high: float, step: float, decimals: int, least_words: str = "") -> None:
        super().__init__()
        self.setDecimals(decimals)
        self.setRange(low, high)
        self.setSingleStep(step)
        if least_words:
            self.setSpecialValueText(least_words)
        _dress(self)

    def set_value(self, value: Any) -> None:
        with QSignalBlocker(self):
            self.setValue(float(value))

    def on_edited(self, call: Callable[[], object]) -> None:
        self.valueChanged.connect(lambda _value: call())

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.lineEdit().setGeometry(self.rect())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Nothing: its field fills it."""


class RateEntry(QLineEdit):
    """A rate in scientific notation; what cannot be read goes back to what was there."""

    def __init__(self) -> None:
        super().__init__()
        self._value = 1e-4
        check = QDoubleValidator(1e-8, 1.0, 10, self)
        check.setNotation(QDoubleValidator.Notation.ScientificNotation)
        check.setLocale(QLocale.c())
        self.setValidator(check)
        self.setFont(font("small"))
        self.setFixedSize(round(FIELD_WIDTH * growth()), tall(28, "small"))
        self.setTextMargins(4, 0, 6, 0)
        self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.editingFinished.connect(lambda: self.set_value(self.value()))

    def value(self) -> float:
        """The rate a person typed, or the last good one while they type."""
        try:
            typed = float(self.text())
        except ValueError:
            return self._value
        return typed if 0 < typed <= 1 else self._value

    def set_value(self, value: Any) -> None:
        """Show a rate."""
        self._value = float(value)
        self.setText(rate_words(self._value))

    def on_edited(self, call: Callable[[], object]) -> None:
        self.editingFinished.connect(call)


class ChoiceEntry(Segments):
    """One of a few values, each with its word."""

    def __init__(self, choices: Sequence[tuple[Any, str]]) -> None:
        super().__init__([word for _, word in choices])
        self._values = [value for value, _ in choices]

    def value(self) -> Any:
        return self._values[self.current]

    def set_value(self, value: Any) -> None:
        self.set_current(self._values.index(value) if value in self._values else 0)

    def on_edited(self, call: Callable[[], object]) -> None:
        self.chosen.connect(lambda _index: call())


class WordsEntry(QLineEdit):
    """A line of words over the whole width."""

    def __init__(self, hint: str) -> None:
        super().__init__()
        self.setPlaceholderText(hint)
        self.setFont(font("small"))
        self.setFixedHeight(tall(28, "small"))
        self.setTextMargins(4, 0, 4, 0)

    def value(self) -> str:
        return self.text().strip()

    def set_value(self, value: Any) -> None:
        if str(value) != self.text():
            self.setText(str(value))

    def on_edited(self, call: Callable[[], object]) -> None:
        self.editingFinished.connect(call)


def _dress(spin: QSpinBox | QDoubleSpinBox) -> None:
    spin.setButtonSymbols(QAbstractSpinBox.ButtonSymbols.NoButtons)
    spin.setFrame(False)
    spin.lineEdit().setFrame(True)
    spin.lineEdit().setTextMargins(4, 0, 6, 0)
    spin.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    spin.setFont(font("small"))
    spin.setFixedSize(round(FIELD_WIDTH * growth()), tall(28, "small"))
    spin.setKeyboardTracking(False)
    spin.setLocale(_ENGLISH)
