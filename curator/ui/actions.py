"""Every command once: its words, its keys, when it can be used. Menus, bars, palette and key sheet are made from it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import NamedTuple

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractButton, QAbstractSpinBox, QApplication, QComboBox, QLineEdit, QTextEdit, QWidget


class Where(StrEnum):
    """Where a command's keys are heard."""

    ANYWHERE = "anywhere"  # also while typing: they carry a modifier
    READING = "reading"  # letters: dead while typing
    LIST = "list"  # Space, ⏎ and ⌫: they also belong to buttons, so they rest while one has focus
    EDITOR = "editor"  # the row editor hears them itself; they stand here for the sheet


class Command(NamedTuple):
    """One thing a person can do. `keys` are in Qt's portable words ("Ctrl" is ⌘ on a Mac); the first one is shown."""

    id: str
    text: str
    keys: tuple[str, ...] = ()
    icon: str = ""
    group: str = "Go"
    where: Where = Where.ANYWHERE
    in_sheet: bool = True
    place: str = ""  # only while this place is shown


_A, _R, _L, _E = Where.ANYWHERE, Where.READING, Where.LIST, Where.EDITOR

COMMANDS: tuple[Command, ...] = (
    Command("go_library", "Library", ("Ctrl+1",), "library", "Go"),
    Command("go_dataset", "Dataset", ("Ctrl+2",), "dataset", "Go"),
    Command("go_runs", "Runs", ("Ctrl+3",), "runs", "Go"),
    Command("go_mirror", "Mirror", ("Ctrl+4",), "mirror", "Go"),
    Command("next", "Next exchange", ("J",), "arrow-down", "Go", _R, place="library"),
    Command("previous", "Previous exchange", ("K",), "arrow-up", "Go", _R, place="library"),
    Command("search", "Search exchanges", ("Ctrl+F",), "search", "Go"),
    Command("search_slash", "Search exchanges", ("/",), "search", "Go", _R, in_sheet=False, place="library"),
    Command("palette", "Search or act", ("Ctrl+K",), "search", "Go"),
    Command("sidebar", "Show or hide the sidebar", ("Ctrl+B",), "sidebar", "Go"),
    Command("documents", "Documents…", (), "file", "Go"),
    Command("settings", "Settings…", ("Ctrl+,",), "settings", "Go"),
    Command("mark_clean", "Mark clean", ("A",), "check", "Decide", _R, place="library"),
    Command("reject", "Reject", ("X",), "x", "Decide", _R, place="library"),
    Command("later", "Later", ("Space",), "clock", "Decide", _L, place="library"),
    Command("unreview", "Back to review", ("U",), "circle", "Decide", _R, place="library"),
    Command("check_in", "Clear in", ("1",), "check-circle", "Decide", _R, place="library"),
    Command("check_out", "Clear out", ("2",), "check-circle", "Decide", _R, place="library"),
    Command("check_legible", "Legible", ("3",), "check-circle", "Decide", _R, place="library"),
    Command("flag", "Flag", ("F",), "flag", "Decide", _R, place="library"),
    Command("tag", "Tag…", ("T",), "tag", "Decide", _R, place="library"),
    Command("edit", "Edit the row", ("E",), "pencil", "Edit", _R, place="library"),
    Command("edit_enter", "Edit the row", ("Return", "Enter"), "pencil", "Edit", _L, in_sheet=False, place="library"),
    Command("save_next", "Save and next", ("Ctrl+Return",), "check", "Edit", _E),
    Command("leave", "Leave the editor", ("Esc",), "x", "Edit", _E),
    Command("undo", "Undo", ("Ctrl+Z",), "undo", "Edit", _R),
    Command("undo_back", "Undo", ("Backspace",), "undo", "Edit", _L, in_sheet=False, place="library"),
    Command("redo", "Redo", ("Ctrl+Shift+Z",), "redo", "Edit", _R),
    Command("changes", "Show changes", ("D",), "split", "Edit", _R, place="library"),
    Command("revert", "Revert to the original", (), "undo", "Edit", _R, place="library"),
    Command("select_all", "Select all exchanges listed", ("Ctrl+A",), "library", "Edit", _R, place="library"),
    Command("import", "Import transcripts…", ("Ctrl+O",), "tray", "Edit"),
    Command("watch", "Watch a folder…", ("Ctrl+Shift+O",), "eye", "Edit"),
    Command("train", "Train", ("Ctrl+Return",), "play", "Train and look", _R),
    Command("stop", "Stop and keep", ("Ctrl+.",), "stop", "Train and look"),
    Command("freeze", "Freeze a snapshot", ("Ctrl+Shift+S",), "snapshot", "Train and look"),
    Command("environment", "Make a Python environment…", (), "terminal", "Train and look", in_sheet=False),
    Command("help", "Guide", ("F1", "Ctrl+?"), "help", "Help"),
    Command("first_steps", "First steps", (), "arrow-right", "Help"),
    Command("keys", "Keys", ("?",), "help", "Help", _R),
    Command("show_library", "Show the library’s folder", (), "folder", "Help", in_sheet=False),
    Command("diagnostics", "Export diagnostics…", (), "tray", "Help", in_sheet=False),
    Command("crash_reports", "Crash reports…", (), "alert", "Help", in_sheet=False),
    Command("reset_settings", "Reset settings…", (), "undo", "Help", in_sheet=False),
    Command("about", "About Curator", (), "help", "Help", in_sheet=False),
    Command("full_screen", "Full screen", ("F11",), "", "Go", in_sheet=False),
    Command("quit", "Quit", ("Ctrl+Q",), "", "Go", in_sheet=False),
)

