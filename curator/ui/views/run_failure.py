"""A run that failed, in its place: the sentence, the cause, what is safe, and the steps that may help."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from curator.core.job import JobState
from curator.core.progress import RunProgress
from curator.core.run import Run
from curator.core.settings import TrainSettings, rate_words
from curator.services import environments
from curator.ui.controls import Button, Glyph, Plane, Text, Well, clear, column, row
from curator.ui.theme import space

NAN = "nan"
"""The cause that a worker tells where the loss or its gradients are no numbers any more."""


@dataclass(frozen=True, slots=True)
class Fix:
    """A step that may help: its name, what it costs, the words of its button and the settings it trains with
    (None: the same run goes on). With `makes_environment` it trains nothing, and makes another place to train."""

    name: str
    detail: str
    button: str
    settings: TrainSettings | None
    is_resume: bool = False
    makes_environment: bool = False


def fixes_of(run: Run, progress: RunProgress, smaller: TrainSettings | None = None) -> list[Fix]:
    """What a person can try next, the most promising first; `smaller` are settings that need less memory."""
    s = run.settings
    said = f"{progress.message} {run.message}".casefold()
    fixes: list[Fix] = []
    if run.state is JobState.INTERRUPTED:
        name, detail = "Go on from the last checkpoint", "What was trained since then is trained again."
        if not progress.train and not run.passes:
            name, detail = "Begin this run again", "It had learned nothing yet."
        fixes.append(Fix(name, detail, "Go on", s, True))
    if not run.runtime and environments.is_needed(said):
        name, detail = "Train in a Python environment instead", "It is made once, with the network; then train again."
        fixes.append(Fix(name, detail, "Make it…", s, makes_environment=True))
    if smaller is not None:
        fixes.append(Fix("Train again in less memory", less_words(s, smaller), "Train again", smaller))
    elif "memory" in said and s.batch_size > 1:
        parts = s.batch_size  # an iteration is a batch: so many more of them train as much
        small = replace(s, batch_size=1, accumulate=max(1, s.accumulate) * parts, iterations=s.iterations * parts)
        fixes.append(Fix("Train again, one row at a time", "Needs less memory and takes longer.", "Train again", small))
    if progress.cause == NAN:  # as it was it would come to the same end, bit for bit
        return [*fixes, *_calmer(s)]
    fixes.append(Fix("Train again as it was", "The same rows, base model and numbers.", "Train again", s))
    return fixes


def _calmer(s: TrainSettings) -> Iterator[Fix]:
    """What helps a loss that ran away: smaller steps, and an adapter that weighs no more than usual."""
    usual = TrainSettings().scale
    if s.scale > usual:
        words = f"The adapter weighed {s.scale:g} times; {usual:g} is usual."
        yield Fix(f"Train again at a scale of {usual:g}", words, "Train again", replace(s, scale=usual))
    half = s.learning_rate / 2
    words = f"{rate_words(half)}: the usual cure when a loss runs away."
    yield Fix("Train again at half the rate", words, "Train again", replace(s, learning_rate=half))


def less_words(now: TrainSettings, smaller: TrainSettings) -> str:
    """What is different in settings that need less memory, and what it costs."""
    parts = []
    if smaller.is_sparing and not now.is_sparing:
        parts.append("computes some things twice")
    if smaller.batch_size < now.batch_size:
        parts.append(f"{smaller.batch_size} rows at a time" if smaller.batch_size > 1 else "one row at a time")
    if smaller.max_tokens < now.max_tokens:
        parts.append(f"rows up to {smaller.max_tokens:,} tokens")
    if smaller.layers != now.layers:
        parts.append(f"adapts only the last {smaller.layers} layers")
    words = ", ".join(parts) or "smaller numbers"
    then = "learns a little less" if smaller.layers != now.layers else "takes longer and learns the same"
    return f"{words[0].upper()}{words[1:]}; {then}."


class RunFailure(Well):
    """Says `again(settings)` or `resumed()`, `copy_requested()` for the details, and `environment_asked()` for another
    place to train."""

    again = Signal(object)
    resumed = Signal()
    copy_requested = Signal()
    environment_asked = Signal()

    def __init__(self) -> None:
        super().__init__(None, "sunken", "line", 10, "bad")
        self._shown: tuple[object, ...] = ()
        self._title = Text("", "heading", wrap=True)
        self._cause = Text("", "body", "text2", wrap=True)
        self._safe = Text("", "body", "text2", wrap=True)
        self._fixes: QVBoxLayout = column()
        copy = self.copy_button = Button("Copy details", "copy", flat=True, small=True)
        copy.clicked.connect(self.copy_requested)
        head = row(Glyph("alert", 20, "bad"), self._title, copy, spacing=2.5)
        head.setStretch(1, 1)
        cause = row(Glyph("pulse", 16, "text3"), self._cause, spacing=2.5, margins=(0.5, 0, 0, 0))
        cause.setStretch(1, 1)
        safe = row(Glyph("check", 16, "good"), self._safe, spacing=2.5, margins=(0.5, 0, 0, 0))
        safe.setStretch(1, 1)
        self._cause_line, line = QWidget(), column(3)
        line.addLayout(cause)
        self._cause_line.setLayout(line)
        fixes = Well(self._fixes, "base", "line", 8)
        self.setLayout(column(head, self._cause_line, 2, safe, 4, fixes, margins=(5, 5, 5, 5)))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)

    def show_run(self, run: Run, progress: RunProgress, smaller: TrainSettings | None = None) -> None:
        """Tell what happened to this run."""
        message = progress.message or run.message or "Training stopped, and the worker did not say why."
        kept = progress.best or (run.best_loss is not None)
        safe = "Your rows and every earlier run are as they were."
        safe = f"Nothing is lost. {safe}" if not kept else f"The best checkpoint is kept. {safe}"
        shown = (run.id, message, progress.hint, safe, run.settings, run.state, smaller)
        if shown == self._shown:
            return
        self._shown = shown
        self._title.setText(message)
        self._cause.setText(progress.hint)
        self._cause_line.setVisible(bool(progress.hint))
        self._safe.setText(safe)
        self.setAccessibleName(f"{message} {progress.hint} {safe}")
        clear(self._fixes)
        for i, fix in enumerate(fixes_of(run, progress, smaller)):
            if i:
                self._fixes.addWidget(Plane("line", height=1))
            self._fixes.addWidget(self._fix(fix, is_first=i == 0))

    def _fix(self, fix: Fix, is_first: bool) -> QWidget:
        line = QWidget()
        button = Button(fix.button, "terminal" if fix.makes_environment else "play", primary=is_first)
        button.setAccessibleName(fix.name)
        if fix.is_resume:
            button.clicked.connect(self.resumed)
        elif fix.makes_environment:
            button.clicked.connect(self.environment_asked)
        else:
            button.clicked.connect(lambda: self.again.emit(fix.settings))
        words = column(None, Text(fix.name, "strong"), Text(fix.detail, "small", "text2"), None, spacing=0.5)
        line.setLayout(row(words, None, button, margins=(4, 0, 3, 0)))
        line.setFixedHeight(space(14))
        return line


def details_of(run: Run, progress: RunProgress, log: str) -> str:
    """Everything a stranger needs to help: what happened, with which numbers, and the end of the log."""
    last = "\n".join(log.splitlines()[-60:])
    return (
        f"{progress.message or run.message}\n{progress.hint}\n\n"
        f"run {run.id} “{run.name}”, {run.state}, pass {progress.passes:.2f} of {progress.total_passes:.2f}\n"
        f"base {run.model}, {run.rows} rows, snapshot {run.snapshot}\n{run.settings}\n"
        f"memory {progress.memory_gb:.2f} GB, {progress.tokens_per_second:.0f} tokens/s, "
        f"BLAS {progress.blas or 'unknown'}\n\n"
        f"{last}\n"
    )
