"""The worker of a run that several train together: starts the ranks, watches their pulse, and begins again from the
checkpoint when one of them is lost."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
import traceback
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Any

from curator.core.errors import CuratorError, JobError
from curator.core.waiting import wait_until
from curator.jobs.away.line import Line
from curator.jobs.away.outage import Outage, StopAskedError, stop_word
from curator.jobs.ending import tell_stop
from curator.jobs.folder import append_event, read_events, read_job
from curator.jobs.progress import end_state
from curator.jobs.ring.ranks import Rank, is_listening, make_ranks, told_bytes
from curator.jobs.runtimes.place import far_places, from_order

LEAST_SILENCE = 120.0
"""Seconds without a word from the first rank that are always allowed, or five times its longest pause so far."""
START_SECONDS = 1800.0
"""Until the first step: a large model on a slow disk, the others on computers that are slow to answer."""
_ATTEMPTS = 3
_SEGMENT, _LOST = 4, 5  # exit codes of a worker that comes back by itself, and of one that leaves it to us
_STILL_SECONDS = 20.0  # without a word, after which the first rank may be waiting for one that cannot be reached
_DEVICE = "device"  # a worker's cause of its end
_LOOK_SECONDS = 0.1
_LEAVING_SECONDS = 2.0  # a first rank that has told its end, until its process is gone
_FAREWELL_SECONDS = 3.0  # less than a starter waits for a job whose end is told
_DONE, _FAILED = 0, 1
_MOVES = frozenset({"train", "valid", "sample", "left", "checkpoint"})


class RingBrokenError(JobError):
    """A rank is gone, or none of them moves any more."""


def attend(folder: Path) -> int:
    """See the job in `folder` through on the ring that its order names. Returns the exit code."""
    try:
        order = read_job(folder)
        RingAgent(folder, order).attend()
    except StopAskedError:
        if not _has_told_its_end(folder):  # as the first rank may have done in its last moment
            tell_stop(folder, stop_word(folder), _where_it_stood(folder))
    except CuratorError as error:
        append_event(folder, "failed", message=error.message, hint=error.hint, cause="other")
        return _FAILED
    except Exception:  # noqa: BLE001  the process boundary: every failure becomes a sentence
        traceback.print_exc()
        append_event(folder, "failed", message="The watch over the ring broke.", hint="Look into the log.")
        return _FAILED
    return _DONE


class RingAgent:
    """One job on one ring."""

    def __init__(self, folder: Path, order: dict[str, Any]) -> None:
        self.folder, self.order = folder, order
        self._spec = from_order(order.get("runtime"))
        self._outage = Outage(folder, " and ".join(Line(place).name for place in far_places(self._spec)))
        self._has_been_whole = False
        self._running: list[subprocess.Popen[bytes]] = []

    def attend(self) -> None:
        """Start the ranks, and again where they are lost: at most three times without a new checkpoint. Once they have
        all been there, one that cannot be reached is waited for."""
        signal.signal(signal.SIGTERM, self._pass_on)
        signal.signal(signal.SIGINT, self._pass_on)
        attempt, reached = 0, self._checkpoint()
        while True:
            try:
                if self._outage.wait_out(self._run) if self._has_been_whole else self._run():
                    return
            except RingBrokenError as error:
                if _has_told_its_end(self.folder):
                    return  # while it was let go
                now = self._checkpoint()
                attempt = 1 if now > reached else attempt + 1
                reached = now
                if attempt > _ATTEMPTS:
                    raise
                hint = "It goes on by itself from its last checkpoint."
                append_event(self.folder, "again", attempt=attempt, of=_ATTEMPTS, message=error.message, hint=hint)

    def _run(self) -> bool:
        """One life of the ring. Whether the run is over; False after a segment. Raises RingBrokenError."""
        ranks: list[Rank] = []
        try:
            ranks = make_ranks(self.folder, self.order, self._spec)
            hosts = [[rank.address] for rank in ranks]
            for rank in ranks:
                rank.make_ready(hosts, self._refuse_stopped)
            self._has_been_whole = True
            self._outage.is_over()
            return self._train(ranks)
        finally:
            self._end_all()
            for rank in ranks:
                rank.leave()
            shutil.rmtree(self.folder / "ranks", ignore_errors=True)

    def _train(self, ranks: list[Rank]) -> bool:
        reader, writer = os.pipe()
        try:
            told = told_bytes(self.folder)  # before it can say that it waits
            try:
                self._running = [ranks[0].start(0, writer)]
            finally:
                os.close(writer)
            if self._wait_for_the_first(ranks[0].address, told):
                for number, rank in enumerate(ranks[1:], start=1):
                    self._running.append(rank.start(number, None))
            return self._watch(ranks, reader)
        finally:
            os.close(reader)

    def _refuse_stopped(self) -> None:
        """While the rows and a base model are sent, no rank is there to hear of a stop."""
        if stop_word(self.folder):
            raise StopAskedError

    def _wait_for_the_first(self, address: str, offset: int) -> bool:
        """It may end at once, and waits for the device as long as another training goes on; the others look for it for
        some seconds only. Whether it is there. Its words begin at `offset`. Raises RingBrokenError where nothing comes
        of it."""
        first = self._running[0]

        def is_known() -> bool:
            return first.poll() is not None or is_listening(first.pid, address)

        heard, is_waiting = time.monotonic(), False
        while not wait_until(is_known, _LOOK_SECONDS, self._outage.give_up_stopped):
            events, offset = read_events(self.folder, offset)
            for event in events:
                heard, is_waiting = time.monotonic(), event.kind == "waiting"
            if not is_waiting and time.monotonic() - heard > START_SECONDS:
                raise RingBrokenError("The ring did not begin: its first process stood still.", "Look into the log.")
        return first.poll() is None

    def _watch(self, ranks: list[Rank], reader: int) -> bool:
        heard = time.monotonic()
        offset, longest, has_pulse = told_bytes(self.folder), 0.0, False
        while True:
            code = self._running[0].poll()  # before the events, so that none comes after an end
            events, offset = read_events(self.folder, offset)
            now = time.monotonic()
            if code is not None:
                return self._ended(code, reader, ranks)
            if not has_pulse or now - heard > max(_STILL_SECONDS, 3 * longest):
                self._outage.give_up_stopped()  # while the ranks look or wait for each other, none of them hears a stop
            if events:
                longest = max(longest, now - heard) if has_pulse else 0.0
                has_pulse = has_pulse or any(event.kind == "train" for event in events)
                heard = now
            elif now - heard > (max(LEAST_SILENCE, 5 * longest) if has_pulse else START_SECONDS):
                raise RingBrokenError("The ring stood still.", "Look whether all its computers are awake.")
            for rank, process in zip(ranks[1:], self._running[1:], strict=False):
                if process.poll() not in (None, 0):
                    return self._ended_around(rank)
            time.sleep(_LOOK_SECONDS)

    def _ended_around(self, gone: Rank) -> bool:
        """One of the others is gone: it was lost, or it saw the first one leave before we did."""
        code: int | None = None
        with suppress(subprocess.TimeoutExpired):
            code = self._running[0].wait(_LEAVING_SECONDS)
        if code == _SEGMENT:
            return False
        if _has_told_its_end(self.folder):
            return True  # also where it is slow to leave: to begin again would train anew what is through
        raise RingBrokenError(self._gone(gone), "Check that computer, then resume the run.")

    def _ended(self, code: int, reader: int, ranks: list[Rank]) -> bool:
        if code == _SEGMENT:
            return False
        if code == _LOST:
            told = json.loads(os.read(reader, 65_536) or b"{}")
            words = str(told.get("message", ""))
            if told.get("cause") == _DEVICE:  # so it calls another rank that is lost, which may know why
                words = next(filter(None, (rank.complaint() for rank in ranks[1:])), words)
            raise RingBrokenError(words or "The ring broke.", str(told.get("hint", "")))
        if _has_told_its_end(self.folder):
            return True
        raise RingBrokenError("The first process of the ring was ended from outside.", "Resume the run.")

    @staticmethod
    def _gone(rank: Rank) -> str:
        return rank.complaint() or f"A process of the ring on {rank.name} is gone."

    def _end_all(self) -> None:
        """Let the others go: with their standard input closed they leave by themselves, here and over there."""
        for process in self._running:
            if process.stdin is not None:
                with suppress(OSError):
                    process.stdin.close()
        deadline = time.monotonic() + _FAREWELL_SECONDS
        for process in self._running:
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            for stream in (process.stdout, process.stderr):
                if stream is not None:
                    stream.close()
        self._running = []

    def _checkpoint(self) -> int:
        events, _ = read_events(self.folder)
        return max((int(event.figures["iteration"]) for event in events if event.kind == "checkpoint"), default=-1)

    def _pass_on(self, number: int, frame: FrameType | None) -> None:
        if not self._running or self._running[0].poll() is not None:
            raise StopAskedError  # while a computer is waited for, say
        self._running[0].send_signal(number)


def _has_told_its_end(folder: Path) -> bool:
    events, _ = read_events(folder)
    return bool(events) and end_state(events[-1]) is not None


def _where_it_stood(folder: Path) -> str:
    """What the ring was at when a stop came that no rank could hear, by the last that was told of it."""
    events, _ = read_events(folder)
    last = next((event for event in reversed(events) if event.kind != "note"), None)
    if last is not None and last.kind == "line" and not last.figures.get("is_up"):
        return f"while {last.figures.get('host') or 'a computer of the ring'} could not be reached"
    if last is not None and last.kind in _MOVES:  # from ranks that had found each other
        return "while the ring stood still"
    return "while the ring was being made"
