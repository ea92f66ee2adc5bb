"""Every signal can be explained, and the score stays in its range."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from curator.core.signal import SIGNALS, SignalKind, score_of


def test_every_signal_has_a_short_badge_and_a_sentence() -> None:
    for name, signal in SIGNALS.items():
        assert name == signal.name
        assert 0 < len(signal.badge) <= 13
        assert signal.sentence.endswith(".")


def test_a_gate_takes_the_whole_score() -> None:
    gates = [name for name, signal in SIGNALS.items() if signal.kind is SignalKind.GATE]
    assert gates and all(score_of({name}) == 0 for name in gates)


@given(st.sets(st.sampled_from(sorted(SIGNALS))))
def test_no_set_of_signals_leaves_the_range(names: set[str]) -> None:
    assert 0 <= score_of(names) <= 105
