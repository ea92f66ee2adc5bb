"""What this computer has and has left: memory, disk, power, the share that macOS gives to graphics."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

CGROUP = Path("/sys/fs/cgroup")
OWN_CGROUP = Path("/proc/self/cgroup")
OS_RELEASE = Path("/etc/os-release")
_PATIENCE = 1.0
_RENAMED = {16: 26}


@dataclass(frozen=True, slots=True)
class Memory:
    """Memory in bytes: what there is, what can still be had without swapping, and the swap."""

    total: int
    available: int
    swap_total: int = 0
    swap_used: int = 0


@dataclass(frozen=True, slots=True)
class Battery:
    """Charge in percent, and whether the charger is plugged in."""

    percent: int
    is_plugged: bool


def memory(groups: Iterable[Path] | None = None) -> Memory:
    """The memory of this computer, or of the container or session this runs in where that has less (cgroup v2:
    `memory.max`, `memory.high`, from which on it hardly moves, and `memory.current`; what the kernel keeps of files is
    given back on demand and counts as free)."""
    whole, swap = psutil.virtual_memory(), _swap()
    total, available = int(whole.total), int(whole.available)
    for group in control_groups() if groups is None else groups:
        limits = [_whole_number(group / name) for name in ("memory.max", "memory.high")]
        limit = min((limit for limit in limits if limit is not None), default=None)
        used = _whole_number(group / "memory.current")
        if limit is not None and used is not None and limit < whole.total:
            total = min(total, limit)
            available = max(0, min(available, limit - max(0, used - _cached_files(group))))
    return Memory(total, available, *swap)


def _swap() -> tuple[int, int]:
    """The swap and what is used of it, in bytes; none where the system does not tell. (On Windows psutil asks the
    performance counters, which can be switched off.)"""
    try:
        swap = psutil.swap_memory()
    except (RuntimeError, OSError, psutil.Error):
        return 0, 0
    return int(swap.total), int(swap.used)


def control_groups(own: Path = OWN_CGROUP, root: Path = CGROUP) -> list[Path]:
    """The folders of the control groups this process is in, from its own up to the root; each may set a limit. In a
    container the root is its own group, whatever name it has outside."""
    try:
        lines = own.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []  # not on this system
    inside = next((line.removeprefix("0::/") for line in lines if line.startswith("0::/")), "")
    groups = [root]
    for part in Path(inside).parts:
        groups.append(groups[-1] / part)
    return [group for group in reversed(groups) if group.is_dir()]


def free_disk(folder: Path) -> int | None:
    """Free bytes on the disk of `folder`, or of the first folder above it that exists; None where it cannot be told."""
    for place in (folder, *folder.parents):
        if place.exists():
            try:
                return shutil.disk_usage(place).free
            except OSError:
                return None
    return None


def battery() -> Battery | None:
    """The battery; None on a computer without one."""
    try:
        found = psutil.sensors_battery()
    except (AttributeError, OSError, psutil.Error):
        return None  # not every system or container tells
    if found is None:
        return None
    return Battery(round(found.percent), found.power_plugged is not False)


def macos_version() -> tuple[int, ...]:
    """(26, 1) on macOS 26.1; empty elsewhere."""
    return true_version(platform.mac_ver()[0] if sys.platform == "darwin" else "")


def true_version(told: str) -> tuple[int, ...]:
    """A version of macOS as it is called. To programs that were built before it, such as most builds of Python 3.11,
    macOS 26 says that it is 16 (cpython#135675), which no version ever was."""
    numbers = tuple(int(part) for part in told.split(".") if part.isdigit())
    return (_RENAMED.get(numbers[0], numbers[0]), *numbers[1:]) if numbers else ()


def graphics_memory(total: int, limit_mb: int = 0) -> int:
    """Bytes that the graphics of a Mac with `total` bytes may hold at once. `limit_mb` is `iogpu.wired_limit_mb`, which
    is 0 until a person sets it; then it is two thirds of the memory up to 36 GB, and three quarters above."""
    if limit_mb > 0:
        return min(total, limit_mb << 20)
    return total * 3 // 4 if total > 36 << 30 else total * 2 // 3


def threads(environment: Mapping[str, str]) -> int:
    """How many threads the linear algebra of a worker takes: as the person has set it, else every core it may use."""
    chosen = environment.get("OPENBLAS_NUM_THREADS") or environment.get("OMP_NUM_THREADS") or ""
    if chosen.isdigit() and int(chosen) > 0:
        return int(chosen)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def wired_limit_mb() -> int:
    """macOS's `iogpu.wired_limit_mb`: what a person has set, 0 where nothing was."""
    words = output_of("/usr/sbin/sysctl", "-n", "iogpu.wired_limit_mb").strip()
    return int(words) if words.isdigit() else 0


def distribution(os_release: Path = OS_RELEASE) -> frozenset[str]:
    """The ids of this Linux and of what it is like, such as {"ubuntu", "debian"}; empty where nothing says so."""
    try:
        lines = os_release.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return frozenset()
    values = dict(line.split("=", 1) for line in lines if "=" in line)
    return frozenset(f"{values.get('ID', '')} {values.get('ID_LIKE', '')}".replace('"', " ").lower().split())


def output_of(*command: str) -> str:
    """What a small program of the system prints; empty where it is missing, fails or takes longer than a second."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""


def _cached_files(cgroup: Path) -> int:
    try:
        lines = (cgroup / "memory.stat").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("inactive_file ")), 0)


def _whole_number(path: Path) -> int | None:
    """The number in a file of the kernel; None where there is none, or the word “max”."""
    try:
        words = path.read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return None
    return int(words) if words.isdigit() else None
