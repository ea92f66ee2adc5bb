"""The Mirror: what is known about a run, and two answers one after the other."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from ui_places import Stage, open_stage

from curator.core.errors import JobError
from curator.core.job import JobState
from curator.core.run import Run
from curator.core.settings import TrainSettings
from curator.services import answering, queue
from curator.ui.models.mirror_facts import verdict
from curator.ui.views.answer_pane import AnswerPane
from curator.ui.views.mirror_place import MirrorPlace

RUN = Run(
    0, "webhooks", 1, "starter", "standard", TrainSettings(), JobState.DONE, "", "2026-03-04T10:00:00+00:00", rows=80,
    best_loss=1.64, first_loss=2.46, last_loss=1.66, passes=3.0, seconds=252.0,
)  # fmt: skip


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qapp: QApplication) -> Iterator[Stage]:
    monkeypatch.setenv("CURATOR_MODELS", str(tmp_path / "models"))
    with open_stage(tmp_path / "library") as made:
        yield made


def _place(stage: Stage, qtbot: QtBot) -> MirrorPlace:
    made = MirrorPlace(stage.workspace, stage.tasks, stage.actions)
    qtbot.addWidget(made)
    made.resize(1200, 760)
    made.show()
    qtbot.waitExposed(made)
    made.activate()
    return made


@pytest.fixture
def place(stage: Stage, qtbot: QtBot) -> MirrorPlace:
    stage.workspace.library.add_run(RUN)
    stage.workspace.library.add_run(replace(RUN, name="other", best_loss=2.44))
    made = _place(stage, qtbot)
    qtbot.waitUntil(lambda: len(made._facts.runs) == 2)
    return made


def test_without_a_run_it_says_what_comes_first(stage: Stage, qtbot: QtBot) -> None:
    made = _place(stage, qtbot)
    qtbot.waitUntil(made.empty.isVisible)
    assert made.empty.button is not None
    with qtbot.waitSignal(made.runs_requested):
        qtbot.mouseClick(made.empty.button, Qt.MouseButton.LeftButton)


def test_while_the_first_run_is_not_done_it_says_so(stage: Stage, qtbot: QtBot) -> None:
    queue.hold(stage.workspace)
    stage.workspace.library.add_run(replace(RUN, state=JobState.QUEUED, best_loss=None, passes=0.0))
    made = _place(stage, qtbot)
    qtbot.waitUntil(lambda: made.empty.title.text() == "“webhooks” is not done yet.")
    assert made.empty.isVisible()


def test_it_tells_the_losses_of_the_chosen_run(place: MirrorPlace) -> None:
    first = next(r for r in place._facts.runs if r.name == "webhooks")
    place.show_run(first.id)
    assert place.verdict.text() == "It has learned from your rows."
    assert "from 2.46 to 1.64" in place.detail.text()
    assert place.best.accessibleName() == "Best: 1.64 what was kept"


@pytest.mark.parametrize(
    ("best", "says"),
    [(2.45, "It has learned next to nothing."), (2.2, "It has begun to learn your rows."), (3.0, "next to nothing")],
)
def test_the_verdict_promises_no_more_than_was_measured(best: float, says: str) -> None:
    assert says in verdict(replace(RUN, best_loss=best), 9)[0]


def test_few_held_out_rows_are_only_a_hint() -> None:
    assert "take the figure as a hint" in verdict(RUN, 3)[1]
    assert "1 row is too few" in verdict(RUN, 1)[1]
    assert "hint" not in verdict(RUN, 20)[1]


class Answers:
    """Stands where the model's process would: it takes seconds and half a gigabyte, and is tested with its service."""

    def __init__(self, failing: str = "") -> None:
        self.asked: list[tuple[str, int | None]] = []
        self.failing = failing
        self.is_slow = False
        self.ended: list[int | None] = []

    def __call__(
        self,
        _ws: object,
        _model: str,
        prompts: Sequence[str],
        run: int | None,
        _most: int,
        hear: Callable[[int, str], None],
        cancel: threading.Event,
    ) -> list[str]:
        self.asked.append((prompts[0], run))
        if self.is_slow:
            hear(0, "It dep")
            assert cancel.wait(120), "nobody ended it"
            self.ended.append(run)
            raise JobError("It was stopped.", "")
        if self.failing:
            raise JobError(self.failing, "Close other programs, then try again.")
        hear(0, "It ")
        return ["It depends." if run is None else "Let it die."]


