"""Lets a base model, or the model as tuned by a run, answer prompts; the text comes as it is made."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mlx.core as mx
from mlx_lm.generate import generate_step
from mlx_lm.sample_utils import make_sampler

from curator.core.errors import JobError
from curator.core.job import RESULT_FILE
from curator.engine.adapter import load_adapter
from curator.engine.base import end_tokens, load_base
from curator.engine.blas import blas_name, device_name
from curator.engine.files import write_text
from curator.engine.metal import bound_memory
from curator.engine.stopping import StopRequest
from curator.engine.telling import Teller
from curator.tokens.template import chat, encode_prompt
from curator.tokens.tokenizer import ModelTokenizer

_READ_AT_ONCE = 512
"""Tokens of a prompt between two looks whether to stop: some seconds on a slow computer."""
_UNFINISHED = "\ufffd"
"""What a decoder writes for a character of which some bytes are still to come."""


@dataclass(slots=True)
class Answer:
    """An answer while it grows. `is_cut` when the maximum ended it, and not the model."""

    text: str = ""
    tokens: int = 0
    is_cut: bool = False


def generate_job(folder: Path, job: dict[str, Any], teller: Teller, stop: StopRequest) -> dict[str, Any]:
    """Answer `job["prompt"]` (or each of "prompts") with "model" and, where given, the adapter in "adapter".

    Emits `token` events with the text as it comes; the whole answers are in result.json and in the `done` event.
    """
    model_folder = Path(job["model"])
    prompts = [str(prompt) for prompt in job.get("prompts") or [job["prompt"]]]
    if not all(prompt.strip() for prompt in prompts):
        raise JobError("There is no prompt to answer.", "Write one.")
    model, config = load_base(model_folder)
    tokenizer = ModelTokenizer(model_folder)
    bound_memory(model)
    if job.get("adapter"):
        model = load_adapter(model, Path(job["adapter"]))
    model.eval()
    ends = end_tokens(model_folder, config)
    limit, temperature = int(job.get("max_tokens", 128)), float(job.get("temperature", 0.0))
    mx.random.seed(int(job.get("seed", 0)))
    teller.emit("started", prompts=len(prompts), blas=blas_name(), device=device_name())
    began, texts, count = time.monotonic(), [], 0
    for number, prompt in enumerate(prompts):
        ids = encode_prompt(tokenizer, chat(prompt, None, str(job.get("system", ""))))
        answer = Answer()
        for piece in answer_pieces(model, tokenizer, ids, ends, limit, temperature, answer, stop.check):
            teller.emit("token", prompt=number, text=piece)
        texts.append(answer.text)
        count += answer.tokens
    write_text(folder / RESULT_FILE, json.dumps({"texts": texts}, ensure_ascii=False))
    seconds = time.monotonic() - began
    return {
        "text": texts[0],
        "texts": texts,
        "tokens": count,
        "tokens_per_second": round(count / max(seconds, 1e-9), 2),
    }


def answer_pieces(
    model: Any,
    tokenizer: ModelTokenizer,
    prompt: list[int],
    ends: frozenset[int],
    max_tokens: int,
    temperature: float,
    answer: Answer,
    before: Callable[[], None],
) -> Iterator[str]:
    """The answer to `prompt` in pieces of whole characters; `answer` holds all of it so far. `before` is called while
    the prompt is read and before each token is taken, and may raise."""
    made: list[int] = []
    for token, _ in generate_step(
        mx.array(prompt),
        model,
        max_tokens=max_tokens,
        sampler=make_sampler(temperature),
        prefill_step_size=_READ_AT_ONCE,
        prompt_progress_callback=lambda _read, _all: before(),
    ):
        before()
        if int(token) in ends:
            break
        made.append(int(token))
        answer.tokens = len(made)
        text = tokenizer.text(made)
        whole = text.rstrip(_UNFINISHED)
        if len(whole) > len(answer.text) and (len(text) - len(whole)) < 4:
            piece, answer.text = whole[len(answer.text) :], whole
            yield piece
    else:
        answer.is_cut = True
