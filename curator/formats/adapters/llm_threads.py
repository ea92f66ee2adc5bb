"""`llm`'s threads (since 0.36): messages in a tree, each named by a hash over its words and all before it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from curator.core.exchange import Event, EventKind
from curator.formats.database import Database, chosen
from curator.formats.events import SessionEvents, clean, system_text, tool_call, tool_result
from curator.formats.loose import as_record, as_records, as_text, loads
from curator.formats.thoughts import split_thought
from curator.formats.trees import branching_events

_NONE: frozenset[str] = frozenset()
THREAD = ("id", "name", "tip_message_hash", "datetime_utc")
TURN = ("tip_message_hash", "model", "resolved_model", "datetime_utc")
"""The columns that are read of threads and of turns."""
_NEEDED = {
    "threads": {"id", "tip_message_hash"},
    "turns": {"id", "thread_id", "tip_message_hash"},
    "messages": {"hash", "parent_hash", "role"},
    "parts": {"message_hash", "position", "type", "text", "payload"},
}


@dataclass(frozen=True, slots=True)
class _Turn:
    """One call of a model: which message came of it, when, and from what model."""

    tip: str
    model: str
    stamp: str


def threads(db: Database, unknown: dict[str, int], only: frozenset[str] | None = None) -> Iterator[SessionEvents]:
    """Every thread of the database, or each of these."""
    if not all(columns <= db.tables.get(table, frozenset()) for table, columns in _NEEDED.items()):
        return
    for id, title, tip, made in list(db.rows(f"SELECT {chosen(db, 'threads', *THREAD)} FROM threads ORDER BY rowid")):
        if only is not None and as_text(id) not in only:
            continue
        turns = list(_turns(db, id))
        parents: dict[str, str] = {}
        roles: dict[str, str] = {}
        for leaf in [*(turn.tip for turn in turns), as_text(tip)]:
            _add_chain(db, leaf, parents, roles)
        reading = _Reading(db, turns, parents, roles, unknown)
        yield SessionEvents(
            clean(as_text(id)),
            "llm",
            clean(as_text(title)),
            started=turns[0].stamp if turns else clean(as_text(made)),
            model=turns[-1].model if turns else "",
            events=branching_events(parents, as_text(tip), reading.events),
        )


def _add_chain(db: Database, leaf: str, parents: dict[str, str], roles: dict[str, str]) -> None:
    """A message and all before it that are not known yet, the first one first."""
    way: dict[str, tuple[str, str]] = {}
    at = leaf
    while at and at not in parents and at not in way:
        row = next(db.rows("SELECT parent_hash, role FROM messages WHERE hash = ?", at), None)
        if row is None:
            break
        way[at] = (as_text(row[0]), as_text(row[1]))
        at = way[at][0]
    for key in reversed(way):
        parents[key], roles[key] = way[key]


def _turns(db: Database, thread: object) -> Iterator[_Turn]:
    columns = chosen(db, "turns", *TURN)
    for tip, model, resolved, stamp in db.rows(
        f"SELECT {columns} FROM turns WHERE thread_id = ? ORDER BY 4, id", thread
    ):
        yield _Turn(as_text(tip), clean(as_text(resolved) or as_text(model)), clean(as_text(stamp)))


class _Reading:
    """The messages of one thread."""

    def __init__(
        self,
        db: Database,
        turns: list[_Turn],
        parents: dict[str, str],
        roles: dict[str, str],
        unknown: dict[str, int],
    ) -> None:
        self._db = db
        self._roles = roles
        self._unknown = unknown
        self._lines = {key: line for line, key in enumerate(parents, 1)}
        self._turn_of: dict[str, _Turn] = {}
        # The messages before a turn's last one, up to the turn before, were said in the same call.
        for turn in turns:
            at = turn.tip
            while at in parents and at not in self._turn_of:
                self._turn_of[at] = turn
                at = parents[at]

    def events(self, key: str) -> list[Event]:
        """What one message says."""
        return list(self._events(key))

    def _events(self, key: str) -> Iterator[Event]:
        role, line = self._roles[key], self._lines[key]
        turn = self._turn_of.get(key, _Turn("", "", ""))
        id = clean(key)
        words: list[str] = []
        has_image = False
        for part_id, kind, text, raw in list(
            self._db.rows("SELECT id, type, text, payload FROM parts WHERE message_hash = ? ORDER BY position", key)
        ):
            payload = as_record(loads(raw)) if isinstance(raw, str | bytes) else {}
            call, name = clean(as_text(payload.get("tool_call_id"))), clean(as_text(payload.get("name")))
            said = clean(as_text(text) or self._borrowed(payload))
            if kind == "text" and role == "assistant":
                thought, answer = split_thought(said)
                if thought:
                    yield Event(EventKind.THINKING, thought, line, "", "", id, turn.stamp, turn.model)
                if answer.strip():
                    yield Event(EventKind.REPLY_TEXT, answer, line, id, "", id, turn.stamp, turn.model)
            elif kind == "text":
                words.append(said)
            elif kind == "reasoning":
                if said:
                    yield Event(EventKind.THINKING, said, line, "", "", id, turn.stamp, turn.model)
            elif kind == "tool_call":
                yield tool_call(name, payload.get("arguments"), line, call, id, turn.stamp)
            elif kind == "tool_result":
                flags = frozenset({"is_error"}) if payload.get("exception") else _NONE
                output = as_text(payload.get("output")) or as_text(payload.get("exception"))
                yield tool_result(output, line, call, turn.stamp, name, flags)
            elif kind == "attachment":
                has_image = has_image or self._is_image(part_id)
            else:
                self._unknown[f"part {kind}"] = self._unknown.get(f"part {kind}", 0) + 1
        told = "\n\n".join(word for word in words if word).strip()
        if role == "system" and told:
            yield Event(EventKind.SYSTEM, system_text(told), line, id, timestamp=turn.stamp)
        elif role == "user" and (told or has_image):
            flags = frozenset({"image"}) if has_image else _NONE
            yield Event(EventKind.PROMPT, told, line, id, "", "", turn.stamp, "", 0, flags)

    def _borrowed(self, payload: dict[str, object]) -> str:
        """Text made of fragments, which are stored once, and of what stands between them."""
        words = []
        for piece in as_records(payload.get("text_ref")):
            fragment = piece.get("fragment")
            if isinstance(fragment, int) and "fragments" in self._db.tables:
                words += [
                    as_text(row[0]) for row in self._db.rows("SELECT content FROM fragments WHERE id = ?", fragment)
                ]
            else:
                words.append(as_text(piece.get("literal")))
        return "".join(words)

    def _is_image(self, part: object) -> bool:
        if not {"part_attachments", "attachments"} <= self._db.tables.keys():
            return False
        query = "SELECT a.type FROM part_attachments l JOIN attachments a ON a.id = l.attachment_id WHERE l.part_id = ?"
        return any(as_text(row[0]).startswith("image/") for row in self._db.rows(query, part))
