"""Signals: what a machine can say about an exchange before a person reads it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class SignalKind(StrEnum):
    """How much a signal weighs: a gate takes the whole score, a soft one lowers it, information is only shown."""

    GATE = "gate"
    SOFT = "soft"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Signal:
    """One thing worth saying: its id, its weight on the score, and the sentence that explains it."""

    name: str
    kind: SignalKind
    weight: int
    badge: str  # at most two words, on the card
    sentence: str  # what hovering says


@dataclass(frozen=True, slots=True)
class SignalHit:
    """A signal found in one exchange: the `line` that caused it, the words, and the part where they stand."""

    name: str
    line: int = 0
    excerpt: str = ""
    part: str = ""  # "prompt", "response", "steps" or ""


def _signals(*rows: tuple[str, SignalKind, int, str, str]) -> dict[str, Signal]:
    return {name: Signal(name, kind, weight, badge, sentence) for name, kind, weight, badge, sentence in rows}


_G, _S, _I = SignalKind.GATE, SignalKind.SOFT, SignalKind.INFO

SIGNALS: dict[str, Signal] = _signals(
    ("no_answer", _G, 100, "no answer", "It ends on tool work or on nothing: there is no answer to learn."),
    ("interrupted", _G, 100, "interrupted", "You stopped the assistant here."),
    ("api_error", _G, 100, "API error", "The answer is an error of the service."),
    ("truncated", _G, 100, "cut off", "The answer was cut off before its end."),
    ("not_human", _G, 100, "not typed", "Nobody typed this prompt: a tool or a schedule wrote it."),
    ("sidechain", _G, 100, "subagent", "Another agent wrote this prompt."),
    ("slash_command", _S, 20, "command", "The prompt is a command whose text stands elsewhere."),
    ("abandoned_branch", _G, 100, "abandoned", "You went back and took another way."),
    ("duplicate", _G, 100, "duplicate", "The same exchange is in the library already."),
    (
        "context_bare",
        _G,
        100,
        "bare reply",
        "The whole prompt is a reply such as “continue”: it needs what came before.",
    ),
    ("context_dep", _S, 25, "context", "The prompt leans on something said before."),
    ("after_compaction", _S, 15, "compacted", "The assistant saw only a summary of what came before."),
    ("corrected_midstream", _S, 15, "steered", "You corrected the assistant while it worked."),
    ("corrected_next", _S, 20, "corrected", "Your next prompt rejects this answer."),
    ("confirmed_next", _I, -5, "confirmed", "Your next prompt accepts this answer."),
    ("local_context", _S, 20, "local", "It names files or commits that only exist on one computer."),
    ("status_only", _S, 20, "status only", "The answer reports what was done and explains nothing."),
    ("tool_heavy", _I, 0, "many tools", "More than ten tool results stand behind this answer."),
    ("too_short", _S, 10, "short", "The prompt or the answer is very short."),
    ("too_long", _S, 10, "long", "The prompt or the answer is very long."),
    ("pasted_dump", _S, 15, "paste", "Most of the prompt is pasted log or code."),
    ("refusal", _S, 30, "refusal", "The assistant refused."),
    ("language", _I, 0, "language", "Prompt and answer are not in the same script."),
    ("secret", _G, 100, "secret", "It holds something that looks like a key or a password."),
    ("personal_data", _S, 10, "personal", "It holds an address, a number or a name of a person."),
    ("garbled", _S, 25, "garbled", "It holds broken characters or leftover markup."),
    ("markdown_broken", _S, 10, "markdown", "A code fence is opened and never closed."),
    ("image", _I, 0, "image", "The prompt came with an image that a text model cannot see."),
    ("attachment", _S, 15, "file", "The prompt came with a file that is not in the transcript."),
    (
        "answer_in_artifact",
        _S,
        20,
        "in a file",
        "Part of the answer is a file that the assistant wrote beside its words.",
    ),
    ("other_sender", _S, 20, "other sender", "Somebody else wrote the prompt."),
)
"""Every signal by name. Definitions and weights: the project's reference on transcript formats, part C."""

_WEIGHTS = {name: signal.weight for name, signal in SIGNALS.items()}
OF_TEXT = frozenset({"secret", "personal_data", "garbled", "markdown_broken"})
"""Signals that a text alone can give: those of a row follow its present text, whatever was recorded."""


def score_of(names: set[str] | frozenset[str]) -> int:
    """100 less the weights of the signals, from 0 to 105. It only orders the queue; the person decides."""
    return max(0, 100 - sum(map(_WEIGHTS.__getitem__, names)))
