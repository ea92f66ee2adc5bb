"""Rows as the model sees them: ids and which of them are trained. Counting and training both take them from here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from curator.core.errors import DatasetError
from curator.tokens.chat import ChatTemplate, TemplateRefusedError
from curator.tokens.messages import Message, chat
from curator.tokens.tokenizer import ModelTokenizer

__all__ = ["Encoded", "RowRefusedError", "chat", "encode_prompt", "encode_row", "is_training_system", "render"]

_PARTS = {"user": "prompt", "assistant": "response", "system": "system message"}


class RowRefusedError(DatasetError):
    """A row that must not be trained as it is; `message` says why, `hint` what to change."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """One row in the model's tokens. `weights[i]` is 1 where `ids[i]` is a target of training, else 0.

    `prompt_tokens` are those before the first target; `response_tokens` all the others, so the two add up to the row.
    `row` is its id in the library, where known; `tags` and `weight` (how much it counts in training, 1 being as much
    as others) are what the snapshot's manifest says of it.
    """

    ids: list[int]
    weights: list[int]
    prompt_tokens: int
    response_tokens: int
    row: int | None = None
    tags: tuple[str, ...] = ()
    weight: float = 1.0


def render(model: ModelTokenizer | Path, messages: Sequence[Message], add_generation_prompt: bool = False) -> str:
    """The text of the messages in the model's template. Raises `ModelError`, with the template's words on a refusal."""
    return _loaded(model).template.render(messages, add_generation_prompt)


def is_training_system(template: ChatTemplate) -> bool:
    """Whether a row's system message is in what is trained: Mistral's templates write it as long as no answer follows,
    some never do. One that refuses it refuses the row, and leaves nothing out."""
    try:
        return _NO_SYSTEM in template.render(chat("?", _NO_ANSWER, _NO_SYSTEM))
    except TemplateRefusedError:
        return True


def encode_prompt(model: ModelTokenizer | Path, messages: Sequence[Message]) -> list[int]:
    """The ids that a model is given to answer: everything up to and with the generation prompt."""
    tokenizer = _loaded(model)
    return tokenizer.ids(tokenizer.template.render(messages, add_generation_prompt=True))


def encode_row(model: ModelTokenizer | Path, messages: Sequence[Message]) -> Encoded:
    """The row's ids and targets: every assistant message with its end of turn, nothing else.

    Trailing messages of other roles are left away (nothing would be learned from them). Where a template writes
    earlier answers anew when later ones follow (Qwen3 drops their thoughts), only the last one is trained. Where an
    answer's first letters share a token with what comes before it, that token is trained.

    Raises `RowRefusedError` for a row that holds a control token or lacks a prompt or an answer, and
    `TemplateRefusedError` when the template does not take it.
    """
    tokenizer = _loaded(model)
    kept = list(messages)
    while kept and kept[-1]["role"] != "assistant":
        kept.pop()
    _check(tokenizer, kept)
    last = len(kept) - 1
    text = tokenizer.template.render(kept)
    ids = tokenizer.ids(text)
    begin = _beginning(tokenizer, kept, text, ids)
    weights = [0] * begin + [1] * (len(ids) - begin)
    for index in range(last):
        if kept[index]["role"] == "assistant":
            for position in _earlier_span(tokenizer, kept, index, ids):
                weights[position] = 1
    if begin >= len(ids):
        raise RowRefusedError(
            "The model's chat template leaves nothing of the response.", "Choose another model, or edit the row."
        )
    first = weights.index(1)
    return Encoded(ids, weights, first, len(ids) - first)


def _earlier_span(tokenizer: ModelTokenizer, messages: list[Message], index: int, ids: list[int]) -> range:
    """Where the answer at `index` stands in `ids`; empty when the template writes it otherwise in a longer chat."""
    until = messages[: index + 1]
    text = tokenizer.template.render(until)
    whole = tokenizer.ids(text)
    if ids[: len(whole)] != whole:
        return range(0)
    return range(_beginning(tokenizer, until, text, whole), len(whole))


def _beginning(tokenizer: ModelTokenizer, messages: list[Message], text: str, ids: list[int]) -> int:
    """How many of the `ids` of a chat's `text` come before its last message, the answer.

    Most templates write the prompt the same whether an answer follows or not. Mistral's leave the system message out
    once there is one: there, and behind a thought that the prompt begins and the row does not have, what comes before
    the answer is what stays the same when the answer is another.
    """
    prompt = tokenizer.template.render(messages[:-1], add_generation_prompt=True)
    begin = _common(tokenizer.ids(prompt), ids)
    if text.startswith(prompt):
        return begin
    other = tokenizer.template.render([*messages[:-1], {**messages[-1], "content": _NO_ANSWER}])
    return max(begin, _common(tokenizer.ids(text[: _common(text, other)]), ids))


_NO_ANSWER = "\ue000"
"""Of Unicode's private use, so that no answer begins with it."""
_NO_SYSTEM = "\ue001"


def _check(tokenizer: ModelTokenizer, messages: Sequence[Message]) -> None:
    if not messages or not messages[-1]["content"].strip():
        raise RowRefusedError("The row has no response.", "Write one, or reject the row.")
    if not any(m["role"] == "user" and m["content"].strip() for m in messages):
        raise RowRefusedError("The row has no prompt.", "Write one, or reject the row.")
    for message in messages:
        part = _PARTS.get(message["role"], "row")
        if not message["content"].isascii() and _has_half_pair(message["content"]):
            raise RowRefusedError(
                f"The {part} holds broken characters (half of a surrogate pair).", "Delete them, or revert the row."
            )
        token = tokenizer.control_token_in(message["content"])
        if token is not None:
            raise RowRefusedError(
                f"The {part} holds “{token}”, which this model reads as a control token.",
                "Write it differently, for example with a space inside.",
            )


def _has_half_pair(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def _common(first: Sequence[object], second: Sequence[object]) -> int:
    """The length of the longest common beginning."""
    if list(second[: len(first)]) == list(first):
        return len(first)
    for index, (one, other) in enumerate(zip(first, second, strict=False)):
        if one != other:
            return index
    return min(len(first), len(second))


def _loaded(model: ModelTokenizer | Path) -> ModelTokenizer:
    return model if isinstance(model, ModelTokenizer) else _load(model)


@lru_cache(maxsize=4)
def _load(folder: Path) -> ModelTokenizer:
    return ModelTokenizer(folder)
