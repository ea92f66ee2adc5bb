"""What the driver sees: the accessibility tree by role and words, and the pixels of the screen."""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from smoke.account import SmokeError
from smoke.curve import Picture, read_picture

SYSTEM_PYTHON = "/usr/bin/python3"
LOOKER = Path(__file__).with_name("looker.py")
APP = "Curator"
PAUSE = 0.1  # seconds between two looks
T = TypeVar("T")
PATIENCE = 60.0  # seconds; a busy machine is slow, a broken window never comes


@dataclass(frozen=True)
class Thing:
    """Something that shows: `box` is (x, y, width, height) on the screen, in pixels."""

    role: str
    name: str
    description: str
    text: str
    states: frozenset[str]
    box: tuple[int, int, int, int]
    children: int

    @property
    def middle(self) -> tuple[int, int]:
        """Where a person would click."""
        x, y, width, height = self.box
        return x + width // 2, y + height // 2

    @property
    def words(self) -> str:
        """All that it says."""
        return "\n".join(word for word in (self.name, self.description, self.text) if word)


class Eyes:
    """One screen, looked at through the accessibility bus and as a picture."""

    def __init__(self, command: Sequence[str], environment: dict[str, str], pictures: Path) -> None:
        self._looker = subprocess.Popen(
            [*command, SYSTEM_PYTHON, str(LOOKER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment,
        )
        self.pictures, self._environment = pictures, environment

    def close(self) -> None:
        """Look no longer."""
        if self._looker.stdin is not None:
            self._looker.stdin.close()
        self._looker.wait(timeout=10)

    def look(self) -> list[Thing]:
        """Everything that shows now."""
        assert self._looker.stdin is not None and self._looker.stdout is not None
        try:
            self._looker.stdin.write(json.dumps(APP) + "\n")
            self._looker.stdin.flush()
            answer = self._looker.stdout.readline()
        except BrokenPipeError:
            answer = ""
        if not answer:
            raise SmokeError(f"the accessibility reader ended ({self._looker.poll()}); is python3-pyatspi installed?")
        return [
            Thing(**{**told, "states": frozenset(told["states"]), "box": tuple(told["box"])})
            for told in json.loads(answer)
        ]

    def find(self, name: str, role: str = "") -> Thing | None:
        """The first thing of that name and role; a name that ends in “*” need only begin so."""
        for one in self.look():
            is_named = one.name.startswith(name[:-1]) if name.endswith("*") else one.name == name
            if is_named and role in ("", one.role):
                return one
        return None

    def reads(self, pattern: str) -> re.Match[str] | None:
        """Where some words (a regular expression) stand on the screen."""
        return next((found for one in self.look() if (found := re.search(pattern, one.words))), None)

    def until(self, seen: Callable[[], T | None], what: str, seconds: float = PATIENCE) -> T:
        """Wait until something is seen and give it; fails with what was waited for, and keeps a picture."""
        end = time.monotonic() + seconds
        while not (found := seen()):
            if time.monotonic() > end:
                self.picture("gave-up")
                said = " | ".join(one.name for one in self.look() if one.role in ("label", "push button") and one.name)
                raise SmokeError(f"waited {seconds:.0f} s in vain for: {what}. On the screen: {said[:1500]}")
            time.sleep(PAUSE)
        return found

    def picture(self, name: str) -> Path:
        """Keep what the screen shows as a PNG."""
        path = self.pictures / f"{name}.png"
        subprocess.run(["import", "-window", "root", str(path)], check=True, env=self._environment)
        return path

    def pixels(self) -> Picture:
        """What the screen shows now, as pixels."""
        taken = subprocess.run(
            ["import", "-window", "root", "-depth", "8", "ppm:-"],
            check=True,
            env=self._environment,
            capture_output=True,
        )
        return read_picture(taken.stdout)
