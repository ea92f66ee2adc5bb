"""Aider's history: what the marks at the start of a line say, and what in an answer only looks like them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from curator.core.exchange import EventKind, Exchange, Session
from curator.formats.reader import read_events, read_transcript

START = "\n# aider chat started at 2026-03-01 09:00:00\n\n"


def sessions(*blocks: str) -> tuple[Session, ...]:
    return read_transcript((START + "\n".join(blocks)).encode()).sessions


def exchanges(*blocks: str) -> list[Exchange]:
    return [e for s in sessions(*blocks) for e in s.exchanges]


def signals(exchange: Exchange) -> set[str]:
    return {hit.name for hit in exchange.signals}


def own(*lines: str) -> str:
    return "".join(f"> {line}  \n" for line in lines)


def asked(*lines: str) -> str:
    return "".join(f"#### {line}  \n" for line in lines)


def test_a_prompt_of_several_lines_and_its_answer_without_the_words_of_aider() -> None:
    [only] = exchanges(
        own("Aider v0.80.0", "Main model: sonnet with diff edit format"),
        asked("Dig", "deeper", "", "please"),
        "\nYes.\n\nWith a spade.\n",
        own("Tokens: 5 sent, 7 received."),
    )
    assert only.prompt == "Dig\ndeeper\n\nplease"
    assert only.response == "Yes.\n\nWith a spade."
    assert only.model == "sonnet"
    assert [(s.kind, s.name) for s in only.steps] == [(EventKind.META, "status")] * 2


def test_blank_lines_of_spaces_do_not_end_the_output_of_a_command() -> None:
    output = "> ===== test session =====\ndef test_it():\n    \n    assert question\nE   assert\n== 1 failed ==  \n"
    [only] = exchanges(asked("/test pytest") + output, "\nThe question is missing.\n", own("Tokens: 5 sent."))
    assert only.response == "The question is missing."


def test_edit_blocks_are_the_answer() -> None:
    block = "well.py\n```python\n<<<<<<< SEARCH\na\n=======\nb\n>>>>>>> REPLACE\n```"
    [only] = exchanges(asked("Change it"), f"\n{block}\n", own("Applied edit to well.py"))
    assert only.response == block


def test_headings_and_quotes_of_the_answer_stay_in_the_answer() -> None:
    answer = "#### A heading\n\n> A quote\n\n```\n#### fenced\n> fenced\n```"
    [only] = exchanges(asked("Explain"), f"\n{answer}\n", own("Tokens: 1 sent"))
    assert only.response == answer


def test_where_the_spaces_at_the_end_were_taken_away_only_fences_tell() -> None:
    text = (
        START
        + "#### Explain\n\nSo:\n```\n#### not a prompt\n> not aider\n```\n\n> Tokens: 1 sent\n\n#### Thanks\n\nGood.\n"
    )
    found = [e for s in read_transcript(text.encode()).sessions for e in s.exchanges]
    assert [(e.prompt, e.response) for e in found] == [
        ("Explain", "So:\n```\n#### not a prompt\n> not aider\n```"),
        ("Thanks", "Good."),
    ]


def test_a_message_of_several_lines_is_marked_on_its_first_only() -> None:
    [only] = exchanges(
        asked("Hi"), "\nHello.\n", "> Tokens: 9k sent, 5 cache write.\nCost: $0.05. Use --no-stream for more.  \n"
    )
    assert only.response == "Hello."
    [first] = exchanges(
        asked("/run pytest"), own("Ran.") + "> 1 failed\n\nE  assert 1 == 2\nshort summary  \n", asked("Why?")
    )
    assert (first.prompt, first.response) == ("Why?", "")


def test_commands_are_dropped_and_those_that_ask_keep_their_words() -> None:
    found = exchanges(
        asked("/add well.py"),
        own("Added well.py to the chat"),
        asked("/ask how deep?"),
        "\nThree metres.\n",
        asked("<blank>"),
        asked("/ask is it wet?"),
        asked("is it wet?"),
        "\nQuite.\n",
        asked("/summarise"),
        "\nDeep and wet.\n",
    )
    assert [(e.prompt, e.response) for e in found] == [
        ("how deep?", "Three metres."),
        ("is it wet?", "Quite."),
        ("/summarise", "Deep and wet."),
    ]
    assert [s.name for e in found for s in e.steps] == ["command", "status", "command", "repeated"]
    assert "slash_command" in signals(found[2])


def test_prompts_that_aider_writes_itself_are_no_persons() -> None:
    found = exchanges(
        asked("Fix it"),
        "\nDone.\n",
        asked("# Fix any errors below, if possible.", "", "E501 line too long"),
        "\nShortened.\n",
        asked("# Question: hi", "", "# Relevant docs:", "", "<doc>"),
    )
    assert [("not_human" in signals(e)) for e in found] == [False, True, True]


def test_a_stop_before_the_answer_interrupts_and_one_at_the_prompt_does_not() -> None:
    stopped, silent, whole = exchanges(
        asked("One"),
        own("", "^C again to exit"),
        "\nPart of\n",
        asked("Two"),
        own("^C KeyboardInterrupt"),
        asked("Three"),
        "\nAll of it.\n",
        own("Tokens: 1 sent", "^C again to exit", "^C KeyboardInterrupt"),
    )
    assert "interrupted" in signals(stopped) and stopped.response == "Part of"
    assert {"interrupted", "no_answer"} <= signals(silent)
    assert not signals(whole)


def test_a_stop_right_below_the_words_of_an_answer_interrupts_it() -> None:
    stopped, again = exchanges(
        asked("Translate the history"),
        "\n- The first half of a lo\n",
        own("", "^C again to exit"),
        "\n- The first half of a longer\n",
        asked("Two"),
        "\nAll of it.\n",
        own("Tokens: 1 sent"),
        own("", "^C again to exit"),
    )
    assert "interrupted" in signals(stopped)
    assert not signals(again)


def test_errors_of_the_model_are_told() -> None:
    [only] = exchanges(asked("Hi"), own("litellm.RateLimitError: too many requests"))
    assert {"api_error", "no_answer"} <= signals(only)


def test_each_run_is_a_session_known_by_its_start_and_keys_stay_while_it_grows() -> None:
    text = START + asked("One") + "\nFirst.\n\n" + START.replace("09:", "10:") + asked("Two") + "\nSecond.\n\n"
    longer = text + asked("Two") + "\nAgain.\n"
    before = read_transcript(text.encode()).sessions
    after = read_transcript(longer.encode()).sessions
    assert [s.key for s in before] == [s.key for s in after] == ["2026-03-01 09:00:00", "2026-03-01 10:00:00"]
    assert before[1].exchanges[0].key == after[1].exchanges[0].key != after[1].exchanges[1].key
    assert before[0].started == "2026-03-01T09:00:00"
    assert before[1].exchanges[0].first_line == text.split("\n").index("#### Two  ") + 1


def test_keys_stay_the_same_at_every_length_of_a_growing_history() -> None:
    text = START + asked("One", "more") + "\nFirst.\n\n" + own("Tokens: 1 sent") + asked("/add x") + own("Added x")
    data = (text + asked("Two") + "\nSecond.\n" + START.replace("09:", "10:") + asked("Three") + "\nThird.\n").encode()
    final = [(s.key, [e.key for e in s.exchanges]) for s in read_transcript(data).sessions]
    assert [len(keys) for _, keys in final] == [2, 1]
    for end in range(len(data)):
        found = [(s.key, [e.key for e in s.exchanges]) for s in read_transcript(data[:end]).sessions]
        for (key, keys), (last_key, last_keys) in zip(found, final, strict=False):
            assert (key, keys) == (last_key, last_keys[: len(keys)])


@pytest.mark.corpus
def test_every_prompt_block_of_a_real_history_is_read_unless_an_answer_holds_it(corpus: Path) -> None:
    name = "aider/aider-chat-history.md"
    data = (corpus / name).read_bytes()
    lines = data.decode().split("\n")
    marked = [line.startswith("#### ") for line in lines]
    blocks = {at + 1 for at, is_marked in enumerate(marked) if is_marked and not (at and marked[at - 1])}
    assert len(blocks) == json.loads((corpus / "expected.json").read_text())[name]["prompt_blocks"]
    sessions = read_events(data).sessions
    events = [e for s in sessions for e in s.events]
    read = {e.line for e in events if e.kind is EventKind.PROMPT or e.name in ("command", "repeated")}
    with_prompts = {s.key.split("#")[0] for s in sessions}
    run = "start"
    unread = blocks - read
    missed = []
    for number, line in enumerate(lines, 1):
        if line.startswith("# aider chat started at "):
            run = line.removeprefix("# aider chat started at ").strip()
        elif number in unread and run in with_prompts:
            missed.append(line)
    assert read <= blocks
    assert missed and all(not line.endswith("  ") for line in missed)
    assert sum(e.kind is EventKind.REPLY_TEXT for e in events) > 800
