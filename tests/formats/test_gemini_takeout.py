"""Gemini's chats: activities as Takeout gives them, conversations of Workspace, and chats of AI Studio."""

from __future__ import annotations

import json
from typing import Any

import pytest
from seeds import FOLDER

from curator.core.exchange import EventKind, Exchange, Transcript
from curator.formats.adapters.gemini_dates import moment
from curator.formats.head import HEAD, Head
from curator.formats.reader import read_transcript
from curator.formats.sniff import sniff

CARD = (
    '<div class="outer-cell mdl-cell"><div class="mdl-grid"><div class="header-cell mdl-cell">'
    '<p class="mdl-typography--title">Gemini Apps<br></p></div>'
    '<div class="content-cell mdl-cell mdl-cell--6-col mdl-typography--body-1">{body}</div>'
    '<div class="content-cell mdl-cell mdl-typography--caption">{beside}</div></div></div>'
)


def seed(name: str) -> Transcript:
    return read_transcript((FOLDER / name).read_bytes(), "MyActivity")


def activity(title: str, time: str = "2026-02-02T07:24:02.806Z", answer: str = "<p>So.</p>", **more: Any) -> Any:
    items = [{"html": answer}] if answer else []
    return {"header": "Gemini Apps", "title": title, "time": time, "safeHtmlItem": items, "products": [], **more}


def asked(*activities: Any) -> list[Exchange]:
    found = read_transcript(json.dumps([*activities]).encode())
    return [e for session in found.sessions for e in session.exchanges]


def on_page(*cards: tuple[str, str]) -> Transcript:
    page = "".join(CARD.format(body=body, beside=beside) for body, beside in cards)
    return read_transcript(f"<html><style>{'p{} ' * HEAD}</style><body>{page}</body></html>".encode())


def said(exchange: Exchange) -> tuple[str, str]:
    return exchange.prompt, exchange.response


def signals(exchange: Exchange) -> set[str]:
    return {hit.name for hit in exchange.signals}


def test_activities_are_sessions_of_what_was_asked_at_one_time() -> None:
    found = seed("gemini-takeout.json")
    assert (found.format, found.problems, found.unknown) == ("gemini-takeout", (), {})
    before, session = found.sessions
    assert [said(e) for e in before.exchanges] == [("The day before", "")]
    first, second, left = session.exchanges
    assert session.key == "2026-02-02T07:24:02.806Z"
    assert said(first) == ("Is green tea green?", "The leaf is & the cup is yellow.")
    assert {"image", "attachment"} <= signals(first) and first.first_line == 3
    assert [(step.kind, step.text) for step in first.steps] == [(EventKind.META, "Gave feedback: Good response")]
    assert said(second) == ("And black tea?", "It is *fermented*:\n\n- rolled\n- dried")
    assert (left.response, "abandoned_branch" in signals(left)) == ("Made **another** way.", True)


def test_a_page_says_the_same_in_any_language() -> None:
    found = seed("gemini-takeout.page.html")
    assert (found.format, found.problems) == ("gemini-takeout", ())
    [session] = found.sessions
    first, second = session.exchanges
    assert said(first) == ("Är grönt te grönt?", "Bladet är det.")
    assert said(second) == ("And this?\nIs it <b>?", "It is **white** tea.\n\nSo it is.")
    assert "attachment" in signals(second) and second.started == "2026-05-19T22:09:02Z"


def test_a_conversation_of_workspace_keeps_the_later_answer() -> None:
    found = seed("gemini-takeout.workspace.json")
    assert (found.format, found.problems, found.unknown) == ("gemini-takeout", (), {"mystery_turn": 1})
    [session] = found.sessions
    first, second, left = session.exchanges
    assert (session.title, session.started[:10]) == ("Tea", "2026-04-07")
    assert said(first) == ("Is green tea green?", "The leaf is.\n\nThe cup is yellow.")
    assert [step.text for step in first.steps] == ["Colour\n\nLeaf or cup?"]
    assert said(second) == ("And black?", "Fermented.")
    assert (left.response, "abandoned_branch" in signals(left)) == ("It is.", True)


@pytest.mark.parametrize(
    ("title", "prompt"),
    [
        ("Prompted Used tea bags?", "Used tea bags?"),
        ("Prompted\xa0Tea?", "Tea?"),
        ("Asked Bard: Tea?", "Tea?"),
        ("Fez uma pergunta:\xa0Chá?", "Chá?"),
        ("A title in no known words", "A title in no known words"),
    ],
)
def test_the_verb_before_a_prompt_is_taken_off(title: str, prompt: str) -> None:
    assert [said(e) for e in asked(activity(title))] == [(prompt, "So.")]


@pytest.mark.parametrize("title", ["Created a document", "Used an app", "Gave feedback: Good response"])
def test_what_is_no_prompt_is_none(title: str) -> None:
    assert asked(activity(title)) == []


def test_the_verb_of_another_language_is_what_all_titles_begin_with() -> None:
    titles = [f"Hat gefragt: {word}?" for word in ["Tee", "Kaffee", "Wasser", "Milch", "Saft"] * 4]
    found = asked(*(activity(title, f"2026-02-02T07:{at:02}:00Z") for at, title in enumerate(titles)))
    assert [e.prompt for e in found[-3:]] == ["Wasser?", "Milch?", "Saft?"]


