"""What a training run will cost, before it starts: memory from the model's shape, time from measured speed."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from curator.core.errors import ModelError
from curator.core.model import BaseModel
from curator.core.settings import TrainSettings
from curator.models.config import read_config, text_config

_RUNTIME_GB = 1.0
_ADAM_BYTES = 16  # weight, gradient and two moments, four bytes each
_KEPT_BYTES = 48  # three checkpoints of weight and moments (one being written), three adapters
_PARTED = frozenset(
    {"llama", "mistral", "smollm3", "qwen2", "qwen3", "phi3", "gemma", "gemma2", "gemma3_text", "gemma3"}
    | {"cohere", "cohere2", "granite", "olmo2", "starcoder2", "stablelm", "internlm2", "mixtral"}
    | {"gemma3n", "gemma4", "gemma4_text", "mistral3", "ministral3", "phi", "phimoe", "olmo3", "olmoe", "gpt_oss"}
    | {"qwen2_moe", "qwen3_moe", "qwen3_next", "qwen3_5", "qwen3_5_moe", "qwen3_vl", "qwen3_vl_moe", "qwen2_vl"}
    | {"granitemoe", "granitemoehybrid", "exaone", "exaone4", "lfm2", "lfm2_moe", "glm", "glm4", "glm4_moe"}
    | {"hunyuan_v1_dense", "ernie4_5", "nemotron", "minicpm", "internlm3", "seed_oss", "falcon_h1", "mamba", "mamba2"}
)
"""Architectures whose body and output layer run one after the other, so that only response tokens need logits."""
_GATED = frozenset(
    {"llama", "mistral", "smollm3", "qwen2", "qwen3", "gemma", "gemma2", "gemma3_text", "gemma3"}
    | {"cohere", "cohere2", "granite", "olmo2"}
)
"""Architectures whose feed-forward layers have gate, up and down: the engine keeps two of their inner activations."""
_LOGITS_CPU, _LOGITS_GPU = 5.0, 3.9
"""Arrays of the logits' size, float32, that the loss and its gradient hold at once; on a CPU the exponential is made of
several."""
_MOST_LOGITS_CPU, _MOST_LOGITS_GPU = 5_100_000, 41_000_000
"""So many logits are held at most where the loss goes over its tokens piece by piece."""
_FEWER_LAYERS = 16


def memory_gb(model: BaseModel, settings: TrainSettings, longest: int, response_share: float = 1.0) -> float | None:
    """About the peak memory of training, in GB (10⁹ bytes), for a longest row of `longest` tokens of which
    `response_share` are response. None when the model's config does not tell its shape.

    Activations are s·n·(T·(8.6·D + 2·I) + 0.9·H·B·L²) bytes with T = B·L and s bytes a value; 12·D + 4·I where the
    feed-forward layers are not known to be gated. On a CPU s·2·H·B·L² come once for the attention. Dropout keeps 0.9·D
    more, DoRA what comes out of each linear map. Logits are 4·3.9·V bytes for each token that has any, 4·5·V on a CPU,
    up to 100 MB there and 640 MB on a GPU, where the loss goes on piece by piece. Sparing keeps T·D a layer, and at its
    peak either one layer or the logits. Fitted on SmolLM2-135M on a CPU: 17 shapes within 10 % or 13 MB. What DoRA
    keeps, a full head and a GPU were not measured.
    """
    shape = _shape_of(model)
    if shape is None:
        return None
    trained = _trained_layers(settings, shape)
    batch = settings.batch_size
    length = 32 * -(-max(1, min(longest, settings.max_tokens)) // 32)
    tokens = batch * length
    size = 2 if sys.platform == "darwin" and model.bits <= 16 else 4
    share = min(1.0, max(0.0, response_share)) if model.architecture in _PARTED else 1.0
    is_cpu = sys.platform != "darwin"
    held = shape.vocabulary * tokens * share
    if model.architecture in _PARTED:
        held = min(held, _MOST_LOGITS_CPU if is_cpu else _MOST_LOGITS_GPU)
    logits = 4 * (_LOGITS_CPU if is_cpu else _LOGITS_GPU) * held
    is_gated = model.architecture in _GATED
    width = 8.6 * shape.hidden + 2 * shape.inner if is_gated else 12.0 * shape.hidden + 4 * shape.inner
    width += 0.9 * shape.hidden if settings.dropout > 0 else 0
    width += shape.outputs if settings.method == "dora" else 0
    scores = size * shape.heads * batch * length * length
    layer = size * tokens * width + 0.9 * scores
    if settings.is_sparing:
        extra = size * shape.layers * tokens * shape.hidden + max(logits, layer)
    else:
        extra = logits + trained * layer + (2 * scores if is_cpu else 0)
    adapter = trained * settings.rank * (shape.inputs + shape.outputs) * _ADAM_BYTES
    return round((model.bytes + adapter + extra) / 1e9 + _RUNTIME_GB, 2)


def disk_gb(model: BaseModel, settings: TrainSettings) -> float | None:
    """About what a run leaves on the disk at most, in GB: checkpoints and adapters. None for an unknown shape."""
    shape = _shape_of(model)
    if shape is None:
        return None
    return round(
        _trained_layers(settings, shape) * settings.rank * (shape.inputs + shape.outputs) * _KEPT_BYTES / 1e9, 3
    )


def smaller(
    model: BaseModel, settings: TrainSettings, longest: int, limit_gb: float, response_share: float = 1.0
) -> TrainSettings | None:
    """The settings changed as little as makes them fit into `limit_gb`: activations computed again, then a smaller
    batch with as many rows an update, then fewer layers. None where even that does not fit, or nobody can tell."""
    for tried in _less_and_less(settings):
        needed = memory_gb(model, tried, longest, response_share)
        if needed is None:
            return None
        if needed <= limit_gb:
            return tried
    return None


def _less_and_less(settings: TrainSettings) -> Iterator[TrainSettings]:
    settings = replace(settings, is_sparing=True)
    yield settings
    while settings.batch_size > 1:
        half = -(-settings.batch_size // 2)
        together = settings.accumulate * settings.batch_size
        settings = replace(settings, batch_size=half, accumulate=max(1, together // half))
        yield settings
    if settings.layers < 0 or settings.layers > _FEWER_LAYERS:
        yield replace(settings, layers=_FEWER_LAYERS)


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
        passes = settings.iterations / -(-rows // settings.batch_size) if rows else 0.0
    return tokens * passes / tokens_per_second if passes else None


@dataclass(frozen=True, slots=True)
class _Shape:
    """What of a config decides memory. `inputs` and `outputs` are those of all linear maps of one layer together."""

    hidden: int
    inner: int
    vocabulary: int
    heads: int
    layers: int
    inputs: int
    outputs: int


def _trained_layers(settings: TrainSettings, shape: _Shape) -> int:
    return shape.layers if settings.layers < 0 else min(settings.layers, shape.layers)


def _shape_of(model: BaseModel) -> _Shape | None:
    try:
        config = text_config(read_config(Path(model.path)))
    except ModelError:
        return None
    keys = ("hidden_size", "intermediate_size", "vocab_size", "num_attention_heads", "num_hidden_layers")
    found = [value for key in keys if isinstance(value := config.get(key), int) and value > 0]
    if len(found) < len(keys):
        return None
    hidden, inner, vocabulary, heads, layers = found
    maps = _linear_maps(config, hidden, inner, heads)
    return _Shape(hidden, inner, vocabulary, heads, layers, sum(i for i, _ in maps), sum(o for _, o in maps))


def _linear_maps(config: dict[str, Any], hidden: int, inner: int, heads: int) -> list[tuple[int, int]]:
    """(inputs, outputs) of the linear maps of one layer: query, key, value, output, gate, up, down."""
    size = config.get("head_dim")
    size = size if isinstance(size, int) and size > 0 else hidden // heads
    pairs = config.get("num_key_value_heads")
    pairs = pairs if isinstance(pairs, int) and pairs > 0 else heads
    attention = [(hidden, heads * size), (hidden, pairs * size), (hidden, pairs * size), (heads * size, hidden)]
    return [*attention, (hidden, inner), (hidden, inner), (inner, hidden)]
