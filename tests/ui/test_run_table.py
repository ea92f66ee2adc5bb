"""The table of runs: order, selection, and a model that Qt's own tester finds nothing in."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent, QHoverEvent
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from curator.core.job import JobState
from curator.core.progress import LossPoint, RunProgress
from curator.core.run import Run
from curator.core.settings import TrainSettings
from curator.ui.models.run_table import COLUMNS, RUN_ROLE, RunTableModel
from curator.ui.views.run_menu import Act
from curator.ui.views.run_table import RunTable


def make_run(id: int, name: str = "", state: JobState = JobState.DONE, **more: object) -> Run:
    plain = Run(
        id, name or f"run {id}", 1, "starter", "standard", TrainSettings(), state, f"/nowhere/{id}", "", rows=20
    )
    return replace(plain, **more)  # type: ignore[arg-type]


RUNS = [
    make_run(1, "first look", best_loss=2.74, passes=1.0, seconds=38, curve=(3.3, 2.74)),
    make_run(2, "batch of 8", JobState.FAILED, passes=0.1, message="Training stopped: there was not enough memory."),
    make_run(3, "now", JobState.RUNNING),
]


@pytest.fixture
def table(qtbot: QtBot) -> RunTable:
    made = RunTable()
    qtbot.addWidget(made)
    made.resize(1000, 300)
    made.set_runs(RUNS, {}, {})
    made.show()
    qtbot.waitExposed(made)
    return made


def test_the_model_keeps_qts_rules_while_runs_come_move_and_go() -> None:
    model = RunTableModel()
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    model.set_runs(RUNS, {}, {"starter": "SmolLM2"})
    model.sort(2, Qt.SortOrder.AscendingOrder)
    model.set_runs([*RUNS, make_run(4)], {}, {})
    model.set_runs([replace(RUNS[0], name="another"), *RUNS[1:], make_run(4)], {}, {})
    model.sort(-1)
    model.set_runs([], {}, {})
    assert model.rowCount() == 0
    assert tester.model() is model


def test_the_newest_run_stands_first(table: RunTable) -> None:
    assert [table.runs.line(i).run.id for i in range(3)] == [3, 2, 1]  # type: ignore[union-attr]


def test_a_run_counted_in_iterations_is_through_when_it_has_done_them(table: RunTable) -> None:
    settings = TrainSettings(iterations=8)  # its passes are the default, and not meant
    table.set_runs([make_run(1, passes=1.6, settings=settings), make_run(2, passes=0.8, settings=settings)], {}, {})
    lines = [table.runs.line(i) for i in range(2)]
    assert [line.passes for line in lines if line is not None] == ["0.8 of 1.6", "1.6"]


def test_progress_is_newer_than_the_record(table: RunTable) -> None:
    losses = tuple(LossPoint(i, i * 0.25, 2.0 - i * 0.1) for i in range(4))
    progress = RunProgress(
        state=JobState.RUNNING, passes=1.2, total_passes=3, valid=losses, best=losses[-1], elapsed=75.0
    )
    table.set_runs(RUNS, {3: progress}, {})
    line = table.runs.line(0)
    assert line is not None
    assert (line.best, line.passes, line.time) == ("1.70", "1.2 of 3", "1 min 15 s so far")
    assert line.curve == (2.0, 1.9, 1.8, 1.7)


def test_a_failed_run_says_why_in_its_line(table: RunTable) -> None:
    line = table.runs.line(1)
    assert line is not None
    assert line.has_failed
    assert line.words.startswith("Training stopped")


def test_a_caption_sorts_up_then_down_then_not_at_all(table: RunTable, qtbot: QtBot) -> None:
    header = table.horizontalHeader()
    at = QPoint(header.sectionViewportPosition(0) + 40, header.height() // 2)

    def names() -> list[str]:
        return [table.runs.data(table.runs.index(i, 0)) for i in range(3)]

    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert names() == ["batch of 8", "first look", "now"]
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert names() == ["now", "first look", "batch of 8"]
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert names() == ["now", "batch of 8", "first look"]


def test_a_run_that_has_no_figure_stands_last_both_ways(table: RunTable) -> None:
    """A run that failed or has not been measured is neither the best nor the worst."""
    worse = make_run(5, best_loss=3.1, passes=2.0, seconds=90, curve=(3.3, 3.1))
    lost = make_run(6, best_loss=float("nan"), passes=3.0, seconds=95, curve=(float("nan"),))
    waits = make_run(4, state=JobState.QUEUED)
    table.set_runs([*RUNS, waits, worse, lost], {}, {}, waiting=[4])

    def sorted_by(column: int, order: Qt.SortOrder) -> list[int]:
        table.runs.sort(column, order)
        return [line.run.id for i in range(6) if (line := table.runs.line(i)) is not None]

    up, down = Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder
    for column in (COLUMNS.index("Validation"), COLUMNS.index("Best")):
        assert sorted_by(column, up) == [1, 5, 3, 4, 6, 2]
        assert sorted_by(column, down) == [5, 1, 3, 4, 6, 2]
    passes, time = COLUMNS.index("Passes"), COLUMNS.index("Time")
    assert sorted_by(passes, up) == [3, 2, 1, 5, 6, 4]
    assert sorted_by(passes, down) == [6, 5, 1, 2, 3, 4]
    assert sorted_by(time, up) == [2, 1, 5, 6, 3, 4], "what has not begun has no time"
    assert sorted_by(time, down) == [6, 5, 1, 2, 3, 4]
    assert table.runs.data(table.runs.index(0, 2)) == "–"


def test_it_is_sorted_by_what_it_shows_while_a_run_goes_on(table: RunTable) -> None:
    """The record in the library is older than what the run has told since."""
    point = LossPoint(20, 2.5, 1.9)
    progress = RunProgress(state=JobState.RUNNING, passes=2.5, total_passes=3, valid=(point,), best=point, elapsed=75.0)
    table.set_runs(RUNS, {3: progress}, {})
    for column in (COLUMNS.index("Passes"), COLUMNS.index("Time")):
        table.runs.sort(column, Qt.SortOrder.DescendingOrder)
        assert table.runs.row_of(3) == 0
    for column in (COLUMNS.index("Validation"), COLUMNS.index("Best")):
        table.runs.sort(column, Qt.SortOrder.AscendingOrder)
        assert table.runs.row_of(3) == 0


def test_words_of_several_lines_stand_in_one(table: RunTable) -> None:
    noted = make_run(4, "two\nlines", note="First line.\n\nSecond line.\n" + "And more of it. " * 100)
    table.set_runs([*RUNS, noted], {}, {})
    line = table.runs.line(table.runs.row_of(4))
    assert line is not None
    assert line.name == "two lines"
    assert line.words.startswith("First line. Second line. And more")
    index = table.runs.index(table.runs.row_of(4), 0)
    spoken = table.runs.data(index, Qt.ItemDataRole.AccessibleTextRole)
    assert "\n" not in spoken + table.runs.data(index)
    tip = table.runs.data(index, Qt.ItemDataRole.ToolTipRole).splitlines()
    assert max(len(one) for one in tip) <= 80
    assert len(tip) < 15


def test_only_the_lines_of_runs_that_moved_are_made_again(table: RunTable, qtbot: QtBot) -> None:
    """The table is read twice a second while one run of a thousand is trained."""
    before = [table.runs.line(i) for i in range(3)]
    told: list[int] = []
    table.runs.dataChanged.connect(lambda first, _last, _roles: told.append(first.row()))
    again = [replace(run) for run in RUNS]  # read again, they are other objects that say the same
    table.set_runs(again, {3: RunProgress(state=JobState.RUNNING, passes=0.5, total_passes=3, elapsed=9.0)}, {})
    assert told == [0]
    after = [table.runs.line(i) for i in range(3)]
    assert after[1] is before[1]
    assert after[2] is before[2]
    table.set_runs([again[0], again[1], replace(again[2], note="mine")], {}, {})
    assert told == [0, 0]


def test_choosing_is_said_once_and_stays_when_a_run_is_added(table: RunTable, qtbot: QtBot) -> None:
    heard: list[int] = []
    table.chosen.connect(heard.append)
    place = table.visualRect(table.runs.index(1, 0)).center()
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert heard == [2]
    table.set_runs([*RUNS, make_run(4)], {}, {})
    assert table.current_run == 2
    assert heard == [2]


def test_keys_ask_for_a_name_and_for_deleting(table: RunTable, qtbot: QtBot) -> None:
    table.select_run(1)
    heard: list[tuple[int, object]] = []
    table.act_requested.connect(lambda run, act: heard.append((run, act)))
    qtbot.keyClick(table, Qt.Key.Key_F2)
    qtbot.keyClick(table, Qt.Key.Key_Delete)
    assert heard == [(1, Act.RENAME), (1, Act.TRASH)]
    with qtbot.waitSignal(table.compare_requested) as compared:
        qtbot.keyClick(table, Qt.Key.Key_Space)
    assert compared.args == [1]


def test_a_press_with_control_lays_over_and_selects_nothing(table: RunTable, qtbot: QtBot) -> None:
    table.select_run(3)
    place = table.visualRect(table.runs.index(2, 0)).center()
    with qtbot.waitSignal(table.compare_requested) as compared:
        qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier, pos=place)
    assert compared.args == [1]
    assert table.current_run == 3


def test_the_menu_is_of_the_line_under_the_pointer_and_by_key_of_the_selected_one(table: RunTable) -> None:
    asked: list[int] = []
    table.menu_requested.connect(lambda run, _at: asked.append(run))
    view = table.viewport()
    for reason, row in ((QContextMenuEvent.Reason.Mouse, 1), (QContextMenuEvent.Reason.Keyboard, 2)):
        at = table.visualRect(table.runs.index(row, 0)).center()
        QApplication.sendEvent(view, QContextMenuEvent(reason, at, view.mapToGlobal(at)))
        assert table.current_run == 2, "the middle one"
    assert asked == [2, 2]


def test_what_waits_stands_in_its_order_below_what_goes_on(table: RunTable) -> None:
    waiting = [make_run(4, "later", JobState.QUEUED), make_run(5, "sooner", JobState.QUEUED)]
    table.set_runs([*RUNS, *waiting], {}, {}, {1: "fast"}, [5, 4])
    lines = [table.runs.line(i) for i in range(5)]
    assert [line.run.id for line in lines if line] == [3, 5, 4, 2, 1]
    assert [line.words for line in lines[1:3] if line] == ["next in line", "2nd in line"]
    assert lines[4] is not None and lines[4].ink == "fast"
    assert not table.grab().isNull()


def test_every_line_speaks_and_every_cell_paints(table: RunTable) -> None:
    said = table.runs.data(table.runs.index(2, 0), Qt.ItemDataRole.AccessibleTextRole)
    assert said == "first look, done, best validation 2.74, 1 of 3 passes, 20 rows, starter, 38 s"
    assert table.runs.data(table.runs.index(0, 0), RUN_ROLE).is_live
    assert table.runs.columnCount() == len(COLUMNS)
    assert not table.grab().isNull()


def test_columns_leave_when_it_is_narrow(table: RunTable, qtbot: QtBot) -> None:
    table.resize(620, 200)
    qtbot.waitUntil(lambda: table.isColumnHidden(5))
    assert table.isColumnHidden(4)
    table.resize(1000, 200)
    qtbot.waitUntil(lambda: not table.isColumnHidden(5))


def test_the_whole_row_under_the_pointer_is_lit(table: RunTable, qtbot: QtBot) -> None:
    table.set_runs([make_run(1), make_run(2)], {}, {})
    table.resize(900, 300)
    table.show()
    qtbot.waitExposed(table)
    places = [table.visualRect(table.runs.index(row, column)).center() for row in (0, 1) for column in (0, 6)]

    def planes() -> list[str]:
        picture = table.viewport().grab().toImage()
        return [picture.pixelColor(at.x(), at.y() - 12).name() for at in places]

    plain = planes()
    over = QPointF(places[2])
    QApplication.sendEvent(table.viewport(), QHoverEvent(QEvent.Type.HoverMove, over, QPointF(), QPointF()))
    lit = planes()
    assert lit[:2] == plain[:2]
    assert lit[2] == lit[3] != plain[2], "the first and the last cell of the row that is pointed at"
    QApplication.sendEvent(table.viewport(), QEvent(QEvent.Type.Leave))
    assert planes() == plain
