from __future__ import annotations

import sqlite3
from dataclasses import replace
from itertools import count as numbers
from itertools import islice
from pathlib import Path

import pytest
from library_making import EVERYTHING, fill, make_exchange, make_session, make_source, make_transcript

from curator.core.exchange import Exchange, Session
from curator.core.query import ExchangeQuery
from curator.core.row import State
from curator.library.library import Library
from curator.library.packed import PackedTranscript, SourceFile
from curator.library.records import COPY, GONE, PRESENT, Stored
from curator.library.storing import store


def test_a_new_file_becomes_exchanges_that_can_be_read(library: Library) -> None:
    exchanges = [make_exchange(0), make_exchange(1, signals=["secret", "context_dep"])]
    stored = library.store(make_source("/a.jsonl"), make_transcript(make_session(exchanges)))
    assert (stored.new, stored.updated, stored.unchanged, stored.sessions) == (2, 0, 0, 1)
    assert stored.changes.lists and len(stored.changes.exchanges) == 2
    (second,) = [number for number in stored.changes.exchanges if library.exchange(number).ordinal == 1]
    view = library.exchange(second)
    assert (view.prompt, view.response) == ("Question number 1?", "Answer number 1.")
    assert view.steps == exchanges[1].steps and view.steering == ("no, the other one",)
    assert view.signals == exchanges[1].signals
    assert (view.path, view.first_line, view.last_line) == ("/a.jsonl", 11, 19)
    assert (view.row_prompt, view.revision, view.state) == (view.prompt, 0, State.UNREVIEWED)
    (session,) = library.sessions()
    assert (session.exchanges, session.prompts, session.title) == (2, 3, "Session s")


def test_storing_the_same_again_changes_nothing(library: Library) -> None:
    fill(library, 5)
    before = [library.exchange(number) for number in library.exchange_ids(EVERYTHING)]
    exchanges = [make_exchange(number) for number in range(5)]
    again = library.store(make_source("/gone/a.jsonl", "touched"), make_transcript(make_session(exchanges)))
    assert (again.new, again.updated, again.unchanged) == (0, 0, 5)
    assert not again.changes
    assert [library.exchange(number) for number in library.exchange_ids(EVERYTHING)] == before


def test_a_file_that_grows_keeps_ids_and_decisions(library: Library) -> None:
    first = fill(library, 3)
    library.set_state(first[:1], State.CLEAN)
    library.edit_row(first[1], "Mine?", "My own words.")
    grown = [
        make_exchange(0),
        make_exchange(1, response="A longer answer."),
        make_exchange(2, response="It went on."),
        make_exchange(3),
    ]
    stored = library.store(make_source("/gone/a.jsonl", "grown"), make_transcript(make_session(grown)))
    assert (stored.new, stored.updated, stored.unchanged) == (1, 2, 1)
    assert set(first) < set(library.exchange_ids(EVERYTHING))
    assert library.exchange(first[0]).state is State.CLEAN
    edited = library.exchange(first[1])
    assert (edited.response, edited.row_response, edited.revision) == ("A longer answer.", "My own words.", 1)
    assert list(library.exchange_ids(ExchangeQuery(text="went on"))) == [first[2]]
    assert not library.exchange_ids(ExchangeQuery(text='"Answer number 2"'))


def test_what_vanished_from_a_rewritten_file_goes_unless_it_was_decided(library: Library) -> None:
    ids = fill(library, 6)
    library.set_state([ids[1]], State.CLEAN)
    library.set_tag([ids[2]], "keep", True)
    library.save_draft(ids[3], "half", "typed")
    rest = [make_exchange(0)]
    stored = library.store(make_source("/gone/a.jsonl", "short"), make_transcript(make_session(rest)))
    assert set(library.exchange_ids(EVERYTHING)) == set(ids[:4])
    assert stored.changes.exchanges >= {ids[4], ids[5]}
    assert [library.exchange(number).source_is_gone for number in ids[:4]] == [False, True, True, True]
    assert not library.exchange_ids(ExchangeQuery(text='"Question number 5"'))
    assert library.counts().total == 4
    again = library.store(make_source("/gone/a.jsonl", "short still"), make_transcript(make_session(rest)))
    assert not again.changes, "what is missing already is not told again"
    back = [make_exchange(number) for number in range(6)]
    library.store(make_source("/gone/a.jsonl", "long again"), make_transcript(make_session(back)))
    assert not library.exchange(ids[1]).source_is_gone
    assert library.counts().total == 6
    assert max(library.exchange_ids(EVERYTHING)) > ids[5], "an id is never used twice"


