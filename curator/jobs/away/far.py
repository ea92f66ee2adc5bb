"""The other end of the line: small verbs that run on the other computer, in Curator's own code that was sent there."""

from __future__ import annotations

import json
import os
import select
import shutil
import sys
import time
from pathlib import Path

from curator.core.errors import CuratorError, JobError
from curator.core.job import EVENTS_FILE, LOG_FILE
from curator.core.waiting import wait_until
from curator.jobs import supervisor
from curator.jobs.folder import read_job, write_job
from curator.jobs.runtimes import bundled

_PAUSE = 0.1  # seconds between two looks at the events
_BEAT = 5.0  # seconds between two signs of life
_BLOCK = 1 << 20
_LEAVING_SECONDS = 20.0
_LOG_BYTES = 1 << 20


def main(arguments: list[str]) -> int:
    """Do one verb and print its answer. A failure is a line of JSON, since its sentence is meant for the person."""
    verb, *words = arguments
    try:
        if verb == "settle":
            answer: dict[str, object] = settle(Path(words[0]), words[1])
        elif verb == "begin":
            begin(Path(words[0]), words[2])
            follow(Path(words[0]), int(words[1]))
            return 0
        elif verb == "rank":
            answer = be_rank(Path(words[0]), words[1])
        elif verb == "look":
            answer = look(Path(words[0]))
        elif verb == "follow":
            follow(Path(words[0]), int(words[1]))
            return 0
        elif verb == "halt":
            answer = halt(Path(words[0]))
        elif verb == "forget":
            answer = forget(Path(words[0]))
        else:
            raise JobError(f"Nobody here knows “{verb}”.", "Send the program anew.")
    except CuratorError as error:
        answer = {"message": error.message, "hint": error.hint}
    _say(json.dumps(answer).encode())
    return 0


def settle(part: Path, fingerprint: str) -> dict[str, object]:
    """Make a base model that has arrived ready: its contents have to be what they were where it came from."""
    from curator.tokens.identity import base_fingerprint

    target = part.with_name(fingerprint)
    if target.is_dir():
        shutil.rmtree(part, ignore_errors=True)  # it came twice
        return {"has": True}
    if base_fingerprint(part) != fingerprint:
        raise JobError("The base model did not arrive whole.", "Start the run again; only what differs is sent.")
    for torn in part.glob(".*"):  # of an rsync whose line is gone, and which would put it in place when it notices
        torn.unlink(missing_ok=True)
    part.rename(target)
    return {"has": True}


def begin(folder: Path, attempt: str) -> None:
    """Start the worker. The line may drop before that can be told and the same attempt be asked for again, perhaps
    when the run is through: an attempt is made once. Nothing happens while a worker is there.

    The order names its paths from its own folder; here they become whole.
    """
    begun = folder / "begun"
    if (folder / EVENTS_FILE).is_file():
        if not supervisor.state(folder).is_over:
            return
        if begun.is_file() and begun.read_text(encoding="ascii", errors="replace") == attempt:
            return
    begun.write_text(attempt, encoding="ascii")
    _settle_paths(folder)
    supervisor.start(folder)


def be_rank(folder: Path, number: str) -> dict[str, object]:
    """Become one of the processes of a ring; it ends with the line, which is its standard input."""
    _settle_paths(folder)
    (folder / EVENTS_FILE).unlink(missing_ok=True)
    runtime = bundled()
    environment = runtime.environ(os.environ) | {"MLX_RANK": number, "MLX_HOSTFILE": str(folder / "ring.json")}
    os.execvpe(runtime.command[0], [*runtime.command, "--rank", str(folder)], environment)


def _settle_paths(folder: Path) -> None:
    order = read_job(folder)
    for name in ("model", "data"):
        if name in order:
            order[name] = str((folder / str(order[name])).resolve())
    order.pop("runtime", None)  # over here, it is this program
    write_job(folder, order)


def look(folder: Path) -> dict[str, object]:
    """Where the job stands, how many bytes it has told, and the failure that it told last, if it did."""
    if not (folder / EVENTS_FILE).is_file():
        return {"state": "", "told": 0}
    state, last = supervisor.state(folder), supervisor.last_event(folder)
    failure = str(last.figures.get("message", "")) if last is not None and last.kind == "failed" else ""
    return {"state": state.value, "told": (folder / EVENTS_FILE).stat().st_size, "complaint": failure}


def follow(folder: Path, offset: int) -> None:
    """Print every event line from byte `offset` on as "<offset after it> <line>", with "beat" between them, and "over
    <state>" at the end. Lines on standard input are stop requests; its end means that the line is gone."""
    beaten = 0.0
    inbox = b""
    while True:
        state = supervisor.state(folder)  # before the events, so that none comes after an end
        offset, has_told = _tell_new(folder / EVENTS_FILE, offset)
        if not has_told and state.is_over:
            _say(f"over {state.value}".encode())
            return
        if time.monotonic() - beaten > _BEAT:
            _say(f"beat {state.value}".encode())
            beaten = time.monotonic()
        if not select.select([sys.stdin], [], [], 0.0 if has_told else _PAUSE)[0]:
            continue
        given = os.read(sys.stdin.fileno(), 4096)
        if not given:
            return
        *lines, inbox = (inbox + given).split(b"\n")
        for line in lines:
            if not supervisor.state(folder).is_over:
                supervisor.request_stop(folder, discard=line == b"discard", pause=line == b"pause")


def halt(folder: Path) -> dict[str, object]:
    """Let the job pause, or end it where it takes too long; what is over stays as it is."""
    if (folder / EVENTS_FILE).is_file() and not supervisor.state(folder).is_over:
        supervisor.request_stop(folder, pause=True)
        wait_until(lambda: supervisor.state(folder).is_over, _LEAVING_SECONDS)
        supervisor.kill(folder)
    return look(folder)


def forget(folder: Path) -> dict[str, object]:
    """End the job if it is still at work, and delete its folder with the rows in it. Answers with its log."""
    answer = halt(folder)
    log = folder / LOG_FILE
    if log.is_file():
        answer["log"] = log.read_bytes()[-_LOG_BYTES:].decode(errors="replace")
    if folder.parent.name == "jobs":  # never anything else
        shutil.rmtree(folder, ignore_errors=True)
    return answer


def _tell_new(path: Path, offset: int) -> tuple[int, bool]:
    with path.open("rb") as stream:
        stream.seek(offset)
        data = stream.read(_BLOCK) + stream.readline()  # to the end of a line, however long
    end = data.rfind(b"\n") + 1
    for line in data[:end].split(b"\n")[:-1]:
        offset += len(line) + 1
        _say(b"%d %s" % (offset, line))
    return offset, end > 0


def _say(line: bytes) -> None:
    sys.stdout.buffer.write(line + b"\n")
    sys.stdout.buffer.flush()
