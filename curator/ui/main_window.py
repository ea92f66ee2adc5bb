"""The frame: bar, places, status line, notices, and the whole of it as a drop target. It knows no library."""

from __future__ import annotations

import importlib
import logging
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSettings, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QKeyEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QApplication, QMainWindow, QMenu, QSizePolicy, QSplitter, QStackedWidget, QWidget

from curator.core.errors import LibraryClosedError
from curator.ui.actions import Actions
from curator.ui.closing import PATIENCE, QUIET, Closing
from curator.ui.controls import Plane, column
from curator.ui.dialogs.error import tell
from curator.ui.tasks import Tasks
from curator.ui.views.drop_target import DropTarget, carried_paths
from curator.ui.views.notice_bar import NoticeBar
from curator.ui.views.status_line import Fact, StatusLine
from curator.ui.views.top_bar import TopBar
from curator.ui.window_shape import SMALLEST, WindowShape

if TYPE_CHECKING:
    from curator.services.workspace import Workspace
    from curator.ui.first_list import FirstList
    from curator.ui.help.help_window import HelpWindow
    from curator.ui.open_library import OpenLibrary
    from curator.ui.views.library_place import LibraryPlace

_log = logging.getLogger(__name__)
WIDE = 1200
ALSO_IN_MENUS = frozenset(
    {"about", "quit", "full_screen", "environment", "show_library", "diagnostics", "crash_reports", "reset_settings"}
)