def two_sessions(first: int = 1, second: int = 1) -> tuple[Session, Session]:
    """Two conversations of one file, as exports hold them."""
    numbers = range(first), range(10, 10 + second)
    one, other = ([make_exchange(number) for number in each] for each in numbers)
    return make_session(one, key="one"), make_session(other, key="other")


def test_a_conversation_that_is_no_longer_in_its_file_goes_unless_it_was_decided(library: Library) -> None:
    one, other = two_sessions(second=3)
    library.store(make_source("/export.json", "1"), make_transcript(one, other))
    ids = {library.exchange(id).ordinal: id for id in library.exchange_ids(EVERYTHING)}
    library.set_state([ids[11]], State.CLEAN)
    stored = library.store(make_source("/export.json", "2"), make_transcript(one))
    assert {library.exchange(id).ordinal for id in library.exchange_ids(EVERYTHING)} == {0, 11}
    assert library.exchange(ids[11]).source_is_gone and not library.exchange(ids[0]).source_is_gone
    assert stored.changes.exchanges == {ids[10], ids[11], ids[12]} and stored.changes.sources == {stored.source}
    assert (library.counts().total, library.counts().clean) == (2, 1)


def test_where_only_changes_were_read_what_is_not_among_them_stays(library: Library) -> None:
    library.store(make_source("/store.db", "1"), make_transcript(*two_sessions()))
    third, gone = make_transcript(make_session([make_exchange(20)], key="third")), make_transcript()
    third.is_partial = gone.is_partial = True
    gone.gone = ["one", "never here"]
    library.store(make_source("/store.db", "2"), third)
    assert {library.exchange(id).ordinal for id in library.exchange_ids(EVERYTHING)} == {0, 10, 20}
    library.store(make_source("/store.db", "3"), gone)
    assert {library.exchange(id).ordinal for id in library.exchange_ids(EVERYTHING)} == {10, 20}


def test_a_file_without_any_exchange_is_told_too(library: Library) -> None:
    stored = library.store(make_source("/empty.jsonl"), make_transcript(problems=[(1, "not JSON")]))
    assert stored.changes.sources == {stored.source} and not stored.changes.lists
    again = library.store(make_source("/empty.jsonl", "other"), make_transcript(problems=[(1, "not JSON")]))
    assert again.source == stored.source and not again.changes


def test_the_same_words_in_another_file_are_a_duplicate(library: Library) -> None:
    first = fill(library, 2)
    copied = make_exchange(9, prompt="question  NUMBER 0?", response="Answer number 0.", key="other")
    library.store(make_source("/b.jsonl"), make_transcript(make_session([copied], key="t")))
    (copy,) = set(library.exchange_ids(EVERYTHING)) - set(first)
    view = library.exchange(copy)
    assert view.duplicate_of == first[0]
    assert "duplicate" in {hit.name for hit in view.signals} and view.score == 0
    assert sorted(library.exchange_ids(ExchangeQuery())) == first
    assert library.counts().hidden == 1
    library.set_state([copy], State.CLEAN)
    assert copy in library.exchange_ids(ExchangeQuery()), "what was decided is never hidden"


def test_the_same_record_in_another_file_is_a_duplicate_even_where_its_text_differs(library: Library) -> None:
    first = fill(library, 2)
    resumed = [make_exchange(0, response="Rewritten."), make_exchange(7)]
    library.store(make_source("/b.jsonl"), make_transcript(make_session(resumed, key="s")))
    by_ordinal = {
        library.exchange(number).ordinal: library.exchange(number)
        for number in library.exchange_ids(EVERYTHING)
        if number not in first
    }
    assert by_ordinal[0].duplicate_of == first[0]
    assert by_ordinal[7].duplicate_of == 0


def shown(library: Library) -> list[str]:
    """The answers that a person reviews."""
    return sorted(library.exchange(number).response for number in library.exchange_ids(ExchangeQuery()))


def whole_and_half() -> dict[str, PackedTranscript]:
    """A session, and a backup of it from the middle of its second answer."""
    first = make_exchange(0)
    return {
        "half": make_transcript(make_session([first, make_exchange(1, response="It")])),
        "whole": make_transcript(make_session([first, make_exchange(1, response="It is done.")])),
    }


