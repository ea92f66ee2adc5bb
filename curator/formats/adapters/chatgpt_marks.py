"""ChatGPT's marks inside an answer: citations, which go, and names, links and formulas, which leave their words."""

from __future__ import annotations

import re

from curator.formats.events import decode_arguments

_MARK = re.compile("\ue200([^\ue200-\ue202]*)(?:\ue202([^\ue200\ue201]*))?\ue201")
"""Private-use characters: U+E200 kind U+E202 value (U+E202 value …) U+E201."""
_OLD = re.compile(
    r"【\d+(?::\d+)?†[^】]{0,200}】|:contentReference\[oaicite:\d+\]\{index=\d+\}"
    r'|:chatgpt-content-reference\{index="\d+"\}'
)
_LEFT_OVER = re.compile("[\ue200-\ue202]")
_GAP = re.compile("[ \t]*\ue203(?=[\ue203.,;:!?)\\]\\s]|$)|\ue203")
"""Where a citation stood: the blank before it goes too when nothing but punctuation or a blank comes after it."""


def without_marks(text: str) -> str:
    """The answer as it is read on the screen, without what stands for a source."""
    if not ("\ue200" in text or "†" in text or "eference" in text):
        return text
    text = _OLD.sub("\ue203", _MARK.sub(_shown, text))
    return _LEFT_OVER.sub("", _GAP.sub("", text))


def _shown(mark: re.Match[str]) -> str:
    kind, value = mark.group(1), mark.group(2) or ""
    if kind == "entity":
        told = decode_arguments(value)  # ["place", "Old Egypt", "an age"]
        if isinstance(told, list) and len(told) > 1:
            return str(told[1])
        return value if isinstance(told, str) else "\ue203"
    if kind == "url":
        title, _, address = value.partition("\ue202")
        return f"[{title}]({address})" if address else title
    if kind == "genui":
        told = decode_arguments(value)  # {"math_block_widget…": {"content": "V = IR"}}
        inner = next(iter(told.values()), None) if isinstance(told, dict) else None
        if isinstance(inner, dict) and isinstance(formula := inner.get("content"), str):
            return f"\\[{formula}\\]"
    return "\ue203"
