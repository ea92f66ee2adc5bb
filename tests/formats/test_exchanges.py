"""The one exchange builder, on events by hand: what is a prompt, what its signals are, and where they point."""

from __future__ import annotations

from typing import Any

import pytest

from curator.core.exchange import Event, EventKind, Exchange, Origin, Session
from curator.core.signal import SignalHit
from curator.formats.events import SessionEvents
from curator.formats.exchanges import Cut, build

CALL, RESULT, META = EventKind.TOOL_CALL, EventKind.TOOL_RESULT, EventKind.META
ERROR, COMPACTION = EventKind.API_ERROR, EventKind.COMPACTION


def asked(text: str, line: int = 1, *flags: str, id: str = "") -> Event:
    return Event(EventKind.PROMPT, text, line, id, flags=frozenset(flags))


def said(text: str, line: int = 2, *flags: str, name: str = "") -> Event:
    return Event(EventKind.REPLY_TEXT, text, line, name=name, flags=frozenset(flags))


def built(*events: Event, **about: Any) -> Session:
    return build(SessionEvents("s", "test", events=list(events), **about))


def hits(exchange: Exchange) -> dict[str, SignalHit]:
    return {hit.name: hit for hit in exchange.signals}


def prompts(*events: Event) -> list[str]:
    return [exchange.prompt for exchange in built(*events).exchanges]


def printed(line: int) -> Event:
    return Event(META, "Set model to opus", line, name="command-output")


def test_a_command_that_only_the_program_answered_is_no_prompt_wherever_it_stands() -> None:
    command = asked("/model", 1, "slash_command")
    assert prompts(command, printed(2), asked("Why?", 3), said("So.", 4)) == ["Why?"]
    assert prompts(asked("Why?", 1), said("So.", 2), command, printed(4)) == ["Why?"]
    assert prompts(command, printed(2), command, printed(4), asked("Why?", 5)) == ["Why?"]


def test_a_command_that_the_assistant_answered_or_nobody_is_a_prompt() -> None:
    command = asked("/review", 1, "slash_command")
    assert prompts(command, printed(2), said("Reviewed.", 3), asked("Why?", 4)) == ["/review", "Why?"]
    assert prompts(command, asked("Why?", 2), said("So.", 3)) == ["/review", "Why?"]
    assert prompts(command, Event(META, "hook ran", 2, name="hook"), asked("Why?", 3)) == ["/review", "Why?"]
    assert prompts(asked("Why?", 1), printed(2), command) == ["Why?", "/review"]


def test_more_than_ten_tool_results_are_said() -> None:
    def after(count: int) -> dict[str, SignalHit]:
        work = [Event(RESULT, "ok", 2 + n) for n in range(count)]
        [exchange] = built(asked("Do it"), *work, said("Done.", 99)).exchanges
        return hits(exchange)

    assert "tool_heavy" not in after(10)
    assert after(11)["tool_heavy"] == SignalHit("tool_heavy", 1, "11 tool results", "steps")


@pytest.mark.parametrize(("length", "kept", "told"), [(4_000, 4_000, 0), (4_001, 4_000, 4_001)])
def test_a_long_thought_is_shortened_and_its_length_told(length: int, kept: int, told: int) -> None:
    thought = Event(EventKind.THINKING, "x" * length, 2)
    [exchange] = built(asked("Why?"), thought, said("So.", 3)).exchanges
    assert [(len(step.text), step.length) for step in exchange.steps] == [(kept, told)]


def test_a_session_without_a_title_is_called_by_its_first_words() -> None:
    assert built(asked("  "), said("What?"), asked("x" * 81, 3)).title == "x" * 79 + "…"
    assert built(asked("x" * 80)).title == "x" * 80
    assert built(asked("Why?"), title="Mine").title == "Mine"


def test_an_error_counts_where_no_word_of_the_assistant_came_after_it() -> None:
    error = Event(ERROR, "529 overloaded", 3)
    [overcome] = built(asked("Why?"), error, said("So.", 4)).exchanges
    assert "api_error" not in hits(overcome)
    [ended] = built(asked("Why?"), said("It is", 2), error).exchanges
    assert hits(ended)["api_error"] == SignalHit("api_error", 3, "529 overloaded")
    [nothing] = built(asked("Why?"), error, Event(META, "retry", 4, name="hook")).exchanges
    assert {"api_error", "no_answer"} == set(hits(nothing))
    assert hits(nothing)["no_answer"].line == 3  # what a person can look at, not what was dropped
    [written] = built(asked("Why?"), said("API Error: 500 oops", 7)).exchanges
    assert hits(written)["api_error"] == SignalHit("api_error", 7, "API Error: 500 oops", "response")


def test_a_compaction_belongs_to_the_exchange_whose_answer_came_after_it() -> None:
    summary = Event(COMPACTION, "summary", 3)
    first, second, third = built(
        asked("One", 1), said("1", 2), summary, asked("Two", 4), said("2", 5), asked("Three", 6), said("3", 7)
    ).exchanges
    assert "after_compaction" not in hits(first)
    assert hits(second)["after_compaction"].line == 3
    assert "after_compaction" not in hits(third)
    [within] = built(asked("One", 1), Event(CALL, "ls", 2), summary, said("1", 4)).exchanges
    assert hits(within)["after_compaction"].line == 3
    [ahead] = built(summary, asked("One", 4), said("1", 5)).exchanges
    assert hits(ahead)["after_compaction"].line == 3  # a session that goes on in a file of its own


