"""The assistants on this computer: which of their usual folders are there, and what lies in them."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from curator.core.query import FoundAgent
from curator.ingest.found import Wanted
from curator.ingest.places import Place, usual_places
from curator.ingest.scan import list_files


def places() -> list[Place]:
    """Every place of a format that can be read on this computer, whether it is there or not."""
    return usual_places(sys.platform, os.environ, Path.home())


def find(watched: frozenset[Path] = frozenset()) -> list[FoundAgent]:
    """The assistants that have transcripts here, most files first. It lists folders and opens no file but zips."""
    found: dict[Path, FoundAgent] = {}
    for place in places():
        folder = Path(place.folder)
        if not folder.is_dir() or folder.resolve() in found:
            continue
        listing = list_files([folder], wanted=wanted({str(folder.resolve()): place}))
        if listing.files:
            size = sum(file.size for file in listing.files)
            is_watched = folder.resolve() in watched
            agent = FoundAgent(place.title, str(folder), len(listing.files), size, place.format, is_watched)
            found[folder.resolve()] = agent
    return sorted(found.values(), key=lambda agent: -agent.files)


def name_of(folder: Path) -> str:
    """What a watched folder is called: the assistant's title where it is an assistant's, else the folder's name."""
    place = place_at(folder)
    return place.title if place is not None else folder.name or str(folder)


def place_at(folder: Path) -> Place | None:
    """The usual place that this folder (resolved) is, if it is one."""
    for place in places():
        there = Path(place.folder)
        if there.name == folder.name and there.is_dir() and there.resolve() == folder:
            return place
    return None


def wanted(placed: Mapping[str, Place]) -> Wanted | None:
    """What is looked at in folders that are usual places; other folders are looked at whole.

    `placed` are places by the folders as they are walked. None where nothing is narrowed.
    """
    narrowed = [(folder.rstrip(os.sep) + os.sep, place) for folder, place in placed.items() if place.only]
    narrowed.sort(key=lambda each: -len(each[0]))
    if not narrowed:
        return None

    def is_wanted(path: str, is_folder: bool) -> bool:
        for start, place in narrowed:
            if path.startswith(start):
                return place.takes(Path(path[len(start) :]).parts, is_folder=is_folder)
        return True

    return is_wanted
