"""What can be done with several selected exchanges at once, with their number in the words."""

from __future__ import annotations

from PySide6.QtCore import Signal

from curator.core.row import State
from curator.ui.controls import Button, Plane, Text, column, row

VERBS = {State.CLEAN: ("Mark {} clean", "check"), State.LATER: ("Later", "clock"), State.REJECTED: ("Reject {}", "x")}


class BulkBar(Plane):
    """Stands below the list while more than one card is selected. `asked(State)` is a press."""

    asked = Signal(object)
    cleared = Signal()

    def __init__(self) -> None:
        super().__init__("raised", "tr")
        self._words = Text("", "small-strong")
        self._buttons = {
            state: Button("", icon if state is State.CLEAN else "", small=True, flat=state is not State.CLEAN)
            for state, (_, icon) in VERBS.items()
        }
        for state, button in self._buttons.items():
            button.clicked.connect(lambda _on=False, s=state: self.asked.emit(s))
        self._none = Button(icon="x", flat=True, small=True)
        self._none.setAccessibleName("Select one only")
        self._none.setToolTip("Select one only  Esc")
        self._none.clicked.connect(self.cleared)
        self.setLayout(
            column(
                row(self._words, None, self._none),
                row(*[self._buttons[s] for s in (State.CLEAN, State.REJECTED, State.LATER)], None, spacing=1),
                spacing=1.5,
                margins=(3, 2, 2, 2.5),
            )
        )
        self.hide()

    def set_count(self, count: int) -> None:
        """So many are selected; it hides for one."""
        self._words.setText(f"{count:,} exchanges selected")
        for state, button in self._buttons.items():
            button.set_text(VERBS[state][0].format(f"{count:,}"))  # of what stands above; a narrow list has no room
        self.setVisible(count > 1)
