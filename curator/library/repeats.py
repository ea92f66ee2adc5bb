"""Which of the exchanges that one transaction stores repeat others, among themselves and in the library."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field

from curator.library import duplicates
from curator.library.columns import id_list
from curator.library.duplicates import Copy
from curator.library.originals import NewExchange
from curator.library.packed import PackedSession


@dataclass(slots=True)
class Repeats:
    """Compares new exchanges with what is there. `compare` says at once what another file's record of the same key
    tells; `find` and `settle` come when everything of the transaction is known, before and after it is written."""

    db: sqlite3.Connection
    _fresh: dict[tuple[str, str], dict[str, Copy]] = field(default_factory=dict)
    _outdone: set[int] = field(default_factory=set)  # exchanges of which a better copy came

    def elsewhere(self, session: PackedSession, session_id: int) -> dict[str, Copy]:
        """The same records as they are shown: those of this transaction, and better ones that were here."""
        if not duplicates.is_keyed(session.format):
            return {}
        keys = (session.key, session.parent_key)
        found = {key: copy for name in keys for key, copy in self._fresh.get((session.format, name), {}).items()}
        for key, copy in duplicates.copies_with_key(self.db, session.format, keys, session_id).items():
            if key not in found or copy.is_before(found[key]):
                found[key] = copy
        return found

    def compare(self, one: NewExchange, other: Copy | None, session: PackedSession) -> None:
        """Let a new exchange be a duplicate of the same record elsewhere, or that one of this."""
        mine = _copy_of(one)
        if other is None or mine.is_before(other):
            self._fresh.setdefault((session.format, session.key), {})[one.packed.key] = mine
            if other is not None:
                self._outdone.add(other.id)
        else:
            one.duplicate_of = other.id

    def find(self, new: Sequence[NewExchange]) -> None:
        """Let each new exchange whose words were met before be a duplicate of the first."""
        seen = duplicates.first_with_content(self.db, {one.packed.content_hash for one in new})
        for one in new:
            content = one.packed.content_hash
            is_gated = _is_gated(one)
            first, reviewed = seen.get(content, (0, 0))
            seen[content] = (first or one.id, reviewed or (0 if is_gated else one.id))
            if not one.duplicate_of:
                one.duplicate_of = first if is_gated else reviewed

    def settle(self, changed: set[int], gone: set[int]) -> set[int]:
        """Exchanges that changed or went may repeat others now, or no longer be repeated: those that this touches."""
        affected = changed | gone
        if not affected and not self._outdone:
            return set()
        alike = {
            row[0]
            for row in self.db.execute(
                "SELECT o.id FROM exchange e JOIN exchange o ON o.content_hash = e.content_hash"
                " WHERE e.id IN (SELECT value FROM json_each(?))",
                (id_list(changed),),
            )
        }
        alike.update(self._outdone)
        alike.update(duplicates.repeating(self.db, affected))
        if changed:
            alike.update(duplicates.with_same_key(self.db, changed))
        return duplicates.recheck(self.db, alike)


def _is_gated(one: NewExchange) -> bool:
    """Whether a person does not review it, be it a duplicate or not."""
    signals = one.packed.signals
    return bool(signals) and not duplicates.OWN_GATES.isdisjoint([hit[0] for hit in signals])


def _copy_of(one: NewExchange) -> Copy:
    packed = one.packed
    return Copy(one.id, packed.content_hash, len(packed.prompt) + len(packed.response), _is_gated(one))