@pytest.mark.parametrize("order", [("half", "whole"), ("whole", "half")])
@pytest.mark.parametrize("is_at_once", [True, False])
def test_of_one_record_in_two_files_the_one_that_says_most_is_shown(
    library: Library, order: tuple[str, str], is_at_once: bool
) -> None:
    items = [(make_source(f"/{name}.jsonl"), whole_and_half()[name]) for name in order]
    for batch in [items] if is_at_once else [[item] for item in items]:
        library.store_many(batch)
    assert shown(library) == ["Answer number 0.", "It is done."]
    assert library.counts().hidden == 2


def test_a_copy_that_grows_takes_the_place_of_the_one_that_does_not(library: Library) -> None:
    library.store(make_source("/a.jsonl"), whole_and_half()["half"])
    library.store(make_source("/b.jsonl", "1"), whole_and_half()["half"])
    library.store(make_source("/b.jsonl", "2"), whole_and_half()["whole"])
    assert shown(library) == ["Answer number 0.", "It is done."]
    library.store(make_source("/b.jsonl", "3"), make_transcript(make_session([])))
    assert shown(library) == ["Answer number 0.", "It"]


def test_what_was_decided_stays_what_is_shown(library: Library) -> None:
    library.store(make_source("/a.jsonl"), whole_and_half()["half"])
    second = next(id for id in library.exchange_ids(EVERYTHING) if library.exchange(id).ordinal == 1)
    library.set_state([second], State.CLEAN)
    library.store(make_source("/b.jsonl"), whole_and_half()["whole"])
    assert shown(library) == ["Answer number 0.", "It"]
    assert library.exchange(second).state is State.CLEAN


def test_what_a_person_asked_never_hides_behind_an_agents_copy(library: Library) -> None:
    """An agent's session may begin with its parent's history, and its file may be the older one."""
    signals = ["sidechain"]
    agent = make_session([make_exchange(0, signals=signals)], key="agent", kind="codex", origin="agent")
    library.store(make_source("/agent.jsonl"), make_transcript(agent))
    library.store(make_source("/parent.jsonl"), make_transcript(make_session([make_exchange(0)], kind="codex")))
    assert shown(library) == ["Answer number 0."]
    later = make_session([make_exchange(0, signals=signals)], key="late", kind="codex", origin="agent")
    library.store(make_source("/late.jsonl"), make_transcript(later))
    assert shown(library) == ["Answer number 0."]


def test_a_way_that_was_left_does_not_hide_the_same_words_on_one_that_was_not(library: Library) -> None:
    left = make_exchange(0, signals=["abandoned_branch"])
    library.store(make_source("/a.jsonl"), make_transcript(make_session([left])))
    library.store(make_source("/b.jsonl"), make_transcript(make_session([make_exchange(0)], key="fork")))
    assert shown(library) == ["Answer number 0."]


def test_a_fork_repeats_the_session_it_names_even_where_its_copy_is_half(library: Library) -> None:
    library.store(make_source("/a.jsonl"), whole_and_half()["whole"])
    half = make_session([make_exchange(0), make_exchange(1, response="It"), make_exchange(2)], key="fork")
    library.store(make_source("/b.jsonl"), make_transcript(replace(half, parent_key="s")))
    assert shown(library) == ["Answer number 0.", "Answer number 2.", "It is done."]


def test_two_copies_that_differ_in_spacing_do_not_hide_each_other(library: Library) -> None:
    for number, response in enumerate(("It is done.", "It is  done. ", "IT IS DONE.")):
        again = make_transcript(make_session([make_exchange(0, response=response)]))
        library.store(make_source(f"/{number}.jsonl"), again)
    assert shown(library) == ["It is done."]


def test_line_numbers_as_keys_make_no_duplicates(library: Library) -> None:
    for name in ("a", "b"):
        rows = [make_exchange(0, prompt=f"Row of {name}", key="1")]
        library.store(make_source(f"/{name}.jsonl"), make_transcript(make_session(rows, key="1", kind="sharegpt")))
    assert len(library.exchange_ids(ExchangeQuery())) == 2


