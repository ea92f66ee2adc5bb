"""The first start: the agents found on this computer, the samples, or a folder."""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QCheckBox, QWidget

from curator.core.query import FoundAgent
from curator.core.sizes import size_words
from curator.ui.controls import Button, Glyph, Plane, Text, Well, clear, column, row, scrolled
from curator.ui.theme import growth, space
from curator.ui.views.place_line import HEIGHT, PlaceLine, files_words, is_file_a_session
from curator.ui.views.promises import Promises

WIDTH = 560  # points, with the usual size of text
_REST = 384  # points of the page that are no line, with the usual size of text
NOTHING_FOUND = (
    "No sessions were found where assistants keep theirs.\n"
    "Try it with the samples first, or choose the folder with your transcripts."
)
NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


class FirstStart(Plane):
    """Offers the first step. `watch_asked(list of paths)`, `folder_asked`, `files_asked`, `samples_asked`, and
    `how_asked` by somebody whose conversations lie with ChatGPT or Claude."""

    help_page = "start"

    watch_asked = Signal(object)
    folder_asked = Signal()
    files_asked = Signal()
    how_asked = Signal()
    samples_asked = Signal()

    def __init__(self) -> None:
        super().__init__("base")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._ticks: dict[str, QCheckBox] = {}
        self._title = Text("Your sessions are already here.", "display")
        self._words = Text("", "body", "text2", wrap=True)
        self._lines = column()
        inner = Plane("raised", "", column(self._lines, None))
        self._scroll = scrolled(inner)
        self._well = Well(column(self._scroll, margins=(0.5, 2.5, 0.5, 2.5)), "raised", radius=10)
        promises = Promises()
        width = max(WIDTH, promises.sizeHint().width())  # with large text the sentences need more
        self._well.setFixedWidth(width)
        self.watch = Button("Watch", "eye", key="⏎", primary=True)
        self.folder = Button("Choose a folder…", "folder")
        self.samples = Button("Try it with samples", flat=True)
        self.samples.setToolTip("Six sessions of an invented engineer, and the way to a first falling curve")
        self._gap = QWidget()
        self._gap.setFixedHeight(space(5))
        self._about = Text("", "small", "text3")
        self._offers = row(self.watch, self.folder, self.samples, None, spacing=2)
        words = Text("or drop transcripts anywhere: .jsonl  .json  .md  .zip, folders", "small", "text3")
        self.files = Button("Choose files…", small=True, flat=True, ink="accent_text")
        dropping = row(Glyph("tray", 16, "text3"), words, None, self.files, spacing=2)
        export = "From ChatGPT or Claude: ask there for your data; a mail links to a zip"
        self.how = Button("How…", small=True, flat=True, ink="accent_text")
        self.how.setAccessibleName("How to get your conversations from ChatGPT or Claude")
        exporting = row(Glyph("help", 16, "text3"), Text(export, "small", "text3"), None, self.how, spacing=2)
        middle = column(
            None,
            *(self._title, 2, self._words, 7, self._well, self._gap),
            *(self._offers, 2, self._about, 4, dropping, exporting, 4, Plane("line", height=1), 5, promises, None),
            None,
        )
        holder = QWidget()
        holder.setFixedWidth(width)
        holder.setLayout(middle)
        self.setLayout(column(scrolled(Plane("base", "", row(None, holder, None)))))
        self.watch.clicked.connect(self._on_watch_clicked)
        self.folder.clicked.connect(self.folder_asked)
        self.samples.clicked.connect(self.samples_asked)
        self.files.clicked.connect(self.files_asked)
        self.how.clicked.connect(self.how_asked)
        self.show_agents([])
        self._say("Bring your sessions.", "Looking where assistants keep theirs…\n")

    def show_agents(self, found: list[FoundAgent]) -> None:
        """What was found; without any the page offers the samples and a folder."""
        clear(self._lines)
        self._ticks.clear()
        for i, agent in enumerate(found):
            if i:
                self._lines.addWidget(Plane("line", height=1))
            line = PlaceLine(
                agent.name, agent.path, (files_words(agent.files, agent.format), size_words(agent.bytes)), on=True
            )
            line.ticked.connect(self._on_ticked)
            self._ticks[agent.path] = line.tick
            self._lines.addWidget(line)
        some = bool(found)
        self._well.setVisible(some)
        self._fit()
        self._gap.setVisible(some)
        self.watch.setVisible(some)
        self.samples.setFlat(some)
        self.samples.set_text(self.samples.text(), "" if some else "⏎")
        self.samples.set_primary(not some)
        if found:
            self._say("Your sessions are already here.", _found_words(found))
        else:
            self._say("Bring your sessions.", NOTHING_FOUND)
        self._about.setText("" if some else "In two minutes from the samples to a first falling curve.")
        self._about.setVisible(not some)
        self._offers.removeWidget(self.samples)
        self._offers.insertWidget(self._offers.indexOf(self.folder) + 1 if some else 0, self.samples)
        self._order_tabs()
        self._on_ticked()

    def _order_tabs(self) -> None:
        """Tab goes as the eye does: the agents, then the buttons in their order."""
        offers = (self._offers.itemAt(i) for i in range(self._offers.count()))
        buttons = [widget for item in offers if item is not None and (widget := item.widget()) is not None]
        in_order: list[QWidget] = [*self._ticks.values(), *buttons, self.files, self.how]
        for before, after in pairwise(in_order):
            QWidget.setTabOrder(before, after)

    def _say(self, title: str, words: str) -> None:
        self._title.setText(title)
        self._words.setText(words)
        self.setAccessibleName(title)  # the page has the keyboard: a screen reader reads it
        self.setAccessibleDescription(words)

    def _fit(self) -> None:
        """As many lines as there is room for; the others are scrolled to."""
        line = next((line.height() for line in self._scroll.findChildren(PlaceLine)), HEIGHT)
        room = max(2 * line, self.height() - round(_REST * growth()))
        self._scroll.setFixedHeight(min(room, max(1, len(self._ticks)) * (line + 1)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def chosen(self) -> list[str]:
        """The ticked folders."""
        return [path for path, tick in self._ticks.items() if tick.isChecked()]

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            event.setAccepted(event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter))  # ⏎ is the first step here
            if event.isAccepted():
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            (self.watch if self.watch.isVisible() and self.watch.isEnabled() else self.samples).click()
            return
        super().keyPressEvent(event)

    def _on_ticked(self, _on: bool = False) -> None:
        count = len(self.chosen())
        self.watch.set_text(f"Watch {count} folder{'s' * (count != 1)}", "⏎")
        self.watch.setEnabled(count > 0)

    def _on_watch_clicked(self) -> None:
        self.watch_asked.emit(self.chosen())


def _found_words(found: list[FoundAgent]) -> str:
    """“Curator found four places where your agents keep your sessions: 456 sessions, 4.8 GB.”"""
    number = NUMBERS[len(found)] if len(found) < len(NUMBERS) else str(len(found))
    places = "one place where an agent keeps" if len(found) == 1 else f"{number} places where your agents keep"
    whole = size_words(sum(a.bytes for a in found))
    if all(is_file_a_session(a.format) for a in found):
        whole = f"{files_words(sum(a.files for a in found))}, {whole}"
    return f"Curator found {places} your sessions: {whole}.\nChoose what it may read; you can change that at any time."
