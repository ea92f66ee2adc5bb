"""A Python environment to train in, made with one button: what will be done, how far it is, and what came of it."""

from __future__ import annotations

from PySide6.QtCore import Signal

from curator.services.environments import Making, Plan
from curator.ui.controls import Button, ElidedText, Meter, Text, Well, column, row

SIZE = (560, 380)
WHY = (
    "Curator trains with what came along. Where that does not run, or a newer mlx\n"
    "is wanted, it can train in a Python environment beside it.\n"
    "Nothing else on this computer is changed."
)
FETCHES = "{} are fetched from PyPI, the Python package index. It takes a few minutes."


class EnvironmentCard(Well):
    """The card of the sheet. Says `make_asked()`, `stop_asked()` and `done()`."""

    make_asked = Signal()
    stop_asked = Signal()
    done = Signal()

    def __init__(self) -> None:
        super().__init__(radius=14)
        self._tool = ElidedText("Looking for uv and Python…", "small", "text2")
        self._packages = ElidedText("", "small", "text2")
        self._folder = ElidedText("", "small", "text3")
        self._fetches = Text("", "small", "text3", wrap=True)
        self.words = Text("", "body", "text", wrap=True)
        self.meter = Meter(0.0)
        self.meter.setAccessibleName("Making the environment")
        self.meter.hide()
        self.make = Button("Make it", primary=True)
        self.stop = Button("Stop")
        self.close_button = Button("Close")
        self.setLayout(
            column(
                *(Text("A Python environment", "title"), 2, Text(WHY, "small", "text2", wrap=True), 4),
                *(self._tool, 1, self._packages, 1, self._folder, 3, self._fetches, 4),
                *(self.words, 2, self.meter, None),
                row(self.stop, None, self.close_button, self.make, spacing=1.5),
                margins=(7, 6, 7, 5),
            )
        )
        self.setFocusProxy(self.close_button)
        self.make.clicked.connect(self.make_asked)
        self.stop.clicked.connect(self._on_stop)
        self.close_button.clicked.connect(self.done)
        self.make.setEnabled(False)
        self.stop.hide()

    def show_plan(self, plan: Plan) -> None:
        """With what, from where, and into which folder."""
        self._tool.setText(f"With {plan.words}")
        self._packages.setText(
            ", ".join(package.replace("==", " ") for package in plan.packages[:2]) + " and what they need"
        )
        self._folder.setText(f"Into {plan.folder}")
        self._fetches.setText(FETCHES.format("Some GB (CUDA is large)" if plan.has_cuda else "Some 100 MB"))
        self.make.setEnabled(self.stop.isHidden())

    def show_making(self, making: Making) -> None:
        """Where it stands."""
        self._set_busy(True)
        self._say(making.words)
        self.meter.set_value(making.share)

    def show_end(self, words: str, hint: str = "", *, is_good: bool = False) -> None:
        """What came of it."""
        self._set_busy(False)
        self._say(f"{words} {hint}".strip(), "good" if is_good else "bad" if hint else "text")
        if is_good:
            self.make.hide()

    def _say(self, words: str, ink: str = "text") -> None:
        self.words.set_ink(ink)
        self.words.setText(words)

    def _set_busy(self, is_busy: bool) -> None:
        self.make.setEnabled(not is_busy)
        self.stop.setVisible(is_busy)
        self.stop.setEnabled(is_busy)
        self.meter.setVisible(is_busy)

    def _on_stop(self) -> None:
        self.stop.setEnabled(False)
        self._say("Stopping…")
        self.stop_asked.emit()
