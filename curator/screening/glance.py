"""What one pass over a text's bytes tells: most texts are cleared by it and never meet a pattern.

A pattern that begins with a class of characters is tried at each of them, at some 20 ns a character; a translation and
a search for a constant take about 2 ns.
"""

from __future__ import annotations

from functools import lru_cache

_LEAST = 20
_RUN = b"x" * _LEAST
_CONTROL = ord("!")
_CONTROLS = frozenset([*range(9), 11, 12, *range(14, 32), 127])
_SHAPES = bytes(
    _CONTROL if c in _CONTROLS else ord(" ") if chr(c).isspace() and c < 128 else ord("x") for c in range(256)
)
_ZEROS = bytes(ord("0") if chr(c).isdigit() and c < 128 else c for c in range(256))
_BETWEEN = b" -.()"
_TEN = b"0" * 10


def long_words(text: str) -> bytes:
    """The words of 20 bytes or more in UTF-8, with spaces between; keys and tokens are such words. Spaces beyond ASCII
    count as letters, so that a word is rather too long than missing."""
    raw, shape = _shape(text)
    at = shape.find(_RUN)
    found = []
    while at >= 0:
        end = shape.find(b" ", at + _LEAST)
        end = end if end >= 0 else len(raw)
        found.append(raw[at:end])
        at = shape.find(_RUN, end)
    return b" ".join(found)


def control_characters(text: str) -> int:
    """How many of the text's characters are controls that no keyboard types: all but tabs and ends of lines."""
    _, shape = _shape(text)
    return shape.count(_CONTROL) if _CONTROL in shape else 0


@lru_cache(maxsize=2)
def _shape(text: str) -> tuple[bytes, bytes]:
    """The text in UTF-8, and the same with a space for each space, ! for each control and x for everything else."""
    raw = text.encode("utf-8", "replace")
    return raw, raw.translate(_SHAPES)


@lru_cache(maxsize=2)
def digits_as_zeros(text: str) -> bytes:
    """The text in UTF-8 with 0 for each ASCII digit: `b":0" in …` finds a colon before a digit. Other scripts' digits,
    which `\\d` matches too, stay as they are: ask only about a text that is ASCII. That of the last two texts is kept,
    since two checks ask for it."""
    return text.encode("utf-8", "replace").translate(_ZEROS)


def has_long_number(zeros: bytes) -> bool:
    """Whether ten digits follow one another with nothing but spaces, dots, dashes and brackets between; `zeros` comes
    from `digits_as_zeros`."""
    return _TEN in zeros.translate(None, _BETWEEN)
