from __future__ import annotations

import pytest
from library_making import EVERYTHING, fill, make_exchange, make_session, make_source, make_transcript

from curator.core.changes import Changes
from curator.core.errors import NotFoundError
from curator.core.query import ExchangeQuery, UndoState
from curator.core.row import Check, State
from curator.library.library import Library


def test_acts_are_told_in_words(library: Library) -> None:
    ids = fill(library, 12)
    assert library.set_state(ids, State.CLEAN).words == "Mark 12 exchanges clean"
    assert library.set_state(ids[:1], State.REJECTED).words == "Reject exchange"
    assert library.edit_row(ids[1], "a", "b").words == "Edit row"
    assert library.undo_state() == UndoState("Edit row", "")
    assert library.undo().words == "Undid: Edit row"
    assert library.undo_state() == UndoState("Reject exchange", "Edit row")
    assert library.redo().words == "Redid: Edit row"
    assert library.set_check(ids[:2], Check.LEGIBLE, True).words == "Check “legible” on 2 exchanges"
    assert library.set_check(ids[:1], Check.LEGIBLE, False).words == "Uncheck “legible” on exchange"
    assert library.set_flag(ids[:1], True).words == "Flag exchange"
    assert library.set_flag(ids[:1], False).words == "Unflag exchange"
    assert library.set_tag(ids[:2], " tea  time ", True).words == "Tag 2 exchanges “tea time”"
    assert library.set_tag(ids[:2], "tea time", False).words == "Take “tea time” off 2 exchanges"


def test_what_does_not_change_is_no_act(library: Library) -> None:
    ids = fill(library, 2)
    library.set_state(ids, State.CLEAN)
    before = library.undo_state()
    view = library.exchange(ids[0])
    for changes in (
        library.set_state(ids, State.CLEAN),
        library.set_flag(ids, False),
        library.set_check(ids, Check.LEGIBLE, False),
        library.set_tag(ids, "none", False),
        library.set_tag(ids, "   ", True),
        library.edit_row(ids[0], view.prompt, view.response),
        library.revert_row(ids[0]),
        library.set_state([999], State.CLEAN),
        library.set_state([], State.REJECTED),
    ):
        assert not changes
    assert library.undo_state() == before


def test_undo_brings_back_every_state_of_a_mixed_act(library: Library) -> None:
    ids = fill(library, 4)
    library.set_state(ids[:1], State.REJECTED)
    library.set_state(ids[1:2], State.LATER)
    changes = library.set_state(ids, State.CLEAN)
    assert changes.exchanges == set(ids) and changes.rows and changes.lists
    undone = library.undo()
    assert undone.exchanges == set(ids) and undone.rows
    assert [library.row(number).state for number in ids] == [
        State.REJECTED,
        State.LATER,
        State.UNREVIEWED,
        State.UNREVIEWED,
    ]


def test_a_new_act_drops_what_was_undone(library: Library) -> None:
    ids = fill(library, 2)
    library.set_state(ids, State.CLEAN)
    library.undo()
    library.set_flag(ids, True)
    assert library.undo_state() == UndoState("Flag 2 exchanges", "")
    assert library.redo() == Changes()


def test_undo_survives_a_restart(library: Library) -> None:
    ids = fill(library, 2)
    library.edit_row(ids[0], "mine", "too")
    library.close()
    again = Library.open(library.folder)
    again.undo()
    assert again.row(ids[0]).prompt == "Question number 0?"
    again.redo()
    assert again.row(ids[0]).prompt == "mine"
    again.close()


def test_every_text_ever_saved_is_kept(library: Library) -> None:
    (number,) = fill(library, 1)
    library.edit_row(number, "first", "one")
    library.edit_row(number, "second", "two")
    library.undo()
    assert (library.row(number).prompt, library.row(number).revision) == ("first", 1)
    library.edit_row(number, "third", "three")
    assert library.row(number).revision == 3
    library.undo()
    assert library.row(number).prompt == "first"
    library.revert_row(number)
    assert library.exchange(number).revision == 0
    library.undo()
    assert library.row(number).prompt == "first"
    library.edit_row(number, "Question number 0?", "Answer number 0.")
    assert library.row(number).revision == 0, "the original's own words are the original"


