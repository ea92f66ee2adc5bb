"""The estimate for when no base model is chosen: OpenAI's o200k vocabulary, from the wheel, never from the network."""

from __future__ import annotations

import base64
import gzip
import threading
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import tiktoken

from curator.core.budget import Usage
from curator.core.errors import ModelError
from curator.tokens.counter import Texts

_NAME = "o200k_base"
_RANKS = "data/o200k_base.tiktoken.gz"
_PATTERN = "|".join(
    (
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
        r"\p{N}{1,3}",
        r" ?[^\s\p{L}\p{N}]+[\r\n/]*",
        r"\s*[\r\n]+",
        r"\s+(?!\S)",
        r"\s+",
    )
)
"""The splitting pattern that OpenAI publishes for o200k (tiktoken_ext/openai_public.py)."""

_PROMPT_MARKS = 8  # <|im_start|>user⏎ … <|im_end|>⏎<|im_start|>assistant⏎
_RESPONSE_MARKS = 2  # <|im_end|>⏎
_SOFT = 4_000  # characters: from here on a piece ends at a line's end
_HARD = 20_000  # characters: and here it ends anywhere; one call stays under 10 ms


class EstimateCounter:
    """Counts about right for most models (from 8 % too low to a few too high on chat rows), and says so.

    A template's marks are counted as ChatML writes them. Long texts are counted in pieces: tiktoken 0.14 panics on a
    million spaces (openai/tiktoken #195), and pieces err by 0.1 % at most on real text.
    """

    name = "o200k estimate"
    fingerprint = "estimate:o200k:1"
    is_estimate = True

    _encoding: tiktoken.Encoding | None = None
    _lock = threading.Lock()

    def usage(self, prompt: str, response: str, system: str = "") -> Usage:
        """About how many tokens the row takes."""
        before = self.count(prompt) + (self.count(system) + 5 if system.strip() else 0)
        return Usage(
            before + _PROMPT_MARKS if prompt.strip() else 0,
            self.count(response) + _RESPONSE_MARKS if response.strip() else 0,
            is_estimate=True,
        )

    def usages(self, rows: Sequence[Texts]) -> list[Usage]:
        """Tokens of these rows, in their order."""
        return [self.usage(*row) for row in rows]

    def count(self, text: str) -> int:
        """Tokens of a bare text of any length."""
        encoding = self._loaded()
        if len(text) <= _SOFT:
            return len(encoding.encode_ordinary(text))
        return sum(len(encoding.encode_ordinary(piece)) for piece in _pieces(text))

    @classmethod
    def _loaded(cls) -> tiktoken.Encoding:
        """The encoding, built once for the process (0.4 s)."""
        with cls._lock:
            if cls._encoding is None:
                cls._encoding = tiktoken.Encoding(
                    name=_NAME,
                    pat_str=_PATTERN,
                    mergeable_ranks=_read_ranks(),
                    special_tokens={"<|endoftext|>": 199_999, "<|endofprompt|>": 200_018},
                )
            return cls._encoding


def _pieces(text: str) -> list[str]:
    pieces = []
    start = 0
    while len(text) - start > _SOFT:
        end = text.find("\n", start + _SOFT, start + _HARD) + 1 or min(start + _HARD, len(text))
        pieces.append(text[start:end])
        start = end
    pieces.append(text[start:])
    return pieces


def _read_ranks() -> dict[bytes, int]:
    """The vocabulary inside the bpe-openai wheel; the package itself (a 74 MB library) is never imported."""
    spec = find_spec("bpe_openai")
    places = [Path(p) / _RANKS for p in (spec.submodule_search_locations or [])] if spec else []
    path = next((p for p in places if p.is_file()), None)
    if path is None:
        raise ModelError("The vocabulary for estimates is missing.", "Install it with: pip install bpe-openai")
    ranks: dict[bytes, int] = {}
    with gzip.open(path, "rb") as lines:
        for line in lines:
            token, _, rank = line.partition(b" ")
            if rank:
                ranks[base64.b64decode(token)] = int(rank)
    return ranks
