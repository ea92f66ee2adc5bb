"""How strained the computer is: memory pressure and heat, as the system itself judges them."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

import psutil

from curator.jobs.machine import Memory, memory, output_of

STALLS = Path("/proc/pressure/memory")
HWMON = Path("/sys/class/hwmon")
_SCARCE, _LAST = 0.10, 0.04
_NEAR_CRITICAL = 3.0  # degrees below the point at which the computer switches itself off
_SLOWS_ITSELF = frozenset({"coretemp", "amdgpu"})
"""Drivers whose critical point is where the chip begins to slow itself down (Intel's TjMax): laptops work there for
hours, and nothing is switched off (kernel documentation, hwmon/coretemp and gpu/amdgpu/thermal)."""
_HIGHEST = 125.0  # °C that a sensor of a computer shows
_STALLED, _STUCK = 10.0, 40.0


class Level(IntEnum):
    """How bad it is: nothing to do, worth saying, or time to make room."""

    NORMAL = 0
    WARNING = 1
    CRITICAL = 2


@dataclass(frozen=True, slots=True)
class Pressure:
    """One look at the computer. `stalled` is the share of time, in percent of the last ten seconds, in which nothing
    went on because all waited for memory (Linux); `degrees` the hottest sensor in °C of those that are as bad as `heat`
    says, 0 where none tells. `waited` is the share of its time that a training had to wait for a processor, 0 where
    nobody has looked (`jobs.crowding`)."""

    memory: Level = Level.NORMAL
    heat: Level = Level.NORMAL
    available: int = 0
    stalled: float = 0.0
    degrees: float = 0.0
    waited: float = 0.0

    @property
    def worst(self) -> Level:
        """The worse of memory and heat: what a run is paused for. A busy processor only makes it slow."""
        return max(self.memory, self.heat)


def read() -> Pressure:
    """Look now; a few milliseconds on Linux, about 30 on a Mac. What cannot be read counts as normal."""
    have = memory()
    if sys.platform == "darwin":
        level = macos_memory(output_of("/usr/sbin/sysctl", "-n", "kern.memorystatus_vm_pressure_level"))
        heat = macos_heat(output_of("/usr/bin/notifyutil", "-g", "com.apple.system.thermalpressurelevel"))
        return Pressure(level, heat, have.available)
    stalled = stalls(_text(STALLS))
    heat, degrees = hottest(_sensors())
    return Pressure(linux_memory(have, stalled), heat, have.available, stalled, degrees)


def macos_memory(words: str) -> Level:
    """`kern.memorystatus_vm_pressure_level`: 1 normal, 2 warning, 4 critical (programs are about to be ended)."""
    return {"2": Level.WARNING, "4": Level.CRITICAL}.get(words.strip(), Level.NORMAL)


def macos_heat(words: str) -> Level:
    """`notifyutil -g com.apple.system.thermalpressurelevel` prints the key and a number: 0 nominal, 1 moderate,
    2 heavy (it runs slower), 3 trapping, 4 sleeping (OSThermalNotification.h). Moderate is how a Mac at work is."""
    number = words.split()[-1] if words.split() else ""
    return {"2": Level.WARNING, "3": Level.CRITICAL, "4": Level.CRITICAL}.get(number, Level.NORMAL)


def stalls(words: str) -> float:
    """The `full avg10` of `/proc/pressure/memory` in percent; 0 where the kernel does not measure it."""
    found = re.search(r"^full avg10=([0-9.]+)", words, re.MULTILINE)
    return float(found[1]) if found else 0.0


def linux_memory(have: Memory, stalled: float) -> Level:
    """Linux has no level of its own. The last 4 % with the swap used up is where the kernel begins to end programs;
    with memory scarce (a tenth), 40 % of the time stalled is a computer that no longer answers (systemd-oomd acts at
    60 % for half a minute). Stalls alone are no sign: a container may be stalled by its own limit for other reasons."""
    left = have.available / have.total if have.total else 1.0
    is_swap_used_up = have.swap_total - have.swap_used < 0.1 * have.swap_total or have.swap_total == 0
    if (left < _LAST and is_swap_used_up) or (left < _SCARCE and stalled >= _STUCK):
        return Level.CRITICAL
    if (left < _SCARCE and is_swap_used_up) or (left < 2 * _SCARCE and stalled >= _STALLED):
        return Level.WARNING
    return Level.NORMAL


def hottest(sensors: Iterable[tuple[float, float | None, float | None]]) -> tuple[Level, float]:
    """The worst of sensors given as (°C, high, critical), and the highest temperature of those that are as bad.

    Only a sensor that knows its own critical point is judged, and only where both are possible at all: boards report
    0, 127 or 65,261 °C for sensors that are not there.
    """
    judgements = ((_level(*one), one[0]) for one in sensors if 0.0 < one[0] < _HIGHEST)
    return max(judgements, default=(Level.NORMAL, 0.0))


def _level(now: float, high: float | None, critical: float | None) -> Level:
    if critical is None or not 60.0 <= critical <= _HIGHEST:
        return Level.NORMAL
    if now >= critical - _NEAR_CRITICAL:
        return Level.CRITICAL
    return Level.WARNING if high is not None and 60.0 <= high < critical and now >= high else Level.NORMAL


def _sensors() -> list[tuple[float, float | None, float | None]]:
    found = list(_drivers_sensors(HWMON))
    return [judged(*one) for one in (found or _other_sensors())]


def _drivers_sensors(hwmon: Path) -> Iterator[tuple[str, float, float | None, float | None]]:
    """What Linux's drivers tell: (driver, °C, high, critical). psutil gives the high point for the critical one where a
    sensor has none, as those of a board have, whose unused inputs show 100 °C and more."""
    for file in hwmon.glob("hwmon*/temp*_input"):
        numbers = [_degrees(file.with_name(file.name.replace("_input", end))) for end in ("_input", "_max", "_crit")]
        if numbers[0] is not None:
            yield _text(file.with_name("name")).strip(), numbers[0], numbers[1], numbers[2]


def _other_sensors() -> list[tuple[str, float, float | None, float | None]]:
    """What else the system tells, where there are no such drivers."""
    try:
        found = psutil.sensors_temperatures()
    except (AttributeError, OSError, ValueError, psutil.Error):
        return []  # not on this system
    return [(driver, one.current, one.high, one.critical) for driver, group in found.items() for one in group]


def _degrees(path: Path) -> float | None:
    """The °C in a file of the kernel, which has a thousandth of it for a unit; None where there is none."""
    try:
        return int(_text(path)) / 1000
    except ValueError:
        return None


def judged(
    driver: str, now: float, high: float | None, critical: float | None
) -> tuple[float, float | None, float | None]:
    """A sensor of `driver` as `hottest` takes it: where the chip slows itself down at its critical point, that point
    is a high one, and nothing is told of the one at which it is switched off."""
    if critical is None or driver not in _SLOWS_ITSELF:
        return now, high, critical
    return now, critical - _NEAR_CRITICAL, _HIGHEST


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
