"""Mirror: what the losses of a run say, and one prompt answered by the base and the tuned model side by side."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QSizePolicy, QStackedLayout, QWidget

from curator.core.changes import Changes
from curator.core.errors import CuratorError
from curator.core.run import Run
from curator.services import answering
from curator.ui.actions import key_words
from curator.ui.controls import Button, Plane, Text, Well, column, row, scrolled
from curator.ui.models.amounts import rows_words, runs_words
from curator.ui.models.mirror_facts import MirrorFacts, read_mirror, verdict
from curator.ui.theme import font, growth
from curator.ui.views.answer_pane import AnswerPane
from curator.ui.views.choices import Choice, Option
from curator.ui.views.notice import EmptyState, Notice
from curator.ui.views.stats import Stat

if TYPE_CHECKING:
    from curator.services.workspace import Workspace
    from curator.ui.actions import Actions
    from curator.ui.tasks import Tasks

MAX_TOKENS = 192
_COMING = "Row by row, blind test, symptoms and release are not built yet."

_NOTHING = "Nothing to look at yet."
_THEN = (
    "Then you see here how far it fell on rows it never saw, and can ask the base and the tuned model the same thing."
)


class MirrorPlace(QWidget):
    """The fourth place. It asks models only when the person presses Ask: each answer is a process of its own."""

    status_facts = Signal(list)
    runs_requested = Signal()

    def __init__(self, workspace: Workspace, tasks: Tasks, actions: Actions) -> None:
        super().__init__()
        self._ws, self._tasks, self._actions = workspace, tasks, actions
        self._facts = MirrorFacts((), {}, {})
        self._is_stale = True
        self._asking = 0  # which question is being answered; an older answer is not shown
        self._is_busy = False
        self._is_base = True  # the base model answers, and not yet the tuned one
        self._cancel = threading.Event()  # ends the process that answers
        self.which = Choice("Run", "runs")
        self.notice = Notice()
        self.verdict = Text("", "title", wrap=True)
        self.detail = Text("", "body", "text2", wrap=True)
        self.first, self.best = Stat("Base, before"), Stat("Best")
        self.last, self.held = Stat("Last"), Stat("Held out")
        self.prompt = QPlainTextEdit()
        self.ask_button = Button("Ask both", "voice", key=key_words("Ctrl+Return"), primary=True)
        self.stop_button = Button("Stop", "stop")
        self.stop_button.setToolTip("Stop answering; what was said stays")
        self.base_pane = AnswerPane("Base", "text3", "r")
        self.tuned_pane = AnswerPane("Tuned", "accent")
        self.empty = EmptyState(_NOTHING, f"Train a run first. {_THEN}", Button("Go to Runs", "runs"))
        self._build()
        self._connect()

    def _build(self) -> None:
        self.which.setFixedWidth(round(360 * growth() ** 0.5))
        coming = Text(_COMING, "small", "text3", wrap=True)
        bar = row(self.which, 3, coming, margins=(5, 2, 5, 2))
        bar.setStretch(2, 1)
        coming.setAlignment(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight)
        top = Plane("window", "b", bar)
        top.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        figures = row(self.first, self.best, self.last, self.held, spacing=3)
        said = Plane("base", "b", column(self.verdict, 1, self.detail, 5, figures, margins=(6, 5, 6, 3)))
        said.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.prompt.setPlaceholderText("Ask both something that none of your rows says word for word…")
        self.prompt.setAccessibleName("Prompt for both models")
        self.prompt.setFont(font("reading"))
        self.prompt.setTabChangesFocus(True)
        self.prompt.setFrameShape(QFrame.Shape.NoFrame)
        self._field = Well(column(self.prompt, margins=(2, 1.5, 2, 1.5)), "base", "line_strong", 8)
        self._field.setFixedHeight(round(68 * growth() ** 0.5))
        self.prompt.installEventFilter(self)
        hint = Text(
            "Each in a fresh context, the likeliest words. Loading a model takes some seconds.",
            "small",
            "text3",
            wrap=True,
        )
        hint.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        foot = row(hint, self.stop_button, self.ask_button)
        foot.setStretch(0, 1)
        asking = column(self._field, 2, foot, margins=(6, 4, 6, 3))
        ask = Plane("window", "b", asking)
        ask.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        panes = row(self.base_pane, self.tuned_pane, spacing=0)
        full = Plane("base")
        whole = column(top, said, ask, panes)
        whole.setStretch(3, 1)
        full.setLayout(whole)
        scroll = scrolled(full)
        nothing = Plane("base", "", column(5, self.empty, None, margins=(7, 0, 7, 0)))
        pages = QWidget()
        self._pages = QStackedLayout(pages)
        self._pages.addWidget(nothing)
        self._pages.addWidget(scroll)
        self._pages.addWidget(Plane("base"))  # until it is read: no word on what may not be so
        self._pages.setCurrentIndex(2)
        outer = Plane("base")
        box = column(self.notice, pages)
        box.setStretch(1, 1)
        outer.setLayout(box)
        self.setLayout(column(outer))

    def _connect(self) -> None:
        self.which.chosen.connect(self._on_run_chosen)
        self.ask_button.clicked.connect(self.ask)
        self.stop_button.clicked.connect(self.stop)
        self.prompt.textChanged.connect(self._show_button)
        assert self.empty.button is not None
        self.empty.button.clicked.connect(self.runs_requested)
        self._show_button()

    # -- what the window asks of a place

    def apply(self, changes: Changes) -> None:
        """Read again when runs changed; at once only while it is looked at."""
        if changes.runs or changes.snapshots:
            self._is_stale = True
            if self.isVisible():
                QTimer.singleShot(400, self, self._read_if_stale)

    def activate(self) -> None:
        """The person came here."""
        if self._is_stale:
            self.setFocus()  # the keyboard waits here while the runs are read
        else:
            self._take_focus()
        self._read_if_stale()
        self._tell_status()

    def _take_focus(self) -> None:
        (self.prompt if self._facts.runs else self.empty.button or self).setFocus()

    def show_run(self, run: int) -> None:
        """Look at a run."""
        self.which.set_options(self._options(), str(run))
        self._show_run()

    def _read_if_stale(self) -> None:
        if self._is_stale:
            self._is_stale = False
            self._tasks.read(lambda: read_mirror(self._ws), self._on_read, self.notice.tell_error, "mirror")

    def _on_read(self, facts: MirrorFacts) -> None:
        self._facts = facts
        self._pages.setCurrentIndex(1 if facts.runs else 0)
        if facts.learning:
            self.empty.tell(f"“{facts.learning}” is not done yet.", f"It is learning, or waits for its turn. {_THEN}")
        else:
            self.empty.tell(_NOTHING, f"Train a run first. {_THEN}")
        if self.hasFocus():
            self._take_focus()
        before = self.which.current
        self.which.set_options(self._options(), before)
        if self.which.current != before:
            self._clear_answers()
        self._show_run()

    def _options(self) -> list[Option]:
        return [Option(str(run.id), run.name, self._facts.detail(run)) for run in self._facts.runs]

    def _on_run_chosen(self, _key: str) -> None:
        self._clear_answers()
        self._show_run()

    def stop_looking(self) -> None:
        """The window closes: nobody waits for an answer any more."""
        self._end_question()

    def _end_question(self) -> None:
        self._cancel.set()
        self._asking += 1
        self._set_busy(False)

    def _clear_answers(self) -> None:
        self._end_question()
        self.base_pane.clear_answer()
        self.tuned_pane.clear_answer()

    def _show_run(self) -> None:
        run = self._facts.run(self.which.current)
        if run is None:
            return
        held = self._facts.held_out(run)
        says, detail = verdict(run, held)
        self.verdict.setText(says)
        self.detail.setText(detail)
        for stat, name, loss, unit in (
            (self.first, "Base, before", run.first_loss, "a response token"),
            (self.best, "Best", run.best_loss, "what was kept"),
            (self.last, "Last", run.last_loss, "measured last"),
        ):
            stat.show_figure(name, "–" if loss is None else f"{loss:.2f}", unit if loss is not None else "")
        self.held.show_figure("Held out", f"{held:,}" if held else "–", "rows" if held != 1 else "row")
        base = self._facts.title(run)
        self.base_pane.show_model(f"{base}, as it came")
        self.tuned_pane.show_model(f"{base}, tuned by “{run.name}”")
        self._show_button()
        self._tell_status()

    def _tell_status(self) -> None:
        count = len(self._facts.runs)
        facts = [f"{runs_words(count)} to look at"] if count else ["No run to look at yet"]
        run = self._facts.run(self.which.current)
        if run is not None:
            facts.append(f"trained on {rows_words(run.rows)}")
        self.status_facts.emit(facts)

    # -- asking

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """⌘⏎ in the prompt asks; a plain ⏎ is a new line."""
        if isinstance(event, QKeyEvent) and event.type() in (QEvent.Type.KeyPress, QEvent.Type.ShortcutOverride):
            is_return = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
            if is_return and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
                event.accept()
                if event.type() == QEvent.Type.KeyPress:
                    self.ask()
                return True
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self._field.edge = "accent" if event.type() == QEvent.Type.FocusIn else "line_strong"
            self._field.update()
        return super().eventFilter(watched, event)

    def ask(self) -> None:
        """Ask the base, then the tuned model: one after the other, so that each has the whole computer."""
        run, prompt = self._facts.run(self.which.current), self.prompt.toPlainText().strip()
        if run is None or not prompt or self._is_busy:
            return
        self._asking += 1
        self._cancel = threading.Event()
        self._set_busy(True)
        self.base_pane.wait("Loading the base model…")
        self.tuned_pane.wait("Waits for the base model…")
        self._answer(run, prompt, self._asking, None)

    def stop(self) -> None:
        """End the answer that comes; what was said until then stays."""
        if not self._is_busy:
            return
        is_base = self._is_base
        self._end_question()
        (self.base_pane if is_base else self.tuned_pane).show_stopped()
        if is_base:
            self.tuned_pane.clear_answer()
        self.prompt.setFocus()

    def _answer(self, run: Run, prompt: str, question: int, tuned: int | None) -> None:
        self._is_base = tuned is None
        pane = self.base_pane if tuned is None else self.tuned_pane
        hear, cancel = self._hearer(pane, question), self._cancel
        self._tasks.long(
            lambda: answering.answers(self._ws, run.model, [prompt], tuned, MAX_TOKENS, hear, cancel)[0],
            lambda text: self._on_answered(run, prompt, question, tuned, text),
            lambda error: self._on_failed(question, pane, error),
        )

    def _hearer(self, pane: AnswerPane, question: int) -> Callable[[int, str], None]:
        def show(piece: str) -> None:
            if question == self._asking:
                pane.add_text(piece)

        def hear(_number: int, piece: str) -> None:
            self._tasks.on_window(show, piece)

        return hear

    def _on_answered(self, run: Run, prompt: str, question: int, tuned: int | None, text: str) -> None:
        if question != self._asking:
            return
        if tuned is None:
            self.base_pane.show_answer(text)
            self.tuned_pane.wait("Loading the tuned model…")
            self._answer(run, prompt, question, run.id)
        else:
            self.tuned_pane.show_answer(text)
            self._set_busy(False)

    def _on_failed(self, question: int, pane: AnswerPane, error: Exception) -> None:
        if question != self._asking:
            return
        self._set_busy(False)
        if pane is self.base_pane:
            self.tuned_pane.clear_answer()
        message, hint = (error.message, error.hint) if isinstance(error, CuratorError) else (str(error), "")
        pane.show_failure(message, hint)

    def _set_busy(self, busy: bool) -> None:
        self._is_busy = busy
        self._show_button()

    def _show_button(self) -> None:
        has_words = bool(self.prompt.toPlainText().strip())
        self.stop_button.setVisible(self._is_busy)
        self.ask_button.setEnabled(has_words and not self._is_busy)
        self.ask_button.setToolTip(
            "It is being answered" if self._is_busy else "" if has_words else "Write a prompt first"
        )
