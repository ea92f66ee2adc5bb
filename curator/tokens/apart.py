"""Counting in a process of its own, as a window needs it: it may be lost, and counting goes on."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from curator import paths
from curator.core.budget import Usage
from curator.core.errors import ModelError
from curator.last_words import LastWords
from curator.tokens.counter import Counter, Texts
from curator.tokens.counting import ESTIMATE, answer

_log = logging.getLogger(__name__)
_AT_ONCE = 64  # rows in one request: another thread's row need not wait for all of them
_TRIES = 2
_LEAVING = 1.0  # seconds
_KILLED = -9  # as Popen tells it


class CountingLostError(Exception):
    """The process died, or said something that is no answer."""


def command() -> list[str]:
    """What starts the counting process."""
    if getattr(sys, "frozen", False):
        return [*paths.program(), "--counter"]
    return [sys.executable, "-m", "curator.tokens.counting"]  # without the package's own start, a little sooner


class CountingProcess:
    """One process for all counters, started with the first question. Any thread may ask; one is answered at a time.

    Building a vocabulary holds the interpreter's lock for 0.3 s (o200k, SmolLM2) to 1 s and more (256,000 tokens), in
    which a window can neither paint nor answer: tiktoken and tokenizers do it in one call. Here it is another's lock.
    """

    def __init__(self, chosen: Sequence[str] | None = None) -> None:
        self._command = list(chosen) if chosen is not None else command()
        self._process: subprocess.Popen[bytes] | None = None
        self._words = LastWords("counter")
        self._lock = threading.Lock()
        self._is_closed = False

    @property
    def pid(self) -> int:
        """The process's id; 0 while there is none."""
        return self._process.pid if self._process is not None else 0

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """The answer to a request of `counting.answer`. A lost process is started again once; then
        `CountingLostError` is raised. Raises `ModelError` when the model cannot count, and after `close`."""
        line = json.dumps(request).encode() + b"\n"
        with self._lock:
            for _ in range(_TRIES):
                if self._is_closed:
                    raise _closing()
                try:
                    found = self._exchange(line)
                except (OSError, ValueError) as error:
                    if self._is_closed:
                        raise _closing() from error
                    _log.warning("the counting process is lost: %s", error)
                    self._end()
                else:
                    return _checked(found)
        raise CountingLostError

    def close(self) -> None:
        """End the process, also in the middle of a count; whoever waits for it gets a `ModelError`."""
        self._is_closed = True
        process = self._process
        if process is not None:
            process.kill()
        with self._lock:
            self._end()

    def _exchange(self, line: bytes) -> dict[str, Any]:
        process = self._process = self._process or self._words.start(self._command)
        if self._is_closed:  # looked at after the process can be seen: `close` ends it, or this does
            raise _closing()
        self._words.shorten()
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(line)
        process.stdin.flush()
        found = json.loads(process.stdout.readline())
        if not isinstance(found, dict):
            raise ValueError("no answer")
        return found

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if not self._is_closed:
            with suppress(subprocess.TimeoutExpired):
                process.wait(_LEAVING)  # it may be on its way out, with more to say than that it was killed
        process.kill()
        process.communicate()
        was_dismissed = self._is_closed and process.returncode == _KILLED
        self._words.end(0 if was_dismissed else process.returncode)


class ApartCounter:
    """A counter that asks the counting process; where none can be had it counts here, and the log says so."""

    def __init__(self, process: CountingProcess, folder: str = ESTIMATE, key: str = "") -> None:
        """`key` stands for the contents of the folder. Raises `ModelError` when it cannot say how it counts."""
        self._process, self._folder, self._key = process, folder, key or folder
        self._here: dict[str, Counter] | None = None
        self.is_estimate = folder == ESTIMATE
        self.name: str = self._ask({})["name"]

    @property
    def fingerprint(self) -> str:
        """What the counts depend on. Asked each time: a template that writes the date counts otherwise tomorrow."""
        found: str = self._ask({})["fingerprint"]
        return found

    def usage(self, prompt: str, response: str, system: str = "") -> Usage:
        """Tokens of one row."""
        return self.usages([(prompt, response, system)])[0]

    def usages(self, rows: Sequence[Texts]) -> list[Usage]:
        """Tokens of these rows, in their order."""
        found: list[Usage] = []
        for start in range(0, len(rows), _AT_ONCE):
            told = self._ask({"rows": rows[start : start + _AT_ONCE]})["usages"]
            found += [Usage(prompt, response, self.is_estimate, refusal) for prompt, response, refusal in told]
        return found

    def _ask(self, more: dict[str, Any]) -> dict[str, Any]:
        request = {"folder": self._folder, "key": self._key, **more}
        if self._here is None:
            try:
                return self._process.ask(request)
            except CountingLostError:
                _log.warning("tokens are counted in the program's own process from now on")
                self._here = {}
        return _checked(answer(request, self._here))


def _closing() -> ModelError:
    return ModelError("Curator is closing: nothing is counted any more.")


def _checked(found: dict[str, Any]) -> dict[str, Any]:
    if "message" in found:
        raise ModelError(found["message"], found["hint"])
    return found
