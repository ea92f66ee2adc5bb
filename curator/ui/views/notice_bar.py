"""A bar above the place: an error with what to do, a question, or what was done. Never a window of its own.

What leaves nothing to be done is said over the status line instead, where its progress stood, and goes by itself: it
is not worth the height of a bar, which moves what the person reads.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QSizePolicy, QWidget

from curator.ui.controls import Button, Glyph, Plane, Text, Well, clear, column, row
from curator.ui.theme import space

Choice = tuple[str, Callable[[], object]]
BRIEFLY = 12_000  # ms that a brief one stays
_MOVED = frozenset({QEvent.Type.Resize, QEvent.Type.Move, QEvent.Type.Show, QEvent.Type.Hide})


class NoticeBar(Plane):
    """One sentence, its hint, and what can be done about it; the newest one counts."""

    closed = Signal()

    def __init__(self) -> None:
        super().__init__("window", "b")
        self._glyph = Glyph("alert", 18, "bad")
        self._sentence = Text("", "strong", wrap=True)
        self._sentence.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._more = Text("", "strong", "bad")
        self._hint = Text("", "small", "text2", wrap=True)
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(space(1))
        self._close = Button(icon="x", flat=True, small=True)
        self._close.setAccessibleName("Close the notice")
        self._close.setToolTip("Close")
        self._close.clicked.connect(self.dismiss)
        words = row(self._sentence, self._more, spacing=1)
        words.setStretch(0, 1)
        middle = column(None, words, self._hint, None, spacing=0.5)
        box = row(self._glyph, middle, self._buttons, self._close, spacing=2.5, margins=(4, 2, 2, 2))
        box.setStretch(1, 1)
        self._well = Well(box, "sunken", "line", 8, "bad")
        self._frame = column(self._well, margins=(3, 2, 3, 2))
        self.setLayout(self._frame)
        self._over = _Over(self)
        self._timer = QTimer(self, singleShot=True, interval=BRIEFLY)
        self._timer.timeout.connect(self.dismiss)
        self.hide()

    def speak_over(self, line: QWidget, *ends: QWidget) -> None:
        """Say brief things over this line of the window, left of what stands at its end."""
        self._over.take(line, ends)

    def error(self, sentence: str, hint: str, details: str) -> None:
        """What went wrong, what to do, and the whole of it under “Copy details”."""
        copy = ("Copy details", lambda: QGuiApplication.clipboard().setText(details))
        self._show("alert", "bad", sentence, "", hint, [copy])

    def ask(self, sentence: str, hint: str, choices: list[Choice]) -> None:
        """A question before an act; every answer closes it."""
        self._show("alert", "warn", sentence, "", hint, choices)

    def inform(self, words: str) -> None:
        """What should be known, though nothing is to be done: the first sentence is said loud."""
        first, dot, rest = words.partition(". ")
        self._show("alert", "warn", first + dot.strip(), "", rest, [])

    def report(self, sentence: str, problems: str, choices: list[Choice]) -> None:
        """What was done; `problems` in red beside it. It is brief where there is nothing more to be done."""
        self._show("tray", "text2", sentence, problems, "", choices, is_brief=not problems and not choices)

    def dismiss(self) -> None:
        """Take it away."""
        self._timer.stop()
        if not self.isHidden():
            self.hide()
            self.closed.emit()

    @property
    def words(self) -> str:
        """What it says."""
        return " ".join(x for x in (self._sentence.text(), self._more.text(), self._hint.text()) if x)

    def buttons(self) -> list[Button]:
        """What can be pressed."""
        found = (self._buttons.itemAt(i) for i in range(self._buttons.count()))
        return [b for item in found if item is not None and isinstance(b := item.widget(), Button)]

    def _show(
        self, icon: str, ink: str, sentence: str, more: str, hint: str, choices: list[Choice], *, is_brief: bool = False
    ) -> None:
        self._glyph.name, self._glyph.ink = icon, ink
        self._glyph.update()
        self._well.mark = ink if ink in ("bad", "warn") else ""
        self._sentence.setText(sentence)
        self._sentence.setToolTip(sentence)
        self._more.setText(more)
        self._more.setVisible(bool(more))
        self._hint.setText(hint)
        self._hint.setVisible(bool(hint))
        clear(self._buttons)
        for words, call in choices:
            button = Button(words, small=True)
            button.clicked.connect(lambda _on=False, c=call: self._press(c))
            self._buttons.addWidget(button)
        self.setAccessibleName(self.words)
        self._take_shape(is_brief=is_brief)
        self.show()

    def _take_shape(self, *, is_brief: bool) -> None:
        self._timer.stop()
        if is_brief:
            self._timer.start()
        is_over = is_brief and self._over.is_possible
        self.edges = "" if is_over else "b"
        self._sentence.setWordWrap(not is_over)
        sides, ends = (0, 0) if is_over else (space(3), space(2))
        self._frame.setContentsMargins(sides, ends, sides, ends)
        self._over.begin(self._sentence) if is_over else self._over.end()

    def _press(self, call: Callable[[], object]) -> None:
        self.dismiss()
        call()


class _Over(QObject):
    """Takes the notice out of the window's column and lays it over a line of the window, and puts it back."""

    def __init__(self, notice: NoticeBar) -> None:
        super().__init__(notice)
        self._notice = notice
        self._line: QWidget | None = None
        self._ends: tuple[QWidget, ...] = ()
        self._from: tuple[QBoxLayout, int] | None = None
        self._words: QWidget | None = None

    @property
    def is_possible(self) -> bool:
        """Whether there is a line to lie over."""
        return self._line is not None

    def take(self, line: QWidget, ends: tuple[QWidget, ...]) -> None:
        """Which line, and what must stay to be seen of it."""
        self._line, self._ends = line, ends
        for widget in (line, *ends):
            widget.installEventFilter(self)

    def begin(self, words: QWidget) -> None:
        """Lie over the line, as wide as these words need."""
        self._words = words
        parent = self._notice.parentWidget()
        box = parent.layout() if parent is not None else None
        if self._from is None and isinstance(box, QBoxLayout):
            self._from = box, box.indexOf(self._notice)
            box.removeWidget(self._notice)
        self._fit()
        self._notice.raise_()

    def end(self) -> None:
        """Stand in the column again."""
        if self._from is not None:
            box, at = self._from
            self._from = None
            box.insertWidget(at, self._notice)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if self._from is not None and event.type() in _MOVED:
            self._fit()
        return super().eventFilter(watched, event)

    def _fit(self) -> None:
        line, words = self._line, self._words
        if line is None or words is None:
            return
        end = min([line.width(), *(widget.x() for widget in self._ends if widget.isVisibleTo(line))])
        room = end - 2 * space(2)
        width = min(
            room, self._notice.sizeHint().width() + words.sizeHint().width()
        )  # a label that gives way hints at 0
        height = min(self._notice.sizeHint().height(), line.height() - space(2))
        top = line.y() + 1 + (line.height() - 1 - height) // 2
        self._notice.setGeometry(line.x() + end - space(2) - width, top, width, height)
