"""Diagnostics: how Curator, the computer and the jobs stand, in one zip that the person can read and give to a helper.

What goes in is chosen, not what is left out: numbers, versions, states, and lines of logs of a known shape. No prompt
and no response, no name of a run, a tag, a file or a model of the person's; secrets, names and folders are taken out of
what remains.
"""

from __future__ import annotations

import io
import json
import os
import platform
import sys
import traceback
import zipfile
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from curator import __version__
from curator.core.errors import CuratorError
from curator.core.job import LOG_FILE
from curator.core.run import Run
from curator.jobs.folder import read_events
from curator.services import crashes, settings
from curator.services.doctor import Finding, examine
from curator.services.logs import log_files
from curator.services.redaction import Redactor
from curator.services.runtimes import runtimes
from curator.services.workspace import Workspace

_RUNS = 20  # the newest ones
_WORKER_LOGS = 5
_LOG_BYTES = 300_000  # of the end of each log
_KNOWN_MODELS = frozenset({"", "starter"})
_TELLING = frozenset({"message", "hint", "cause", "device", "blas"})
_README = """This is what Curator's “Export diagnostics” wrote on {when},
to be given to somebody who helps.

findings.txt   what “curator doctor” found
about.json     versions, system, settings that were chosen from a list,
               how many runs, places and folders there are
jobs.json      the newest runs: settings, losses, how each ended
logs/          the window's log and those of the workers; lines of an
               unknown shape are counted and left out
crashes/       the crash reports

No prompt and no response is in it, and no name of a run, a tag, a file or
a model. Secrets, the names of the person and of the computer, and addresses
are replaced by a word in brackets; the home folder is “~”.
Nothing was sent anywhere. Read it before you give it away.
"""


class DiagnosticsError(CuratorError):
    """The file cannot be written."""


def suggested_name(now: datetime | None = None) -> str:
    """The name of the file."""
    return f"Curator diagnostics {now or datetime.now():%Y-%m-%d %H.%M}.zip"


def gather(ws: Workspace | None, *, self_test: bool = False) -> dict[str, str]:
    """The files of the zip: name → text. Without a library, as where it cannot be opened, those about it are missing.
    With `self_test` a training step is tried first, which takes some seconds."""
    if ws is None:
        return contents(None, [Finding("library", False, "is not open; the window's log tells why")])
    found: list[Finding] = []
    try:
        crashes.look_at_parts()
        crashes.look_at_runs(ws)
        found.extend(examine(ws, self_test=self_test))
    except Exception as error:  # noqa: BLE001  what is broken is what the diagnostics are wanted for: the rest goes in
        words = Redactor.of_this_computer(ws.folder).log("".join(traceback.format_exception(error)))
        found.append(Finding("doctor", False, f"ended with an error:\n{words}"))
    return contents(ws, found)


def write(files: Mapping[str, str], target: Path) -> Path:
    """Write the zip, whole or not at all. Returns the file. Raises DiagnosticsError where it cannot be written."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, words in files.items():
            archive.writestr(name, words)
    scratch = target.with_name(f"{target.name}.{os.getpid()}.new")
    try:
        scratch.write_bytes(buffer.getvalue())
        scratch.replace(target)
    except OSError as error:
        scratch.unlink(missing_ok=True)
        raise DiagnosticsError(
            f"The diagnostics cannot be written there: {error.strerror}.", "Choose another folder."
        ) from error
    return target


def contents(ws: Workspace | None, findings: Iterable[Finding]) -> dict[str, str]:
    """The files of the zip, with these findings of the doctor in it."""
    redactor = Redactor.of_this_computer(None if ws is None else ws.folder)
    runs = [] if ws is None else sorted(ws.library.runs(), key=lambda run: -run.id)
    files = {
        "README.txt": _README.format(when=f"{datetime.now():%Y-%m-%d %H:%M}"),
        "findings.txt": "\n".join(_finding(one, redactor) for one in findings) + "\n",
        "about.json": _json(_about() | ({} if ws is None else _about_library(ws, runs))),
    }
    if runs:
        files["jobs.json"] = _json([_job(run, redactor) for run in runs[:_RUNS]])
    for file in log_files():
        files[f"logs/{file.name}"] = redactor.log(_end(file))
    for run in runs[:_WORKER_LOGS]:
        if words := _end(Path(run.path) / LOG_FILE):
            files[f"logs/worker-{run.id}.log"] = redactor.log(words)
    for report in crashes.reports():
        try:
            files[f"crashes/{report.path.name}"] = redactor.text(crashes.read(report.path))
        except CuratorError:
            continue  # it went while this was read
    return files


def _finding(finding: Finding, redactor: Redactor) -> str:
    sign = "ok " if finding.is_good else "NO "
    if finding.name == "model":  # their names and titles are the person's
        return f"{sign} model        {'ready' if finding.is_good else 'not ready'}"
    words = "\n".join(redactor.sentence(line) for line in finding.words.splitlines())
    return f"{sign} {finding.name:<12} {words}"


def _about() -> dict[str, Any]:
    return {
        "curator": __version__,
        "python": platform.python_version(),
        "system": platform.platform(),
        "is_packaged": bool(getattr(sys, "frozen", False)),
        "written": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _about_library(ws: Workspace, runs: list[Run]) -> dict[str, Any]:
    chosen = settings.chosen(ws)
    return {
        "settings": {key: settings.telling(value) for key, value in sorted(chosen.items())},
        "places_to_train": Counter(spec.kind.value for spec in runtimes(ws)),
        "runs": Counter(run.state.value for run in runs),
        "folders_watched": len(ws.library.watched_folders()),
    }


def _job(run: Run, redactor: Redactor) -> dict[str, Any]:
    events, _ = read_events(Path(run.path))
    told = [event for event in events if event.kind in ("started", "again", "failed", "interrupted", "stopped", "done")]
    return {
        "run": run.id,
        "state": run.state.value,
        "model": run.model if run.model in _KNOWN_MODELS else "another",
        "preset": run.preset,
        "settings": {key: value for key, value in asdict(run.settings).items() if key != "probe"},
        "created": run.created,
        "finished": run.finished,
        "rows": run.rows,
        "passes": run.passes,
        "seconds": run.seconds,
        "losses": [run.first_loss, run.last_loss, run.best_loss],
        "is_elsewhere": bool(run.runtime),
        "message": _said(run.message, redactor),
        "events": Counter(event.kind for event in events),
        "told": [{"event": one.kind, "t": one.time} | _figures(one.figures, redactor) for one in told],
    }


def _figures(figures: Mapping[str, Any], redactor: Redactor) -> dict[str, Any]:
    """Numbers, and the sentences of which the program is the author."""
    kept: dict[str, Any] = {}
    for key, value in figures.items():
        if isinstance(value, bool | int | float) or value is None:
            kept[key] = value
        elif isinstance(value, str) and key in _TELLING:
            kept[key] = _said(value, redactor)
    return kept


def _said(words: str, redactor: Redactor) -> str:
    """A sentence about a job up to its colon: what comes after it is a path, or what an exception said."""
    told, colon, _ = words.partition(": ")
    return redactor.sentence(f"{told}: …" if colon else told)


def _end(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            size = stream.seek(0, os.SEEK_END)
            stream.seek(max(0, size - _LOG_BYTES))
            return stream.read().decode("utf-8", errors="replace")
    except OSError:
        return ""


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"
