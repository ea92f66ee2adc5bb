"""The Library: sources, exchanges, and the open one with its row."""

from __future__ import annotations

import json
import time
from array import array
from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QSplitter, QStackedWidget, QVBoxLayout, QWidget

from curator.core.changes import Changes
from curator.core.errors import CuratorError
from curator.core.query import Card, Counts, ExchangeQuery, ExchangeView, Order, WatchedFolder
from curator.core.row import Check, State
from curator.services import browsing, importing, settings
from curator.services.workspace import Workspace
from curator.ui.actions import Actions
from curator.ui.card_counter import CardCounter
from curator.ui.controls import Plane, column, row
from curator.ui.desk import Budget, Desk
from curator.ui.empty_words import words_for
from curator.ui.models.exchange_table import ExchangeTable
from curator.ui.models.source_list import Source, SourceList, sources_of
from curator.ui.reviewing import Review, merge
from curator.ui.setting_keys import PLACE_KEY
from curator.ui.tasks import Tasks
from curator.ui.views.bulk_bar import BulkBar
from curator.ui.views.exchange_list import ExchangeList
from curator.ui.views.first_start import FirstStart
from curator.ui.views.marks import cover_card
from curator.ui.views.reader import Reader
from curator.ui.views.row_editor import RowEditor
from curator.ui.views.sidebar import WIDTH as SIDEBAR_WIDTH
from curator.ui.views.sidebar import Sidebar

NARROW = 1200  # points; below it the sidebar folds away
LIST_WIDE, LIST_NARROW = 404, 304
EDITOR_WIDE, EDITOR_NARROW = 384, 300
READ_AFTER = 20  # ms from a write until figures and list are read again
COUNT_EVERY, REFRESH_EVERY = 150, 300  # ms at least between two times: what arrives meanwhile is gathered
CHECK_ACTIONS = {"check_in": Check.CLEAR_IN, "check_out": Check.CLEAR_OUT, "check_legible": Check.LEGIBLE}


