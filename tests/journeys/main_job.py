"""The main job at the real window, in two sittings: `main_job.py first|second LIBRARY PICTURES CORPUS`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from person import Person

from curator.core.job import JobState
from curator.core.row import State
from curator.services import curation, training
from curator.ui.views.library_place import LibraryPlace

FILES = ("claude-code/obra-large.jsonl", "codex/ccsc-codex.jsonl", "alpaca/llamafactory-identity.json")
WORD = "name"


def first(person: Person, corpus: Path) -> None:
    """Drop, search, mark 12, edit 2, undo one, train; leave while it trains."""
    window = person.window
    assert window.library is not None and window.opened is not None
    library, workspace = window.library, window.opened.workspace
    person.until(lambda: library.first_start.isVisible(), "the first start is offered")
    person.picture("1-first-start")

    person.drop(*(corpus / name for name in FILES))
    person.until(lambda: library.table.rowCount() > 100, "what was dropped is in the list")
    person.until(lambda: library.list.current, "an exchange is open")
    person.picture("2-imported")

    all_of_them = library.table.rowCount()
    person.press("slash")
    person.until(lambda: library.list.search.hasFocus(), "the search has the keyboard")
    person.type(WORD)
    person.until(lambda: 0 < library.table.rowCount() < all_of_them, "the search found some")
    found = library.table.rowCount()
    assert found >= 14, f"only {found} exchanges hold “{WORD}”"
    person.press("Return")
    person.until(lambda: library.list.table.hasFocus(), "the list has the keyboard again")
    person.picture("3-searched")

    for number in range(1, 13):
        mark_one(person, library, number)
    person.picture("4-marked")

    for number in (1, 2):
        edit_one(person, library, number)
    person.press("ctrl+z")
    person.until(lambda: edits(person) == 1, "one edit is undone")
    person.picture("6-undone")

    person.press("ctrl+Return")
    person.until(lambda: training.runs(workspace), "a run is in the table", 300)
    run = training.runs(workspace)[0].id
    person.until(lambda: len(training.progress(workspace, run).train) >= 3, "the loss of three updates came", 400)
    from curator.ui.views.loss_chart import LossChart  # as late as the window itself does: it is slow to load

    chart = window.findChild(LossChart)
    assert chart is not None
    person.until(lambda: len(chart.train) >= 3, "the chart shows them")
    person.picture("7-training")
    assert not training.run(workspace, run).state.is_over, "the run was over before the window could be closed"


def mark_one(person: Person, library: LibraryPlace, number: int) -> None:
    """Mark the open exchange clean; it is the so-and-so-many-th, and the next one opens by itself."""
    here = library.list.current
    person.press("a")
    person.until(lambda: library.counts.clean == number, f"{number} are clean")
    person.until(lambda: library.list.current != here, "the next exchange is open")


def edit_one(person: Person, library: LibraryPlace, number: int) -> None:
    """Go one back, write a sentence at the end of the response, save, and leave the editor."""
    below = library.list.current
    person.press("k")
    person.until(lambda: library.list.current != below, "the one above is current")
    here = library.list.current
    person.until(lambda: library.desk.view is not None and library.desk.view.id == here, "the row is in the editor")
    person.press("e")
    person.until(library.editor.is_editing, "the editor has the keyboard")
    person.press("Tab", "ctrl+End")
    person.type(f" And this is edit {number}.")
    person.until(lambda: library.editor.texts()[1].endswith(f"edit {number}."), "the words are typed")
    if number == 2:
        person.picture("5-editing")
    person.press("ctrl+s")
    person.until(lambda: edits(person) == number, f"{number} rows are edited")
    person.press("Escape")
    person.until(library.list.table.hasFocus, "the list has the keyboard again")


def second(person: Person, _corpus: Path) -> None:
    """Open again: the run is there, goes on, and ends with a falling loss."""
    window = person.window
    assert window.library is not None and window.opened is not None
    library, workspace = window.library, window.opened.workspace
    person.until(lambda: library.counts.clean == 12, "the marks are still there")
    assert edits(person) == 1
    (run,) = training.runs(workspace)
    is_through = run.state is JobState.DONE  # a machine that trains faster than it opens windows
    assert is_through or not run.state.is_over, "the run ended with the window"
    person.press("ctrl+3")
    person.until(lambda: window.place == "runs", "the runs are shown")
    person.until(lambda: training.run(workspace, run.id).state.is_over, "the run is over", 900)
    from curator.ui.views.loss_chart import LossChart

    person.until(lambda: window.findChild(LossChart) is not None, "the chart is there")
    chart = window.findChild(LossChart)
    assert chart is not None
    progress = training.progress(workspace, run.id)
    person.until(lambda: len(chart.train) == len(progress.train), "the chart shows every update")
    person.until(lambda: len(chart.valid) == len(progress.valid), "the chart shows every validation")
    person.picture("8-done")
    ended = training.run(workspace, run.id)
    told = {
        "state": ended.state,
        "path": ended.path,
        "valid": [point.loss for point in progress.valid],
        "train": [point.loss for point in progress.train],
        "notice": person.notice(),
    }
    assert ended.state is JobState.DONE, told
    person.pictures.joinpath("told.json").write_text(json.dumps(told), encoding="utf-8")


def edits(person: Person) -> int:
    """How many rows carry an edit."""
    assert person.window.opened is not None
    return sum(row.revision > 0 for row in curation.rows(person.window.opened.workspace, frozenset(State)))


if __name__ == "__main__":
    sitting, library_folder, pictures_folder, corpus_folder = sys.argv[1:]
    at_the_desk = Person(Path(library_folder), Path(pictures_folder))
    {"first": first, "second": second}[sitting](at_the_desk, Path(corpus_folder))
    at_the_desk.leave()
