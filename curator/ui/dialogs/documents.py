"""The documents beside the transcripts: what an assistant reads before it begins, ready to be a system prompt."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QRectF, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QGuiApplication, QPainter
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QStackedLayout, QWidget

from curator.core.document import DocumentCard
from curator.ui.controls import Button, Plane, Text, Well, column, row
from curator.ui.theme import Scheme, growth
from curator.ui.views.place_line import short_path
from curator.ui.views.plain_list import Index, LineDelegate, PlainList, paint_words
from curator.ui.views.step_words import tokens_of

SIZE = (880, 600)
_LIST = 280
_NOTHING = (
    "Files such as CLAUDE.md, AGENTS.md, SOUL.md or MEMORY.md stand here once they are imported.\n"
    "They are kept whole, and never cut into exchanges."
)


class DocumentList(QAbstractListModel):
    """The documents, one a line."""

    def __init__(self) -> None:
        super().__init__()
        self.cards: Sequence[DocumentCard] = ()

    def set_cards(self, cards: Sequence[DocumentCard]) -> None:
        """Show these."""
        self.beginResetModel()
        self.cards = cards
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self.cards)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        card = self.cards[index.row()]
        if role == Qt.ItemDataRole.UserRole:
            return card
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"{name_of(card)}: {card.title}{', the file is gone' * card.is_gone}"
        return card.path if role == Qt.ItemDataRole.ToolTipRole else None


def name_of(card: DocumentCard) -> str:
    """The file with its folder: many projects have a CLAUDE.md."""
    path = Path(card.path)
    return f"{path.parent.name}/{path.name}" if path.parent.name else path.name


class _DocumentDelegate(LineDelegate):
    """The file, strong; what it says and how long it is, quiet."""

    height, roles = 52, ("small-strong", "small")

    def paint_words(self, p: QPainter, r: QRectF, s: Scheme, thing: Any) -> None:
        card: DocumentCard = thing
        more = f"{card.title} · ≈ {tokens_of(card.characters)}{' · file is gone' * card.is_gone}"
        upper = QRectF(r.x(), r.y() + 6, r.width(), (r.height() - 12) / 2)
        paint_words(p, upper, s, "small-strong", "text", name_of(card))
        paint_words(p, upper.translated(0, upper.height()), s, "small", "text2", more)


class DocumentsCard(Well):
    """The card of the sheet. `text_wanted(id)` asks for a text, which comes back by `show_text`; `import_asked(paths)`
    brings in what lies in the usual places; `done` closes it."""

    help_page = "transcripts#what-is-read"

    text_wanted = Signal(int)
    import_asked = Signal(object)
    done = Signal()

    def __init__(self) -> None:
        super().__init__(radius=14)
        self._found: list[Path] = []
        self._shown: int | None = None
        self._text = ""  # as it was written: the view has other ends of lines and plain spaces only
        self.model = DocumentList()
        self.view = PlainList(self.model, _DocumentDelegate(), "Documents")
        self.view.setFixedWidth(round(_LIST * growth() ** 0.5))
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setFrameShape(QFrame.Shape.NoFrame)
        self.text.document().setDocumentMargin(14)
        self.text.setAccessibleName("Text of the document")
        self.copy = Button("Copy as a system prompt", "copy", small=True)
        self.open = Button("Open the file", "file", flat=True, small=True)
        self.bring = Button("", "tray", small=True)
        close = Button("Close", small=True)
        self._words = Text("", "small", "text2")
        self._build(close)
        self.view.selectionModel().currentChanged.connect(self._on_current_changed)
        self.copy.clicked.connect(self._on_copy)
        self.open.clicked.connect(self._on_open)
        self.bring.clicked.connect(lambda: self.import_asked.emit(list(self._found)))
        close.clicked.connect(self.done)
        self.show_documents(())
        self.show_found(())

    def _build(self, close: Button) -> None:
        words = "What people and assistants write for an assistant to read before it begins."
        nothing = Plane("raised", "", column(4, Text(_NOTHING, "small", "text2", wrap=True), None))
        both = QWidget()
        across = row(self.view, Plane("line", width=1), self.text, spacing=0)
        across.setStretch(2, 1)
        both.setLayout(across)
        pages = QWidget()
        self._pages = QStackedLayout(pages)
        self._pages.addWidget(nothing)
        self._pages.addWidget(both)
        box = column(
            *(
                row(Text("Documents", "heading"), None),
                1,
                Text(words, "small", "text2", wrap=True),
                3,
                Plane("line", height=1),
            ),
            *(pages, Plane("line", height=1), 3),
            row(self.copy, self.open, self._words, None, self.bring, close, spacing=1.5),
            margins=(7, 6, 7, 5),
        )
        box.setStretchFactor(pages, 1)
        self.setLayout(box)
        self.setFocusProxy(self.view)

    def show_documents(self, cards: Sequence[DocumentCard]) -> None:
        """Show these; the one that is open stays open."""
        known = self._card()
        self.model.set_cards(cards)
        self._pages.setCurrentIndex(1 if cards else 0)
        for button in (self.copy, self.open):
            button.setVisible(bool(cards))
        rows = [n for n, card in enumerate(cards) if known is not None and card.id == known.id]
        if cards:
            self.view.setCurrentIndex(self.model.index(rows[0] if rows else 0))

    def show_found(self, paths: Sequence[Path]) -> None:
        """What lies in the assistants' usual places and is not here yet."""
        self._found = list(paths)
        count = len(paths)
        self.bring.set_text(f"Bring in {count:,} found on this computer")
        self.bring.setToolTip("\n".join(short_path(str(path)) for path in paths[:20]))
        self.bring.setVisible(count > 0)

    def show_text(self, id: int, text: str) -> None:
        """The text of a document, if it is still the one that is looked at."""
        card = self._card()
        if card is not None and card.id == id:
            if text != self._text:
                self._text = text
                self.text.setPlainText(text)
            self.copy.setEnabled(bool(text.strip()))

    def _card(self) -> DocumentCard | None:
        index = self.view.currentIndex()
        return self.model.cards[index.row()] if 0 <= index.row() < len(self.model.cards) else None

    def _on_current_changed(self, index: QModelIndex, _before: QModelIndex) -> None:
        card = self._card() if index.isValid() else None
        before, self._shown = self._shown, card.id if card is not None else None
        if card is None or card.id != before:  # else the list came anew, and what is read stays in sight
            self._words.setText("")
            self._text = ""
            self.text.clear()
            self.copy.setEnabled(False)
        if card is not None:
            self.open.setEnabled(not card.is_gone)
            self.text_wanted.emit(card.id)

    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(self._text.strip())
        self._words.setText("Copied.")

    def _on_open(self) -> None:
        card = self._card()
        if card is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(card.path))
