"""The whole window as a target: it names what it takes and what is in the hand."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import QMimeData, QRectF, Qt
from PySide6.QtGui import QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from curator.ui import icons
from curator.ui.controls import CENTRE, smooth
from curator.ui.theme import code_font, font, scheme_of

KINDS = (".jsonl", ".json", ".md", ".zip", "folders")
SUFFIXES = frozenset({".jsonl", ".json", ".md", ".markdown", ".txt", ".zip", ".log"})


def carried_paths(data: QMimeData) -> list[Path]:
    """The local files and folders that are dragged; anything else is left out."""
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile() and url.toLocalFile()]


def carried_words(paths: Iterable[Path]) -> str:
    """“14 transcripts and 1 folder”: told from the names, nothing is opened while the drag lasts."""
    folders = files = others = 0
    for path in paths:
        if path.suffix.lower() in SUFFIXES:
            files += 1
        elif path.is_dir():
            folders += 1
        else:
            others += 1
    parts = [
        f"{count:,} {word}{'s' * (count != 1)}"
        for count, word in ((files, "transcript"), (folders, "folder"), (others, "other file"))
        if count
    ]
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


class DropTarget(QWidget):
    """Lies over the window while something is dragged; the window itself takes the drop."""

    def __init__(self, over: QWidget) -> None:
        super().__init__(over)
        self._over = over
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.carried = ""
        self.hide()

    def show_for(self, paths: list[Path]) -> None:
        """Cover the window, and say what is in the hand."""
        self.carried = carried_words(paths)
        self.setAccessibleName(f"Drop {self.carried}")
        self.setGeometry(self._over.rect())
        self.show()
        self.raise_()

    def paintEvent(self, event: QPaintEvent) -> None:
        p, s = smooth(self), scheme_of(self)
        p.fillRect(self.rect(), s.color("window", 0.8))
        inner = QRectF(self.rect()).adjusted(12, 12, -12, -12)
        p.setPen(QPen(s.color("accent"), 2))
        p.setBrush(s.color("accent", 0.04))
        p.drawRoundedRect(inner, 12, 12)
        cx, cy = inner.center().x(), inner.center().y() - 4
        card = QRectF(cx - 270, cy - 150, 540, 304)
        p.setPen(Qt.PenStyle.NoPen)
        p.setBrush(s.color("shade", 0.03 if s.is_dark else 0.006))
        for i in range(12):
            p.drawRoundedRect(card.adjusted(-i * 2, -i * 2 + 6, i * 2, i * 2 + 6), 14 + i * 2, 14 + i * 2)
        p.setPen(QPen(s.color("line"), 1))
        p.setBrush(s.color("raised"))
        p.drawRoundedRect(card, 14, 14)
        p.setPen(Qt.PenStyle.NoPen)
        p.setBrush(s.color("accent_wash"))
        p.drawEllipse(QRectF(cx - 44, cy - 124, 88, 88))
        icons.paint(p, "tray", cx - 22, cy - 102, 44, s.color("accent_text"))
        p.setFont(font("display"))
        p.setPen(s.color("text"))
        p.drawText(QRectF(inner.x(), cy - 16, inner.width(), 44), CENTRE, "Drop transcripts")
        gap = 8
        p.setFont(code_font("body"))
        widths = [p.fontMetrics().horizontalAdvance(k) + 22 for k in KINDS]
        x = cx - (sum(widths) + gap * (len(KINDS) - 1)) / 2
        for kind, w in zip(KINDS, widths, strict=True):
            p.setPen(QPen(s.color("line_strong"), 1))
            p.setBrush(s.color("raised"))
            p.drawRoundedRect(QRectF(x, cy + 46, w, 28), 6, 6)
            p.setPen(s.color("text2"))
            p.drawText(QRectF(x, cy + 46, w, 28), CENTRE, kind)
            x += w + gap
        p.setFont(font("body"))
        p.setPen(s.color("text2"))
        words = (
            f"{self.carried}. The originals stay as they are." if self.carried else "The originals stay as they are."
        )
        p.drawText(QRectF(inner.x(), cy + 92, inner.width(), 24), CENTRE, words)
