"""A file that was read in another way than most is told apart from one that was not read."""

from __future__ import annotations

import pytest

from curator.core.notes import REPLACED, REPLACED_IN_LINE, WINDOWS, is_note, nobody_asked
from curator.core.query import ImportReport


@pytest.mark.parametrize("reason", [WINDOWS, REPLACED, REPLACED_IN_LINE, nobody_asked("Claude Code")])
def test_what_was_read_all_the_same_is_a_note(reason: str) -> None:
    problem, fault = ("/a.csv", 0, reason), ("/b.csv", 3, "The line is not JSON.")
    report = ImportReport(problems=(problem, fault))
    assert is_note(reason) and report.notes == (problem,) and report.faults == (fault,)


def test_the_reason_of_what_was_not_read_is_none() -> None:
    assert not any(map(is_note, ("", "It is no transcript that Curator knows.", "The line is not a record.")))
