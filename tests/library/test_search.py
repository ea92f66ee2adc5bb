from __future__ import annotations

import sqlite3
import sys
import threading
from array import array

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from library_making import EVERYTHING, fill, make_exchange, make_session, make_source, make_transcript

from curator.core.query import ExchangeQuery, Order
from curator.core.row import Check, State
from curator.library import search
from curator.library.library import Library
from curator.library.search import match_expression


@pytest.fixture
def small(library: Library) -> dict[str, int]:
    """Five exchanges by name."""
    told = {
        "webhook": make_exchange(
            0, "Why does the webhook retry?", "It retries because of a timeout.", started="2025-01-01T00:00:00Z"
        ),
        "café": make_exchange(
            1, "Le Café à Zürich?", "Straße und naïve.", ["context_dep"], started="2025-01-05T00:00:00Z"
        ),
        "secret": make_exchange(
            2, "Use snake_case_names here", "AND OR NOT", ["secret"], started="2025-01-03T00:00:00Z"
        ),
        "agent": make_exchange(3, "webhook from an agent", "done", ["sidechain"], started="2025-01-04T00:00:00Z"),
        "日本": make_exchange(4, "日本語の質問ですか", "はい", started="2025-01-02T00:00:00Z"),
    }
    library.store(make_source("/a.jsonl"), make_transcript(make_session(list(told.values()))))
    by_ordinal = {library.exchange(number).ordinal: number for number in library.exchange_ids(EVERYTHING)}
    return {name: by_ordinal[exchange.ordinal] for name, exchange in told.items()}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("webhook", "webhook"),
        ("WEBH", "webhook"),
        ("webhook retr", "webhook"),
        ("cafe zurich", "café"),
        ("naive", "café"),
        ('"webhook retry"', "webhook"),
        ('"retry webhook"', None),
        ('"webhook ret', None),  # an open quote is a phrase of whole words until it is closed
        ("snake_case_na", "secret"),
        ("case names", "secret"),
        ("AND OR NOT", "secret"),
        ("日本", "日本"),
        ("日", "日本"),
        ("webhook nothinglikethis", None),
        ("retry? (webhook)", "webhook"),
        ("web ", None),  # a finished word is a whole word
    ],
)
def test_words_find_exchanges(library: Library, small: dict[str, int], text: str, expected: str | None) -> None:
    assert list(library.exchange_ids(ExchangeQuery(text=text))) == ([small[expected]] if expected else [])


@pytest.mark.parametrize("text", ["", "  ", '"', '""', "-", "*", "?!", '" "', "(", "\0"])
def test_signs_alone_filter_nothing(library: Library, small: dict[str, int], text: str) -> None:
    assert len(library.exchange_ids(ExchangeQuery(text=text))) == 4


@settings(max_examples=400, deadline=None)
@given(st.text(max_size=40) | st.text(alphabet="\"*-+^:(){}ANDORNT '\\;\0\ud800日a", max_size=20))
@example("NEAR(a b, 3)")
@example("prompt:secret")
@example('a" OR rowid:"*')
@example("'; DROP TABLE exchange; --")
def test_no_text_is_a_syntax_error(text: str) -> None:
    db = sqlite3.connect(":memory:")
    db.execute("CREATE VIRTUAL TABLE search USING fts5(prompt, response, tokenize='unicode61 remove_diacritics 2')")
    db.execute("INSERT INTO search VALUES ('a b', 'c')")
    expression = match_expression(text)
    if expression:
        assert db.execute("SELECT count(*) FROM search WHERE search MATCH ?", (expression,)).fetchone()[0] in (0, 1)
    db.close()


def test_the_best_come_first_then_the_newest(library: Library, small: dict[str, int]) -> None:
    names = {number: name for name, number in small.items()}

    def order(order: Order, **rest: object) -> list[str]:
        return [names[number] for number in library.exchange_ids(ExchangeQuery(order=order, **rest))]  # type: ignore[arg-type]

    assert order(Order.BEST) == ["日本", "webhook", "café", "secret"]
    assert order(Order.NEWEST) == ["café", "secret", "日本", "webhook"]
    assert order(Order.OLDEST, everything=True) == ["webhook", "日本", "secret", "agent", "café"]
    assert order(Order.NEWEST, limit=2) == ["café", "secret"]


