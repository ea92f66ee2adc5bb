"""The lines under the Train panel: what training will do, and what was found on this computer before it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from curator.core.machine import Finding, Weight
from curator.services import preflight
from curator.ui.controls import Button, ElidedText, Glyph, Text, clear, column, row
from curator.ui.models.train_facts import Fact
from curator.ui.theme import tall

_INK = {Weight.WARNING: "warn", Weight.STOP: "bad"}


class TrainLines(QWidget):
    """Facts first, each in a line; then every finding that matters, with its hint and, where there is one, the button
    that does away with it: `act_requested(Finding)`."""

    act_requested = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._shown: tuple[object, ...] = ()
        self._lines: QVBoxLayout = column(spacing=0.5)
        self.setLayout(self._lines)

    def show_lines(self, facts: Sequence[Fact], findings: Sequence[Finding]) -> None:
        """Show these; nothing moves where they are what stands there."""
        told = tuple(f for f in findings if f.weight is not Weight.FINE)
        shown = (tuple(facts), told)
        if shown == self._shown:
            return
        self._shown = shown
        clear(self._lines)
        for fact in facts:
            self._lines.addWidget(_line(fact))
        for finding in told:
            self._lines.addWidget(self._found(finding))

    def _found(self, finding: Finding) -> QWidget:
        line = QWidget()
        first = Text(finding.sentence, "small", "text", wrap=True)
        words = column(first)
        if finding.hint:
            words.addWidget(Text(finding.hint, "small", "text3", wrap=True))
        act = preflight.act_for(finding)
        if act:
            button = Button(act, small=True)
            button.setAccessibleName(f"{act}: {finding.sentence}")
            button.clicked.connect(lambda: self.act_requested.emit(finding))
            words.addLayout(row(button, None, margins=(0, 1, 0, 1)))
        glyph = Glyph("alert", 16, _INK[finding.weight])
        box = row(glyph, words, spacing=2, margins=(0, 1, 0, 0.5))
        box.setAlignment(glyph, Qt.AlignmentFlag.AlignTop)
        box.setStretch(1, 1)
        line.setLayout(box)
        line.setAccessibleName(f"{finding.sentence} {finding.hint}".strip())
        return line


def _line(fact: Fact) -> QWidget:
    line = QWidget()
    box = row(Glyph(fact.icon, 16, fact.glyph), ElidedText(fact.words, "small", fact.ink), spacing=2)
    box.setStretch(1, 1)
    line.setLayout(box)
    line.setFixedHeight(tall(22, "small"))
    return line
