"""The probe: one prompt that the model answers now and then while it is trained, for the eye."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from curator.engine.base import end_tokens
from curator.engine.generate import Answer, answer_pieces
from curator.tokens.template import chat, encode_prompt
from curator.tokens.tokenizer import ModelTokenizer

MOST_TOKENS = 96
MOST_SECONDS = 20.0
"""After so long an answer is broken off: it is for a glance, and the run waits for it."""


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

    def answer(self, between: Callable[[], None]) -> tuple[str, bool]:
        """What the model says now, and whether it was cut short. `between` is called after each token and may raise;
        the model is left as it was."""
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
