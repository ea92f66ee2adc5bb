"""What a training run will cost, before it starts: memory from the model's shape, time from measured speed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from curator.core.errors import ModelError
from curator.core.model import BaseModel
from curator.core.settings import TrainSettings
from curator.models.config import read_config, text_config

_RUNTIME_GB = 1.0
_ADAM_BYTES = 16  # weight, gradient and two moments, four bytes each


def memory_gb(model: BaseModel, settings: TrainSettings, longest: int) -> float | None:
    """About the peak memory of training, in GB (10⁹ bytes), for a longest row of `longest` tokens.

    Fitted on SmolLM2-135M on a CPU, nine shapes within 10 %: activations are
    s·(4.3·V·T + n·(T·(12·D + 4·I) + 0.9·H·B·L²)) bytes with T = B·L, and s bytes a value. None when the model's
    config does not tell its shape.
    """
    try:
        config = text_config(read_config(Path(model.path)))
    except ModelError:
        return None
    shape = _shape(config)
    if shape is None:
        return None
    hidden, inner, vocabulary, heads, layers = shape
    trained = layers if settings.layers < 0 else min(settings.layers, layers)
    batch = settings.batch_size
    length = 32 * -(-max(1, min(longest, settings.max_tokens)) // 32)
    tokens = batch * length
    size = 2 if sys.platform == "darwin" and model.bits <= 16 else 4
    logits = 4 * 4.3 * vocabulary * tokens
    layer = size * (tokens * (12 * hidden + 4 * inner) + 0.9 * heads * batch * length * length)
    adapter = trained * settings.rank * _lora_width(config, hidden, inner, heads) * _ADAM_BYTES
    return round((model.bytes + adapter + logits + trained * layer) / 1e9 + _RUNTIME_GB, 2)


def seconds(
    model: BaseModel, settings: TrainSettings, tokens: int, *, rows: int = 0, tokens_per_second: float | None = None
) -> float | None:
    """How long training takes for `tokens` tokens a pass (`rows` rows), at a speed measured before on this computer.

    None while no speed is known: a guess from data sheets is off by a factor of three.
    """
    if not tokens_per_second or tokens_per_second <= 0 or tokens <= 0:
        return None
    passes = settings.passes
    if settings.iterations:
        passes = settings.iterations * settings.batch_size / rows if rows else 0.0
    return tokens * passes / tokens_per_second if passes else None


def _shape(config: dict[str, Any]) -> tuple[int, int, int, int, int] | None:
    keys = ("hidden_size", "intermediate_size", "vocab_size", "num_attention_heads", "num_hidden_layers")
    found = [value for key in keys if isinstance(value := config.get(key), int) and value > 0]
    return (found[0], found[1], found[2], found[3], found[4]) if len(found) == len(keys) else None


def _lora_width(config: dict[str, Any], hidden: int, inner: int, heads: int) -> int:
    """Inputs plus outputs of all linear maps of one layer: query, key, value, output, gate, up, down."""
    size = config.get("head_dim")
    size = size if isinstance(size, int) and size > 0 else hidden // heads
    pairs = config.get("num_key_value_heads")
    pairs = pairs if isinstance(pairs, int) and pairs > 0 else heads
    attention = 2 * (hidden + heads * size) + 2 * (hidden + pairs * size)
    return attention + 3 * (hidden + inner)
