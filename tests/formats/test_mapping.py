"""Files of a shape that nobody knows: their fields, the guess, and the rows by the fields that were named."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curator.core.mapping import Mapping, guessed
from curator.formats.mapping import fields_of, read_mapped
from curator.formats.reader import read_transcript

ROWS = [{"ask": "What is tea?", "said": "A drink."}, {"ask": "Hot?", "said": "Yes."}]
TWO = [("What is tea?", "A drink."), ("Hot?", "Yes.")]


def pairs(data: bytes, mapping: Mapping, limit: int = 0) -> list[tuple[str, str]]:
    return [(e.prompt, e.response) for s in read_mapped(data, "x", mapping, limit).sessions for e in s.exchanges]


def lines(*rows: Any) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


@pytest.mark.parametrize(
    ("data", "prompt", "response"),
    [
        (lines(*ROWS), "ask", "said"),
        (json.dumps(ROWS).encode(), "ask", "said"),
        (json.dumps(ROWS, indent=2).encode(), "ask", "said"),
        (b"ask\tsaid\nWhat is tea?\tA drink.\nHot?\tYes.\n", "ask", "said"),
        ("\ufeffno,Frage,Antwort\r\n1,What is tea?,A drink.\r\n2,Hot?,Yes.\r\n".encode(), "Frage", "Antwort"),
        (b"x.ask,x.reply\nWhat is tea?,A drink.\nHot?,Yes.\n", "x.ask", "x.reply"),
        (lines(*[{"data": {"q": r["ask"], "a": [r["said"]]}} for r in ROWS]), "data.q", "data.a.0"),
        (json.dumps({"name": "x", "items": ROWS}).encode(), "items[].ask", "items[].said"),
        (json.dumps({"all": {"rows": ROWS}}, indent=1).encode(), "all.rows[].ask", "all.rows[].said"),
        (lines(*[{"turns": [row]} for row in ROWS]), "turns[].ask", "turns[].said"),
    ],
)
def test_fields_are_found_guessed_and_read_wherever_they_stand(data: bytes, prompt: str, response: str) -> None:
    fields = fields_of(data)
    mapping = guessed(fields)
    assert mapping == Mapping(prompt, response)
    assert {f.path: f.samples for f in fields}[prompt] == ("What is tea?", "Hot?")
    assert pairs(data, mapping) == TWO
    assert pairs(data, mapping, limit=1) == TWO[:1]


def test_where_names_say_nothing_the_longest_texts_are_taken_in_their_order() -> None:
    row = {"nr": "17", "eins": "Ist das eine Frage?", "zwei": "Das ist eine viel längere Antwort.", "drei": "kurz"}
    assert guessed(fields_of(lines(row, row))) == Mapping("eins", "zwei")


@pytest.mark.parametrize(
    ("names", "prompt", "response"),
    [(("a", "b"), "a", "b"), (("q", "a"), "q", "a"), (("a", "question"), "question", "a"), (("A", "B"), "A", "B")],
)
def test_an_a_is_an_answer_only_beside_a_question(names: tuple[str, str], prompt: str, response: str) -> None:
    row = dict(zip(names, ("What is tea, and how long does it steep?", "A drink."), strict=True))
    assert guessed(fields_of(lines(row, row))) == Mapping(prompt, response)


def test_a_system_prompt_may_stand_beside_the_rows_or_above_them() -> None:
    document = {"system": "Be kind.", "items": ROWS}
    mapping = guessed(fields_of(json.dumps(document).encode()))
    assert mapping == Mapping("items[].ask", "items[].said", "system")
    sessions = read_mapped(json.dumps(document).encode(), "x", mapping).sessions
    assert [s.exchanges[0].steps[0].text for s in sessions] == ["Be kind.", "Be kind."]


def test_a_list_in_a_list_can_be_named() -> None:
    document = {"threads": [{"posts": ROWS[:1]}, {"posts": ROWS[1:]}]}
    assert pairs(json.dumps(document).encode(), Mapping("threads[].posts[].ask", "threads[].posts[].said")) == TWO


def test_samples_are_short_and_say_how_often_a_field_is_filled() -> None:
    fields = {f.path: f for f in fields_of(lines({"a": "x" * 5_000, "b": "1"}, {"a": "y", "c": 3}, {"a": "\n"}))}
    assert len(fields["a"].samples[0]) <= 200 and fields["a"].samples[1] == "y"
    assert fields["b"].filled == pytest.approx(1 / 3)
    assert "c" not in fields


@pytest.mark.parametrize(
    "data",
    [
        b"12/03/2026, 21:14 - Anna: Hi\n12/03/2026, 21:15 - Ben: Hello, you\n",
        b"[21.11.26, 20:01:02] Anna: Hi\n[21.11.26, 20:01:30] Ben: Hello\n",
        b"",
        b"words and words",
        b"\x00\x01",
        b"[1, 2]",
        b"3",
        b"{broken",
        b"[[]]",
        b"a\nb\n",
    ],
)
def test_what_is_no_table_has_no_fields_and_gives_nothing(data: bytes) -> None:
    assert fields_of(data) == []
    assert pairs(data, Mapping("a", "b")) == []


def test_keys_stay_while_the_file_grows_and_a_half_line_waits() -> None:
    mapping = Mapping("ask", "said")
    before = read_mapped(lines(*ROWS)[:-4], "x", mapping)
    after = read_mapped(lines(*ROWS, ROWS[0]), "x", mapping)
    assert before.problems == after.problems == ()
    assert [s.key for s in before.sessions] == [s.key for s in after.sessions][:1]
    assert len({s.key for s in after.sessions}) == 3


def test_bad_lines_and_rows_without_a_prompt_are_told_and_the_rest_goes_on() -> None:
    data = lines(ROWS[0]) + b"{broken\n[1]\n" + lines({"said": "Alone."}, ROWS[1])
    transcript = read_mapped(data, "x", Mapping("ask", "said"))
    assert [p.line for p in transcript.problems] == [2, 3]
    assert transcript.unknown == {"row without a prompt": 1}
    assert [e.first_line for s in transcript.sessions for e in s.exchanges] == [1, 5]


def test_a_mapping_that_finds_no_answer_says_so() -> None:
    assert [p.line for p in read_mapped(lines(*ROWS), "x", Mapping("ask", "nothing")).problems] == [0]


def test_numbers_and_parts_are_taken_as_text() -> None:
    row = {"q": 7, "a": [{"type": "text", "text": "Seven"}]}
    assert pairs(lines(row), Mapping("q", "a")) == [("7", "Seven")]


def test_a_large_file_is_sampled_from_its_start() -> None:
    data = lines(*ROWS) + lines({"late": "x" * 100}) * 50_000
    assert [f.path for f in fields_of(data)] == ["ask", "said", "late"]
    assert pairs(data, Mapping("ask", "said"), limit=2) == TWO


def test_the_same_row_is_the_same_whether_it_was_mapped_or_known() -> None:
    known = read_transcript(lines({"prompt": "What is tea?", "completion": "A drink."}))
    mapped = read_mapped(lines(ROWS[0]), "x", Mapping("ask", "said"))
    assert [(s.key, s.format) for s in mapped.sessions] == [(s.key, s.format) for s in known.sessions]


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=())),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["a", "b", "a.b", "[]"]), inner),
    max_leaves=10,
)


@settings(max_examples=80, deadline=None)
@given(st.lists(anything, max_size=3), st.sampled_from(["a", "a.b", "a[].b", "0.a", "a[].b[].a", ".", "[]."]))
def test_whatever_the_bytes_and_the_paths_are_nothing_is_raised(rows: list[Any], path: str) -> None:
    for data in (json.dumps(rows).encode(), b"".join(json.dumps(row).encode() + b"\n" for row in rows)):
        for field in fields_of(data):
            json.dumps([field.path, field.samples]).encode()
        for session in read_mapped(data, "x", Mapping(path, path, "a")).sessions:
            session.exchanges[0].prompt.encode()
