"""The Library: sources, exchanges, and the open one with its row."""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent

from curator.core.changes import Changes
from curator.core.errors import CuratorError
from curator.core.query import Card, Counts, ExchangeQuery, ExchangeView, WatchedFolder
from curator.core.row import Check, State
from curator.services import browsing, importing, settings
from curator.services.workspace import Workspace
from curator.ui.actions import Actions
from curator.ui.card_counter import CardCounter
from curator.ui.desk import Budget, Desk
from curator.ui.doubts import Doubt, about_secrets, about_unanswered
from curator.ui.empty_words import words_for
from curator.ui.first_list import FirstList, read_first_list
from curator.ui.models.exchange_table import PAGE
from curator.ui.models.source_list import Source, sources_of
from curator.ui.reviewing import Review, merge
from curator.ui.setting_keys import PLACE_KEY
from curator.ui.tasks import Tasks
from curator.ui.views.library_frame import LibraryFrame
from curator.ui.views.marks import cover_card
from curator.ui.whereabouts import FIRST_SOURCE, Whereabouts

READ_AFTER = 20  # ms from a write until figures and list are read again
COUNT_EVERY, REFRESH_EVERY = 150, 300  # ms at least between two times: what arrives meanwhile is gathered
CHECK_ACTIONS = {"check_in": Check.CLEAR_IN, "check_out": Check.CLEAR_OUT, "check_legible": Check.LEGIBLE}


class LibraryPlace(LibraryFrame):
    """Reads, decides, edits. Decisions are shown at once and written behind; what was decided stays where it stood
    until the list is left."""

    asked = Signal(object)  # Question before an act

    settled = Signal()  # the first list stands with its exchange, or there is none to show

    def __init__(self, workspace: Workspace, tasks: Tasks, actions: Actions) -> None:
        super().__init__(self._fetch)
        self._ws, self._tasks, self._actions = workspace, tasks, actions
        self.desk = Desk(workspace, tasks, self)
        self.review = Review(workspace, tasks, self.desk, self.list, self)
        self.card_counter = CardCounter(workspace, tasks, self.list, self)
        self._counts = Counts()
        self._source: Source | None = None
        self._keep = 0  # the exchange to open when the ids come
        self._first: FirstList | None = None  # read already, until it is shown
        self._is_loaded = False
        self._is_first_list = True
        self._refreshed = self._recounted = 0.0  # when list and figures were last read because of a write
        self._empty_step = ""
        self._refresh_timer = QTimer(self, singleShot=True)
        self._refresh_timer.timeout.connect(self._refresh)
        self._count_timer = QTimer(self, singleShot=True)
        self._count_timer.timeout.connect(self._recount)
        self._where_timer = QTimer(self, singleShot=True, interval=900)
        self._where_timer.timeout.connect(self._keep_where)
        self._connect()
        self._connect_actions()

    # the place

    def load(self, first: FirstList | None = None) -> None:
        """Show the list that the person left; it is read here where it was not read before."""
        if first is not None:
            self._begin(first)
        else:
            self._tasks.read(lambda: read_first_list(self._ws), self._begin)

    def _begin(self, first: FirstList) -> None:
        self._is_loaded = True
        self._first = first
        self._show_counts(first.counts, first.watched)
        where = first.where
        self._keep = where.exchange
        self.list.restore(where.text, where.order)
        self.reader.set_search(where.text)
        if not self.sidebar.choose(where.source):
            self.sidebar.choose(FIRST_SOURCE)

    def apply(self, changes: Changes) -> None:
        """Drop what was touched; ask for new lists only when others changed them."""
        self.table.drop(changes.exchanges)
        self.desk.drop(changes.exchanges)
        if changes.sources and not changes.exchanges:
            self.desk.look_for_source()
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
        self._keep_where()

    def set_budget(self, budget: Budget) -> None:
        """The model and the maximum that rows are measured by."""
        self.desk.set_budget(budget)
        self.list.set_limit(budget.limit, budget.model is None)
        self.card_counter.set_model(budget.model)

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
        self.review.came_back.connect(self.go_back)
        self.review.decided.connect(lambda: self.list.table.setFocus(Qt.FocusReason.OtherFocusReason))
        self.review.secret_met.connect(self._on_secret_met)
        self.review.unanswered_met.connect(self._on_unanswered_met)
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
        self.fold_sidebar()
        self.list.set_source(source.title, source.query or ExchangeQuery())

    def _on_query_changed(self) -> None:
        self.review.sticky.clear()
        self._reload(keep=self._keep or self.list.current)

    def _reload(self, keep: int = 0) -> None:
        query = self.list.query()
        first, self._first = self._first, None
        if first is not None and first.query == query:
            self._show_list(first.ids, keep)
            return
        began, drops = time.monotonic(), self.table.drops

        def read() -> tuple[array[int], list[Card]]:
            ids = browsing.exchange_ids(self._ws, query)
            return ids, self._fetch(ids[:PAGE])

        def done(found: tuple[array[int], list[Card]]) -> None:
            self.list.set_pace(time.monotonic() - began)
            self._show_list(found[0], keep, found[1] if drops == self.table.drops else ())

        self._tasks.read(read, done, key="ids")

    def _show_list(self, ids: array[int], keep: int, cards: Sequence[Card] = ()) -> None:
        self._keep = 0
        self._is_first_list = False
        self.list.show_ids(ids, keep, cards)
        self._say_empty()
        self._where_timer.start()

    def _refresh(self) -> None:
        """Others changed the list: ask again, keep the open one, and what was decided here where it stood."""
        self._refreshed = time.monotonic()
        query = self.list.query()

        def done(ids: array[int]) -> None:
            merged = merge(self.table.ids, ids, self.review.sticky)
            if merged != self.table.ids:
                self.list.renew_ids(merged)
                self._say_count()
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
        self._counts = counts
        self.sources.set_lines(sources_of(counts, watched))
        self.list.search.set_hint(f"Search {counts.total:,} exchanges")
        self.editor.set_known_tags([name for name, _ in counts.tags])
        is_empty = not counts.total and not counts.hidden and not watched
        self._say_count()
        self.show_first_start(is_empty)
        if is_empty:
            self.settled.emit()
        self._say_empty()

    def _say_count(self) -> None:
        """As the sidebar says it: what was decided here still stands in the list, and no longer belongs to it."""
        line = self.sources.source(self.sources.row_of(self._source.key)) if self._source is not None else None
        if line is not None and not self.list.is_narrowed:
            self.list.head.set_count(line.count)

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

    # deciding

    def go_back(self, changes: Changes) -> None:
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

    def _on_secret_met(self, doubt: Doubt) -> None:
        def mark(ids: list[int], masked: Sequence[int]) -> None:
            self.review.give(ids, State.CLEAN, masked)

        self.asked.emit(about_secrets(doubt, mark, lambda id: self._open_for(id, self.editor.focus_prompt)))

    def _on_unanswered_met(self, doubt: Doubt) -> None:
        write = self.editor.focus_response
        self.asked.emit(about_unanswered(doubt, self.review.mark_clean, lambda id: self._open_for(id, write)))

    def _open_for(self, id: int, write: Callable[[], object]) -> None:
        if self.list.current == id or self.list.open(id):
            write()

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
            if self.fold_sidebar():
                return True
        return super().eventFilter(watched, event)

    # where the person is

    def _keep_where(self) -> None:
        if self._is_loaded and self._source is not None:
            shown = self.list
            where = Whereabouts(self._source.key, shown.search.text(), shown.order, shown.current).words()
            self._tasks.write(lambda: settings.keep(self._ws, PLACE_KEY, where))
