"""The head of the exchange list: search, filters and order, which together with a source make the query."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QPoint, QTimer, Signal
from PySide6.QtGui import QActionGroup, QResizeEvent
from PySide6.QtWidgets import QMenu, QSizePolicy, QWidget

from curator.core.query import ExchangeQuery, Order
from curator.core.signal import SIGNALS
from curator.ui.controls import Button, ElidedText, Field, Plane, Text, column, row
from curator.ui.views.new_above import NewAbove
from curator.ui.whereabouts import asked_for

SOONEST, LATEST = 10, 60  # ms from the last letter to the search: a quarter of what the last search took
ORDERS = {
    Order.BEST: "Best first",
    Order.NEWEST: "Newest first",
    Order.OLDEST: "Oldest first",
    Order.RELEVANCE: "Best match first",
}
FILTER_SIGNALS = ("secret", "personal_data", "context_dep", "corrected_next", "confirmed_next", "no_answer", "too_long")


class ListHead(Plane):
    """`query_changed` asks for another list."""

    query_changed = Signal()

    def __init__(self) -> None:
        super().__init__("listing", "b")
        self.search = Field("Search exchanges", "")
        self.filters = Button(icon="filter", flat=True)
        self.filters.setAccessibleName("Filters")
        self.filters.setToolTip("Filters")
        self._title = ElidedText("", "small-strong")
        self._title.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self._title.setMinimumWidth(24)
        self._count = Text("", "small", "text3")
        self.order_button = Button("Best first", flat=True, small=True, ink="text2")
        self.order_button.setAccessibleName("Order")
        self.order_button.setToolTip("In which order exchanges stand")
        self._base, self._extra, self._order = ExchangeQuery(), ExchangeQuery(), Order.BEST
        self._above: NewAbove | None = None
        self._build_menus()
        self._titles = row(self._title, self._count, None, self.order_button, spacing=1.5)
        self.setLayout(
            column(row(self.search, self.filters, spacing=1), self._titles, spacing=1, margins=(3, 2.5, 2, 1))
        )
        self._typed = QTimer(self, singleShot=True, interval=SOONEST)
        self._typed.timeout.connect(self.query_changed)
        self.search.textChanged.connect(lambda _text: self._typed.start())

    def query(self) -> ExchangeQuery:
        """What is asked for: the source of the sidebar, narrowed by filters and the search, in the chosen order."""
        extra = self._extra
        return replace(
            asked_for(self._base, self.search.text(), self._order),
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
        self.order_button.set_text(ORDERS[order])
        self.order_button.setAccessibleName(f"Order: {ORDERS[order]}")
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

    def restore(self, text: str, order: Order) -> None:
        """Search and order as they were left; nothing is asked for yet."""
        self.set_order(order, tell=False)
        self.search.blockSignals(True)
        self.search.setText(text)
        self.search.blockSignals(False)

    def tell_above(self, above: NewAbove) -> None:
        """What is told before the order, where it has something to say."""
        self._above = above
        self._titles.insertWidget(self._titles.count() - 1, above)
        above.told.connect(self._give_room)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._give_room()

    def _give_room(self) -> None:
        """The title gives way last: what is new above it can be said in a number."""
        if self._above is not None and not self._above.isHidden():
            others = (self._title, self._count, self.order_button)
            taken = sum(widget.sizeHint().width() for widget in others) + len(others) * self._titles.spacing()
            self._above.fit(self._titles.contentsRect().width() - taken)

    def set_count(self, count: int) -> None:
        """How many are listed."""
        self._count.setText(f"{count:,}")

    def set_pace(self, seconds: float) -> None:
        """How long the last search took: quick ones follow each letter, slow ones wait for a few."""
        self._typed.setInterval(min(LATEST, max(SOONEST, round(seconds * 250))))

    def search_now(self) -> None:
        """Wait for no more letters."""
        if self._typed.isActive():
            self._typed.stop()
            self.query_changed.emit()

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
        self.order_button.clicked.connect(lambda: self._pop(self._order_menu, self.order_button))
        self._filter_menu = QMenu(self)
        self._filter_menu.setToolTipsVisible(True)
        self.filters.clicked.connect(self._open_filters)

    def _open_filters(self) -> None:
        menu, extra = self._filter_menu, self._extra
        menu.clear()

        def line(words: str, on: bool, query: ExchangeQuery, more: str = "") -> None:
            action = menu.addAction(words)
            action.setCheckable(True)
            action.setChecked(on)
            action.setToolTip(more)
            action.triggered.connect(lambda: self._set_extra(query))

        line("Flagged", extra.flagged, replace(extra, flagged=not extra.flagged))
        line("Edited", extra.edited, replace(extra, edited=not extra.edited))
        line(
            "Hidden ones too",
            extra.everything,
            replace(extra, everything=not extra.everything),
            "Also agents’ own sessions, abandoned branches and duplicates",
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
