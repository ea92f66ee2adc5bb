"""What stands where a list has nothing to show."""

from __future__ import annotations

from curator.ui.controls import Button, Plane, Text, Well, column, row


class EmptyPlace(Plane):
    """What stands where nothing is: a sentence, what it means, and one step."""

    def __init__(self) -> None:
        super().__init__("listing")
        self._title = Text("", "heading", wrap=True)
        self._words = Text("", "small", "text2", wrap=True)
        self.button = Button("", small=True)
        well = Well(
            column(self._title, 1, self._words, 3, row(self.button, None), margins=(5, 4, 5, 4)), "base", "line"
        )
        self.setLayout(column(well, None, margins=(3, 3, 3, 3)))

    def say(self, title: str, words: str = "", button: str = "", key: str = "") -> None:
        """These words; an empty button is not shown."""
        self._title.setText(title)
        self._words.setText(words)
        self._words.setVisible(bool(words))
        self.button.set_text(button, key)
        self.button.setVisible(bool(button))
        self.setAccessibleName(title)
        self.setAccessibleDescription(words)
