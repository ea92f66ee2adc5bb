"""The guided way of a window: watches how things stand, shows the step that comes, and does what its buttons say."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from curator.core.changes import Changes
from curator.services import guiding, settings
from curator.services.guiding import Footing
from curator.ui.guide.quick_look import QuickLook
from curator.ui.guide.strip import GuideStrip
from curator.ui.guide.way import Kept, Stage, stage_of, steps_of
from curator.ui.guide.words import Act, answers, starting, words_for
from curator.ui.setting_keys import GUIDE_KEY
from curator.ui.theme import growth

if TYPE_CHECKING:
    from curator.services.workspace import Workspace
    from curator.ui.main_window import MainWindow
    from curator.ui.places import Places

_READ_AFTER, _READ_EVERY = 60, 400  # ms from a write until how things stand is read again, and at least between two
LOW = 720  # points of the window; with the usual size of text; below it the strip is one line


class Guide(QObject):
    """One strip in one window. What a person did is never asked again, and what they undo leads a step back; all that
    is kept is whether the way is gone, so it goes on after a restart where it was left."""

    def __init__(self, window: MainWindow, workspace: Workspace, places: Places, parent: QObject) -> None:
        super().__init__(parent)
        self._window, self._ws, self._places, self._tasks = window, workspace, places, window.tasks
        self.kept = Kept()
        self.now = Footing()
        self.stage = Stage.NOTHING
        self._quick = QuickLook(places, self)
        self._quick.moved.connect(self._on_panel_moved)
        self._is_closing = threading.Event()
        self._last_read = 0.0
        self.strip = GuideStrip(window.actions_.key)
        window.put_above_status(self.strip)
        self.strip.asked.connect(self.do)
        self.strip.left.connect(self.leave)
        window.actions_.keys_changed.connect(self.strip.renew_keys)
        places.went.connect(lambda _name: self._say())
        window.resized.connect(self._fit)
        self._fit()
        self._soon = QTimer(self, singleShot=True)
        self._soon.timeout.connect(self._read)
        self._tasks.changed.connect(self._on_changed)

    def _fit(self) -> None:
        self.strip.set_low(self._window.height() < LOW * growth())

    # -- beginning and leaving

    def take_up(self, words: str) -> None:
        """Where it was left at the last start, told in the words that were kept; a way that was gone to its end is
        over."""
        kept = Kept.parse(words)
        if self.kept.is_on or not kept.is_on:
            return
        if kept.is_heard:
            self._keep(Kept())
            return
        self.kept = kept
        self._soon.start(_READ_AFTER)

    def call(self) -> None:
        """The command: begin; where the steps are gone already, the keyboard goes to what they offer."""
        if self.strip.isVisible():
            self.strip.take_focus()
        else:
            self.begin()

    def begin(self) -> None:
        """From the first step, or from the one that things stand at already. Runs of before do not count."""

        def done(now: Footing) -> None:
            self._keep(Kept(True, now.newest))
            self._show(replace(now, run=None))
            if self.stage is Stage.NOTHING:
                self.do(Act.READ_SAMPLES)

        self._tasks.read(lambda: guiding.footing(self._ws, 0), done)

    def leave(self) -> None:
        """Enough of it: everything that was done stays."""
        self._soon.stop()
        self._tasks.forget("guide")
        self._quick.put_back()
        self._keep(self.kept._replace(is_on=False))
        focus = self._window.focusWidget()
        had_focus = focus is not None and self.strip.isAncestorOf(focus)
        self.strip.hide()
        self.stage = Stage.NOTHING
        place = self._places.present()
        if had_focus and place is not None:
            place.activate()

    def stop(self) -> None:
        """The window closes: it goes on at the next start."""
        self._is_closing.set()
        self._soon.stop()

    def _keep(self, kept: Kept) -> None:
        self.kept = kept
        self._tasks.write(lambda: settings.keep(self._ws, GUIDE_KEY, kept.words()))

    # -- how things stand

    def _on_changed(self, changes: Changes) -> None:
        touched = changes.exchanges or changes.lists or changes.rows or changes.runs or changes.sources
        if self.kept.is_on and touched and not self._soon.isActive():
            since = round((time.monotonic() - self._last_read) * 1000)
            self._soon.start(max(_READ_AFTER, _READ_EVERY - since))

    def _read(self) -> None:
        self._last_read = time.monotonic()
        after = self.kept.after
        self._tasks.read(lambda: guiding.footing(self._ws, after), self._show, key="guide")

    def _show(self, now: Footing) -> None:
        if not self.kept.is_on:
            return
        before, self.now = self.stage, now
        self.stage = stage_of(self.kept, now)
        if self.stage is Stage.TRAIN and before is not Stage.TRAIN:
            self._quick.set_up(now, lambda: self.stage is Stage.TRAIN)
            # What goes wrong here is told when it is trained.
            self._tasks.long(lambda: guiding.make_ready(self._ws, self._is_closing), None, lambda _error: None)
        if self.stage is Stage.CURVE and before is Stage.TRAIN and now.run is not None:
            run = now.run
            self._tasks.write(lambda: guiding.name_first(self._ws, run))
        self._say()

    def _say(self) -> None:
        """The step, in the words that fit the place that is seen."""
        if not self.kept.is_on:
            return
        if self.stage is Stage.NOTHING:
            self.strip.hide()
            return
        steps = steps_of(self.now)
        at = steps.index(self.stage) if self.stage in steps else len(steps)
        if self._quick.busy and self.stage is Stage.TRAIN:
            words = starting(self._quick.busy)
        else:
            words = words_for(self.stage, self.now, self._window.place, self._quick.seconds)
        self.strip.show_step(words, at, len(steps))

    def _on_panel_moved(self) -> None:
        if self.stage is Stage.TRAIN:
            self._say()

    # -- what the buttons do

    def do(self, act: Act) -> None:
        """What a button of the strip says."""
        if act is Act.READ_SAMPLES:
            self._tasks.read(guiding.sample_files, self._window.read)
        elif act is Act.MARK_SAMPLES:
            self._tasks.write(lambda: guiding.mark_samples(self._ws))
        elif act is Act.SET_ASIDE:
            self._tasks.write(lambda: guiding.set_samples_aside(self._ws))
        elif act is Act.GO_TO_LIST:
            self._places.go_to_source("queue:unreviewed")
        elif act is Act.TRAIN:
            self._window.actions_.trigger("train")
        elif act is Act.GO_TO_RUNS:
            self._places.go("runs")
        elif act is Act.OWN:
            self._window.actions_.trigger("settings")
        elif act is Act.HEAR:
            self._hear()

    def _hear(self) -> None:
        """What was said before and after: on the page of answers, or in the Mirror where nothing was asked."""
        run = self.now.run
        if run is None:
            return
        if answers(self.now.progress) > 1:
            self._places.go("runs")
            runs = self._quick.runs
            if runs is None:  # it is being built: the next press finds it
                return
            runs.show_run(run.id)
            runs.view.stage.show_page("Answers")
        else:
            self._places.go("mirror")
        self._quick.put_back()
        self._keep(self.kept._replace(is_heard=True))
        self._show(self.now)
