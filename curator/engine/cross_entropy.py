"""Cross entropy over a vocabulary: the losses of some places, and their gradient, piece by piece."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mlx.core as mx

from curator.engine.exponential import exponential

_PIECE_ON_CPU, _PIECE_ON_GPU = 1 << 21, 1 << 24
"""Logits that are held at once, 8 and 64 MB: of 49,152 tokens those of 42 places, or 341. A GPU reads the whole head
anew for each piece; a CPU is as busy with 42 places as with many."""
_STAGE = 128
"""Divides the vocabularies of most models."""


def losses_of_logits(logits: mx.array, targets: mx.array) -> mx.array:
    """The loss at each place in nats: log Σ exp(logits) - logits[target], (n, vocabulary), (n,) → (n,) in float32."""
    losses: mx.array = _cross_entropy(logits.astype(mx.float32), targets)[0]  # type: ignore[index]  # mlx has no types
    return losses


def losses_of_hidden(head: Callable[[mx.array], mx.array], hidden: mx.array, targets: mx.array) -> mx.array:
    """The loss at each place, (n, width), (n,) → (n,), where `head` makes logits (n, vocabulary) of hidden states.

    The gradient of a place's loss is reckoned with the loss, while its logits are at hand, and only that gradient, as
    wide as the hidden state, is kept (as Liger Kernel does it, arXiv 2410.10989). Logits are never held but for a few
    places, and none is raised to a power twice. What `head` itself is made of gets no gradient: it must be frozen.
    """

    @mx.custom_function
    def with_gradient(hidden: mx.array) -> tuple[mx.array, mx.array]:
        losses: list[mx.array] = []
        gradients: list[mx.array] = []
        size = _places_at_once(head, hidden)
        for start in range(0, hidden.shape[0], size):
            piece, wanted = hidden[start : start + size], targets[start : start + size]
            if gradients:
                piece, wanted = mx.depends([piece, wanted], gradients[-1:])  # one after the other
            found, slopes = mx.vjp(
                lambda states, wanted=wanted: losses_of_logits(head(states), wanted), [piece], [mx.ones(len(wanted))]
            )
            losses += found
            gradients += slopes
        return mx.concatenate(losses), mx.concatenate(gradients)

    @with_gradient.vjp
    def gradient(hidden: mx.array, slopes: tuple[mx.array, mx.array], found: tuple[mx.array, mx.array]) -> mx.array:
        return (found[1] * slopes[0][:, None]).astype(hidden.dtype)

    losses: mx.array = with_gradient(hidden)[0]  # type: ignore[index]  # mlx has no types
    return losses


def losses_measured(head: Callable[[mx.array], mx.array], hidden: mx.array, targets: mx.array) -> mx.array:
    """As `losses_of_hidden` for whoever wants no gradient, and as sparing: a validation that held the logits of a whole
    batch would need more memory than the training it looks after."""
    losses: list[mx.array] = []
    size = _places_at_once(head, hidden)
    for start in range(0, hidden.shape[0], size):
        piece = hidden[start : start + size]
        if losses:
            (piece,) = mx.depends([piece], losses[-1:])  # one after the other
        losses.append(losses_of_logits(head(piece), targets[start : start + size]))
    return mx.concatenate(losses)


def _places_at_once(head: Callable[[mx.array], mx.array], hidden: mx.array) -> int:
    most = _PIECE_ON_CPU if mx.default_device() == mx.Device(mx.cpu) else _PIECE_ON_GPU
    return max(1, most // head(hidden[:1]).shape[-1])


@mx.custom_function
def _cross_entropy(logits: mx.array, targets: mx.array) -> tuple[mx.array, mx.array, mx.array]:
    """The losses, and what their gradient needs: the exponentials and the sums of them. mlx's own way raises each logit
    to a power twice."""
    greatest = logits.max(axis=-1, keepdims=True)
    exponentials = exponential(logits - greatest)
    sums = _sum(exponentials)
    at_target = mx.take_along_axis(logits, targets[:, None], axis=-1)
    return mx.log(sums) + (greatest - at_target)[:, 0], exponentials, sums


@_cross_entropy.vjp
def _cross_entropy_gradient(given: Any, slopes: Any, found: Any) -> tuple[mx.array, mx.array]:
    """softmax(logits), less 1 at the target."""
    (_, targets), (slope, *_), (_, exponentials, sums) = given, slopes, found
    gradient = exponentials * (slope / sums)[:, None]
    return gradient.at[mx.arange(len(targets)), targets].add(-slope), mx.zeros_like(targets)


def _sum(values: mx.array) -> mx.array:
    """The sum over the last axis, (n, vocabulary) → (n,), in two stages.

    In one, mlx on a CPU adds a whole vocabulary up in float32 one by one: the loss comes out 1·10⁻⁴ too low with 49,152
    tokens and 2·10⁻⁴ with 151,936 (measured, mlx 0.32). In two it is right to 3·10⁻⁶ and costs the same.
    """
    whole = values.shape[-1] // _STAGE * _STAGE
    total = values[..., whole:].sum(axis=-1)
    groups = values if whole == values.shape[-1] else values[..., :whole]
    return total + groups.reshape(*values.shape[:-1], whole // _STAGE, _STAGE).sum(axis=-1).sum(axis=-1)
