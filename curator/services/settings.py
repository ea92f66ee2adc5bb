"""Choices of the person that live with the library: small words under a key."""

from __future__ import annotations

from curator.core.changes import Changes
from curator.services.workspace import Workspace


def get(ws: Workspace, key: str, default: str = "") -> str:
    """What was chosen, or `default`."""
    return ws.library.setting(key, default)


def put(ws: Workspace, key: str, value: str) -> Changes:
    """Keep a choice; telling the views only when it is another one."""
    if ws.library.setting(key) == value:
        return Changes()
    return ws.publish(ws.library.set_setting(key, value))


def keep(ws: Workspace, key: str, value: str) -> None:
    """Keep where the person is, which no view needs to hear of."""
    if ws.library.setting(key) != value:
        ws.library.set_setting(key, value)
