"""Acts that are undone and done again: how many are kept, what each touches, and that none is done twice."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from library_making import fill

from curator.core.query import UndoState
from curator.core.row import Check, State
from curator.library import operations
from curator.library.library import Library
from curator.screening import screen_text


def test_the_oldest_acts_are_forgotten(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations, "KEPT", 3)
    ids = fill(library, 5)
    for exchange in ids:
        library.set_state([exchange], State.CLEAN)
    assert [bool(library.undo()) for _ in range(4)] == [True, True, True, False]
    states = [library.exchange(exchange).state for exchange in ids]
    assert states == [State.CLEAN] * 2 + [State.UNREVIEWED] * 3


def test_what_was_done_again_is_not_done_once_more_and_can_be_undone(library: Library) -> None:
    ids = fill(library, 2)
    library.set_flag(ids[:1], True)
    library.set_flag(ids[1:], True)
    library.undo()
    library.undo()
    assert library.redo().exchanges == {ids[0]} and library.redo().exchanges == {ids[1]}
    assert not library.redo()
    assert library.undo_state() == UndoState("Flag exchange", "")
    assert library.undo().exchanges == {ids[1]}
    assert [library.exchange(exchange).is_flagged for exchange in ids] == [True, False]


def test_rows_change_where_a_clean_exchange_is_among_the_others(library: Library) -> None:
    ids = fill(library, 3)
    library.set_state(ids[:1], State.CLEAN)
    assert library.set_tag(ids, "tone", True).rows and not library.set_tag(ids[1:], "other", True).rows
    assert library.set_check(ids, Check.LEGIBLE, True).rows and not library.set_flag(ids, True).rows


def test_lists_change_with_a_text_that_brings_or_takes_a_warning(library_folder: Path) -> None:
    key = "ghp" + "_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
    with closing(Library.open(library_folder, screen_text)) as library:
        [exchange] = fill(library, 1)
        assert library.edit_row(exchange, "How is it pushed?", "By git push.").lists  # it is an edited one from now on
        assert not library.edit_row(exchange, "How is it pushed, then?", "By git push.").lists
        assert library.edit_row(exchange, "How is it pushed, then?", f"With {key} as the password.").lists
        assert library.undo().lists
