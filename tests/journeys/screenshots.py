"""Makes every picture anew from the real window, on the samples and two real runs: `screenshots.py FOLDER`.

Drawn without a screen, with the fonts in resources/fonts, so that the pictures are the same on every computer.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("QT_SCALE_FACTOR", "1.5")

from small_pictures import save_small

from curator.core.job import JobState
from curator.core.model import STARTER
from curator.core.query import ExchangeQuery
from curator.core.row import Check, State
from curator.core.settings import PRESETS
from curator.services import browsing, budgets, curation, datasets, demo, importing, training
from curator.services import models as shelf
from curator.services.workspace import Workspace

if TYPE_CHECKING:
    from typing import Protocol

    from PySide6.QtWidgets import QWidget

    class Shoot(Protocol):
        """Takes a picture of the window or of a part of it."""

        def __call__(self, name: str, *parts: QWidget, around: int = 0) -> None: ...


LARGE, SMALL = (1440, 900), (1024, 720)
PROBE = "Why does a webhook retry?"
OPENED = "Why is a tool listed twice after the client reconnects?"


def prepare(library: Path) -> None:
    """A library a person could have after an evening: most of it decided, one row edited, two runs."""
    with Workspace.open(library) as ws:
        importing.import_paths(ws, importing.sample_paths())
        good = demo.mark_what_passes(ws)
        shelf.prepare_starter(ws)
        budgets.set_limit(ws, 512)
        by_prompt = {view.prompt: view for view in (browsing.exchange(ws, id) for id in all_ids(ws))}
        view = by_prompt[OPENED]
        curation.edit(ws, view.id, "Why does a client list one of its tools twice after it reconnects?", view.response)
        for check in (Check.CLEAR_IN, Check.CLEAR_OUT):
            curation.check(ws, [view.id], check, True)
        curation.tag(ws, good[:18], "voice", True)
        curation.tag(ws, [view.id, *good[12:22]], "judgment", True)
        curation.mark(ws, [view.id], State.CLEAN)
        for prompt in ("continue", "ok", "yes", "thanks"):
            curation.mark(ws, [by_prompt[prompt].id], State.REJECTED)
        for name, preset in (("first look", PRESETS[0]), ("reviews and webhooks", PRESETS[1])):
            snapshot = datasets.freeze(ws, STARTER, 512, name)
            settings = replace(preset.settings, probe=PROBE)
            run = training.train(ws, snapshot.id, STARTER, settings, preset.name, name)
            for event in training.follow(ws, run.id):
                if event.kind == "valid":
                    sys.stdout.write(f"  {name}, pass {event.figures['passes']:.2f}: {event.figures['loss']:.3f}\n")
            assert training.run(ws, run.id).state is JobState.DONE


def furnish(home: Path) -> None:
    """A home in which two assistants keep sessions: the samples, where such files usually lie."""
    for sample in importing.sample_paths()[0].parent.glob("*.jsonl"):
        place = ".codex/sessions/2026/09/24" if sample.name.startswith("rollout") else ".claude/projects/-home-me-work"
        (home / place).mkdir(parents=True, exist_ok=True)
        shutil.copy(sample, home / place)


def all_ids(ws: Workspace) -> list[int]:
    """Every exchange of the library."""
    return list(browsing.exchange_ids(ws, ExchangeQuery(everything=True)))


def photograph(library: Path, into: Path, theme: str) -> None:
    """Every picture in one appearance."""
    from PySide6.QtCore import QPoint, QRect
    from PySide6.QtGui import QImage
    from PySide6.QtWidgets import QAbstractItemView, QApplication, QLabel, QPushButton, QWidget

    from curator.ui.application import Application, open_window

    app = QApplication.instance() or Application([sys.argv[0]])
    assert isinstance(app, QApplication)
    window = open_window(app, library, [])

    def until(seen: Callable[[], object], what: str) -> None:
        end = time.monotonic() + 60
        while not seen():
            assert time.monotonic() < end, f"waited in vain for: {what}"
            app.processEvents()

    def still(seconds: float = 0.6) -> None:
        """Let everything that is on its way arrive."""
        end = time.monotonic() + seconds
        until(lambda: time.monotonic() > end, "time")

    taken: dict[str, QImage] = {}  # written in the end: it takes seconds, and the window would be told to stand still

    def shoot(name: str, *parts: QWidget, around: int = 0) -> None:
        """The window, or parts of it as they stand in a small one: the guide shows parts as large as they are."""
        window.resize(*(SMALL if parts else LARGE))
        still()
        where = QRect()
        for part in parts:
            where |= QRect(part.mapTo(window, QPoint(0, 0)), part.size())
        where = where.adjusted(-around, -around, around, around).intersected(window.rect()) if parts else window.rect()
        taken[name] = window.grab(where).toImage()

    window.resize(*LARGE)
    until(lambda: window.opened is not None, "the library is open")
    assert window.library is not None and window.opened is not None
    place, opened = window.library, window.opened
    if not place.counts.total and not all_ids(opened.workspace):
        still(2)
        start = place.first_start
        seen = [w for w in start.findChildren(QWidget) if isinstance(w, QLabel | QPushButton) and w.isVisible()]
        shoot("first-start", *seen, around=32)
    else:
        until(lambda: place.list.current, "an exchange is open")
        with_prompt = {browsing.exchange(opened.workspace, id).prompt: id for id in all_ids(opened.workspace)}
        opened.go_to_source("queue:all")
        still()
        place.show_exchange(with_prompt[OPENED])
        until(lambda: place.desk.view is not None and place.desk.view.prompt == OPENED, "the exchange is open")
        place.editor.show_changes()
        place.list.table.setFocus()
        until(lambda: opened.standing.summary is not None, "the rows are counted")
        still(2.5)
        place.list.table.scrollTo(place.list.table.currentIndex(), QAbstractItemView.ScrollHint.PositionAtTop)
        shoot("library")
        shoot("reader", place.reader)
        shoot("row", place.editor)
        for name in ("dataset", "runs", "mirror"):
            opened.go(name)
            until(lambda: window.place == name, f"{name} is shown")  # noqa: B023  it is called before the next turn
            still(2.5)
            if name == "runs":
                shoot(name)
                photograph_runs(window, until, shoot)
            else:
                shoot(name, window)
    window.close()
    still(0.2)
    window.beat.stop()
    for name, image in taken.items():
        save_small(image, into / f"{name}-{theme}.png")


def photograph_runs(window: QWidget, until: Callable[[Callable[[], object], str], None], shoot: Shoot) -> None:
    """The parts of the Runs place, and two runs over each other."""
    from curator.ui.views.runs_place import RunsPlace

    place = window.findChild(RunsPlace)
    assert place is not None
    until(lambda: place.is_built and place.view.chart is not None and place.knows_facts, "the chart is loaded")
    shoot("train", place.panel)
    shoot("curve", place.view, around=20)
    for run in place.now.runs:
        if place.current is not None and run.id != place.current.id and run.state is JobState.DONE:
            place.acts.compare(run.id)
    until(lambda: not place.compared.runs or (place.view.chart is not None and place.view.chart.name), "runs compared")
    shoot("compared", place.view, around=20)


def main() -> None:
    """Prepare once, then one process an appearance."""
    if sys.argv[1] == "--photograph":
        photograph(Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4])
        return
    into = Path(sys.argv[1]).resolve()
    into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="curator-pictures-") as scratch:
        kept = os.environ.get("CURATOR_PICTURE_LIBRARY")
        full, empty = Path(kept) if kept else Path(scratch) / "library", Path(scratch) / "empty"
        if not (full / "library.db").exists():
            prepare(full)
        furnish(Path(scratch))
        for theme in ("light", "dark"):
            for library in (full, empty):
                environment = {**os.environ, "CURATOR_THEME": theme, "XDG_CONFIG_HOME": scratch, "HOME": scratch}
                command = [sys.executable, __file__, "--photograph", str(library), str(into), theme]
                subprocess.run(command, check=True, env=environment)
        sys.stdout.write(f"{len(list(into.glob('*.png')))} pictures in {into}\n")


if __name__ == "__main__":
    main()
