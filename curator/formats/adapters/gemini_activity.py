"""The activities of a Google account with Gemini, as Takeout writes them: a list in JSON, or a page.

Google publishes no schema. The shape is the one that readers of real exports agree on (2025 and 2026): one activity for
each prompt, newest first; its title is a verb and what was typed; the answers are HTML. The page parts the two by a
blank that does not break, also where the verb is of another language.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from html import unescape
from typing import Any, NamedTuple

import msgspec

from curator.core.exchange import Problem
from curator.formats.adapters.gemini_dates import moment
from curator.formats.documents import list_items
from curator.formats.events import clean
from curator.formats.html_markdown import markdown
from curator.formats.jsonlines import Source
from curator.formats.loose import as_record, as_records, as_text, loads

_GEMINI = re.compile("Gemini|Bard")
_ASKED = re.compile(
    r"(?:(?:Prompted|Asked|Said|Branched|Answered)(?: with| Gemini| Bard)?|Added chat from link):?[ \xa0]"
)
_NOT_ASKED = re.compile(
    r"(?:Created|Used|Added|Gave|Selected|Shared|Deleted|Viewed|Visited|Searched|Edited|Pinned|Renamed|Exported|Updated"
    r"|Cleared|Turned|Uploaded)\b"
)
_ATTACHED = re.compile(r"(?:\A|\s+)(?:Attached \d+ files?|\d+ attachments?)\.?\s*\Z")
_CHAT = re.compile(r"https://gemini\.google\.com/(?:app|gem/[\w-]+)/([\w-]{6,64})")
_CARD = re.compile(rb'<div class="outer-cell')
_BODY = re.compile(r'<div class="content-cell[^"<>]{0,200}mdl-typography--body-1">')
_NEXT_CELL = '<div class="content-cell'
_TAG = re.compile(r"<[^<>]*>")
_BREAK = re.compile(r"<br\s*/?>")
_WHEN = re.compile(r"(?=.{8,80}\Z)(?=.*\d{4})[^<]*?\d{1,2}:\d\d:\d\d[^<]*")
_VERB_AT_MOST = 60  # characters
_ALIKE = 20
"""Titles that must begin alike before their beginning is taken for a verb of another language."""


class Told(NamedTuple):
    """An activity as it is written: a title, when it was (a moment where it can be read, and the words up to the
    clock), the chat where one is named, what was attached, and whether anything was answered."""

    title: str
    stamp: str
    day: str
    chat: str
    flags: frozenset[str]
    has_answer: bool


@dataclass(slots=True)
class Activity:
    """One activity. `prompt` is None where nobody asked anything by it; the answers are read when they are asked for,
    several where it was answered anew, the last one last."""

    number: int
    told: Told
    prompt: str | None
    answers: Callable[[], list[str]]


def listed(data: Source, problems: list[Problem]) -> list[Activity]:
    """The activities of a list, the oldest first."""
    found = []
    for number, raw in list_items(data, problems):
        record = loads(raw)
        if isinstance(record, dict):
            if _is_of_gemini(record):
                found.append((number, _of_record(record), raw))
        else:
            problems.append(Problem(number, f"Activity {number} is not readable."))
    opening = _opening([told.title for _, told, _ in found if told.has_answer])
    return [
        Activity(number, told, _prompt(told, opening), partial(_answers, raw)) for number, told, raw in reversed(found)
    ]


def paged(data: Source, problems: list[Problem]) -> list[Activity]:
    """The activities of a page, the oldest first; their numbers are their places on it."""
    starts = [card.start() for card in _CARD.finditer(data)]
    found = []
    for number, (start, end) in enumerate(zip(starts, [*starts[1:], len(data)], strict=True), 1):
        card = data[start:end].decode("utf-8", "replace")
        cell = _cell(card)
        if cell is None:
            problems.append(Problem(number, f"Activity {number} is not readable."))
        elif _GEMINI.search(cell[0]):
            told = _of_card(*cell[1:])
            found.append(Activity(number, told, _prompt(told, ""), partial(_answer, data, start, end)))
    return found[::-1]


def _is_of_gemini(record: dict[str, Any]) -> bool:
    """Whether it is one with Gemini: other products of Google's write the same, of searches and videos."""
    products = record.get("products")
    told = [record.get("header"), *(products if isinstance(products, list) else ())]
    return any(_GEMINI.search(as_text(one)) for one in told)


