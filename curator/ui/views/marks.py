"""Which words of an exchange are marked, and why: what the signals found, reasons given, and secrets kept covered."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from PySide6.QtGui import QTextDocument

from curator.core.query import Card
from curator.core.signal import SIGNALS, SignalHit
from curator.screening.secrets import find_secrets
from curator.ui.views.card_delegate import badge_of
from curator.ui.views.washes import Mark, find_all, plain_text, positions

COVER = "…"
CARD_LINE = 160  # characters of a line of a card; what is longer was cut
_SHOWN = 10  # characters of a secret that stay readable: enough to recognise it, too few to use it
_AROUND = 4_000  # characters before and after a part that are searched with it: a key of several lines may be cut
_LONGEST_TOKEN = 400
_LONGEST_WORDS = 300
_REASON = re.compile(r"\b(because|therefore|so that|which is why|that is why|the reason|hence|otherwise)\b", re.I)
_REASON_TIP = "A reason is given here: what a small model learns best from."
_COVERED_TIP = f"{SIGNALS['secret'].sentence} Only its first characters are shown."
_NAMED = ("secret", "personal_data")  # their excerpts begin with what it is: "e-mail: a@b.c"
_WASHED = {
    "context_bare": "context",
    "context_dep": "context",
    "local_context": "context",
    "refusal": "context",
    "garbled": "context",
    "markdown_broken": "context",
    "personal_data": "secret",
}
_RANK = {"secret": 0, "context": 1, "reason": 2}

Washed = tuple[int, int, str, str]
"""Start, end, kind of wash, and what hovering says."""


class Badge(NamedTuple):
    """One signal as the head of the reader shows it, and what hovering says."""

    words: str
    icon: str
    ink: str
    wash: str
    sentence: str


def badges(hits: Iterable[SignalHit]) -> list[Badge]:
    """The signals of an exchange, heaviest first, each once with how often it was found."""
    counts: dict[str, int] = {}
    for hit in hits:
        if hit.name in SIGNALS:
            counts[hit.name] = counts.get(hit.name, 0) + 1
    out = list[Badge]()
    for name in sorted(counts, key=lambda name: (name != "secret", -SIGNALS[name].weight)):
        words, icon, ink, wash = badge_of(name)
        count = f" · {counts[name]}" if counts[name] > 1 else ""
        out.append(Badge(words + count, icon, ink, wash or "base", SIGNALS[name].sentence))
    return out


def cover_secrets(
    text: str, hits: Sequence[SignalHit], start: int = 0, end: int | None = None
) -> tuple[str, list[str]]:
    """The part of a text from `start` to `end` with every secret cut to its first characters, and what stands there.

    Looked for are strings shaped like keys, and what the hits of the exchange name: their excerpts may be the value
    itself or only its beginning.
    """
    end = len(text) if end is None else end
    first, last = max(0, start - _AROUND), min(len(text), end + _AROUND)
    around, shown = text[first:last], list[str]()
    parts, at = list[str](), start
    for a, b in _secret_spans(around, hits):
        a, b = max(a + first, at), min(b + first, end)
        if a >= b:
            continue
        value = text[a:b]
        short = " ".join(value[: min(_SHOWN, max(4, len(value) // 2))].split()) + COVER
        shown.append(short)
        parts += (text[at:a], short)
        at = b
    return "".join([*parts, text[at:end]]), list(dict.fromkeys(shown))


def cover_card(card: Card) -> Card:
    """The card with its secrets covered."""
    if "secret" not in card.signals:
        return card
    return card._replace(prompt=_cover_line(card.prompt), response=_cover_line(card.response))


def cover_title(title: str) -> str:
    """A title with its secrets covered: it may be another exchange's prompt, of which these signals say nothing."""
    return _cover_line(title)


def holds_secret(text: str, hits: Sequence[SignalHit]) -> bool:
    """Whether a secret is in a text: one of a known shape, or one that the exchange's signals name."""
    return bool(_secret_spans(text, hits))


