"""Reads the accessibility tree for the driver, as a screen reader does: JSON questions in, JSON answers out, by line.

Runs under the system's own Python, which has pyatspi (Debian: python3-pyatspi), as the person whose window it is.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import pyatspi  # type: ignore[import-not-found]
from gi.repository import GLib  # type: ignore[import-not-found]

MOST_CHILDREN = 60  # of one list: a table of 10,000 rows is not read whole
LONGEST = 4000  # characters of one text
STATES = {
    pyatspi.STATE_CHECKED: "checked",
    pyatspi.STATE_ENABLED: "enabled",
    pyatspi.STATE_FOCUSED: "focused",
    pyatspi.STATE_SELECTED: "selected",
    pyatspi.STATE_ACTIVE: "active",
}


class Looker:
    """Remembers the things of the last look, so that one of them can be pressed."""

    def __init__(self) -> None:
        self.seen: list[Any] = []

    def look(self, app: str) -> list[dict[str, Any]]:
        """Everything that shows in the windows of an application, from the outside in."""
        self.seen = []
        found: list[dict[str, Any]] = []
        desktop = pyatspi.Registry.getDesktop(0)
        for i in range(desktop.childCount):
            one = desktop.getChildAtIndex(i)
            if one is not None and one.name == app:
                for j in range(one.childCount):
                    self._read(one.getChildAtIndex(j), 0, found)
        return found

    def press(self, number: int) -> bool:
        """Do what a click on it does."""
        return bool(self.seen[number].queryAction().doAction(0))

    def focus(self, number: int) -> bool:
        """Give it the keyboard."""
        return bool(self.seen[number].queryComponent().grabFocus())

    def _read(self, node: Any, depth: int, found: list[dict[str, Any]]) -> None:
        try:
            state = node.getState()
            if depth > 0 and not state.contains(pyatspi.STATE_SHOWING):
                return
            told = self._tell(node, state, depth)
            children = [node.getChildAtIndex(i) for i in range(min(node.childCount, MOST_CHILDREN))]
        except (GLib.Error, LookupError, NotImplementedError, AttributeError):
            return  # it went away while it was looked at
        told["number"] = len(self.seen)
        self.seen.append(node)
        found.append(told)
        for child in children:
            if child is not None:
                self._read(child, depth + 1, found)

    def _tell(self, node: Any, state: Any, depth: int) -> dict[str, Any]:
        told = {
            "role": node.getRoleName(),
            "name": node.name or "",
            "description": node.description or "",
            "states": [word for flag, word in STATES.items() if state.contains(flag)],
            "depth": depth,
            "children": node.childCount,
            "text": "",
            "box": [0, 0, 0, 0],
        }
        interfaces = node.get_interfaces()
        if "Text" in interfaces:
            text = node.queryText()
            told["text"] = text.getText(0, min(text.characterCount, LONGEST))
        if "Component" in interfaces:
            box = node.queryComponent().getExtents(pyatspi.DESKTOP_COORDS)
            told["box"] = [box.x, box.y, box.width, box.height]
        return told


def main() -> None:
    """Answer until the questions end."""
    looker = Looker()
    for line in sys.stdin:
        word, *rest = json.loads(line)
        try:
            answer = getattr(looker, word)(*rest)
        except (GLib.Error, LookupError, NotImplementedError, AttributeError):
            answer = [] if word == "look" else False
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