_CAPS = {"Return": "↩", "Enter": "⌅", "Backspace": "⌫", "Esc": "Esc", "Space": "Space", "Left": "←", "Right": "→"}


def key_words(key: str) -> str:
    """A key as the person's keyboard says it: ⌘K on a Mac, Ctrl+K elsewhere."""
    if not key:
        return ""
    *modifiers, last = key.split("+") if key != "+" else [key]
    cap = _CAPS.get(last, last)
    if sys.platform == "darwin":
        signs = {"Ctrl": "⌘", "Shift": "⇧", "Alt": "⌥", "Meta": "⌃"}
        order = ["Meta", "Alt", "Shift", "Ctrl"]
        return "".join(signs[m] for m in order if m in modifiers) + cap
    return "+".join([*modifiers, cap])


class Actions(QObject):
    """The commands as QActions of one window.

    Places say what a command does with `on`, and whether it can be used, with the reason why not, by `enable`.
    Keys rest by themselves: letters while a person types, Space and ⏎ while a button has focus.
    """

    keys_changed = Signal()
    refused = Signal(str, str)  # the key of a command that can't be used now was pressed: its name, and why

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.window = window
        self._commands = {c.id: c for c in COMMANDS}
        self._keys = {c.id: c.keys for c in COMMANDS}
        self._actions: dict[str, QAction] = {}
        self._handlers: dict[str, Callable[[], object]] = {}
        self._whys: dict[str, str] = {}  # why what can't be used can't
        self._place = "library"
        self._paused = False
        for command in COMMANDS:
            action = QAction(command.text, self)
            action.setObjectName(command.id)
            action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
            action.triggered.connect(lambda _on=False, name=command.id: self._act(name))
            self._actions[command.id] = action
            if command.where is not Where.EDITOR:
                window.addAction(action)
            self._say(command.id)
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._on_focus_changed)
        self._renew()

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    def commands(self) -> Iterable[Command]:
        """All of them, in the order of the sheet."""
        return self._commands.values()

    def on(self, name: str, handler: Callable[[], object]) -> None:
        """What the command does; the last one who says so counts."""
        self._handlers[name] = handler

    def handler(self, name: str) -> Callable[[], object] | None:
        """What the command does now."""
        return self._handlers.get(name)

    def trigger(self, name: str) -> None:
        """Do it, if it can be done now."""
        self._actions[name].trigger()

    def enable(self, name: str, on: bool, why: str = "") -> None:
        """Whether it can be used; `why` says in the tooltip what is missing ("Mark a row clean first (A)")."""
        self._actions[name].setEnabled(on)
        self._whys[name] = "" if on else why
        self._say(name, self._whys[name])

    def hear(self, event: QKeyEvent) -> bool:
        """Whether a key that nobody else took means a command that can't be used now: then it is told why not."""
        pressed = QKeySequence(event.keyCombination())
        for name, why in self._whys.items():
            if why and pressed in self._actions[name].shortcuts():
                self.refused.emit(name, why)
                return True
        return False

    def rename(self, name: str, text: str) -> None:
        """Other words, such as “Undo: Mark 12 exchanges clean”."""
        self._actions[name].setText(text)
        self._say(name)

    def key(self, name: str) -> str:
        """The first key of a command in the words of this keyboard, or nothing."""
        keys = self._keys[name]
        return key_words(keys[0]) if keys else ""

    def keys(self, name: str) -> tuple[str, ...]:
        """All keys of a command in Qt's portable words."""
        return self._keys[name]

    def rebind(self, name: str, keys: tuple[str, ...]) -> str:
        """Other keys for a command. If another has one of them already, nothing changes and its text is returned."""
        mine = self._commands[name]
        for other in self._commands.values():
            both_heard = (other.where is Where.EDITOR) == (mine.where is Where.EDITOR)
            if other.id != name and both_heard and set(keys) & set(self._keys[other.id]):
                return other.text
        self._keys[name] = keys
        self._say(name)
        self._renew()
        self.keys_changed.emit()
        return ""

    def own_keys(self) -> str:
        """What differs from the keys as delivered, as JSON for the settings."""
        mine = {c.id: list(self._keys[c.id]) for c in COMMANDS if self._keys[c.id] != c.keys}
        return json.dumps(mine) if mine else ""

    def load_keys(self, kept: str) -> None:
        """Take over what `own_keys` said; what cannot be read is left alone."""
        try:
            mine = json.loads(kept) if kept else {}
        except ValueError:
            return
        for name, keys in mine.items() if isinstance(mine, dict) else ():
            if name in self._commands and isinstance(keys, list):
                self.rebind(name, tuple(str(k) for k in keys))

    def reset_keys(self) -> None:
        """All keys as delivered."""
        for command in COMMANDS:
            self._keys[command.id] = command.keys
            self._say(command.id)
        self._renew()
        self.keys_changed.emit()

    def show_place(self, place: str) -> None:
        """Commands of other places rest."""
        self._place = place
        self._renew()

    def pause(self, paused: bool) -> None:
        """While a sheet lies over the window, only the commands with a modifier are heard."""
        self._paused = paused
        self._renew()

    def _act(self, name: str) -> None:
        aliases = {"search_slash": "search", "edit_enter": "edit", "undo_back": "undo"}
        handler = self._handlers.get(name) or self._handlers.get(aliases.get(name, ""))
        if handler is not None:
            handler()

    def _say(self, name: str, why: str = "") -> None:
        action, key = self._actions[name], self.key(name)
        words = action.text().rstrip("…")
        action.setToolTip(why or (f"{words}  {key}" if key else words))

    def _on_focus_changed(self, _old: QWidget | None, _now: QWidget | None) -> None:
        self._renew()

    def _renew(self) -> None:
        focus = QApplication.focusWidget()
        typing, pressing = is_typing(focus), isinstance(focus, QAbstractButton | QComboBox)
        for name, action in self._actions.items():
            command = self._commands[name]
            rests = (
                command.where is Where.EDITOR
                or (command.where in (Where.READING, Where.LIST) and (typing or self._paused))
                or (command.where is Where.LIST and pressing)
                or bool(command.place and command.place != self._place)
            )
            wanted = [] if rests else [QKeySequence(k) for k in self._keys[name]]
            if action.shortcuts() != wanted:
                action.setShortcuts(wanted)


def is_typing(widget: QWidget | None) -> bool:
    """Whether letters belong to this widget."""
    if isinstance(widget, QLineEdit | QTextEdit):
        return not widget.isReadOnly()
    return isinstance(widget, QAbstractSpinBox) or (isinstance(widget, QComboBox) and widget.isEditable())
