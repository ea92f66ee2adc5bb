"""The figures of one run as arrays that grow in place, raw and smoothed; what the charts draw."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from curator.core.progress import LossPoint

SMOOTHING = 0.74
"""Weight of the past in the exponential mean of the training loss; the start is corrected."""

Floats = NDArray[np.float64]


def loss_of(point: LossPoint) -> float:
    """The loss of a point."""
    return point.loss


class LossSeries:
    """Places in passes and losses, appended to arrays that double. A value that is not a number is left out.

    `value` takes another figure out of the points, such as the learning rate.
    """

    def __init__(self, smoothing: float = SMOOTHING, value: Callable[[LossPoint], float] = loss_of) -> None:
        self._smoothing = smoothing
        self._value = value
        self._x: Floats = np.empty(256)
        self._raw: Floats = np.empty(256)
        self._smooth: Floats = np.empty(256)
        self._size = 0
        self._mean = 0.0
        self._read = 0
        self._last: LossPoint | None = None

    def __len__(self) -> int:
        return self._size

    @property
    def x(self) -> Floats:
        """Places of the losses, in passes; a view, not a copy."""
        return self._x[: self._size]

    @property
    def raw(self) -> Floats:
        """The losses as measured."""
        return self._raw[: self._size]

    @property
    def smooth(self) -> Floats:
        """Their exponential mean."""
        return self._smooth[: self._size]

    def clear(self) -> None:
        """Forget everything; another run is shown."""
        self._size = self._read = 0
        self._mean = 0.0
        self._last = None

    def update(self, points: Sequence[LossPoint]) -> bool:
        """Take over the points of a run. Only the tail is read when they continue what is known; returns whether
        anything changed."""
        if self._read and (len(points) < self._read or points[self._read - 1] != self._last):
            self.clear()
            self.update(points)
            return True
        if len(points) == self._read:
            return False
        value = self._value
        self._append([(p.passes, v) for p in points[self._read :] if math.isfinite(v := value(p))])
        self._read = len(points)
        self._last = points[-1]
        return True

    def _append(self, fresh: Sequence[tuple[float, float]]) -> None:
        n, end = self._size, self._size + len(fresh)
        while end > self._x.size:
            self._x, self._raw, self._smooth = (np.resize(a, a.size * 2) for a in (self._x, self._raw, self._smooth))
        if not fresh:
            return
        self._x[n:end], self._raw[n:end] = zip(*fresh, strict=True)
        keep, mean, means = self._smoothing, self._mean, []
        for _, loss in fresh:
            mean = keep * mean + (1 - keep) * loss
            means.append(mean)
        self._smooth[n:end] = means / (1 - keep ** np.arange(n + 1, end + 1, dtype=float))
        self._size, self._mean = end, mean

    def value_at(self, passes: float, is_smooth: bool = True) -> float | None:
        """The value last measured at or before a place, smoothed or not; None before the first."""
        i = int(np.searchsorted(self.x, passes, side="right")) - 1
        return float((self._smooth if is_smooth else self._raw)[i]) if i >= 0 else None


def peaks(x: Floats, y: Floats, most: int) -> tuple[Floats, Floats]:
    """At most `most` points that look the same: of each stretch its lowest and its highest, in their order."""
    n, stretches = x.size, max(1, most // 2)
    if n <= most:
        return x, y
    size = -(-n // stretches)
    whole = n // size * size
    parts = y[:whole].reshape(-1, size)
    low, high = parts.argmin(axis=1), parts.argmax(axis=1)
    ends = np.sort(np.stack([low, high], axis=1) + np.arange(parts.shape[0])[:, None] * size, axis=1).ravel()
    once = np.append(True, ends[1:] != ends[:-1])  # np.unique would import numpy.ma first: 0.1 s
    kept = np.append(ends[once], np.arange(whole, n))
    return x[kept], y[kept]


def means(x: Floats, y: Floats, most: int) -> tuple[Floats, Floats]:
    """At most `most` points of a line that is smooth already: the mean of each stretch, and the last point as it is."""
    n = x.size
    if n <= most:
        return x, y
    starts = np.arange(0, n, -(-n // max(1, most - 1)))
    sizes = np.diff(np.append(starts, n))
    thin_x, thin_y = np.add.reduceat(x, starts) / sizes, np.add.reduceat(y, starts) / sizes
    thin_x[0], thin_y[0] = x[0], y[0]
    return np.append(thin_x, x[-1]), np.append(thin_y, y[-1])


def bounds(series: Sequence[LossSeries]) -> tuple[float, float]:
    """The lowest and highest loss worth showing: single wild steps (one in two hundred) may leave the picture."""
    low, high = math.inf, -math.inf
    for one in series:
        if len(one):
            bottom, top = np.percentile(one.raw, [0.5, 99.5]) if len(one) > 40 else (one.raw.min(), one.raw.max())
            low, high = min(low, float(bottom)), max(high, float(top))
    if low > high:
        return 0.0, 3.0
    least = min(0.2, max(abs(high), 1e-9))  # a flat line is no drama, and a rate of 1e-4 is no loss
    if high - low < least:
        middle = (low + high) / 2
        low, high = middle - least / 2, middle + least / 2
    return low, high


def levels(low: float, high: float, at_most: int = 5) -> list[float]:
    """Round figures between two losses, few enough to be read: 1.0, 1.5, 2.0, 2.5."""
    span = max(high - low, 1e-9)
    magnitude = 10.0 ** math.floor(math.log10(span / at_most))
    step = next(m * magnitude for m in (1, 2, 2.5, 5, 10) if span / (m * magnitude) <= at_most)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [round(i * step, 12) for i in range(first, last + 1)]
