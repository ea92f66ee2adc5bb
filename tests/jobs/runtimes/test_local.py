"""This program as the place to train, where it can be one and where it cannot."""

from __future__ import annotations

import sys

import pytest

from curator import paths
from curator.core.errors import JobError
from curator.core.machine import RuntimeSpec
from curator.jobs.runtimes import place_of


def test_this_program_starts_itself_again() -> None:
    assert place_of(RuntimeSpec("")).runtime().command == tuple(paths.program())


def test_on_windows_it_says_where_else_to_train(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(JobError, match="does not come along on Windows") as told:
        place_of(RuntimeSpec("")).runtime()
    assert "WSL" in told.value.hint
