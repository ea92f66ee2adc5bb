"""What changed between two texts, in words; capped so that it answers at once whatever the texts are."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

_WORDS = re.compile(r"\w+[^\S\n]*|[^\w\s][^\S\n]*|\s+")
_PAIRS = 100_000  # equal (word, word) pairs that may be looked at; difflib takes a second for a few millions
_FEW = 300  # words that are compared without looking for anchors first


class Piece(NamedTuple):
    """A run of text: kept ("same"), taken out ("was") or put in ("now")."""

    kind: str
    text: str


def word_diff(before: str, after: str) -> list[Piece]:
    """The pieces of `before` and `after` in one row: joined without "now" they are `before`, without "was" `after`.

    What is alike at both ends is set aside first; what is left is compared word by word between anchors, and where
    even that would take long it is one change.
    """
    if before == after:
        return [Piece("same", before)] if before else []
    head = _alike(before, after)
    tail = _alike(before[head:][::-1], after[head:][::-1])
    end_before, end_after = len(before) - tail, len(after) - tail
    head = _to_word_start(before, after, head)
    while end_before < len(before) and (_is_inside_word(before, end_before) or before[end_before] in " \t"):
        end_before, end_after = end_before + 1, end_after + 1  # a word and the space behind it are one
    pieces = [Piece("same", before[:head])]
    pieces += _middle(before[head:end_before], after[head:end_after])
    pieces.append(Piece("same", before[end_before:]))
    return _joined(pieces)


def count_edits(pieces: Sequence[Piece]) -> int:
    """How many places were edited: a word put in for another is one."""
    edits, is_inside = 0, False
    for piece in pieces:
        if piece.kind == "same":
            is_inside = False
        elif not is_inside:
            edits, is_inside = edits + 1, True
    return edits


def changed_lines(before: str, after: str) -> set[int]:
    """The numbers (from 0) of the lines of `after` that are new or different."""
    if before == after:
        return set()
    old, new = before.split("\n"), after.split("\n")
    out: set[int] = set()
    room = _PAIRS
    for a1, a2, b1, b2 in _gaps(old, new):
        work = _work(old[a1:a2], new[b1:b2])
        if not work or work > room:
            out.update(range(b1, max(b2, b1 + 1)))
            continue
        room -= work
        for tag, _, _, first, last in SequenceMatcher(None, old[a1:a2], new[b1:b2], autojunk=False).get_opcodes():
            if tag != "equal":
                out.update(range(b1 + first, b1 + max(last, first + 1)))
    return {n for n in out if n < len(new)}


def _middle(before: str, after: str) -> list[Piece]:
    """The pieces between the common ends. Where anchors are known, only what lies between two of them is compared."""
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    pieces: list[Piece] = []
    start, room = 0, _PAIRS
    for a1, a2, b1, b2 in _gaps(old, new):
        pieces.append(Piece("same", "".join(old[start:a1])))
        here_old, here_new = old[a1:a2], new[b1:b2]
        work = _work(here_old, here_new)
        if work and work <= room:
            room -= work
            pieces += _compared(here_old, here_new)
        else:
            pieces += [Piece("was", "".join(here_old)), Piece("now", "".join(here_new))]
        start = a2
    pieces.append(Piece("same", "".join(old[start:])))
    return pieces


def _gaps(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[int, int, int, int]]:
    """Where the two differ: old[a1:a2] stands for new[b1:b2], and what lies between two gaps is the same in both.

    They are found between anchors, so a gap may still hold items that are the same, but not at its ends.
    """
    a, b = 0, 0
    for next_a, next_b in [*_anchors(old, new), (len(old), len(new))]:
        if next_a > a or next_b > b:
            a2, b2 = next_a, next_b
            while a < a2 and b < b2 and old[a] == new[b]:
                a, b = a + 1, b + 1
            while a < a2 and b < b2 and old[a2 - 1] == new[b2 - 1]:
                a2, b2 = a2 - 1, b2 - 1
            if a < a2 or b < b2:
                yield a, a2, b, b2
        a, b = next_a + 1, next_b + 1


def _anchors(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """Places (in old, in new) that surely belong together: three words in a row that stand once on each side.

    The longest run of them that rises on both sides is taken, as patience diff does: O(n log n) whatever the texts are.
    """
    if max(len(old), len(new)) <= _FEW:
        return []
    places_old, places_new = _once(old), _once(new)
    pairs = sorted((at, places_new[words]) for words, at in places_old.items() if words in places_new)
    tops: list[int] = []  # the smallest last place in new of a rising run of each length
    runs: list[int] = []  # for each pair, how long the run is that ends there
    for _, at in pairs:
        length = bisect_left(tops, at)
        tops[length : length + 1] = [at]
        runs.append(length)
    chosen: list[tuple[int, int]] = []
    wanted, below = len(tops) - 1, len(new)
    for pair, length in zip(reversed(pairs), reversed(runs), strict=True):
        if length == wanted and pair[1] < below:
            chosen.append(pair)
            wanted, below = wanted - 1, pair[1]
    return chosen[::-1]


def _once(words: Sequence[str]) -> dict[tuple[str, str, str], int]:
    """Each three words in a row that stand exactly once, and where."""
    places: dict[tuple[str, str, str], int] = {}
    for at, three in enumerate(zip(words, words[1:], words[2:], strict=False)):
        places[three] = -1 if three in places else at
    return {three: at for three, at in places.items() if at >= 0}


def _work(old: Sequence[str], new: Sequence[str]) -> int:
    """About how much work comparing is: the places where an old item equals a new one, and the items themselves.

    0 where nothing is the same in both: there is nothing to compare.
    """
    if set(old).isdisjoint(new):
        return 0
    counts = Counter(old)
    return sum(counts[item] * count for item, count in Counter(new).items()) + len(old) + len(new)


def _compared(old: list[str], new: list[str]) -> list[Piece]:
    pieces: list[Piece] = []
    for tag, a1, a2, b1, b2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            pieces.append(Piece("same", "".join(old[a1:a2])))
        else:
            pieces += [Piece("was", "".join(old[a1:a2])), Piece("now", "".join(new[b1:b2]))]
    return pieces


def _joined(pieces: Sequence[Piece]) -> list[Piece]:
    """Neighbours of a kind as one piece, and a space between two changes taken into them: one change, not three."""
    out: list[Piece] = []
    was, now = "", ""
    pieces = _runs(pieces)
    for at, piece in enumerate(pieces):
        if piece.kind == "was":
            was += piece.text
        elif piece.kind == "now":
            now += piece.text
        elif piece.text:
            later = any(other.kind != "same" and other.text for other in pieces[at + 1 : at + 3])
            if (was or now) and later and piece.text.isspace() and "\n" not in piece.text:
                was, now = was + piece.text, now + piece.text
                continue
            out += _change(was, now)
            was, now = "", ""
            out.append(piece)
    return out + _change(was, now)


def _runs(pieces: Sequence[Piece]) -> list[Piece]:
    out: list[Piece] = []
    for piece in pieces:
        if not piece.text:
            continue
        if out and out[-1].kind == piece.kind:
            out[-1] = Piece(piece.kind, out[-1].text + piece.text)
        else:
            out.append(piece)
    return out


def _change(was: str, now: str) -> list[Piece]:
    return [piece for piece in (Piece("was", was), Piece("now", now)) if piece.text]


def _alike(a: str, b: str) -> int:
    """How many characters two texts have in common at their beginning: by halving, so by comparisons at C speed."""
    low, high = 0, min(len(a), len(b))
    while low < high:
        middle = (low + high + 1) // 2
        if a[low:middle] == b[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _to_word_start(before: str, after: str, at: int) -> int:
    """Back to the beginning of the word that the difference stands in."""
    while at > 0 and (_is_inside_word(before, at) or _is_inside_word(after, at)):
        at -= 1
    return at


def _is_inside_word(text: str, at: int) -> bool:
    return 0 < at < len(text) and text[at - 1].isalnum() and text[at].isalnum()
