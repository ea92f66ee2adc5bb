"""The part of the settings about newer versions: a tick, what the last question brought, and a button to ask now."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QWidget

from curator import __version__
from curator.services.crashes import words_for
from curator.services.updates import Release, Standing
from curator.ui.controls import Button, Text, column, row
from curator.ui.theme import font
from curator.ui.views.provenance import day_of

TICK = "Look for a newer version once a day"
WHAT = "The page with the versions is asked, and told only which one you have.\nNothing is downloaded."
NO_PAGE = "This build does not know where newer versions are published."


class UpdatesLine(QWidget):
    """Says `allowed(bool)`, `look_asked()` and `page_asked(str)`; it is empty until `show_standing`."""

    allowed = Signal(bool)
    look_asked = Signal()
    page_asked = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._page = ""
        self.tick = QCheckBox(TICK)
        self.tick.setFont(font("strong"))
        self.tick.setAccessibleDescription(WHAT)
        self.words = Text("", "small", "text2")
        self.look = Button("Look now", small=True)
        self.see = Button("What is new", small=True, flat=True, ink="accent_text")
        self.see.hide()
        self.setLayout(
            column(
                row(self.tick, None, self.see, self.look, spacing=1),
                Text(WHAT, "small", "text3"),
                self.words,
                spacing=0.5,
            )
        )
        self.tick.toggled.connect(self.allowed)
        self.look.clicked.connect(self._on_look)
        self.see.clicked.connect(lambda: self.page_asked.emit(self._page))

    def show_standing(self, standing: Standing) -> None:
        """What was chosen, and what is known."""
        self.tick.blockSignals(True)
        self.tick.setChecked(standing.is_allowed and standing.has_address)
        self.tick.blockSignals(False)
        for widget in (self.tick, self.look):
            widget.setEnabled(standing.has_address)
        self._page = standing.newer.page if standing.newer is not None else ""
        self.see.setVisible(bool(self._page))
        self.words.set_ink("warn" if standing.problem else "text2")
        self.words.setText(words_of(standing))
        self.words.setVisible(bool(self.words.text()))

    def _on_look(self) -> None:
        self.look.setEnabled(False)
        self.words.set_ink("text2")
        self.words.setText("Looking…")
        self.words.show()
        self.look_asked.emit()


def words_of(standing: Standing) -> str:
    """What is known, in a sentence or two."""
    if not standing.has_address:
        return NO_PAGE
    if standing.checked is None:
        return ""
    when = words_for(standing.checked.astimezone())
    newer = "" if standing.newer is None else news_of(standing.newer)
    if standing.problem:
        return " ".join(filter(None, (newer, f"{when.capitalize()}: {standing.problem}")))
    return newer or f"{__version__} was the newest {when}."


def news_of(release: Release) -> str:
    """That there is a newer version, since when if the page says so, and which one this is."""
    day = day_of(release.published)
    return f"Curator {release.version} is there{f' since {day}' if day else ''}; you have {__version__}."
