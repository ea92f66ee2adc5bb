"""The smoke test's screen takes a number of its own and passes over one that is taken."""

from __future__ import annotations

import shutil

import pytest
from smoke.account import SmokeError
from smoke.screen import screen

pytestmark = pytest.mark.skipif(shutil.which("Xvfb") is None, reason="Xvfb is not installed")
SIZE = "640x480x24"


def test_a_number_that_is_taken_is_passed_over_and_a_low_one_never_asked_for() -> None:
    first, display = screen(SIZE)
    try:
        taken = int(display.removeprefix(":"))
        assert taken >= 1_000
        second, other = screen(SIZE, [taken, taken + 1])
        try:
            assert other == f":{taken + 1}" and first.poll() is None
        finally:
            second.terminate()
            second.wait(timeout=120)
        with pytest.raises(SmokeError, match="did not start"):
            screen(SIZE, [taken])
    finally:
        first.terminate()
        first.wait(timeout=120)
