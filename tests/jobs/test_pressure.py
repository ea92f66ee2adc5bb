"""Memory pressure and heat, read from what macOS and Linux print and from this computer itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from curator.jobs import pressure
from curator.jobs.machine import Memory
from curator.jobs.pressure import Level, Pressure, hottest, judged, linux_memory, macos_heat, macos_memory, read, stalls

GB = 1 << 30
PSI = """some avg10={some} avg60=12.41 avg300=3.02 total=51234567
full avg10={full} avg60=9.70 avg300=2.11 total=41234567
"""


@pytest.mark.parametrize(
    ("words", "level"),
    [("1\n", Level.NORMAL), ("2\n", Level.WARNING), ("4\n", Level.CRITICAL), ("", Level.NORMAL), ("?", Level.NORMAL)],
)
def test_macos_judges_its_memory_itself(words: str, level: Level) -> None:
    assert macos_memory(words) is level


@pytest.mark.parametrize(
    ("number", "level"), [(0, Level.NORMAL), (1, Level.NORMAL), (2, Level.WARNING), (3, Level.CRITICAL)]
)
def test_macos_tells_its_heat_as_a_number_after_the_key(number: int, level: Level) -> None:
    assert macos_heat(f"com.apple.system.thermalpressurelevel {number}\n") is level
    assert macos_heat("") is Level.NORMAL


def test_stalls_are_the_full_share_of_the_last_ten_seconds() -> None:
    assert stalls(PSI.format(some="48.20", full="41.07")) == 41.07
    assert stalls("some avg10=1.00 avg60=0.00 avg300=0.00 total=1\n") == 0.0
    assert stalls("") == 0.0


@pytest.mark.parametrize(
    ("available", "swap", "swap_used", "stalled", "level"),
    [
        (8, 0, 0, 0.0, Level.NORMAL),
        (8, 0, 0, 60.0, Level.NORMAL),  # stalled by something else: half the memory is free
        (1.2, 0, 0, 0.0, Level.WARNING),
        (1.2, 8, 1, 0.0, Level.NORMAL),  # the swap still takes what comes
        (2.8, 8, 1, 12.0, Level.WARNING),
        (0.5, 0, 0, 0.0, Level.CRITICAL),
        (0.5, 8, 7.5, 0.0, Level.CRITICAL),
        (0.5, 8, 1, 5.0, Level.NORMAL),
        (1.2, 8, 1, 45.0, Level.CRITICAL),
        (1.2, 8, 1, 39.0, Level.WARNING),
        (1.2, 8, 1, 40.5, Level.CRITICAL),
        (2.8, 8, 1, 9.5, Level.NORMAL),
        (2.8, 8, 1, 10.5, Level.WARNING),
        (3.5, 8, 1, 90.0, Level.NORMAL),
    ],
)
def test_linux_memory_is_judged_by_what_is_left_and_by_stalls(
    available: float, swap: float, swap_used: float, stalled: float, level: Level
) -> None:
    have = Memory(16 * GB, int(available * GB), int(swap * GB), int(swap_used * GB))
    assert linux_memory(have, stalled) is level


def test_heat_is_judged_by_the_chips_own_limits_and_impossible_sensors_are_passed_over() -> None:
    assert hottest([(62.0, 80.0, 100.0), (41.0, None, None)]) == (Level.NORMAL, 62.0)
    assert hottest([(84.0, 80.0, 100.0)]) == (Level.WARNING, 84.0)
    assert hottest([(98.0, 80.0, 100.0), (50.0, 80.0, 100.0)]) == (Level.CRITICAL, 98.0)
    assert hottest([(65261.8, 0.0, 0.0), (127.0, 127.0, 127.0), (0.0, None, None)]) == (Level.NORMAL, 0.0)
    assert hottest([(127.0, 127.0, 127.0), (70.0, None, None), (98.0, 80.0, 100.0)]) == (Level.CRITICAL, 98.0)
    assert hottest([(95.0, 0.0, 0.0)]) == (Level.NORMAL, 95.0)
    assert hottest([(100.0, 100.0, 100.0), (70.0, 65.0, 1.0)])[0] is Level.CRITICAL
    assert hottest([(96.5, None, 100.0)]) == (Level.NORMAL, 96.5)
    assert hottest([(97.0, None, 100.0), (85.0, 80.0, 100.0)]) == (Level.CRITICAL, 97.0)
    assert hottest([]) == (Level.NORMAL, 0.0)


def test_the_worse_of_memory_and_heat_counts() -> None:
    levels = [(memory, heat) for memory in Level for heat in Level]
    assert [Pressure(*both).worst for both in levels] == [max(both) for both in levels]
    assert Level.NORMAL < Level.WARNING < Level.CRITICAL


def test_each_system_is_asked_in_its_own_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pressure, "STALLS", tmp_path / "memory")
    (tmp_path / "memory").write_text(PSI.format(some="48.20", full="41.07"))
    answers = {"kern.memorystatus_vm_pressure_level": "4\n", "com.apple.system.thermalpressurelevel": "its.key 2\n"}
    monkeypatch.setattr(pressure, "output_of", lambda *command: answers[command[-1]])
    monkeypatch.setattr(pressure.sys, "platform", "linux")
    assert read().stalled == 41.07
    (tmp_path / "memory").unlink()
    assert read().stalled == 0.0
    monkeypatch.setattr(pressure.sys, "platform", "darwin")
    mac = read()
    assert (mac.memory, mac.heat, mac.worst) == (Level.CRITICAL, Level.WARNING, Level.CRITICAL)
    assert mac.available > 0


def test_a_chip_that_slows_itself_down_is_hot_and_no_reason_to_pause() -> None:
    def level(driver: str, now: float) -> Level:
        return hottest([judged(driver, now, 100.0, 100.0)])[0]

    assert [level("coretemp", now) for now in (90.0, 97.0, 100.0)] == [Level.NORMAL, Level.WARNING, Level.WARNING]
    assert [level("acpitz", now) for now in (90.0, 97.0)] == [Level.NORMAL, Level.CRITICAL]
    assert judged("k10temp", 90.0, None, None) == (90.0, None, None)


def test_a_sensor_that_knows_no_critical_point_is_no_reason_to_pause(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pressure.sys, "platform", "linux")
    monkeypatch.setattr(pressure, "HWMON", tmp_path)
    board, disk = tmp_path / "hwmon0", tmp_path / "hwmon1"
    for folder, driver in ((board, "nct6775"), (disk, "nvme")):
        folder.mkdir()
        (folder / "name").write_text(f"{driver}\n")
    (board / "temp9_input").write_text("106000\n")  # nothing is connected to it
    (board / "temp9_max").write_text("80000\n")
    (disk / "temp1_input").write_text("45850\n")
    (disk / "temp1_crit").write_text("84850\n")
    now = read()
    assert (now.heat, now.degrees) == (Level.NORMAL, 106.0)
    (disk / "temp1_input").write_text("83850\n")
    now = read()
    assert (now.heat, now.degrees) == (Level.CRITICAL, 83.85), "not those of the input"
    (disk / "temp1_input").write_text("no number\n")
    assert (read().heat, read().degrees) == (Level.NORMAL, 106.0)


def test_this_computer_can_be_read() -> None:
    now = read()
    assert now.available > 0 and 0 <= now.stalled <= 100 and now.worst in Level
