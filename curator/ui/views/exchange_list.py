"""The exchange list: search, filters and order above, cards below, and words where there is nothing."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import (
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPoint,
    Qt,
    QTimer,
    QVariantAnimation,
    Signal,
)
from PySide6.QtGui import QActionGroup, QKeyEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QMenu, QStackedWidget, QTableView, QWidget

from curator.core.query import ExchangeQuery, Order
from curator.core.row import State
from curator.core.signal import SIGNALS
from curator.ui.controls import Button, Field, Plane, Text, Well, column, row, tint
from curator.ui.models.exchange_table import ExchangeTable
from curator.ui.views.card_delegate import CARD_HEIGHT, CardDelegate

FADE = 120  # ms that the wash of a decision takes to go
WASHES = {State.CLEAN: "good_wash", State.LATER: "warn_wash", State.REJECTED: "bad_wash"}
SOONEST, LATEST = 10, 60  # ms from the last letter to the search: a quarter of what the last search took
REST = 150  # ms that the keys of the search rest before what is found is opened beside the list
ORDERS = {
    Order.BEST: "Best first",
    Order.NEWEST: "Newest first",
    Order.OLDEST: "Oldest first",
    Order.RELEVANCE: "Best match first",
}
FILTER_SIGNALS = ("secret", "personal_data", "context_dep", "corrected_next", "confirmed_next", "no_answer", "too_long")


class CardTable(QTableView):
    """A QTableView set up the way that stays fast with a million rows: one column, one height, per pixel."""

    def __init__(self, model: ExchangeTable) -> None:
        super().__init__()
        self.setModel(model)
        self.setItemDelegate(CardDelegate(self))
        self.horizontalHeader().hide()
        self.verticalHeader().hide()
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setMinimumSectionSize(CARD_HEIGHT)
        self.verticalHeader().setDefaultSectionSize(CARD_HEIGHT)
        self.setShowGrid(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setMouseTracking(True)
        self.setCornerButtonEnabled(False)
        self.setAccessibleName("Exchanges")
        tint(self, QPalette.ColorRole.Base, "listing")

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            tint(self, QPalette.ColorRole.Base, "listing")

    def keyboardSearch(self, search: str) -> None:
        """Letters are commands here; Qt's search would read every page there is."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            event.ignore()
            return
        super().keyPressEvent(event)


