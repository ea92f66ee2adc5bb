"""Which page of the guide belongs to where the person is."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from curator.services.help import INDEX, PLACES


def page_for(focus: QWidget | None, place: str) -> tuple[str, str]:
    """The page and the anchor: what the widget with the keyboard, or one around it, names in `help_page`
    (“training#every-number”), else the page of the place."""
    widget = focus
    while widget is not None:
        named = getattr(widget, "help_page", "")
        if named:
            page, _, anchor = str(named).partition("#")
            return page, anchor
        widget = widget.parentWidget()
    return PLACES.get(place, INDEX), ""
