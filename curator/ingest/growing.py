"""Files that were read lately, as far as it helps to read them again: an assistant at work adds to one many times."""

from __future__ import annotations

from collections import OrderedDict
from typing import NamedTuple

from curator.core.exchange import Exchange, Session
from curator.formats.growing import GrowingTranscript
from curator.formats.reader import OpenTranscript
from curator.library.packed import PACKER, PackedExchange, PackedSession, pack_session
from curator.screening.session import screen_exchange, with_following


class _Known(NamedTuple):
    """An exchange as it was read, all that its signals and its time depend on beside it, and what came of it."""

    exchange: Exchange
    following: Exchange | None
    began: str
    packed: PackedExchange


class GrowingFile:
    """One file: what is read, screened and packed of it stays as long as it is what it was."""

    def __init__(self) -> None:
        self._transcript = GrowingTranscript()
        self._sessions: dict[str, dict[str, _Known]] = {}

    def open(self, data: bytes, name: str) -> OpenTranscript:
        """As `open_transcript`: the sessions of the file as it is now."""
        return self._transcript.open(data, name)

    def pack(self, session: Session) -> PackedSession:
        """The session, screened and packed."""
        before = self._sessions.get(session.key, {})
        known = {
            exchange.key: self._packed(exchange, following, session, before.get(exchange.key))
            for exchange, following in with_following(session)
        }
        self._sessions[session.key] = known
        return pack_session(session, [one.packed for one in known.values()])

    def _packed(
        self, exchange: Exchange, following: Exchange | None, session: Session, before: _Known | None
    ) -> _Known:
        began = session.started
        if before is not None and (exchange, following, began) == before[:3]:
            return before
        return _Known(exchange, following, began, PACKER.exchange(screen_exchange(exchange, following), session))


class GrowingFiles:
    """The files that were read last, so many of them. Used by one thread."""

    def __init__(self, kept: int = 8) -> None:
        self._kept = kept
        self._files: OrderedDict[str, GrowingFile] = OrderedDict()

    def at(self, path: str) -> GrowingFile:
        """What is known of the file at this path."""
        file = self._files.setdefault(path, GrowingFile())
        self._files.move_to_end(path)
        if len(self._files) > self._kept:
            self._files.popitem(last=False)
        return file
