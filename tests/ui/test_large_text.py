"""Where text is large beside its room, what matters less leaves: no word lies over another."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from curator.ui.controls import column
from curator.ui.fields import Field
from curator.ui.theme import metrics, space
from curator.ui.views.budget_bar import BudgetBar
from curator.ui.views.card_delegate import card_height
from curator.ui.views.choices import PresetCard
from curator.ui.views.notice_bar import NoticeBar
from curator.ui.views.stats import Stat


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


def test_a_figure_is_read_whole(qtbot: QtBot) -> None:
    figure = Stat("Time taken", "12 h 48 min 29 s")  # wider in any size than the least room of a figure
    qtbot.addWidget(figure)
    for role in ("title", "heading", "small-strong"):
        figure.resize(round(metrics(role).horizontalAdvance(figure.value)) + 1, figure.height())
        assert figure.value_role == role