def test_several_rows_get_another_text_in_one_act(library: Library) -> None:
    same, back, other, written = fill(library, 4)
    library.edit_row(back, "first", "one")
    library.edit_row(written, "first", "one")
    as_it_is, original = library.exchange(same), ("Question number 1?", "Answer number 1.")
    texts = {same: (as_it_is.prompt, as_it_is.response), back: original, other: ("x", "y"), written: ("x", "y")}
    assert library.edit_rows(texts, "Mask secrets").exchanges == {back, other, written}
    assert [(library.row(id).prompt, library.row(id).revision) for id in (same, back, other, written)] == [
        (as_it_is.prompt, 0), (original[0], 0), ("x", 1), ("x", 2),
    ]  # fmt: skip
    assert library.undo().words == "Undid: Mask secrets"
    assert [library.row(id).revision for id in (same, back, other, written)] == [0, 1, 0, 1]
    assert not library.edit_rows({same: texts[same]}, "Mask secrets")


def test_search_follows_the_present_text(library: Library) -> None:
    (number,) = fill(library, 1)
    for act, finds in (
        (lambda: library.edit_row(number, "zebra", "x"), True),
        (library.undo, False),
        (library.redo, True),
        (lambda: library.edit_row(number, "lion", "x"), False),
        (library.undo, True),
        (lambda: library.revert_row(number), False),
    ):
        act()
        assert bool(library.exchange_ids(ExchangeQuery(text="zebra"))) is finds
    assert library.exchange_ids(ExchangeQuery(text="question"))


def test_a_draft_survives_and_saving_ends_it(library: Library) -> None:
    (number,) = fill(library, 1)
    assert library.save_draft(number, "half a", "thought").exchanges == {number}
    view = library.exchange(number)
    assert (view.draft_prompt, view.draft_response, view.revision) == ("half a", "thought", 0)
    assert library.undo_state() == UndoState()
    library.edit_row(number, "a whole", "thought")
    assert library.exchange(number).draft_prompt is None
    library.save_draft(number, "again", "")
    assert library.clear_draft(number).exchanges == {number}
    assert not library.clear_draft(number)
    assert library.exchange(number).draft_response is None


def test_saving_the_same_text_still_ends_the_draft(library: Library) -> None:
    (number,) = fill(library, 1)
    library.save_draft(number, "half", "thought")
    view = library.exchange(number)
    assert library.edit_row(number, view.prompt, view.response).exchanges == {number}
    assert library.exchange(number).draft_prompt is None


def test_tags_are_words_that_come_and_go(library: Library) -> None:
    ids = fill(library, 3)
    changes = library.set_tag(ids[:2], "  good   tone ", True)
    assert changes.tags and changes.words == "Tag 2 exchanges “good tone”"
    assert library.counts().tags == (("good tone", 2),)
    assert library.exchange(ids[0]).tags == ("good tone",)
    library.set_tag(ids, "good tone", False)
    assert library.counts().tags == ()
    library.undo()
    assert library.counts().tags == (("good tone", 2),)


def test_rows_are_the_clean_exchanges_with_their_present_text(library: Library) -> None:
    ids = fill(library, 3)
    library.set_state(ids[:2], State.CLEAN)
    library.edit_row(ids[1], "mine", "too")
    library.set_tag(ids[1:2], "tone", True)
    library.set_check(ids[1:2], Check.CLEAR_OUT, True)
    first, second = library.rows()
    assert (first.prompt, first.revision, first.tags) == ("Question number 0?", 0, ())
    assert (second.prompt, second.response, second.revision) == ("mine", "too", 1)
    assert (second.tags, second.checks, second.state) == (("tone",), {Check.CLEAR_OUT}, State.CLEAN)
    assert [row.id for row in library.rows(frozenset(State))] == ids
    assert library.rows(frozenset()) == []


def test_undo_passes_over_what_went_with_its_file(library: Library) -> None:
    ids = fill(library, 2)
    library.set_flag(ids, True)
    library.undo()
    library.store(make_source("/gone/a.jsonl", "short"), make_transcript(make_session([make_exchange(0)])))
    assert list(library.exchange_ids(EVERYTHING)) == ids[:1]
    library.redo()
    assert library.exchange(ids[0]).is_flagged and library.counts().flagged == 1


@pytest.mark.parametrize("verb", ["exchange", "row", "revert_row", "snapshot", "run", "delete_run", "remove_watched"])
def test_an_id_that_is_not_there_is_said(library: Library, verb: str) -> None:
    with pytest.raises(NotFoundError) as error:
        getattr(library, verb)(12345)
    assert error.value.message.endswith(".") and error.value.hint.endswith(".")


def test_a_text_for_an_exchange_that_is_gone_is_said_and_not_kept(library: Library) -> None:
    for verb in (library.save_draft, library.edit_row):
        with pytest.raises(NotFoundError, match="not in the library"):
            verb(12345, "prompt", "response")
