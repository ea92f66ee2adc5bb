"""The optimizer: AdamW that clips its gradients, skips updates that are not finite, and warms up and cools down."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mlx.core as mx
import mlx.optimizers as optim
from mlx.utils import tree_flatten

Schedule = Callable[[mx.array], mx.array]

MIN_WARMUP = 3
WARMUP_FROM = 0.1
"""Warm-up begins at this share of the rate: mlx-lm's begins at 0 and wastes the first update."""


class SafeAdamW(optim.AdamW):  # type: ignore[misc]  # mlx brings no types along
    """AdamW with clipping by global norm; an update whose gradient is not finite changes nothing and is counted.

    The gradient's norm and the number of skipped updates are in `state` ("gradient_norm", "skipped"), because the
    step is compiled and only the state comes out of it.
    """

    def __init__(self, learning_rate: float | Schedule, weight_decay: float, clip: float) -> None:
        super().__init__(learning_rate=learning_rate, weight_decay=weight_decay, bias_correction=True)
        self._clip = clip
        self._factor = mx.array(1.0)
        self._is_finite = mx.array(True)

    def begin(self, parameters: dict[str, Any]) -> None:
        """Make the whole state before the first step: the compiled step captures the tree as it finds it."""
        self.init(parameters)
        self.state["gradient_norm"] = mx.array(0.0)
        self.state["skipped"] = mx.array(0)

    @property
    def skipped(self) -> int:
        """Updates that were skipped so far."""
        return int(self.state["skipped"].item())

    @property
    def gradient_norm(self) -> float:
        """Norm of the last gradient, before clipping."""
        return float(self.state["gradient_norm"].item())

    def apply_gradients(self, gradients: dict[str, Any], parameters: dict[str, Any]) -> Any:
        """The updated parameters."""
        squares = [mx.square(g.astype(mx.float32)).sum() for _, g in tree_flatten(gradients)]
        norm = mx.sqrt(sum(squares[1:], squares[0]))
        self._is_finite = mx.isfinite(norm)
        self._factor = mx.minimum(1.0, self._clip / (norm + 1e-6)) if self._clip > 0 else mx.array(1.0)
        self.state["gradient_norm"] = norm
        self.state["skipped"] = self.state["skipped"] + (1 - self._is_finite.astype(mx.int32))
        return super().apply_gradients(gradients, parameters)

    def apply_single(self, gradient: mx.array, parameter: mx.array, state: dict[str, mx.array]) -> mx.array:
        """One parameter's update, or the parameter as it was."""
        before = dict(state)
        updated = super().apply_single(gradient * self._factor.astype(gradient.dtype), parameter, state)
        for name, value in before.items():
            state[name] = mx.where(self._is_finite, state[name], value)
        return mx.where(self._is_finite, updated, parameter)


def schedule(rate: float, updates: int, warmup: float, final: float) -> Schedule:
    """Learning rate by update: linear from a tenth of `rate` over the `warmup` share, then a cosine to `final` × rate.
    Both shares are of all `updates`; a very short run still warms up for a few of them."""
    warm = min(max(MIN_WARMUP, round(warmup * updates)), updates // 3) if warmup > 0 else 0
    cool = optim.cosine_decay(rate, max(1, updates - warm), rate * final)
    if warm == 0:
        return cool  # type: ignore[no-any-return]
    rise = optim.linear_schedule(rate * WARMUP_FROM, rate, warm)
    return optim.join_schedules([rise, cool], [warm])  # type: ignore[no-any-return]
