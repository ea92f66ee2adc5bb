"""The sidebar's lines come from the figures, and a new figure moves nothing."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtTest import QAbstractItemModelTester

from curator.core.query import Counts, WatchedFolder
from curator.core.row import State
from curator.ui.models.source_list import SourceList, sources_of

COUNTS = Counts(
    unreviewed=40,
    clean=3,
    later=1,
    rejected=2,
    secret=1,
    total=46,
    formats=(("claude-code", 40), ("codex", 6)),
    roots=((1, "Claude Code", 40),),
    tags=(("voice", 3),),
    projects=(("/home/marta/payments", 20),),
)


def titles(counts: Counts, watched=()) -> list[str]:
    return [line.title for line in sources_of(counts, watched)]


def test_groups_stand_in_the_order_of_the_drawing() -> None:
    folder = WatchedFolder(1, "/home/marta/.claude/projects", "Claude Code", "2026-10-01")
    lines = sources_of(COUNTS, [folder])
    headings = [line.title for line in lines if line.is_heading]
    assert headings == ["Watched folders", "Queues", "Tags", "Projects", "Formats"]
    assert lines[1].mark == "live"
    assert lines[1].hint == folder.path


def test_a_project_is_called_by_its_last_part_and_told_whole() -> None:
    line = next(x for x in sources_of(COUNTS) if x.key.startswith("project:"))
    assert (line.title, line.hint) == ("payments", "/home/marta/payments")


def test_groups_without_lines_are_left_out() -> None:
    assert "Tags" not in titles(Counts())
    assert "Has a secret" not in titles(Counts())


def test_a_missing_folder_is_marked() -> None:
    folder = WatchedFolder(1, "/gone", "Old disk", "2026-10-01", is_missing=True)
    assert sources_of(COUNTS, [folder])[1].mark == "rest"


def test_to_review_asks_for_what_is_not_reviewed() -> None:
    line = next(x for x in sources_of(COUNTS) if x.title == "To review")
    assert line.query is not None and line.query.states == frozenset({State.UNREVIEWED})


def test_all_exchanges_counts_what_its_list_shows_and_no_copies() -> None:
    with_copies = replace(COUNTS, total=67, hidden=21)
    line = next(x for x in sources_of(with_copies) if x.title == "All exchanges")
    assert line.count == 46


def test_a_new_figure_repaints_one_line(qapp, qtbot) -> None:
    model = SourceList()
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    model.set_lines(sources_of(COUNTS))
    changed = []
    model.dataChanged.connect(lambda first, last: changed.append((first.row(), last.row())))
    model.set_lines(sources_of(Counts(**{f: getattr(COUNTS, f) for f in COUNTS.__slots__} | {"clean": 4})))
    assert changed == [(model.row_of("queue:clean"),) * 2]
    assert tester.model() is model


def test_headings_cannot_be_chosen(qapp) -> None:
    model = SourceList()
    model.set_lines(sources_of(COUNTS))
    assert not model.flags(model.index(0))
    assert model.flags(model.index(1))
