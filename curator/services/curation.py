"""Deciding: marking, editing, tagging, and taking it back. Every verb publishes what it touched."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from curator.core.changes import Changes
from curator.core.query import ExchangeQuery, UndoState
from curator.core.row import Check, Row, State
from curator.screening import secrets
from curator.services import archiving
from curator.services.workspace import Workspace

_CARDS = 512  # read at a time: 4 ms


def mark(ws: Workspace, ids: Iterable[int], state: State) -> Changes:
    """Give the exchanges a state; one act on the undo stack, however many they are."""
    return _decided(ws, ws.library.set_state(list(ids), state))


def edit(ws: Workspace, id: int, prompt: str, response: str) -> Changes:
    """Give the row of an exchange a new text; the original stays as it is."""
    return _decided(ws, ws.library.edit_row(id, prompt, response))


def mask(ws: Workspace, ids: Iterable[int]) -> Changes:
    """Put the kind in brackets where a secret stands in the rows of these exchanges, as one act: “Mask 2 secrets”.

    The originals stay as they are. Empty changes when there is none.
    """
    chosen = list(ids)
    masked, count = {}, 0
    for id, texts in zip(chosen, ws.library.texts(chosen), strict=True):
        found = sum(len(secrets.find_secrets(text)) for text in texts)
        if found:
            count += found
            masked[id] = (secrets.mask(texts[0]), secrets.mask(texts[1]))
    words = f"Mask {count:,} secrets" if count != 1 else "Mask 1 secret"
    return _decided(ws, ws.library.edit_rows(masked, words)) if masked else Changes()


def holding_secrets(ws: Workspace, ids: Iterable[int]) -> list[int]:
    """Those of these exchanges whose present text holds something that looks like a secret, in the same order."""
    found = set(ws.library.exchange_ids(ExchangeQuery(signal="secret", everything=True)))
    return [id for id in ids if id in found]


def unanswered(ws: Workspace, ids: Sequence[int]) -> list[int]:
    """Those of these exchanges whose present text has no answer, in the same order: nothing can be learned of them."""
    return [
        card.id
        for start in range(0, len(ids), _CARDS)
        for card in ws.library.cards(ids[start : start + _CARDS])
        if not card.response.strip()
    ]


def revert(ws: Workspace, id: int) -> Changes:
    """Give the row the text of the original again."""
    return _decided(ws, ws.library.revert_row(id))


def check(ws: Workspace, ids: Iterable[int], check: Check, on: bool) -> Changes:
    """Answer one of the three questions of a good row."""
    return _decided(ws, ws.library.set_check(list(ids), check, on))


def flag(ws: Workspace, ids: Iterable[int], on: bool) -> Changes:
    """Put a flag on exchanges, or take it off."""
    return _decided(ws, ws.library.set_flag(list(ids), on))


def tag(ws: Workspace, ids: Iterable[int], name: str, on: bool) -> Changes:
    """Put a tag on exchanges, or take it off. Blanks around the name do not count; an empty name does nothing."""
    name = " ".join(name.split())
    return _decided(ws, ws.library.set_tag(list(ids), name, on)) if name else Changes()


def save_draft(ws: Workspace, id: int, prompt: str, response: str) -> None:
    """Keep what is typed and not yet saved, so that a crash loses nothing. Not an act: undo does not see it."""
    ws.library.save_draft(id, prompt, response)


def clear_draft(ws: Workspace, id: int) -> None:
    """Forget the draft of a row."""
    ws.library.clear_draft(id)


def undo(ws: Workspace) -> Changes:
    """Take the last act back; `exchanges` of the answer says where the window goes. Empty when there is none."""
    return ws.publish(ws.library.undo())


def redo(ws: Workspace) -> Changes:
    """Do again what was undone last."""
    return ws.publish(ws.library.redo())


def undo_state(ws: Workspace) -> UndoState:
    """What undo and redo would do, in words for the menu."""
    return ws.library.undo_state()


def rows(ws: Workspace, states: frozenset[State] = frozenset({State.CLEAN})) -> list[Row]:
    """The rows in these states, with their present text: what a snapshot would freeze."""
    return ws.library.rows(states)


def _decided(ws: Workspace, changes: Changes) -> Changes:
    """Tell of it, and have the whole files behind it copied beside: the tools that wrote them delete them."""
    archiving.follow(ws)
    return ws.publish(changes)