def test_duplicates_within_one_transaction_are_found(library: Library) -> None:
    same = [make_exchange(0, "Same?", "Same."), make_exchange(1, "same?", "SAME.")]
    library.store_many(
        [
            (make_source("/a.jsonl"), make_transcript(make_session(same))),
            (make_source("/b.jsonl"), make_transcript(make_session([make_exchange(2, "Same?", "No.", key="x1")]))),
        ]
    )
    assert library.counts().hidden == 2


def duplicates_of(library: Library) -> dict[int, int]:
    """Of each exchange, by its number in its conversation, the number of the one it repeats; -1 for none."""
    views = [library.exchange(id) for id in library.exchange_ids(EVERYTHING)]
    numbers = {view.id: view.ordinal for view in views}
    return {view.ordinal: numbers[view.duplicate_of] if view.duplicate_of else -1 for view in views}


def test_of_the_same_words_in_one_transaction_the_first_that_is_reviewed_is_shown(library: Library) -> None:
    fill(library, 1, "/gone/earlier.jsonl", key="earlier")
    own = [make_exchange(n, "Same?", "Same.", signals=["sidechain"] if n < 13 else []) for n in range(10, 16)]
    warned = make_exchange(16, "A key?", "sk-1.", signals=["secret"]), make_exchange(17, "A key?", "sk-1.")
    alone = make_exchange(18, signals=["sidechain"])
    library.store(make_source("/a.jsonl"), make_transcript(make_session([*own, *warned, alone], key="t")))
    repeated = {0: -1, 10: -1, 11: 10, 12: 10, 13: -1, 14: 13, 15: 13, 16: -1, 17: 16, 18: -1}
    assert duplicates_of(library) == repeated


def test_a_copy_repeats_the_record_that_is_shown_and_not_another_copy(library: Library) -> None:
    library.store(make_source("/a.jsonl"), make_transcript(make_session([make_exchange(1, response="It")])))
    whole = make_transcript(make_session([make_exchange(2, key="x1", response="It is done.")]))
    half = make_transcript(make_session([make_exchange(3, key="x1", response="It is")]))
    library.store_many([(make_source("/b.jsonl"), whole), (make_source("/c.jsonl"), half)])
    assert duplicates_of(library) == {1: 2, 2: -1, 3: 2}


def test_what_is_stored_says_what_it_touched_and_how_much_of_it_repeats(library: Library) -> None:
    fill(library, 3, "/gone/b.jsonl", key="t", first=2)
    grown = [make_exchange(0), make_exchange(1), make_exchange(4)]
    stored = library.store(make_source("/a.jsonl"), make_transcript(make_session(grown)))
    assert (stored.new, stored.repeats, stored.changes.rows) == (3, 1, False)
    (session,) = {library.exchange(id).session for id in stored.changes.exchanges}
    assert stored.changes.sessions == {session} and stored.changes.sources == {stored.source}
    grown[1] = make_exchange(1, response="Otherwise.")
    again = library.store(make_source("/a.jsonl", "other"), make_transcript(make_session(grown)))
    assert (again.updated, again.unchanged, again.repeats) == (1, 2, 0)
    assert (again.changes.lists, again.changes.rows) == (True, True), "the set of rows follows what a file says now"
    assert again.changes.sessions == {session} and again.changes.sources == {stored.source}
    assert {library.exchange(id).ordinal for id in again.changes.exchanges} == {1}
    less = library.store(make_source("/a.jsonl", "shorter"), make_transcript(make_session(grown[:2])))
    assert (less.changes.lists, less.changes.rows, len(less.changes.exchanges)) == (True, False, 1)
    assert less.changes.sessions == {session} and less.changes.sources == {stored.source}


def test_a_session_that_gets_another_title_or_project_is_found_and_counted_there(library: Library) -> None:
    exchanges = [make_exchange(0), make_exchange(1)]
    library.store(make_source("/a.jsonl"), make_transcript(make_session(exchanges)))
    assert library.counts().projects == (("shop", 2),)
    named = replace(make_session(exchanges, project="bakery"), title="The oven")
    library.store(make_source("/a.jsonl", "renamed"), make_transcript(named))
    assert library.counts().projects == (("bakery", 2),)
    (session,) = library.sessions()
    assert (session.title, session.project, session.exchanges) == ("The oven", "bakery", 2)


