"""The worker of a job that is done on another computer: sends it there, copies what it tells, brings back what it
learns, and holds on when the line drops."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar

from curator.core.errors import CuratorError, JobError
from curator.core.job import STOP_FILE, JobState
from curator.jobs.away.far_side import FarSide
from curator.jobs.away.follower import Follower
from curator.jobs.away.line import Line, LineDownError
from curator.jobs.away.sitting import Sitting
from curator.jobs.folder import append_event, parse_event, read_job
from curator.jobs.progress import end_state
from curator.jobs.runtimes.place import from_order
from curator.tokens.identity import base_fingerprint

PATIENCE = 12 * 3600.0
"""Seconds that a dropped line is waited for."""
_STOP_PATIENCE = 20.0  # seconds a stop request waits for a line that is down
_LONGEST_PAUSE = 60.0
_ATTEMPTS = 3
_DONE, _FAILED = 0, 1
T = TypeVar("T")


class StopAskedError(Exception):
    """Somebody here asked for a stop before the other computer had begun, or while it cannot be reached."""


class LeftError(Exception):
    """This process was told to end (the computer shuts down); the job over there goes on."""


def attend(folder: Path) -> int:
    """See the job in `folder` through on the computer that its order names. Returns the exit code."""
    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGINT, _leave)
    line: Line | None = None
    try:
        order = read_job(folder)
        line = Line(from_order(order.get("runtime")))
        Agent(folder, order, line).attend()
    except StopAskedError:
        discarded = _stop_word(folder) == "discard"
        append_event(folder, "stopped", message=_stopped_words(folder, line), discarded=discarded)
    except LeftError:
        where = line.name if line else "the other computer"
        append_event(
            folder, "interrupted", message=f"The run goes on on {where}.", hint="Resume it to follow it again."
        )
    except CuratorError as error:
        append_event(folder, "failed", message=error.message, hint=error.hint, cause="other")
        return _FAILED
    except Exception:  # noqa: BLE001  the process boundary: every failure becomes a sentence
        traceback.print_exc()
        append_event(folder, "failed", message="The watch over the other computer broke.", hint="Look into the log.")
        return _FAILED
    return _DONE


class Agent:
    """One job, from this side."""

    def __init__(self, folder: Path, order: dict[str, Any], line: Line) -> None:
        self.folder, self.order, self.line = folder, order, line
        self._place = from_order(order.get("runtime"))
        self._sitting = Sitting.load(folder) or Sitting.new(self._place)
        self._far = FarSide(line, self._sitting.key)
        self._down_since: float | None = None
        self._fetch: subprocess.Popen[bytes] | None = None
        self._is_fetch_due = False
        self._is_new = False  # it has to be started over there
        self._begun_again = 0

    def attend(self) -> None:
        """Go on with what is over there, or begin; then follow to the end."""
        is_known = Sitting.load(self.folder) is not None
        if not (is_known and self._hold_on(self._is_at_work_there)):
            self._send_everything()
            self._is_new = True
        while not self._hold_on(self._follow):
            self._begin_again()

    def _is_at_work_there(self) -> bool:
        """Whether an earlier sitting has something left to tell; one that has told everything is brought home."""
        self._far.prepare()
        state, told = self._far.look()
        if not state:
            return False  # it was never begun: what was sent of it is gone on with
        if not JobState(state).is_over or told > self._sitting.copied(self.folder):
            return True
        self._far.fetch(self.folder)
        self._far.forget(self.folder)
        self._sitting = Sitting.new(self._place)
        self._far = FarSide(self.line, self._sitting.key)
        return False

    def _send_everything(self) -> None:
        self._sitting.save(self.folder)
        try:
            fingerprint = str(self.order.get("base") or base_fingerprint(Path(self.order["model"])))
            has_model = self._far.prepare(fingerprint, self._refuse_stopped)  # a line that is down is told at once
            self._hold_on(lambda: self._send(fingerprint, has_model))
        except StopAskedError:
            with contextlib.suppress(JobError):
                self._far.forget(self.folder)  # what was sent of the rows
            self._sitting.finish(self.folder)
            raise

    def _send(self, fingerprint: str, has_model: bool) -> None:
        """Send what is missing there. Raises StopAskedError when a stop comes meanwhile."""
        check = self._refuse_stopped
        check()
        model = Path(self.order["model"])
        if not has_model:
            size = sum(path.stat().st_size for path in model.glob("*.safetensors"))
            self._tell_line(True, f"Sending the base model ({size / 1e6:,.0f} MB) to {self.line.name}.")
            self._far.send_model(model, fingerprint, check)
        self._tell_line(True, f"Sending the rows to {self.line.name}.")
        self._far.send_job(self.folder, self.order, fingerprint, check)
        check()

    def _hold_on(self, work: Callable[[], T]) -> T:
        """Do this; when the line drops, do it again once it is back, for as long as PATIENCE."""
        pause = 1.0
        while True:
            try:
                done = work()
            except LineDownError as error:
                if self._down_since is None:
                    self._down_since, pause = time.monotonic(), 1.0
                    self._tell_line(False, f"{error.message} It is tried again and again; nothing is lost meanwhile.")
                if time.monotonic() - self._down_since > PATIENCE:
                    raise
                self._wait(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)
            else:
                self._is_up()
                return done

    def _is_up(self) -> None:
        if self._down_since is not None:
            self._down_since = None
            self._tell_line(True, f"The line to {self.line.name} is back.")

    def _follow(self) -> bool:
        """Copy what is told until the end, True, or until the worker over there is gone without a word, False.

        Raises LineDownError where the line drops.
        """
        attempt = self._begun_again if self._is_new else None
        follower = Follower(self.line, self._far.follow(self._sitting.copied(self.folder), attempt))
        asked = ""
        try:
            for told in follower.told():
                word = _stop_word(self.folder)
                if told is not None:
                    self._is_up()
                elif self._down_since is not None:
                    self._give_up_stopped()
                if word and word != asked and self._down_since is None:
                    follower.ask(word)
                    asked = word
                self._tend_fetch()
                self._is_new = self._is_new and told is None
                if told is not None and told.event and self._take(told.event, told.offset):
                    return True
                if told is not None and told.over:
                    return False
        finally:
            follower.close()
            self._drop_fetch()
        raise LineDownError(f"The line to {self.line.name} broke.", "")

    def _take(self, line: bytes, offset: int) -> bool:
        """Copy one event; an end only after everything was brought back. Whether it was an end."""
        event = parse_event(line)
        if event is not None and end_state(event) is not None:
            self._drop_fetch()
            self._far.fetch(self.folder)
            self._settle_config()
            self._sitting.copy(self.folder, line, offset)
            with contextlib.suppress(LineDownError):  # its folder stays over there, and nothing is lost here
                self._far.forget(self.folder)
                self._sitting.finish(self.folder)
            return True
        if event is not None:
            self._sitting.copy(self.folder, line, offset)
            self._is_fetch_due = self._is_fetch_due or event.kind == "checkpoint"
        return False

    def _begin_again(self) -> None:
        """The worker over there is gone without a word: that computer was started anew, say."""
        self._begun_again += 1
        if self._begun_again > _ATTEMPTS:
            raise JobError(f"The run was lost on {self.line.name} {_ATTEMPTS} times.", "Look what happens there.")
        message = f"{self.line.name} lost the run; it goes on there from its checkpoint."
        append_event(self.folder, "again", attempt=self._begun_again, of=_ATTEMPTS, message=message, hint="")
        self._is_new = True

    def _tend_fetch(self) -> None:
        """Bring a checkpoint here while the run goes on; one at a time."""
        if self._fetch is not None and self._fetch.poll() is not None:
            self._drop_fetch()
        if self._is_fetch_due and self._fetch is None:
            self._is_fetch_due = False
            self._fetch = self._far.fetching(self.folder)

    def _drop_fetch(self) -> None:
        if self._fetch is not None:
            self._fetch.kill()
            self._fetch.communicate()
            self._fetch = None
            self._settle_config()

    def _settle_config(self) -> None:
        """The adapter's config names its base model, which lies elsewhere here."""
        path = self.folder / "adapter_config.json"
        with contextlib.suppress(OSError, ValueError):
            config = json.loads(path.read_text(encoding="utf-8"))
            if config.get("model") != self.order["model"]:
                scratch = path.with_name("adapter_config.json.new")
                scratch.write_text(json.dumps(config | {"model": self.order["model"]}, indent=1), encoding="utf-8")
                scratch.replace(path)

    def _wait(self, seconds: float) -> None:
        """Wait with the line down; a stop is not kept waiting for it."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._give_up_stopped()
            time.sleep(0.1)

    def _give_up_stopped(self) -> None:
        path = self.folder / STOP_FILE
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime > _STOP_PATIENCE:
                raise StopAskedError

    def _refuse_stopped(self) -> None:
        if _stop_word(self.folder):
            raise StopAskedError

    def _tell_line(self, is_up: bool, message: str) -> None:
        append_event(self.folder, "line", is_up=is_up, host=self.line.name, message=message)


def _stop_word(folder: Path) -> str:
    try:
        return (folder / STOP_FILE).read_text(encoding="utf-8").strip() or "keep"
    except OSError:
        return ""


def _stopped_words(folder: Path, line: Line | None) -> str:
    if Sitting.load(folder) is None or line is None:
        return "Stopped before anything was learned."
    return f"Stopped here; {line.name} cannot be told, and may go on. What was brought back until now is kept."


def _leave(number: int, frame: FrameType | None) -> None:
    raise LeftError
