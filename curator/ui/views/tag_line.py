"""The tags of a row: taken off with a press, added in place, with the known ones offered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QEvent, QStringListModel, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QCompleter, QWidget

from curator.ui.controls import Button, Field, Tag, clear, row
from curator.ui.theme import tall

LONGEST = 40  # characters of a tag
SHOWN = 6


class TagEntry(Field):
    """The line a tag is typed in: Return adds it, Esc gives it up."""

    entered = Signal(str)

    def __init__(self) -> None:
        super().__init__("Tag", width=140, icon="")
        self.setFixedHeight(tall(24, "body"))
        self.setMaxLength(LONGEST)
        self.setAccessibleName("New tag")
        self.names = QStringListModel(self)
        completer = QCompleter(self.names, self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self.setCompleter(completer)

    def event(self, event: QEvent) -> bool:
        """Return and Esc mean this line while it has the keyboard."""
        own = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape)
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride and event.key() in own:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.entered.emit(" ".join(self.text().split()))
        elif event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() not in (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason):
            self.left.emit()


class TagLine(QWidget):
    """Tags, each with a cross, and the button that adds one."""

    added = Signal(str)
    removed = Signal(str)
    left = Signal()
    """The tag is typed or given up, and the keyboard is free."""

    def __init__(self) -> None:
        super().__init__()
        self._tags: tuple[str, ...] = ()
        self._known: tuple[str, ...] = ()
        self._pills = row(spacing=1.5)
        self._button = Button("Tag", "plus", flat=True, small=True)
        self._button.setAccessibleName("Add a tag")
        self._button.setToolTip("Add a tag (T)")
        self._entry = TagEntry()
        self._entry.hide()
        self.setLayout(row(self._pills, self._entry, self._button, spacing=1.5))
        self._button.clicked.connect(self.start)
        self._entry.entered.connect(self._on_entered)
        self._entry.left.connect(self._on_left)
        self.setAccessibleName("Tags")

    def set_tags(self, tags: Sequence[str]) -> None:
        """The tags the row has."""
        if tuple(tags) == self._tags and self._pills.count():
            return
        self._tags = tuple(tags)
        clear(self._pills)
        for name in self._tags[:SHOWN]:
            pill = Tag(name, removable=True)
            pill.removed.connect(self.removed)
            self._pills.addWidget(pill)
        if len(self._tags) > SHOWN:
            rest = Tag(f"+{len(self._tags) - SHOWN}")
            rest.setToolTip(", ".join(self._tags[SHOWN:]))
            self._pills.addWidget(rest)

    def set_known(self, names: Iterable[str]) -> None:
        """The tags that are offered while one is typed."""
        self._known = tuple(names)
        self._offer()

    def start(self) -> None:
        """Open the line for a new tag, with the keyboard in it."""
        self._offer()
        self._entry.clear()
        self._entry.show()
        self._button.hide()
        self._entry.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def is_typing(self) -> bool:
        """Whether a tag is being typed."""
        return self._entry.hasFocus()

    def _offer(self) -> None:
        self._entry.names.setStringList([name for name in self._known if name not in self._tags])

    def _on_entered(self, name: str) -> None:
        if name and name not in self._tags:
            self.added.emit(name)
        self._on_left()

    def _on_left(self) -> None:
        if self._entry.isHidden():
            return
        had_focus = self._entry.hasFocus()
        self._button.show()
        self._entry.hide()
        if had_focus:
            self.left.emit()
