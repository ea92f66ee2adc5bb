"""The training loss: cross entropy over the response tokens, and over nothing else."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import mlx.core as mx
from mlx.utils import tree_flatten

from curator.engine.cross_entropy import losses_measured, losses_of_hidden, losses_of_logits

_SAMPLE = (1, 2, 3, 5, 7, 11, 13, 17)
_PLACES = (1, 4, 6)
_TOLERANCE = 1e-3
_HALF_TOLERANCE = 3e-2
"""bfloat16 keeps 8 bits: another shape of the same product may differ in the last two of them."""
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
        self._is_head_frozen = self.is_split and _is_head_frozen(model)

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
        if not self.is_split:
            logits = model(inputs)
            return losses_of_logits(logits.reshape(-1, logits.shape[-1])[places], targets)
        head, hidden = _parted(model, inputs, places)
        if not model.training:
            return losses_measured(head, hidden, targets)
        if self._is_head_frozen:
            return losses_of_hidden(head, hidden, targets)
        return losses_of_logits(head(hidden), targets)


class _Heard:
    """Stands in for a model's body: keeps what the body answers, however the model calls it."""

    def __init__(self, body: Any) -> None:
        self._body = body
        self.hidden: Any = None

    def __call__(self, *given: Any, **more: Any) -> Any:
        self.hidden = self._body(*given, **more)
        return self.hidden

    def __getattr__(self, name: str) -> Any:
        return getattr(self._body, name)


class _Given:
    """Stands in for a model's body: answers with hidden states that are there already, and is the body otherwise."""

    def __init__(self, body: Any, hidden: mx.array) -> None:
        self._body = body
        self._hidden = hidden

    def __call__(self, *_: Any, **__: Any) -> mx.array:
        return self._hidden

    def __getattr__(self, name: str) -> Any:
        return getattr(self._body, name)


def _parted(model: Any, inputs: mx.array, places: mx.array) -> tuple[Callable[[mx.array], mx.array], mx.array]:
    """The model's head, and the hidden states (n, width) at the flat `places` that go into it.

    The body runs over everything, called by the model itself, whose logits nobody asks for and mlx therefore never
    computes. The head is the model itself with a body that hands out hidden states (n, width) that
    are there already. So its own code makes the logits (n, vocabulary) of them: an output layer or the embedding
    backwards, a scale (Cohere, Granite), a soft cap (Gemma 2).
    """
    holder, name = _body_of(model)
    body = holder[name]
    heard = _Heard(body)
    _with(holder, name, heard)(inputs)

    def head(states: mx.array) -> mx.array:
        logits: mx.array = _with(holder, name, _Given(body, states[None]))(inputs)
        return logits[0]

    hidden = heard.hidden
    return head, hidden.reshape(-1, hidden.shape[-1])[places]


def _with(holder: Any, name: str, body: Any) -> Any:
    """The holder with another body; the one that was given is left as it is."""
    shell = copy.copy(holder)
    dict.__setitem__(shell, name, body)
    return shell


def _is_head_frozen(model: Any) -> bool:
    """Whether all that is trained lies in the model's blocks, as it does with an adapter."""
    of_blocks = {id(value) for block in model.layers for _, value in tree_flatten(block.trainable_parameters())}
    return all(id(value) in of_blocks for _, value in tree_flatten(model.trainable_parameters()))


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
        head, hidden = _parted(model, sample, places)
        parts = head(hidden).astype(mx.float32)
        if parts.shape != whole.shape:
            return False
        return bool((mx.abs(parts - whole).max() <= tolerance * mx.abs(whole).max()).item())
    except (AttributeError, TypeError, ValueError, KeyError, IndexError):
        return False
    finally:
        model.train(was_training)
