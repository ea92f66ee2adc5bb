"""What this computer asks of the other end: its verbs, and sending over the program, the base model and the job."""

from __future__ import annotations

import json
import shlex
import subprocess
import tempfile
from contextlib import suppress
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from curator.core.errors import JobError
from curator.core.job import EVENTS_FILE, JOB_FILE, LOG_FILE, PID_FILE, STOP_FILE
from curator.jobs.away.line import Check, Line, LineDownError
from curator.jobs.away.sitting import AWAY_FILE, LEFT_FILE
from curator.jobs.runtimes.source import source_zip

_STAYS = (
    *(JOB_FILE, EVENTS_FILE, LOG_FILE, PID_FILE, STOP_FILE, AWAY_FILE, LEFT_FILE),
    *("claim", "begun", "ranks", "data", "order.json", "*.new", "*.new.*", ".*.??????"),
)
"""What belongs to one side, or was left by an rsync that was cut off; everything else in a job's folder (checkpoints,
adapters) travels both ways."""
_MODEL_FILES = ("*.json", "*.safetensors", "*.jinja", "*.txt", "*.model", "*.py", "*.tiktoken")
_HALT_SECONDS = 120.0
_SETTLE_SECONDS = 1800.0


class FarSide:
    """The other computer as one sitting sees it."""

    def __init__(self, line: Line, key: str) -> None:
        self.line = line
        self._source = source_zip()
        self._job = ("jobs", key)

    def verb(self, *words: str, patience: float = 60.0, check: Check | None = None) -> dict[str, Any]:
        """Run one verb of Curator over there. Raises LineDownError, or JobError with the sentence from there."""
        output = self.line.run(self._command(*words), patience=patience, check=check)
        lines = output.strip().splitlines()
        try:
            answer = json.loads(lines[-1]) if lines else {}
        except ValueError:
            answer = {}
        if not isinstance(answer, dict) or not answer:
            raise JobError(f"{self.line.name} gave an answer that nobody understands.", "See its check.")
        if "message" in answer:
            raise JobError(f"{self.line.name}: {answer['message']}", str(answer.get("hint", "")))
        return answer

    def look(self) -> tuple[str, int]:
        """The state of the job over there ("" where there is none) and how many bytes it has told."""
        answer = self.verb("look", self.line.word(*self._job))
        return str(answer["state"]), int(answer["told"])

    def halt(self) -> None:
        """Let it pause, and wait until it has."""
        self.verb("halt", self.line.word(*self._job), patience=_HALT_SECONDS)

    def forget(self, folder: Path) -> None:
        """End what is still at work there and delete the job, the person's rows with it; what its worker printed goes
        into the log here. The base model stays."""
        answer = self.verb("forget", self.line.word(*self._job))
        with suppress(OSError), (folder / LOG_FILE).open("a", encoding="utf-8") as log:
            log.write(str(answer.get("log", "")))  # on a full disk it is done without

    def remove(self) -> None:
        """Delete the job where no program of ours can be started any more."""
        self.line.run(f"rm -rf {self.line.word(*self._job)}")

    def follow(self, offset: int, attempt: str | None = None) -> subprocess.Popen[bytes]:
        """Hear what it tells from byte `offset` on, with the name of an attempt after starting the worker; see
        `far.begin`."""
        words = [self.line.word(*self._job), str(offset)]
        return self.line.start(
            self._command("follow", *words) if attempt is None else self._command("begin", *words, attempt)
        )

    def rank(self, number: int) -> subprocess.Popen[bytes]:
        """Be a rank of a ring over there, as long as the line holds."""
        return self.line.start(self._command("rank", self.line.word(*self._job), str(number)))

    def complaint(self) -> str:
        """The failure that the job over there told last, or ""."""
        return str(self.verb("look", self.line.word(*self._job)).get("complaint", ""))

    def prepare(self, fingerprint: str = "", check: Check | None = None) -> bool:
        """Put Curator's own code there, so that both ends are of one version. Whether it has that base model."""
        code, model = self.line.word("code", self._source.name), self.line.word("models", fingerprint or "none")
        folders = " ".join(self.line.word(name) for name in ("code", "models", "/".join(self._job)))
        command = f"mkdir -p {folders} && chmod 700 {self.line.word()} && ls -d {code} {model} 2>/dev/null || :"
        found = self.line.run(f"sh -c {shlex.quote(command)}", check=check)
        if self._source.name not in found:
            self.line.send(str(self._source), self.line.path("code") + "/", check=check)
        return bool(fingerprint) and fingerprint in found

    def send_model(self, folder: Path, fingerprint: str, check: Check | None = None) -> None:
        """Send a base model; one that was half sent is gone on with."""
        part = f"{fingerprint}.part"
        chosen = [word for name in _MODEL_FILES for word in ("--include", name)]
        words = ("-L", "--partial", *chosen, "--exclude", "*")
        try:
            self.line.send(f"{folder}/", self.line.path("models", part) + "/", *words, patience=1e6, check=check)
        except LineDownError:
            raise
        except JobError:
            if not self.prepare(fingerprint, check):  # else another run's copy arrived, and ours was in its way
                raise
            return
        self.verb("settle", self.line.word("models", part), fingerprint, patience=_SETTLE_SECONDS, check=check)

    def send_job(self, folder: Path, order: dict[str, Any], fingerprint: str, check: Check | None = None) -> None:
        """Send the rows, what was learned before, and the order with its paths as they are over there."""
        there = order | {"model": f"../../models/{fingerprint}", "data": "data", "base": fingerprint}
        with tempfile.TemporaryDirectory(prefix="curator-") as scratch:
            staged = Path(scratch)
            for path in folder.iterdir():
                if path.is_file() and not any(fnmatch(path.name, name) for name in _STAYS):
                    (staged / path.name).symlink_to(path)
            (staged / "data").symlink_to(order["data"])
            (staged / JOB_FILE).write_text(json.dumps(there, ensure_ascii=False), encoding="utf-8")
            self.line.send(f"{staged}/", self.line.path(*self._job) + "/", "-L", check=check)

    def fetching(self, folder: Path) -> subprocess.Popen[bytes]:
        """Begin to bring back what it has learned so far; each file is there whole or not at all."""
        return self.line.fetching(self.line.path(*self._job) + "/", folder, *_without(_STAYS))

    def fetch(self, folder: Path) -> None:
        """Bring everything back."""
        self.line.fetched(self.fetching(folder))

    def _command(self, *words: str) -> str:
        source = self.line.word("code", self._source.name)
        return f"env PYTHONPATH={source} PYTHONSAFEPATH=1 {self.line.python} -m curator --far {' '.join(words)}"


def _without(names: tuple[str, ...]) -> list[str]:
    return [word for name in names for word in ("--exclude", name)]
