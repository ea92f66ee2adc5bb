"""Tables and Argilla's records: whatever separates the cells and whatever the columns are called."""

from __future__ import annotations

import json
from typing import Any

import pytest

from curator.core.exchange import EventKind
from curator.formats.head import Head
from curator.formats.reader import read_transcript
from curator.formats.sniff import sniff


def pairs(data: bytes) -> list[tuple[str, str]]:
    transcript = read_transcript(data)
    assert not transcript.problems
    return [(e.prompt, e.response) for s in transcript.sessions for e in s.exchanges]


@pytest.mark.parametrize(
    "text",
    [
        "prompt,completion\nWhat is tea?,A drink.\n",
        "Prompt ;Response\r\nWhat is tea?;A drink.\r\n",
        "id\tquestion\tanswer\n1\tWhat is tea?\tA drink.",
        "\ufeffinstruction|input|output|system\nWhat is tea?||A drink.|\n",
        'sep=;\n"input";"output";"tags"\n"What is tea?";"A drink.";"[""a""]"\n',
        "input,output\nWhat is tea?,A drink.\n,\n\n",
    ],
)
def test_a_table_is_read_whatever_separates_its_cells(text: str) -> None:
    assert sniff(Head(text.encode())) == "csv-rows"
    assert pairs(text.encode()) == [("What is tea?", "A drink.")]


@pytest.mark.parametrize(
    "text",
    [
        "name,price\ntea,3\n",
        "Dear all, the prompt was late, and the answer too.\nYours\n",
        "prompt\nWhat is tea?\n",
        "prompt,answer to everything is a rather long sentence that goes on and on without an end\na,b\n",
        "date,prompt\n2026-01-01,Hello\n",
    ],
)
def test_other_tables_and_texts_are_left_alone(text: str) -> None:
    assert sniff(Head(text.encode())) is None


def test_cells_keep_their_lines_and_quotes_and_say_where_they_start() -> None:
    text = 'prompt,completion\n"Two\nlines, and ""quotes""",Yes\nOne,"{""a"": 1}"\n'
    [first, second] = [e for s in read_transcript(text.encode()).sessions for e in s.exchanges]
    assert (first.prompt, first.first_line) == ('Two\nlines, and "quotes"', 2)
    assert (second.response, second.first_line) == ('{"a": 1}', 4)


def test_a_list_of_turns_may_stand_in_a_cell() -> None:
    turns = [{"role": "user", "content": "What is tea?"}, {"role": "assistant", "content": "A drink."}]
    cell = json.dumps(turns).replace('"', '""')
    assert pairs(f'messages,id\n"{cell}",1\n'.encode()) == [("What is tea?", "A drink.")]


def test_a_row_that_is_still_being_written_waits() -> None:
    whole = b"prompt,completion,tag\nOne,First,a\nTwo,Second,b\n"
    assert pairs(whole[:-10]) == [("One", "First")]
    assert pairs(whole) == [("One", "First"), ("Two", "Second")]


def test_a_cell_longer_than_csv_readers_like_is_read() -> None:
    [(_, answer)] = pairs(b"prompt,completion\nWhat?," + b"x" * 200_000 + b"\n")
    assert len(answer) == 200_000


def test_bytes_that_are_not_text_are_a_problem_of_the_file_and_rows_go_on() -> None:
    transcript = read_transcript("prompt,completion\nW?s?,Ja\nTwo,Zwölf\n".encode().replace(b"W?s?", b"W\xe4s?"))
    assert [p.line for p in transcript.problems] == [0]
    assert [e.prompt for s in transcript.sessions for e in s.exchanges] == ["W\ufffds?", "Two"]


def test_argillas_columns_say_what_a_person_answered() -> None:
    text = 'prompt,response,response.suggestion,response.responses\nTea?,Hm.,No.,"[""Yes.""]"\nAnd?,Hm.,,\n'
    assert pairs(text.encode()) == [("Tea?", "Yes."), ("And?", "Hm.")]


def argilla(**record: Any) -> list[tuple[str, str]]:
    data = json.dumps([record]).encode()
    assert sniff(Head(data)) == "argilla"
    assert pairs(json.dumps(record).encode() + b"\n") == pairs(data)
    return pairs(data)


@pytest.mark.parametrize(
    ("responses", "suggestions", "answer"),
    [
        ({"response": [{"value": "Yes.", "user_id": "u"}]}, {"response": {"value": "No."}}, "Yes."),
        ({}, {"response": {"value": "No.", "agent": "m"}}, "No."),
        (None, {}, "Hm."),
        ([{"values": {"response": {"value": "Yes."}}, "status": "submitted"}], [], "Yes."),
        ([{"values": {"response": {"value": "Yes."}}, "status": "discarded"}], [], "Hm."),
        ([], [{"question_name": "response", "value": "No."}], "No."),
    ],
)
def test_what_a_person_answered_stands_above_what_was_suggested_and_shown(
    responses: Any, suggestions: Any, answer: str
) -> None:
    found = argilla(fields={"prompt": "Tea?", "response": "Hm."}, responses=responses, suggestions=suggestions)
    assert found == [("Tea?", answer)]


def test_argillas_chat_fields_are_turns() -> None:
    chat = [{"role": "user", "content": "Tea?"}, {"role": "assistant", "content": "Yes."}]
    assert argilla(fields={"chat": chat}, responses={}) == [("Tea?", "Yes.")]


@pytest.mark.parametrize("fields", [{}, {"text": "x"}, {"prompt": 3, "response": "x"}])
def test_records_without_a_pair_are_left_for_a_mapping(fields: dict[str, Any]) -> None:
    assert sniff(Head(json.dumps([{"fields": fields, "responses": {}}]).encode())) is None


def test_a_thought_beside_the_answer_is_a_step() -> None:
    [session] = read_transcript(b"input,output,reasoning\nTea?,Yes.,Leaves.\n").sessions
    assert [(s.kind, s.text) for s in session.exchanges[0].steps] == [(EventKind.THINKING, "Leaves.")]
