"""Reads the accessibility tree for the driver, as a screen reader does: names of applications in, JSON out, by line.

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
GONE = (GLib.Error, LookupError, NotImplementedError, AttributeError)  # it went away while it was looked at
STATES = {
    pyatspi.STATE_CHECKED: "checked",
    pyatspi.STATE_ENABLED: "enabled",
    pyatspi.STATE_FOCUSED: "focused",
    pyatspi.STATE_SELECTED: "selected",
    pyatspi.STATE_ACTIVE: "active",
}


def look(app: str) -> list[dict[str, Any]]:
    """Everything that shows in the windows of an application, from the outside in."""
    found: list[dict[str, Any]] = []
    desktop = pyatspi.Registry.getDesktop(0)
    for i in range(desktop.childCount):
        one = desktop.getChildAtIndex(i)
        if one is not None and one.name == app:
            for j in range(one.childCount):
                _read(one.getChildAtIndex(j), 0, found)
    return found


def _read(node: Any, depth: int, found: list[dict[str, Any]]) -> None:
    try:
        state = node.getState()
        if depth > 0 and not state.contains(pyatspi.STATE_SHOWING):
            return
        told = _tell(node, state)
        children = [node.getChildAtIndex(i) for i in range(min(node.childCount, MOST_CHILDREN))]
    except GONE:
        return
    found.append(told)
    for child in children:
        if child is not None:
            _read(child, depth + 1, found)


def _tell(node: Any, state: Any) -> dict[str, Any]:
    told = {
        "role": node.getRoleName(),
        "name": node.name or "",
        "description": node.description or "",
        "states": [word for flag, word in STATES.items() if state.contains(flag)],
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
    """Look as often as the name of an application comes in."""
    for line in sys.stdin:
        try:
            answer = look(json.loads(line))
        except GONE:
            answer = []
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