def test_an_exchange_without_a_time_has_that_of_its_file(library: Library) -> None:
    def times_of(*exchanges: Exchange, content: str) -> list[tuple[int, int]]:
        session = replace(make_session(exchanges), started="")
        library.store(make_source("/a.jsonl", content), make_transcript(session))
        query = "SELECT ordinal, at FROM exchange ORDER BY ordinal"
        return library._read(lambda reader: reader.db.execute(query).fetchall())

    written = make_source("/a.jsonl").mtime_ns // 1_000_000
    first = times_of(make_exchange(0), make_exchange(1, started="2025-03-01T10:00:00Z"), content="1")
    assert first == [(0, written), (1, 1_740_823_200_000)]
    changed = make_exchange(0, response="More."), make_exchange(1, response="More.", started="2025-03-01T10:00:01Z")
    assert times_of(*changed, content="2") == [(0, written), (1, 1_740_823_201_000)]


def test_what_is_appended_is_counted_with_its_session(library: Library) -> None:
    fill(library, 2)
    grown = [make_exchange(0), make_exchange(1), make_exchange(2, signals=["sidechain"]), make_exchange(3)]
    stored = library.store(make_source("/gone/a.jsonl", "grown"), make_transcript(make_session(grown)))
    (session,) = library.sessions()
    assert stored.changes.sessions == {session.id} and session.exchanges == 4
    now = library.counts()
    assert (now.total, now.hidden, now.unreviewed, now.projects) == (4, 1, 3, (("shop", 3),))


def test_prompts_are_those_that_a_person_typed(library: Library) -> None:
    typed = [make_exchange(0), make_exchange(1), make_exchange(2, signals=["secret"])]  # the second was steered once
    others = [make_exchange(3, signals=["sidechain"]), make_exchange(4, signals=["abandoned_branch", "secret"])]
    library.store(make_source("/a.jsonl"), make_transcript(make_session([*typed, *others])))
    agent = make_session([make_exchange(5)], key="agent", origin="agent")
    library.store(make_source("/b.jsonl"), make_transcript(agent))
    assert {session.title: session.prompts for session in library.sessions()} == {"Session s": 4, "Session agent": 0}


def test_a_duplicate_takes_the_place_of_the_first_when_that_goes(library: Library) -> None:
    (first,) = fill(library, 1)
    library.store(make_source("/b.jsonl"), make_transcript(make_session([make_exchange(0, key="b")], key="t")))
    (copy,) = set(library.exchange_ids(EVERYTHING)) - {first}
    library.store(make_source("/gone/a.jsonl", "emptied"), make_transcript(make_session([])))
    view = library.exchange(copy)
    assert (view.duplicate_of, view.score) == (0, 100)
    assert list(library.exchange_ids(ExchangeQuery())) == [copy]
    assert library.counts().hidden == 0


def test_a_copy_of_a_file_is_here_already(library: Library, tmp_path: Path) -> None:
    original, copy = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    for place in (original, copy):
        place.write_text("the same bytes")
    transcript = make_transcript(make_session([make_exchange(0)]))
    library.store(make_source(original, "same"), transcript)
    stored = library.store(make_source(copy, "same"), transcript)
    assert (stored.new, stored.unchanged) == (0, 1) and not stored.changes
    assert [record.status for record in library.sources()] == [PRESENT, COPY]
    assert library.counts().total == 1


def test_copies_of_what_a_file_held_before_it_changed_are_to_be_read_themselves(
    library: Library, tmp_path: Path
) -> None:
    original, *copies = (tmp_path / f"{name}.jsonl" for name in "abc")
    before = make_transcript(make_session([make_exchange(0), make_exchange(1)]))
    for place in (original, *copies):
        place.write_text("the same bytes")
        assert library.store(make_source(place, "same"), before).released == frozenset()
    now = make_transcript(make_session([make_exchange(0)]))
    assert library.store(make_source(original, "shorter"), now).released == {str(place) for place in copies}
    assert len(library.exchange_ids(EVERYTHING)) == 1
    for place in copies:
        assert library.store(make_source(place, "same"), before).released == frozenset()
    assert len(library.exchange_ids(ExchangeQuery())) == 2, "what only the copies still hold"
    assert [record.status for record in library.sources()] == [PRESENT, PRESENT, COPY]


