"""What Curator will never do, said once where a person first meets it."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from curator.ui.controls import Glyph, Text, column, row

PROMISES = (
    ("lock", "Nothing is sent anywhere.", "No account, no statistics; it works with the network off."),
    ("file", "Your sessions are never changed.", "Curator copies, and keeps what an assistant deletes."),
    ("check", "Only what you mark is trained.", "On this computer, into a small model that is yours."),
)


class Promises(QWidget):
    """Three sentences, each with what follows from it."""

    def __init__(self) -> None:
        super().__init__()
        lines = [self._line(*promise) for promise in PROMISES]
        self.setLayout(column(*lines, spacing=2))
        self.setAccessibleName(" ".join(f"{first} {rest}" for _, first, rest in PROMISES))

    @staticmethod
    def _line(icon: str, first: str, rest: str) -> QWidget:
        line = QWidget()
        said = row(Text(first, "small-strong", "text2"), Text(rest, "small", "text3"), None, spacing=1)
        line.setLayout(row(Glyph(icon, 16, "text3"), said, spacing=2))
        return line
