"""The Runs place: one press, one run, in a real process on a tiny model; and what it shows of runs of every kind."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontInfo, QImage
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot
from row_workspaces import store_sessions
from tiny_model import build_tiny_model
from ui_places import Stage, open_stage, sessions_of

from curator.core.changes import Changes
from curator.core.job import JobState
from curator.core.progress import LossPoint, RunProgress, TrainPoint
from curator.core.run import Run
from curator.core.settings import TrainSettings
from curator.jobs.folder import read_job
from curator.services import budgets, datasets, models, queue, training, trash
from curator.ui.controls import Button
from curator.ui.models.run_reading import RunsNow
from curator.ui.run_desk import RunDesk
from curator.ui.theme import font
from curator.ui.views.log_sheet import LogSheet, read_log
from curator.ui.views.note_field import NoteField
from curator.ui.views.question import HEIGHT
from curator.ui.views.run_menu import Act
from curator.ui.views.runs_place import RunsPlace

LONG = 60_000  # a loaded machine takes its time to start a process


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qapp: QApplication) -> Iterator[Stage]:
    monkeypatch.setenv("CURATOR_MODELS", str(tmp_path / "models"))
    with open_stage(tmp_path / "library") as made:
        yield made


def open_place(stage: Stage, qtbot: QtBot) -> RunsPlace:
    made = RunsPlace(stage.workspace, stage.tasks, stage.actions)
    qtbot.addWidget(made, before_close_func=lambda place: place.stop_looking())
    stage.tasks.changed.connect(made.apply)
    made.resize(1300, 800)
    made.show()
    qtbot.waitExposed(made)
    made.activate()
    qtbot.waitUntil(lambda: made.is_built and made.view.chart is not None and made.knows_facts, timeout=LONG)
    return made


@pytest.fixture
def trained(stage: Stage, tmp_path: Path) -> str:
    """A library with rows and a model that trains in a second; its name."""
    store_sessions(stage.workspace, sessions_of(20))
    name = models.add(stage.workspace, build_tiny_model(tmp_path / "tiny")).name
    budgets.choose_model(stage.workspace, name)
    budgets.set_limit(stage.workspace, 512)
    return name


def _words(place: RunsPlace) -> str:
    return "\n".join(label.text() for label in place.findChildren(QLabel) if label.isVisible())


def _run(id: int = 1, state: JobState = JobState.RUNNING, **more: object) -> Run:
    made = Run(id, f"run {id}", 1, "starter", "standard", TrainSettings(), state, "/nowhere", "", rows=20)
    return replace(made, **more)  # type: ignore[arg-type]


def _progress(state: JobState = JobState.RUNNING, **more: object) -> RunProgress:
    train = tuple(TrainPoint(i, i / 20, 3 - i * 0.02, 2e-4, 1.0) for i in range(1, 41))
    valid = tuple(LossPoint(i * 5, i * 0.25, 2.5 - i * 0.1) for i in range(9))
    made = RunProgress(state, 60, 40, 2.0, 3.0, train, valid, 412.0, 5.8, 187.0, 360.0, valid[-1])
    return replace(made, **more)  # type: ignore[arg-type]


def test_an_empty_place_says_how_many_rows_are_enough(stage: Stage, qtbot: QtBot) -> None:
    store_sessions(stage.workspace, sessions_of(4))
    place = open_place(stage, qtbot)
    qtbot.waitUntil(lambda: "you have 4." in _words(place))
    assert "12 clean rows are enough for a quick look; you have 4." in _words(place)
    with qtbot.waitSignal(place.library_requested):
        qtbot.mouseClick(place.page.review, Qt.MouseButton.LeftButton)


def test_a_double_click_trains_one_run_and_its_losses_are_drawn(stage: Stage, trained: str, qtbot: QtBot) -> None:
    place = open_place(stage, qtbot)
    qtbot.waitUntil(lambda: place.panel.base.current == trained and place.panel.button.isEnabled(), timeout=LONG)
    shares: list[float | None] = []
    place.running_progress.connect(shares.append)
    with qtbot.waitSignal(place.run_ended, timeout=LONG) as ended:
        qtbot.mouseClick(place.panel.cards["quick"], Qt.MouseButton.LeftButton)
        qtbot.mouseDClick(place.panel.button, Qt.MouseButton.LeftButton)
        qtbot.mouseClick(place.panel.button, Qt.MouseButton.LeftButton)
        stage.actions.trigger("train")
    run = ended.args[0]
    assert run.state is JobState.DONE
    assert len(training.runs(stage.workspace)) == 1
    assert len(datasets.snapshots(stage.workspace)) == 1
    assert (Path(run.path) / "adapters.safetensors").is_file()
    chart = place.view.chart
    assert chart is not None
    qtbot.waitUntil(lambda: len(chart.train) > 0 and len(chart.valid) > 0)
    assert shares[-1] is None
    assert any(share is not None for share in shares)
    assert place.view.first.text().startswith("Done")
    assert not place.view.stop.isVisible()


def test_stop_and_keep_ends_the_run_and_a_new_window_still_shows_it(stage: Stage, trained: str, qtbot: QtBot) -> None:
    place = open_place(stage, qtbot)
    qtbot.waitUntil(lambda: place.panel.base.current == trained and place.panel.button.isEnabled(), timeout=LONG)
    place.panel.advanced.field("passes").setValue(100)
    with qtbot.waitSignal(place.run_started, timeout=LONG):
        qtbot.mouseClick(place.panel.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(place.view.progress.train), timeout=LONG)
    assert place.panel.button.text() == "Train next"
    assert stage.actions["stop"].isEnabled()
    with qtbot.waitSignal(place.run_ended, timeout=LONG) as ended:
        qtbot.mouseClick(place.view.stop, Qt.MouseButton.LeftButton)
    assert ended.args[0].state is JobState.STOPPED
    assert (Path(ended.args[0].path) / "adapters.safetensors").is_file()
    again = open_place(stage, qtbot)
    qtbot.waitUntil(lambda: again.view.run is not None and len(again.view.progress.train) > 0)
    assert again.view.title.text() == place.view.title.text()


def test_a_paused_run_says_so_and_goes_on_by_one_press(stage: Stage, trained: str, qtbot: QtBot) -> None:
    place = open_place(stage, qtbot)
    qtbot.waitUntil(lambda: place.panel.base.current == trained and place.panel.button.isEnabled(), timeout=LONG)
    place.panel.advanced.field("passes").setValue(100)
    qtbot.mouseClick(place.panel.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: place.view.pause.isEnabled() and bool(place.view.progress.train), timeout=LONG)
    qtbot.mouseClick(place.view.pause, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: place.view.state is JobState.PAUSED, timeout=LONG)
    assert place.view.first.text().startswith("Paused")
    steps = len(place.view.progress.train)
    qtbot.mouseClick(place.view.go_on, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(place.view.progress.train) > steps, timeout=LONG)
    with qtbot.waitSignal(place.run_ended, timeout=LONG):
        place.stop_and_keep()
    assert len(training.runs(stage.workspace)) == 1


def test_a_run_that_goes_on_says_its_figures_and_health(stage: Stage, qtbot: QtBot) -> None:
    place = open_place(stage, qtbot)
    told: list[list[str]] = []
    place.status_facts.connect(told.append)
    place.watch.take(RunsNow((_run(),), {1: _progress()}))
    assert place.view.stats.time.accessibleName().startswith("Time left: ≈ 3 min done at")
    assert place.view.stats.passes.accessibleName() == "Pass: 2.0 of 3"
    assert place.view.stats.best.accessibleName() == "Best so far: 1.70 at pass 2"
    assert place.view.well.accessibleName().startswith("Both losses fall: validation 2.50 → 1.70.")
    assert told[-1][:2] == ["Training, pass 2 of 3", "≈ 3 min left"]


def test_a_failed_run_is_told_in_its_place_with_what_helps(stage: Stage, qtbot: QtBot, tmp_path: Path) -> None:
    place = open_place(stage, qtbot)
    failed = _run(1, JobState.FAILED, passes=0.1)
    sentence = "Training stopped: there was not enough memory."
    place.watch.take(
        RunsNow((failed,), {1: _progress(JobState.FAILED, message=sentence, hint="Two rows met.", best=None)})
    )
    assert place.view.failure.isVisible()
    assert sentence in _words(place)
    assert "Nothing is lost." in _words(place)
    asked: list[TrainSettings] = []
    place.view.again_requested.disconnect()
    place.view.again_requested.connect(asked.append)
    buttons = [
        b for b in place.view.failure.findChildren(type(place.view.stop)) if "row at a time" in b.accessibleName()
    ]
    qtbot.mouseClick(buttons[0], Qt.MouseButton.LeftButton)
    assert (asked[0].batch_size, asked[0].accumulate) == (1, 4)


def test_what_is_trained_again_with_other_numbers_writes_its_figures_where_it_did(
    stage: Stage, trained: str, qtbot: QtBot
) -> None:
    ws = stage.workspace
    snapshot = datasets.freeze(ws, trained, 512)
    first = training.train(ws, snapshot.id, trained, TrainSettings(passes=0.2), report_to=("nowhere",))
    desk = RunDesk(ws, stage.tasks, stage.host)
    with qtbot.waitSignal(desk.started, timeout=LONG) as started:
        desk.again(first, replace(first.settings, batch_size=1))
    again = started.args[0]
    assert again.settings.batch_size == 1
    assert read_job(Path(again.path))["report_to"] == ["nowhere"]
    for run in (first, again):
        assert list(training.follow(ws, run.id))[-1].kind == "done"


def test_throwing_away_is_asked_in_place_and_esc_keeps(stage: Stage, qtbot: QtBot) -> None:
    place = open_place(stage, qtbot)
    place.watch.take(RunsNow((_run(),), {1: _progress()}))
    stops: list[bool] = []
    place.view.stop_requested.disconnect()
    place.view.stop_requested.connect(stops.append)
    qtbot.mouseClick(place.view.discard, Qt.MouseButton.LeftButton)
    assert place.view.question.isVisible()
    assert "Throw away what it learned up to pass 2?" in _words(place)
    qtbot.keyClick(place.view.question, Qt.Key.Key_Escape)
    assert not place.view.question.isVisible()
    assert stops == []
    qtbot.mouseClick(place.view.discard, Qt.MouseButton.LeftButton)
    sure = next(b for b in place.view.question.findChildren(type(place.view.stop)) if b.text() == "Stop and discard")
    qtbot.mouseClick(sure, Qt.MouseButton.LeftButton)
    assert stops == [True]


def test_a_run_is_renamed_and_noted_in_place(stage: Stage, qtbot: QtBot) -> None:
    added = stage.workspace.library.add_run(_run(0, JobState.DISCARDED))
    place = open_place(stage, qtbot)
    qtbot.waitUntil(lambda: place.view.run is not None)
    for ask, typed in ((place.view.ask_rename, "first look"), (place.view.ask_note, "too short")):
        ask()
        field = place.view.question.field
        assert field is not None
        field.selectAll()
        qtbot.keyClicks(field, typed)
        qtbot.keyClick(field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: training.run(stage.workspace, added.id).note == "too short")
    assert training.run(stage.workspace, added.id).name == "first look"
    qtbot.waitUntil(lambda: place.view.title.text() == "first look")
    qtbot.waitUntil(lambda: place.view.subtitle.text().endswith("too short"))


def test_a_note_has_several_lines_and_its_run_one(stage: Stage, qtbot: QtBot) -> None:
    """The page keeps its height, and the field what was written before."""
    library = stage.workspace.library
    added = library.add_run(_run(0, JobState.DISCARDED, name="two\nlines", note="First.\nSecond."))
    place = open_place(stage, qtbot)
    qtbot.waitUntil(lambda: place.view.title.text() == "two lines")
    assert place.view.subtitle.text().endswith(" · First. Second.")
    place.view.ask_note()
    field = place.view.question.field
    assert isinstance(field, NoteField)
    assert field.toPlainText() == "First.\nSecond."
    qtbot.keyClick(field, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClicks(field, "Third.")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert place.view.question.isHidden()
    qtbot.waitUntil(lambda: training.run(stage.workspace, added.id).note == "First.\nSecond.\nThird.")
    qtbot.waitUntil(lambda: place.view.subtitle.text().endswith(" · First. Second. Third."))
    place.view.ask_note()
    field = place.view.question.field
    assert isinstance(field, NoteField)
    qtbot.keyClicks(field, "x")
    assert field.toPlainText().endswith("Third.x"), "a key adds to what is there"
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert place.view.question.isHidden()
    assert training.run(stage.workspace, added.id).note.endswith("Third.")
    training.note(stage.workspace, added.id, "A long sentence. " * 200)
    place.refresh()
    qtbot.waitUntil(lambda: place.view.subtitle.text().endswith(" …"))
    place.view.subtitle.grab()
    assert max(map(len, place.view.subtitle.toolTip().splitlines())) <= 120, "a tooltip is no wider than the screen"
    place.view.ask_rename()
    assert place.view.question.height() < 2 * HEIGHT, "the next question is as high as ever"


def test_a_run_goes_to_the_trash_and_one_press_takes_it_back(stage: Stage, qtbot: QtBot) -> None:
    added = stage.workspace.library.add_run(_run(0, JobState.DISCARDED))
    place = open_place(stage, qtbot)
    qtbot.waitUntil(lambda: place.list.table.current_run == added.id)
    qtbot.keyClick(place.list.table, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: place.notice.step.isVisible())
    assert [r.id for r in training.runs(stage.workspace, trashed=True)] == [added.id]
    qtbot.waitUntil(lambda: place.list.turn.text() == "Trash, 1")
    qtbot.mouseClick(place.notice.step, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: [r.id for r in training.runs(stage.workspace)] == [added.id])
    qtbot.waitUntil(lambda: place.list.table.runs.rowCount() == 1 and not place.list.turn.isVisible())
    assert place.list.table.hasFocus(), "the keyboard is back where it was"


def test_the_key_of_undo_takes_back_what_the_notice_tells(stage: Stage, qtbot: QtBot) -> None:
    added = stage.workspace.library.add_run(_run(0, JobState.DISCARDED))
    place = open_place(stage, qtbot)
    qtbot.waitUntil(lambda: place.list.table.current_run == added.id)
    qtbot.keyClick(place.list.table, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: place.notice.step.isVisible())
    qtbot.keyClick(place.list.table, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: [r.id for r in training.runs(stage.workspace)] == [added.id])


def test_who_takes_a_run_out_of_the_trash_is_told_no_longer_that_it_is_there(stage: Stage, qtbot: QtBot) -> None:
    library = stage.workspace.library
    added = [library.add_run(_run(0, JobState.DISCARDED)) for _ in range(2)]
    place = open_place(stage, qtbot)
    qtbot.waitUntil(lambda: place.list.table.current_run == added[1].id)
    qtbot.keyClick(place.list.table, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: place.notice.isVisible() and place.list.turn.isVisible())
    qtbot.mouseClick(place.list.turn, Qt.MouseButton.LeftButton)
    place.list.table.selectRow(0)
    qtbot.waitUntil(lambda: bool(place.current and place.current.trashed))
    place.view.act(Act.RESTORE)
    qtbot.waitUntil(lambda: len(training.runs(stage.workspace)) == 2)
    assert not place.notice.isVisible() and not place.acts.take_back()


def test_a_run_that_waits_or_works_is_not_thrown_away_and_it_is_said_why(stage: Stage, qtbot: QtBot) -> None:
    queue.hold(stage.workspace)
    added = stage.workspace.library.add_run(_run(0, JobState.QUEUED))
    place = open_place(stage, qtbot)
    qtbot.waitUntil(lambda: place.list.table.current_run == added.id)
    qtbot.keyClick(place.list.table, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: "This run waits in the queue." in _words(place))
    assert "Take it out of the queue first." in _words(place)
    assert training.runs(stage.workspace, trashed=True) == []
    assert place.current == added


def test_the_run_below_is_looked_at_when_one_is_thrown_away(stage: Stage, qtbot: QtBot) -> None:
    """A second press would else take the newest, which nobody pointed at."""
    library = stage.workspace.library
    added = [library.add_run(_run(0, JobState.DISCARDED, name=name)) for name in ("a", "b", "c", "d")]
    place = open_place(stage, qtbot)
    qtbot.waitUntil(lambda: place.list.table.runs.rowCount() == 4)
    place.list.table.selectRow(2)  # the newest stands first
    qtbot.waitUntil(lambda: place.view.title.text() == "b")
    qtbot.keyClick(place.list.table, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: place.list.table.runs.rowCount() == 3)
    qtbot.waitUntil(lambda: place.view.title.text() == "a")
    qtbot.keyClick(place.list.table, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: place.list.table.runs.rowCount() == 2)
    qtbot.waitUntil(lambda: place.view.title.text() == "c")
    place.undo()
    qtbot.waitUntil(lambda: place.view.title.text() == "a")
    place.view.act(Act.TRASH)
    qtbot.waitUntil(lambda: place.view.title.text() == "c")
    assert [r.id for r in training.runs(stage.workspace, trashed=True)] == [added[1].id, added[0].id]


def test_a_run_in_the_trash_lies_over_no_other(stage: Stage, qtbot: QtBot) -> None:
    """Its line on the chart would have no row in the table by which to take it off."""
    library = stage.workspace.library
    over, shown = (library.add_run(_run(0, JobState.DISCARDED, name=name)) for name in ("over", "shown"))
    place = open_place(stage, qtbot)
    qtbot.waitUntil(lambda: place.list.table.runs.rowCount() == 2)
    place.acts.compare(over.id)
    assert place.compared.runs == (over.id,)
    trash.put(stage.workspace, over.id)
    place.refresh()
    qtbot.waitUntil(lambda: place.list.table.runs.rowCount() == 1)
    assert place.compared.runs == ()
    qtbot.mouseClick(place.list.turn, Qt.MouseButton.LeftButton)
    place.list.table.selectRow(0)
    qtbot.keyClick(place.list.table, Qt.Key.Key_Space)
    assert place.compared.runs == ()
    assert "Take it out of the trash first." in _words(place)
    qtbot.keyClick(place.list.table, Qt.Key.Key_Delete)
    assert "It is in the trash already." in _words(place)
    assert training.run(stage.workspace, shown.id).trashed == ""


def test_a_key_in_the_table_is_about_its_run_before_that_has_been_read(stage: Stage, qtbot: QtBot) -> None:
    """A question about the run looked at before is closed, and the name asked for is the one pointed at."""
    library = stage.workspace.library
    for name in ("older", "newer"):
        library.add_run(_run(0, JobState.DISCARDED, name=name))
    place = open_place(stage, qtbot)
    qtbot.waitUntil(lambda: place.view.title.text() == "newer")
    place.view.ask_discard()
    place.list.table.selectRow(1)
    qtbot.keyClick(place.list.table, Qt.Key.Key_F2)
    field = place.view.question.field
    assert field is not None
    assert field.text() == "older"
    qtbot.waitUntil(lambda: place.view.title.text() == "older")
    assert place.view.question.field is field, "what is typed stays while its run is read"


def test_the_trash_is_looked_into_and_emptied_after_a_question(stage: Stage, qtbot: QtBot) -> None:
    library = stage.workspace.library
    added = [library.add_run(_run(0, JobState.DISCARDED)) for _ in range(2)]
    trash.put(stage.workspace, added[0].id)
    place = open_place(stage, qtbot)
    qtbot.waitUntil(lambda: place.list.turn.isVisible())
    qtbot.mouseClick(place.list.turn, Qt.MouseButton.LeftButton)
    assert [place.list.table.runs.line(i).run.id for i in range(place.list.table.runs.rowCount())] == [added[0].id]
    qtbot.mouseClick(place.list.empty, Qt.MouseButton.LeftButton)
    assert training.runs(stage.workspace, trashed=True)
    sure = next(b for b in place.list.question.findChildren(Button) if b.text() == "Empty the trash")
    qtbot.mouseClick(sure, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: training.runs(stage.workspace, trashed=True) == [])
    qtbot.waitUntil(lambda: place.list.table.runs.line(0).run.id == added[1].id)


def test_the_queue_is_the_librarys_and_can_be_put_in_another_order(stage: Stage, qtbot: QtBot) -> None:
    library = stage.workspace.library
    queue.hold(stage.workspace)
    first, second = (library.add_run(_run(0, JobState.QUEUED, name=name)) for name in ("first", "second"))
    place = open_place(stage, qtbot)
    qtbot.waitUntil(lambda: place.panel.queue.isVisible())
    assert place.panel.button.text() == "Train next"
    for run in (first, second):
        name = next(b for b in place.panel.queue.findChildren(Button) if b.accessibleName() == f"Show: {run.name}")
        qtbot.mouseClick(name, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda wanted=run.id: place.view.run is not None and place.view.run.id == wanted)
    later = next(b for b in place.panel.queue.findChildren(Button) if b.accessibleName() == "Later: first")
    qtbot.mouseClick(later, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: [r.id for r in queue.waiting(stage.workspace)] == [second.id, first.id])
    qtbot.waitUntil(lambda: place.list.table.runs.line(0).run.id == second.id)
    assert place.list.table.runs.line(1).words == "2nd in line"
    out = next(b for b in place.panel.queue.findChildren(Button) if b.accessibleName() == "Take out: first")
    qtbot.mouseClick(out, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: [r.id for r in queue.waiting(stage.workspace)] == [second.id])


def test_space_lays_a_run_over_the_one_shown_and_again_takes_it_away(stage: Stage, qtbot: QtBot) -> None:
    place = open_place(stage, qtbot)
    runs = (_run(1, JobState.DONE, name="first look"), _run(2, JobState.DONE))
    place.watch.take(RunsNow(runs, {1: _progress(JobState.DONE), 2: _progress(JobState.DONE)}))
    place.acts.compare(1)
    place.watch.take(RunsNow(runs, {1: _progress(JobState.DONE), 2: _progress(JobState.DONE)}))
    chart = place.view.chart
    assert chart is not None
    assert chart.lines["1 valid"].name == "first look"
    assert chart.lines["valid"].name == "run 2"
    assert place.list.table.runs.line(1).ink == chart.lines["1 valid"].ink
    assert place.view.stage.caveat.isHidden()
    for change, words in (({"snapshot": 9}, "Another snapshot"), ({"model": "other"}, "Another base model")):
        others = (replace(runs[0], **change), runs[1])
        place.watch.take(RunsNow(others, {1: _progress(JobState.DONE), 2: _progress(JobState.DONE)}))
        assert place.view.stage.caveat.text().startswith(words)
    place.acts.compare(1)
    assert place.view.stage.caveat.isHidden()
    assert "1 valid" not in chart.lines
    assert chart.lines["valid"].name == "validation"


def test_the_chart_and_the_figures_are_saved(stage: Stage, qtbot: QtBot, tmp_path: Path) -> None:
    added = stage.workspace.library.add_run(_run(0, JobState.DISCARDED))
    place = open_place(stage, qtbot)
    qtbot.waitUntil(lambda: place.view.run is not None)
    for act in (Act.PNG, Act.SVG, Act.CSV):
        place.acts.save_as(act, added, tmp_path / f"run.{act}")
    qtbot.waitUntil(lambda: (tmp_path / "run.csv").exists())
    assert (tmp_path / "run.csv").read_text("utf-8").startswith("run,name,kind")
    assert QImage(str(tmp_path / "run.png")).width() == 2 * place.view.stage.picture().width()
    assert QSvgRenderer(str(tmp_path / "run.svg")).isValid()
    sizes = {float(size) for size in re.findall(r'font-size="([\d.]+)"', (tmp_path / "run.svg").read_text("utf-8"))}
    assert any(size == pytest.approx(QFontInfo(font("caption")).pixelSize(), abs=0.5) for size in sizes), sizes
    for act in (Act.PNG, Act.SVG, Act.CSV):
        place.acts._save_under(act, added, tmp_path / "typed")
        qtbot.waitUntil(lambda act=act: (tmp_path / f"typed.{act}").exists())
        place.acts._save_under(act, added, tmp_path / "typed")
        assert f"“typed.{act}” is there already." in _words(place)
    place.acts.save_as(Act.PNG, added, tmp_path / "nowhere" / "run.png")
    assert "cannot be written" in place.notice.accessibleName()


def test_the_place_is_built_in_slices_that_hold_nobody_up(stage: Stage, qtbot: QtBot) -> None:
    place = RunsPlace(stage.workspace, stage.tasks, stage.actions)
    qtbot.addWidget(place, before_close_func=lambda place: place.stop_looking())
    assert not place.is_built
    place.train()  # pressed before there is a panel
    place.apply(Changes(rows=True))
    slices: list[float] = []
    while not place.is_built:
        began = time.thread_time()
        place._build_next()
        slices.append(time.thread_time() - began)
    assert len(slices) >= 4
    assert max(slices) < 0.1, slices


def test_a_start_that_fails_is_told_and_can_be_tried_again(stage: Stage, qtbot: QtBot) -> None:
    place = open_place(stage, qtbot)
    place.desk.start(replace(place.panel.request(), model="nowhere"))
    qtbot.waitUntil(lambda: place.notice.isVisible(), timeout=LONG)
    assert "nowhere" in place.notice.accessibleName() or "needed" in place.notice.accessibleName()
    assert not place.desk.is_starting


def test_the_log_opens_on_a_sheet_and_esc_gives_the_focus_back(stage: Stage, qtbot: QtBot) -> None:
    added = stage.workspace.library.add_run(_run(0, JobState.DISCARDED))
    Path(added.path).mkdir(parents=True, exist_ok=True)
    (Path(added.path) / "worker.log").write_text("loaded\nall is well\n", encoding="utf-8")
    place = open_place(stage, qtbot)
    qtbot.waitUntil(lambda: place.view.run is not None)
    qtbot.mouseClick(place.view.log, Qt.MouseButton.LeftButton)
    sheet = place.findChild(LogSheet)
    assert isinstance(sheet, LogSheet)
    qtbot.waitUntil(lambda: "all is well" in sheet.text.toPlainText())
    assert sheet.text.isReadOnly()
    with qtbot.waitSignal(sheet.destroyed):
        qtbot.keyClick(sheet, Qt.Key.Key_Escape)


def test_only_the_end_of_a_long_log_is_read(tmp_path: Path) -> None:
    log = tmp_path / "worker.log"
    log.write_text("".join(f"line {n}\n" for n in range(1000)), encoding="utf-8")
    text = read_log(log, 100)
    assert text.startswith("…\n")
    assert text.endswith("line 999\n")
    assert "nothing yet" in read_log(tmp_path / "none.log") or "not written anything" in read_log(tmp_path / "none.log")


def test_a_log_is_shown_without_what_is_meant_for_a_terminal(tmp_path: Path) -> None:
    log = tmp_path / "worker.log"
    log.write_text("\x1b[1miter   train_loss\x1b[0m\n   1   \x1b[38;5;2m6.255 ▼\x1b[0m\n", encoding="utf-8")
    assert read_log(log) == "iter   train_loss\n   1   6.255 ▼\n"


def test_rows_marked_elsewhere_reach_the_panel(stage: Stage, qtbot: QtBot) -> None:
    place = open_place(stage, qtbot)
    assert place.panel.button.toolTip() == "Mark a row clean first (A)"
    store_sessions(stage.workspace, sessions_of(12))
    stage.workspace.publish(Changes(rows=True, lists=True))
    qtbot.waitUntil(lambda: place.panel.facts.rows == 12, timeout=LONG)
    assert "12 rows, as they are now" in place.panel.rows.accessibleName()
