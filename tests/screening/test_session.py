"""Screening a session: signals with the words that caused them, and the score that orders the queue."""

from __future__ import annotations

from typing import Any

from curator.core.exchange import Event, EventKind, Exchange, Origin, Session
from curator.core.signal import SIGNALS, SignalHit, score_of
from curator.screening import screen_session, screen_text

GOOD = (
    "What is a binary search, and when does it not work?",
    "It halves a sorted list again and again. On an unsorted list it may miss what is there, since halves say nothing.",
)


def exchange(prompt: str, response: str, ordinal: int = 0, **more: Any) -> Exchange:
    return Exchange(
        f"k{ordinal}", ordinal, prompt, response, first_line=ordinal * 10 + 1, last_line=ordinal * 10 + 5, **more
    )


def screened(*exchanges: Exchange, origin: Origin = Origin.HUMAN) -> tuple[Exchange, ...]:
    return screen_session(Session("s", "claude-code", origin=origin, exchanges=exchanges)).exchanges


def hits(one: Exchange) -> dict[str, SignalHit]:
    return {hit.name: hit for hit in one.signals}


def test_a_good_exchange_has_no_signals_and_the_full_score() -> None:
    [only] = screened(exchange(*GOOD))
    assert (only.signals, only.score) == ((), 100)


def test_signals_of_the_builder_stay_and_count() -> None:
    [only] = screened(exchange(*GOOD, signals=(SignalHit("tool_heavy"), SignalHit("interrupted", 4))))
    assert set(hits(only)) == {"tool_heavy", "interrupted"}
    assert only.score == 0


def test_the_score_is_a_hundred_less_the_weights() -> None:
    [only] = screened(exchange("Explain /home/dana/x.py:3", GOOD[1]))
    names = set(hits(only))
    assert names == {"local_context", "personal_data"}
    assert only.score == score_of(names) == 100 - sum(SIGNALS[n].weight for n in names)


def test_the_next_prompt_of_a_person_judges_the_answer() -> None:
    first, _ = screened(exchange(*GOOD), exchange("No, that is wrong for linked lists", GOOD[1], 1))
    assert hits(first)["corrected_next"].line == 11
    first, _ = screened(exchange(*GOOD), exchange("Thanks, and what about trees of words?", GOOD[1], 1))
    assert first.score == 105


def test_an_abandoned_next_prompt_judges_nothing() -> None:
    left = exchange("No, that is wrong", GOOD[1], 1, signals=(SignalHit("abandoned_branch"),))
    first, _ = screened(exchange(*GOOD), left)
    assert first.signals == ()


def test_a_first_prompt_cannot_lean_on_what_came_before() -> None:
    first, second = screened(
        exchange("Now explain it with the list above", GOOD[1]), exchange("Now explain it again", GOOD[1], 1)
    )
    assert "context_dep" not in hits(first)
    assert hits(second)["context_dep"].excerpt == "Now"


def test_a_bare_reply_is_behind_a_gate() -> None:
    [only] = screened(exchange("continue", GOOD[1]))
    assert hits(only)["context_bare"].part == "prompt"
    assert only.score == 0


def test_a_report_counts_only_where_tools_did_the_work() -> None:
    call = Event(EventKind.TOOL_CALL, "make", name="Bash")
    short = "Done, the parser is fixed and all tests pass."
    [worked] = screened(exchange(GOOD[0], short, steps=(call,)))
    [told] = screened(exchange(GOOD[0], short))
    assert "status_only" in hits(worked)
    assert "status_only" not in hits(told)


def test_thanks_confirm_an_answer_and_nothing_where_there_is_none() -> None:
    answered, _ = screened(exchange(*GOOD), exchange("Thanks, that works", GOOD[1], 1))
    silent, _ = screened(exchange(GOOD[0], ""), exchange("Thanks, that works", GOOD[1], 1))
    assert "confirmed_next" in hits(answered)
    assert "confirmed_next" not in hits(silent)


def test_lengths_and_scripts_are_told() -> None:
    [short] = screened(exchange("Tea?", "Yes."))
    [long] = screened(exchange("Why is it so? " * 400, GOOD[1]))
    [mixed] = screened(exchange("这是一个关于茶的问题,请用一句话回答", GOOD[1]))
    assert hits(short)["too_short"].part == "prompt"
    assert hits(long)["too_long"].excerpt == "5,600 characters"
    assert hits(mixed)["language"].excerpt == "han → latin"


def test_a_length_counts_from_its_bound_on_and_the_prompt_is_named_before_the_answer() -> None:
    def told(prompt: int, response: int) -> dict[str, str]:
        [only] = screened(exchange(("Why " * prompt)[:prompt], ("So. " * response)[:response]))
        return {hit.name: f"{hit.part} {hit.line}" for hit in only.signals if hit.name.startswith("too_")}

    assert told(20, 40) == told(4_000, 8_000) == {}
    assert told(19, 39) == {"too_short": "prompt 1"}
    assert told(20, 39) == {"too_short": "response 5"}
    assert told(4_001, 8_001) == {"too_long": "prompt 1"}
    assert told(4_000, 8_001) == {"too_long": "response 5"}
    assert told(20, 0) == {}  # no answer is another signal


def test_a_pasted_prompt_and_a_refusal_are_shown_by_their_first_words() -> None:
    log = "\n".join(f"2026-01-01T10:00:{n:02} ERROR   worker {n} failed" for n in range(20))
    [only] = screened(exchange(log, "I'm sorry, but I can't help with that request, whatever it is for."))
    assert hits(only)["pasted_dump"].excerpt == " ".join(log.split())[:80]
    assert (hits(only)["refusal"].part, hits(only)["refusal"].line) == ("response", 5)
    [known] = screened(
        exchange(GOOD[0], "I'm sorry, but I can't help with that request, ever.", signals=(SignalHit("refusal", 3),))
    )
    assert [hit.line for hit in known.signals if hit.name == "refusal"] == [3]


def test_a_secret_is_never_repeated_in_its_own_warning() -> None:
    secret = "ghp" + "_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
    [only] = screened(exchange(f"Push with {secret} to the server, please", GOOD[1]))
    hit = hits(only)["secret"]
    assert (hit.part, hit.line) == ("prompt", 1)
    assert hit.excerpt == "GitHub token: ghp_…"
    assert all(secret not in h.excerpt for h in only.signals)
    assert only.score == 0


def test_an_edited_row_is_screened_for_what_must_not_be_trained() -> None:
    found = {hit.name: hit.part for hit in screen_text("Ask dana.meyer@posteo.de", "```\nx\ufffd")}
    assert found == {"personal_data": "prompt", "garbled": "response", "markdown_broken": "response"}
    assert screen_text(*GOOD) == ()


def test_each_signal_is_hit_once_and_has_a_name_that_is_known() -> None:
    odd = exchange("\ufffd dana.meyer@posteo.de ```", "\ufffd I'm sorry, but I can't.\n```", 1)
    _, only = screened(exchange(*GOOD), odd)
    names = [hit.name for hit in only.signals]
    assert len(names) == len(set(names))
    assert set(names) <= set(SIGNALS)


def test_screening_changes_nothing_but_signals_and_score() -> None:
    before = exchange(*GOOD, ordinal=3, steering=("x",), model="m")
    [after] = screened(before)
    assert (after.key, after.prompt, after.response, after.steering, after.model) == (
        before.key,
        before.prompt,
        before.response,
        before.steering,
        before.model,
    )
    empty = Session("s", "text")
    assert screen_session(empty) is empty
