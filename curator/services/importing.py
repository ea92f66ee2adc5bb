"""Bringing transcripts in: once, or as they grow in a watched folder."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from curator import paths as places
from curator.core.changes import Changes
from curator.core.errors import LibraryError, NotFoundError, UnreadableFileError
from curator.core.exchange import Exchange
from curator.core.mapping import Field, Mapping
from curator.core.query import FoundAgent, ImportProgress, ImportReport, WatchedFolder
from curator.services import archiving
from curator.services.workspace import Workspace

if TYPE_CHECKING:
    from curator.ingest.watch import Watcher

# The parsers and the watcher are imported when something comes in: the window opens without them.

OnProgress = Callable[[ImportProgress], None]
OnScan = Callable[[ImportProgress | None], None]
OnImport = Callable[[ImportReport, Changes], None]


def import_paths(
    ws: Workspace,
    paths: Iterable[str | Path],
    progress: OnProgress | None = None,
    cancel: threading.Event | None = None,
) -> ImportReport:
    """Import files, folders and zips; every batch is published as soon as it is in, so that a list fills while it runs.

    Importing again changes nothing. Bad lines and files stand in the report's `problems`; setting `cancel` ends it
    after the file at hand, and what is in stays in. Raises LibraryError when the library cannot be written, which says
    whether something was read before.
    """
    from curator.ingest.importer import import_files

    archiving.follow(ws)  # what is kept whole is copied anew where it grew
    is_any_in = False

    def stored(changes: Changes) -> None:
        nonlocal is_any_in
        is_any_in = is_any_in or bool(changes)
        ws.publish(changes)

    try:
        report, _ = import_files(ws.library, [Path(p) for p in paths], progress=progress, cancel=cancel, stored=stored)
    except LibraryError as error:
        if not is_any_in:
            raise
        raise LibraryError(error.message, f"{error.hint} What was read before that is in the library.") from error
    return report


def fields_of(path: str | Path) -> list[Field]:
    """The fields with text of a file that nobody knows, with samples and a guess of which holds what; empty where
    nothing can be mapped. Raises UnreadableFileError."""
    from curator.ingest import mapped

    return mapped.fields_in(path)


def preview_mapped(path: str | Path, mapping: Mapping, limit: int = 3) -> list[Exchange]:
    """The first exchanges that the file gives when it is read by these fields. Raises UnreadableFileError."""
    from curator.ingest import mapped

    return mapped.first_exchanges(path, mapping, limit)


def import_mapped(
    ws: Workspace,
    path: str | Path,
    mapping: Mapping,
    progress: OnProgress | None = None,
    cancel: threading.Event | None = None,
) -> ImportReport:
    """Import a file by the fields that hold its prompts and answers. The library remembers them: when the file grows or
    is imported again, it is read the same way. Another mapping for the same file takes the place of the first.

    Raises NotFoundError, naming the fields that there are, when no row has a prompt and an answer by these.
    """
    from curator.ingest import mapped
    from curator.ingest.importer import import_files

    file = os.path.realpath(path)
    mapped.check(file, mapping)
    archiving.follow(ws)
    mapped.remember(ws.library, file, mapping)
    report, _ = import_files(ws.library, [file], progress=progress, cancel=cancel, stored=ws.publish, afresh=True)
    return report


def unknown_files(report: ImportReport) -> list[str]:
    """The files of which an import said that nobody knows their format: those that a mapping may help."""
    from curator.formats.reader import UNKNOWN

    unknown = [Path(path) for path, line, reason in report.problems if not line and reason == UNKNOWN]
    return [str(path) for path in unknown if path.is_file() or any(parent.is_file() for parent in path.parents)]


def joined(reports: Sequence[ImportReport]) -> ImportReport:
    """Several imports told as one."""
    figures = (
        "files",
        "new",
        "updated",
        "unchanged",
        "sessions",
        "exchanges",
        "documents",
        "repeats",
        "left",
        "seconds",
    )
    sums = {name: sum(getattr(report, name) for report in reports) for name in figures}
    return ImportReport(**sums, problems=tuple(problem for report in reports for problem in report.problems))


def add_watched(ws: Workspace, *paths: str | Path) -> Changes:
    """Follow folders from now on, under the agent's name where one is an agent's; what is in them comes with the next
    scan, told once for all. Raises NotFoundError when one is no folder, UnreadableFileError when its name cannot be
    stored; then none is added."""
    folders = [Path(path).expanduser().resolve() for path in paths]
    for path, folder in zip(paths, folders, strict=True):
        if not folder.is_dir():
            raise NotFoundError(f"“{path}” is not a folder.", "Choose the folder that holds the transcripts.")
    from curator.ingest import agents
    from curator.ingest.scan import readable

    for folder in folders:
        if readable(str(folder)) != str(folder):
            hint = "Give it another name, then follow it."
            raise UnreadableFileError(f"The name of “{readable(str(folder))}” is not valid text.", hint)
    known = {Path(one.path) for one in watched(ws)}
    changes = Changes()
    for folder in dict.fromkeys(folders):
        if folder not in known:
            changes |= ws.library.add_watched(str(folder), agents.name_of(folder))[1]
    return ws.publish(changes)


def remove_watched(ws: Workspace, path_or_id: str | Path | int) -> Changes:
    """Follow a folder no longer; what came from it stays. Raises NotFoundError when it was not followed."""
    for known in watched(ws):
        if known.id == path_or_id or (not isinstance(path_or_id, int) and _is_same(known.path, path_or_id)):
            return ws.publish(ws.library.remove_watched(known.id))
    raise NotFoundError(f"“{path_or_id}” is not a watched folder.", "“curator watch list” names them.")


def watched(ws: Workspace) -> list[WatchedFolder]:
    """The folders that are followed, with whether they are there at the moment."""
    return ws.library.watched_folders()


class Watching:
    """Watched folders being followed, until `stop`. It follows what `add_watched` adds while it runs."""

    def __init__(self, ws: Workspace, watcher: Watcher) -> None:
        self._watcher = watcher
        self._unsubscribe = ws.subscribe(self._on_changes)
        ws.on_close(self.stop)

    def stop(self) -> None:
        """Follow nothing any more; waits for the import at hand. Twice is fine."""
        self._unsubscribe()
        self._watcher.stop()

    def stop_scan(self) -> None:
        """End the scan that runs, after the file at hand: what is in stays in, changes are followed on, and the rest
        is read when watching starts the next time."""
        self._watcher.stop_scan()

    @property
    def notice(self) -> str:
        """A sentence for the status line when watching is not as good as it should be; else empty."""
        return self._watcher.notice

    def _on_changes(self, changes: Changes) -> None:
        if changes.sources:
            self._watcher.forget_known()
        if changes.watched:
            self._watcher.refresh()


def start_watching(ws: Workspace, on_import: OnImport | None = None, progress: OnScan | None = None) -> Watching:
    """Follow the watched folders: first what changed while nobody looked, then every change as it happens.

    `on_import` is called in the watcher's thread after each import that found something, after its Changes
    were published. `progress` is called there as well: how far the first scan of a folder is, or any scan that reads
    something, and None when it is over.
    """

    from curator.ingest.watch import Watcher

    watcher = Watcher(ws.library, on_import or _tell_nobody, stored=ws.publish, progress=progress)
    watching = Watching(ws, watcher)
    archiving.follow(ws).wake()
    watcher.start()
    return watching


def found_agents(ws: Workspace | None = None) -> list[FoundAgent]:
    """The assistants whose transcripts lie on this computer, with how many files and bytes; most files first."""
    from curator.ingest import agents

    known = frozenset(Path(folder.path) for folder in watched(ws)) if ws is not None else frozenset()
    return agents.find(known)


def sample_paths() -> list[Path]:
    """The sample transcripts that come along."""
    folder = places.resources() / "samples"
    return sorted(p for p in folder.iterdir() if p.is_file()) if folder.is_dir() else []


def _tell_nobody(report: ImportReport, changes: Changes) -> None:
    """Whoever subscribed to the workspace hears of the changes anyway."""


def _is_same(known: str, path: str | Path) -> bool:
    return known == str(path) or Path(known) == Path(path).expanduser().resolve()
