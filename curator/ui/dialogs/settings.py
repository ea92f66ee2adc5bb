"""The settings: base model and maximum, appearance, watched folders, newer versions. Every choice counts at once."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QSpinBox, QWidget

from curator.core.model import BaseModel
from curator.core.query import FoundAgent, WatchedFolder
from curator.core.sizes import size_words
from curator.ui.appearance import Appearance
from curator.ui.controls import Button, Item, Plane, Segments, Text, Well, clear, column, row, scrolled
from curator.ui.dialogs.updates import UpdatesLine
from curator.ui.theme import growth
from curator.ui.views.place_line import PlaceLine, files_words

WIDTH, HEIGHT = 560, 720
LIMITS = (256, 131_072)
LOOKS = (Appearance.SYSTEM, Appearance.LIGHT, Appearance.DARK)


@dataclass(frozen=True, slots=True)
class Choices:
    """What the settings show: read off the window's thread, in one go."""

    model: str | None
    limit: int
    appearance: Appearance
    models: Sequence[BaseModel]
    watched: Sequence[WatchedFolder]


class SettingsCard(Well):
    """The card of the sheet. It saves nothing: it says what was chosen."""

    model_chosen = Signal(str)
    limit_chosen = Signal(int)
    appearance_chosen = Signal(object)
    folder_asked = Signal()
    watch_asked = Signal(str)
    unwatched = Signal(int)
    keys_asked = Signal()
    reset_asked = Signal()
    done = Signal()

    def __init__(self) -> None:
        super().__init__(radius=14)
        self._watched: Sequence[WatchedFolder] = ()
        self._agents: Sequence[FoundAgent] | None = None  # not looked for yet
        self.model = QComboBox()
        self.model.setAccessibleName("Base model")
        self.model.setFixedWidth(round(250 * growth()))
        self.limit = QSpinBox()
        self.limit.setRange(*LIMITS)
        self.limit.setSingleStep(256)
        self.limit.setGroupSeparatorShown(True)
        self.limit.setKeyboardTracking(False)
        self.limit.setAccessibleName("Maximum of tokens in a row")
        self.limit.clear()  # until it is read: no number that nobody chose
        self.limit.setEnabled(False)
        self.appearance = Segments(["System", "Light", "Dark"])
        self.appearance.setAccessibleName("Appearance")
        self.updates = UpdatesLine()
        self._folders = column(spacing=0)
        add = Button("Watch a folder…", "plus", small=True)
        add.clicked.connect(self.folder_asked)
        keys = Button("Keys…", small=True, flat=True)
        keys.clicked.connect(self.keys_asked)
        reset = Button("Reset settings", small=True, flat=True)
        reset.clicked.connect(self.reset_asked)
        close = Button("Done", small=True)
        close.clicked.connect(self.done)
        told = "What a ticked one holds comes in by itself. Nothing there is ever changed."
        longer = "A longer row is left out until it fits; it is never cut."
        choices = column(
            *(self._line("Base model", "Rows are counted with its tokenizer.", self.model), 4),
            *(self._line("Maximum of tokens", longer, self.limit), 4),
            *(self._line("Appearance", "", self.appearance), 5),
            *(row(Text("Watched folders", "strong"), None, add), 1, Text(told, "small", "text3", wrap=True), 2),
            *(Plane("line", height=1), self._folders, Plane("line", height=1), 3, self.updates, None),
            margins=(7, 0, 7, 0),
        )
        page = scrolled(Plane("raised", "", choices))
        title = row(Text("Settings", "title"), margins=(7, 6, 7, 5))
        box = column(title, page, row(keys, reset, None, close, margins=(7, 4, 7, 5)), margins=(0.25, 0, 0.25, 0))
        box.setStretchFactor(page, 1)
        self.setLayout(box)
        self.setFocusProxy(self.model)
        self.model.activated.connect(lambda i: self.model_chosen.emit(self.model.itemData(i) or ""))
        self.limit.valueChanged.connect(self.limit_chosen)
        self.appearance.chosen.connect(lambda i: self.appearance_chosen.emit(LOOKS[i]))

    def show_choices(self, choices: Choices) -> None:
        """What is chosen now."""
        self.model.blockSignals(True)
        self.model.clear()
        self.model.addItem("None: tokens are estimated", "")
        for model in choices.models:
            self.model.addItem(model.title or model.name, model.name)
            if model.problem:
                self.model.setItemData(self.model.count() - 1, model.problem, Qt.ItemDataRole.ToolTipRole)
        self.model.setCurrentIndex(max(0, self.model.findData(choices.model or "")))
        self.model.blockSignals(False)
        self.limit.blockSignals(True)
        self.limit.setValue(choices.limit)
        self.limit.setEnabled(True)
        self.limit.blockSignals(False)
        self.appearance.set_current(LOOKS.index(choices.appearance))
        self._watched = choices.watched
        self._show_folders()

    def show_agents(self, found: Sequence[FoundAgent]) -> None:
        """The assistants that keep sessions on this computer, each with a tick: whether it is watched."""
        self._agents = found
        self._show_folders()

    def _show_folders(self) -> None:
        """First the assistants that were found, then the other folders that are watched."""
        clear(self._folders)
        known = {os.path.realpath(folder.path): folder for folder in self._watched}
        places = [(a.name, a.path, (files_words(a.files, a.format), size_words(a.bytes))) for a in self._agents or ()]
        shown = {os.path.realpath(path) for _, path, _ in places}
        for path, folder in known.items():
            if path not in shown:
                missing = "not there at the moment" if folder.is_missing else ""
                places.append((folder.name or Path(path).name, folder.path, ("", missing)))
        for name, path, right in places:
            line = PlaceLine(name, path, right, on=os.path.realpath(path) in known, low=True)
            line.ticked.connect(partial(self._on_ticked, path))
            self._folders.addWidget(line)
        if not places:
            words = "Looking for your assistants…" if self._agents is None else "No folder is watched."
            self._folders.addWidget(Text(words, "small", "text2"))

    def _on_ticked(self, path: str, on: bool) -> None:
        if on:
            self.watch_asked.emit(path)
            return
        real = os.path.realpath(path)
        for folder in self._watched:
            if os.path.realpath(folder.path) == real:
                self.unwatched.emit(folder.id)

    def _line(self, title: str, detail: str, control: QWidget) -> Item:
        words: list[Item] = [Text(title, "strong")]
        if detail:
            words.append(Text(detail, "small", "text3", wrap=True))
        line = row(column(*words, spacing=0.5), control, spacing=2)
        line.setStretch(0, 1)
        return line
