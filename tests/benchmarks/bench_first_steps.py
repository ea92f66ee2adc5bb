"""How long the first steps take: from an empty library to a falling curve and two answers, in the real window.

    python tests/benchmarks/bench_first_steps.py [--reading 5] [--fresh]

Goal: two minutes until the curve falls, with `--reading` seconds spent on each of the three exchanges that a person
marks. `--fresh` begins without a prepared base model, as a new installation does. Wall times of a machine that is
shared are long and not judged: beside them stands the CPU time that the training's process had used. Without a
display the window is drawn offscreen.
"""

# ruff: noqa: E402 — run as a script, it first has to say where the project lies

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support"), str(Path(__file__).parent)]
if not os.environ.get("DISPLAY"):
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import psutil
from goals import Goal, is_missed, verdicts
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from curator.ui.application import Application, open_window
from curator.ui.guide.guide import Guide
from curator.ui.guide.way import TASTE, Stage

PATIENCE = 1800.0
LIMIT = 120.0  # seconds until the curve falls
GLANCE = 1.5  # seconds from a new step to its button


class Walk:
    """One person on the way, with the seconds since they pressed “Try it with samples”."""

    def __init__(self, library: Path) -> None:
        self.app = Application([sys.argv[0]])
        self.window = open_window(self.app, library, [])
        self.window.resize(1440, 900)
        self.until(lambda: self.window.opened is not None, "the library is open")
        assert self.window.library is not None
        place = self.window.library
        self.until(lambda: place.first_start.samples.isVisible(), "the first start is there")
        self.began, self.cpu = time.monotonic(), 0.0
        self.seconds: dict[str, float] = {}
        place.first_start.samples.click()

    @property
    def guide(self) -> Guide:
        """What leads the way."""
        assert self.window.opened is not None
        return self.window.opened.guide

    def until(self, seen: Callable[[], object], what: str, seconds: float = PATIENCE) -> None:
        """Let the window live until something is seen."""
        end = time.monotonic() + seconds
        while not seen():
            if time.monotonic() > end:
                raise SystemExit(f"waited in vain for: {what}")
            self.app.processEvents()
            time.sleep(0.005)

    def rest(self, seconds: float) -> None:
        """A person reads."""
        end = time.monotonic() + seconds
        self.until(lambda: time.monotonic() >= end, "time")

    def note(self, name: str) -> None:
        """Something is there now."""
        self.seconds[name] = round(time.monotonic() - self.began, 1)
        workers = psutil.Process().children(recursive=True)
        self.cpu = max([self.cpu, *(sum(w.cpu_times()[:2]) for w in workers if w.is_running())])
        sys.stdout.write(f"{self.seconds[name]:7.1f} s  {name} (training: {self.cpu:.0f} s of CPU)\n")
        sys.stdout.flush()

    def press(self) -> None:
        """The first button of the strip."""
        self.rest(GLANCE)
        self.guide.strip.buttons()[0].click()

    def go(self, reading: float) -> None:
        """The whole way."""
        guide = self.guide
        self.until(lambda: guide.stage is Stage.MARK and guide.now.total, "the samples are read")
        self.note("the first exchange")
        for _ in range(TASTE):
            self.rest(reading)
            QTest.keyClick(QApplication.focusWidget() or self.window, Qt.Key.Key_A)
        self.until(lambda: guide.stage is Stage.ROWS, "three are marked")
        self.press()
        self.until(lambda: guide.stage is Stage.TRAIN, "the rest is marked")
        self.until(self.window.actions_["train"].isEnabled, "it can be trained")
        self.note("rows enough")
        self.press()
        self.until(lambda: guide.stage is Stage.CURVE, "the run has begun")
        self.note("the run")
        self.until(lambda: guide.now.progress.valid, "the curve begins")
        self.note("the first loss")
        self.until(lambda: _falls(guide), "the curve falls")
        self.note("the curve falls")
        self.until(lambda: guide.stage is Stage.HEAR, "the run is over")
        self.note("both answers")
        self.window.close()


def _falls(guide: Guide) -> bool:
    losses = [point.loss for point in guide.now.progress.valid]
    return len(losses) > 1 and losses[-1] < losses[0]


def main() -> int:
    """Walk once, and judge."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reading", type=float, default=5.0, help="seconds for each exchange that is marked")
    parser.add_argument("--fresh", action="store_true", help="begin without a prepared base model")
    options = parser.parse_args()
    shared = "other work kept the processors busy" if psutil.getloadavg()[0] > (os.cpu_count() or 1) else ""
    with tempfile.TemporaryDirectory(prefix="first-steps-") as folder:
        home = Path(folder)
        os.environ["HOME"] = str(home)
        os.environ["XDG_CONFIG_HOME"] = str(home / "config")
        os.environ["CURATOR_DEVICE_LOCK"] = str(home / "device.lock")
        if options.fresh:
            os.environ["CURATOR_MODELS"] = str(home / "models")
        walk = Walk(home / "library")
        walk.go(options.reading)
    said = verdicts(walk.seconds, {"the curve falls": Goal(LIMIT, is_least=False, not_judged=shared)})
    sys.stdout.write(json.dumps({"seconds": walk.seconds, "cpu": round(walk.cpu, 1), "goals": said}) + "\n")
    return 1 if is_missed(said) else 0


if __name__ == "__main__":
    raise SystemExit(main())
