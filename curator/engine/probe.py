"""The probe: one prompt that the model answers now and then while it is trained, for the eye."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from curator.core.settings import TrainSettings
from curator.engine.base import end_tokens
from curator.engine.generate import Answer, answer_pieces
from curator.engine.telling import Teller
from curator.tokens.template import chat, encode_prompt
from curator.tokens.tokenizer import ModelTokenizer

MOST_TOKENS = 96
MOST_PROMPT = 4096
"""Tokens of a prompt that is asked in every run, however short its rows are: twenty seconds on a slow computer."""
MOST_SECONDS = 20.0
"""After so long an answer is broken off: it is for a glance, and the run waits for it."""


def probe_of(
    model: Any, folder: Path, config: dict[str, Any], tokenizer: ModelTokenizer, settings: TrainSettings, teller: Teller
) -> Probe | None:
    """The probe of a run, if it has one. A prompt longer than the rows may be, which are what memory and time were
    reckoned for, is not asked, and that is told."""
    if not settings.probe.strip():
        return None
    probe = Probe(model, folder, config, tokenizer, settings.probe)
    most = max(MOST_PROMPT, settings.max_tokens)
    if probe.tokens <= most:
        return probe
    teller.note(f"The probe is not asked: it has {probe.tokens:,} tokens, and here {most:,} are the most.")
    return None


class Probe:
    """Answers one prompt greedily and without dropout, so that it draws no random numbers: the run is bit for bit the
    same with and without it."""

    def __init__(
        self, model: Any, folder: Path, config: dict[str, Any], tokenizer: ModelTokenizer, prompt: str
    ) -> None:
        self.prompt = prompt
        self._model, self._tokenizer = model, tokenizer
        self._ids = encode_prompt(tokenizer, chat(prompt, None, ""))
        self._ends = end_tokens(folder, config)

    @property
    def tokens(self) -> int:
        """How long the prompt is, in tokens."""
        return len(self._ids)

    def answer(self, between: Callable[[], None]) -> tuple[str, bool]:
        """What the model says now, and whether it was cut short. `between` is called while the prompt is read and
        after each token, and may raise; the model is left as it was."""
        was_training = self._model.training
        self._model.eval()
        answer, began = Answer(), time.monotonic()
        try:
            for _ in answer_pieces(
                self._model, self._tokenizer, self._ids, self._ends, MOST_TOKENS, 0.0, answer, between
            ):
                if time.monotonic() - began >= MOST_SECONDS:
                    answer.is_cut = True
                    break
        finally:
            self._model.train(was_training)
        return answer.text, answer.is_cut
