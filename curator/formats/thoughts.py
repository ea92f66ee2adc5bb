"""The thought that many models write before their answer, between tags of its own."""

from __future__ import annotations

import re

_OPENED = re.compile(r"\s*<(think|thinking)>(.*?)(?:</\1>|\Z)", re.S)
_CLOSED = re.compile(r"(.*?)(?:\A|\n)[ \t]*</think(?:ing)?>[ \t]*\n", re.S)
_ENDS = ("</think>", "</thinking>")
_NEAR = 200


def split_thought(text: str) -> tuple[str, str]:
    """The thought and the words after it. A thought that does not end is all there is.

    Some chat templates open the tag in the prompt, so that only its end stands in the text, on a line of its own. An
    end after which nothing comes ends no thought: it was left over.
    """
    if "<think" in text[:_NEAR] and (opened := _OPENED.match(text)) is not None:
        return opened[2].strip(), text[opened.end() :].strip()
    if "</think" in text:
        if (closed := _CLOSED.match(text)) is not None and "<think" not in closed[1] and text[closed.end() :].strip():
            return closed[1].strip(), text[closed.end() :].strip()
        words = text.rstrip()
        if words.endswith(_ENDS) and "<think" not in text:
            return "", words[: words.rindex("</")].rstrip()
    return "", text