def find_marks(
    doc: QTextDocument, hits: Sequence[SignalHit], part: str, covered: Sequence[str] = (), reasons: bool = False
) -> list[Mark]:
    """The marks of a composed part of an exchange ("prompt", "response" or "steps")."""
    text = plain_text(doc)
    spans = [(a, b, "secret", _COVERED_TIP) for short in covered for a, b in find_all(text, short)]
    spans += _signal_spans(text, hits, part)
    if reasons:
        spans += [(found.start(), found.end(), "reason", _REASON_TIP) for found in _REASON.finditer(text)]
    return _placed(text, spans)


def row_marks(text: str, hits: Sequence[SignalHit], part: str) -> list[Mark]:
    """The marks of a text that is being edited. Secrets are not covered here: a person must see what to take out."""
    spans = [(a, b, "secret", SIGNALS["secret"].sentence) for a, b in _secret_spans(text, hits)]
    return _placed(text, spans + _signal_spans(text, hits, part))


def _secret_spans(text: str, hits: Sequence[SignalHit]) -> list[tuple[int, int]]:
    spans = [(start, end) for start, end, _ in find_secrets(text)]
    for hit in hits:
        stem = _stem(hit.excerpt) if hit.name == "secret" else ""
        if len(stem) >= 8:  # a shorter one would cover innocent words
            rest = rf"[^\s\"'`,;)\]}}<>]{{0,{_LONGEST_TOKEN}}}"
            spans += [found.span() for found in re.finditer(re.escape(stem) + rest, text)]
    out: list[tuple[int, int]] = []
    for start, end in sorted(set(spans)):
        if out and start < out[-1][1]:
            out[-1] = (out[-1][0], max(end, out[-1][1]))
        else:
            out.append((start, end))
    return out


def _cover_line(text: str) -> str:
    """A line that may have been cut: of a secret at its end, nothing but half a word is left that has no shape."""
    text = cover_secrets(text, ())[0]
    words = text.rsplit(None, 1)
    is_cut = len(text) >= CARD_LINE or text.endswith(COVER)
    is_half = is_cut and len(words) > 1 and len(words[1]) > _SHOWN + 1 and any(map(str.isdigit, words[1]))
    return words[0] + COVER if is_half else text


def _stem(excerpt: str) -> str:
    """The readable beginning of an excerpt, without what it is and without what is covered."""
    return re.split(r"…|\.\.\.|\*\*\*|•••", _value(excerpt))[0].strip()


def _value(excerpt: str) -> str:
    what, sign, value = excerpt.partition(": ")
    return value if sign and " " not in value.strip() and what[:1].isalpha() else excerpt


def _signal_spans(text: str, hits: Sequence[SignalHit], part: str) -> list[Washed]:
    """Where the words of each signal stand first, as whole words."""
    out: list[Washed] = []
    for hit in hits:
        kind = _WASHED.get(hit.name)
        words = (_value(hit.excerpt) if hit.name in _NAMED else hit.excerpt).strip().strip("…").strip()
        if kind is None or hit.part not in ("", part) or not 2 <= len(words) <= _LONGEST_WORDS:
            continue
        gaps = r"\s+".join(re.escape(word) for word in words.split())
        if found := re.search(rf"(?<!\w){gaps}(?!\w)", text, re.I):
            out.append((found.start(), found.end(), kind, SIGNALS[hit.name].sentence))
    return out


def _placed(text: str, spans: list[Washed]) -> list[Mark]:
    """Marks that do not lie over each other; a secret comes before the rest, a longer one before a shorter."""
    kept: list[Washed] = []
    for span in sorted(spans, key=lambda span: (_RANK.get(span[2], 1), span[0] - span[1]))[:400]:
        if all(span[1] <= other[0] or span[0] >= other[1] for other in kept):
            kept.append(span)
    kept.sort()
    placed = positions(text, [(start, end) for start, end, _, _ in kept])
    return [Mark(start, end, kind, tip) for (start, end), (_, _, kind, tip) in zip(placed, kept, strict=True)]
