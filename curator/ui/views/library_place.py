"""The Library: sources, exchanges, and the open one with its row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent

from curator.core.changes import Changes
from curator.core.errors import CuratorError
from curator.core.query import Card, Counts, ExchangeView
from curator.core.row import Check, State
from curator.services import browsing, settings
from curator.services.workspace import Workspace
from curator.ui.actions import Actions
from curator.ui.card_counter import CardCounter
from curator.ui.desk import Budget, Desk
from curator.ui.doubts import Doubt, about_secrets, about_unanswered
from curator.ui.first_list import FirstList
from curator.ui.list_desk import ListDesk
from curator.ui.models.source_list import Source
from curator.ui.reviewing import Review
from curator.ui.setting_keys import PLACE_KEY
from curator.ui.tasks import Tasks
from curator.ui.views.library_frame import LibraryFrame
from curator.ui.views.marks import cover_card
from curator.ui.whereabouts import Whereabouts

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
        self.lists = ListDesk(workspace, tasks, self, self.review, self._fetch)
        self._is_first_list = True
        self._where_timer = QTimer(self, singleShot=True, interval=900)
        self._where_timer.timeout.connect(self._keep_where)
        self._connect()
        self._connect_actions()

    # the place

    def apply(self, changes: Changes) -> None:
        """Drop what was touched; ask for new lists only when others changed them."""
        self.table.drop(self.table.held() if changes.others else changes.exchanges)
        self.desk.drop(self.desk.held() if changes.others else changes.exchanges)
        if (changes.sources or changes.archive) and not changes.exchanges:
            self.desk.look_for_source()
        self.lists.apply(changes)

    def leave(self) -> None:
        """The window closes: what is typed and where the person is goes to the disk."""
        self.desk.flush()
        self._keep_where()

    def set_budget(self, budget: Budget) -> None:
        """The model and the maximum that rows are measured by."""
        self.desk.set_budget(budget)
        self.list.set_limit(budget.limit, budget.model is None)
        self.card_counter.set_model(budget.model)

    def load(self, first: FirstList | None = None) -> None:
        """Show the list that the person left."""
        self.lists.load(first)

    def go_to(self, source: str, id: int = 0) -> None:
        """Another line of the sidebar, with one exchange open."""
        self.lists.go_to(source, id)

    def show_exchange(self, id: int) -> None:
        """Open an exchange wherever it is, e.g. a row that another place points to."""
        self.lists.show_exchange(id)

    @property
    def counts(self) -> Counts:
        """The figures of the sidebar as last read."""
        return self.lists.counts

    def known_sources(self) -> list[Source]:
        """The lines of the sidebar, for the palette."""
        return [s for s in self.sources.lines() if not s.is_heading]

    def _connect(self) -> None:
        self.lists.restored.connect(lambda where: self.reader.set_search(where.text))
        self.lists.listed.connect(self._on_listed)
        self.lists.counted.connect(lambda counts: self.editor.set_known_tags([name for name, _ in counts.tags]))
        self.lists.emptied.connect(self.settled)
        self.lists.step_asked.connect(self._actions.trigger)
        self.list.opened.connect(self._on_opened)
        self.list.selection_changed.connect(self.bulk.set_count)
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

    def _on_listed(self) -> None:
        self._is_first_list = False
        self._where_timer.start()

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

    # deciding

    def go_back(self, changes: Changes) -> None:
        """Undone or done again: go where it was decided."""
        if not changes.exchanges:
            return
        act = self.desk.place_of(changes.exchanges)
        id = act.id if act is not None and act.id in changes.exchanges else min(changes.exchanges)
        if act is not None and self.lists.source is not None and act.source != self.lists.source.key:
            self.go_to(act.source, id)
        elif not self.list.open(id):
            self.review.sticky[id] = 0
            self.lists.reload(keep=id)
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
        source = self.lists.source
        if self.lists.is_loaded and source is not None:
            shown = self.list
            where = Whereabouts(source.key, shown.search.text(), shown.order, shown.current).words()
            self._tasks.write(lambda: settings.keep(self._ws, PLACE_KEY, where))
