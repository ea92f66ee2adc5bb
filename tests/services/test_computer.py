"""What is said about a computer: readings in, sentences out. Nothing here depends on the computer of the test."""

from __future__ import annotations

import pytest

from curator.core.machine import Finding, Weight
from curator.core.settings import TrainSettings
from curator.jobs.machine import Battery, Memory
from curator.jobs.pressure import Level, Pressure
from curator.release.ollama import LoadedModel
from curator.services import computer

GB = 10**9
MAC = Memory(18 * GB, 9 * GB)


def weight_of(finding: Finding | None) -> Weight | None:
    return finding.weight if finding is not None else None


@pytest.mark.parametrize(
    ("needed", "graphics", "weight", "words"),
    [
        (4.2, None, Weight.FINE, "≈ 4.2 GB of 9.0 that are free"),
        (10.0, None, Weight.WARNING, "and 9.0 are free"),
        (17.0, None, Weight.STOP, "this computer has 18.0"),
        (10.0, 12 * GB, Weight.WARNING, "and 9.0 are free"),
        (12.5, 12 * GB, Weight.STOP, "macOS gives the graphics 12.0 GB at most"),
        (None, None, Weight.FINE, "cannot be told"),
    ],
)
def test_memory_is_weighed_against_what_is_free_what_there_is_and_what_graphics_gets(
    needed: float | None, graphics: int | None, weight: Weight, words: str
) -> None:
    finding = computer.memory(needed, MAC, graphics, "A batch of 1.")
    assert finding.weight is weight and words in finding.sentence
    assert ("A batch of 1." in finding.hint) is (weight is not Weight.FINE)


def test_a_graphics_limit_that_was_raised_too_far_is_told_with_the_way_back() -> None:
    mac = Memory(18 << 30, 9 << 30)
    found = computer.graphics_limit(17_408, mac)
    assert found is not None and "18.3 GB of 19.3" in found.sentence and found.hint.endswith("wired_limit_mb=0")
    assert computer.graphics_limit(14_336, mac) is None and computer.graphics_limit(0, mac) is None


def test_what_makes_it_fit_is_said_by_its_differences() -> None:
    settings = TrainSettings()
    lesser = TrainSettings(is_sparing=True, batch_size=1, accumulate=4, layers=16)
    words = computer.lesser_words(settings, lesser, 1930)
    assert words.startswith("Turn on “Spare memory”") and "take a batch of 1 and 4 batches a step" in words
    assert "train only the last 16 layers" in words and "1,930 tokens" in words
    assert computer.lesser_words(settings, settings, 10) == ""


def test_a_computer_that_swaps_and_is_short_of_memory_is_told_so() -> None:
    assert weight_of(computer.swap(Memory(16 * GB, 2 * GB, 8 * GB, 5 * GB))) is Weight.WARNING
    assert computer.swap(Memory(16 * GB, 12 * GB, 8 * GB, 5 * GB)) is None  # swapped out long ago, and not missed
    assert computer.swap(Memory(16 * GB, 2 * GB, 8 * GB, 1 * GB)) is None


def test_the_disk_must_take_what_a_run_writes() -> None:
    assert weight_of(computer.disk(0.5, GB // 4)) is Weight.STOP
    assert weight_of(computer.disk(0.5, 2 * GB)) is Weight.WARNING
    assert weight_of(computer.disk(0.5, 200 * GB)) is Weight.FINE
    assert computer.disk(0.5, None) is None
    little = computer.disk(0.02, GB // 25)
    assert little is not None and "has only 40.0 MB left" in little.sentence


def test_a_battery_is_worth_a_word_only_without_the_charger() -> None:
    found = computer.power(Battery(43, False))
    assert found is not None and "43 %" in found.sentence and found.hint
    assert computer.power(Battery(43, True)) is None and computer.power(None) is None


def test_ollama_counts_with_what_lies_in_the_same_memory() -> None:
    held = [LoadedModel("gemma3", 6 * GB, 5 * GB), LoadedModel("tiny", GB, GB), LoadedModel("third", GB, 0)]
    shared = computer.ollama(held, is_shared=True)
    assert shared is not None and "gemma3 and tiny and 1 more in memory (8.0 GB)" in shared.sentence
    apart = computer.ollama(held, is_shared=False)
    assert apart is not None and "gemma3 and third in memory (2.0 GB)" in apart.sentence
    assert computer.ollama(held[1:2], is_shared=False) is None and computer.ollama([], is_shared=True) is None


def test_macos_26_is_warned_of_until_segments_are_short() -> None:
    found = computer.watchdog((26, 1), TrainSettings())
    assert found is not None and found.weight is Weight.WARNING and "macOS 26.1" in found.sentence
    assert weight_of(computer.watchdog((26, 0), TrainSettings(segment_minutes=10))) is Weight.FINE
    assert weight_of(computer.watchdog((26, 0), TrainSettings(segment_minutes=60))) is Weight.WARNING
    assert computer.watchdog((15, 7), TrainSettings()) is None and computer.watchdog((), TrainSettings()) is None


def test_a_missing_openblas_comes_with_the_line_to_type() -> None:
    assert computer.blas("/usr/lib/libopenblas.so", 1, set()).sentence == "It computes with OpenBLAS and 1 thread."
    ubuntu = computer.blas("", 2, {"ubuntu", "debian"})
    assert ubuntu.weight is Weight.WARNING and ubuntu.hint.endswith("sudo apt install libopenblas0-pthread")
    assert "dnf install openblas" in computer.blas("", 2, {"rocky", "rhel", "fedora"}).hint
    assert "OpenBLAS package" in computer.blas("", 2, set()).hint


def test_strain_is_said_by_what_is_strained() -> None:
    assert computer.strain(Pressure(available=GB)) == ()
    assert computer.strain(Pressure(available=GB, waited=0.4)) == ()
    (busy,) = computer.strain(Pressure(available=GB, waited=0.8))
    assert "gets 20 % of the time it could use" in busy.sentence and busy.weight is Weight.WARNING
    both = computer.strain(Pressure(Level.CRITICAL, Level.WARNING, GB // 2, 0.0, 91.4))
    assert [(found.subject, found.weight) for found in both] == [("memory", Weight.STOP), ("heat", Weight.WARNING)]
    assert "0.5 GB" in both[0].sentence and "91 °C" in both[1].sentence
    heat = computer.strain(Pressure(Level.WARNING, Level.CRITICAL, GB))
    assert [found.weight for found in heat] == [Weight.WARNING, Weight.STOP] and "°C" not in heat[1].sentence
