"""The shape of the Library place: sidebar, list, reader over editor, and how they make room for each other."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QApplication, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from curator.ui.controls import Plane, column, row
from curator.ui.models.exchange_table import ExchangeTable, Fetch
from curator.ui.models.source_list import SourceList
from curator.ui.theme import growth
from curator.ui.views.bulk_bar import BulkBar
from curator.ui.views.exchange_list import ExchangeList
from curator.ui.views.first_start import FirstStart
from curator.ui.views.reader import Reader
from curator.ui.views.row_editor import RowEditor
from curator.ui.views.sidebar import Sidebar

NARROW = 1200  # points; below it, and where large text needs more, the sidebar folds away
LOW = 720  # points; below it the editor takes less
LIST_WIDE, LIST_NARROW = 404, 304
EDITOR_WIDE, EDITOR_NARROW = 384, 300


class LibraryFrame(QWidget):
    """Holds the parts. In a narrow window the sidebar lies over the list, and only when it is asked for."""

    first_start_made = Signal(object)  # FirstStart: a library with something in it never needs one

    def __init__(self, fetch: Fetch) -> None:
        super().__init__()
        self.sources = SourceList(self)
        self.table = ExchangeTable(fetch, self)
        self.sidebar = Sidebar(self.sources)
        self.list = ExchangeList(self.table)
        self.bulk = BulkBar()
        self.reader, self.editor = Reader(), RowEditor()
        self._first_start: FirstStart | None = None
        self._sidebar_wanted = True
        self._is_narrow = False
        left = Plane("listing", "", column(self.list, self.bulk))
        left.setMinimumWidth(260)
        self.work = QSplitter(Qt.Orientation.Vertical)
        self.work.setChildrenCollapsible(False)
        self.work.addWidget(self.reader)
        self.work.addWidget(self.editor)
        self.work.setStretchFactor(0, 1)
        self.work.setStretchFactor(1, 0)
        self.work.setSizes([460, EDITOR_WIDE])
        self.across = QSplitter(Qt.Orientation.Horizontal)
        self.across.setChildrenCollapsible(False)
        self.across.addWidget(left)
        self.across.addWidget(self.work)
        self.across.setStretchFactor(0, 0)
        self.across.setStretchFactor(1, 1)
        self.across.setSizes([LIST_WIDE, 800])
        self._body = QWidget()
        self._body_box = row(self.sidebar, self.across, spacing=0)
        self._body_box.setStretch(1, 1)
        self._body.setLayout(self._body_box)
        self._stack = QStackedWidget()
        blank = Plane("base")  # until the library is open: no flash of a page that then goes away
        for page in (blank, self._body):
            self._stack.addWidget(page)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self._stack)

    def activate(self) -> None:
        """Come here: the keyboard goes to the list."""
        if self._first_start is not None and self._stack.currentWidget() is self._first_start:
            self._first_start.setFocus()
        else:
            self.list.table.setFocus(Qt.FocusReason.OtherFocusReason)

    @property
    def first_start(self) -> FirstStart:
        """The page for a library with nothing in it, made when it is first wanted."""
        if self._first_start is None:
            self._first_start = FirstStart()
            self._stack.addWidget(self._first_start)
            self.first_start_made.emit(self._first_start)
        return self._first_start

    def show_first_start(self, is_first: bool) -> None:
        """The page for a library with nothing in it, or the parts. Where somebody searches already, on the sheet over
        this place, as the first rows come, the keyboard stays there."""
        page: QWidget = self.first_start if is_first else self._body
        if self._stack.currentWidget() is not page:
            now = QApplication.focusWidget()
            is_elsewhere = now is not None and not self.isAncestorOf(now)
            self._stack.setCurrentWidget(page)
            if is_first or not is_elsewhere:
                self.activate()

    def toggle_sidebar(self) -> None:
        """Show or hide the sidebar; in a narrow window it lies over the list."""
        if self._is_narrow:
            self._float_sidebar(not self.sidebar.isVisible())
        else:
            self._sidebar_wanted = not self._sidebar_wanted
            self.sidebar.setVisible(self._sidebar_wanted)

    def fold_sidebar(self) -> bool:
        """Take a sidebar away that lies over the list; False when none does."""
        if not (self._is_narrow and self.sidebar.isVisible()):
            return False
        self._float_sidebar(False)
        return True

    def minimumSizeHint(self) -> QSize:
        """Without the sidebar, which folds away before anything is cut."""
        return QSize(self.across.minimumSizeHint().width(), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = self.width() < max(NARROW, self._least_width())
        if narrow != self._is_narrow:
            self._is_narrow = narrow
            self._dock_sidebar(not narrow)
            self.across.setSizes(
                [min(round((LIST_NARROW if narrow else LIST_WIDE) * growth()), self.width() // 3), self.width()]
            )
            editor = EDITOR_NARROW if narrow or self.height() < LOW else EDITOR_WIDE
            self.work.setSizes([max(100, self.height() - editor), editor])
        if self._is_narrow:
            self.sidebar.setGeometry(0, 0, self.sidebar.width(), self.height())
        if self.height() < LOW:
            QTimer.singleShot(0, self, self._leave_room_to_the_reader)

    def _least_width(self) -> int:
        """What sidebar, list and editor need beside each other."""
        return self.sidebar.width() + LIST_NARROW + self.editor.least_width

    def _leave_room_to_the_reader(self) -> None:
        """In a low window the fields of the editor scroll; the exchange stays readable above them."""
        reader, editor = self.work.sizes()
        if editor > EDITOR_NARROW:
            self.work.setSizes([reader + editor - EDITOR_NARROW, EDITOR_NARROW])

    def _dock_sidebar(self, docked: bool) -> None:
        if docked:
            self._body_box.insertWidget(0, self.sidebar)
            self.sidebar.setVisible(self._sidebar_wanted)
        else:
            self._body_box.removeWidget(self.sidebar)
            self.sidebar.setParent(self._body)
            self._float_sidebar(False)

    def _float_sidebar(self, shown: bool) -> None:
        self.sidebar.setGeometry(0, 0, self.sidebar.width(), self.height())
        self.sidebar.setVisible(shown)
        if shown:
            self.sidebar.raise_()
            self.sidebar.view.setFocus()
        elif self.isVisible():
            self.list.table.setFocus()
