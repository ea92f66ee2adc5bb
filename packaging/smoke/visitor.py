"""A person who has just installed the app: starts it, looks, clicks, presses keys, and waits."""

from __future__ import annotations

import re
import shlex
import subprocess
import time
from pathlib import Path

from smoke.account import SmokeError
from smoke.eyes import APP, Eyes, Thing
from smoke.hands import Hands
from smoke.stage import Stage

STILL = 0.3  # seconds in which a thing has not moved before it is clicked
LEAVING = 30.0  # seconds in which the app has to have ended after it was told to


class Visitor:
    """Sits at the stage; one app at a time is theirs."""

    def __init__(self, stage: Stage, pictures: Path) -> None:
        self.stage = stage
        self.eyes = Eyes(stage.system.as_resident(), stage.here, pictures)
        self.hands = Hands(stage.here)
        self._app: subprocess.Popen[bytes] | None = None

    def open(self, *args: str, words: list[str] | None = None, **changes: str | None) -> float:
        """Start the app, by other `words` than its name where given and with `changes` to the environment, and wait for
        its window. Returns the seconds from the start until the window is on the screen."""
        begun = time.monotonic()
        self._app = self.stage.start(*args, words=words, **changes)
        while not self.hands.windows(APP):
            if self._app.poll() is not None:
                raise SmokeError(
                    f"it ended with {self._app.returncode} before a window came: {self.stage.said(self._app)}"
                )
            if time.monotonic() - begun > 60:
                raise SmokeError("no window came in a minute")
            time.sleep(0.01)
        seconds = time.monotonic() - begun
        self.eyes.until(lambda: self.eyes.find(APP, "frame"), "the window can be read")
        self.hands.focus(APP)
        return seconds

    def leave(self, has_log: bool = True) -> None:
        """Quit by the key for it; the app has to end by itself and well. Without a log, the place where a log would be
        is the only one for what went wrong: else nothing is said there."""
        assert self._app is not None
        self.hands.press("ctrl+q")
        try:
            self._app.wait(LEAVING)
        except subprocess.TimeoutExpired as late:
            raise SmokeError(f"the app was still there {LEAVING:.0f} s after it was told to quit") from late
        if self._app.returncode != 0:
            raise SmokeError(f"the app ended with {self._app.returncode}: {self.stage.said(self._app)}")
        said = self.stage.said(self._app)
        if has_log and "Traceback" in said:
            raise SmokeError(f"the app ended well, but said: {said}")

    def click(self, name: str, role: str = "") -> None:
        """Click on something, as soon as it can be clicked and stands still."""
        self.hands.click(self.eyes.until(lambda: self._ready(name, role), f"“{name}” can be clicked").middle)

    def _ready(self, name: str, role: str) -> Thing | None:
        thing = self.eyes.find(name, role)
        if thing is None or "enabled" not in thing.states:
            return None
        time.sleep(STILL)
        return thing if self.eyes.find(name, role) == thing else None

    def number(self, pattern: str) -> int:
        """The number in the first words on the screen that match; -1 while there are none."""
        found = self.eyes.reads(pattern)
        return -1 if found is None else int(found.group(1).replace(",", ""))


def launched(entry: str, files: list[str]) -> list[str]:
    """The command that a file manager runs for some files: the `Exec` line of a desktop entry with its field codes
    filled in (Desktop Entry Specification 1.5, “The Exec key”)."""
    line = re.search(r"^Exec=(.+)$", entry, re.MULTILINE)
    if line is None:
        raise SmokeError("the desktop entry has no Exec line")
    words: list[str] = []
    for word in shlex.split(line.group(1)):
        if word in ("%F", "%U"):
            words += files
        elif word in ("%f", "%u"):
            words += files[:1]
        elif word not in ("%i", "%c", "%k"):
            words.append(word.replace("%%", "%"))
    return words
