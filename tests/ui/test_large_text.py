"""Where text is large beside its room, what matters less leaves: no word lies over another."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, pairwise

import pytest
from exchange_views import exchange_view
from PySide6.QtCore import qInstallMessageHandler
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from curator.core.job import JobState
from curator.core.progress import LossPoint, RunProgress
from curator.core.query import FoundAgent
from curator.core.row import State
from curator.core.run import Run
from curator.core.settings import TrainSettings
from curator.ui.controls import Button, Check, Field, Glyph, KeyCap, Tag, column
from curator.ui.models.compared import Compared
from curator.ui.models.run_health import Health, health
from curator.ui.models.run_reading import RunsNow
from curator.ui.theme import icon_size, metrics, space
from curator.ui.views import more_charts
from curator.ui.views.budget_bar import BudgetBar
from curator.ui.views.card_delegate import card_height
from curator.ui.views.choices import Choice, PresetCard
from curator.ui.views.first_start import FirstStart
from curator.ui.views.library_frame import LibraryFrame
from curator.ui.views.loss_chart import LossChart, Shown
from curator.ui.views.notice_bar import NoticeBar
from curator.ui.views.place_line import PlaceLine
from curator.ui.views.plain_table import row_height
from curator.ui.views.run_list import RunList
from curator.ui.views.run_stage import RunStage
from curator.ui.views.run_view import RunView
from curator.ui.views.runs_page import RunsPage
from curator.ui.views.source_line import SourceLine
from curator.ui.views.stats import Stat, Stats
from curator.ui.views.status_line import Fact, FactButton
from curator.ui.views.steps import FoldLine
from curator.ui.views.tag_line import TagEntry
from curator.ui.views.top_bar import ActField, PlaceButton


@pytest.fixture
def twice_as_large(qapp: QApplication) -> Iterator[None]:
    usual, large = qapp.font(), qapp.font()
    large.setPointSizeF(2 * usual.pointSizeF())
    qapp.setFont(large)
    yield
    qapp.setFont(usual)


def test_a_card_is_64_points_high_with_the_usual_text(qtbot: QtBot) -> None:
    assert card_height() == 64


@pytest.mark.usefixtures("twice_as_large")
def test_what_is_painted_is_as_high_as_its_words(qtbot: QtBot) -> None:
    lines = metrics("strong").height() + metrics("small").height()
    assert card_height() >= lines + 20, "the lines of a card do not lie over each other"
    bar = BudgetBar()
    qtbot.addWidget(bar)
    assert bar.height() >= 16 + metrics("small").height()


@pytest.mark.usefixtures("twice_as_large")
def test_what_is_said_over_the_status_line_is_not_cut_off(qtbot: QtBot) -> None:
    window, notice, line = QWidget(), NoticeBar(), QWidget()
    qtbot.addWidget(window)
    box = column(notice, None, line)
    window.setLayout(box)
    line.setFixedHeight(space(11))
    notice.speak_over(line)
    window.resize(800, 300)
    window.show()
    notice.report("47 new exchanges.", "", [])
    qtbot.waitUntil(lambda: notice.isVisible() and notice.width() < 800)
    [words] = [label for label in notice.findChildren(QLabel) if label.text() == "47 new exchanges."]
    qtbot.waitUntil(lambda: words.height() >= words.sizeHint().height() > 0)
    assert line.geometry().contains(notice.geometry())


@pytest.mark.usefixtures("twice_as_large")
def test_every_control_is_as_high_as_its_words(qtbot: QtBot) -> None:
    controls: list[QWidget] = [Button("Revert", small=True), Button("Train"), Field("Search"), Tag("tone"), KeyCap("A")]
    controls += [Check("1", "Clear in"), PlaceButton("runs", "Runs"), FactButton(Fact("20 rows")), FoldLine("Steps")]
    controls += [ActField("Search or act", "Ctrl+K"), SourceLine(), Choice("Base model", "runs"), TagEntry()]
    controls.append(PlaceLine("Claude Code", "/h/.claude", ("318 sessions", "4.1 GB")))
    for control in controls:
        qtbot.addWidget(control)
        role = "caption" if isinstance(control, Tag | KeyCap) else "small"
        assert control.height() >= metrics(role).height() + 4, type(control).__name__
    assert controls[-1].height() >= metrics("strong").height() + metrics("small").height()


@pytest.mark.usefixtures("twice_as_large")
def test_what_is_decided_stays_in_the_window(qtbot: QtBot) -> None:
    window, frame = QWidget(), LibraryFrame(lambda _ids: [])
    qtbot.addWidget(window)
    window.setLayout(column(frame))
    frame.show_first_start(False)
    frame.editor.show_exchange(exchange_view(state=State.UNREVIEWED))
    for width in (1280, 1024):
        window.resize(width, 700)
        window.show()
        buttons = [button for button in frame.editor.findChildren(QAbstractButton) if button.isVisible()]
        clean = next(button for button in buttons if button.text() == "Mark clean")
        qtbot.waitUntil(lambda clean=clean, width=width: 0 < clean.mapTo(frame, clean.rect().topRight()).x() < width)
        check = next(button for button in buttons if button.text() == "Clear out")
        assert not clean.geometry().intersects(check.geometry())


def test_many_agents_and_what_is_offered_are_reached_in_a_low_window(qapp: QApplication, qtbot: QtBot) -> None:
    usual, large = qapp.font(), qapp.font()
    large.setPointSizeF(1.5 * usual.pointSizeF())
    qapp.setFont(large)
    try:
        page = FirstStart()
        qtbot.addWidget(page)
        page.show_agents([FoundAgent(f"Agent {n}", f"/h/{n}", 9, 1_000) for n in range(6)])
        page.resize(1024, 540)
        page.show()
        outer = page.findChildren(QScrollArea)[0]
        assert outer.isAncestorOf(page.watch)
        qtbot.waitUntil(lambda: outer.verticalScrollBar().maximum() > 0)
        outer.ensureWidgetVisible(page.how)
        assert page.how.visibleRegion().boundingRect().size() == page.how.size()
        assert page.watch.height() >= metrics("strong").height() + 4
    finally:
        qapp.setFont(usual)


def test_a_preset_says_of_its_price_what_stands_beside_its_name(qtbot: QtBot) -> None:
    card = PresetCard("Thorough", "Stops by itself.")
    qtbot.addWidget(card)
    card.set_price("up to 8 passes · ≈ 10 min")
    name, strong = metrics("strong").horizontalAdvance("Thorough"), metrics("small-strong")
    for words in ("up to 8 passes · ≈ 10 min", "≈ 10 min", ""):
        card.resize(round(name + 63 + strong.horizontalAdvance(words)), card.height())
        assert card.shown_price == words
    assert card.accessibleName() == "Thorough, up to 8 passes · ≈ 10 min"


def test_a_field_says_its_key_where_there_is_room_beside_its_hint(qtbot: QtBot) -> None:
    field = Field("Search rows", "Ctrl+F")
    qtbot.addWidget(field)
    words = metrics("small").horizontalAdvance("Search rows") + metrics("caption").horizontalAdvance("Ctrl+F")
    for room, shows in ((50, True), (40, False)):
        field.resize(round(words) + room, field.height())
        assert field.shows_key is shows
    assert not Field("Search rows").shows_key


@pytest.mark.usefixtures("twice_as_large")
def test_the_head_of_a_chart_gives_way_and_its_menu_has_what_left(qtbot: QtBot) -> None:
    stage = RunStage()
    qtbot.addWidget(stage)
    stage.attach(LossChart(), more_charts)
    losses = tuple(LossPoint(i, i / 4, 4.0 - i / 8) for i in range(9))
    told = RunProgress(JobState.DONE, 8, 8, 2.0, 2.0, (), losses, probe="Why?", tags={"voice": losses})
    run = Run(1, "run", 1, "tiny", "", TrainSettings(), JobState.DONE, "/nowhere", "")
    stage.show_run(run, told)
    stage.setMinimumWidth(1)  # as it stands in its page
    stage.show()
    for width in (1100, 700, 500, 420):
        stage.resize(width, 320)
        QApplication.sendPostedEvents()
        parts = [part for part in (stage.pages, stage.below, stage.modes, stage.title) if part.isVisible()]
        assert not any(a.geometry().intersects(b.geometry()) for a, b in combinations(parts, 2))
        assert all(part.geometry().right() < width for part in parts)
    assert not stage.modes.isVisible()
    menu = stage.below_menu()
    next(action for action in menu.actions() if action.text() == "Raw").trigger()
    assert stage.chart is not None and stage.chart.shown is Shown.RAW
    menu.deleteLater()
    stage.chart.close()


@pytest.mark.usefixtures("twice_as_large")
def test_the_head_of_a_run_that_has_only_losses_is_not_cut(qtbot: QtBot) -> None:
    stage = RunStage()
    qtbot.addWidget(stage)
    run = Run(1, "run", 1, "tiny", "", TrainSettings(), JobState.RUNNING, "/nowhere", "")
    stage.show_run(run, RunProgress(JobState.RUNNING, 8, 4, 1.0, 2.0))
    stage.setMinimumWidth(1)
    stage.show()
    for width in (1100, 700, 494):
        stage.resize(width, 320)
        QApplication.sendPostedEvents()
        parts = [part for part in (stage.title, stage.below, stage.modes) if part.isVisible()]
        assert stage.title in parts and stage.title.width() >= stage.title.sizeHint().width()
        assert all(part.geometry().right() < width for part in parts)
        assert not any(a.geometry().intersects(b.geometry()) for a, b in combinations(parts, 2))


@pytest.mark.usefixtures("twice_as_large")
def test_the_figures_at_the_edge_of_a_low_chart_lie_apart_and_are_whole(qtbot: QtBot) -> None:
    chart = LossChart()
    qtbot.addWidget(chart)
    chart.resize(500, 130)
    chart.show()
    qtbot.waitExposed(chart)
    losses = tuple(LossPoint(i, i / 4, 4.5 - i / 8) for i in range(9))
    chart.set_progress(1, RunProgress(JobState.DONE, 8, 8, 2.0, 2.0, (), losses))
    high = metrics("caption").height()
    heights = [chart._at(0, level).y() for level in chart._levels]
    assert all(a - b >= high for a, b in pairwise(heights))
    assert chart._plot().x() >= metrics("caption").horizontalAdvance("4.50")
    assert chart.height() - chart._plot().bottom() >= high
    chart.close()


@pytest.mark.usefixtures("twice_as_large")
def test_a_figure_that_has_no_room_leaves_its_line(qtbot: QtBot) -> None:
    figures = Stats()
    qtbot.addWidget(figures)
    figures.resize(500, 80)
    figures.show()
    assert [one.name for one in figures.findChildren(Stat) if one.isVisible()] == ["Time left", "Pass", "Best so far"]
    figures.resize(1000, 80)
    assert all(one.isVisible() for one in figures.findChildren(Stat))


@pytest.mark.usefixtures("twice_as_large")
def test_icons_grow_with_the_words_beside_them(qtbot: QtBot) -> None:
    glyph, button = Glyph("check", 16), Button(icon="more")
    for one in (glyph, button):
        qtbot.addWidget(one)
    assert glyph.width() == icon_size(16) == 24
    assert button.width() == 24 + 12


@pytest.mark.usefixtures("twice_as_large")
def test_painted_icons_grow_and_leave_the_words_alone(qtbot: QtBot) -> None:
    check = Check("1", "Clear in")
    qtbot.addWidget(check)
    picture = check.grab().toImage()
    middle, ground = picture.height() // 2, picture.pixel(3, picture.height() // 2)
    inked = [x for x in range(3, picture.width() - 3) if picture.pixel(x, middle) != ground]
    ring = [x for x in inked if x < 30]
    assert 17 <= ring[-1] - ring[0] <= 22, "a ring of 12 points, half as much larger"
    words = metrics("small-strong").horizontalAdvance("Clear in") + metrics("caption").horizontalAdvance("1")
    assert check.width() >= 30 + words + 9 + 6, "the key stands apart from the name"


@pytest.mark.usefixtures("twice_as_large")
def test_a_run_is_scrolled_in_a_low_window_and_not_cut(qtbot: QtBot) -> None:
    view, listing = RunView(), RunList()
    page = RunsPage(view, listing)
    qtbot.addWidget(page)
    view.attach_charts(LossChart(), more_charts)
    told = RunProgress(JobState.DONE, 8, 8, 2.0, 2.0)
    run = Run(1, "run", 1, "tiny", "", TrainSettings(), JobState.DONE, "/nowhere", "")
    page.show_runs(RunsNow((run,), {1: told}), run, {}, Compared())
    page.resize(500, 500)
    page.show()
    qtbot.waitUntil(view.well.isVisible)
    qtbot.waitUntil(lambda: view.rest.height() >= view.rest.heightForWidth(view.rest.width()))
    assert view.stats.height() >= view.stats.sizeHint().height()
    assert view.width() <= 500
    assert view.chart is not None
    view.chart.close()


def test_a_run_is_whole_in_a_low_window_with_the_usual_text(qtbot: QtBot) -> None:
    view, listing = RunView(), RunList()
    page = RunsPage(view, listing)
    qtbot.addWidget(page)
    view.attach_charts(LossChart(), more_charts)
    told = RunProgress(JobState.DONE, 8, 8, 2.0, 2.0)
    run = Run(1, "run", 1, "tiny", "", TrainSettings(), JobState.DONE, "/nowhere", "")
    page.show_runs(RunsNow((run,), {1: told}), run, {}, Compared())
    page.resize(696, 548)  # what a window of 1024 x 640 leaves
    page.show()
    qtbot.waitUntil(view.well.isVisible)
    [scroll] = [area for area in page.findChildren(QScrollArea) if area.widget().isAncestorOf(view)]
    least = view.minimumSizeHint().height() + listing.table.horizontalHeader().height() + 2 * row_height()
    assert scroll.verticalScrollBar().maximum() == 0
    assert least <= 460, "also with a table of several lines, its foot and what lies between"
    assert view.chart is not None
    assert view.chart.parentWidget().height() >= view.chart.minimumHeight()
    view.chart.close()


LONG = Health(
    "Validation rose 7 times: it is learning the rows by heart.",
    "The best was 3.40 at pass 2, and that is the one kept. Stop it, or let it stop by itself with patience next time; "
    "more rows help most.\nIt goes on to pass 8.",
    "alert",
    "warn",
)


class LivePage(RunsPage):
    """A run that goes on, with much to say, above five runs."""

    def __init__(self) -> None:
        super().__init__(RunView("Ctrl+."), RunList())
        self.view.attach_charts(LossChart(), more_charts)
        told = RunProgress(JobState.RUNNING, 8, 4, 1.0, 2.0, tags={"voice": ()}, probe="Why?")
        runs = [Run(i, f"run {i}", 1, "tiny", "", TrainSettings(), told.state, "/nowhere", "") for i in range(1, 6)]
        self.show_runs(RunsNow(tuple(runs), dict.fromkeys(range(1, 6), told)), runs[0], {}, Compared())
        self.view.show_run(runs[0], told, "tiny", LONG)
        assert self.view.chart is not None
        self.chart = self.view.chart
        [self.scroll] = [area for area in self.findChildren(QScrollArea) if area.widget().isAncestorOf(self.view)]


def test_a_live_run_that_has_much_to_say_is_whole_in_a_low_window(qtbot: QtBot) -> None:
    page = LivePage()
    qtbot.addWidget(page)
    page.resize(696, 548)
    page.show()
    qtbot.waitUntil(page.chart.isVisible)
    view = page.view
    qtbot.waitUntil(lambda: view.rest.height() >= view.rest.heightForWidth(view.rest.width()) > 0)
    assert page.scroll.verticalScrollBar().maximum() == 0
    assert page.chart.parentWidget().rect().contains(page.chart.geometry())
    page.chart.close()


@pytest.mark.usefixtures("twice_as_large")
def test_all_that_is_said_of_a_live_run_is_read_beside_large_text(qtbot: QtBot) -> None:
    page = LivePage()
    qtbot.addWidget(page)
    page.show()
    rest = page.view.rest
    for width in (500, 800, 460):
        page.resize(width, 500)
        qtbot.waitUntil(page.chart.isVisible)
        qtbot.waitUntil(lambda: rest.height() >= rest.heightForWidth(rest.width()) > 0)
    page.chart.close()


def test_a_low_chart_below_the_losses_cuts_neither(qtbot: QtBot) -> None:
    page = LivePage()
    qtbot.addWidget(page)
    page.resize(696, 548)
    page.show()
    qtbot.waitUntil(page.chart.isVisible)
    page.view.stage.choose_below("Gradient norm")
    low = page.view.stage.steps
    assert low is not None
    qtbot.waitUntil(lambda: low.y() >= page.chart.geometry().bottom() > 0)
    qtbot.waitUntil(lambda: page.chart.parentWidget().rect().contains(low.geometry()))
    low.close()
    page.chart.close()


def test_a_run_that_comes_before_the_page_is_laid_out_is_whole_in_it(qtbot: QtBot) -> None:
    said: list[str] = []
    before = qInstallMessageHandler(lambda _kind, _context, words: said.append(words))
    try:
        page = LivePage()
        qtbot.addWidget(page)
        page.resize(1000, 700)
        page.show()
        qtbot.waitUntil(page.chart.isVisible)
    finally:
        qInstallMessageHandler(before)
    well = page.view.well
    assert well.height() >= well.heightForWidth(well.width()) > 0
    assert not [words for words in said if "Negative sizes" in words]
    page.chart.close()


@pytest.mark.usefixtures("twice_as_large")
def test_a_low_chart_grows_with_its_figures(qtbot: QtBot) -> None:
    above = LossChart()
    low = more_charts.StepChart(above)
    for chart in (above, low):
        qtbot.addWidget(chart)
    assert low.height() - 2 * metrics("caption").height() >= 84 - 28, "as much for the line as with the usual text"
    assert low.height() > 84
    low.close()
    above.close()


@pytest.mark.usefixtures("twice_as_large")
def test_the_name_of_a_run_has_room_beside_its_buttons(qtbot: QtBot) -> None:
    view = RunView("Ctrl+.")
    qtbot.addWidget(view)
    view.setMinimumWidth(1)  # as it stands in its page
    told = RunProgress(JobState.RUNNING, 8, 4, 1.0, 2.0)
    run = Run(1, "reviews and webhooks", 1, "tiny", "", TrainSettings(), JobState.RUNNING, "/nowhere", "")
    view.show_run(run, told, "tiny", health(told, run.settings))
    view.show()
    for width, least in ((925, "reviews and…"), (500, "revi…oks")):
        view.resize(width, 700)
        QApplication.sendPostedEvents()
        assert view.stop.isVisible() and view.stop.mapTo(view, view.stop.rect().topRight()).x() < width
        assert view.title.width() >= metrics("title").horizontalAdvance(least)


def test_a_figure_is_read_whole(qtbot: QtBot) -> None:
    figure = Stat("Time taken", "12 h 48 min 29 s")  # wider in any size than the least room of a figure
    qtbot.addWidget(figure)
    for role in ("title", "heading", "small-strong"):
        figure.resize(round(metrics(role).horizontalAdvance(figure.value)) + 1, figure.height())
        assert figure.value_role == role
