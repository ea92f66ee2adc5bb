"""The first start: the agents found on this computer, the samples, or a folder."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QCheckBox, QWidget

from curator.core.query import FoundAgent
from curator.ui.controls import RIGHT, Button, ElidedText, Glyph, Plane, Text, Well, clear, column, row
from curator.ui.theme import code_font, space

WIDTH = 560
NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


class FirstStart(Plane):
    """Offers the first step. `watch_asked(list of paths)`, `folder_asked`, `samples_asked`."""

    watch_asked = Signal(object)
    folder_asked = Signal()
    samples_asked = Signal()

    def __init__(self) -> None:
        super().__init__("base")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._ticks: dict[str, QCheckBox] = {}
        self._title = Text("Your sessions are already here.", "display")
        self._words = Text("", "body", "text2")
        self._lines = column()
        self._well = Well(self._lines, radius=10)
        self._well.setFixedWidth(WIDTH)
        self.watch = Button("Watch", "eye", key="⏎", primary=True)
        self.folder = Button("Choose a folder…", "folder")
        self.samples = Button("Open the samples", flat=True)
        self._gap = QWidget()
        self._gap.setFixedHeight(space(5))
        middle = column(
            None,
            *(self._title, 2, self._words, 7, self._well, self._gap),
            row(self.watch, self.folder, self.samples, None, spacing=2),
            9,
            row(
                Glyph("tray", 16, "text3"),
                Text("or drop transcripts anywhere: .jsonl  .json  .md  .zip, folders", "small", "text3"),
                None,
                spacing=2,
            ),
            2,
            row(
                Glyph("lock", 16, "text3"),
                Text("Everything stays on this computer. Nothing is sent anywhere.", "small", "text3"),
                None,
                spacing=2,
            ),
            None,
            None,
        )
        holder = QWidget()
        holder.setFixedWidth(WIDTH)
        holder.setLayout(middle)
        self.setLayout(row(None, holder, None))
        self.watch.clicked.connect(self._on_watch_clicked)
        self.folder.clicked.connect(self.folder_asked)
        self.samples.clicked.connect(self.samples_asked)
        self.show_agents([])

    def show_agents(self, found: list[FoundAgent]) -> None:
        """What was found; without any the page offers a folder and the samples."""
        clear(self._lines)
        self._ticks.clear()
        for i, agent in enumerate(found):
            if i:
                self._lines.addWidget(Plane("line", height=1))
            self._lines.addWidget(self._line(agent))
        some = bool(found)
        self._well.setVisible(some)
        self._gap.setVisible(some)
        self.watch.setVisible(some)
        self.folder.set_primary(not some)
        self._title.setText("Your sessions are already here." if some else "Bring your sessions.")
        number = NUMBERS[len(found)] if len(found) < len(NUMBERS) else str(len(found))
        places = "one place where an agent keeps" if len(found) == 1 else f"{number} places where your agents keep"
        self._words.setText(
            f"Curator found {places} your sessions.\n"
            "Choose what it may read. It copies, and never changes the originals."
            if some
            else "No sessions were found where Claude Code and Codex keep theirs.\n"
            "Choose the folder with your transcripts, or look at the samples first."
        )
        self._on_ticked()

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
            (self.watch if self.watch.isVisible() and self.watch.isEnabled() else self.folder).click()
            return
        super().keyPressEvent(event)

    def _line(self, agent: FoundAgent) -> QWidget:
        tick = QCheckBox()
        tick.setChecked(True)
        tick.setAccessibleName(f"{agent.name}: {files_words(agent.files)}, {size_words(agent.bytes)}")
        tick.toggled.connect(self._on_ticked)
        self._ticks[agent.path] = tick
        where = ElidedText(short_path(agent.path), "small", "text3", Qt.TextElideMode.ElideMiddle)
        where.setFont(code_font("small"))
        line = QWidget()
        left = column(None, Text(agent.name, "strong"), where, None, spacing=0.5)
        right = column(
            None,
            Text(files_words(agent.files), "body", "text", align=RIGHT),
            Text(size_words(agent.bytes), "small", "text3", align=RIGHT),
            None,
            spacing=0.5,
        )
        box = row(tick, left, right, spacing=3, margins=(4, 0, 4, 0))
        box.setStretch(1, 1)
        line.setLayout(box)
        line.setFixedHeight(56)
        return line

    def _on_ticked(self) -> None:
        count = len(self.chosen())
        self.watch.set_text(f"Watch {count} folder{'s' * (count != 1)}", "⏎")
        self.watch.setEnabled(count > 0)

    def _on_watch_clicked(self) -> None:
        self.watch_asked.emit(self.chosen())


def files_words(count: int) -> str:
    """“318 sessions”."""
    return f"{count:,} session{'s' * (count != 1)}"


def size_words(size: int) -> str:
    """Bytes as a person says them: “4.1 GB”."""
    amount = float(size)
    for unit in ("bytes", "KB", "MB", "GB"):
        if amount < 1000 or unit == "GB":
            return f"{amount:,.0f} {unit}" if unit in ("bytes", "KB") or amount >= 100 else f"{amount:,.1f} {unit}"
        amount /= 1000
    return ""


def short_path(path: str) -> str:
    """A path with the home folder as ~."""
    home = str(Path.home())
    return "~" + path[len(home) :] if path.startswith(home) else path
