"""The row editor: prompt and response side by side, budget, checks, tags, and where the row came from."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QBoxLayout, QHBoxLayout, QSizePolicy, QWidget

from curator.core.budget import Usage
from curator.core.query import ExchangeView
from curator.core.row import Check, State
from curator.ui.controls import Button, ElidedText, Plane, Segments, Text, column, row
from curator.ui.controls import Check as CheckBox
from curator.ui.theme import space
from curator.ui.views.budget_bar import BudgetBar
from curator.ui.views.provenance import source_of
from curator.ui.views.row_side import CHANGES, EDIT, RowSide
from curator.ui.views.row_words import summary_of
from curator.ui.views.source_line import SourceLine
from curator.ui.views.tag_line import TagLine

LEAST_HEIGHT = 300
_ACROSS, _DOWN = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom
_CHECKS = (
    (Check.CLEAR_IN, "1", "Clear in", "The prompt can be understood without anything around it."),
    (Check.CLEAR_OUT, "2", "Clear out", "The response answers it, and is right."),
    (Check.LEGIBLE, "3", "Legible", "Both read well: no leftovers, no broken text."),
)
_STATES = (
    (State.REJECTED, "Reject", "Rejected", "X", ""),
    (State.LATER, "Later", "Set aside", "Space", ""),
    (State.CLEAN, "Mark clean", "Clean", "A", "check"),
)


class RowEditor(Plane):
    """Everything a person decides about one row. It saves nothing: it says what the person wants, by its signals."""

    help_page = "reading#editing"

    text_changed = Signal(str, str)
    saved = Signal(str, str, bool)
    state_requested = Signal(object)
    check_toggled = Signal(object, bool)
    tag_added = Signal(str)
    tag_removed = Signal(str)
    reverted = Signal()
    left = Signal()

    def __init__(self) -> None:
        super().__init__("window", "t")
        self.view: ExchangeView | None = None
        self.least_width = 0  # points in which what can be decided stands in one line
        self.prompt, self.response = RowSide("Prompt"), RowSide("Response")
        self.budget = BudgetBar()
        self.tags = TagLine()
        self._modes = Segments(["Edit", "Changes", "Original"])
        self._modes.setAccessibleName("What is shown of the row")
        self._summary = ElidedText("", "small", "text3")
        self._revert = Button("Revert", "undo", flat=True, small=True)
        self._revert.setToolTip("Put the original text back")
        self._checks = {check: CheckBox(key, name) for check, key, name, _ in _CHECKS}
        self._states = {state: Button(words, icon, key, flat=not icon) for state, words, _, key, icon in _STATES}
        self._source = SourceLine()
        self._content = self._lay_out()
        self._empty = Text("The row of the exchange you choose is edited here.", "body", "text3")
        self._empty.setContentsMargins(space(6), space(5), space(6), 0)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.setLayout(column(self._content, self._empty))
        self.setAccessibleName("Row editor")
        self._connect()
        self.show_exchange(None)
        self._give_room()

    def show_exchange(self, view: ExchangeView | None) -> None:
        """Show a row; the same one again keeps what is typed and where the cursor stands."""
        before, self.view = self.view, view
        self._content.setVisible(view is not None)
        self._empty.setVisible(view is None)
        if view is None:
            return
        if before is not None and before.id == view.id:
            self.prompt.refresh(view.prompt, view.row_prompt, view.signals)
            self.response.refresh(view.response, view.row_response, view.signals)
        else:
            self.prompt.show_text(view.prompt, view.row_prompt, view.draft_prompt, view.signals)
            self.response.show_text(view.response, view.row_response, view.draft_response, view.signals)
            self.budget.set_usage(None, self.budget.limit, "")
        for check, box in self._checks.items():
            box.setChecked(check in view.checks)
        self._show_state(view.state)
        self.tags.set_tags(view.tags)
        self._source.set_text(source_of(view))
        self._sum_up()

    def set_usage(self, usage: Usage | None, limit: int, tokenizer: str) -> None:
        """Say how much of the budget the present text takes; None while it is being counted."""
        self.budget.set_usage(usage, limit, tokenizer)

    def set_known_tags(self, names: Iterable[str]) -> None:
        """The tags offered while one is typed."""
        self.tags.set_known(names)

    def start_tagging(self) -> None:
        """Open the line in which a tag is typed."""
        self.tags.start()

    def show_changes(self) -> None:
        """Show the changes, or the fields again when they are shown already."""
        self.set_mode(EDIT if self._modes.current == CHANGES else CHANGES)

    def set_mode(self, mode: int) -> None:
        """0 to edit, 1 for the changes, 2 for the original."""
        self._modes.set_current(mode)
        self._on_mode_chosen(mode)

    def focus_prompt(self) -> None:
        """Start editing, with the cursor in the prompt."""
        if self.view is None:
            return
        self.set_mode(EDIT)
        self.prompt.field.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def focus_response(self) -> None:
        """Start editing, with the cursor in the response."""
        self.focus_prompt()
        if self.view is not None:
            self.response.field.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def is_editing(self) -> bool:
        """Whether the keyboard is in one of the fields, so that letters are text and not commands."""
        return self.prompt.field.hasFocus() or self.response.field.hasFocus() or self.tags.is_typing()

    def texts(self) -> tuple[str, str]:
        """Prompt and response as they stand in the fields."""
        return self.prompt.field.text(), self.response.field.text()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A button that has the keyboard keeps Space and Return; Esc and saving work from every control."""
        if isinstance(event, QKeyEvent):
            if event.type() == QEvent.Type.ShortcutOverride and _belongs_to(watched, event):
                event.accept()
                return True
            if event.type() == QEvent.Type.KeyPress:
                if event.key() == Qt.Key.Key_Escape:
                    self.left.emit()
                    return True
                if event.key() in _RETURN and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
                    self._save(True)
                    return True
                if event.key() in _RETURN and isinstance(watched, QAbstractButton):
                    watched.click()
                    return True
        return super().eventFilter(watched, event)

    def _lay_out(self) -> QWidget:
        head = row(Text("Row", "heading"), self._modes, self._summary, self._revert, spacing=4)
        head.setStretch(2, 1)
        fields = QHBoxLayout()
        fields.setContentsMargins(0, 0, 0, 0)
        fields.setSpacing(space(3))
        fields.addWidget(self.prompt, 36)
        fields.addWidget(self.response, 64)
        for check, _, _, sentence in _CHECKS:
            self._checks[check].setToolTip(sentence)
            self._checks[check].setAccessibleDescription(sentence)
        decide = self._decide = QWidget()
        checks = row(*self._checks.values(), None, spacing=1.5)
        self._sides = row(checks, row(None, *self._states.values(), spacing=1.5), spacing=1.5)
        decide.setLayout(self._sides)
        decide.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        where = row(self.tags, self._source, spacing=4)
        where.setStretch(1, 1)
        content = QWidget()
        box = column(head, fields, self.budget, decide, where, spacing=2.5, margins=(6, 2.5, 6, 3))
        box.setStretch(1, 1)
        content.setLayout(box)
        return content

    def _connect(self) -> None:
        for side in (self.prompt, self.response):
            side.field.typed.connect(self._on_typed)
            side.field.save_requested.connect(self._save)
            side.field.left.connect(self.left)
        self._modes.chosen.connect(self._on_mode_chosen)
        self._revert.clicked.connect(self._on_revert_clicked)
        for check, box in self._checks.items():
            box.clicked.connect(lambda on, check=check: self.check_toggled.emit(check, on))
        for state, button in self._states.items():
            button.clicked.connect(lambda _on=False, state=state: self._on_state_clicked(state))
        self.tags.added.connect(self.tag_added)
        self.tags.removed.connect(self.tag_removed)
        self.tags.left.connect(self.left)
        order = [self._modes, self.prompt.field, self.response.field, *self._checks.values(), *self._states.values()]
        order += [self.tags, self._revert]
        for one, other in pairwise(order):
            QWidget.setTabOrder(one, other)
        for control in (*self._checks.values(), *self._states.values(), self._revert):
            control.installEventFilter(self)

    def minimumSizeHint(self) -> QSize:
        """The fields scroll; all that stands around them is whole."""
        return super().minimumSizeHint().expandedTo(QSize(0, LEAST_HEIGHT))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._give_room()

    def _give_room(self) -> None:
        """Where large text leaves no room, the keys are told by the tooltips alone; where even that is too little, what
        is decided stands below the checks."""
        room, brief = self.width() - 2 * space(6), self._widths_of_buttons(is_brief=True)
        if sum(self._widths_of_buttons(is_brief=False)) > room:
            self._widths_of_buttons(is_brief=True)
        self.least_width = sum(brief) + 2 * space(6)
        self._decide.setMinimumWidth(max(brief))
        is_broken = sum(brief) > room
        self._sides.setDirection(_DOWN if is_broken else _ACROSS)

    def _widths_of_buttons(self, *, is_brief: bool) -> tuple[int, int]:
        """The room that checks and states take from now on, with their keys or without."""
        for box in self._checks.values():
            box.set_brief(is_brief)
        for state, _, _, key, _ in _STATES:
            self._states[state].set_text(self._states[state].text(), "" if is_brief else key)
        sides: tuple[Iterable[QWidget], ...] = (self._checks.values(), self._states.values())
        checks, states = (sum(button.width() + space(1.5) for button in side) for side in sides)
        return checks, states

    def _show_state(self, state: State) -> None:
        for other, words, done, key, icon in _STATES:
            button, is_on = self._states[other], other is state
            button.ink = ("good" if other is State.CLEAN else "text") if is_on else ""
            button.icon_name = "check-circle" if is_on and icon else icon
            button.set_text(done if is_on else words)
            button.setToolTip("Put it back to review (U)" if is_on else f"{words} ({key})")
            button.setAccessibleDescription("chosen" if is_on else "")
        self._give_room()

    def _sum_up(self) -> None:
        view = self.view
        if view is None:
            return
        texts = self.texts()
        words, ink = summary_of(view, *texts)
        self._summary.setText(words)
        self._summary.set_ink(ink)
        self._revert.setEnabled(texts != (view.prompt, view.response))

    def _save(self, go_next: bool) -> None:
        if self.view is not None:
            self.saved.emit(*self.texts(), go_next)

    def _on_typed(self) -> None:
        self._sum_up()
        self.text_changed.emit(*self.texts())

    def _on_mode_chosen(self, mode: int) -> None:
        self.prompt.set_mode(mode)
        self.response.set_mode(mode)

    def _on_revert_clicked(self) -> None:
        self.prompt.revert()
        self.response.revert()
        self._sum_up()
        self.reverted.emit()

    def _on_state_clicked(self, state: State) -> None:
        view = self.view
        if view is not None:
            self.state_requested.emit(State.UNREVIEWED if view.state is state else state)


_RETURN = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


def _belongs_to(watched: QObject, event: QKeyEvent) -> bool:
    """Whether a key means the control that has the keyboard rather than a command of the window."""
    if event.key() in (Qt.Key.Key_Escape, *_RETURN):
        return True
    return event.key() == Qt.Key.Key_Space and isinstance(watched, QAbstractButton)