class MainWindow(QMainWindow):
    """Shown empty and at once; `attach` fills it when the library is open."""

    appearance_chosen = Signal(object)
    attached = Signal()
    resized = Signal()

    def __init__(self, tasks: Tasks, kept: QSettings) -> None:
        super().__init__()
        self.tasks, self._kept = tasks, kept
        self.shape = WindowShape(self, kept, self._splitters)
        self.opened: OpenLibrary | None = None
        self.guide: HelpWindow | None = None
        self.closing: Closing | None = None
        self._place = "library"
        self._widgets: dict[str, QWidget] = {}
        self._waiting: list[Path] = []
        self._carried: list[Path] = []
        self.setWindowTitle("Curator")
        self.setMinimumSize(SMALLEST)
        self.setAcceptDrops(True)
        self.actions_ = Actions(self)
        self.top = TopBar(self.actions_)
        self.notice = NoticeBar()
        self.status = StatusLine(self.actions_)
        self.notice.speak_over(self.status, self.status.work, self.status.train)
        self._stack = QStackedWidget()
        self._stack.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._stack.addWidget(Plane("base"))
        body = QWidget()
        box = self._box = column(self.top, self.notice, self._stack, self.status)
        box.setStretch(2, 1)
        body.setLayout(box)
        self.setCentralWidget(body)
        self.drop = DropTarget(self)
        self.actions_.on("full_screen", lambda: self.showNormal() if self.isFullScreen() else self.showFullScreen())
        self.actions_.on("quit", self.close)
        self.actions_.on("help", self.show_help)
        self.tasks.failed.connect(self.fail)
        self._make_menus()
        self.shape.restore()
        self.top.show_place("library")
        self.actions_.enable("train", False, "Mark a row clean first (A)")
        for name in ("undo", "redo"):
            self.actions_.enable(name, False, f"Nothing to {name}")
        self.status.set_facts([Fact("Opening the library")])

    @property
    def place(self) -> str:
        """Where the person is."""
        return self._place

    @property
    def library(self) -> LibraryPlace | None:
        """The Library place, once the library is open."""
        return None if self.opened is None else self.opened.library

    def attach(self, workspace: Workspace, first: FirstList | None = None) -> None:
        """The library is open, and `first` perhaps read from it: build what needs it. Files that came earlier are read
        now."""
        made = importlib.import_module("curator.ui.open_library")
        self.opened = made.OpenLibrary(self, workspace, first)
        self.shape.restore_parts()
        waiting, self._waiting = self._waiting, []
        self.read(waiting)
        self.attached.emit()

    def read(self, paths: list[Path]) -> None:
        """Import files, folders and zips; before the library is open they wait."""
        if self.opened is None:
            self._waiting += paths
        else:
            self.opened.read(paths)

    def fail(self, error: BaseException) -> None:
        """Say what went wrong, above the place; never a dialog. What comes too late for the library is no fault."""
        if self.closing is not None and isinstance(error, LibraryClosedError):
            return
        _log.error("told to the person", exc_info=error)
        told = tell(error)
        self.notice.error(told.sentence, told.hint, told.details)

    # places

    def add_place(self, name: str, place: QWidget) -> None:
        """One more page. Its fields would take a dragged file as text, so the window takes drops instead."""
        self._widgets[name] = place
        self._stack.addWidget(place)
        for widget in place.findChildren(QWidget):
            if widget.acceptDrops():
                widget.setAcceptDrops(False)

    def show_place(self, name: str) -> None:
        """Turn to a page that was added."""
        self._place = name
        self._stack.setCurrentWidget(self._widgets[name])
        self.top.show_place(name)
        self.actions_.show_place(name)
        self.status.train.setVisible(name != "runs")  # the panel has the same button, with all it depends on

    def put_above_status(self, strip: QWidget) -> None:
        """A strip between the place and the status line; it shows and hides itself."""
        self._box.insertWidget(self._box.indexOf(self.status), strip)

    def place_widget(self, name: str) -> QWidget | None:
        """A page, if it was built."""
        return self._widgets.get(name)

    def show_help(self, page: str = "", anchor: str = "") -> None:
        """The guide: at this page, or at what it says of the place where the person is."""
        if self.guide is None:
            made = importlib.import_module("curator.ui.help.help_window")
            self.guide = made.HelpWindow(self.actions_, self._kept)
        if not page:
            context = importlib.import_module("curator.ui.help.context")
            page, anchor = context.page_for(QApplication.focusWidget(), self._place)
        self.guide.open_at(page, anchor)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """A key is never swallowed: that of a command that can't be used now is answered with the reason."""
        if not self.actions_.hear(event):
            super().keyPressEvent(event)

    # drops

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        self._carried = carried_paths(event.mimeData())
        if self._carried:
            self.drop.show_for(self._carried)
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.drop.hide()

    def dropEvent(self, event: QDropEvent) -> None:
        self.drop.hide()
        paths = carried_paths(event.mimeData()) or self._carried  # the program they come from may have ended by now
        if paths:
            event.acceptProposedAction()
            self.read(paths)

    # life and shape

    def closeEvent(self, event: QCloseEvent) -> None:
        if self.guide is not None:
            self.guide.close()
            self.guide.deleteLater()
            self.guide = None
        self.shape.keep()
        if self.opened is not None:
            self.opened.close()
        self._kept.sync()
        self._wait_for_the_rest()
        super().closeEvent(event)
        QApplication.quit()

    def _wait_for_the_rest(self) -> None:
        """Seconds at most, and with a word where it is felt. No input is served meanwhile: nobody could answer it."""
        if self.closing is None:
            opened = self.opened
            let_go, end = (_nothing, self.end_unattached) if opened is None else (opened.let_go, opened.end)
            self.closing = Closing(self.tasks, let_go, end)
        if self.closing.wait(QUIET):
            return
        self.status.set_facts([Fact(self.closing.words)])
        QApplication.sendPostedEvents()  # without which new words are not laid out
        self.repaint()
        if not self.closing.wait(PATIENCE - QUIET):
            _log.info("the window is gone before its work: %s", self.closing.words)

    def end_unattached(self) -> None:
        """Close what was opened and never attached; this frame opens nothing itself. Not on the window's thread."""

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.drop.setGeometry(self.rect())
        self.resized.emit()

    def _splitters(self) -> dict[str, QSplitter]:
        """With their names in the settings: a narrow window has widths of its own."""
        library, shape = self.library, "narrow" if self.width() < WIDE else "wide"
        return {} if library is None else {f"across-{shape}": library.across, f"work-{shape}": library.work}

    def _make_menus(self) -> None:
        menus: dict[str, QMenu] = {}
        for command in self.actions_.commands():
            if command.in_sheet or command.id in ALSO_IN_MENUS:
                if command.group not in menus:
                    menus[command.group] = self.menuBar().addMenu(command.group)
                menus[command.group].addAction(self.actions_[command.id])
        if not self.menuBar().isNativeMenuBar():
            self.menuBar().hide()  # the bar and the palette hold everything; a Mac has its menus above the screen


def _nothing() -> None:
    """Nothing was opened that would have to be closed."""
