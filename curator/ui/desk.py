"""The reviewer's desk: which exchange is open, what is typed in it, and what was decided where."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from PySide6.QtCore import QObject, QTimer, Signal

from curator.core.budget import Usage
from curator.core.changes import Changes
from curator.core.query import ExchangeView
from curator.services import browsing, budgets, curation
from curator.services.workspace import Workspace
from curator.ui.tasks import Tasks

DRAFT_EVERY = 400  # ms from the first unsaved letter to the disk: a crash loses less than a second
COUNT_AFTER = 150  # ms from the last letter to the token count
FIRST_COUNT_AFTER = 600  # ms that the first count waits for rest: it loads a tokenizer, which holds up everything
KEPT = 24  # exchanges held ready


class Act(NamedTuple):
    """A decision, and the place where it was taken: undo leads back there."""

    ids: frozenset[int]
    source: str
    id: int


class Budget(NamedTuple):
    """What the open row is measured by."""

    model: str | None = None
    limit: int = 2048
    tokenizer: str = ""


class Desk(QObject):
    """Reads exchanges ahead, keeps what is typed, counts it, and remembers the last acts with their places."""

    shown = Signal(object)  # ExchangeView | None
    counted = Signal(object, int, str)  # Usage | None, limit, tokenizer
    gone = Signal(int)  # an exchange that cannot be read any more

    def __init__(self, workspace: Workspace, tasks: Tasks, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._ws, self._tasks = workspace, tasks
        self.view: ExchangeView | None = None
        self.budget = Budget()
        self._wanted = 0
        self._kept: OrderedDict[int, ExchangeView] = OrderedDict()
        self._typed: tuple[int, str, str] | None = None
        self._unsaved: tuple[int, str, str] | None = None
        self._drafted: tuple[int, str, str] | None = None  # the draft that was written last, or is being written
        self._given = self._written = 0  # drafts: asked to be written, and written
        self._acts: deque[Act] = deque(maxlen=200)
        self._draft = QTimer(self, singleShot=True, interval=DRAFT_EVERY)
        self._draft.timeout.connect(self.flush)
        self._count = QTimer(self, singleShot=True, interval=COUNT_AFTER)
        self._count.timeout.connect(self._count_now)
        self._has_counted = False

    # reading

    def open(self, id: int, neighbours: Iterable[int] = ()) -> None:
        """Show an exchange: at once when it was read ahead, else as soon as it is here."""
        self.flush()
        if id != self._wanted:
            self._typed = None
        self._wanted = id
        ahead = [n for n in neighbours if n and n != id]
        if not id:
            self._tasks.forget("exchange")
            self._show(None)
        elif id in self._kept:
            self._tasks.forget("exchange")
            self._kept.move_to_end(id)
            self._show(self._kept[id])
            self._read_ahead(ahead)
        else:
            self._read(id, ahead)

    def drop(self, ids: Iterable[int]) -> None:
        """These changed: read the open one again, forget the others."""
        touched = set(ids)
        for id in touched:
            self._kept.pop(id, None)
        if self._wanted in touched:
            self._read(self._wanted, ())

    def held(self) -> set[int]:
        """The exchanges whose texts are here, the open one among them."""
        return {*self._kept, self._wanted} - {0}

    def look_for_source(self) -> None:
        """Files came, moved, went or were copied: say of the open exchange what became of its own."""
        open_now = self.view
        if open_now is None:
            return

        def done(view: ExchangeView) -> None:
            gone, archived, path = view.source_is_gone, view.is_archived, view.path
            known = self.view
            if known is None or known.id != view.id:
                return
            if (known.source_is_gone, known.is_archived, known.path) != (gone, archived, path):
                self.patch([view.id], lambda old: replace(old, source_is_gone=gone, is_archived=archived, path=path))

        self._tasks.read(lambda: browsing.exchange(self._ws, open_now.id), done, lambda _error: None, key="source")

    def patch(self, ids: Iterable[int], change: Callable[[ExchangeView], ExchangeView]) -> None:
        """Show a decision at once, before it is written; reading it again puts it right if the write fails."""
        for id in ids:
            if id in self._kept:
                self._kept[id] = change(self._kept[id])
                if id == self._wanted:
                    self._show(self._kept[id])

    def _read(self, id: int, ahead: Iterable[int]) -> None:
        began = self._written

        def done(view: ExchangeView) -> None:
            self._keep(view, began)
            if view.id == self._wanted:
                if view != self.view:
                    self._show(view)
                self._read_ahead(ahead)

        def failed(error: Exception) -> None:
            if id == self._wanted:
                self._show(None)
                self.gone.emit(id)
            self._tasks.failed.emit(error)

        self._tasks.read(lambda: browsing.exchange(self._ws, id), done, failed, key="exchange")

    def _read_ahead(self, ids: Iterable[int]) -> None:
        missing = [id for id in ids if id not in self._kept]
        if missing:
            self._tasks.read(
                lambda: [browsing.exchange(self._ws, id) for id in missing],
                partial(self._keep_all, self._written),
                lambda _error: None,  # read ahead only: opening it says what is wrong
                key="ahead",
            )

    def _keep_all(self, began: int, views: list[ExchangeView]) -> None:
        for view in views:
            self._keep(view, began)

    def _keep(self, view: ExchangeView, began: int) -> None:
        """Hold it ready; so many drafts were written when it was asked for, and it may know nothing of a later one."""
        if self._drafted is not None and self._drafted[0] == view.id and began < self._given:
            view = replace(view, draft_prompt=self._drafted[1], draft_response=self._drafted[2])
        self._kept[view.id] = view
        self._kept.move_to_end(view.id)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)

    def _show(self, view: ExchangeView | None) -> None:
        is_new = view is None or self.view is None or view.id != self.view.id
        changed = view is None or self.view is None or view.row_prompt != self.view.row_prompt
        changed = changed or (
            view is not None and self.view is not None and view.row_response != self.view.row_response
        )
        self.view = view
        self.shown.emit(view)
        if is_new:
            self.counted.emit(None, self.budget.limit, self.budget.tokenizer)
        if view is not None and (is_new or changed):
            self._count_soon()

    # typing

    def type(self, prompt: str, response: str) -> None:
        """The person typed: keep it as a draft within 400 ms, and count it when the fingers rest."""
        if self.view is None:
            return
        self._typed = self._unsaved = (self.view.id, prompt, response)
        if not self._draft.isActive():
            self._draft.start()
        self._count.start(COUNT_AFTER)

    def typed(self, id: int) -> tuple[str, str] | None:
        """What stands in the fields of this exchange and is no edit yet; None when nothing differs from the row."""
        view = self.view
        if view is None or view.id != id:
            return None
        if self._typed is not None and self._typed[0] == id:
            texts = self._typed[1:]
        elif view.draft_prompt is not None or view.draft_response is not None:
            draft_prompt = view.row_prompt if view.draft_prompt is None else view.draft_prompt
            texts = (draft_prompt, view.row_response if view.draft_response is None else view.draft_response)
        else:
            return None
        return None if texts == (view.row_prompt, view.row_response) else texts

    def flush(self) -> None:
        """Write the draft now."""
        self._draft.stop()
        if self._unsaved is None:
            return
        id, prompt, response = self._drafted = self._unsaved
        self._unsaved = None
        self._given += 1
        if id in self._kept:
            self._kept[id] = replace(self._kept[id], draft_prompt=prompt, draft_response=response)

        def write() -> Changes:
            curation.save_draft(self._ws, id, prompt, response)
            return Changes()

        self._tasks.write(write, self._on_draft_written)

    def _on_draft_written(self, _changes: Changes) -> None:
        self._written += 1

    def settle(self, id: int) -> None:
        """What was typed here became an edit, or was thrown away."""
        self._draft.stop()
        self._unsaved = None
        self._drafted = None
        if self._typed is not None and self._typed[0] == id:
            self._typed = None
        if id in self._kept:
            self._kept[id] = replace(self._kept[id], draft_prompt=None, draft_response=None)

    # counting

    def set_budget(self, budget: Budget) -> None:
        """Another model or another maximum."""
        if budget != self.budget:
            self.budget = budget
            self._count_soon()

    def _count_soon(self) -> None:
        if self._has_counted:
            self._count_now()
        else:
            self._count.start(FIRST_COUNT_AFTER)

    def _count_now(self) -> None:
        self._count.stop()
        view = self.view
        if view is None:
            return
        texts = self.typed(view.id) or (view.row_prompt, view.row_response)
        budget = self.budget
        self._has_counted = True

        def done(usage: Usage) -> None:
            self.counted.emit(usage, budget.limit, budget.tokenizer)

        def failed(_error: Exception) -> None:
            self.counted.emit(None, budget.limit, budget.tokenizer)

        self._tasks.count(lambda: budgets.usage(self._ws, budget.model, *texts), done, failed, key="usage")

    # acts

    def remember(self, ids: Iterable[int], source: str, id: int) -> None:
        """A decision was taken here."""
        self._acts.append(Act(frozenset(ids), source, id))

    def place_of(self, ids: frozenset[int]) -> Act | None:
        """Where the last decision on these was taken."""
        return next((act for act in reversed(self._acts) if act.ids & ids), None)
