"""The exchange list: its head, the cards below, and words where there is nothing."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, Qt, QTimer, QVariantAnimation, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QStackedWidget

from curator.core.query import Card, ExchangeQuery, Order
from curator.core.row import State
from curator.ui.controls import Plane, column
from curator.ui.models.exchange_table import ExchangeTable
from curator.ui.views.card_delegate import CardDelegate, card_height
from curator.ui.views.card_table import CardTable
from curator.ui.views.empty_place import EmptyPlace
from curator.ui.views.list_head import ListHead
from curator.ui.views.new_above import NewAbove

FADE = 120  # ms that the wash of a decision takes to go
WASHES = {State.CLEAN: "good_wash", State.LATER: "warn_wash", State.REJECTED: "bad_wash"}
REST = 250  # ms that the keys of the search rest before what is found is opened beside the list


class ExchangeList(Plane):
    """Which exchanges, and which of them is open.

    `query_changed` asks for another list; `opened(id)` says which exchange is current (0 for none);
    `step_asked` is the button of the empty place.
    """

    query_changed = Signal()
    opened = Signal(int)
    selection_changed = Signal(int)  # how many cards are selected
    step_asked = Signal()
    resized = Signal()

    def __init__(self, model: ExchangeTable) -> None:
        super().__init__("listing", "r")
        self.model = model
        self.head = ListHead()
        self.search = self.head.search
        self.table = CardTable(model)
        self.above = NewAbove(self.table)
        self.head.tell_above(self.above)
        self._silent = False
        self.empty = EmptyPlace()
        self._stack = QStackedWidget()
        self._stack.addWidget(self.table)
        self._stack.addWidget(self.empty)
        self.setLayout(column(self.head, self._stack, margins=(0, 0, 0.25, 0)))
        self.head.query_changed.connect(self.query_changed)
        self._resting = QTimer(self, singleShot=True, interval=REST)
        self._resting.timeout.connect(self._open_current)
        self.search.returnPressed.connect(self._on_return)
        self.search.left.connect(self.table.setFocus)
        self.empty.button.clicked.connect(self.step_asked)
        self.table.selectionModel().currentRowChanged.connect(self._on_current_changed)
        self.table.selectionModel().selectionChanged.connect(self._on_selection_changed)
        self._moves = False
        self._fade = QVariantAnimation(self, duration=FADE, startValue=1.0, endValue=0.0)
        self._fade.valueChanged.connect(self._on_faded)

    # which exchanges

    def query(self) -> ExchangeQuery:
        """What is asked for."""
        return self.head.query()

    @property
    def order(self) -> Order:
        """The chosen order."""
        return self.head.order

    @property
    def is_narrowed(self) -> bool:
        """Whether a search or a filter hides something of the source."""
        return self.head.is_narrowed

    def set_source(self, title: str, query: ExchangeQuery) -> None:
        """Another line of the sidebar; search and filters stay."""
        self.head.set_source(title, query)

    def set_order(self, order: Order) -> None:
        """Another order."""
        self.head.set_order(order)

    def restore(self, text: str, order: Order) -> None:
        """Search and order as they were left."""
        self.head.restore(text, order)

    def clear_narrowing(self) -> None:
        """No search, no filter."""
        self.head.clear_narrowing()

    def set_pace(self, seconds: float) -> None:
        """How long the last search took."""
        self.head.set_pace(seconds)

    # what is shown

    def show_ids(self, ids: array[int], keep: int = 0, cards: Sequence[Card] = ()) -> None:
        """Show these; `keep` is opened where it is among them, else the first one. `cards` are those of the first page,
        where they were read already."""
        self.above.forget()
        self._put(ids, keep, 0, cards)

    def renew_ids(self, ids: array[int]) -> None:
        """Others changed the list: what is seen stays where it is, the open card open and the selected ones selected;
        what came in above is told."""
        newest = max(self.model.ids, default=0)  # ids grow with time
        self._put(ids, self.current, max(0, self.current_row), chosen=self.selected(), seen=self._seen)
        first = self.visible_rows().start
        self.above.add(sum(id > newest for id in ids[:first]))

    @property
    def _seen(self) -> int:
        """What stays where it is on the screen: the open exchange, or the first one in sight."""
        rows = self.visible_rows()
        return self.current if self.current_row in rows else self.model.id_at(rows.start)

    def _put(
        self,
        ids: array[int],
        keep: int,
        fallback_row: int,
        cards: Sequence[Card] = (),
        chosen: Sequence[int] = (),
        seen: int = 0,
    ) -> None:
        seen = seen if seen in ids else keep
        offset = self._offset_of(seen)
        self._silent = True
        self.model.set_ids(ids, cards)
        number = self.model.row_of(keep) if keep else -1
        found = number >= 0
        if not found:
            number = min(fallback_row, len(ids) - 1)
        if number >= 0:
            self._select(number)
            if found and offset is not None:
                bar = self.table.verticalScrollBar()
                bar.setValue(max(0, self.model.row_of(seen) * card_height() - offset))
            else:
                self._show_row(number)
        if len(chosen) > 1:
            wanted = set(chosen)
            self._select_rows([row for row, id in enumerate(ids) if id in wanted])
        self._silent = False
        self.head.set_count(len(ids))
        self._on_selection_changed()
        self._stack.setCurrentIndex(0 if len(ids) else 1)
        if self.search.hasFocus():
            self._resting.start()  # the next letter may find something else: the list first
        else:
            self._open_current()

    @property
    def current(self) -> int:
        """The open exchange; 0 for none."""
        index = self.table.currentIndex()
        return self.model.id_at(index.row()) if index.isValid() else 0

    @property
    def current_row(self) -> int:
        """Where the open exchange stands; -1 for none."""
        index = self.table.currentIndex()
        return index.row() if index.isValid() else -1

    def selected(self) -> list[int]:
        """The selected exchanges, in the order of the list."""
        ranges = sorted(self._ranges())
        return [i for top, bottom in ranges for i in self.model.ids[top : bottom + 1]]

    def open(self, id: int) -> bool:
        """Go to an exchange; False when it is not listed."""
        number = self.model.row_of(id)
        if number >= 0:
            self.go_to_row(number)
        return number >= 0

    def go_to_row(self, number: int) -> None:
        """Open what stands there."""
        if 0 <= number < len(self.model.ids):
            self._select(number)
            self._show_row(number)

    def step(self, by: int) -> bool:
        """The next or an earlier exchange; False at the end."""
        number = self.current_row + by
        inside = 0 <= number < len(self.model.ids)
        self.go_to_row(min(max(number, 0), len(self.model.ids) - 1))
        return inside

    def _ranges(self) -> list[tuple[int, int]]:
        selection: Any = self.table.selectionModel().selection()  # a list of ranges, which the stubs do not say
        return [(r.top(), r.bottom()) for r in selection]

    def set_motion(self, moves: bool) -> None:
        """Whether decisions are washed; not when the system asks for less motion."""
        self._moves = moves

    def wash(self, ids: Sequence[int], state: State) -> None:
        """Let the colour of a decision fade from these cards."""
        delegate, colour = self.table.itemDelegate(), WASHES.get(state, "")
        if self._moves and colour and isinstance(delegate, CardDelegate):
            delegate.washed, delegate.wash = frozenset(ids), colour
            self._fade.stop()
            self._on_faded(1.0)
            self._fade.start()

    def _on_faded(self, strength: float) -> None:
        delegate = self.table.itemDelegate()
        if isinstance(delegate, CardDelegate):
            delegate.strength = strength
            for number in self.visible_rows():
                if self.model.id_at(number) in delegate.washed:
                    self.table.update(self.model.index(number, 0))

    def visible_rows(self) -> range:
        """The rows that are seen now."""
        return self.table.rows_in_sight()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.resized.emit()

    def select_ids(self, ids: Sequence[int]) -> None:
        """Select these cards where they are listed, the first of them open."""
        rows = sorted(r for r in map(self.model.row_of, ids) if r >= 0)
        if not rows:
            return
        self.go_to_row(rows[0])
        self._select_rows(rows)

    def _select_rows(self, rows: Sequence[int]) -> None:
        """Select these rows, in their order, and no others; with none the selection stays."""
        selection, begun = QItemSelection(), 0
        for place, number in enumerate(rows):
            if place + 1 == len(rows) or rows[place + 1] != number + 1:  # the end of a range
                selection.select(self.model.index(rows[begun], 0), self.model.index(number, 0))
                begun = place + 1
        if rows:
            self.table.selectionModel().select(selection, QItemSelectionModel.SelectionFlag.ClearAndSelect)

    def set_limit(self, limit: int, is_estimate: bool) -> None:
        """The maximum of tokens: what is longer is said in red. An estimate wears ≈."""
        delegate = self.table.itemDelegate()
        if isinstance(delegate, CardDelegate):
            delegate.limit, delegate.is_estimate = limit, is_estimate
            self.table.viewport().update()

    def _offset_of(self, id: int) -> int | None:
        number = self.model.row_of(id) if id else -1
        return number * card_height() - self.table.verticalScrollBar().value() if number >= 0 else None

    def _select(self, number: int) -> None:
        index = self.model.index(number, 0)
        flags = QItemSelectionModel.SelectionFlag
        self.table.selectionModel().setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)

    def _show_row(self, number: int) -> None:
        """Bring a card into sight and its neighbours with it: who goes through the list sees what comes next."""
        for near in (number - 1, number + 1, number):
            self.table.scrollTo(self.model.index(near, 0), QAbstractItemView.ScrollHint.EnsureVisible)

    def _on_current_changed(self, index: QModelIndex, _before: QModelIndex) -> None:
        if not self._silent:
            self._open_current()

    def _open_current(self) -> None:
        self._resting.stop()
        self.opened.emit(self.current)

    def _on_selection_changed(self) -> None:
        self.selection_changed.emit(sum(bottom - top + 1 for top, bottom in self._ranges()))

    def _on_return(self) -> None:
        self.head.search_now()
        if self._resting.isActive():
            self._open_current()
        self.table.setFocus(Qt.FocusReason.ShortcutFocusReason)
