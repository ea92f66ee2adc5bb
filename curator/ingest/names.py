"""Which names inside a folder or a zip are worth a look, and which are other tools' side files."""

from __future__ import annotations

import re
from enum import Enum
from pathlib import PurePath

STORES = (".db", ".sqlite", ".sqlite3", ".vscdb")
"""Endings of the databases in which some programs keep their conversations."""
SUFFIXES = (
    ".jsonl",
    ".json",
    ".ndjson",
    ".md",
    ".markdown",
    ".txt",
    ".csv",
    ".tsv",
    ".traj",
    ".af",
    ".kiln",
    ".chat",
    *STORES,
)
"""What is looked at inside a folder; a file that is named itself may be called anything."""

MAPPABLE = (".jsonl", ".json", ".ndjson", ".csv", ".tsv")
"""Endings of files that a person can explain where nobody knows them."""

_SKIPPED_NAMES = frozenset(
    {"sessions.json", "history.jsonl", "journal.jsonl", "package.json", "package-lock.json", "tsconfig.json"}
    | {"library.db"}  # Curator's own
    | {"base_state.json"}  # OpenHands', with the key of the service in it
    | {"auth.json", "oauth_creds.json", "credentials.json", ".credentials.json"}  # keys are nobody's transcript
)
_SKIPPED_ENDS = (".trajectory.jsonl", ".meta.json")
_SKIPPED_FOLDERS = frozenset({".git", "node_modules", "__pycache__", ".venv", "__MACOSX", "event_cache"})
_ARCHIVES = (".jsonl.reset.", ".jsonl.deleted.")
PACKED = ".jsonl.zst"
"""How a session ends that its program has packed: Codex does so after a week."""
_PACKED_BY_HAND = (".jsonl.gz", ".jsonl.xz", ".jsonl.bz2")
_RESOURCE_FORK = "._"  # what macOS puts beside each file on disks that are not its own
_EXECUTION = re.compile(r"[0-9a-f]{8}[0-9a-f-]{24,28}")
"""How Kiro's editor calls the log of an execution: without an ending."""
_ACTIVITY = re.compile(
    r"(?:my|meine|mon|mi|minha|min|mijn|lemie|moja)(?:activ|aktiv|aktyw|ativid|attivit).*\.html", re.I
)
"""How Takeout calls the page of a product's activities: MyActivity.html, MeineAktivitäten.html, MinAktivitet.html…"""
EVENTS = "events"
"""The folder that stands for a session of which each event is a file."""
_SESSION = re.compile(r"ses_\w+\.json")


class Kind(Enum):
    """What a name says of a file inside a folder."""

    OTHER = 0  # not worth a look
    TRANSCRIPT = 1
    STORE = 2  # perhaps a database, which is polled, since its log grows instead of itself
    ZIP = 3


_KINDS = dict.fromkeys(SUFFIXES, Kind.TRANSCRIPT) | dict.fromkeys(STORES, Kind.STORE) | {".zip": Kind.ZIP}


def kind_of(name: str) -> Kind:
    """What the name of a file inside a folder says of it; asked ten thousand times a minute."""
    end = name[name.rfind(".") :]
    kind = _KINDS.get(end) or _KINDS.get(end.lower())
    if kind is None:
        is_session = (
            name.endswith(PACKED)
            or any(mark in name for mark in _ARCHIVES)
            or bool(_EXECUTION.fullmatch(name))
            or (end == ".html" and bool(_ACTIVITY.fullmatch(name.replace(" ", ""))))
        )
        return Kind.TRANSCRIPT if is_session else Kind.OTHER
    if name in _SKIPPED_NAMES or name.endswith(_SKIPPED_ENDS) or name[:2] == _RESOURCE_FORK:
        return Kind.OTHER
    return kind


def is_transcript_name(name: str) -> bool:
    """Whether a file of this name inside a folder is worth a look."""
    return kind_of(name) in (Kind.TRANSCRIPT, Kind.STORE)


def is_zip_name(name: str) -> bool:
    """Whether a file is looked into as a zip, by its name."""
    return kind_of(name) is Kind.ZIP


def is_store_name(name: str) -> bool:
    """Whether a file of this name may be a database."""
    return name.lower().endswith(STORES)


def is_packed_by_hand(name: str) -> bool:
    """Whether a file of this name holds a transcript that a person packed, in a way that is not read here."""
    return name.lower().endswith(_PACKED_BY_HAND)


def may_stand_for_many(path: str) -> bool:
    """Whether a path, by its name, is what stands for a session of many files: OpenHands' folder of events, or the head
    of a session of OpenCode."""
    place = PurePath(path)
    return place.name == EVENTS or (
        place.name.startswith("ses_")
        and _SESSION.fullmatch(place.name) is not None
        and place.parts[-3:-2] == ("session",)
    )


def is_skipped_folder(name: str) -> bool:
    """Whether a folder of this name holds other things than transcripts."""
    return name in _SKIPPED_FOLDERS


def better_sibling(folder: str, name: str) -> str:
    """The name of a file that tells the same conversation better where it lies beside this one; else empty.

    Cline and Roo write what a person saw to `ui_messages.json` and what the model was sent beside it; VS Code wrote
    one document a chat before it wrote a log of changes; Kimi CLI keeps what the model was sent beside its wire, and
    Antigravity a log of which long answers are cut beside the whole one.
    Reading both would give every exchange twice.
    """
    if name == "api_conversation_history.json":
        return "ui_messages.json"
    if name == "context.jsonl":
        return "wire.jsonl"
    if name == "transcript.jsonl":
        return "transcript_full.jsonl"
    if folder == "chatSessions" and name.endswith(".json"):
        return f"{name}l"
    return ""
