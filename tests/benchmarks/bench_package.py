"""How quick and how large the packaged app is, beside the same program unpacked. It looks at dist/curator.

    python tests/benchmarks/bench_package.py --repeat 5

Goals: the window usable within 1 s warm and 2.5 s cold (its files are put out of the system's cache first); a worker's
first steps within 3 s; 450 MB installed, 220 MB as a .deb. All is seen from outside, as a person would: the window is
there when its pixels on a screen of its own (Xvfb) no longer change, which is later than when it can be used; a worker
has made its steps when it says so in its job's folder. A shared machine makes wall times long: beside each stand the
CPU seconds of its processes, and the same for the unpacked program in the same round.
"""

# ruff: noqa: E402 — run as a script, it first has to say where the project lies

from __future__ import annotations

import argparse
import json
import mmap
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import psutil

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support"), str(Path(__file__).parent)]

from goals import Goal, verdicts
from made_library import copy_of, made_library
from screen import started

from curator.core.job import JobState
from curator.jobs import supervisor
from curator.jobs.folder import read_events, write_job
from curator.jobs.runtimes import Runtime, bundled

DIST = ROOT / "dist"
WIDTH, HEIGHT = 1440, 900
LOOKED_AT = 7  # each so manieth pixel: to look at all of them would take time from the window
QUIET = 3.0  # seconds without a change: the window stands, on a machine that has much else to do too
ENOUGH = 0.01  # of the pixels; a caret that blinks, or counts of tokens that come in, are no change
PATIENCE = 60.0
SECONDS = tuple[float, float]
"""Wall and CPU."""


@contextmanager
def screen(folder: Path) -> Iterator[tuple[str, np.ndarray]]:
    """A screen, and what is on it at any time: (display, some of its pixels as one integer each)."""
    server, display = started(f"{WIDTH}x{HEIGHT}x24", "-fbdir", str(folder))
    try:
        with (folder / "Xvfb_screen0").open("rb") as file:
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        pixels = np.frombuffer(mapped, dtype=np.uint32, offset=len(mapped) - WIDTH * HEIGHT * 4)
        yield display, pixels[::LOOKED_AT]
    finally:
        server.terminate()
        server.wait()


def window(command: list[str], library: Path, home: Path, display: str, pixels: np.ndarray) -> SECONDS:
    """Seconds from the start of a window's process until it stands there; it is ended then."""
    environment = {**os.environ, "DISPLAY": display, "HOME": str(home), "QT_QPA_PLATFORM": "xcb"}
    began = time.perf_counter()
    started = subprocess.Popen([*command, "--library", str(library)], env=environment, stderr=subprocess.DEVNULL)
    process = psutil.Process(started.pid)
    seen, stood, used = pixels.copy(), began, 0.0
    try:
        while time.perf_counter() - began < PATIENCE:
            time.sleep(0.01)
            now = pixels.copy()
            at = time.perf_counter()
            if np.count_nonzero(now != seen) > ENOUGH * now.size:
                seen, stood, used = now, at, cpu(process)
            elif stood > began and at - stood > QUIET:
                return stood - began, used
    finally:
        for one in [*process.children(recursive=True), process]:
            one.terminate()
        started.wait()
    raise TimeoutError(f"no window in {PATIENCE:g} s: {' '.join(command)}")


def worker(command: list[str], folder: Path) -> SECONDS:
    """Seconds from the start of a worker until it has made the self-test's four steps, and the CPU time of it all."""
    write_job(folder, {"kind": "selftest"})
    began = time.time()
    before = psutil.Process().cpu_times()
    supervisor.start(folder, Runtime(tuple(command), bundled().environment))
    while not supervisor.state(folder).is_over:
        time.sleep(0.01)
    while (present := supervisor.worker(folder)) is not None and present.is_alive:
        time.sleep(0.01)
        supervisor.state(folder)  # which takes leave of a child that ended
    after = psutil.Process().cpu_times()
    events, _ = read_events(folder)
    if supervisor.state(folder) is not JobState.DONE:
        raise RuntimeError(str(events[-1]))
    children = after.children_user + after.children_system - before.children_user - before.children_system
    return next(event.time for event in events if event.kind == "done") - began, children


