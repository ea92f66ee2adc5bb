"""What a curve of losses does: its smooth course, how far it fell, how often it rose in a row. Arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

__all__ = ["fall", "median", "rises_in_a_row", "shift", "smoothed"]


def smoothed(values: Sequence[float]) -> list[float]:
    """The running mean over a tenth of the curve, 5 to 50 points wide and centred; as many values as came in.

    At both ends the window is cut, not padded: an end is the mean of half a window.
    """
    half = max(5, min(50, len(values) // 10)) // 2
    sums = [0.0]
    for value in values:
        sums.append(sums[-1] + value)
    edges = [(max(0, i - half), min(len(values), i + half + 1)) for i in range(len(values))]
    return [(sums[high] - sums[low]) / (high - low) for low, high in edges]


def fall(values: Sequence[float]) -> float:
    """How far the curve ends below its beginning, as a share of the beginning; negative where it rose."""
    return (values[0] - values[-1]) / values[0] if len(values) > 1 and values[0] > 0 else 0.0


def shift(values: Sequence[float]) -> float:
    """How far the curve ends from its beginning, up or down, as a share of the beginning."""
    return abs(fall(values))


def rises_in_a_row(values: Sequence[float], noise: float = 0.0) -> int:
    """How many of the last values each lie above the one before, where they rose by more than `noise` (a share)
    together; 0 where the curve's last step is down or level."""
    count = 0
    while count + 1 < len(values) and values[-1 - count] > values[-2 - count]:
        count += 1
    return count if count and values[-1] > values[-1 - count] * (1 + noise) else 0
