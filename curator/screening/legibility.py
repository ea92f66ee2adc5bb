"""Legibility: broken characters, leftover markup, open fences, pasted dumps, and which script a text is in."""

from __future__ import annotations

import re
from collections import Counter

from curator.screening.glance import control_characters

_LEFTOVER = re.compile(
    r"</?system-reminder>|<details type=|<\|(?:channel|im_start|im_end|start|message|eot_id|endoftext)\|>"
    r"|\x1b\[[0-9;]*[A-Za-z]"
    r"|[\ue200-\ue202]|�"
)
_HINTS = ("<|", "\x1b[", "system-reminder", "<details type=", "\ufffd", "\ue200", "\ue201", "\ue202")
"""One of these stands in each of the pieces above: a <, a control, or a character beyond ASCII in each of them."""
_FENCE = re.compile(r"[ ]{0,3}(?:[-*>][ ]+|\d{1,3}[.)][ ]+)?[ \t]*(`{3,}|~{3,})(.*)$")
_LOG = re.compile(
    r"\s*(?:\d{4}-\d\d-\d\d[T ]|\[?\d\d:\d\d:\d\d|at [\w$.<>]+[ (]|File \"|Traceback"
    r"|\w*(?:Error|Exception|Warning)\b.{0,3}:"
    r"|(?:ERROR|WARN|INFO|DEBUG|FATAL|TRACE)\b|\[(?:error|warn|info|debug)|[+\-@]{1,2}[ \w]|[{}\[\]();]+,?$"
    r"|<[/\w!]|[|>$#] |npm |\s{4,}\S|\d+\s*[|:→]|[\w.\-/]+:\d+:)",
    re.IGNORECASE,
)
_SCRIPTS = (
    ("han", re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")),
    ("kana", re.compile(r"[\u3040-\u30ff]")),
    ("hangul", re.compile(r"[\uac00-\ud7af\u1100-\u11ff]")),
    ("cyrillic", re.compile(r"[\u0400-\u052f]")),
    ("arabic", re.compile(r"[\u0600-\u06ff\u0750-\u077f]")),
    ("hebrew", re.compile(r"[\u0590-\u05ff]")),
    ("devanagari", re.compile(r"[\u0900-\u097f]")),
    ("greek", re.compile(r"[\u0370-\u03ff]")),
    ("thai", re.compile(r"[\u0e00-\u0e7f]")),
)
_SHARE = 0.2
_DUMP_SHARE = 0.6
_DUMP_LINE = 1_000
_DUMP_LEAST = 8
_REPEATS = 5


def garbled(text: str) -> str | None:
    """The first broken or leftover piece of a text, or None when it reads clean."""
    controls = control_characters(text)
    if (controls or "<" in text or not text.isascii()) and [hint for hint in _HINTS if hint in text]:
        found = _LEFTOVER.search(text)
        if found is not None:
            return repr(found.group())[1:-1] if not found.group().isprintable() else found.group()
    if controls and controls * 50 > len(text.encode("utf-8", "replace")):
        return "control characters"
    if text.count("\n") >= _REPEATS:
        lines = [line for line in text.split("\n") if len(line) >= 20]
        if len(lines) - len(set(lines)) >= _REPEATS - 1:
            line, times = Counter(lines).most_common(1)[0]
            if times >= _REPEATS:
                return line[:80]
    return None


def open_fence(text: str) -> str | None:
    """The line of a code fence that is never closed, or None. A fence closes with as many marks and nothing behind."""
    if "```" not in text and "~~~" not in text:
        return None
    fence = ""
    opening = ""
    for line in text.split("\n"):
        match = _FENCE.match(line) if "```" in line or "~~~" in line else None
        if match is None:
            continue
        marks, behind = match.groups()
        if not fence:
            if marks[0] == "`" and "`" in behind:
                continue  # inline code on a line of its own
            fence, opening = marks, match.group().strip()
        elif marks[0] == fence[0] and len(marks) >= len(fence) and not behind.strip():
            fence = ""
    return opening if fence else None


def is_dump(prompt: str) -> bool:
    """Whether most of a prompt is pasted: fenced lines, logs, traces, or one line nobody types."""
    if len(prompt) < 400:
        return False
    lines = [line for line in prompt.split("\n") if line.strip()]
    if any(len(line) > _DUMP_LINE for line in lines) and max(map(len, lines)) * 2 > len(prompt):
        longest = max(lines, key=len)
        return longest.count(" ") * 12 < len(longest)
    if len(lines) < _DUMP_LEAST:
        return False
    dumped = 0
    is_fenced = False
    for line in lines:
        if line.lstrip().startswith(("```", "~~~")):
            is_fenced = not is_fenced
            dumped += 1
        elif is_fenced or _LOG.match(line):
            dumped += 1
    return dumped > _DUMP_SHARE * len(lines)


def script(text: str) -> str:
    """The script most of the letters are in; "latin" unless a fifth of them are in another."""
    if text.isascii():
        return "latin"
    sample = text[:2_000]
    if (len(sample) - len(sample.encode("latin-1", "ignore"))) * 20 < len(sample):
        return "latin"
    letters = sum(c.isalpha() for c in sample)
    if letters < 8:
        return ""
    shares = [(len(pattern.findall(sample)), name) for name, pattern in _SCRIPTS]
    count, name = max(shares)
    return name if count > _SHARE * letters else "latin"
