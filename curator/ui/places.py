"""The four places of the window: built when first wanted, wired to each other, and told of every write."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from curator.core.changes import Changes
from curator.services import curation
from curator.services.workspace import Workspace
from curator.ui.main_window import MainWindow
from curator.ui.place import Place
from curator.ui.place_makers import PLACE_MAKERS, load_place
from curator.ui.views.library_place import LibraryPlace


class Places(QObject):
    """Goes from place to place. The Library is there from the beginning, the others are imported and built later."""

    went = Signal(str)
    facts_told = Signal(str, object)  # the name of a place, and what it has to say in the status line
    running = Signal(object)  # how far the training is: from 0 to 1, None when there is none
    taken_back = Signal(str, object)  # "undo" or "redo" from another place than the Library, and its Changes

    def __init__(self, window: MainWindow, workspace: Workspace, library: LibraryPlace) -> None:
        super().__init__(window)
        self._window, self._ws, self._actions = window, workspace, window.actions_
        self.library = library
        self._made: dict[str, Place] = {"library": library}
        window.add_place("library", library)
        for name in ("undo", "redo"):
            self._actions.on(name, partial(self._take_back, name))

    def __contains__(self, name: str) -> bool:
        return name in self._made

    def present(self) -> Place | None:
        """The place that is shown."""
        return self._made.get(self._window.place)

    def go(self, name: str) -> None:
        """Show a place; it is built when it is first wanted."""
        place = self.make(name)
        if place is None:
            self._window.top.show_place(self._window.place)
            return
        self._window.show_place(name)
        place.activate()
        self.went.emit(name)

    def make_beside(self, name: str) -> None:
        """Build a place before it is wanted: its modules are imported off the window's thread."""
        self._window.tasks.long(partial(load_place, name), self._make_loaded)

    def _make_loaded(self, name: str) -> None:
        self.make(name)

    def make(self, name: str) -> Place | None:
        """The place, built if it was not; None when there is no such place."""
        made = self._made.get(name)
        if made is None and name in PLACE_MAKERS:
            widget = PLACE_MAKERS[name](self._ws, self._window.tasks, self._actions)
            made = self._made[name] = widget  # type: ignore[assignment]  # every maker builds a Place
            self._window.add_place(name, widget)
            self._wire(name, widget)
        return made

    def apply(self, changes: Changes) -> None:
        """Tell every place what a write touched."""
        for place in self._made.values():
            place.apply(changes)

    def close(self) -> None:
        """The window closes: whoever asks again and again asks no more."""
        for place in self._made.values():
            end = getattr(place, "stop_looking", None)
            if callable(end):
                end()

    def go_to_exchange(self, id: int) -> None:
        """Open an exchange in the Library."""
        self.go("library")
        self.library.show_exchange(id)

    def go_back(self, changes: Changes) -> None:
        """Show in the Library what was undone or done again."""
        self.go("library")
        self.library.go_back(changes)

    def go_to_source(self, key: str) -> None:
        """Open a line of the sidebar."""
        self.go("library")
        self.library.go_to(key)

    def _wire(self, name: str, place: QWidget) -> None:
        """Connect the signals that a place has for the window; a place need not have all of them."""

        def on(signal: str, slot: Callable[..., object]) -> None:
            found = getattr(place, signal, None)
            if found is not None:
                found.connect(slot)

        on("library_requested", lambda *_: self.go("library"))
        on("runs_requested", lambda *_: self.go("runs"))
        on("dataset_requested", lambda *_: self.go("dataset"))
        on("exchange_requested", self.go_to_exchange)
        on("row_requested", self.go_to_exchange)
        on("status_facts", partial(self.facts_told.emit, name))
        if name == "runs":
            on("running_progress", self.running.emit)
            on("run_started", lambda *_: self.go("runs"))
            train = self._actions.handler("train")
            if train is not None:
                self._actions.on("train", partial(self._go_and_train, train))

    def _take_back(self, name: str) -> None:
        """Undo or redo acts on the place that is seen. One with no acts of its own leaves it to the Library's, which
        is then told: nothing may change unseen."""
        place, review = self.present(), self.library.review
        own = getattr(place, name, None)
        if place is self.library:
            getattr(review, name)()
        elif callable(own):
            own()
        else:
            act = curation.undo if name == "undo" else curation.redo
            self._window.tasks.write(lambda: act(self._ws), partial(self.taken_back.emit, name))

    def _go_and_train(self, train: Callable[[], object]) -> None:
        """Whoever starts training from another place is taken to where it happens."""
        self.go("runs")
        train()
