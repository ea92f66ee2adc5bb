"""Prose that is set slice by slice: the beginning is there at once, and the window answers between the slices."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QTextDocument

from curator.ui.views.composer import Composer
from curator.ui.views.markdown import Block
from curator.ui.views.prose import Prose
from curator.ui.views.washes import Mark

SLICE = 8_000  # characters that are read, set and laid out in one turn of the event loop: some 10 ms


class GrowingProse(Prose):
    """Running text of any length up to what the reader shows at once."""

    completed = Signal()

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._composer: Composer | None = None
        self._find: Callable[[QTextDocument], Sequence[Mark]] | None = None
        self._turn = QTimer(self)
        self._turn.setInterval(0)
        self._turn.timeout.connect(self._grow)

    @property
    def is_whole(self) -> bool:
        """Whether all of the text is set."""
        return self._composer is None or self._composer.is_whole

    def tell(self, blocks: Iterable[Block], find: Callable[[QTextDocument], Sequence[Mark]]) -> None:
        """Set these blocks; `find` says which words of a document are marked."""
        self._composer, self._find = Composer(blocks), find
        is_whole = self._composer.fill(SLICE)
        self.show_document(self._composer.doc, [*self._composer.marks, *find(self._composer.doc)])
        if not is_whole:
            self._turn.start()

    def _grow(self) -> None:
        if self._composer is None or self._find is None:
            return
        if self._composer.fill(SLICE):
            self._turn.stop()
            self.renew_marks([*self._composer.marks, *self._find(self._composer.doc)])
            self.completed.emit()
        else:
            self.take_height()
