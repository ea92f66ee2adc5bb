"""A bar above the place: an error with what to do, a question, or what was done. Never a window of its own.

What leaves nothing to be done is said over the status line instead, where its progress stood, and goes by itself: it
is not worth the height of a bar, which moves what the person reads. What stands in the bar stays until it is closed or
answered: a newer notice lies over it, and it comes back after that one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from curator.ui.controls import Button, Glyph, Plane, Text, Well, clear, column, row
from curator.ui.theme import space
from curator.ui.views.laid_over import LaidOver

Choice = tuple[str, Callable[[], object]]
BRIEFLY = 12_000  # ms that a brief one stays
MOST = 8  # notices that stand over each other; of more, the oldest goes


class _Said(NamedTuple):
    """One notice: its mark and ink, its words, and the answers to it."""

    icon: str
    ink: str
    sentence: str
    more: str
    hint: str
    choices: list[Choice]


class NoticeBar(Plane):
    """One sentence, its hint, and what can be done about it. The newest one is seen, and takes the place of an older
    one of its sort: of the same words, of a question about the same, of what was done before."""

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
        self._close.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the keys where they are, in the list say
        self._close.installEventFilter(self)
        words = row(self._sentence, self._more, spacing=1)
        words.setStretch(0, 1)
        middle = column(None, words, self._hint, None, spacing=0.5)
        self._box = row(self._glyph, middle, self._buttons, self._close, spacing=2.5, margins=(4, 2, 2, 2))
        self._box.setStretch(1, 1)
        self._well = Well(self._box, "sunken", "line", 8, "bad")
        self._frame = column(self._well, margins=(3, 2, 3, 2))
        self.setLayout(self._frame)
        self._over = LaidOver(self)
        self._standing: dict[str, _Said] = {}  # by its sort, the oldest first
        self._aside: NoticeBar | None = None  # says what is brief while something stands here
        self._timer = QTimer(self, singleShot=True, interval=BRIEFLY)
        self._timer.timeout.connect(self.dismiss)
        self.hide()

    def speak_over(self, line: QWidget, *ends: QWidget) -> None:
        """Say brief things over this line of the window, left of what stands at its end."""
        self._over.take(line, ends)

    def error(self, sentence: str, hint: str, details: str) -> None:
        """What went wrong, what to do, and the whole of it under “Copy details”."""
        copy = ("Copy details", lambda: QGuiApplication.clipboard().setText(details))
        self._stand(f"error {sentence}", _Said("alert", "bad", sentence, "", hint, [copy]))

    def ask(self, sentence: str, hint: str, choices: list[Choice], about: str = "") -> None:
        """A question before an act; every answer closes it. A newer one `about` the same takes its place."""
        self._stand(f"question {about}", _Said("alert", "warn", sentence, "", hint, choices))

    def inform(self, words: str) -> None:
        """What should be known, though nothing is to be done: the first sentence is said loud."""
        first, dot, rest = words.partition(". ")
        self._stand(f"known {words}", _Said("alert", "warn", first + dot.strip(), "", rest, []))

    def report(self, sentence: str, problems: str, choices: list[Choice], notes: str = "") -> None:
        """What was done; `problems` in red beside it, `notes` quiet below. It is brief where nothing is to be done."""
        said = _Said("tray", "text2", sentence, problems, notes, choices)
        if problems or choices:
            self._stand("done", said)
        else:
            self._say_briefly(said)

    def dismiss(self) -> None:
        """Take away what is seen. What it lay over is there again."""
        self._timer.stop()
        if self._standing:
            self._standing.popitem()
        if self._standing:
            self._show(next(reversed(self._standing.values())))
        elif not self.isHidden():
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

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The second press of a doubled click is no answer to the notice that came back under the pointer."""
        return event.type() == QEvent.Type.MouseButtonDblClick or super().eventFilter(watched, event)

    def _stand(self, sort: str, said: _Said) -> None:
        self._standing.pop(sort, None)
        self._standing[sort] = said
        if len(self._standing) > MOST:
            del self._standing[next(iter(self._standing))]
        self._show(said)

    def _say_briefly(self, said: _Said) -> None:
        if self._standing and self._over.place is not None:
            if self._aside is None:
                self._aside = NoticeBar()
                self._aside.setParent(self.parentWidget())
                line, ends = self._over.place
                self._aside.speak_over(line, *ends)
            self._aside.report(said.sentence, "", [])
        elif self._standing:
            self._stand("done", said)
        else:
            if self._aside is not None:
                self._aside.dismiss()
            self._show(said, is_brief=True)

    def _show(self, said: _Said, *, is_brief: bool = False) -> None:
        icon, ink, sentence, more, hint, choices = said
        self._glyph.name, self._glyph.ink = icon, ink
        self._glyph.update()
        self._well.mark = ink if ink in ("bad", "warn") else ""
        self._well.update()
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
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.installEventFilter(self)
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
        above = space(1 if is_over else 2)  # a line is low, and large text takes all of it
        self._box.setContentsMargins(space(4), above, space(2), above)
        self._over.begin(self._sentence) if is_over else self._over.end()

    def _press(self, call: Callable[[], object]) -> None:
        self.dismiss()
        call()
