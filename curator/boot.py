"""Who a process is beyond its number: when it began, and in which life of the system."""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import psutil

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_PATIENCE = 1.0


@cache
def boot_id() -> str:
    """What the system calls the time since it was started: another after each start, whatever is done to its clock.
    Linux keeps it in random(4)'s `boot_id`, macOS in `kern.bootsessionuuid`; empty where there is none (Windows)."""
    try:
        if sys.platform == "darwin":
            command = ["/usr/sbin/sysctl", "-n", "kern.bootsessionuuid"]
            done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE, check=False)
            return done.stdout.strip()
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except (OSError, subprocess.TimeoutExpired):
        return ""


def signature(pid: int) -> dict[str, Any]:
    """What tells this process from any other that has its number later: it goes into the file by which a worker signs.
    Raises psutil.Error where the process is gone."""
    return {
        "pid": pid,
        "created": psutil.Process(pid).create_time(),
        "boot": psutil.boot_time(),
        "boot_id": boot_id(),
    }
