"""The key sheet: every key there is, found by its words, and changed where the hand wants another one."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QFrame, QHBoxLayout, QKeySequenceEdit, QScrollArea, QVBoxLayout, QWidget

from curator.ui.actions import Actions, Command, key_words
from curator.ui.controls import Button, Field, KeyCap, Text, Well, clear, column, row
from curator.ui.theme import growth, space, tall

WIDTH, HEIGHT = 760, 640
GROUPS = ("Go", "Decide", "Edit", "Train and look", "Help")


class KeySheet(Well):
    """Reads the commands; in its second face each key is a field to press another one into."""

    help_page = "keys"

    changed = Signal()

    def __init__(self, actions: Actions) -> None:
        super().__init__(radius=14)
        self._actions, self._is_changing = actions, False
        self.field = Field("Find a key", "", 168)
        self.field.textChanged.connect(self._renew)
        self._body = QHBoxLayout()
        self._body.setSpacing(space(12))
        self._body.setContentsMargins(0, 0, space(2), 0)
        inner = QWidget()
        inner.setLayout(self._body)
        self._scroll = QScrollArea()
        self._scroll.setWidget(inner)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        for part in (inner, self._scroll.viewport()):
            part.setAutoFillBackground(False)
        self._words = Text("Letters rest while you type. Every key can be changed.", "small", "text3")
        self.change = Button("Change keys…", small=True)
        self.change.clicked.connect(self._on_change_clicked)
        self.setLayout(
            column(
                row(Text("Keys", "title"), None, self.field, spacing=2),
                4,
                self._scroll,
                2,
                row(self._words, None, self.change),
                margins=(7, 6, 7, 5),
            )
        )
        self.setFocusProxy(self.field)
        self._renew()

    def shown(self) -> list[str]:
        """The commands that fit what is typed."""
        typed = self.field.text().strip().lower()

        def fits(c: Command) -> bool:
            keys = " ".join(key_words(k) for k in self._actions.keys(c.id)).lower()
            return c.in_sheet and (not typed or typed in c.text.lower() or typed == keys or typed in keys.split())

        return [c.id for c in self._actions.commands() if fits(c) and (self._actions.keys(c.id) or self._is_changing)]

    def _renew(self) -> None:
        clear(self._body)
        shown = set(self.shown())
        columns = (QVBoxLayout(), QVBoxLayout())
        for i, group in enumerate(GROUPS):
            commands = [c for c in self._actions.commands() if c.group == group and c.id in shown]
            if not commands:
                continue
            box = columns[i % 2]
            box.setSpacing(0)
            box.addWidget(Text(group, "small-strong"))
            box.addSpacing(space(2))
            for command in commands:
                box.addWidget(self._line(command))
            box.addSpacing(space(4))
        for box in columns:
            box.addStretch(1)
            self._body.addLayout(box, 1)

    def _line(self, command: Command) -> QWidget:
        line = QWidget()
        line.setFixedHeight(tall(28, "body"))
        words = Text(command.text.rstrip("…"), "body", "text2")
        keys = self._actions.keys(command.id)
        if self._is_changing and command.where.value != "editor":
            edit = QKeySequenceEdit(QKeySequence(keys[0]) if keys else QKeySequence())
            edit.setMaximumSequenceLength(1)
            edit.setClearButtonEnabled(True)
            edit.setFixedWidth(round(120 * growth()))
            edit.setAccessibleName(f"Key for {command.text}")
            edit.editingFinished.connect(lambda c=command, e=edit: self._take(c, e))
            line.setLayout(row(words, None, edit))
        else:
            line.setLayout(row(words, None, *[KeyCap(key_words(k)) for k in keys[:2]], spacing=1))
        return line

    def _take(self, command: Command, edit: QKeySequenceEdit) -> None:
        key = edit.keySequence().toString(QKeySequence.SequenceFormat.PortableText)
        keys = (key,) if key else ()
        if keys == self._actions.keys(command.id)[:1]:
            return
        taken = self._actions.rebind(command.id, keys)
        if taken:
            self._say(f"{key_words(key)} is the key of “{taken.rstrip('…')}”. Give that one another key first.", "bad")
            before = self._actions.keys(command.id)
            edit.setKeySequence(QKeySequence(before[0]) if before else QKeySequence())
        else:
            self._say(f"“{command.text.rstrip('…')}” is now {key_words(key) or 'without a key'}.", "good")
            self.changed.emit()

    def _say(self, words: str, ink: str) -> None:
        self._words.setText(words)
        self._words.set_ink(ink)

    def _on_change_clicked(self) -> None:
        self._is_changing = not self._is_changing
        self.change.set_text("Done" if self._is_changing else "Change keys…")
        self._say(
            "Press into a field, then press the key." if self._is_changing else "Letters rest while you type.", "text3"
        )
        self._renew()