def test_relevance_puts_the_fitting_first_and_a_persons_own_words_before_all(library: Library) -> None:
    exchanges = [
        make_exchange(0, "zebra " + "filler " * 50, "words"),
        make_exchange(1, "zebra zebra zebra", "zebra"),
        make_exchange(2, "nothing", "of that kind"),
        make_exchange(3, "zebra once and a few other words", "words"),
    ]
    library.store(make_source("/a.jsonl"), make_transcript(make_session(exchanges)))
    ids = sorted(library.exchange_ids(EVERYTHING))
    found = ExchangeQuery(text="zebra", order=Order.RELEVANCE)
    assert list(library.exchange_ids(found)) == [ids[1], ids[3], ids[0]]
    library.edit_row(ids[2], "a zebra of my own", "text")
    assert list(library.exchange_ids(found)) == [ids[2], ids[1], ids[3], ids[0]]


def test_of_more_hits_than_are_ranked_the_older_follow_as_they_were(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "RANKED", 2)
    prompts = ["zebra zebra zebra", "zebra a b c d e", "zebra " + "filler " * 50, "zebra"]
    exchanges = [make_exchange(number, prompt, "words") for number, prompt in enumerate(prompts)]
    library.store(make_source("/a.jsonl"), make_transcript(make_session(exchanges)))
    first, second, third, fourth = sorted(library.exchange_ids(EVERYTHING))
    rest = [id for id in library.exchange_ids(ExchangeQuery(text="zebra")) if id in (first, second)]
    found = library.exchange_ids(ExchangeQuery(text="zebra", order=Order.RELEVANCE))
    assert list(found) == [fourth, third, *rest]
    library.edit_row(first, "a zebra of my own", "text")
    assert sorted(library.exchange_ids(ExchangeQuery(text="zebra", order=Order.RELEVANCE))) == sorted(found)


def test_many_hits_give_the_same_as_few(library: Library) -> None:
    exchanges = [
        make_exchange(
            n, f"common word {n}", f"answer {n % 7}", ["context_dep"] * (n % 3 == 0) + ["sidechain"] * (n % 5 == 0)
        )
        for n in range(4_500)
    ]
    library.store(make_source("/a.jsonl"), make_transcript(make_session(exchanges)))
    for order in (Order.BEST, Order.NEWEST, Order.OLDEST):
        whole = list(library.exchange_ids(ExchangeQuery(order=order, everything=True)))
        for query in ("common ", "comm", '"common word"'):
            assert list(library.exchange_ids(ExchangeQuery(text=query, order=order, everything=True))) == whole
        visible = [number for number in whole if library.cards([number])[0].ordinal % 5] if order is Order.BEST else []
        if visible:
            assert list(library.exchange_ids(ExchangeQuery(text="common ", order=order))) == visible
    ranked = library.exchange_ids(ExchangeQuery(text="common", order=Order.RELEVANCE, everything=True))
    assert sorted(ranked) == sorted(whole)


def test_filters_narrow_together(library: Library, small: dict[str, int]) -> None:
    library.set_state([small["webhook"], small["café"]], State.CLEAN)
    library.set_state([small["日本"]], State.LATER)
    library.set_tag([small["webhook"], small["secret"]], "tone", True)
    library.set_flag([small["secret"]], True)
    library.edit_row(small["café"], "Another?", "Text.")
    (session,) = library.sessions()

    def found(**query: object) -> set[int]:
        return set(library.exchange_ids(ExchangeQuery(**query)))  # type: ignore[arg-type]

    both = frozenset({State.CLEAN, State.LATER})
    assert found(states=frozenset({State.CLEAN})) == {small["webhook"], small["café"]}
    assert found(states=both) == {small["webhook"], small["café"], small["日本"]}
    assert found(states=frozenset({State.UNREVIEWED})) == {small["secret"]}
    assert found(states=frozenset(State), everything=True) == set(small.values())
    assert found(tag="tone") == {small["webhook"], small["secret"]}
    assert found(tag="tone", states=both) == {small["webhook"]}
    assert found(flagged=True) == {small["secret"]} and found(edited=True) == {small["café"]}
    assert found(signal="secret") == {small["secret"]} and found(signal="no_such_signal") == set()
    assert found(session=session.id, text="webhook") == {small["webhook"]}
    assert found(session=session.id + 1) == set()
    assert len(found(project="shop", format="claude-code")) == 4 and found(project="other") == set()
    assert found(format="codex") == set() and found(root=3) == set()
    assert found(text="another", edited=True) == {small["café"]}
    assert found(text="zurich", edited=True) == {small["café"]}, "the original is found as well"


