"""What keeps the computer, but not its display, awake while a worker is at work; it ends when the worker does."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

_SYSTEMD = Path("/run/systemd/system")
"""There only where systemd runs the computer, as sd_booted(3) has it."""


_HELD = ("sleep", "idle")


def companions(platform: str = sys.platform) -> list[list[str]]:
    """Commands to run beside a worker, each as long as its standard input is open; none where a system offers nothing.

    Its other end is for the worker to hold. A job may be several processes, and the one that was begun first may be
    ended alone; so the lock hangs on no process id, but is let go when the last of them has left.

    macOS: `caffeinate -i` holds off idle sleep while its command runs (not -d, which would keep the display on). Linux:
    `systemd-inhibit`, or elogind's, does the same. One lock for each thing that is held off: who came over ssh may hold
    off what follows on idleness, and not sleep itself (org.freedesktop.login1.policy), and is refused both where both
    are asked for at once.
    """
    cat = shutil.which("cat")
    if cat is None:
        return []
    if platform == "darwin":
        return [["caffeinate", "-i", cat]]
    if not platform.startswith("linux"):
        return []
    inhibit = shutil.which("systemd-inhibit" if _SYSTEMD.is_dir() else "elogind-inhibit")
    if not inhibit:
        return []
    about = ["--mode=block", "--who=Curator", "--why=A model is being trained"]
    return [[inhibit, f"--what={what}", *about, cat] for what in _HELD]
