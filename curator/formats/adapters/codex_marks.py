"""Codex's marks inside an answer, which its window never shows: they go, and what stands between a plan's tags stays.

Codex takes them off before it shows an answer and stores the answer with them (codex-rs/utils/stream-parser). A plan's
tags and a directive fill a line of their own, outside a code block.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_SIGNS = ("<oai-mem-citation", "<proposed_plan>", ":codex-annotation{", "::")
_CITED = re.compile(r"\s*<oai-mem-citation>.*?(?:</oai-mem-citation>|\Z)", re.S)
"""Which of its memories an answer rests on. One that is never closed goes on to the end, as it does for Codex."""
_ANNOTATED = re.compile(r"[ \t]?:codex-annotation\{[^}\n]*\}")
_OWN_LINE = re.compile(r"\s*(?:</?proposed_plan>|::(?:git-[a-z-]+|created-thread|archive(?:-thread)?)\{.*\})\s*")
"""Tags around a plan, and what the app is to do: show a branch, a commit or a thread as a button."""
_FENCE = re.compile(r"\s{0,3}(`{3,}|~{3,})")


def without_marks(text: str) -> str:
    """The words of an answer as its window shows them."""
    if not any(sign in text for sign in _SIGNS):
        return text
    told = _ANNOTATED.sub("", _CITED.sub("", text))
    lines = list(_shown(told.split("\n")))
    return told if len(lines) == told.count("\n") + 1 else "\n".join(lines).strip()


def _shown(lines: list[str]) -> Iterator[str]:
    fence = ""
    for line in lines:
        mark = _FENCE.match(line)
        if mark is not None and not fence:
            fence = mark[1]
        elif mark is not None and mark[1].startswith(fence):
            fence = ""
        elif not fence and _OWN_LINE.fullmatch(line):
            continue
        yield line