def test_the_first_interrupt_and_the_first_correction_are_pointed_at() -> None:
    stop, more = Event(EventKind.INTERRUPT, "stop", 3), Event(EventKind.STEERING, "no, the other", 4)
    [exchange] = built(
        asked("Do it"), Event(RESULT, "denied", 2, flags=frozenset({"rejected_tool"})), stop, more,
        Event(EventKind.INTERRUPT, "stop", 5), Event(EventKind.STEERING, "now", 6), said("Done.", 7),
    ).exchanges  # fmt: skip
    assert hits(exchange)["interrupted"].line == 3
    assert hits(exchange)["corrected_midstream"].line == 2
    assert exchange.steering == ("no, the other", "now")
    [steered] = built(asked("Do it"), Event(RESULT, "ok", 2), more, said("Done.", 7)).exchanges
    assert hits(steered)["corrected_midstream"] == SignalHit("corrected_midstream", 4, "no, the other", "steps")


def test_words_typed_before_any_prompt_are_a_prompt() -> None:
    assert prompts(Event(EventKind.STEERING, "Hello?", 1), said("Yes.", 2)) == ["Hello?"]


def test_how_the_last_words_ended_is_told_and_who_asked() -> None:
    [exchange] = built(
        asked("/tmp/a is full, why?", 1, "image"), said("It i", 2, "truncated", "refusal"), origin=Origin.AGENT
    ).exchanges
    assert {name: hit.line for name, hit in hits(exchange).items()} == {
        "truncated": 2, "refusal": 2, "sidechain": 1, "image": 1,
    }  # fmt: skip
    [command] = built(asked("/review it"), said("Done.")).exchanges
    assert set(hits(command)) == {"slash_command"}


def test_lines_times_and_model_are_those_of_the_whole_exchange() -> None:
    [exchange] = built(
        asked("Why?", 5)._replace(timestamp="2026-01-01"),
        said("It is", 6, name="small"),
        Event(RESULT, "ok", 9, timestamp="2026-01-02"),
        said("So.", 8, name="large"),
        Event(META, "noise", 12, timestamp="2026-01-09", name="hook"),
        model="default",
    ).exchanges
    assert (exchange.first_line, exchange.last_line) == (5, 9)
    assert (exchange.started, exchange.ended) == ("2026-01-01", "2026-01-02")
    assert exchange.model == "large"
    assert built(asked("Why?"), said("So."), model="default").exchanges[0].model == "default"
    named = built(asked("One"), said("1", name="old"), asked("Two", 3), said("2", name="new"), asked("Three", 5))
    assert named.model == "new"  # the last that answered, where the transcript names none for the whole
    assert built(asked("One"), said("1", name="old"), model="default").model == "default"
    late = asked("One")._replace(timestamp="2026-01-02")
    assert (built(said("?"), late).started, built(late, started="2026-01-01").started) == ("2026-01-02", "2026-01-01")


def test_two_prompts_of_one_id_and_two_of_the_same_words_keep_keys_of_their_own() -> None:
    keys = [e.key for e in built(asked("A", 1, id="x"), asked("B", 2, id="x"), asked("C", 3, id="x")).exchanges]
    assert keys == ["x", "x#2", "x#3"]
    same = [e.key for e in built(asked("A", 1), asked("A", 2)).exchanges]
    assert same[0].startswith("1-") and same[1].startswith("2-")


def test_what_stands_around_a_prompt_goes_with_it() -> None:
    before = [Event(META, "open file: a.py", 3, name="context"), Event(META, "be brief", 3, name="reminder")]
    first, second = built(asked("One", 1), said("1", 2), *before, asked("Two", 4), said("2", 5)).exchanges
    assert first.steps == () and second.steps == tuple(before)
    beside = Event(META, "half of the record", 4, name="hook")
    other = Event(META, "a hook", 3, name="hook")
    first, second = built(asked("One", 1), said("1", 2), other, beside, asked("Two", 4)).exchanges
    assert other in first.steps and second.steps == (beside,)


def test_nul_is_cleaned_out_of_what_names_an_event() -> None:
    [exchange] = built(asked("Why?", id="a\0b"), said("So.", name="m")).exchanges
    assert (exchange.key, exchange.model) == ("a\ufffdb", "m")
    [exchange] = built(asked("Why?", id="a"), said("So.", name="m\0")).exchanges
    assert (exchange.key, exchange.model) == ("a", "m\ufffd")


def test_excerpts_are_eighty_characters_long() -> None:
    words = "x" * 81
    [exchange] = built(
        asked("/x " + words), Event(EventKind.STEERING, words, 2), Event(EventKind.INTERRUPT, words, 3),
        said(words, 4, "truncated", "refusal"), Event(ERROR, words, 5),
    ).exchanges  # fmt: skip
    lengths = {name: len(hit.excerpt) for name, hit in hits(exchange).items()}
    told = ("slash_command", "corrected_midstream", "interrupted", "api_error", "truncated", "refusal")
    assert lengths == dict.fromkeys(told, 80)


def test_a_session_that_is_built_again_as_it_grows_is_as_if_built_once() -> None:
    events = [
        asked("One", 1), said("1", 2), Event(COMPACTION, "summary", 3), asked("Two", 4), said("2", 5),
        Event(RESULT, "ok", 6), said("2, really", 7), asked("One", 8), said("1 again", 9),
    ]  # fmt: skip
    known: dict[str, Cut] = {}
    for end in range(1, len(events) + 1):
        grown = build(SessionEvents("s", "test", events=events[:end]), known)
        assert grown == build(SessionEvents("s", "test", events=events[:end]))
