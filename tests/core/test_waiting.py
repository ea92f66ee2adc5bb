from __future__ import annotations

import pytest

from curator.core.waiting import wait, wait_until


class EnoughError(Exception):
    """Somebody asked for an end."""


def test_it_ends_when_it_is_so_and_says_whether_it_was() -> None:
    answers = iter([False, False, True])
    assert wait_until(lambda: next(answers), 10.0, every=0.001)
    assert list(answers) == []
    assert not wait_until(lambda: False, 0.01, every=0.001)
    assert wait_until(lambda: True, 0.0)


def test_whoever_asks_for_an_end_is_heard_before_each_look() -> None:
    asked: list[int] = []

    def check() -> None:
        asked.append(1)
        if len(asked) == 3:
            raise EnoughError

    with pytest.raises(EnoughError):
        wait(60.0, check, every=0.001)
    assert len(asked) == 3
