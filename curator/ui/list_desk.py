"""Which exchanges the Library lists: sources, search and filters, asked for again when others change them."""

from __future__ import annotations

import time
from array import array
from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from curator.core.changes import Changes
from curator.core.query import Card, Counts, ExchangeQuery, WatchedFolder
from curator.services import browsing, importing
from curator.ui.empty_words import words_for
from curator.ui.first_list import FirstList, read_first_list
from curator.ui.models.exchange_table import PAGE, Fetch
from curator.ui.models.source_list import Source, sources_of
from curator.ui.reviewing import Review, merge
from curator.ui.whereabouts import FIRST_SOURCE, Whereabouts

if TYPE_CHECKING:
    from curator.services.workspace import Workspace
    from curator.ui.tasks import Tasks
    from curator.ui.views.library_frame import LibraryFrame

READ_AFTER = 20  # ms from a write until figures and list are read again
COUNT_EVERY, REFRESH_EVERY = 150, 300  # ms at least between two times: what arrives meanwhile is gathered


class ListDesk(QObject):
    """Reads lists and figures beside the window. The newest question counts; what was decided in a list stays where it
    stood until the list is left."""

    restored = Signal(object)  # Whereabouts: the first list is about to be shown
    listed = Signal()  # a list stands that a person asked for
    counted = Signal(object)  # Counts
    emptied = Signal()  # there is nothing in the library at all
    step_asked = Signal(str)  # a command that an empty list offers

    def __init__(self, workspace: Workspace, tasks: Tasks, frame: LibraryFrame, review: Review, fetch: Fetch) -> None:
        super().__init__(frame)
        self._ws, self._tasks, self._frame, self._review, self._fetch = workspace, tasks, frame, review, fetch
        self._list, self._table, self._sidebar = frame.list, frame.table, frame.sidebar
        self.counts = Counts()
        self.source: Source | None = None
        self.is_loaded = False
        self._keep = 0  # the exchange to open when the ids come
        self._last = 0  # the exchange that was open last: a search without a hit does not lose the place
        self._first: FirstList | None = None  # read already, until it is shown
        self._refreshed = self._recounted = 0.0  # when list and figures were last read because of a write
        self._empty_step = ""
        self._refresh_timer = QTimer(self, singleShot=True)
        self._refresh_timer.timeout.connect(self._refresh)
        self._count_timer = QTimer(self, singleShot=True)
        self._count_timer.timeout.connect(self._recount)
        self._sidebar.chosen.connect(self._on_source_chosen)
        self._list.query_changed.connect(self._on_query_changed)
        self._list.opened.connect(self._on_opened)
        self._list.step_asked.connect(self._on_step_asked)

    # what is listed

    def load(self, first: FirstList | None = None) -> None:
        """Show the list that the person left; it is read here where it was not read before."""
        if first is not None:
            self._begin(first)
        else:
            self._tasks.read(lambda: read_first_list(self._ws), self._begin)

    def _begin(self, first: FirstList) -> None:
        self.is_loaded = True
        self._first = first
        self._show_counts(first.counts, first.watched)
        where: Whereabouts = first.where
        self._keep = where.exchange
        self._list.restore(where.text, where.order)
        self.restored.emit(where)
        if not self._sidebar.choose(where.source):
            self._sidebar.choose(FIRST_SOURCE)

    def apply(self, changes: Changes) -> None:
        """Ask for new figures and lists where a write of others changed them."""
        if changes.lists or changes.tags or changes.watched or changes.rows:
            _read_soon(self._count_timer, self._recounted, COUNT_EVERY)
        if changes.lists and not self._review.is_echo(changes):
            _read_soon(self._refresh_timer, self._refreshed, REFRESH_EVERY)

    def go_to(self, source: str, id: int = 0) -> None:
        """Another line of the sidebar, with one exchange open."""
        self._keep = id
        if self.source is not None and self.source.key == source:
            self.reload(keep=id)
        elif not self._sidebar.choose(source):
            self._sidebar.choose("queue:all")

    def show_exchange(self, id: int) -> None:
        """Open an exchange wherever it is, e.g. a row that another place points to."""
        if not self._list.open(id):
            self._review.sticky.clear()
            self._list.clear_narrowing()
            self.go_to("queue:all", id)

    def reload(self, keep: int = 0) -> None:
        """Ask for the list anew; `keep` is opened where it is among them."""
        query = self._list.query()
        first, self._first = self._first, None
        if first is not None and first.query == query:
            self._show_list(first.ids, keep)
            return
        began, drops = time.monotonic(), self._table.drops

        def read() -> tuple[array[int], list[Card]]:
            ids = browsing.exchange_ids(self._ws, query)
            return ids, self._fetch(ids[:PAGE])

        def done(found: tuple[array[int], list[Card]]) -> None:
            self._list.set_pace(time.monotonic() - began)
            self._show_list(found[0], keep, found[1] if drops == self._table.drops else ())

        self._tasks.read(read, done, key="ids")

    def _on_source_chosen(self, source: Source) -> None:
        self.source = self._review.source = source
        self._review.sticky.clear()
        self._frame.fold_sidebar()
        self._list.set_source(source.title, source.query or ExchangeQuery())

    def _on_query_changed(self) -> None:
        self._review.sticky.clear()
        self.reload(keep=self._keep or self._list.current or self._last)

    def _on_opened(self, id: int) -> None:
        self._last = id or self._last

    def _show_list(self, ids: array[int], keep: int, cards: Sequence[Card] = ()) -> None:
        self._keep = 0
        self.listed.emit()
        self._list.show_ids(ids, keep, cards)
        self._say_empty()

    def _refresh(self) -> None:
        """Others changed the list: ask again, keep the open one, and what was decided here where it stood."""
        self._refreshed = time.monotonic()
        query = self._list.query()

        def done(ids: array[int]) -> None:
            merged = merge(self._table.ids, ids, self._review.sticky)
            if merged != self._table.ids:
                self._list.renew_ids(merged)
                self._say_count()
            self._say_empty()

        self._tasks.read(lambda: browsing.exchange_ids(self._ws, query), done, key="ids")

    # figures

    def _recount(self) -> None:
        self._recounted = time.monotonic()

        def read() -> tuple[Counts, list[WatchedFolder]]:
            return browsing.counts(self._ws), importing.watched(self._ws)

        self._tasks.read(read, lambda found: self._show_counts(*found), key="counts")

    def _show_counts(self, counts: Counts, watched: list[WatchedFolder]) -> None:
        self.counts = counts
        self._frame.sources.set_lines(sources_of(counts, watched))
        self._list.search.set_hint(f"Search {counts.total - counts.hidden:,} exchanges")
        self.counted.emit(counts)
        is_empty = not counts.total and not counts.hidden and not watched
        self._say_count()
        self._frame.show_first_start(is_empty)
        if is_empty:
            self.emptied.emit()
        self._say_empty()

    def _say_count(self) -> None:
        """As the sidebar says it: what was decided here still stands in the list, and no longer belongs to it."""
        sources = self._frame.sources
        line = sources.source(sources.row_of(self.source.key)) if self.source is not None else None
        if line is not None and not self._list.is_narrowed:
            self._list.head.set_count(line.count)

    def _say_empty(self) -> None:
        if not len(self._table.ids):
            words = words_for(self.source, self._list.search.text().strip(), self._list.is_narrowed, self.counts)
            self._empty_step = words.step
            self._list.empty.say(words.title, words.detail, words.button)

    def _on_step_asked(self) -> None:
        step = self._empty_step
        if step == "clear":
            self._list.clear_narrowing()
        elif step.startswith("go:"):
            self.go_to(step.removeprefix("go:"))
        elif step:
            self.step_asked.emit(step)


def _read_soon(timer: QTimer, last: float, every: int) -> None:
    """Start a timer that does not run yet: under constant writes it must come to its end all the same."""
    if not timer.isActive():
        timer.start(max(READ_AFTER, every - round((time.monotonic() - last) * 1000)))