class LibraryPlace(QWidget):
    """Reads, decides, edits. Decisions are shown at once and written behind; what was decided stays where it stood
    until the list is left."""

    asked = Signal(str, object)  # a question before an act: the sentence, and a list of (words, call)

    settled = Signal()  # the first list stands with its exchange, or there is none to show

    def __init__(self, workspace: Workspace, tasks: Tasks, actions: Actions) -> None:
        super().__init__()
        self._ws, self._tasks, self._actions = workspace, tasks, actions
        self.sources = SourceList(self)
        self.table = ExchangeTable(self._fetch, self)
        self.desk = Desk(workspace, tasks, self)
        self.sidebar = Sidebar(self.sources)
        self.list = ExchangeList(self.table)
        self.bulk = BulkBar()
        self.reader, self.editor = Reader(), RowEditor()
        self.review = Review(workspace, tasks, self.desk, self.list, self)
        self.card_counter = CardCounter(workspace, tasks, self.list, self)
        self.first_start = FirstStart()
        self._counts = Counts()
        self._watched: list[WatchedFolder] = []
        self._source: Source | None = None
        self._keep = 0  # the exchange to open when the ids come
        self._is_loaded = False
        self._is_first_list = True
        self._refreshed = self._recounted = 0.0  # when list and figures were last read because of a write
        self._sidebar_wanted = True
        self._is_narrow = False
        self._build()
        self._connect()
        self._connect_actions()

    # the place

    def load(self) -> None:
        """Ask for everything; the window is already shown."""

        def read() -> tuple[Counts, list[WatchedFolder], str]:
            ws = self._ws
            return browsing.counts(ws), importing.watched(ws), settings.get(ws, PLACE_KEY)

        def done(found: tuple[Counts, list[WatchedFolder], str]) -> None:
            self._is_loaded = True
            self._show_counts(found[0], found[1])
            self._restore(found[2])

        self._tasks.read(read, done)

    def activate(self) -> None:
        """Come here: the keyboard goes to the list."""
        if self._stack.currentWidget() is self.first_start:
            self.first_start.setFocus()
        else:
            self.list.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def apply(self, changes: Changes) -> None:
        """Drop what was touched; ask for new lists only when others changed them."""
        self.table.drop(changes.exchanges)
        self.desk.drop(changes.exchanges)
        if changes.lists or changes.tags or changes.watched or changes.rows:
            self._read_soon(self._count_timer, self._recounted, COUNT_EVERY)
        if changes.lists and not self.review.is_echo(changes):
            self._read_soon(self._refresh_timer, self._refreshed, REFRESH_EVERY)

    @staticmethod
    def _read_soon(timer: QTimer, last: float, every: int) -> None:
        """Start a timer that does not run yet: under constant writes it must come to its end all the same."""
        if not timer.isActive():
            timer.start(max(READ_AFTER, every - round((time.monotonic() - last) * 1000)))

    def leave(self) -> None:
        """The window closes: what is typed and where the person is goes to the disk."""
        self.desk.flush()
        if self._is_loaded and self._source is not None:
            where = self._where()
            self._tasks.write(lambda: settings.keep(self._ws, PLACE_KEY, where))

    def set_budget(self, budget: Budget) -> None:
        """The model and the maximum that rows are measured by."""
        self.desk.set_budget(budget)
        self.list.set_limit(budget.limit, budget.model is None)
        self.card_counter.set_model(budget.model)

    def toggle_sidebar(self) -> None:
        """Show or hide the sidebar; in a narrow window it lies over the list."""
        if self._is_narrow:
            self._float_sidebar(not self.sidebar.isVisible())
        else:
            self._sidebar_wanted = not self._sidebar_wanted
            self.sidebar.setVisible(self._sidebar_wanted)

    def go_to(self, source: str, id: int = 0) -> None:
        """Another line of the sidebar, with one exchange open."""
        self._keep = id
        if self._source is not None and self._source.key == source:
            self._reload(keep=id)
        elif not self.sidebar.choose(source):
            self.sidebar.choose("queue:all")

    def show_exchange(self, id: int) -> None:
        """Open an exchange wherever it is, e.g. a row that another place points to."""
        if not self.list.open(id):
            self.review.sticky.clear()
            self.list.clear_narrowing()
            self.go_to("queue:all", id)

    @property
    def counts(self) -> Counts:
        """The figures of the sidebar as last read."""
        return self._counts

    def known_sources(self) -> list[Source]:
        """The lines of the sidebar, for the palette."""
        return [s for s in self.sources.lines() if not s.is_heading]

    # building

    def _build(self) -> None:
        left = Plane("listing", "", column(self.list, self.bulk))
        left.setMinimumWidth(260)
        self.work = QSplitter(Qt.Orientation.Vertical)
        self.work.setChildrenCollapsible(False)
        self.work.addWidget(self.reader)
        self.work.addWidget(self.editor)
        self.work.setStretchFactor(0, 1)
        self.work.setStretchFactor(1, 0)
        self.work.setSizes([460, EDITOR_WIDE])
        self.across = QSplitter(Qt.Orientation.Horizontal)
        self.across.setChildrenCollapsible(False)
        self.across.addWidget(left)
        self.across.addWidget(self.work)
        self.across.setStretchFactor(0, 0)
        self.across.setStretchFactor(1, 1)
        self.across.setSizes([LIST_WIDE, 800])
        self._body = QWidget()
        self._body_box = row(self.sidebar, self.across, spacing=0)
        self._body_box.setStretch(1, 1)
        self._body.setLayout(self._body_box)
        self._stack = QStackedWidget()
        self._blank = Plane("base")  # until the library is open: no flash of a page that then goes away
        for page in (self._blank, self._body, self.first_start):
            self._stack.addWidget(page)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self._stack)
        self._refresh_timer = QTimer(self, singleShot=True)
        self._refresh_timer.timeout.connect(self._refresh)
        self._count_timer = QTimer(self, singleShot=True)
        self._count_timer.timeout.connect(self._recount)
        self._where_timer = QTimer(self, singleShot=True, interval=900)
        self._where_timer.timeout.connect(self._keep_where)

    def _connect(self) -> None:
        self.sidebar.chosen.connect(self._on_source_chosen)
        self.list.query_changed.connect(self._on_query_changed)
        self.list.opened.connect(self._on_opened)
        self.list.selection_changed.connect(self.bulk.set_count)
        self.list.step_asked.connect(self._on_step_asked)
        self.bulk.asked.connect(self.review.decide)
        self.bulk.cleared.connect(lambda: self.list.go_to_row(self.list.current_row))
        self.list.table.doubleClicked.connect(lambda _index: self.editor.focus_prompt())
        self.list.table.installEventFilter(self)
        self.desk.shown.connect(self._on_shown)
        self.desk.counted.connect(self.editor.set_usage)
        self.reader.previous_requested.connect(lambda: self.list.step(-1))
        self.reader.next_requested.connect(lambda: self.list.step(1))
        editor = self.editor
        editor.text_changed.connect(self.desk.type)
        editor.saved.connect(self._on_saved)
        editor.state_requested.connect(self.review.decide)
        editor.check_toggled.connect(self.review.check)
        editor.tag_added.connect(lambda name: self.review.tag(name, True))
        editor.tag_removed.connect(lambda name: self.review.tag(name, False))
        editor.reverted.connect(self.review.revert)
        self.review.came_back.connect(self._go_back)
        self.review.decided.connect(lambda: self.list.table.setFocus(Qt.FocusReason.OtherFocusReason))
        self.review.secret_met.connect(self._ask_about_secret)
        editor.left.connect(self._on_editor_left)

    def _connect_actions(self) -> None:
        on = self._actions.on
        on("next", lambda: self.list.step(1))
        on("previous", lambda: self.list.step(-1))
        on("mark_clean", lambda: self.review.decide(State.CLEAN))
        on("reject", lambda: self.review.decide(State.REJECTED))
        on("later", lambda: self.review.decide(State.LATER))
        on("unreview", lambda: self.review.decide(State.UNREVIEWED))
        for name, check in CHECK_ACTIONS.items():
            on(name, partial(self.review.toggle_check, check))
        on("flag", self.review.toggle_flag)
        on("edit", self.editor.focus_prompt)
        on("revert", self.review.revert)
        on("select_all", self.list.table.selectAll)
        on("undo", self.review.undo)
        on("redo", self.review.redo)
        on("changes", self.editor.show_changes)
        on("tag", self.editor.start_tagging)

    # reading

    def _fetch(self, ids: Sequence[int]) -> list[Card]:
        try:
            return [cover_card(card) for card in browsing.cards(self._ws, ids)]
        except CuratorError as error:  # a painter asked: it must get an answer
            self._tasks.failed.emit(error)
            return []

    def _on_source_chosen(self, source: Source) -> None:
        self._source = self.review.source = source
        self.review.sticky.clear()
        if self._is_narrow:
            self._float_sidebar(False)
        self.list.set_source(source.title, source.query or ExchangeQuery())

    def _on_query_changed(self) -> None:
        self.review.sticky.clear()
        self._reload(keep=self._keep or self.list.current)

    def _reload(self, keep: int = 0) -> None:
        query = self.list.query()
        began = time.monotonic()
        row_before = max(0, self.list.current_row)

        def done(ids: array[int]) -> None:
            self._keep = 0
            self.list.set_pace(time.monotonic() - began)
            self.list.show_ids(ids, keep, 0 if self._is_first_list else min(row_before, 0))
            self._is_first_list = False
            self._say_empty()
            self._where_timer.start()

        self._tasks.read(lambda: browsing.exchange_ids(self._ws, query), done, key="ids")

    def _refresh(self) -> None:
        """Others changed the list: ask again, keep the open one, and what was decided here where it stood."""
        self._refreshed = time.monotonic()
        query = self.list.query()

        def done(ids: array[int]) -> None:
            merged = merge(self.table.ids, ids, self.review.sticky)
            if merged != self.table.ids:
                self.list.show_ids(merged, self.list.current, max(0, self.list.current_row))
            self._say_empty()

        self._tasks.read(lambda: browsing.exchange_ids(self._ws, query), done, key="ids")

    def _on_opened(self, id: int) -> None:
        self.reader.set_search(self.list.search.text())
        number = self.list.current_row
        self.desk.open(id, (self.table.id_at(number + 1), self.table.id_at(number - 1)))
        self._where_timer.start()

    def _on_shown(self, view: ExchangeView | None) -> None:
        self.reader.show_exchange(view)
        self.editor.show_exchange(view)
        if not self._is_first_list:
            self.settled.emit()

    def _recount(self) -> None:
        self._recounted = time.monotonic()

        def read() -> tuple[Counts, list[WatchedFolder]]:
            return browsing.counts(self._ws), importing.watched(self._ws)

        self._tasks.read(read, lambda found: self._show_counts(*found), key="counts")

    def _show_counts(self, counts: Counts, watched: list[WatchedFolder]) -> None:
        self._counts, self._watched = counts, watched
        self.sources.set_lines(sources_of(counts, watched))
        self.list.search.set_hint(f"Search {counts.total:,} exchanges")
        self.editor.set_known_tags([name for name, _ in counts.tags])
        is_empty = not counts.total and not counts.hidden and not watched
        page: QWidget = self.first_start if is_empty else self._body
        if self._stack.currentWidget() is not page:
            self._stack.setCurrentWidget(page)
            self.activate()
        if is_empty:
            self.settled.emit()
        self._say_empty()

    def _say_empty(self) -> None:
        if not len(self.table.ids):
            words = words_for(self._source, self.list.search.text().strip(), self.list.is_narrowed, self._counts)
            self._empty_step = words.step
            self.list.empty.say(words.title, words.detail, words.button)

    def _on_step_asked(self) -> None:
        step = self._empty_step
        if step == "clear":
            self.list.clear_narrowing()
        elif step.startswith("go:"):
            self.go_to(step.removeprefix("go:"))
        elif step:
            self._actions.trigger(step)

    _empty_step = ""

    # deciding

    def _go_back(self, changes: Changes) -> None:
        """Undone or done again: go where it was decided."""
        if not changes.exchanges:
            return
        act = self.desk.place_of(changes.exchanges)
        id = act.id if act is not None and act.id in changes.exchanges else min(changes.exchanges)
        if act is not None and self._source is not None and act.source != self._source.key:
            self.go_to(act.source, id)
        elif not self.list.open(id):
            self.review.sticky[id] = 0
            self._keep = id
            self._reload(keep=id)
        if len(changes.exchanges) > 1:
            self.list.select_ids(sorted(changes.exchanges))

    def _ask_about_secret(self, ids: list[int], held: list[int]) -> None:
        give = self.review.give

        def edit() -> None:
            if self.list.current == ids[0] or self.list.open(ids[0]):
                self.editor.focus_prompt()

        if len(ids) == 1:
            self.asked.emit(
                "It holds something that looks like a key or a password.",
                [
                    ("Mask and mark clean", lambda: give(ids, State.CLEAN, masked=ids)),
                    ("Edit it first", edit),
                    ("Mark clean as it is", lambda: give(ids, State.CLEAN)),
                ],
            )
            return
        secretive = set(held)
        others = [id for id in ids if id not in secretive]
        choices = [
            ("Mask them", lambda: give(ids, State.CLEAN, masked=held)),
            ("Leave those out", lambda: give(others, State.CLEAN)),
            ("Mark all", lambda: give(ids, State.CLEAN)),
        ]
        verb = "holds" if len(held) == 1 else "hold"
        self.asked.emit(
            f"{len(held):,} of {len(ids):,} {verb} a secret.",
            choices if others else [choices[0], choices[2]],
        )

    def _on_saved(self, prompt: str, response: str, go_next: bool) -> None:
        self.review.save(prompt, response)
        if go_next and self.list.step(1):
            self.editor.focus_prompt()
        elif go_next:
            self.list.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _on_editor_left(self) -> None:
        self.desk.flush()
        self.list.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            if len(self.list.selected()) > 1:
                self.list.go_to_row(self.list.current_row)
                return True
            if self._is_narrow and self.sidebar.isVisible():
                self._float_sidebar(False)
                return True
        return super().eventFilter(watched, event)

    # where the person is

    def _where(self) -> str:
        return json.dumps(
            {
                "source": self._source.key if self._source is not None else "",
                "text": self.list.search.text(),
                "order": self.list.order.value,
                "exchange": self.list.current,
                "row": self.list.current_row,
            }
        )

    def _keep_where(self) -> None:
        if self._is_loaded and self._source is not None:
            where = self._where()
            self._tasks.write(lambda: settings.keep(self._ws, PLACE_KEY, where))

    def _restore(self, kept: str) -> None:
        try:
            where = json.loads(kept) if kept else {}
        except ValueError:
            where = {}
        if not isinstance(where, dict):
            where = {}
        self._keep = int(where.get("exchange") or 0)
        order = where.get("order")
        if order in set(Order):
            self.list.set_order(Order(order), tell=False)
        self.list.search.blockSignals(True)
        self.list.search.setText(str(where.get("text") or ""))
        self.list.search.blockSignals(False)
        self.reader.set_search(self.list.search.text())
        if not self.sidebar.choose(str(where.get("source") or "queue:unreviewed")):
            self.sidebar.choose("queue:unreviewed")

    # the shape of the window

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = self.width() < NARROW
        if narrow != self._is_narrow:
            self._is_narrow = narrow
            self._dock_sidebar(not narrow)
            self.across.setSizes([LIST_NARROW if narrow else LIST_WIDE, self.width()])
            editor = EDITOR_NARROW if narrow or self.height() < 720 else EDITOR_WIDE
            self.work.setSizes([max(100, self.height() - editor), editor])
        if self._is_narrow:
            self.sidebar.setGeometry(0, 0, SIDEBAR_WIDTH, self.height())

    def _dock_sidebar(self, docked: bool) -> None:
        if docked:
            self._body_box.insertWidget(0, self.sidebar)
            self.sidebar.setVisible(self._sidebar_wanted)
        else:
            self._body_box.removeWidget(self.sidebar)
            self.sidebar.setParent(self._body)
            self._float_sidebar(False)

    def _float_sidebar(self, shown: bool) -> None:
        self.sidebar.setGeometry(0, 0, SIDEBAR_WIDTH, self.height())
        self.sidebar.setVisible(shown)
        if shown:
            self.sidebar.raise_()
            self.sidebar.view.setFocus()
        elif self.isVisible():
            self.list.table.setFocus()
