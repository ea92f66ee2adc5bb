"""Which words of an exchange are marked, and why: what the signals found, reasons given, and secrets kept covered."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from PySide6.QtGui import QTextDocument

from curator.core.signal import SIGNALS, SignalHit, SignalKind
from curator.ui.views.card_delegate import badge_of
from curator.ui.views.prose import Mark, find_all, plain_text, positions

COVER = "…"
SHOWN = 10  # characters of a secret that stay readable: enough to recognise it, too few to use it
_REASON = re.compile(
    r"\b(because|therefore|so that|which is why|that is why|the reason|hence|otherwise|since)\b", re.IGNORECASE
)
_REASON_TIP = "A reason is given here: what a small model learns best from."
_WASHES = {"secret": "secret", "personal_data": "secret"}
_LONGEST_TOKEN = 400


@dataclass(frozen=True, slots=True)
class Badge:
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


def cover_secrets(text: str, hits: Sequence[SignalHit]) -> tuple[str, list[str]]:
    """The text with every secret cut to its first characters, and what stands in their places.

    An excerpt may be the value itself or already covered; in both cases all that hangs together with it is covered.
    """
    shown: list[str] = []
    for excerpt in sorted({hit.excerpt for hit in hits if hit.name == "secret" and hit.excerpt}, key=len, reverse=True):
        stem = stem_of(excerpt)
        if not stem:
            continue
        short = stem[: min(SHOWN, max(4, len(stem) // 2))] + COVER
        rest = rf"[^\s\"'`,;)\]}}<>]{{0,{_LONGEST_TOKEN}}}"
        text, count = re.subn(re.escape(stem) + rest, lambda _found, short=short: short, text)  # type: ignore[misc]
        if count:
            shown.append(short)
    return text, shown


def washed_words(hits: Sequence[SignalHit], part: str) -> list[tuple[str, str, str]]:
    """What to wash in a field where a person edits: (words, kind of wash, sentence). Secrets are not covered there."""
    out: list[tuple[str, str, str]] = []
    for hit in hits:
        signal = SIGNALS.get(hit.name)
        if signal is None or hit.part not in ("", part) or signal.kind is SignalKind.INFO:
            continue
        words = stem_of(hit.excerpt) if hit.name == "secret" else " ".join(hit.excerpt.split()).strip("…").strip()
        if 2 <= len(words) <= 300:
            out.append((words, _WASHES.get(hit.name, "context"), signal.sentence))
    return out


def stem_of(excerpt: str) -> str:
    """The readable beginning of a secret's excerpt, which may be the value itself or already covered."""
    stem = re.split(r"…|\.\.\.|\*\*\*|•••", excerpt)[0].strip()
    return stem if len(stem) >= 4 else ""


def find_marks(
    doc: QTextDocument, hits: Sequence[SignalHit], part: str, covered: Sequence[str] = (), reasons: bool = False
) -> list[Mark]:
    """The marks of a composed part of an exchange ("prompt" or "response")."""
    text = plain_text(doc)
    spans: list[tuple[int, int, str, str]] = []
    for short in covered:
        sentence = f"{SIGNALS['secret'].sentence} Only its first characters are shown."
        spans += [(start, end, "secret", sentence) for start, end in find_all(text, short)]
    for hit in hits:
        if hit.name == "secret" or hit.part not in ("", part) or hit.name not in SIGNALS:
            continue
        excerpt = " ".join(hit.excerpt.split()).strip("…").strip()
        if len(excerpt) < 2 or len(excerpt) > 300 or SIGNALS[hit.name].kind is SignalKind.INFO:
            continue
        kind = _WASHES.get(hit.name, "context")
        places = find_all(text, excerpt, limit=20)
        spans += [(start, end, kind, SIGNALS[hit.name].sentence) for start, end in places[:20]]
    if reasons:
        spans += [(found.start(), found.end(), "reason", _REASON_TIP) for found in _REASON.finditer(text)]
    apart = _apart(spans)
    placed = positions(text, [(start, end) for start, end, _, _ in apart])
    return [Mark(start, end, kind, tip) for (start, end), (_, _, kind, tip) in zip(placed, apart, strict=True)]


def _apart(spans: list[tuple[int, int, str, str]]) -> list[tuple[int, int, str, str]]:
    """Spans that do not lie over each other; a secret comes before the rest, a longer one before a shorter."""
    rank = {"secret": 0, "context": 1, "reason": 2}
    kept: list[tuple[int, int, str, str]] = []
    for span in sorted(spans, key=lambda span: (rank.get(span[2], 1), span[0] - span[1]))[:400]:
        if all(span[1] <= other[0] or span[0] >= other[1] for other in kept):
            kept.append(span)
    return sorted(kept)
