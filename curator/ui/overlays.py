"""What lies over the window for a moment: palette, key sheet, settings, import report, about. One at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from curator.core.dropped import Dropped
from curator.core.query import ExchangeQuery, FoundAgent, ImportReport, Order, WatchedFolder
from curator.services import browsing, budgets, documents, importing, models, settings
from curator.services import help as guide
from curator.services.workspace import Workspace
from curator.ui.actions import Actions
from curator.ui.appearance import Appearance
from curator.ui.dialogs import about, import_report
from curator.ui.dialogs import settings as settings_dialog
from curator.ui.dialogs.documents import SIZE as SIZE_OF_DOCUMENTS
from curator.ui.dialogs.documents import DocumentsCard
from curator.ui.dialogs.settings import Choices, SettingsCard
from curator.ui.models.source_list import Source
from curator.ui.setting_keys import APPEARANCE_KEY, KEYS_KEY
from curator.ui.tasks import Tasks
from curator.ui.views import key_sheet, palette
from curator.ui.views.file_place import FilePlace, read_place
from curator.ui.views.marks import cover_card
from curator.ui.views.palette import Entry, Palette
from curator.ui.views.sheet import Sheet

FOUND = 8  # exchanges the palette shows below the commands
EXPLAINED = 3  # places of the guide below those
NOT_IN_PALETTE = frozenset({"palette", "save_next", "leave", "search_slash", "edit_enter", "undo_back"})


@dataclass(frozen=True, slots=True)
class Doors:
    """Where the palette can lead besides commands."""

    sources: Callable[[], list[Source]]
    go_to_source: Callable[[str], object]
    go_to_exchange: Callable[[int], object]


class Overlays(QObject):
    """Opens sheets over `window`, feeds them, and puts what was chosen into the services."""

    appearance_chosen = Signal(object)
    import_asked = Signal(object)  # files to be brought in
    watch_asked = Signal(str)  # a folder to follow from now on
    mapping_asked = Signal(str)  # a file that nobody knows
    settings_opened = Signal(object)  # the card, for whoever serves a part of it
    guide_asked = Signal(str, str)  # a page of the guide, and a heading of it

    def __init__(self, window: QWidget, workspace: Workspace, tasks: Tasks, actions: Actions, doors: Doors) -> None:
        super().__init__(window)
        self._window, self._ws, self._tasks, self._actions, self._doors = window, workspace, tasks, actions, doors
        self._sheet: Sheet | None = None
        self.card: QWidget | None = None

    def close(self) -> None:
        """Close what is open."""
        if self._sheet is not None:
            self._sheet.dismiss()

    def show_palette(self) -> None:
        """Search or act."""
        card = Palette(self._entries())
        card.searched.connect(lambda text: self._search(card, text))
        card.done.connect(self.close)
        self._open(card, (palette.WIDTH, palette.HEIGHT), top=88)

    def show_keys(self) -> None:
        """Every key."""
        card = key_sheet.KeySheet(self._actions)
        card.changed.connect(self._keep_keys)
        self._open(card, (key_sheet.WIDTH, key_sheet.HEIGHT))

    def show_about(self) -> None:
        """What this is."""
        card = about.AboutCard(str(self._ws.folder))
        card.done.connect(self.close)
        self._open(card, (about.WIDTH, about.HEIGHT))

    def show_report(self, report: ImportReport) -> None:
        """What an import could not read."""
        card = import_report.ImportReportCard(report, tuple(importing.unknown_files(report)))
        card.done.connect(self.close)
        card.place_wanted.connect(lambda path, line: self._read_place(card, path, line))
        card.mapping_wanted.connect(self._explain)
        self._open(card, card.size_wanted)
        card.begin()

    def show_left_out(self, path: str, records: tuple[Dropped, ...]) -> None:
        """Where in the file stands what is no part of an exchange."""
        card = import_report.LeftOutCard(path, records)
        card.done.connect(self.close)
        card.place_wanted.connect(lambda path, line: self._read_place(card, path, line, card.says()))
        self._open(card, card.size_wanted)
        card.begin()

    def _read_place(self, card: import_report.ProblemCard, path: str, line: int, says: str = "") -> None:
        def done(place: FilePlace) -> None:
            if self.card is card:
                card.show_place(path, place)

        self._tasks.read(lambda: read_place(path, line, says), done, key="place")

    def _explain(self, path: str) -> None:
        self.close()
        self.mapping_asked.emit(path)

    def show_documents(self) -> None:
        """The documents beside the transcripts."""
        card = DocumentsCard()
        ws, read = self._ws, self._tasks.read

        def text(id: int) -> None:
            read(lambda: documents.text(ws, id), lambda found: card.show_text(id, found), key="document")

        card.text_wanted.connect(text)
        card.import_asked.connect(self.import_asked)
        card.done.connect(self.close)
        self._open(card, SIZE_OF_DOCUMENTS)
        self._fill_documents(card)

    def _fill_documents(self, card: DocumentsCard) -> None:
        def fill(done: Callable[[Any], None]) -> Callable[[Any], None]:
            return lambda found: done(found) if self.card is card else None

        self._tasks.read(lambda: documents.list(self._ws), fill(card.show_documents), key="documents")
        self._tasks.read(lambda: documents.found(self._ws), fill(card.show_found), key="found documents")

    def show_settings(self) -> None:
        """The settings; they fill as soon as they are read."""
        card = SettingsCard()
        ws, write = self._ws, self._tasks.write
        card.model_chosen.connect(lambda name: write(lambda: budgets.choose_model(ws, name or None)))
        card.limit_chosen.connect(lambda tokens: write(lambda: budgets.set_limit(ws, tokens)))
        card.appearance_chosen.connect(self._choose_appearance)
        card.folder_asked.connect(lambda: self._actions.trigger("watch"))
        card.unwatched.connect(
            lambda id: write(lambda: importing.remove_watched(ws, id), lambda _changes: self._fill_settings(card))
        )
        card.watch_asked.connect(self.watch_asked)
        card.keys_asked.connect(self.show_keys)
        card.done.connect(self.close)
        card.reset_asked.connect(lambda: self._actions.trigger("reset_settings"))
        card.reset_asked.connect(self.close)
        self._open(card, (settings_dialog.WIDTH, settings_dialog.HEIGHT))
        self.settings_opened.emit(card)
        self._fill_settings(card)

        def found(agents: list[FoundAgent]) -> None:
            if self.card is card:
                card.show_agents(agents)

        self._tasks.read(lambda: importing.found_agents(ws), found, key="agents")

    def refill(self) -> None:
        """Something that the open settings show has changed."""
        if isinstance(self.card, SettingsCard):
            self._fill_settings(self.card)
        elif isinstance(self.card, DocumentsCard):
            self._fill_documents(self.card)

    def _open(self, card: QWidget, size: tuple[int, int], top: int | None = None) -> None:
        self.close()
        self._sheet, self.card = Sheet(self._window, card, size, top), card
        self._sheet.closed.connect(self._on_closed)
        self._actions.pause(True)
        self._sheet.open()

    def _on_closed(self) -> None:
        self._sheet, self.card = None, None
        self._actions.pause(False)

    def _entries(self) -> list[Entry]:
        entries = []
        for command in self._actions.commands():
            action = self._actions[command.id]
            if command.id in NOT_IN_PALETTE:
                continue
            why = "" if action.isEnabled() else action.toolTip()
            run = self._runner(command.id)
            kind = command.group
            key = self._actions.key(command.id)
            words = action.text() if not command.id.startswith("go_") else f"Go to {action.text()}"
            entries.append(Entry(words, kind, run, command.icon, key, action.isEnabled(), why))
        for source in self._doors.sources():
            key, kind = source.key, f"{source.count:,}"
            icon = "library" if source.mark in ("live", "rest") else source.mark
            entries.append(Entry(f"Show {source.title}", kind, partial(self._doors.go_to_source, key), icon))
        return entries

    def _runner(self, name: str) -> Callable[[], None]:
        return lambda: self._actions.trigger(name)

    def _search(self, card: Palette, text: str) -> None:
        if len(text) < palette.SEARCHED_FROM:
            return

        def read() -> list[Entry]:
            ids = browsing.exchange_ids(self._ws, ExchangeQuery(text=text, order=Order.RELEVANCE, limit=FOUND))
            go = self._doors.go_to_exchange
            cards = map(cover_card, browsing.cards(self._ws, ids[:FOUND]))
            found = [Entry(card.prompt, "exchange", partial(go, card.id), "voice") for card in cards]
            pages = guide.search(text)[:EXPLAINED]
            return found + [
                Entry(hit.heading, "guide", partial(self.guide_asked.emit, hit.page, hit.anchor), "help")
                for hit in pages
            ]

        def done(found: list[Entry]) -> None:
            if self.card is card:
                card.show_found(text, found)

        self._tasks.read(read, done, key="palette")

    def _fill_settings(self, card: SettingsCard) -> None:
        def read() -> Choices:
            ws = self._ws
            watched: list[WatchedFolder] = importing.watched(ws)
            look = settings.get(ws, APPEARANCE_KEY, Appearance.SYSTEM)
            return Choices(
                budgets.chosen_model(ws),
                budgets.limit(ws),
                Appearance(look) if look in set(Appearance) else Appearance.SYSTEM,
                models.models(ws),
                watched,
            )

        def done(choices: Choices) -> None:
            if self.card is card:
                card.show_choices(choices)

        self._tasks.read(read, done, key="settings")

    def _choose_appearance(self, choice: Appearance) -> None:
        self.appearance_chosen.emit(choice)
        self._tasks.write(lambda: settings.keep(self._ws, APPEARANCE_KEY, choice.value))

    def _keep_keys(self) -> None:
        kept = self._actions.own_keys()
        self._tasks.write(lambda: settings.keep(self._ws, KEYS_KEY, kept))
