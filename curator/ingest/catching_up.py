"""What changed in watched folders, brought into the library: new and grown files are read, lost ones are marked."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path

from curator.core.changes import Changes
from curator.core.query import ImportProgress, ImportReport
from curator.ingest import agents
from curator.ingest.found import Wanted
from curator.ingest.importer import Importer
from curator.ingest.names import is_skipped_folder, is_transcript_name, is_zip_name
from curator.ingest.places import Place
from curator.library.library import Library

OnImport = Callable[[ImportReport, Changes], None]
OnStored = Callable[[Changes], object]
Folders = Mapping[int, str]
"""Watched folders that are there: their paths by their ids in the library."""


class CatchUp:
    """Brings the library up to what lies on disk. Used by one thread; only `forget_known` may come from others."""

    def __init__(
        self,
        library: Library,
        on_import: OnImport,
        stored: OnStored | None,
        stopping: threading.Event,
        patience: float,
    ) -> None:
        """`stored` gets the Changes of each transaction, `on_import` the sum of an import that found something;
        `stopping` ends an import after the file at hand; `patience` is in seconds, as the parser processes know it."""
        self._library = library
        self._on_import = on_import
        self._stored = stored
        self._stopping = stopping
        self._importer = Importer(library, patience=patience)
        self._is_stale = False
        self._places: dict[str, Place | None] = {}
        self._wanting: dict[tuple[str, ...], Wanted | None] = {}

    def forget_known(self) -> None:
        """Somebody else imported: what is known of the library's files is read anew before the next import."""
        self._is_stale = True

    def rest(self) -> None:
        """Let the parser processes go; they come back when they are needed."""
        self._importer.close()

    def tell(self, report: ImportReport, changes: Changes) -> None:
        """Tell of something that is no import."""
        if self._stored is not None:
            self._stored(changes)
        self._on_import(report, changes)

    def look_at(self, folders: Folders, paths: set[str]) -> None:
        """Import what is new at these paths as far as they lie in these folders, and mark what is gone there."""
        self._look_below(folders, [path for path in paths if not self._importer.is_known_store(path)])

    def _look_below(self, folders: Folders, paths: Iterable[str]) -> None:
        for id, folder in folders.items():
            below = sorted(path for path in paths if _is_worth_a_look(path, folder))
            if below:
                there = [path for path in below if os.path.lexists(path)]
                away = tuple(sorted(set(below).difference(there)))
                self._import({id: folder}, there, away)

    def look_at_stores(self, folders: Folders) -> None:
        """Import what is new in the databases of these folders that changed since they were read."""
        if changed := self._importer.changed_stores():
            self._look_below(folders, changed)

    def scan(self, folders: Folders, cancel: threading.Event, progress: Callable[[ImportProgress], None]) -> None:
        """Import what is new anywhere in these folders, and mark what is gone."""
        self._import(folders, list(folders.values()), tuple(folders.values()), cancel, progress)
        self._forget_problems(folders)

    def _import(
        self,
        folders: Folders,
        paths: list[str],
        may_be_gone: tuple[str, ...],
        cancel: threading.Event | None = None,
        progress: Callable[[ImportProgress], None] | None = None,
    ) -> None:
        """Import what lies at these paths in these folders; a file belongs to the innermost folder that holds it. What
        may be gone is at or below `may_be_gone`: mostly nowhere, and no file has to be thought of for an append."""
        if self._is_stale:
            self._is_stale = False
            self._importer.forget_known()
        report, changes = ImportReport(), Changes()
        if paths:
            report, changes = self._importer.run(
                paths,
                root=next(iter(folders)),
                progress=progress,
                cancel=cancel or self._stopping,
                stored=self._stored,
                is_scan=True,
                wanted=self._wanted(folders),
            )
        for id, folder in folders.items():
            if may_be_gone and not self._stopping.is_set():
                changes |= self._mark_gone(id, folder, may_be_gone, self._importer.listed if paths else frozenset())
        if report.new or report.updated or report.problems or changes:
            self._on_import(report, changes)

    def _forget_problems(self, folders: Folders) -> None:
        """A file that could not be read and was deleted since is nobody's problem."""
        below = tuple(folder.rstrip(os.sep) + os.sep for folder in folders.values())
        suspects = {path for path, _, _ in self._library.problems() if path.startswith(below)}
        known = self._importer.known_names
        gone = {path for path in suspects if path not in known and not _is_there(path)}
        if gone:
            self._library.forget_problems(gone)

    def _wanted(self, folders: Folders) -> Wanted | None:
        """What of these folders is looked at, where some are assistants' usual places; the very same each time."""
        chosen = tuple(folders.values())
        if chosen not in self._wanting:
            self._wanting[chosen] = self._narrowed(chosen)
        return self._wanting[chosen]

    def _narrowed(self, folders: tuple[str, ...]) -> Wanted | None:
        for folder in folders:
            if folder not in self._places:
                self._places[folder] = agents.place_at(Path(folder))
        return agents.wanted({folder: place for folder in folders if (place := self._places[folder])})

    def _mark_gone(self, id: int, folder: str, places: tuple[str, ...], met: Collection[str]) -> Changes:
        """Files of this folder that are on disk no longer: their exchanges stay, and say so. `met` are there."""
        below = tuple(place.rstrip(os.sep) + os.sep for place in places)
        known = self._importer.known_paths(id)
        suspects = [path for path in known if path not in met and (path in places or path.startswith(below))]
        gone = {path for path in suspects if not (Path(path).exists() or self._importer.is_in_its_zip(path))}
        if not gone or not Path(folder).is_dir():  # the folder itself went away in between
            return Changes()
        changes = self._library.mark_sources_gone(gone)
        self._importer.forget_known()
        if changes and self._stored is not None:
            self._stored(changes)
        return changes


def _is_worth_a_look(path: str, root: str) -> bool:
    """A transcript's name, or one without an ending that may be a folder, and not in a skipped folder."""
    if path != root and not path.startswith(root.rstrip(os.sep) + os.sep):
        return False
    if any(map(is_skipped_folder, Path(path[len(root) :]).parts)):
        return False
    name = Path(path).name
    return is_transcript_name(name) or is_zip_name(name) or Path(path).is_dir() or "." not in name


def _is_there(path: str) -> bool:
    place = Path(path)
    return place.exists() or any(parent.is_file() for parent in place.parents)
