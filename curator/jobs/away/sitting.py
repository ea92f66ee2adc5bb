"""One sitting of a job on another computer: its folder there, and how much of what it told has been copied here."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from pathlib import Path

from curator.core.durable import flush, settle_folder
from curator.core.errors import JobError
from curator.core.job import EVENTS_FILE, JobEvent
from curator.core.machine import RuntimeSpec
from curator.jobs.folder import append_line, parse_event
from curator.jobs.runtimes.place import from_order, to_order

AWAY_FILE = "away.json"
LEFT_FILE = "left_there.json"
"""Sittings that were given up while their computer could not be reached: rows of the person may still lie there."""


@dataclass(frozen=True, slots=True)
class Sitting:
    """Kept in the job's folder from before anything is sent until everything has been brought back. `key` names the
    folder over there, `place` the computer."""

    key: str
    place: RuntimeSpec

    @classmethod
    def new(cls, place: RuntimeSpec) -> Sitting:
        """A sitting that nobody has heard of yet."""
        return cls(secrets.token_hex(8), place)

    @classmethod
    def load(cls, folder: Path) -> Sitting | None:
        """The sitting that is not finished yet, if any."""
        try:
            value = json.loads((folder / AWAY_FILE).read_text(encoding="utf-8"))
            return cls(str(value["key"]), from_order(value["place"]))
        except (OSError, ValueError, KeyError, TypeError, JobError):
            return None

    def save(self, folder: Path) -> None:
        """Remember it, whole or not at all."""
        scratch = folder / f"{AWAY_FILE}.new"
        with scratch.open("w", encoding="utf-8") as stream:
            json.dump({"key": self.key, "place": to_order(self.place)}, stream)
            stream.flush()
            flush(stream.fileno())  # lost with the power, the run over there would be nobody's
        scratch.replace(folder / AWAY_FILE)
        settle_folder(folder)

    def finish(self, folder: Path) -> None:
        """Everything is here: forget it."""
        (folder / AWAY_FILE).unlink(missing_ok=True)

    def give_up(self, folder: Path) -> None:
        """The run goes on without what is there; remember that it is to be deleted."""
        remember_left(folder, self)
        self.finish(folder)

    def copied(self, folder: Path) -> int:
        """Up to which byte the events over there have been copied, by what the copies themselves say."""
        path, mark = folder / EVENTS_FILE, f'"far": "{self.key}:'.encode()
        if not path.is_file():
            return 0
        for line in reversed(path.read_bytes().split(b"\n")):
            if mark in line and (event := parse_event(line)) is not None:
                return int(str(event.figures["far"]).partition(":")[2])
        return 0

    def copy(self, folder: Path, line: bytes, offset: int) -> JobEvent | None:
        """Append an event from over there, marked with `offset`, the byte behind it. One write holds the event and the
        mark, so that whatever dies in between, each event is copied exactly once. None for what is no event."""
        event = parse_event(line)
        if event is None:
            return None
        append_line(folder, line.rstrip()[:-1] + f', "far": "{self.key}:{offset}"}}'.encode())
        return event

    def note(self, folder: Path, text: str, time: float, offset: int) -> None:
        """Tell this in place of the event of that time, by the clock over there, which ends at `offset` there."""
        self.copy(folder, json.dumps({"event": "note", "t": time, "text": text}).encode(), offset)


def left(folder: Path) -> list[Sitting]:
    """The sittings of this job whose rows may still lie on a computer that could not be reached."""
    try:
        values = json.loads((folder / LEFT_FILE).read_text(encoding="utf-8"))
        return [Sitting(str(value["key"]), from_order(value["place"])) for value in values]
    except (OSError, ValueError, KeyError, TypeError, JobError):
        return []


def remember_left(folder: Path, sitting: Sitting) -> None:
    """Rows of this job lie there from now on, or may."""
    _write_left(folder, [*left(folder), sitting])


def forget_left(folder: Path, sitting: Sitting) -> None:
    """Nothing of this one lies there any more."""
    _write_left(folder, [other for other in left(folder) if other != sitting])


def _write_left(folder: Path, sittings: list[Sitting]) -> None:
    if not sittings:
        (folder / LEFT_FILE).unlink(missing_ok=True)
        return
    scratch = folder / f"{LEFT_FILE}.new"
    scratch.write_text(json.dumps([{"key": s.key, "place": to_order(s.place)} for s in sittings]), encoding="utf-8")
    scratch.replace(folder / LEFT_FILE)
