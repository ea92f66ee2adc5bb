"""The probe: one prompt that the model answers now and then while it is trained, for the eye."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from curator.engine.base import end_tokens
from curator.engine.generate import Answer, answer_pieces
from curator.engine.stopping import StopRequest
from curator.tokens.template import chat, encode_prompt
from curator.tokens.tokenizer import ModelTokenizer

MOST_TOKENS = 96


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

    def answer(self, stop: StopRequest) -> str:
        """What the model says now. Raises StopRequestedError in the middle of it; the model is left as it was."""
        was_training = self._model.training
        self._model.eval()
        answer = Answer()
        try:
            for _ in answer_pieces(self._model, self._tokenizer, self._ids, self._ends, MOST_TOKENS, 0.0, answer, stop):
                pass
        finally:
            self._model.train(was_training)
        return answer.text
