"""Markdown and plain text in which headings or labels say who speaks, as people paste and export chats."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

import xxhash

from curator.core.exchange import Event, EventKind, Problem
from curator.formats.adapters.turns import reply
from curator.formats.encodings import of_windows
from curator.formats.events import KEEP, SessionEvents, clean
from curator.formats.head import Head
from curator.formats.jsonlines import Source

_USERS = frozenset({"user", "human", "you", "me", "prompt", "q", "question"})
_SHORT = frozenset({"q", "a", "question", "answer"})
"""Labels that lists of questions have too: believed only where they take turns without a fault."""
_ROLE = (
    r"user|human|you|me|prompt|question|q"
    r"|assistant|agent|ai|bot|model|answer|a|response"
    r"|chatgpt|(?:gpt|claude|gemini|llama|copilot|mistral|qwen|deepseek|grok|perplexity)[\w.-]*"
    r"(?: (?:\d[\w.]*|code|sonnet|opus|haiku|pro|flash|mini|max|turbo|large|small|instruct|chat|thinking)\b){0,4}"
    r"|system|tool"
)
_MARK = re.compile(
    r"[ ]{0,3}(?P<open>\#{1,6}[ \t]*(?:\*\*)?|[_*]?\*\*|>[ \t]*)?(?:[^\w\s\#*>`|<\[({/\\.,:;!?'\"+=-]{1,6}[ \t]*)?"
    rf"(?P<role>{_ROLE})(?:[ \t]+(?:said|says|wrote))?"
    r"(?:[ \t]*[(\[][^)\]\n]{0,80}[)\]])?(?P<close>\*\*[_*]?)?[ \t]*(?P<colon>[::])?(?:\*\*[_*]?)?[ \t]*(?P<rest>.*)$",
    re.IGNORECASE,
)
_FENCE = re.compile(r"[ ]{0,3}(`{3,}|~{3,})")
_RULE = re.compile(r"[ ]{0,3}(?:-{3,}|\*{3,}|_{3,})[ \t]*")
_TITLE = re.compile(r"(?:#[ \t]+|title:[ \t]*[\"']?)(?P<title>[^#\s].{0,200}?)[\"']?[ \t]*$")
_SHARE = 0.8
_MARK_LENGTH = 300
"""Characters of a line in which a mark must end."""


@dataclass(frozen=True, slots=True)
class _Mark:
    line: int  # from 0
    style: str
    level: int
    role: str
    rest: str

    @property
    def voice(self) -> str:
        if self.role in _USERS:
            return "user"
        return self.role if self.role in ("system", "tool") else "assistant"


def recognises(head: Head) -> bool:
    """Whether headings or labels say who speaks: a person and an assistant, in one style throughout."""
    return not head.is_json and bool(_marks(_lines(head.text)))


def read(data: Source, name: str, problems: list[Problem], unknown: dict[str, int]) -> list[SessionEvents]:
    """The one conversation of the text. A file of another kind gives no session and a problem."""
    raw, said = of_windows(bytes(data[:]))
    if said:
        problems.append(Problem(0, said))
    lines = _lines(raw.decode("utf-8", "replace").removeprefix("\ufeff"))
    marks = _marks(lines)
    if not marks:
        problems.append(Problem(0, "No headings or labels say who speaks."))
        return []
    events: list[Event] = []
    ordinal = 0
    for at, mark in enumerate(marks):
        end = marks[at + 1].line if at + 1 < len(marks) else len(lines)
        words = _block(mark, lines[mark.line + 1 : end])
        line = mark.line + 1
        if not words:
            continue
        if mark.voice == "user":
            ordinal += 1
            digest = xxhash.xxh3_64_hexdigest(words.encode("utf-8", "replace"))
            events.append(Event(EventKind.PROMPT, clean(words), line, f"{ordinal}-{digest}"))
        elif mark.voice == "system":
            events.append(Event(EventKind.SYSTEM, clean(words[:KEEP]), line))
        elif mark.voice == "tool":
            events.append(Event(EventKind.TOOL_RESULT, clean(words[:KEEP]), line))
        else:
            events += reply(words, line)
    first = next((e for e in events if e.kind is EventKind.PROMPT), None)
    if first is None:
        return []
    key = xxhash.xxh3_64_hexdigest(first.text.encode("utf-8", "replace"))
    return [SessionEvents(key, "text", clean(_title(lines[: marks[0].line])), events=events)]


def _lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").split("\n")


def _block(mark: _Mark, lines: list[str]) -> str:
    end = len(lines)
    while end and (not lines[end - 1].strip() or _RULE.fullmatch(lines[end - 1])):
        end -= 1
    rest = "" if _RULE.fullmatch(mark.rest) else mark.rest
    return "\n".join([rest, *lines[:end]]).strip()


def _title(before: list[str]) -> str:
    """The heading, or the title in the front matter, that stands before the first mark."""
    return next((found["title"].strip() for line in before if (found := _TITLE.match(line)) is not None), "")


def _marks(lines: list[str]) -> list[_Mark]:
    """The lines that say who speaks, all in the prevailing style; none when the text is no dialogue."""
    start = _front_matter(lines)
    found = [mark for at in _outside_fences(lines) if at >= start and (mark := _mark(at, lines[at])) is not None]
    if len(found) < 2:
        return []
    style, count = Counter(m.style for m in found).most_common(1)[0]
    if count < _SHARE * len(found):
        return []
    marks = _of_one_level([m for m in found if m.style == style])
    if not {"user", "assistant"} <= {m.voice for m in marks}:
        return []
    turns = sum((a.voice == "user") != (b.voice == "user") for a, b in pairwise(marks))
    if style == "label" and turns * 2 < len(marks) - 1:
        return []
    if any(m.role in _SHORT for m in marks) and (turns < len(marks) - 1 or len(marks) < 4):
        return []
    return marks


def _front_matter(lines: list[str]) -> int:
    """Lines of YAML at the top, between two rules: `model: x` there is nobody speaking."""
    if not lines or lines[0].rstrip() != "---":
        return 0
    return next((at + 1 for at in range(1, min(len(lines), 100)) if lines[at].rstrip() == "---"), 0)


def _of_one_level(marks: list[_Mark]) -> list[_Mark]:
    """Without headings of another level than those of the same voice mostly have: they belong to what is said."""
    level = {
        voice: Counter(m.level for m in marks if m.voice == voice).most_common(1)[0][0]
        for voice in {m.voice for m in marks}
    }
    return [m for m in marks if m.level == level[m.voice]]


def _outside_fences(lines: list[str]) -> list[int]:
    """The lines that stand in no code block. A fence that is never closed opens none: an answer was cut off there."""
    outside: list[int] = []
    inside: list[int] = []
    fence = ""
    at = 0
    for at, line in enumerate(lines):
        mark = match[1] if (match := _FENCE.match(line)) is not None else ""
        if not fence:
            if mark:
                fence, inside = mark, []
            else:
                outside.append(at)
        elif mark and mark[0] == fence[0] and len(mark) >= len(fence):
            fence = ""
        else:
            inside.append(at)
    return outside + inside if fence else outside


def _mark(at: int, line: str) -> _Mark | None:
    match = _MARK.match(line[:_MARK_LENGTH])
    if match is None:
        return None
    opening = (match["open"] or "").strip()
    rest = (match["rest"] + line[_MARK_LENGTH:]).strip()
    level = 0
    if opening.startswith("#"):
        if rest and not match["colon"]:
            return None
        style, level = "heading", len(opening.rstrip("* \t"))
    elif "**" in opening:
        if not match["close"] and "**" not in line[match.end("role") : _MARK_LENGTH]:
            return None
        if rest and not match["colon"]:
            return None
        style = "bold"
    elif opening == ">" or match["colon"]:
        if not match["colon"] or match["close"]:
            return None
        style = "label"
    else:
        return None
    return _Mark(at, style, level, match["role"].lower(), rest)
