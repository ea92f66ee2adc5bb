"""Opens the sheet that asks what is what in a file nobody knows, and shows what comes of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from curator.core.errors import CuratorError
from curator.core.exchange import Exchange
from curator.core.mapping import Field, Mapping
from curator.services import importing
from curator.ui.tasks import Tasks
from curator.ui.views.mapping_dialog import SHOWN, SIZE, MappingDialog
from curator.ui.views.sheet import Sheet


class MappingDesk(QObject):
    """One sheet at a time. Says `asked(Path, Mapping)` when a file is to be read by the fields that were chosen."""

    asked = Signal(object, object)

    def __init__(self, tasks: Tasks, over: QWidget, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks, self._over = tasks, over
        self.sheet: Sheet | None = None

    def open(self, path: Path) -> None:
        """Ask about this file."""
        if self.sheet is not None:
            self.sheet.dismiss()
        card = MappingDialog(path.name)
        sheet = self.sheet = Sheet(self._over, card, SIZE)
        card.left.connect(sheet.dismiss)
        card.changed.connect(lambda mapping: self._preview(card, path, mapping))
        card.asked.connect(lambda mapping: self._import(sheet, path, mapping))
        sheet.closed.connect(lambda: self._on_closed(sheet))
        sheet.open()

        def done(fields: list[Field]) -> None:
            if self._is_open(card):
                card.show_fields(fields)

        self._tasks.read(lambda: importing.fields_of(path), done, self._telling(card), key="mapping-fields")

    def _on_closed(self, sheet: Sheet) -> None:
        if self.sheet is sheet:
            self.sheet = None

    def _is_open(self, card: MappingDialog) -> bool:
        return self.sheet is not None and self.sheet.card is card

    def _telling(self, card: MappingDialog) -> Callable[[Exception], None]:
        def failed(error: Exception) -> None:
            if self._is_open(card):
                words = f"{error.message} {error.hint}" if isinstance(error, CuratorError) else str(error)
                card.show_problem(words.strip())

        return failed

    def _preview(self, card: MappingDialog, path: Path, mapping: Mapping) -> None:
        def done(exchanges: list[Exchange]) -> None:
            if self._is_open(card):
                card.show_preview(exchanges)

        work = partial(importing.preview_mapped, path, mapping, SHOWN)
        self._tasks.read(work, done, self._telling(card), key="mapping-preview")

    def _import(self, sheet: Sheet, path: Path, mapping: Mapping) -> None:
        sheet.dismiss()
        self.asked.emit(path, mapping)
