"""The training loss: cross entropy over the response tokens, and over nothing else."""

from __future__ import annotations

import copy
from typing import Any

import mlx.core as mx

_SAMPLE = (1, 2, 3, 5, 7, 11, 13, 17)
_PLACES = (1, 4, 6)
_TOLERANCE = 1e-3
_HALF_TOLERANCE = 3e-2
"""bfloat16 keeps 8 bits: another shape of the same product may differ in the last two of them."""
_STAGE = 128
"""Divides the vocabularies of most models."""
_BODIES = ("model", "transformer", "backbone")


class ResponseLoss:
    """Mean loss per target token in nats, and the number of targets, for `mlx_lm.tuner.trainer.train`.

    A batch is (inputs (rows, length), places (n,), targets (n,), weights (n,)): the flat places in `inputs` whose next
    token is trained, those tokens, and how much each counts; 0 for the padding of the list. Unlike in mlx-lm's own loss
    (mlx-lm#1697) no padding token is a target, and a batch without targets gives 0, not NaN.

    Weights change what is learned, not what is told: the gradient is that of Σ weight · loss ÷ targets, the value is
    the plain mean, so that curves of differently weighted runs can be laid over each other.

    Where the model allows it, only the places that are trained go through the output layer: on SmolLM2 at 30 % targets
    that is 1.2 times faster and takes half the memory, more with larger vocabularies.
    """

    def __init__(self, model: Any) -> None:
        self.is_split = _is_splittable(model)

    @property
    def head(self) -> str:
        """What goes through the output layer: "response" (only trained places) or "full"."""
        return "response" if self.is_split else "full"

    def __call__(
        self, model: Any, inputs: mx.array, places: mx.array, targets: mx.array, weights: mx.array
    ) -> tuple[mx.array, mx.array]:
        """The loss of one batch."""
        losses = self.token_losses(model, inputs, places, targets)
        is_target = weights > 0
        count = is_target.sum().astype(mx.float32)
        weighted = (losses * weights).sum() / mx.maximum(count, 1)
        plain = (losses * is_target).sum() / mx.maximum(count, 1)
        return weighted + mx.stop_gradient(plain - weighted), count

    def token_losses(self, model: Any, inputs: mx.array, places: mx.array, targets: mx.array) -> mx.array:
        """The loss at each place, in nats, shape (n,), float32."""
        if self.is_split:
            logits = _logits_at(model, inputs, places)
        else:
            logits = model(inputs)
            logits = logits.reshape(-1, logits.shape[-1])[places]
        losses: Any = _cross_entropy(logits.astype(mx.float32), targets)
        return losses  # type: ignore[no-any-return]  # mlx gives the functions it wraps no types


@mx.custom_function
def _cross_entropy(logits: mx.array, targets: mx.array) -> mx.array:
    """The loss at each place: log Σ exp(logits) - logits[target], (n, vocabulary), (n,) → (n,)."""
    return _log_sum(logits) - mx.take_along_axis(logits, targets[:, None], axis=-1)[:, 0]


@_cross_entropy.vjp
def _cross_entropy_gradient(
    given: tuple[mx.array, mx.array], slopes: mx.array, losses: mx.array
) -> tuple[mx.array, mx.array]:
    """softmax(logits), less 1 at the target; the sum is known from the loss. mlx's own way keeps two arrays of the
    logits' size more."""
    logits, targets = given
    rows = mx.arange(len(targets))
    sums = losses + logits[rows, targets]
    gradient = mx.exp(logits - sums[:, None]) * slopes[:, None]
    return gradient.at[rows, targets].add(-slopes), mx.zeros_like(targets)


def _log_sum(logits: mx.array) -> mx.array:
    """log Σ exp over the last axis, (n, vocabulary) → (n,), in two stages.

    In one, mlx on a CPU adds a whole vocabulary up in float32 one by one: the loss comes out 1·10⁻⁴ too low with 49,152
    tokens and 2·10⁻⁴ with 151,936 (measured, mlx 0.32). In two it is right to 3·10⁻⁶ and costs the same.
    """
    whole = logits.shape[-1] // _STAGE * _STAGE
    if whole == 0:
        return mx.logsumexp(logits, axis=-1)
    groups = logits if whole == logits.shape[-1] else logits[:, :whole]
    total = mx.logsumexp(mx.logsumexp(groups.reshape(-1, whole // _STAGE, _STAGE), axis=-1), axis=-1)
    return total if groups is logits else mx.logaddexp(total, mx.logsumexp(logits[:, whole:], axis=-1))


class _Given:
    """Stands in for a model's body: answers with hidden states that are there already, and is the body otherwise."""

    def __init__(self, body: Any, hidden: mx.array) -> None:
        self._body = body
        self._hidden = hidden

    def __call__(self, *_: Any, **__: Any) -> mx.array:
        return self._hidden

    def __getattr__(self, name: str) -> Any:
        return getattr(self._body, name)


def _logits_at(model: Any, inputs: mx.array, places: mx.array) -> mx.array:
    """Logits (n, vocabulary) at the flat `places` alone.

    The body runs over everything; then the model itself runs with a body that hands out the hidden states at `places`.
    So its own code does what comes after: an output layer or the embedding backwards, a scale (Cohere, Granite), a soft
    cap (Gemma 2).
    """
    holder, name = _body_of(model)
    hidden = holder[name](inputs)
    shell = copy.copy(holder)
    dict.__setitem__(shell, name, _Given(holder[name], hidden.reshape(-1, hidden.shape[-1])[places][None]))
    logits: mx.array = shell(inputs)
    return logits[0]


def _body_of(model: Any) -> tuple[Any, str]:
    """The module whose call is "body, then output layer", and the name of the body in it. Raises AttributeError."""
    holder = model.get("language_model", model)
    for name in _BODIES:
        if name in holder:
            return holder, name
    raise AttributeError("no body under a known name")


def _is_splittable(model: Any) -> bool:
    """Whether the output layer over some places gives what the whole model gives there. It is tried, not believed."""
    sample, places = mx.array([_SAMPLE]), mx.array(_PLACES)
    was_training = model.training
    model.eval()  # dropout would give two answers, and draw from the random numbers of the run
    try:
        whole = model(sample)
        tolerance = _TOLERANCE if whole.dtype == mx.float32 else _HALF_TOLERANCE
        whole = whole[0, places].astype(mx.float32)
        parts = _logits_at(model, sample, places).astype(mx.float32)
        if parts.shape != whole.shape:
            return False
        return bool((mx.abs(parts - whole).max() <= tolerance * mx.abs(whole).max()).item())
    except (AttributeError, TypeError, ValueError, KeyError, IndexError):
        return False
    finally:
        model.train(was_training)
