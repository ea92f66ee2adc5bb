"""The worker of a job that is done on another computer: sends it there, copies what it tells, brings back what it
learns, and holds on when the line drops."""

from __future__ import annotations

import contextlib
import secrets
import signal
import traceback
from pathlib import Path
from types import FrameType
from typing import Any

from curator.core.errors import CuratorError, JobError
from curator.core.job import JobState
from curator.jobs.away.far_side import FarSide
from curator.jobs.away.fetching import Fetching, forget_checkpoints
from curator.jobs.away.follower import Follower
from curator.jobs.away.leaving import clear_left
from curator.jobs.away.line import Line, LineDownError, NoRoomHereError
from curator.jobs.away.outage import Outage, StopAskedError, stop_word
from curator.jobs.away.sitting import Sitting
from curator.jobs.ending import tell_stop
from curator.jobs.folder import NO_ROOM, append_event, parse_event, read_job
from curator.jobs.progress import end_state
from curator.jobs.runtimes.place import from_order
from curator.tokens.identity import base_fingerprint

_ATTEMPTS = 3
_DONE, _FAILED = 0, 1


class LeftError(Exception):
    """This process was told to end (the computer shuts down); the job over there goes on."""


def attend(folder: Path) -> int:
    """See the job in `folder` through on the computer that its order names. Returns the exit code."""
    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGINT, _leave)
    agent: Agent | None = None
    try:
        order = read_job(folder)
        agent = Agent(folder, order, Line(from_order(order.get("runtime"))))
        agent.attend()
    except StopAskedError:
        if agent is not None and Sitting.load(folder) is not None:
            append_event(folder, "stopped", message=agent.stopped_words())
        else:
            tell_stop(folder, stop_word(folder), "before it was begun there")
    except LeftError:
        if agent is None or not agent.is_through:  # else its end is told, and only tidying is left for another time
            message, hint = agent.left_words() if agent else ("The run was ended before it began.", "Resume it.")
            append_event(folder, "interrupted", message=message, hint=hint)
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
        self._outage = Outage(folder, line.name)
        self._begun_again = 0  # without a checkpoint since
        self._attempt: str | None = None  # the start that is asked for over there, until something was told of it
        self._has_begun = False
        self.is_through = False  # its end has been told here
        self._sit(Sitting.load(folder) or Sitting.new(self._place))

    def attend(self) -> None:
        """Go on with what is over there, or begin; then follow to the end."""
        is_known = Sitting.load(self.folder) is not None
        self._has_begun = is_known and self._outage.wait_out(self._is_at_work_there)
        if not self._has_begun:
            self._send_everything(is_known)
            self._attempt = secrets.token_hex(4)
        with contextlib.suppress(JobError):  # the line may drop; then it is for the next time
            clear_left(self.folder, self._place)
        while not self._outage.wait_out(self._follow):
            self._begin_again()

    def stopped_words(self) -> str:
        """What a stop from here has come to, while the other computer cannot be reached."""
        name = self.line.name
        return f"Stopped here; {name} cannot be told, and may go on. What was brought back until now is kept."

    def left_words(self) -> tuple[str, str]:
        """What becomes of the run when this process is told to leave, and what to do."""
        if self._has_begun:
            return f"The run goes on on {self.line.name}.", "Resume it to follow it again."
        return f"The run was ended while it was being sent to {self.line.name}.", "Resume it; what is there is kept."

    def _sit(self, sitting: Sitting) -> None:
        self._sitting = sitting
        self._far = FarSide(self.line, sitting.key)
        self._fetching = Fetching(self.folder, self._far, str(self.order.get("model", "")))

    def _is_at_work_there(self) -> bool:
        """Whether an earlier sitting has something left to tell; one that has told everything is brought home."""
        self._far.prepare()
        state, told = self._far.look()
        if not state:
            return False  # it was never begun: what was sent of it is gone on with
        if not JobState(state).is_over or told > self._sitting.copied(self.folder):
            return True
        self._fetching.bring_all()
        self._far.forget(self.folder)
        self._sit(Sitting.new(self._place))
        return False

    def _send_everything(self, is_known: bool) -> None:
        fingerprint = str(self.order.get("base") or base_fingerprint(Path(self.order["model"])))
        self._sitting.save(self.folder)
        try:
            has_model = self._reach(fingerprint, is_known)
            self._outage.wait_out(lambda: self._send(fingerprint, has_model))
        except StopAskedError:
            with contextlib.suppress(JobError):
                self._far.forget(self.folder)  # what was sent of the rows
            self._sitting.finish(self.folder)
            raise

    def _reach(self, fingerprint: str, is_known: bool) -> bool:
        """Whether the base model is there. A computer that cannot be reached at first is told at once, and so is a
        Python there that cannot do the work, before any row is sent."""
        try:
            has_model = self._far.prepare(fingerprint, self._refuse_stopped)
            self._far.look()
        except JobError:
            if not is_known:
                self._sitting.finish(self.folder)  # nothing of this job has been there
            raise
        return has_model

    def _send(self, fingerprint: str, has_model: bool) -> None:
        """Send what is missing there. Raises StopAskedError when a stop comes meanwhile."""
        check = self._refuse_stopped
        check()
        model = Path(self.order["model"])
        if not has_model and not self._far.prepare(fingerprint, check):  # it may have arrived before the line dropped
            size = sum(path.stat().st_size for path in model.glob("*.safetensors"))
            self._outage.tell(True, f"Sending the base model ({size / 1e6:,.0f} MB) to {self.line.name}.")
            self._far.send_model(model, fingerprint, check)
        self._outage.tell(True, f"Sending the rows to {self.line.name}.")
        self._far.send_job(self.folder, self.order, fingerprint, check)
        check()

    def _follow(self) -> bool:
        """Copy what is told until the end, True, or until the worker over there is gone without a word, False.

        Raises LineDownError where the line drops.
        """
        follower = Follower(self.line, self._far.follow(self._sitting.copied(self.folder), self._attempt))
        asked = ""
        try:
            for told in follower.told():
                word = stop_word(self.folder)
                if told is not None:
                    self._outage.is_over()
                    self._attempt, self._has_begun = None, True
                elif self._outage.is_on:
                    self._outage.give_up_stopped()
                if word and word != asked and not self._outage.is_on:
                    follower.ask(word)
                    asked = word
                self._fetching.tend()
                if told is not None and told.event and self._take(told.event, told.offset):
                    return True
                if told is not None and told.over:
                    return False
        except OSError as error:
            if error.errno not in NO_ROOM:
                raise
            raise NoRoomHereError("The disk of this computer is full.", "Make room on it.") from error
        finally:
            follower.close()
            self._fetching.drop()
        raise LineDownError(f"The line to {self.line.name} broke.", "")

    def _take(self, line: bytes, offset: int) -> bool:
        """Copy one event; an end only after everything was brought back. Whether it was an end: a stop that nobody
        here asks for is none. That computer was shut down, say, or it is an earlier stop's that was not heard of."""
        event = parse_event(line)
        if event is not None and event.kind in ("stopped", "paused") and not stop_word(self.folder):
            text = f"The run was ended on {self.line.name}; nobody asked for it here."
            self._sitting.note(self.folder, text, event.time, offset)
            return False
        is_end = event is not None and end_state(event) is not None
        if is_end:
            self._fetching.bring_all()
        self._sitting.copy(self.folder, line, offset)
        if is_end:
            self.is_through = True
            if event is not None and event.kind == "done":
                forget_checkpoints(self.folder)
            with contextlib.suppress(JobError):  # its folder stays over there, and nothing is lost here
                self._far.forget(self.folder)
                self._sitting.finish(self.folder)
        elif event is not None and event.kind == "checkpoint":
            self._fetching.ask()
            self._begun_again = 0
        return is_end

    def _begin_again(self) -> None:
        """The worker over there is gone without a word: that computer was started anew, say."""
        self._begun_again += 1
        if self._begun_again > _ATTEMPTS:
            raise JobError(
                f"The run was lost on {self.line.name} {_ATTEMPTS} times, and no checkpoint came in between.",
                "Look what happens there, then resume it, there or elsewhere.",
            )
        message = f"{self.line.name} lost the run; it goes on there from its checkpoint."
        append_event(self.folder, "again", attempt=self._begun_again, of=_ATTEMPTS, message=message, hint="")
        self._attempt = secrets.token_hex(4)

    def _refuse_stopped(self) -> None:
        if stop_word(self.folder):
            raise StopAskedError


def _leave(number: int, frame: FrameType | None) -> None:
    raise LeftError