def cpu(process: psutil.Process) -> float:
    """CPU seconds of a process and its children so far."""
    total = 0.0
    for one in [process, *process.children(recursive=True)]:
        try:
            times = one.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system
    return total


def forget(folder: Path) -> None:
    """Put a folder's files out of the system's cache, as after a restart of the computer."""
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            with path.open("rb") as file:
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def megabytes(path: Path) -> float:
    """What a file or a folder holds."""
    files = [path] if path.is_file() else [one for one in path.rglob("*") if one.is_file() and not one.is_symlink()]
    return round(sum(file.stat().st_size for file in files) / 1e6, 1)


def summary(seconds: list[SECONDS]) -> dict[str, float]:
    """The least and the median, wall and CPU."""
    wall, used = zip(*seconds, strict=True)
    return {
        "wall_least": round(min(wall), 2),
        "wall_median": round(statistics.median(wall), 2),
        "cpu_least": round(min(used), 2),
    }


def measured(app: Path, repeat: int, exchanges: int) -> dict[str, Any]:
    """All figures."""
    packed, unpacked = [str(app / "curator")], [sys.executable, "-m", "curator"]
    result: dict[str, Any] = {"installed_mb": megabytes(app)}
    for package in sorted(DIST.glob("curator[_-]*.*")):
        if package.is_file():
            result[f"{package.suffix.removeprefix('.')}_mb"] = megabytes(package)
    source = made_library(exchanges)
    found: dict[str, list[SECONDS]] = {}
    with tempfile.TemporaryDirectory(prefix="curator-bench-", ignore_cleanup_errors=True) as scratch:
        place = Path(scratch)
        os.environ["CURATOR_DEVICE_LOCK"] = str(place / "lock")
        library, frames, home = copy_of(source, place / "library"), place / "frames", place / "home"
        frames.mkdir()
        home.mkdir()
        with screen(frames) as (display, pixels):
            for number in range(repeat + 1):
                forget(app)
                rounds = {"window, cold": packed, "window, warm": packed, "window, unpacked": unpacked}
                for name, command in rounds.items():
                    took = window(command, library, home, display, pixels)
                    if number:  # the first one makes what every later start finds
                        found.setdefault(name, []).append(took)
        for number in range(repeat):
            for name, command in (("worker", packed), ("worker, unpacked", unpacked)):
                found.setdefault(name, []).append(worker(command, place / f"{name}-{number}"))
    return result | {name: summary(seconds) for name, seconds in found.items()}


def judge(result: dict[str, Any], load: float) -> dict[str, str]:
    """What is to be said of each goal. Of wall times the least counts, and none on a machine that had other work: the
    load is that of the minute before."""
    busy = f"{load:.1f} other processes wanted to run" if load > 1 else ""
    figures = {
        "window warm within 1 s": result["window, warm"]["wall_least"],
        "window cold within 2.5 s": result["window, cold"]["wall_least"],
        "worker's steps within 3 s": result["worker"]["wall_least"],
        "450 MB installed": result["installed_mb"],
        "220 MB as a .deb": result.get("deb_mb"),
    }
    bounds = (1.0, 2.5, 3.0, 450, 220)
    goals = {
        words: Goal(bound, is_least=False, not_judged=busy if "within" in words else "")
        for words, bound in zip(figures, bounds, strict=True)
    }
    return verdicts(figures, goals)


def main() -> int:
    """Run the benchmark and print its figures; a goal that is missed is said, and is no error on a shared machine."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--app", type=Path, default=DIST / "curator", help="the app's folder")
    arguments.add_argument("--repeat", type=int, default=5)
    arguments.add_argument("--exchanges", type=int, default=10_000)
    chosen = arguments.parse_args()
    if not (chosen.app / "curator").is_file() or shutil.which("Xvfb") is None:
        sys.stdout.write("Not run: it needs dist/curator (make package) and Xvfb.\n")
        return 0
    load = os.getloadavg()[0]
    result = measured(chosen.app, chosen.repeat, chosen.exchanges)
    sys.stdout.write(json.dumps(result | {"goals": judge(result, load)}, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
