from __future__ import annotations

from pathlib import Path

from library_making import fill

from curator.core.budget import Usage
from curator.core.job import JobState
from curator.core.run import Run
from curator.core.settings import TrainSettings
from curator.core.snapshot import LeftOut, Snapshot, Split
from curator.library.library import Library
from curator.library.packed import text_hash

SNAPSHOT = Snapshot(0, "first", "abc", "/s", "starter", 2048, 2, 1, 0, 345, "2025-01-01", (LeftOut(9, "Too long."),))
RUN = Run(0, "My Première Run!", 1, "starter", "quick", TrainSettings(passes=2.5), JobState.QUEUED, "", "2025-01-01")


def test_a_snapshot_is_kept_with_its_rows(library: Library) -> None:
    ids = fill(library, 3)
    kept = library.add_snapshot(SNAPSHOT, [(ids[0], 0, Split.TRAIN), (ids[1], 2, Split.VALID), (999, 0, Split.TRAIN)])
    assert kept.id > 0 and library.snapshot(kept.id) == kept
    assert library.add_snapshot(SNAPSHOT, []).id > kept.id
    assert [snapshot.id for snapshot in library.snapshots()] == [kept.id + 1, kept.id]
    assert library.snapshot(kept.id).left_out == (LeftOut(9, "Too long."),)


def test_a_run_has_a_folder_of_its_own_and_keeps_every_figure(library: Library) -> None:
    kept = library.add_run(RUN)
    assert Path(kept.path) == library.folder / "runs" / f"{kept.id}-my-premi-re-run"
    from dataclasses import replace

    told = replace(
        kept, state=JobState.DONE, best_loss=1.25, curve=(3.0, 2.0, float("nan"), 1.25), seconds=12.5, message="ok"
    )
    assert library.update_run(told).runs == {kept.id}
    again = library.run(kept.id)
    assert (again.state, again.best_loss, again.settings, again.curve[3]) == (JobState.DONE, 1.25, RUN.settings, 1.25)
    assert library.runs() == [again] or repr(library.runs()) == repr([again])


def test_the_number_of_a_deleted_run_is_never_used_again(library: Library) -> None:
    first = library.add_run(RUN)
    library.delete_run(first.id)
    assert library.runs() == []
    assert library.add_run(RUN).id > first.id


def test_settings_are_remembered(library: Library) -> None:
    assert library.setting("model", "none") == "none"
    assert library.set_setting("model", "starter").settings
    assert not library.set_setting("model", "starter")
    library.close()
    again = Library.open(library.folder)
    assert again.setting("model") == "starter"
    again.close()


def test_counted_tokens_are_known_until_the_text_changes(library: Library) -> None:
    first, second = fill(library, 2)
    row = library.row(first)
    usage = Usage(12, 30, refusal="A control token.")
    changes = library.store_usages("tok", {first: (text_hash(row.prompt, row.response), usage)})
    assert changes.exchanges == {first}
    assert library.usages([first, second], "tok") == {first: usage}
    assert [card.tokens for card in library.cards([first, second])] == [42, None]
    assert library.usages([first], "other") == {}
    assert [card.tokens for card in library.cards([first])] == [None], "cards show the tokenizer asked for last"
    library.edit_row(first, "Another text", row.response)
    assert library.usages([first], "tok") == {}
    library.undo()
    assert library.usages([first], "tok") == {first: usage}
    library.close()
    again = Library.open(library.folder)
    assert [card.tokens for card in again.cards([first])] == [42]
    again.close()


def test_a_figure_counted_on_an_older_text_is_not_taken_for_the_new_one(library: Library) -> None:
    (number,) = fill(library, 1)
    before = library.row(number)
    library.edit_row(number, "Another", "text")
    library.store_usages("tok", {number: (text_hash(before.prompt, before.response), Usage(1, 2, is_estimate=True))})
    assert library.usages([number], "tok") == {}


def test_cards_come_in_the_order_asked_and_cut(library: Library) -> None:
    ids = fill(library, 3)
    library.edit_row(ids[1], "x" * 500, "y\n" * 500)
    library.set_flag(ids[2:], True)
    cards = library.cards([ids[2], 999, ids[1]])
    assert [card.id for card in cards] == [ids[2], ids[1]]
    assert len(cards[1].prompt) == 160 and cards[1].characters == 1500
    assert cards[1].is_edited and cards[0].is_flagged and cards[0].format == "claude-code"
