"""The sheet that asks what is what in a file of a shape that nobody knows, and shows at once what comes of it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout

from curator.core.exchange import Exchange
from curator.core.mapping import Field, Mapping, guessed
from curator.ui.controls import Button, ElidedText, Plane, Text, Well, clear, column, row
from curator.ui.views.choices import Choice, Option

SIZE = (640, 540)
SHOWN = 3
"""Exchanges in the preview."""
_SHORT = 44
_LONG = 210
_ASKED = (("prompt", "Prompt", "pencil"), ("response", "Answer", "voice"), ("system", "System prompt", "settings"))
_NONE = Option("", "None", "There is none")


class MappingDialog(Well):
    """The card of the sheet. Says `changed(Mapping)` when another field is chosen, `asked(Mapping)`, and `left()`."""

    help_page = "transcripts#what-is-read"

    changed = Signal(object)
    asked = Signal(object)
    left = Signal()

    def __init__(self, name: str) -> None:
        super().__init__(None, "base", "line", 14)
        self.choices = {what: Choice(title, icon) for what, title, icon in _ASKED}
        self._pairs = column(spacing=4)
        self.words = ElidedText("", "small", "text2")
        self.button = Button("Import", primary=True)
        self._cancel = Button("Leave it", flat=True)
        self._fields: tuple[Field, ...] = ()
        self._build(name)
        for choice in self.choices.values():
            choice.chosen.connect(self._on_chosen)
            choice.setEnabled(False)
        self.button.setEnabled(False)
        self.button.clicked.connect(self._on_pressed)
        self._cancel.clicked.connect(self.left)

    def _build(self, name: str) -> None:
        close = Button(icon="x", flat=True)
        close.setAccessibleName("Close")
        close.clicked.connect(self.left)
        title = ElidedText(f"What is what in {name}?", "heading")
        head = row(title, close)
        head.setStretch(0, 1)
        words = _wrapped(
            "Curator doesn't know this format. Say which field holds the prompt and which the answer; the rest stays"
            " out. The file is read this way from now on, also when it grows.",
            "small",
            "text2",
        )
        asked = row(
            *(column(Text(title, "caption", "text3"), 1, self.choices[what]) for what, title, _ in _ASKED), spacing=3
        )
        for at in range(len(_ASKED)):
            asked.setStretch(at, 1)
        inner = _Pairs("base")
        inner.setLayout(column(self._pairs, None, margins=(0, 0, 2, 0)))
        scroll = QScrollArea()
        scroll.setWidget(inner)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        foot = row(self.words, self._cancel, self.button)
        foot.setStretch(0, 1)
        box = column(*(head, 1, words, 4, asked, 4, Plane("line", height=1), 3, scroll, 3, foot), margins=(6, 4, 5, 5))
        box.setStretchFactor(scroll, 1)
        self.setLayout(box)
        self.setFocusProxy(self.choices["prompt"])

    @property
    def mapping(self) -> Mapping:
        """What is chosen now; a field that is not chosen is empty."""
        return Mapping(*(self.choices[what].current for what, _, _ in _ASKED))

    def show_fields(self, fields: Sequence[Field]) -> None:
        """Offer these fields, with what they probably are chosen already; then `changed` asks for a preview."""
        self._fields = tuple(fields)
        if len(fields) < 2:
            self.show_problem("There are no two fields with text in it.")
            return
        likely = guessed(list(fields)) or Mapping("", "")
        options = [Option(field.path, field.path, _samples(field)) for field in fields]
        first = [Option("", "Choose a field", f"{len(fields):,} fields with text")]
        for (what, _, _), path in zip(_ASKED, (likely.prompt, likely.response, likely.system), strict=True):
            none = [_NONE] if what == "system" else ([] if path else first)
            self.choices[what].set_options([*none, *options], path)
            self.choices[what].setEnabled(True)
        self._on_chosen()

    def show_preview(self, exchanges: Sequence[Exchange]) -> None:
        """The first exchanges that the chosen fields give."""
        self._clear()
        good = [exchange for exchange in exchanges if exchange.response.strip()]
        for exchange in good[:SHOWN]:
            self._pairs.addLayout(_pair(exchange))
        if not good:
            self.show_problem("No row has text in both fields.")
            return
        self.words.set_ink("text2")
        first = "The first exchange" if len(good) == 1 else f"The first {min(len(good), SHOWN)} exchanges"
        self.words.setText(f"{first} as they would come in." if len(good) > 1 else f"{first} as it would come in.")
        self.button.setEnabled(True)
        self.button.setToolTip("")

    def show_problem(self, words: str) -> None:
        """Why it cannot be imported this way."""
        self._clear()
        self.words.set_ink("bad")
        self.words.setText(words)
        self.button.setEnabled(False)
        self.button.setToolTip(words)

    def _on_chosen(self, _key: str = "") -> None:
        chosen = self.mapping
        self.button.setEnabled(False)
        if not chosen.prompt or not chosen.response:
            self._clear()
            self.words.set_ink("text2")
            self.words.setText("Choose the fields of the prompt and the answer.")
        elif chosen.prompt == chosen.response:
            self.show_problem("The prompt and the answer are the same field.")
        else:
            self.changed.emit(chosen)

    def _on_pressed(self) -> None:
        self.button.setEnabled(False)
        self.asked.emit(self.mapping)

    def _clear(self) -> None:
        clear(self._pairs)


class _Pairs(Plane):
    """What scrolls. Its height is that of the lines at the width it has, not at the least width they could have."""

    def minimumSizeHint(self) -> QSize:
        return QSize(0, 0)


def _pair(exchange: Exchange) -> QVBoxLayout:
    """An exchange as it would be read: the prompt strong, the answer below it."""
    return column(
        _wrapped(_shortened(exchange.prompt), "strong", "text"),
        _wrapped(_shortened(exchange.response), "small", "text2"),
        spacing=1,
    )


def _wrapped(text: str, role: str, ink: str) -> Text:
    """Lines as high as the width makes them, and no higher."""
    label = Text(text, role, ink, wrap=True)
    policy = label.sizePolicy()
    policy.setHeightForWidth(True)
    label.setSizePolicy(policy)
    return label


def _shortened(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _LONG else f"{flat[:_LONG].rstrip()}…"


def _samples(field: Field) -> str:
    """“How deep is it? · How wide?”, short enough for a menu."""
    whole = " · ".join(field.samples)
    if len(whole) <= _SHORT:
        return whole
    each = _SHORT // len(field.samples)
    return " · ".join(s if len(s) <= each else f"{s[: each - 1].rstrip()}…" for s in field.samples)
