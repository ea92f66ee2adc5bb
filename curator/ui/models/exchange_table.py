"""The exchanges of the present filter: an array of ids, and a cache of pages behind it."""

from __future__ import annotations

from array import array
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from curator.core.query import Card
from curator.core.row import State
from curator.core.signal import SIGNALS

PAGE = 128  # rows; one page is read in about 0.3 ms, also among a million
PAGES = 64  # kept at most

Index = QModelIndex | QPersistentModelIndex
Fetch = Callable[[Sequence[int]], list[Card]]

STATE_WORDS = {State.UNREVIEWED: "to review", State.CLEAN: "clean", State.LATER: "later", State.REJECTED: "rejected"}


class Role(IntEnum):
    """What the delegate asks for, once a row."""

    CARD = Qt.ItemDataRole.UserRole + 1


class ExchangeTable(QAbstractTableModel):
    """Only visible rows are ever asked for; a page is read here, in the window's thread, and nothing more.

    A write drops the pages it names (`drop`), or changes a card at once while the write is still on its way (`patch`).
    """

    def __init__(self, fetch: Fetch, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._fetch = fetch
        self._ids: array[int] = array("q")
        self._pages: OrderedDict[int, dict[int, Card]] = OrderedDict()
        self._patches: dict[int, dict[str, Any]] = {}
        self.drops = 0  # how often cards were dropped: what was read before the last time may be out of date

    @property
    def ids(self) -> array[int]:
        """All ids in the order of the list; not to be changed."""
        return self._ids

    def set_ids(self, ids: array[int], first: Sequence[Card] = ()) -> None:
        """Show another list. Cards already read are forgotten; `first` are those of its first page, where they were
        read with it."""
        self.beginResetModel()
        self._ids = ids
        self._pages.clear()
        self._patches.clear()
        if first:
            self._pages[0] = {card.id: card for card in first}
        self.endResetModel()

    def id_at(self, row: int) -> int:
        """The exchange in a row; 0 when there is none."""
        return self._ids[row] if 0 <= row < len(self._ids) else 0

    def row_of(self, id: int) -> int:
        """Where an exchange stands; -1 when it is not listed."""
        try:
            return self._ids.index(id)
        except ValueError:
            return -1

    def card(self, row: int) -> Card | None:
        """The card of a row, read with its page when it is not at hand; None for one that is gone."""
        if not 0 <= row < len(self._ids):
            return None
        id = self._ids[row]
        card = self._page(row // PAGE).get(id)
        patch = self._patches.get(id)
        return card._replace(**patch) if card is not None and patch else card

    def drop(self, ids: Iterable[int]) -> None:
        """These exchanges changed: read their pages again when they are shown next."""
        touched = set(ids)
        if not touched:
            return
        self.drops += 1
        for id in touched:
            self._patches.pop(id, None)
        for number, page in list(self._pages.items()):
            if not touched.isdisjoint(page):
                del self._pages[number]
                self._say_changed(number)

    def held(self) -> set[int]:
        """The exchanges whose cards are here: `drop` them where anything may have changed."""
        return {id for page in self._pages.values() for id in page}

    def patch(self, ids: Iterable[int], **fields: Any) -> None:
        """Show these cards with other fields until the write that does so has come back (`drop`)."""
        touched = set(ids)
        for id in touched:
            self._patches[id] = {**self._patches.get(id, {}), **fields}
        for number, page in self._pages.items():
            if not touched.isdisjoint(page):
                self._say_changed(number)

    def forget(self) -> None:
        """Read every page again when it is shown next."""
        self._pages.clear()
        if self._ids:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._ids) - 1, 0))

    def forget_tokens(self) -> None:
        """What was counted is another tokenizer's: estimate until it is counted anew."""
        self._pages = OrderedDict(
            (number, {id: card._replace(tokens=None) for id, card in page.items()})
            for number, page in self._pages.items()
        )
        if self._ids:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._ids) - 1, 0))

    def set_tokens(self, counted: Mapping[int, int]) -> None:
        """These were counted just now; pages that are read later know it by themselves."""
        for number, page in self._pages.items():
            known = [id for id in counted if id in page and page[id].tokens != counted[id]]
            for id in known:
                page[id] = page[id]._replace(tokens=counted[id])
            if known:
                self._say_changed(number)

    def _say_changed(self, number: int) -> None:
        first, last = number * PAGE, min((number + 1) * PAGE, len(self._ids)) - 1
        if first <= last:
            self.dataChanged.emit(self.index(first, 0), self.index(last, 0))

    def _page(self, number: int) -> dict[int, Card]:
        page = self._pages.get(number)
        if page is None:
            ids = self._ids[number * PAGE : (number + 1) * PAGE]
            page = self._pages[number] = {card.id: card for card in self._fetch(ids)}
            if len(self._pages) > PAGES:
                self._pages.popitem(last=False)
        else:
            self._pages.move_to_end(number)
        return page

    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self._ids)

    def columnCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else 1

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        if role == Role.CARD:
            return self.card(index.row())
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            card = self.card(index.row())
            return card_words(card) if card is not None else ""
        if role == Qt.ItemDataRole.ToolTipRole:
            card = self.card(index.row())
            return "\n".join(SIGNALS[s].sentence for s in card.signals if s in SIGNALS) if card is not None else None
        return None


def card_words(card: Card) -> str:
    """A card as a screen reader says it."""
    tokens = f"{card.tokens:,} tokens" if card.tokens is not None else f"about {max(1, card.characters // 4):,} tokens"
    signals = ", ".join(SIGNALS[s].badge for s in card.signals if s in SIGNALS)
    more = ", ".join(x for x in ("edited" * card.is_edited, "flagged" * card.is_flagged, signals) if x)
    return f"{STATE_WORDS[card.state]}: {card.prompt}. {tokens}{'. ' + more if more else ''}. {card.response}"