class EmptyPlace(Plane):
    """What stands where nothing is: a sentence, what it means, and one step."""

    def __init__(self) -> None:
        super().__init__("listing")
        self._title = Text("", "heading", wrap=True)
        self._words = Text("", "small", "text2", wrap=True)
        self.button = Button("", small=True)
        well = Well(
            column(self._title, 1, self._words, 3, row(self.button, None), margins=(5, 4, 5, 4)), "base", "line"
        )
        self.setLayout(column(well, None, margins=(3, 3, 3, 3)))

    def say(self, title: str, words: str = "", button: str = "", key: str = "") -> None:
        """These words; an empty button is not shown."""
        self._title.setText(title)
        self._words.setText(words)
        self._words.setVisible(bool(words))
        self.button.set_text(button, key)
        self.button.setVisible(bool(button))


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
        self.table = CardTable(model)
        self.search = Field("Search exchanges", "")
        self.filters = Button(icon="filter", flat=True)
        self.filters.setAccessibleName("Filters")
        self.filters.setToolTip("Filters")
        self._title = Text("", "small-strong")
        self._count = Text("", "small", "text3")
        self._order_words = Button("Best first", flat=True, small=True, ink="text2")
        self._order_words.setAccessibleName("Order")
        self._order_words.setToolTip("In which order exchanges stand")
        self._order_words.icon_name = ""
        self._base, self._extra, self._order = ExchangeQuery(), ExchangeQuery(), Order.BEST
        self._silent = False
        self._build_menus()
        title = row(self._title, self._count, None, self._order_words, spacing=1.5)
        head = Plane(
            "listing",
            "b",
            column(row(self.search, self.filters, spacing=1), title, spacing=1, margins=(3, 2.5, 2, 1)),
        )
        self.empty = EmptyPlace()
        self._stack = QStackedWidget()
        self._stack.addWidget(self.table)
        self._stack.addWidget(self.empty)
        self.setLayout(column(head, self._stack, margins=(0, 0, 0.25, 0)))
        self._typed = QTimer(self, singleShot=True, interval=SOONEST)
        self._typed.timeout.connect(self.query_changed)
        self.search.textChanged.connect(lambda _text: self._typed.start())
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
        """What is asked for: the source of the sidebar, narrowed by filters and the search, in the chosen order."""
        text = self.search.text().strip()
        order = self._order if text or self._order is not Order.RELEVANCE else Order.BEST
        extra = self._extra
        return replace(
            self._base,
            text=text,
            order=order,
            signal=extra.signal or self._base.signal,
            flagged=extra.flagged or self._base.flagged,
            edited=extra.edited or self._base.edited,
            everything=extra.everything or self._base.everything,
        )

    @property
    def order(self) -> Order:
        """The chosen order."""
        return self._order

    @property
    def is_narrowed(self) -> bool:
        """Whether a search or a filter hides something of the source."""
        return bool(self.search.text().strip()) or self._extra != ExchangeQuery()

    def set_source(self, title: str, query: ExchangeQuery) -> None:
        """Another line of the sidebar; search and filters stay."""
        self._title.setText(title)
        self._base = query
        self.query_changed.emit()

    def set_order(self, order: Order, tell: bool = True) -> None:
        """Another order."""
        self._order = order
        self._order_words.set_text(ORDERS[order])
        self._order_words.setAccessibleName(f"Order: {ORDERS[order]}")
        self._order_actions[order].setChecked(True)
        if tell:
            self.query_changed.emit()

    def clear_narrowing(self) -> None:
        """No search, no filter."""
        self._extra = ExchangeQuery()
        self._say_filters()
        self.search.setText("")
        self._typed.stop()
        self.query_changed.emit()

    def filter_by(
        self, signal: str = "", flagged: bool = False, edited: bool = False, everything: bool = False
    ) -> None:
        """Narrow by these."""
        self._extra = ExchangeQuery(signal=signal, flagged=flagged, edited=edited, everything=everything)
        self._say_filters()
        self.query_changed.emit()

    # what is shown

    def show_ids(self, ids: array[int], keep: int = 0, fallback_row: int = 0) -> None:
        """Show these; `keep` is opened again where it is among them, else what stands in `fallback_row`."""
        offset = self._offset_of(keep)
        self._silent = True
        self.model.set_ids(ids)
        number = self.model.row_of(keep) if keep else -1
        found = number >= 0
        if not found:
            number = min(fallback_row, len(ids) - 1)
        if number >= 0:
            self._select(number)
            if found and offset is not None:
                bar = self.table.verticalScrollBar()
                bar.setValue(max(0, number * CARD_HEIGHT - offset))
            else:
                self._show_row(number)
        self._silent = False
        self._count.setText(f"{len(ids):,}")
        self._on_selection_changed()
        self._stack.setCurrentIndex(0 if len(ids) else 1)
        if self.search.hasFocus():
            self._resting.start()  # the next letter may find something else: the list first
        else:
            self._open_current()

    def set_pace(self, seconds: float) -> None:
        """How long the last search took: quick ones follow each letter, slow ones wait for a few."""
        self._typed.setInterval(min(LATEST, max(SOONEST, round(seconds * 250))))

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
        first, last = self.table.rowAt(0), self.table.rowAt(self.table.viewport().height() - 1)
        return range(max(0, first), (last if last >= 0 else len(self.model.ids) - 1) + 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.resized.emit()

    def select_ids(self, ids: Sequence[int]) -> None:
        """Select these cards where they are listed, the first of them open."""
        rows = sorted(r for r in map(self.model.row_of, ids) if r >= 0)
        if not rows:
            return
        self.go_to_row(rows[0])
        selection = QItemSelection()
        for number in rows:
            index = self.model.index(number, 0)
            selection.select(index, index)
        self.table.selectionModel().select(selection, QItemSelectionModel.SelectionFlag.ClearAndSelect)

    def set_limit(self, limit: int, is_estimate: bool) -> None:
        """The maximum of tokens: what is longer is said in red. An estimate wears ≈."""
        delegate = self.table.itemDelegate()
        if isinstance(delegate, CardDelegate):
            delegate.limit, delegate.is_estimate = limit, is_estimate
            self.table.viewport().update()

    def _offset_of(self, id: int) -> int | None:
        number = self.model.row_of(id) if id else -1
        return number * CARD_HEIGHT - self.table.verticalScrollBar().value() if number >= 0 else None

    def _select(self, number: int) -> None:
        index = self.model.index(number, 0)
        flags = QItemSelectionModel.SelectionFlag
        self.table.selectionModel().setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)

    def _show_row(self, number: int) -> None:
        self.table.scrollTo(self.model.index(number, 0), QAbstractItemView.ScrollHint.EnsureVisible)

    def _on_current_changed(self, index: QModelIndex, _before: QModelIndex) -> None:
        if not self._silent:
            self._open_current()

    def _open_current(self) -> None:
        self._resting.stop()
        self.opened.emit(self.current)

    def _on_selection_changed(self) -> None:
        self.selection_changed.emit(sum(bottom - top + 1 for top, bottom in self._ranges()))

    def _on_return(self) -> None:
        if self._typed.isActive():
            self._typed.stop()
            self.query_changed.emit()
        if self._resting.isActive():
            self._open_current()
        self.table.setFocus(Qt.FocusReason.ShortcutFocusReason)

    # menus

    def _build_menus(self) -> None:
        self._order_menu = QMenu(self)
        group = QActionGroup(self)
        self._order_actions = {}
        for order, words in ORDERS.items():
            action = self._order_menu.addAction(words)
            action.setCheckable(True)
            action.triggered.connect(lambda _on=False, o=order: self.set_order(o))
            group.addAction(action)
            self._order_actions[order] = action
        self._order_actions[Order.BEST].setChecked(True)
        self._order_words.clicked.connect(lambda: self._pop(self._order_menu, self._order_words))
        self._filter_menu = QMenu(self)
        self.filters.clicked.connect(self._open_filters)

    def _open_filters(self) -> None:
        menu, extra = self._filter_menu, self._extra
        menu.clear()

        def line(words: str, on: bool, query: ExchangeQuery) -> None:
            action = menu.addAction(words)
            action.setCheckable(True)
            action.setChecked(on)
            action.triggered.connect(lambda: self._set_extra(query))

        line("Flagged", extra.flagged, replace(extra, flagged=not extra.flagged))
        line("Edited", extra.edited, replace(extra, edited=not extra.edited))
        line(
            "Also what is hidden: subagents, abandoned branches, duplicates",
            extra.everything,
            replace(extra, everything=not extra.everything),
        )
        menu.addSection("With the signal")
        for name in FILTER_SIGNALS:
            on = extra.signal == name
            line(SIGNALS[name].badge.capitalize(), on, replace(extra, signal="" if on else name))
        menu.addSeparator()
        clear = menu.addAction("Clear filters")
        clear.setEnabled(extra != ExchangeQuery())
        clear.triggered.connect(lambda: self._set_extra(ExchangeQuery()))
        self._pop(menu, self.filters)

    def _set_extra(self, query: ExchangeQuery) -> None:
        self._extra = query
        self._say_filters()
        self.query_changed.emit()

    def _say_filters(self) -> None:
        extra = self._extra
        words = [
            w
            for w, on in (("flagged", extra.flagged), ("edited", extra.edited), ("hidden too", extra.everything))
            if on
        ]
        words += [SIGNALS[extra.signal].badge] if extra.signal in SIGNALS else []
        self.filters.ink = "accent_text" if words else ""
        self.filters.setToolTip(f"Filters: {', '.join(words)}" if words else "Filters")
        self.filters.setAccessibleName(self.filters.toolTip())
        self.filters.update()

    @staticmethod
    def _pop(menu: QMenu, under: QWidget) -> None:
        menu.popup(under.mapToGlobal(QPoint(0, under.height() + 2)))
