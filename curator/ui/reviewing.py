"""The acts of a reviewer: shown at once, written behind, remembered with the place where they were taken."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from curator.core.changes import Changes
from curator.core.row import Check, State
from curator.screening.secrets import find_secrets
from curator.services import curation
from curator.services.workspace import Workspace
from curator.ui.desk import Desk
from curator.ui.doubts import Doubt
from curator.ui.models.source_list import Source
from curator.ui.tasks import Tasks
from curator.ui.views.exchange_list import ExchangeList

MANY = 1000  # of a bulk act so many keep their place in the list


class Review(QObject):
    """Every act is about the selected exchanges, or else the open one.

    `sticky` are the exchanges decided in this list, with the row they stood in: they stay until the list is left.
    """

    decided = Signal()
    came_back = Signal(object)  # Changes of an undo or a redo
    unanswered_met = Signal(object)  # Doubt: some that were to be marked clean have no answer
    secret_met = Signal(object)  # Doubt: some that were to be marked clean hold a secret

    def __init__(
        self, workspace: Workspace, tasks: Tasks, desk: Desk, exchanges: ExchangeList, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._ws, self._tasks, self._desk, self._list, self._table = workspace, tasks, desk, exchanges, exchanges.model
        self.source: Source | None = None
        self.sticky: dict[int, int] = {}
        self._own: set[int] = set()  # written by us and not heard of yet

    def targets(self) -> list[int]:
        """What an act is about."""
        chosen = self._list.selected()
        return chosen if len(chosen) > 1 else [self._list.current] if self._list.current else []

    def is_echo(self, changes: Changes) -> bool:
        """Whether these are only our own acts coming back: then the list is as it should be already."""
        echo = not (changes.sources or changes.sessions or changes.others) and changes.exchanges <= self._own
        self._own -= changes.exchanges
        return echo

    def decide(self, state: State) -> None:
        """Give a state; the next exchange is open before the write is done. What has no answer or holds a secret is
        asked about before it is marked clean."""
        ids = self.targets()
        if not ids:
            return
        if state is not State.CLEAN:
            self.give(ids, state)
        elif len(ids) > 1:

            def done(empty: list[int]) -> None:
                if empty:
                    self.unanswered_met.emit(Doubt(ids, empty))
                else:
                    self.mark_clean(ids)

            self._tasks.read(lambda: curation.unanswered(self._ws, ids), done, key="doubts")
        elif self._has_no_answer(ids[0]):
            self.unanswered_met.emit(Doubt(ids, ids))
        else:
            self.mark_clean(ids)

    def mark_clean(self, ids: list[int]) -> None:
        """Mark these clean, whether they have an answer or not; secrets are asked about first."""
        if len(ids) > 1:

            def done(held: list[int]) -> None:
                if held:
                    self.secret_met.emit(Doubt(ids, held))
                else:
                    self.give(ids, State.CLEAN)

            self._tasks.read(lambda: curation.holding_secrets(self._ws, ids), done, key="doubts")
        elif self._holds_secret(ids[0]):
            self.secret_met.emit(Doubt(ids, ids))
        else:
            self.give(ids, State.CLEAN)

    def give(self, ids: list[int], state: State, masked: Sequence[int] = ()) -> None:
        """Give these a state without asking; the secrets of `masked` are masked before."""
        typed = self._desk.typed(ids[0]) if len(ids) == 1 else None
        self._remember(ids)
        self._table.patch(ids, state=state)
        self._list.wash(ids, state)
        self._desk.patch(ids, lambda view: replace(view, state=state))
        last = self._table.row_of(ids[-1])
        if typed is not None and state is State.CLEAN:  # what stands in the fields is what is marked
            self._write(lambda: curation.edit(self._ws, ids[0], *typed), ids)
            self._desk.settle(ids[0])
        if masked:
            self._table.patch(masked, is_edited=True)
            self._write(lambda: curation.mask(self._ws, masked), masked)
        if state is not State.UNREVIEWED:
            self._list.go_to_row(min(last + 1, len(self._table.ids) - 1))
        self._write(lambda: curation.mark(self._ws, ids, state), ids)
        self.decided.emit()

    def save(self, prompt: str, response: str) -> None:
        """Give the open row this text."""
        view = self._desk.view
        if view is None:
            return
        id = view.id
        self._desk.settle(id)
        self._remember([id])

        def work() -> Changes:
            changes = curation.edit(self._ws, id, prompt, response)
            curation.clear_draft(self._ws, id)
            return changes

        self._table.patch([id], is_edited=True)
        self._desk.patch([id], lambda v: replace(v, row_prompt=prompt, row_response=response))
        self._write(work, [id])

    def revert(self) -> None:
        """Give the open row its original text again."""
        id = self._list.current
        if not id:
            return
        self._remember([id])
        self._desk.settle(id)

        def work() -> Changes:
            curation.clear_draft(self._ws, id)
            return curation.revert(self._ws, id)

        self._write(work, [id])

    def tag(self, name: str, on: bool) -> None:
        """Put a tag on, or take it off."""
        ids = self.targets()
        if ids:
            self._remember(ids)
            self._write(lambda: curation.tag(self._ws, ids, name, on), ids)

    def check(self, check: Check, on: bool) -> None:
        """Answer one of the three questions."""
        ids = self.targets()
        if ids:
            self._remember(ids)
            self._desk.patch(ids, lambda v: replace(v, checks=v.checks | {check} if on else v.checks - {check}))
            self._write(lambda: curation.check(self._ws, ids, check, on), ids)

    def toggle_check(self, check: Check) -> None:
        """The other answer than the one that stands there."""
        view = self._desk.view
        if view is not None:
            self.check(check, check not in view.checks)

    def toggle_flag(self) -> None:
        """Put a flag on, or take it off."""
        ids, card = self.targets(), self._table.card(self._list.current_row)
        if ids and card is not None:
            on = not card.is_flagged
            self._remember(ids)
            self._table.patch(ids, is_flagged=on)
            self._write(lambda: curation.flag(self._ws, ids, on), ids)

    def undo(self) -> None:
        """Take the last act back, and go where it was taken."""
        self._tasks.write(lambda: curation.undo(self._ws), self.came_back.emit)

    def redo(self) -> None:
        """Do it again, and go where it was done."""
        self._tasks.write(lambda: curation.redo(self._ws), self.came_back.emit)

    def _remember(self, ids: list[int]) -> None:
        for id in ids[:MANY]:
            self.sticky[id] = self._table.row_of(id) if len(ids) < 50 else 0
        self._desk.remember(ids, self.source.key if self.source is not None else "", self._list.current)

    def _write(self, work: Callable[[], Changes], ids: Sequence[int]) -> None:
        touched = set(ids)
        self._own |= touched

        def failed(error: Exception) -> None:
            self._own -= touched
            self._table.drop(touched)  # the act did not happen: show what is so
            self._desk.drop(touched)
            self._tasks.failed.emit(error)

        self._tasks.write(work, None, failed)

    def _has_no_answer(self, id: int) -> bool:
        """Whether what would be marked clean has no answer: in what is typed, else in the row."""
        view = self._desk.view
        if view is None or view.id != id:  # not read yet
            card = self._table.card(self._table.row_of(id))
            return card is not None and not card.response.strip()
        _, response = self._desk.typed(id) or (view.row_prompt, view.row_response)
        return not response.strip()

    def _holds_secret(self, id: int) -> bool:
        """Whether what would be marked clean holds a secret: the typed text, else the row's."""
        view = self._desk.view
        if view is None or view.id != id:  # not read yet
            card = self._table.card(self._table.row_of(id))
            return card is not None and "secret" in card.signals
        texts = self._desk.typed(id) or (view.row_prompt, view.row_response)
        if texts == (view.prompt, view.response):
            return any(hit.name == "secret" for hit in view.signals)
        return any(map(find_secrets, texts))


def merge(old: array[int], new: array[int], sticky: dict[int, int]) -> array[int]:
    """The new list with what was decided here put back after its neighbour of before, so that nothing jumps."""
    if not sticky:
        return new
    present = set(new)
    missing = sorted((number, id) for id, number in sticky.items() if id not in present)
    if not missing:
        return new
    merged = array("q", new)
    for number, id in missing:
        where = 0
        for before in reversed(old[: max(0, number)]):
            if before in present:
                where = merged.index(before) + 1
                break
        merged.insert(where, id)
        present.add(id)
    return merged
