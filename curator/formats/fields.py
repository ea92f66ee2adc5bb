"""What a field probably holds, by its name, and where names say nothing by how long its texts are."""

from __future__ import annotations

from collections.abc import Mapping

_PROMPTS = (
    "prompt",
    "instruction",
    "question",
    "query",
    "user",
    "human",
    "input",
    "request",
    "problem",
    "ask",
    "task",
    "q",
    "title",
    "source",
    "subject",
)
_RESPONSES = (
    "response",
    "completion",
    "answer",
    "output",
    "assistant",
    "reply",
    "solution",
    "target",
    "bot",
    "gpt",
    "ai",
    "a",
    "result",
    "body",
    "summary",
    "text",
)
_SYSTEMS = ("system", "system_prompt", "persona")
_WORTH = 0.3
"""The share of the rows that must hold a text before it is taken for a prompt or an answer."""


def guess(average: Mapping[str, float], filled: Mapping[str, float]) -> dict[str, str]:
    """For the fields that are likely the prompt, the response and the system prompt, which of the three they are.

    `average` is the mean length of each field's texts in characters, `filled` the share of the rows that have one.
    """
    worthy = [path for path in average if filled[path] >= _WORTH]
    found: dict[str, str] = {}
    names: tuple[str, ...]
    for word, names in (("prompt", _PROMPTS), ("response", _RESPONSES), ("system", _SYSTEMS)):
        if word == "response" and "prompt" not in found.values():
            names = tuple(name for name in names if len(name) > 1)  # an “a” beside a “b” is no answer
        best = min(
            (path for path in worthy if path not in found and _rank(path, names) < len(names) * 2),
            key=lambda path: (_rank(path, names), worthy.index(path)),
            default="",
        )
        if best:
            found[best] = word
    missing = [word for word in ("prompt", "response") if word not in found.values()]
    rest = sorted((path for path in worthy if path not in found), key=lambda path: -average[path])[: len(missing)]
    found.update(zip(sorted(rest, key=worthy.index), missing, strict=False))
    return found


def _rank(path: str, names: tuple[str, ...]) -> int:
    """How well the last part of the path is one of the names: the very name, then a word of it, then none at all."""
    last = path.rpartition(".")[2] if not path.rpartition(".")[2].isdecimal() else path.split(".")[0]
    last = last.lower().replace("-", "_").replace(" ", "_")
    if last in names:
        return names.index(last)
    words = set(last.split("_"))
    return next((len(names) + at for at, name in enumerate(names) if name in words), len(names) * 2)
