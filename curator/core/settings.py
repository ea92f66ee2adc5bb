"""The numbers a training run is given, and the named choices of them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TrainSettings:
    """The numbers of a LoRA run. `scale` multiplies directly, as mlx does (PEFT's alpha is scale × rank).

    Either `iterations` or `passes` says how long; `iterations` wins when it is not 0. Learning rate is per update,
    warm-up a share of all updates. `layers` -1 means all. `evals_per_pass` is how often validation is measured.

    `method` is "lora" or "dora". With `is_rank_stabilized` the scale is divided by √(rank ÷ 8), so that another rank
    needs no other learning rate (rsLoRA, arXiv 2312.03732). `is_sparing` computes activations again in the backward
    pass instead of keeping them: about a third of the memory for half as much time again, and the same gradients.
    `probe` is a prompt that is answered at every validation, for the eye; it changes nothing in the run.
    `segment_minutes` lets the worker's process leave and come back so often (0: never), bit for bit the same run.
    """

    passes: float = 3.0
    iterations: int = 0
    batch_size: int = 4
    learning_rate: float = 2e-4
    rank: int = 8
    scale: float = 4.0
    dropout: float = 0.05
    layers: int = -1
    warmup: float = 0.05
    final_rate: float = 0.1
    weight_decay: float = 0.01
    clip: float = 1.0
    accumulate: int = 1
    max_tokens: int = 2048
    evals_per_pass: float = 4.0
    patience: int = 0  # evaluations without a better one before it stops by itself; 0: never
    seed: int = 0
    checkpoint_seconds: float = 60.0
    method: str = "lora"
    is_rank_stabilized: bool = False
    is_sparing: bool = False
    probe: str = ""
    segment_minutes: float = 0.0


def rate_words(rate: float) -> str:
    """A learning rate as it is written: 1e-4, 2.5e-5."""
    mantissa, _, exponent = f"{rate:.2e}".partition("e")
    return f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}"


@dataclass(frozen=True, slots=True)
class Preset:
    """A named choice of settings, with the sentence that says when to take it."""

    name: str
    title: str
    sentence: str
    settings: TrainSettings


_RATE = 4e-4
"""On SmolLM2-135M three passes over 45 real rows took validation from 2.68 to 2.43 at 2e-4 and to 2.25 at 4e-4
(`tests/benchmarks/bench_presets.py`). It is what “LoRA Without Regret” (Thinking Machines, 2025) gives for Llama models
of 2,600 wide at this scale; narrower ones bear more, which is why it is not the 8e-4 that was lower still there."""

PRESETS: tuple[Preset, ...] = (
    Preset("quick", "Quick look", "Does it take the tone at all?", TrainSettings(passes=1.0, learning_rate=_RATE)),
    Preset(
        "standard",
        "Standard",
        "What a set of this size usually needs.",
        TrainSettings(passes=3.0, learning_rate=_RATE),
    ),
    Preset("thorough", "Thorough", "Stops by itself when it no longer learns.", TrainSettings(passes=8.0, patience=8)),
    Preset(
        "story",
        "By heart",
        "600 updates of 4 rows. On 91 rows that is 26 passes: it learns them by heart.",
        TrainSettings(iterations=600, batch_size=4, evals_per_pass=1.0),
    ),
)
