"""What the driver does: keys and the mouse of the screen, through xdotool."""

from __future__ import annotations

import subprocess
import time

STRIDE = 12  # steps in which a drag goes from one place to another
STEP = 0.03  # seconds for each of them


class Hands:
    """Keyboard and mouse of one screen."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._environment = environment

    def _do(self, *words: str) -> str:
        done = subprocess.run(
            ["xdotool", *words], check=True, env=self._environment, capture_output=True, text=True, timeout=60
        )
        return done.stdout

    def press(self, *keys: str) -> None:
        """Press keys, one after the other."""
        self._do("key", "--clearmodifiers", *keys)

    def type(self, words: str) -> None:
        """Type words."""
        self._do("type", "--delay", "10", words)

    def click(self, place: tuple[int, int]) -> None:
        """Click at a place of the screen."""
        self._do("mousemove", str(place[0]), str(place[1]), "click", "1")

    def drag(self, start: tuple[int, int], end: tuple[int, int]) -> None:
        """Press the button at one place, go to the other as a hand does, and let go."""
        self._do("mousemove", str(start[0]), str(start[1]), "mousedown", "1")
        for i in range(1, STRIDE + 1):
            x, y = (a + (b - a) * i // STRIDE for a, b in zip(start, end, strict=True))
            self._do("mousemove", str(x), str(y))
            time.sleep(STEP)
        time.sleep(10 * STEP)
        self._do("mousemove", str(end[0] + 1), str(end[1]))
        time.sleep(10 * STEP)
        self._do("mouseup", "1")

    def windows(self, title: str) -> list[str]:
        """The numbers of the windows on the screen with exactly this title."""
        done = subprocess.run(
            ["xdotool", "search", "--onlyvisible", "--name", f"^{title}$"],
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,  # 1 where there is none
        )
        return done.stdout.split()

    def focus(self, title: str) -> None:
        """Give a window the keyboard, as a window manager would: a bare screen has none."""
        self._do("windowfocus", "--sync", self.windows(title)[-1])
