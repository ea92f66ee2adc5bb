"""The Train panel: what it offers, what it costs, and that one press is one request."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from curator.core.errors import JobError
from curator.core.job import JobState
from curator.core.machine import Finding, Weight
from curator.core.model import STARTER, BaseModel
from curator.core.run import Run
from curator.core.settings import PRESETS, TrainSettings, rate_words
from curator.core.snapshot import LeftOut, Snapshot
from curator.engine.plan import make_plan
from curator.services import datasets
from curator.services.rates import RateFinding
from curator.services.workspace import Workspace
from curator.ui.models.run_reading import start
from curator.ui.models.setting_hints import GROUPS
from curator.ui.models.train_facts import TrainFacts, TrainRequest, facts_of, price
from curator.ui.views.queue_list import RunName
from curator.ui.views.train_panel import TrainPanel

FRESH = BaseModel(
    STARTER, "/m/starter", "SmolLM2 135M Instruct", bytes=91_000_000, is_ready=False, problem="Prepared once."
)
READY = BaseModel("qwen", "/m/qwen", "Qwen3 1.7B", bytes=1_100_000_000, bits=4)
BROKEN = BaseModel("half", "/m/half", "Half", is_ready=False, problem="Its weights are not complete.")
FROZEN = Snapshot(3, "Snapshot 3", "d", "/s", STARTER, 2048, 75, 9, 0, 30_000, "", (LeftOut(7, "It has no response."),))
FACTS = TrainFacts(
    rows=91,
    trained=80,
    held_out=9,
    over=2,
    tokens=34_870,
    longest=2311,
    model=STARTER,
    models=(FRESH, READY, BROKEN),
    snapshots=(FROZEN,),
    memory_gb=5.8,
    total_gb=16,
    seconds={"quick": 60.0, "standard": 240.0, "thorough": 600.0, "": 240.0},
)


@pytest.fixture
def panel(qtbot: QtBot) -> TrainPanel:
    made = TrainPanel("Ctrl+↩")
    qtbot.addWidget(made)
    made.resize(328, 760)
    made.show_facts(FACTS)
    made.show()
    qtbot.waitExposed(made)
    return made


def _words(panel: TrainPanel) -> str:
    return "\n".join(label.text() for label in panel.findChildren(QLabel) if label.isVisible())


def _waiting(panel: TrainPanel) -> list[str]:
    return [name.words for name in panel.queue.findChildren(RunName) if name.isVisible()]


def test_it_says_what_training_will_do(panel: TrainPanel) -> None:
    said = _words(panel)
    assert "≈ 5.8 GB of 16 while it trains" in said
    assert "Every row that fits is trained in every pass" in said
    assert "2 rows over budget are left out" in said
    assert "9 rows held out, by session" in said


def test_presets_wear_their_price(panel: TrainPanel) -> None:
    assert panel.cards["quick"].price == "1 pass · ≈ 1 min"
    assert panel.cards["standard"].price == "3 passes · ≈ 4 min"
    assert panel.cards["thorough"].price == "up to 8 passes · ≈ 10 min"


def test_without_a_measured_run_no_time_is_made_up() -> None:
    assert price(PRESETS[0].settings, None) == "1 pass"
    by_heart = PRESETS[-1].settings
    for rows in (3, 11, 23, 91):
        assert price(by_heart, None, rows) == f"{make_plan(rows, by_heart).passes(600):.0f} passes"


def test_the_starter_can_be_taken_before_it_is_prepared(panel: TrainPanel) -> None:
    assert panel.base.current == STARTER
    assert panel.base.option.detail == "comes with Curator · prepared on first use"
    assert panel.button.isEnabled()


def test_a_model_that_cannot_be_trained_says_why(panel: TrainPanel) -> None:
    panel.show_facts(replace(FACTS, model="half"))
    assert not panel.button.isEnabled()
    assert panel.button.toolTip() == "Its weights are not complete."


def test_without_a_row_the_button_says_what_is_missing(panel: TrainPanel) -> None:
    panel.show_facts(replace(FACTS, rows=0, trained=0, held_out=0, over=0, problem="No row is clean yet."))
    assert not panel.button.isEnabled()
    assert panel.button.toolTip() == "Mark a row clean first (A)"


def test_a_press_asks_for_the_chosen_preset_on_the_rows_as_they_are(panel: TrainPanel, qtbot: QtBot) -> None:
    qtbot.mouseClick(panel.cards["quick"], Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(panel.train_requested) as asked:
        qtbot.mouseClick(panel.button, Qt.MouseButton.LeftButton)
    request = asked.args[0]
    assert isinstance(request, TrainRequest)
    assert (request.model, request.preset, request.snapshot, request.settings.passes) == (STARTER, "quick", 0, 1.0)


def test_a_snapshot_can_be_trained_again(panel: TrainPanel, qtbot: QtBot) -> None:
    panel.rows._on_chosen("3")
    assert panel.request().snapshot == 3
    qtbot.waitUntil(lambda: "1 row is left out of this snapshot" in _words(panel))


def test_while_it_is_busy_a_press_does_nothing(panel: TrainPanel, qtbot: QtBot) -> None:
    asked: list[object] = []
    panel.train_requested.connect(asked.append)
    panel.show_busy("Freezing the rows…")
    qtbot.mouseClick(panel.button, Qt.MouseButton.LeftButton)
    panel.press()
    assert asked == []
    assert "Freezing the rows…" in _words(panel)


def test_while_a_run_goes_on_the_button_trains_next_and_says_what_that_means(panel: TrainPanel, qtbot: QtBot) -> None:
    panel.show_running(True)
    assert panel.button.text() == "Train next"
    assert "A new one waits for the one that goes on." in _words(panel)
    with qtbot.waitSignal(panel.train_requested):
        qtbot.mouseClick(panel.button, Qt.MouseButton.LeftButton)
    panel.show_running(True, 2)
    assert "A new one waits" not in _words(panel), "the queue above the button says it"
    panel.show_running(False)
    assert panel.button.text() == "Train"


def test_every_number_has_a_name_and_a_hint(panel: TrainPanel, qtbot: QtBot) -> None:
    qtbot.mouseClick(panel.fold, Qt.MouseButton.LeftButton)
    for fold, _group in panel.advanced._folds:
        fold.setChecked(True)
    QApplication.processEvents()
    named = {f.name for f in fields(TrainSettings)}
    hinted = {hint.name for group in GROUPS for hint in group.hints}
    assert named == (hinted - {"length"}) | {"passes", "iterations"}
    for name in named - {"iterations"}:
        field = panel.advanced.field(name)
        assert field.isVisibleTo(panel.advanced), name
        assert field.accessibleName()
        assert field.accessibleDescription().endswith(".")


def test_every_number_counts_and_goes_back_to_the_preset(panel: TrainPanel, qtbot: QtBot) -> None:
    qtbot.mouseClick(panel.fold, Qt.MouseButton.LeftButton)
    numbers = panel.advanced
    rate = numbers.field("learning_rate")
    rate.selectAll()
    qtbot.keyClicks(rate, "3e-5")
    qtbot.keyClick(rate, Qt.Key.Key_Return)
    others = {"rank": 16, "method": "dora", "is_sparing": True, "probe": "Why?", "segment_minutes": 30.0, "layers": 8}
    for name, value in others.items():
        numbers.field(name).set_value(value)
    numbers.field("probe").editingFinished.emit()
    settings = panel.request().settings
    assert settings == replace(PRESETS[1].settings, learning_rate=3e-5, **others)  # type: ignore[arg-type]
    assert panel.request().preset == ""
    assert panel.fold.summary == "rate 3e-5 · rank 16 · batch 4"
    assert numbers._folds[1][0].summary == "Method, Rank, Layers changed"
    qtbot.mouseClick(numbers.reset, Qt.MouseButton.LeftButton)
    assert panel.request().preset == "standard"


def test_numbers_nobody_looked_at_are_the_presets_to_the_last_digit(panel: TrainPanel) -> None:
    assert panel.request().settings == PRESETS[1].settings
    panel.advanced.build()
    assert panel.request().settings == PRESETS[1].settings


def test_iterations_win_over_passes_and_are_told_in_passes(panel: TrainPanel, qtbot: QtBot) -> None:
    qtbot.mouseClick(panel.fold, Qt.MouseButton.LeftButton)
    panel.advanced.unit._buttons[1].click()
    panel.advanced.field("iterations").setValue(150)
    assert panel.request().settings.iterations == 150
    assert panel.cards["standard"].price.startswith("8 passes")  # 150 × 4 of 80 rows


def test_a_rate_that_was_found_is_taken_by_one_press(panel: TrainPanel, qtbot: QtBot) -> None:
    qtbot.mouseClick(panel.fold, Qt.MouseButton.LeftButton)
    finder = panel.advanced.finder
    with qtbot.waitSignal(finder.asked):
        qtbot.mouseClick(finder.button, Qt.MouseButton.LeftButton)
    finder.show_busy("Trying rates…", 0.4)
    assert not finder.button.isEnabled()
    points = tuple((10.0**-n, 2.0 - 0.1 * n) for n in range(6, 1, -1))
    finder.show_finding(RateFinding(points, 2.5e-4, "The loss falls fastest at 2.5e-4."))
    qtbot.waitUntil(lambda: "falls fastest" in _words(panel))
    assert not finder.curve.grab().isNull()
    qtbot.mouseClick(finder.use, Qt.MouseButton.LeftButton)
    assert panel.request().settings.learning_rate == 2.5e-4
    assert not finder.isVisible()


def test_the_keyboard_stays_with_the_search_for_a_rate(panel: TrainPanel, qtbot: QtBot) -> None:
    """What it is on goes away at every turn; Qt would give it to the next number, which Space then turns."""
    qtbot.mouseClick(panel.fold, Qt.MouseButton.LeftButton)
    panel.activateWindow()
    finder = panel.advanced.finder
    finder.button.setFocus()
    qtbot.waitUntil(finder.button.hasFocus)
    finder.show_busy("Trying rates…", 0.4)
    finder.show_busy("Trying rates…", 0.5)
    assert finder._cancel.hasFocus()
    finder.show_finding(RateFinding(((1e-4, 2.0), (1e-3, 1.8), (1e-2, 2.1)), 1e-3, "The loss falls fastest at 1e-3."))
    assert finder.use.hasFocus()
    finder.show_busy("Trying rates…")
    finder.put_away()
    assert finder.button.hasFocus()
    panel.advanced.field("batch_size").setFocus()
    finder.show_busy("Trying rates…")
    finder.show_problem("There are no rows.")
    assert panel.advanced.field("batch_size").hasFocus()


def test_figures_go_to_another_program_only_where_it_was_chosen(panel: TrainPanel, qtbot: QtBot) -> None:
    assert panel.request().report_to == ()
    qtbot.mouseClick(panel.fold, Qt.MouseButton.LeftButton)
    watching = next(fold for fold, group in panel.advanced._folds if group.title == "Watching")
    watching.click()
    assert "W&B sends the figures, and no row" in _words(panel)
    qtbot.mouseClick(panel.advanced.reports._buttons[2], Qt.MouseButton.LeftButton)
    assert panel.request().report_to == ("wandb",)
    assert panel.request().preset == "standard" and not panel.advanced.is_changed
    panel.advanced.reports._buttons[0].click()
    assert panel.request().report_to == ()


def test_the_keyboard_comes_back_to_the_button_that_was_pressed(panel: TrainPanel, qtbot: QtBot) -> None:
    panel.activateWindow()
    panel.button.setFocus()
    qtbot.waitUntil(panel.button.hasFocus)
    panel.show_busy("Freezing 91 rows…")
    assert panel.hasFocus()
    panel.show_busy("")
    assert panel.button.hasFocus()
    panel.show_busy("Freezing 91 rows…")
    panel.base.setFocus()
    panel.show_busy("")
    assert panel.base.hasFocus()  # the person has gone elsewhere meanwhile


def test_what_speaks_against_a_start_is_said_with_what_to_do(panel: TrainPanel, qtbot: QtBot) -> None:
    held = Finding("ollama", Weight.STOP, "Ollama holds 9.1 GB.", "Free it, or wait.")
    panel.show_facts(replace(FACTS, findings=(held, Finding("disk", Weight.FINE, "76 GB are free."))))
    qtbot.waitUntil(lambda: "Ollama holds 9.1 GB." in _words(panel))
    assert "Free it, or wait." in _words(panel)
    assert "76 GB are free." not in _words(panel)
    assert panel.button.text() == "Train anyway"
    panel.show_facts(FACTS)
    assert panel.button.text() == "Train"


def test_where_to_train_is_asked_only_where_there_is_a_choice(panel: TrainPanel, qtbot: QtBot) -> None:
    assert not panel.place.isVisible()
    panel.show_facts(replace(FACTS, places=(("", "This computer"), ("studio", "studio (studio.local, over ssh)"))))
    assert panel.place.isVisible()
    panel.place._on_chosen("studio")
    assert panel.request().runtime == "studio"
    with qtbot.waitSignal(panel.places_requested):
        panel.place._on_chosen("more")
    assert panel.request().runtime == "studio"


def test_another_maximum_is_told_and_does_not_make_it_another_preset(panel: TrainPanel, qtbot: QtBot) -> None:
    with qtbot.waitSignal(panel.limit_chosen) as told:
        panel.advanced.field("max_tokens").setValue(1024)
    assert told.args == [1024]
    panel.show_facts(replace(FACTS, limit=1024))
    assert panel.request().settings.max_tokens == 1024
    assert panel.request().preset == "standard"


def test_a_rate_that_cannot_be_read_goes_back(panel: TrainPanel, qtbot: QtBot) -> None:
    rate = panel.advanced.field("learning_rate")
    rate.setText("")
    rate.editingFinished.emit()
    assert rate.text() == rate_words(PRESETS[1].settings.learning_rate)
    assert rate_words(2.5e-5) == "2.5e-5"


def test_arrow_keys_move_between_presets(panel: TrainPanel, qtbot: QtBot) -> None:
    panel.cards["standard"].setFocus()
    qtbot.keyClick(panel.cards["standard"], Qt.Key.Key_Down)
    assert panel.cards["thorough"].isChecked()
    assert panel.request().preset == "thorough"


def test_rows_over_budget_are_said_once(panel: TrainPanel, qtbot: QtBot) -> None:
    over = Finding("over", Weight.WARNING, "2 rows are longer than 2,048 tokens and are left out.", "Shorten them.")
    panel.show_facts(replace(FACTS, findings=(over,)))
    qtbot.waitUntil(lambda: over.sentence in _words(panel))
    assert _words(panel).count("left out") == 1


def test_one_row_is_said_as_one() -> None:
    lines = [fact.words for fact in facts_of(replace(FACTS, over=1, held_out=1), None)]
    assert "1 row over budget is left out" in lines
    assert "1 row held out, by session" in lines


def test_the_key_of_train_is_heard_in_its_fields_and_takes_what_was_typed(panel: TrainPanel, qtbot: QtBot) -> None:
    panel.fold.click()
    probe = panel.advanced.field("probe")
    probe.setFocus()
    qtbot.keyClicks(probe, "Why retry?")
    with qtbot.waitSignal(panel.train_requested) as asked:
        qtbot.keyClick(probe, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert asked.args[0].settings.probe == "Why retry?"
    passes = panel.advanced.field("passes")
    passes.lineEdit().selectAll()
    qtbot.keyClicks(passes, "2")
    with qtbot.waitSignal(panel.train_requested) as asked:
        qtbot.keyClick(passes, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert asked.args[0].settings.passes == 2.0


def test_a_probe_or_another_seed_leaves_it_the_same_preset_and_stays_with_another(panel: TrainPanel) -> None:
    panel.advanced.field("probe").set_value("Why retry?")
    panel.advanced.field("seed").set_value(7)
    assert panel.request().preset == "standard"
    panel.cards["quick"].click()
    request = panel.request()
    assert (request.preset, request.settings.probe, request.settings.seed) == ("quick", "Why retry?", 7)
    panel.advanced.field("rank").set_value(32)
    assert panel.request().preset == ""


def test_a_group_that_is_unfolded_comes_into_view(panel: TrainPanel, qtbot: QtBot) -> None:
    panel.fold.click()
    panel.advanced.build()
    fold, _group = next((f, g) for f, g in panel.advanced._folds if g.title == "Computer")
    fold.click()
    view, last = panel._scroll.viewport(), panel.advanced.field("segment_minutes")
    qtbot.waitUntil(lambda: last.isVisible() and last.mapTo(view, last.rect().bottomLeft()).y() <= view.height())


def test_a_panel_that_grows_low_later_stays_where_it_was(panel: TrainPanel, qtbot: QtBot) -> None:
    panel.resize(328, 2400)
    bar = panel._scroll.verticalScrollBar()
    panel.fold.click()
    qtbot.waitUntil(panel.advanced.isVisible)
    assert bar.maximum() == 0, "all of it fits, there was nothing to bring into view"
    qtbot.waitUntil(lambda: not panel._unfolding.isActive())
    panel.resize(328, 500)
    qtbot.waitUntil(lambda: bar.maximum() > 0)
    assert bar.value() == 0


def test_a_low_panel_shows_all_presets_and_the_next_of_the_queue(panel: TrainPanel, qtbot: QtBot) -> None:
    names = {i: f"Snapshot 1 · rate {i}e-4" for i in (1, 2, 3)}
    waiting = [Run(i, name, 3, STARTER, "", TrainSettings(), JobState.QUEUED, "", "") for i, name in names.items()]
    panel.show_running(True, 3)
    panel.resize(328, 548)
    panel.queue.show_queue(waiting, False)
    view, last = panel._scroll.viewport(), panel.cards["story"]
    qtbot.waitUntil(lambda: last.mapTo(view, last.rect().bottomLeft()).y() <= view.height())
    assert "3 waiting, begins by itself" in _words(panel)
    qtbot.waitUntil(lambda: _waiting(panel) == [names[1]])
    assert last.toolTip() == last.sentence
    panel.resize(328, 860)
    qtbot.waitUntil(lambda: _waiting(panel) == list(names.values()))
    assert last.toolTip() == ""


def test_a_program_that_is_not_there_is_said_before_any_row_is_frozen(library_folder: Path) -> None:
    told: list[str] = []
    with Workspace.open(library_folder) as ws:
        with pytest.raises(JobError, match="abacus is not installed"):
            start(ws, TrainRequest(STARTER, TrainSettings(), report_to=("abacus",)), told.append)
        assert datasets.snapshots(ws) == [] and told == []
