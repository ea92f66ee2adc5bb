"""No format is read in another way unless its version says so: libraries keep what an unchanged version read."""

from __future__ import annotations

import pytest
import readings
from readings import Made, complaint, complaints, made, recorded
from seeds import FOLDER

from curator.formats import versions
from curator.formats.adapters import alpaca
from curator.formats.adapters.rows import read_rows


def test_every_seed_is_read_as_it_was_recorded() -> None:
    assert list(complaints(recorded(), readings.all_made())) == []


BEFORE = Made(1_002, "bytes", "events", "exchanges")


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (BEFORE, ""),
        (BEFORE._replace(events="others", exchanges="others"), "raise OF_FORMAT['aider']"),
        (BEFORE._replace(exchanges="others"), "raise READING"),
        (BEFORE._replace(version=1_003, events="others"), "Record"),
        (BEFORE._replace(version=1_003), "Record"),
        (BEFORE._replace(seed="others", events="others"), "Record"),
        (BEFORE._replace(version=1_001), "goes up only"),
    ],
)
def test_what_is_to_be_done_is_said(now: Made, said: str) -> None:
    told = complaint("aider.md", BEFORE, now)
    assert said in told if said else told == ""


def test_a_new_seed_and_one_that_is_gone_are_to_be_recorded() -> None:
    assert list(complaints({"old.md": BEFORE}, {"new.md": BEFORE})) == [
        f"Record how new.md is read: {readings.COMMAND}",
        f"There is no old.md any more: {readings.COMMAND}",
    ]


def test_an_adapter_that_gives_other_events_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    before = made(FOLDER / "alpaca.json")
    monkeypatch.setattr(alpaca, "read_rows", lambda *given: read_rows(*given)[1:])
    assert "raise OF_FORMAT['alpaca']" in complaint("alpaca.json", before, made(FOLDER / "alpaca.json"))
    monkeypatch.setitem(versions.OF_FORMAT, "alpaca", 1)
    assert "versions.py" not in complaint("alpaca.json", before, made(FOLDER / "alpaca.json"))


def test_screening_that_gives_other_signals_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    before = made(FOLDER / "aider.md")
    monkeypatch.setattr("curator.screening.session.SHORT_ANSWER", 4_000)
    assert "raise READING" in complaint("aider.md", before, made(FOLDER / "aider.md"))