def test_a_chat_that_is_named_is_a_session_however_long_it_took() -> None:
    link = "https://gemini.google.com/app/0123456789abcdef"
    body = "Prompted&nbsp;{}<br>{}<br><p>So.</p>"
    found = on_page(
        (body.format("Later?", "Jun 3, 2026, 9:15:00 AM UTC"), f'<a href="{link}">chat</a>'),
        (body.format("Beside?", "Jun 2, 2026, 9:15:00 AM UTC"), ""),
        (body.format("Tea?", "Jun 1, 2026, 9:15:00 AM UTC"), f'<a href="{link}">chat</a>'),
    )
    told = {session.key: [e.prompt for e in session.exchanges] for session in found.sessions}
    assert told == {"0123456789abcdef": ["Tea?", "Later?"], "2026-06-02T09:15:00Z": ["Beside?"]}


def test_a_page_whose_months_nobody_can_read_is_cut_by_its_days() -> None:
    days = [
        ("Two?", "3. tammikuuta 2026 9:15:00"),
        ("One?", "3. tammikuuta 2026 7:15:00"),
        ("Old?", "2. x 2026 7:15:00"),
    ]
    found = on_page(*((f"Prompted&nbsp;{words}<br>{when}<br><p>So.</p>", "") for words, when in days))
    told = {session.key: [e.prompt for e in session.exchanges] for session in found.sessions}
    assert told == {"2. x 2026": ["Old?"], "3. tammikuuta 2026": ["One?", "Two?"]}


def test_the_last_card_of_a_page_may_have_no_other_cell_and_one_without_words_is_a_problem() -> None:
    last = CARD.format(body="Prompted&nbsp;Tea?<br>Jun 1, 2026, 9:15:00 AM UTC<br><p>So.</p>", beside="")
    alone = last[: last.index('<div class="content-cell mdl-cell mdl-typography--caption')] + "</div></div>"
    empty = (
        '<div class="outer-cell mdl-cell"><div class="mdl-grid"><p class="mdl-typography--title">Gemini</p></div></div>'
    )
    found = read_transcript(f"<html>{alone}{empty}</html>".encode())
    assert [said(e) for session in found.sessions for e in session.exchanges] == [("Tea?", "So.")]
    assert [(problem.line, problem.reason) for problem in found.problems] == [(2, "Activity 2 is not readable.")]


def test_activities_with_other_products_are_none() -> None:
    found = read_transcript(json.dumps([activity("Searched for tea", header="Search")]).encode())
    assert (found.format, found.sessions, found.problems) == ("gemini-takeout", (), ())


def test_a_damaged_activity_costs_itself() -> None:
    found = read_transcript(json.dumps([activity("Prompted One?"), 7]).encode())
    assert [said(e) for s in found.sessions for e in s.exchanges] == [("One?", "So.")]
    assert [problem.line for problem in found.problems] == [2]
    found = read_transcript(json.dumps([activity("Prompted One?"), activity("Prompted Two?")]).encode()[:-9])
    assert [said(e) for s in found.sessions for e in s.exchanges] == [("One?", "So.")]
    assert [problem.line for problem in found.problems] == [2]


@pytest.mark.parametrize(
    "title", ["Prompted " + "word " * HEAD, "Prompted Tea?"], ids=["a long prompt", "a short prompt"]
)
def test_a_long_export_is_known_by_its_beginning(title: str) -> None:
    data = json.dumps([activity(title), activity("Prompted " + "word " * HEAD)]).encode()
    assert sniff(Head(data[:HEAD])) == "gemini-takeout"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("May 19, 2026, 7:07:02\u202fPM GMT-03:00", "2026-05-19T22:07:02Z"),
        ("Jul 3, 2026, 12:15:00 AM CEST", "2026-07-02T22:15:00Z"),
        ("18 Sept 2025, 12:02:52 CET", "2025-09-18T11:02:52Z"),
        ("10 de mai. de 2026, 03:46:09 BRT", "2026-05-10T06:46:09Z"),
        ("4 juli 2026 09:15:00 CEST", "2026-07-04T07:15:00Z"),
        ("1 juin 2026, 09:15:00 UTC", "2026-06-01T09:15:00Z"),
        ("3. März 2026, 09:15:00 MEZ", "2026-03-03T09:15:00Z"),
        ("2026年6月19日 12:23:08 UTC", "2026-06-19T12:23:08Z"),
        ("31 Feb 2026, 09:15:00 UTC", ""),
        ("19 tammikuuta 2026 09:15:00", ""),
        ("yesterday", ""),
    ],
)
def test_a_moment_that_is_written_for_people_is_read(words: str, told: str) -> None:
    assert moment(words) == told


def test_a_chat_of_ai_studio_is_read_with_its_files() -> None:
    found = read_transcript((FOLDER / "ai-studio.json").read_bytes(), "Tea and me")
    assert (found.format, found.problems, found.unknown) == ("ai-studio", (), {})
    [session] = found.sessions
    first, second = session.exchanges
    assert (session.title, session.model) == ("Tea and me", "gemini-2.5-pro")
    assert said(first) == ("Is green tea green?", "The leaf is.") and "attachment" in signals(first)
    assert [step.kind for step in first.steps] == [EventKind.SYSTEM, EventKind.THINKING]
    assert said(second) == ("And black?", "Ferment") and "truncated" in signals(second)
    assert [step.text for step in second.steps] == ["code: print(1)", "1\n"]


def test_of_a_chat_that_breaks_off_what_is_whole_is_read() -> None:
    whole = (FOLDER / "ai-studio.json").read_bytes()
    found = read_transcript(whole[: whole.index(b"And black")], "Tea")
    assert [said(e) for s in found.sessions for e in s.exchanges] == [("Is green tea green?", "The leaf is.")]
    assert [problem.line for problem in found.problems] == [5]


def test_a_long_chat_of_ai_studio_is_known_by_its_beginning() -> None:
    whole = (FOLDER / "ai-studio.json").read_bytes().replace(b"And black", b"And black " * HEAD)
    assert sniff(Head(whole[:HEAD])) == "ai-studio"
