"""The app on Wayland, which most Linux desktops speak now: weston shows it, on no screen at all."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from smoke.account import Account, SmokeError
from smoke.eyes import APP
from smoke.stage import Stage
from smoke.visitor import Visitor

SOCKET = "wayland-smoke"
WESTON = ["weston", "--backend=headless-backend.so", "--use-pixman", "--no-config", f"--socket={SOCKET}"]


@contextmanager
def compositor(put_up: Stage) -> Iterator[None]:
    """Have weston run in the session."""
    words = [*put_up.system.as_resident(), *WESTON, "--width=1440", "--height=900"]
    quiet = subprocess.DEVNULL
    weston = subprocess.Popen(words, env=put_up.here, stdout=quiet, stderr=quiet)
    try:
        end = time.monotonic() + 20
        while not (Path(put_up.runtime) / SOCKET).exists():
            if weston.poll() is not None or time.monotonic() > end:
                raise SmokeError("weston did not start")
            time.sleep(0.05)
        yield
    finally:
        weston.terminate()
        weston.wait(timeout=20)


def opens(account: Account, visitor: Visitor, words: str) -> None:
    """Start the app without X; `words` have to stand in its window."""
    with account.step("on Wayland the window opens and shows the library") as step, compositor(visitor.stage):
        app = visitor.stage.start(DISPLAY=None, WAYLAND_DISPLAY=SOCKET)
        visitor.eyes.until(lambda: app.poll() is not None or visitor.eyes.find(APP, "frame"), "there is a window")
        if app.poll() is not None:
            raise SmokeError(f"it ended with {app.returncode}: {visitor.stage.said(app)}")
        found = visitor.eyes.until(lambda: visitor.eyes.find(words), f"“{words}” is in it")
        app.terminate()
        app.wait(timeout=20)
        step.seen.append(found.name)