def test_a_copy_that_goes_its_own_way_becomes_a_file_of_its_own(library: Library, tmp_path: Path) -> None:
    original, copy = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    for place in (original, copy):
        place.write_text("the same bytes")
    library.store(make_source(original, "same"), make_transcript(make_session([make_exchange(0)])))
    library.store(make_source(copy, "same"), make_transcript(make_session([make_exchange(0)])))
    grown = make_transcript(make_session([make_exchange(0), make_exchange(1)]))
    stored = library.store(make_source(copy, "grown"), grown)
    assert stored.new == 2
    assert [record.status for record in library.sources()] == [PRESENT, PRESENT]
    assert len(library.exchange_ids(ExchangeQuery())) == 2, "the part that both share is a duplicate"


def test_a_file_under_another_name_was_moved(library: Library, tmp_path: Path) -> None:
    old, new = tmp_path / "a.jsonl", tmp_path / "sub" / "b.jsonl"
    old.write_text("bytes")
    transcript = make_transcript(make_session([make_exchange(0)]))
    first = library.store(make_source(old, "same"), transcript)
    new.parent.mkdir()
    old.rename(new)
    stored = library.store(make_source(new, "same"), transcript)
    assert (stored.new, stored.unchanged, stored.source) == (0, 1, first.source)
    assert [record.path for record in library.sources()] == [str(new)]
    assert stored.changes.sources == {first.source}


def test_a_deleted_file_leaves_its_exchanges_and_a_copy_takes_its_place(library: Library, tmp_path: Path) -> None:
    original, copy = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    for place in (original, copy):
        place.write_text("the same bytes")
        library.store(make_source(place, "same"), make_transcript(make_session([make_exchange(0)])))
    (number,) = library.exchange_ids(EVERYTHING)
    original.unlink()
    library.mark_sources_gone([str(original)])
    assert [(record.path, record.status) for record in library.sources()] == [(str(copy), PRESENT)]
    copy.unlink()
    library.mark_sources_gone([str(copy)])
    assert [record.status for record in library.sources()] == [GONE]
    assert library.exchange(number).source_is_gone
    copy.write_text("the same bytes")
    library.store(make_source(copy, "same"), make_transcript(make_session([make_exchange(0)])))
    assert not library.exchange(number).source_is_gone


def test_a_rename_over_another_file_keeps_both_files_exchanges(library: Library) -> None:
    fill(library, 1, "/a.jsonl")
    fill(library, 1, "/b.jsonl", key="t", first=5)
    first, second = library.sources()
    assert library.move_sources({"/a.jsonl": "/b.jsonl", "/nowhere": "/c.jsonl"}).sources == {first.id}
    assert {record.id: record.status for record in library.sources()} == {first.id: PRESENT, second.id: GONE}
    assert library.counts().total == 2


def test_problems_stay_until_the_file_is_read_again(library: Library) -> None:
    library.record_problem("/bad.jsonl", 0, "permission denied")
    session = make_session([make_exchange(0)])
    library.store(make_source("/a.jsonl"), make_transcript(session, problems=[(48, "not JSON")]))
    assert library.problems() == [("/a.jsonl", 48, "not JSON"), ("/bad.jsonl", 0, "permission denied")]
    library.store(make_source("/a.jsonl", "mended"), make_transcript(session))
    library.store(make_source("/bad.jsonl"), make_transcript(make_session([make_exchange(3)], key="t")))
    assert library.problems() == []


def test_what_could_not_be_read_in_a_file_goes_with_it(library: Library) -> None:
    session = make_session([make_exchange(0)])
    library.store(make_source("/a.jsonl"), make_transcript(session, problems=[(48, "not JSON")]))
    library.mark_sources_gone(["/a.jsonl", "/unknown.jsonl"])
    assert library.problems() == [] and library.counts().total == 1


def test_watched_folders_count_what_was_read_from_them(library: Library, tmp_path: Path) -> None:
    root, changes = library.add_watched(tmp_path, "Mine")
    assert changes.watched and library.add_watched(tmp_path) == (root, changes.__class__())
    session = make_session([make_exchange(0), make_exchange(1, signals=["sidechain"])])
    library.store(make_source(tmp_path / "a.jsonl", root=root), make_transcript(session))
    library.store(make_source(tmp_path / "a.jsonl", "dropped by hand"), make_transcript(session))
    assert library.counts().roots == ((root, "Mine", 1),)
    assert len(library.exchange_ids(ExchangeQuery(root=root))) == 1
    (folder,) = library.watched_folders()
    assert (folder.path, folder.is_missing) == (str(tmp_path), False)
    library.remove_watched(root)
    assert library.counts().roots == () and library.counts().total == 2
    assert library.sources()[0].root == 0
    again, _ = library.add_watched(tmp_path)
    assert library.counts().roots == ((again, tmp_path.name, 0),)


