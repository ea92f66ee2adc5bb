"""What keeps the computer, but not its display, awake while a worker is at work; it ends when the worker does."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

_SYSTEMD = Path("/run/systemd/system")
"""There only where systemd runs the computer, as sd_booted(3) has it."""


def companions(pid: int, platform: str = sys.platform) -> list[list[str]]:
    """Commands to run beside the worker with this process id; none where the system offers nothing.

    macOS: `caffeinate -i -w` holds off idle sleep until that process ends (not -d, which would keep the display on).
    Linux: `systemd-inhibit` holds its lock as long as its command runs, and `tail --pid` runs as long as the worker.
    """
    if platform == "darwin":
        return [["caffeinate", "-i", "-w", str(pid)]]
    if platform.startswith("linux") and _SYSTEMD.is_dir():
        inhibit, tail = shutil.which("systemd-inhibit"), shutil.which("tail")
        if inhibit and tail:
            holding = [inhibit, "--what=sleep:idle", "--mode=block", "--who=Curator", "--why=A model is being trained"]
            return [[*holding, tail, f"--pid={pid}", "-f", "/dev/null"]]
    return []
