"""Exact token counts for the cards that are read: counted beside the window, so that “≈” figures turn exact."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from PySide6.QtCore import QObject, QTimer

from curator.services import budgets
from curator.services.workspace import Workspace
from curator.ui.tasks import Tasks
from curator.ui.views.exchange_list import ExchangeList

REST = 150  # ms that the list stands still before its cards are counted
AT_ONCE = 4  # cards between two looks at whether they are still wanted


class CardCounter(QObject):
    """Counts the visible cards in the chosen model's template while the list stands still; what is scrolled away is
    not counted. The figures go to the token cache, so that a card is counted once."""

    def __init__(
        self, workspace: Workspace, tasks: Tasks, exchanges: ExchangeList, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._ws, self._tasks, self._list = workspace, tasks, exchanges
        self._model: str | None = None
        self._has_begun = False
        self._is_other_model = False  # the cards at hand were counted by another tokenizer
        self._cancel = threading.Event()
        self._timer = QTimer(self, singleShot=True, interval=REST)
        self._timer.timeout.connect(self._count)
        exchanges.table.verticalScrollBar().valueChanged.connect(self._on_scrolled)
        for signal in (exchanges.model.modelReset, exchanges.model.dataChanged, exchanges.resized):
            signal.connect(self._wait)

    def begin(self) -> None:
        """The window stands: from now on there is time to count."""
        self._has_begun = True
        self._wait()

    def set_model(self, model: str | None) -> None:
        """Count by this model; without one the figures stay estimates."""
        if model != self._model:
            self._model = model
            self._is_other_model = True
            self._cancel.set()
            self._list.model.forget_tokens()
            self._wait()

    def _on_scrolled(self) -> None:
        self._cancel.set()
        self._wait()

    def _wait(self) -> None:
        if self._has_begun and self._model is not None:
            self._timer.start()

    def _count(self) -> None:
        model = self._list.model
        cards = [card for row in self._list.visible_rows() if (card := model.card(row)) is not None]
        ids = [card.id for card in cards if self._is_other_model or card.tokens is None]
        if not ids or self._model is None:
            return
        self._cancel.set()
        self._cancel = cancel = threading.Event()
        is_other = self._is_other_model

        def work() -> dict[int, int]:
            if budgets.chosen_counter(self._ws).is_estimate:
                return {}  # the chosen model cannot count: an estimate must not look exact
            found: dict[int, int] = {}
            for part in _parts(ids):
                if cancel.is_set():
                    break
                found |= budgets.tokens_of(self._ws, part)
            return found

        def done(found: dict[int, int]) -> None:
            if is_other and found:
                self._is_other_model = False
                model.forget()  # the others are read again as they are shown, with what is known of them
            model.set_tokens(found)

        def failed(_error: Exception) -> None:
            """One of them may have gone with its file: it stays an estimate."""

        self._tasks.count(work, done, failed, key="tokens of cards")


def _parts(ids: list[int]) -> Iterator[list[int]]:
    return (ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE))
