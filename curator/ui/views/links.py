"""Links out of a transcript: opened only after the person has seen the whole address and said yes."""

from __future__ import annotations

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QMessageBox, QWidget


def open_link(parent: QWidget, address: str) -> bool:
    """Ask, showing the whole address, and open it in the person's own browser. Only http and https are ever opened."""
    url = QUrl(address)
    if url.scheme().lower() not in ("http", "https") or not url.isValid():
        return False
    box = QMessageBox(parent)
    box.setIcon(QMessageBox.Icon.NoIcon)
    box.setTextFormat(Qt.TextFormat.PlainText)
    shown = url.toDisplayString(QUrl.ComponentFormattingOption.FullyEncoded)
    box.setText(f"Open this address in your browser?\n\n{shown[:500]}")
    opens = box.addButton("Open in browser", QMessageBox.ButtonRole.AcceptRole)
    box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(QMessageBox.StandardButton.Cancel)
    box.exec()
    return box.clickedButton() is opens and QDesktopServices.openUrl(url)