def test_a_list_that_was_kept_is_dropped_after_any_write(library: Library, library_folder: object) -> None:
    ids = fill(library, 3)
    query = ExchangeQuery(states=frozenset({State.UNREVIEWED}))
    assert sorted(library.exchange_ids(query)) == ids
    library.set_state(ids[:1], State.CLEAN)
    assert sorted(library.exchange_ids(query)) == ids[1:]
    other = Library.open(library.folder)
    other.set_state(ids[1:2], State.REJECTED)
    other.close()
    assert sorted(library.exchange_ids(query)) == ids[2:]


def test_a_list_is_fetched_once_for_all_threads_until_a_write_may_change_one(library: Library) -> None:
    ids = fill(library, 3)
    fetched: list[array[int]] = []
    with library._readers.reader() as reader:
        db, lists = reader.db, reader.lists

    def fetch() -> array[int]:
        fetched.append(array("q", [len(fetched)]))
        return fetched[-1]

    def look() -> array[int]:
        return lists.get(db, "a list", fetch)

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(fetched) == 1
    library.set_setting("where", "somewhere else")
    library.save_draft(ids[0], "typed", "text")
    library.clear_draft(ids[0])
    library.store_usages("tokenizer", {})
    assert look() == fetched[0] and len(fetched) == 1, "nobody came or went, and nothing moved"
    library.set_flag(ids[:1], True)
    assert look() == fetched[1], "a list of the flagged ones may be kept"
    for number in range(5):  # only the last few are kept
        lists.get(db, number, fetch)
    assert look() == fetched[-1]


@pytest.mark.parametrize("is_loaded", [True, False])
def test_two_lists_are_intersected_in_the_order_of_the_first_with_numpy_or_without(
    monkeypatch: pytest.MonkeyPatch, is_loaded: bool
) -> None:
    import numpy as np

    from curator.library.search import _intersected

    assert np
    if not is_loaded:
        monkeypatch.delitem(sys.modules, "numpy")
    ids, hits = array("q", [7, 3, 900_000, 1]), array("q", [1, 2, 900_000, 7])
    assert _intersected(ids, hits) == array("q", [7, 900_000, 1])
    assert _intersected(ids, array("q")) == array("q")


def test_no_list_of_everything_needs_a_sort(library: Library) -> None:
    """Long lists are read off an index in order: a sort or a look into the table costs three times as much."""
    from curator.library.search import _select

    db = sqlite3.connect(library.folder / "library.db")
    for order in Order:
        for query in (
            ExchangeQuery(order=order),
            ExchangeQuery(order=order, states=frozenset({State.UNREVIEWED})),
            ExchangeQuery(order=order, format="codex"),
            ExchangeQuery(order=order, signal="secret"),
        ):
            select, values = _select(query)
            plan = " ".join(str(row[3]) for row in db.execute(f"EXPLAIN QUERY PLAN {select}", values))
            assert "COVERING INDEX" in plan and "ORDER BY" not in plan, (query, plan)
    db.close()


@pytest.mark.parametrize(
    ("query", "name"), [(ExchangeQuery(flagged=True), "flagged"), (ExchangeQuery(edited=True), "edited")]
)
def test_what_is_flagged_or_edited_is_found_without_going_over_everything(
    library: Library, query: ExchangeQuery, name: str
) -> None:
    from curator.library.search import _select

    db = sqlite3.connect(library.folder / "library.db")
    select, values = _select(query)
    plan = " ".join(str(row[3]) for row in db.execute(f"EXPLAIN QUERY PLAN {select}", values))
    assert f"USING INDEX exchange_{name}" in plan, plan
    db.close()


def test_checks_are_kept(library: Library) -> None:
    (number,) = fill(library, 1)
    library.set_check([number], Check.LEGIBLE, True)
    library.set_check([number], Check.CLEAR_IN, True)
    library.set_check([number], Check.LEGIBLE, False)
    assert library.exchange(number).checks == {Check.CLEAR_IN}
