"""A folder that is followed, or may be: a tick, whose it is, where it lies, how much is in it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QWidget

from curator.ui.controls import RIGHT, ElidedText, Item, Text, column, row
from curator.ui.heard import HeardByAll
from curator.ui.theme import code_font, tall

HEIGHT = 56
_IN_PIECES = frozenset({"openhands", "cline"})
"""Formats whose sessions lie in several files."""


class _Tick(HeardByAll, QCheckBox):
    """A tick without words of its own."""


class PlaceLine(QWidget):
    """`ticked(on)` when a person ticks it, or takes the tick away."""

    ticked = Signal(bool)

    def __init__(self, name: str, path: str, right: tuple[str, str] = ("", ""), on: bool = False, low: bool = False):
        super().__init__()
        self.path = path
        self.tick = _Tick()
        self.tick.setChecked(on)
        self.tick.setAccessibleName(": ".join(filter(None, (name, ", ".join(filter(None, right))))))
        self.tick.clicked.connect(self.ticked)
        where = ElidedText(short_path(path), "small", "text3", Qt.TextElideMode.ElideMiddle)
        where.setFont(code_font("small"))
        where.setToolTip(path)
        left = column(None, Text(name, "strong"), where, None, spacing=0.5)
        parts: list[Item] = [self.tick, left]
        if right != ("", ""):
            upper, lower = right
            parts.append(
                column(
                    None,
                    Text(upper, "body", "text", align=RIGHT),
                    Text(lower, "small", "text3", align=RIGHT),
                    None,
                    spacing=0.5,
                )
            )
        box = row(*parts, spacing=3, margins=(4, 0, 4, 0))
        box.setStretch(1, 1)
        self.setLayout(box)
        self.setFixedHeight(tall(48 if low else HEIGHT, "strong", "small"))


def files_words(count: int, format: str = "") -> str:
    """“318 sessions” where each has a file of its own; else what the files are: “1 database”, “96 files”."""
    if format.endswith("-db") or format == "llm":
        kind = "database"
    else:
        kind = "file" if format in _IN_PIECES else "session"
    return f"{count:,} {kind}{'s' * (count != 1)}"


def is_file_a_session(format: str) -> bool:
    """Whether each file of this format is a session."""
    return files_words(1, format) == "1 session"


def short_path(path: str) -> str:
    """A path with the home folder as ~."""
    home = str(Path.home())
    return "~" + path[len(home) :] if path.startswith(home) else path