def test_one_prompt_is_answered_by_the_base_and_then_by_the_tuned(
    place: MirrorPlace, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = Answers()
    monkeypatch.setattr(answering, "answers", answers)
    assert not place.ask_button.isEnabled()
    assert place.tuned_pane.text.placeholderText() == "Nothing asked yet."
    qtbot.keyClicks(place.prompt, "How do I retry?")
    qtbot.keyClick(place.prompt, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert place.tuned_pane.text.placeholderText() == ""
    place.ask()
    qtbot.waitUntil(lambda: place.tuned_pane.text.toPlainText() == "Let it die." and place.ask_button.isEnabled())
    assert place.base_pane.text.toPlainText() == "It depends."
    assert answers.asked == [("How do I retry?", None), ("How do I retry?", int(place.which.current))]


def test_a_failure_is_told_where_the_answer_would_be(
    place: MirrorPlace, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answering, "answers", Answers("There was not enough memory."))
    place.prompt.setPlainText("How do I retry?")
    qtbot.mouseClick(place.ask_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "not enough memory" in place.base_pane.text.toPlainText())
    assert place.ask_button.isEnabled()
    assert place.tuned_pane.text.toPlainText() == ""


def test_an_answer_to_an_older_question_is_not_shown(
    place: MirrorPlace, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answering, "answers", Answers())
    place.prompt.setPlainText("How do I retry?")
    place.ask()
    other = next(o.key for o in place._options() if o.key != place.which.current)
    place.which._on_chosen(other)
    seen: list[object] = []
    place._tasks.read(lambda: "later", seen.append)  # asked after: the answer is not on its way any more
    qtbot.waitUntil(lambda: bool(seen))
    assert place.base_pane.text.toPlainText() == ""


def test_an_answer_can_be_stopped_and_what_was_said_stays(
    place: MirrorPlace, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = Answers()
    answers.is_slow = True
    monkeypatch.setattr(answering, "answers", answers)
    assert not place.stop_button.isVisible()
    place.prompt.setPlainText("How do I retry?")
    place.ask()
    qtbot.waitUntil(lambda: place.base_pane.text.toPlainText() == "It dep")
    assert place.stop_button.isVisible() and not place.ask_button.isEnabled()
    qtbot.mouseClick(place.stop_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: answers.ended == [None])
    assert place.base_pane.text.toPlainText() == "It dep" and place.base_pane.figures.text() == "Stopped."
    assert place.tuned_pane.figures.text() == "" and not place.stop_button.isVisible()
    assert place.ask_button.isEnabled()


def test_choosing_another_run_and_closing_end_the_process_that_answers(
    place: MirrorPlace, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = Answers()
    answers.is_slow = True
    monkeypatch.setattr(answering, "answers", answers)
    place.prompt.setPlainText("How do I retry?")
    place.ask()
    place.which._on_chosen(next(o.key for o in place._options() if o.key != place.which.current))
    qtbot.waitUntil(lambda: len(answers.ended) == 1)
    place.ask()
    place.stop_looking()
    qtbot.waitUntil(lambda: len(answers.ended) == 2)


def test_nothing_moves_when_an_answer_has_come(qtbot) -> None:
    pane = AnswerPane("Base", "text3")
    qtbot.addWidget(pane)
    pane.resize(500, 400)
    pane.show()
    qtbot.waitExposed(pane)
    before = pane.text.geometry()
    pane.wait("Loading the base model…")
    pane.show_answer("A table has rows.")
    assert pane.copy_button.isVisible()
    pane.layout().activate()
    assert pane.text.geometry() == before
