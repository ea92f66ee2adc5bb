"""The sheet of documents: listed, read, copied as a system prompt, never cut into exchanges."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from curator.core.document import DocumentCard
from curator.ui.dialogs.documents import DocumentsCard

SOUL = "# Who you are\n\nYou are Ada. You answer in one sentence.\n"


def test_documents_are_brought_in_read_and_copied(open_main_window, library_folder, tmp_path: Path, qtbot) -> None:
    own = tmp_path / ".openclaw" / "workspace"  # HOME is here in these tests
    own.mkdir(parents=True)
    (own / "SOUL.md").write_text(SOUL)
    project = tmp_path / "payments"
    project.mkdir()
    (project / "CLAUDE.md").write_text("Use tabs.\n")
    window = open_main_window(library_folder)
    window.actions_.trigger("documents")
    card = window.opened.overlays.card
    assert isinstance(card, DocumentsCard) and not card.copy.isVisible()
    qtbot.waitUntil(lambda: card.bring.isVisible())
    assert "SOUL.md" in card.bring.toolTip()
    qtbot.mouseClick(card.bring, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: card.model.rowCount() == 1, timeout=20_000)
    qtbot.waitUntil(lambda: card.text.toPlainText() == SOUL)
    qtbot.waitUntil(lambda: not card.bring.isVisible())
    qtbot.mouseClick(card.copy, Qt.MouseButton.LeftButton)
    assert QApplication.clipboard().text() == SOUL.strip() and card._words.text() == "Copied."

    window.read([project / "CLAUDE.md"])  # by any other way
    qtbot.waitUntil(lambda: card.model.rowCount() == 2, timeout=20_000)
    assert card.text.toPlainText() == SOUL and card.copy.isEnabled(), "what is read stays open"
    assert card._words.text() == "Copied."
    QTest.keyClick(card.view, Qt.Key.Key_Home)
    QTest.keyClick(card.view, Qt.Key.Key_End)
    qtbot.waitUntil(lambda: card.text.toPlainText() == "Use tabs.\n")
    said = [card.model.data(card.model.index(n), Qt.ItemDataRole.AccessibleTextRole) for n in range(2)]
    assert said == ["workspace/SOUL.md: Who the assistant is", "payments/CLAUDE.md: Instructions for Claude Code"]
    QTest.keyClick(card.view, Qt.Key.Key_Escape)
    assert window.opened.overlays.card is None
    assert len(window.library.table.ids) == 0
    qtbot.waitUntil(lambda: "1 document" in window.notice.words)
    shown = next(b for b in window.notice.buttons() if b.text() == "Documents")
    qtbot.mouseClick(shown, Qt.MouseButton.LeftButton)
    assert isinstance(window.opened.overlays.card, DocumentsCard)


def test_a_document_with_windows_ends_of_lines_stays_where_it_is_read(qtbot) -> None:
    card = DocumentsCard()
    qtbot.addWidget(card)
    card.resize(800, 500)
    card.show()
    text = "Use\u00a0tabs.\r\n" * 200
    known = [DocumentCard(1, "/p/CLAUDE.md", "CLAUDE.md", len(text), "2026-11-22T00:00:00+00:00")]
    card.text_wanted.connect(lambda id: card.show_text(id, text))
    card.show_documents(known)
    card.text.verticalScrollBar().setValue(100)
    card.show_documents(known)  # the list comes anew
    assert card.text.verticalScrollBar().value() == 100
    qtbot.mouseClick(card.copy, Qt.MouseButton.LeftButton)
    assert QApplication.clipboard().text().startswith("Use\u00a0tabs.")
