"""What reading makes of each seed, recorded beside the version that made it, so that no change of it goes unnoticed.

    python tests/support/readings.py

records it anew, but never another reading under the same version: libraries would keep what they read before.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).resolve().parents[2])]

from seeds import FOLDER, bytes_of

from curator.formats.database import MAGIC
from curator.formats.exchanges import build
from curator.formats.reader import read_events
from curator.formats.versions import version_of
from curator.library.foreign import from_bytes
from curator.screening import screen_session

RECORDS = FOLDER.parent / "readings.json"
COMMAND = "python tests/support/readings.py"


class Made(NamedTuple):
    """How a seed was read: in which version, from what bytes, to which events and screened exchanges."""

    version: int
    seed: str
    events: str
    exchanges: str


def made(path: Path) -> Made:
    """What reading makes of this seed now."""
    format, data = path.name.split(".")[0], bytes_of(path)
    if data.startswith(MAGIC):
        with from_bytes(data) as db:
            found = read_events(db, "name").sessions
    else:
        found = read_events(data, "name").sessions
    events = _digest(_plain(found))
    exchanges = _digest(_plain([screen_session(build(session)) for session in found]))
    return Made(version_of(format), sha256(path.read_bytes()).hexdigest()[:16], events, exchanges)


def complaint(name: str, before: Made | None, now: Made) -> str:
    """What a person has to do about a seed whose reading is not the recorded one; empty where it is."""
    if before == now:
        return ""
    again = f"Record how {name} is read: {COMMAND}"
    if before is None or before.seed != now.seed or before.version < now.version:
        return again
    if before.version > now.version:
        return f"{name} was read in a later version before: versions.py goes up only."
    if before.events != now.events:
        format = name.split(".")[0]
        raised = f"raise OF_FORMAT[{format!r}] in curator/formats/versions.py, so that its files are read again"
        return f"The adapter gives other events for {name}: {raised}. {again}"
    raised = "raise READING in curator/formats/versions.py, so that every file is read again"
    return f"The same events of {name} give other exchanges or signals: {raised}. {again}"


def recorded() -> dict[str, Made]:
    """The record, by the seeds' names."""
    return {name: Made(*each) for name, each in json.loads(RECORDS.read_text(encoding="utf-8")).items()}


def complaints(before: Mapping[str, Made], now: Mapping[str, Made]) -> Iterator[str]:
    """What is to be done, seed by seed."""
    for name, each in now.items():
        if said := complaint(name, before.get(name), each):
            yield said
    yield from (f"There is no {name} any more: {COMMAND}" for name in before.keys() - now.keys())


def all_made() -> dict[str, Made]:
    """What reading makes of every seed now."""
    return {path.name: made(path) for path in sorted(FOLDER.iterdir())}


def _plain(value: Any) -> Any:
    """A value as JSON can hold it, without what is empty: a field more that nothing fills is no other reading."""
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value):
        value = {field.name: getattr(value, field.name) for field in fields(value)}
    elif isinstance(value, tuple) and hasattr(value, "_asdict"):
        value = value._asdict()
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items() if one}
    if isinstance(value, frozenset | set):
        return sorted(map(_plain, value))
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value


def _digest(value: Any) -> str:
    return sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]


def main() -> int:
    """Record, unless a version has to be raised first."""
    now = all_made()
    before = recorded() if RECORDS.exists() else {}
    refused = [said for said in complaints(before, now) if "versions.py" in said]
    if refused:
        sys.stderr.write("\n".join([*refused, ""]))
        return 1
    lines = (f"  {json.dumps(name)}: {json.dumps(each)}" for name, each in now.items())
    RECORDS.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
