"""What keeps the computer, but not its display, awake while a worker is at work; it ends when the worker does."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

_SYSTEMD = Path("/run/systemd/system")
"""There only where systemd runs the computer, as sd_booted(3) has it."""


_HELD = ("sleep", "idle")


def companions(pid: int, platform: str = sys.platform) -> list[list[str]]:
    """Commands to run beside the worker with this process id; none where the system offers nothing.

    macOS: `caffeinate -i -w` holds off idle sleep until that process ends (not -d, which would keep the display on).
    Linux: `systemd-inhibit`, or elogind's, holds its lock as long as its command runs, and `tail --pid` runs as long as
    the worker. One lock for each thing that is held off: who came over ssh may hold off what follows on idleness, and
    not sleep itself (org.freedesktop.login1.policy), and is refused both where both are asked for at once.
    """
    if platform == "darwin":
        return [["caffeinate", "-i", "-w", str(pid)]]
    if not platform.startswith("linux"):
        return []
    inhibit = shutil.which("systemd-inhibit" if _SYSTEMD.is_dir() else "elogind-inhibit")
    tail = shutil.which("tail")
    if not inhibit or not tail:
        return []
    about = ["--mode=block", "--who=Curator", "--why=A model is being trained"]
    return [[inhibit, f"--what={what}", *about, tail, f"--pid={pid}", "-f", "/dev/null"] for what in _HELD]