@pytest.mark.parametrize(
    "text", ["\0 in the middle", "\U0001f600 emoji", "a" * 300_000, "", "  ", "ﬁ ligature Ünïcode"]
)
def test_any_text_is_stored_as_it_is(library: Library, text: str) -> None:
    exchange = make_exchange(0, prompt=text or " ", response=text or "\n")
    library.store(make_source("/a.jsonl"), make_transcript(make_session([exchange])))
    (number,) = library.exchange_ids(EVERYTHING)
    view = library.exchange(number)
    assert (view.prompt, view.response) == (exchange.prompt, exchange.response)
    (card,) = library.cards([number])
    assert card.characters == len(exchange.prompt) + len(exchange.response)


def test_no_reference_points_nowhere_whatever_was_imported(library: Library) -> None:
    """Imports do not have SQLite check references, so this does."""
    ids = fill(library, 6)
    fill(library, 6, "/gone/b.jsonl", key="s")
    library.set_tag(ids[:1], "keep", True)
    library.edit_row(ids[1], "mine", "too")
    library.undo()
    for count in (4, 0, 3):
        exchanges = [make_exchange(number) for number in range(count)]
        transcript = make_transcript(make_session(exchanges)) if count else make_transcript()
        library.store(make_source("/gone/a.jsonl", f"{count} left"), transcript)
        found = library._read(lambda reader: reader.db.execute("PRAGMA foreign_key_check").fetchall())
        assert found == []
    assert library.exchange(ids[0]).tags == ("keep",) and library.exchange(ids[1]).source_is_gone is False


def test_a_file_that_comes_twice_at_once_counts_as_read_last(library: Library) -> None:
    short = make_transcript(make_session([make_exchange(0)]))
    long = make_transcript(make_session([make_exchange(0), make_exchange(1)]))
    stored = library.store_many([(make_source("/a.jsonl", "1"), short), (make_source("/a.jsonl", "2"), long)])
    assert stored.new == 2 and len(library.sources()) == 1


def test_new_sessions_are_counted_as_old_ones_are(library: Library) -> None:
    signals = ([], ["secret"], ["sidechain"], ["secret", "duplicate"], ["no_answer"])
    exchanges = [make_exchange(n, signals=names) for n, names in enumerate(signals)]
    library.store(make_source("/a.jsonl"), make_transcript(make_session(exchanges)))
    agent = make_session([make_exchange(9)], key="agent", origin="agent")
    library.store(make_source("/b.jsonl"), make_transcript(agent))
    at_once = library.counts()
    assert (at_once.total, at_once.hidden, at_once.unreviewed, at_once.secret) == (6, 3, 3, 1)
    ids = list(library.exchange_ids(EVERYTHING))
    library.set_flag(ids, True)
    library.undo()
    assert library.counts() == at_once


def test_a_part_of_a_long_file_costs_the_same_however_many_went_before_it(library: Library) -> None:
    keys = map(str, numbers())

    def one(key: str) -> Session:
        return make_session([make_exchange(0, f"What is {key}?", f"It is {key}.", key=key)], key)

    def steps_of_ten_more(before: int) -> int:
        for many in (before, 10):
            part = make_transcript(*map(one, islice(keys, many)))
            part.is_partial = True
            steps = _steps(library, make_source("/table.jsonl", next(keys)), part)
        return steps

    few, many = steps_of_ten_more(20), steps_of_ten_more(5_000)
    assert many < few * 1.5
    assert library.counts().total == 5_040


def _steps(library: Library, source: SourceFile, packed: PackedTranscript) -> int:
    """Hundreds of steps that SQLite takes to store this."""
    steps = numbers()

    def work(db: sqlite3.Connection) -> Stored:
        db.set_progress_handler(lambda: next(steps) < 0, 100)
        try:
            return store(db, [(source, packed)])
        finally:
            db.set_progress_handler(None, 0)

    library._writer.run(work)
    return next(steps)
