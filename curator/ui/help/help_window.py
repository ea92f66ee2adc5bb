"""The guide as a window of its own, so that it can stay open beside what it speaks of."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QModelIndex, QSettings, QSize, Qt
from PySide6.QtGui import QCloseEvent, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from curator.core.errors import CuratorError
from curator.services import help as guide
from curator.ui.actions import Actions, key_words
from curator.ui.controls import Button, ElidedText, Field, Plane, Text, column, row
from curator.ui.dialogs.error import tell
from curator.ui.help.contents import Contents, ContentsList, Line
from curator.ui.help.history import History, Stop
from curator.ui.help.page_view import PageView
from curator.ui.theme import growth
from curator.ui.views.links import open_link

USUAL, SMALLEST = QSize(980, 720), QSize(620, 400)
SIDE = 264
_GEOMETRY = "guide"


class HelpWindow(QWidget):
    """Contents and search at the left, the page at the right, and below the contents whatever else helps.

    It is a window without a parent: it may lie behind the other one, and is closed with it by whoever made it.
    """

    def __init__(self, actions: Actions, kept: QSettings | None = None) -> None:
        super().__init__()
        self.setWindowTitle("Guide")  # the system adds the name of the program
        self.setMinimumSize(SMALLEST)
        self._actions, self._kept, self._history = actions, kept, History()
        geometry = None if kept is None else kept.value(_GEOMETRY)
        if not (isinstance(geometry, QByteArray) and self.restoreGeometry(geometry)):
            self.resize(round(USUAL.width() * growth() ** 0.5), USUAL.height())
        self.model = Contents()
        self.list = ContentsList(self.model)
        self.field = Field("Search the guide", key_words("Ctrl+F"))
        self.view = PageView()
        self.back = Button(icon="arrow-left", flat=True)
        self.forward = Button(icon="arrow-right", flat=True)
        self.title = ElidedText("", "strong", "text2")
        self.found = Text("", "small", "text3", wrap=True)
        self._name_buttons()
        self._build()
        self._connect()
        self._renew_contents()

    def open_at(self, page: str = guide.INDEX, anchor: str = "") -> None:
        """Come to the front with this page."""
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()
        self.go(page, anchor)
        self.view.setFocus(Qt.FocusReason.OtherFocusReason)

    def go(self, page: str, anchor: str = "") -> None:
        """Another page, or another place of this one, from which the way leads back."""
        self._history.visit(Stop(page, anchor), self.view.height_now())
        self._show(Stop(page, anchor))

    def step(self, by: int) -> None:
        """Back (-1) or forward (1)."""
        stop = self._history.step(by, self.view.height_now())
        if stop is not None:
            self._show(stop)

    def _show(self, stop: Stop) -> None:
        try:
            page = guide.page(stop.page)
        except CuratorError as error:
            self.found.setText(tell(error).sentence)
            self.found.show()
            return
        self.view.show_page(page, stop.anchor, stop.height)
        self.title.setText(page.title)
        self.setWindowTitle(f"{page.title} – Guide" if page.name != guide.INDEX else "Guide")
        self.back.setEnabled(self._history.has_back)
        self.forward.setEnabled(self._history.has_forward)
        at = self.model.row_of(page.name)
        if at >= 0:
            self._choose(at)

    def _choose(self, at: int) -> None:
        """Mark a line without going where it leads."""
        selection = self.list.selectionModel()
        selection.blockSignals(True)
        self.list.setCurrentIndex(self.model.index(at))
        selection.blockSignals(False)
        self.list.viewport().update()

    def _renew_contents(self) -> None:
        words = self.field.text().strip()
        self.list.setAccessibleName("Places found" if words else "Contents")
        try:
            if words:
                hits = guide.search(words)
                self.model.show_hits(hits, words)
                self.found.setText(_count_words(len(hits), words))
            else:
                self.model.show_pages(guide.pages())
        except CuratorError as error:
            self.found.setText(tell(error).sentence)
            words = words or " "
        self.found.setVisible(bool(words))
        self.field.setAccessibleDescription(
            self.found.text() if words else ""
        )  # read out while the field has the keyboard
        self.view.highlight(words)
        now = self._history.current
        if now is not None and not words:
            self._choose(max(0, self.model.row_of(now.page)))

    def _on_line_chosen(self, index: QModelIndex, _before: QModelIndex | None = None) -> None:
        if index.isValid():
            line: Line = self.model.lines[index.row()]
            self.go(line.page, line.anchor)

    def _on_search_entered(self) -> None:
        """⏎ goes to the best place, and again to the next."""
        count = self.model.rowCount()
        if self.field.text().strip() and count:
            self.list.setCurrentIndex(self.model.index((self.list.currentIndex().row() + 1) % count))

    def _on_link_wanted(self, address: str) -> None:
        open_link(self, address)

    def _name_buttons(self) -> None:
        for button, words, keys in (
            (self.back, "Back", QKeySequence.StandardKey.Back),
            (self.forward, "Forward", QKeySequence.StandardKey.Forward),
        ):
            key = QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)
            button.setAccessibleName(words)
            button.setToolTip(f"{words}  {key}")
            button.setEnabled(False)

    def _build(self) -> None:
        more = [self._command(c.id) for c in self._actions.commands() if c.group == "Help" and c.id != "help"]
        side = Plane(
            "sidebar",
            "r",
            column(
                row(self.field, margins=(3, 2.5, 3, 1.5)),
                row(self.found, margins=(3.5, 0, 3, 1)),
                self.list,
                Plane("line", height=1),
                column(*more, margins=(1.5, 1.5, 1.5, 2)),
            ),
        )
        side.setMinimumWidth(round(200 * growth()))
        top = Plane(
            "base", "b", row(self.back, self.forward, 1, self.title, margins=(2, 0, 4, 0), spacing=1), height=48
        )
        right = Plane("base", "", column(top, self.view))
        across = QSplitter(Qt.Orientation.Horizontal)
        across.setChildrenCollapsible(False)
        across.setHandleWidth(1)
        across.addWidget(side)
        across.addWidget(right)
        across.setStretchFactor(0, 0)
        across.setStretchFactor(1, 1)
        side_width = round(SIDE * growth())
        across.setSizes([side_width, max(SMALLEST.width(), self.width()) - side_width])
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(across)
        self.found.hide()
        self.setTabOrder(self.field, self.list)
        self.setTabOrder(self.list, self.view)

    def _command(self, name: str) -> QWidget:
        """One of the other commands of Help: it acts in the window it belongs to, which comes to the front."""
        action = self._actions[name]
        button = Button(action.text(), flat=True, small=True)
        button.setToolTip(action.toolTip())
        button.clicked.connect(self._actions.window.activateWindow)
        button.clicked.connect(action.trigger)
        return row_of(button, self._actions.key(name))

    def _connect(self) -> None:
        self.field.textChanged.connect(self._renew_contents)
        self.field.returnPressed.connect(self._on_search_entered)
        self.field.left.connect(lambda: self.view.setFocus(Qt.FocusReason.OtherFocusReason))
        self.list.selectionModel().currentChanged.connect(self._on_line_chosen)
        self.view.page_wanted.connect(self.go)
        self.view.link_wanted.connect(self._on_link_wanted)
        self.back.clicked.connect(lambda: self.step(-1))
        self.forward.clicked.connect(lambda: self.step(1))
        for keys, act in (
            (QKeySequence.StandardKey.Back, lambda: self.step(-1)),
            (QKeySequence.StandardKey.Forward, lambda: self.step(1)),
            (QKeySequence.StandardKey.Find, self._search),
            (QKeySequence.StandardKey.Close, self.close),
        ):
            for key in QKeySequence.keyBindings(keys):
                if key != QKeySequence("Backspace"):  # the field needs it
                    QShortcut(key, self).activated.connect(act)

    def _search(self) -> None:
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._kept is not None:
            self._kept.setValue(_GEOMETRY, self.saveGeometry())
        super().closeEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close()
            return
        super().keyPressEvent(event)


def row_of(button: Button, key: str) -> QWidget:
    """A flat button with its key at the right."""
    line = QWidget()
    line.setLayout(row(button, None, Text(key, "caption", "text3"), margins=(0, 0, 2, 0)))
    return line


def _count_words(count: int, words: str) -> str:
    if not count:
        return f"Nothing in the guide says “{words}”."
    return f"{count} place{'s' * (count != 1)}" if count < guide.MOST else f"The first {count} places"