def _of_record(record: dict[str, Any]) -> Told:
    beside = [as_text(one.get("name")) for one in as_records(record.get("subtitles"))]
    flags = {"image"} if record.get("imageFile") else set()
    title = clean(as_text(record.get("title")))
    if record.get("attachedFiles") or _ATTACHED.search(title) or any(_ATTACHED.fullmatch(name) for name in beside):
        flags.add("attachment")
    links = [record.get("titleUrl"), *(one.get("url") for one in as_records(record.get("details")))]
    chat = next((found[1] for link in links if (found := _CHAT.match(as_text(link)))), "")
    has_answer = any(as_text(one.get("html")) for one in as_records(record.get("safeHtmlItem")))
    stamp = clean(as_text(record.get("time")))
    return Told(title, stamp, stamp[:10], chat, frozenset(flags), has_answer)


def _answers(raw: msgspec.Raw | bytes) -> list[str]:
    items = as_records(as_record(loads(raw)).get("safeHtmlItem"))
    return [words for one in items if (words := clean(markdown(as_text(one.get("html")))))]


def _cell(card: str) -> tuple[str, str, str] | None:
    """What stands before the cell with what was said, what is in it, and what follows; it may end with tags that close
    what is around it."""
    opening = _BODY.search(card)
    if opening is None:
        return None
    end = card.find(_NEXT_CELL, opening.end())
    end = end if end >= 0 else len(card)
    return card[: opening.start()], card[opening.end() : end], card[end:]


def _of_card(body: str, beside: str) -> Told:
    lines, when, after = _parted(body)
    flags = set()
    while lines and (lines[-1].startswith("-") or _ATTACHED.fullmatch(lines[-1])):
        if _ATTACHED.fullmatch(lines.pop()):
            flags.add("attachment")
            break
    else:
        lines = _parted(body)[0]  # what begins so belongs to the prompt
    title = clean("\n".join(lines).strip(" \r\n"))
    chat = _CHAT.search(beside)
    day = when[: when.rfind(":")].rsplit(" ", 1)[0]
    return Told(
        title, moment(when), clean(day), chat[1] if chat else "", frozenset(flags), bool(_TAG.sub("", after).strip())
    )


def _answer(data: Source, start: int, end: int) -> list[str]:
    cell = _cell(data[start:end].decode("utf-8", "replace"))
    words = clean(markdown(_parted(cell[1])[2])) if cell is not None else ""
    return [words] if words else []


def _parted(body: str) -> tuple[list[str], str, str]:
    """What stands before the moment, line by line; the moment; and the HTML after it."""
    lines: list[str] = []
    at = 0
    for gap in _BREAK.finditer(body):
        line = unescape(_TAG.sub("", body[at : gap.start()]))
        if lines and _WHEN.fullmatch(line.strip()):
            return lines, line.strip(), body[gap.end() :]
        lines.append(line)
        at = gap.end()
    rest = unescape(_TAG.sub("", body[at:]))
    return ([*lines], rest.strip(), "") if lines and _WHEN.fullmatch(rest.strip()) else ([*lines, rest], "", "")


def _prompt(told: Told, opening: str) -> str | None:
    """What was typed; None where the activity is another one, and where nothing says that it was a prompt."""
    title = told.title
    if (asked := _ASKED.match(title)) is not None:
        words = title[asked.end() :]
    elif _NOT_ASKED.match(title) or not told.has_answer:
        return None
    elif 0 < (blank := title.find("\xa0")) < _VERB_AT_MOST:
        words = title[blank + 1 :]
    else:
        words = title.removeprefix(opening)
    return _ATTACHED.sub("", words.replace("\xa0", " ")).strip()


def _opening(titles: list[str]) -> str:
    """The words with which nearly all answered activities begin: the verb, in the account's language."""
    if len(titles) < _ALIKE:
        return ""
    for count in range(4, 0, -1):
        openings = Counter(" ".join(words[:count]) for title in titles if len(words := title.split(" ")) > count)
        for opening, times in openings.most_common(1):
            if times >= len(titles) * 0.95:
                return f"{opening} "
    return ""
