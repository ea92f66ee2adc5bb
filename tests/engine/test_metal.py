from __future__ import annotations

from curator.engine.metal import GIB, wired_bytes


def test_a_small_model_does_not_take_the_memory_of_the_whole_mac() -> None:
    assert wired_bytes(12 * GIB, GIB // 2) < 5 * GIB


def test_a_large_model_leaves_two_fifths_of_what_is_recommended() -> None:
    assert wired_bytes(10 * GIB, 9 * GIB) == 6 * GIB
