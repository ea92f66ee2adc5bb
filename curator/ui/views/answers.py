"""What the model answered to the probe while it learned: the newest above, each with its place in the run."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from curator.core.progress import RunProgress, Sample
from curator.ui.controls import Plane, Text, clear, column, row
from curator.ui.models.amounts import passes_words
from curator.ui.theme import prose_width, space

_MARGIN = 88  # where the place stands
_LONGEST = 2_000  # characters of an answer that are shown


class Answers(QScrollArea):
    """Grows at the top while the run goes on; the answer of the base model stands last."""

    def __init__(self) -> None:
        super().__init__()
        self._samples: tuple[Sample, ...] = ()
        self._probe = ""
        self._list: QVBoxLayout = column()
        self._asked = Text("", "small", "text2", wrap=True)
        inner = Plane("base")
        inner.setLayout(column(self._asked, 2, self._list, None, margins=(0, 2, 2, 2)))
        self.setWidget(inner)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Answers to the probe")
        self.setMinimumHeight(100)

    def show_progress(self, progress: RunProgress) -> None:
        """Show these answers; those that stand there already are left alone."""
        if progress.probe != self._probe or progress.samples[: len(self._samples)] != self._samples:
            clear(self._list)
            self._samples, self._probe = (), progress.probe
        words = f"Asked each time: {_cut(progress.probe, 300)}" if progress.probe else ""
        self._asked.setText(words)
        self._asked.setVisible(bool(words))
        for sample in progress.samples[len(self._samples) :]:
            self._list.insertWidget(0, _line(sample))
        self._samples = progress.samples


def place_words(sample: Sample) -> str:
    """Where in the run it answered: "before", "pass 1¼"."""
    return f"pass {passes_words(sample.passes)}" if sample.iteration else "before"


def _line(sample: Sample) -> QWidget:
    line = QWidget()
    where = Text(place_words(sample), "small-strong", "accent_text" if sample.iteration else "text3")
    where.setFixedWidth(_MARGIN)
    where.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
    said = Text(_cut(sample.text.strip(), _LONGEST) or "(nothing)", "body", "text", wrap=True)
    said.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    said.setMaximumWidth(prose_width() + space(20))
    policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
    policy.setHeightForWidth(True)
    said.setSizePolicy(policy)
    said.setAccessibleName(f"{place_words(sample)}: {said.text()}")
    words = row(where, said, None, spacing=0, margins=(0, 3, 0, 3))
    words.setStretch(1, 1)
    line.setLayout(column(Plane("line", height=1), words))
    return line


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
