"""What is ticked or chosen by a screen reader counts as if it were clicked."""

from __future__ import annotations

from PySide6.QtCore import QTimer


class HeardByAll:
    """Beside a checkable QAbstractButton: says `clicked` also when an assistive tool turned it.

    Such a tool does not click. Qt offers it the action “Toggle”, for a radio button that alone, and VoiceOver's press
    becomes that too: the button changes, says `toggled`, and whoever waits for `clicked` hears nothing. (`toggled` in
    its stead would also be heard when the program itself sets a button.)
    """

    _is_expected = False

    def setChecked(self, on: bool) -> None:
        """As ever, without a word."""
        self._is_expected = True
        super().setChecked(on)  # type: ignore[misc]  # the button's
        self._is_expected = False

    def nextCheckState(self) -> None:
        """Qt calls it in a click, which says so itself."""
        self._is_expected = True
        super().nextCheckState()  # type: ignore[misc]  # the button's
        self._is_expected = False

    def checkStateSet(self) -> None:
        """Qt calls it when the state is set."""
        super().checkStateSet()  # type: ignore[misc]  # the button's
        if not self._is_expected and (self.isChecked() or not self._is_one_of_several()):  # type: ignore[attr-defined]
            QTimer.singleShot(0, self, self._say)  # type: ignore[call-overload]  # when the others of a group know it

    def _is_one_of_several(self) -> bool:
        """Whether it goes out when another is chosen, which only that one says."""
        group = self.group()  # type: ignore[attr-defined]  # the button's
        return bool(self.autoExclusive() or (group is not None and group.exclusive()))  # type: ignore[attr-defined]

    def _say(self) -> None:
        self.clicked[bool].emit(self.isChecked())  # type: ignore[attr-defined]  # the button's
