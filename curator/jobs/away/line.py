"""The line to another computer: the system's own ssh and rsync, with the person's own configuration and keys."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from curator.core.errors import JobError
from curator.core.machine import RuntimeSpec

_OPTIONS = (
    # Nobody is there to type a password, and a dead line is to be noticed within a minute.
    *("-o", "BatchMode=yes"),
    *("-o", "ConnectTimeout=20"),
    *("-o", "ServerAliveInterval=15"),
    *("-o", "ServerAliveCountMax=3"),
    # What a person's own configuration asks for besides is meant for their terminal: a shared connection that would
    # outlive us (one that stands already is used), forwarded ports that are taken while another line is open, tmux.
    *("-o", "ControlMaster=no"),
    *("-o", "ClearAllForwardings=yes"),
    *("-o", "RemoteCommand=none"),
)
_DEFAULT_FOLDER = ".curator"
_PLAIN = re.compile(r"[A-Za-z0-9._/+@-]+")
"""What a path over there may consist of, so that no shell and no version of rsync reads anything else into it."""
_HOST = re.compile(r"[A-Za-z0-9._%+][A-Za-z0-9._%+-]*(@[A-Za-z0-9._%+][A-Za-z0-9._%+-]*)*")
"""What ssh and rsync take for a destination; no part of it begins as an option does: rsync hands them on apart."""
_FULL = r"No space left on device|File too large|[Qq]uota exceeded"
_LOOK_SECONDS = 0.05
_FAREWELL_SECONDS = 5.0


Check = Callable[[], None]
"""Asked again and again while something takes long; raises to give up."""


class LineDownError(JobError):
    """The other computer cannot be reached, or the line broke: waiting may help."""

    over = "The line to {} is back."
    """What is told when the waiting did help."""


class NoRoomHereError(LineDownError):
    """What comes over the line finds no room on this computer's disk."""

    over = "There is room on the disk again, and {} is followed."


class NoRoomThereError(JobError):
    """What is written over there finds no room on its disk."""


class NoPythonError(JobError):
    """What is named as the Python over there cannot be started."""


class Line:
    """Runs commands over there and moves files. `host` is an ssh destination; checking its key is ssh's own affair
    and is never switched off here. Raises JobError for a spec that cannot be used."""

    def __init__(self, spec: RuntimeSpec) -> None:
        self.python = spec.python or "python3"
        self.host, port = _destination(spec.host)
        self.name = self.host.rpartition("@")[2]
        self._options = [*_OPTIONS, *spec.options, *(["-p", port] if port else [])]
        folder = spec.folder.strip().removeprefix("~/").rstrip("/") or _DEFAULT_FOLDER
        for word, what in ((self.python.removeprefix("~/"), "Python"), (folder, "folder")):
            if not _PLAIN.fullmatch(word) or word.startswith("-"):
                raise JobError(
                    f"“{word}” cannot be the {what} over there.",
                    "Write a path of letters, digits and . _ / + @ - only; ~/ at its beginning is the home folder.",
                )
        self._folder = folder

    def path(self, *parts: str) -> str:
        """A path over there, as rsync takes it: whole, or beginning at the home folder, where ssh begins too."""
        return "/".join((self._folder, *parts))

    def word(self, *parts: str) -> str:
        """The same as a word of a shell command, always whole."""
        path = self.path(*parts)
        return path if path.startswith("/") else f'"$HOME"/{path}'

    def real_name(self) -> str:
        """The network name behind the one that ssh was given, by its configuration."""
        command = [self._program("ssh"), *self._options, "-G", "--", self.host]
        output = self._finish(_popen(command), "", 20.0, None, "ssh -G")
        words = dict(line.split(" ", 1) for line in output.splitlines() if " " in line)
        return words.get("hostname", self.name)

    def ssh(self, command: str) -> list[str]:
        """The local command that runs `command` over there."""
        return [self._program("ssh"), "-T", *self._options, "--", self.host, command]

    def start(self, command: str) -> subprocess.Popen[bytes]:
        """Run a command over there with its input and output here."""
        return _popen(self.ssh(command))

    def run(self, command: str, given: str = "", patience: float = 60.0, check: Check | None = None) -> str:
        """What a short command over there prints. `check` is asked meanwhile and may raise to give up.

        Raises LineDownError where it cannot be reached, JobError where the command fails.
        """
        return self._finish(self.start(command), given, patience, check, command)

    def send(self, source: str, target: str, *words: str, patience: float = 3600.0, check: Check | None = None) -> None:
        """rsync from here to a path over there; `words` are further options of rsync."""
        self._rsync([*words, "--", source, f"{self.host}:{target}"], patience, check)

    def fetching(self, source: str, target: Path, *words: str) -> subprocess.Popen[bytes]:
        """A running rsync from a path over there to here; ask `fetched` how it went."""
        return _popen(self._rsync_command([*words, "--", f"{self.host}:{source}", str(target)]))

    def fetched(self, process: subprocess.Popen[bytes], patience: float = 3600.0) -> None:
        """Wait for `fetching`. Raises as `send` does, and NoRoomHereError."""
        try:
            self._finish(process, "", patience, None, "rsync")
        except NoRoomThereError as error:  # rsync speaks of where it writes, and that is here
            raise NoRoomHereError("The disk of this computer is full.", "Make room on it.") from error

    def _rsync(self, words: list[str], patience: float, check: Check | None) -> None:
        self._finish(_popen(self._rsync_command(words)), "", patience, check, "rsync")

    def _rsync_command(self, words: list[str]) -> list[str]:
        shell = shlex.join([self._program("ssh"), "-T", *self._options])
        return [self._program("rsync"), "-a", "-e", shell, *words]

    def _finish(
        self,
        process: subprocess.Popen[bytes],
        given: str,
        patience: float,
        check: Check | None,
        command: str,
    ) -> str:
        deadline = time.monotonic() + patience
        data: bytes | None = given.encode()
        try:
            while True:
                try:
                    output, errors = process.communicate(data, timeout=_LOOK_SECONDS if check else patience)
                    break
                except subprocess.TimeoutExpired:
                    data = None  # it has been taken
                    if check is not None:
                        check()
                    if time.monotonic() > deadline:
                        raise LineDownError(f"{self.name} took too long to answer.", "Try again later.") from None
        finally:
            end(process)
        if process.returncode in (0, 24) and (process.returncode == 0 or command == "rsync"):
            return output.decode(errors="replace")  # rsync 24: a file was replaced meanwhile, the next time brings it
        raise self.failure(process.returncode, errors.decode(errors="replace"), command == "rsync")

    def failure(self, code: int, words: str, is_rsync: bool = False) -> JobError:
        """What an exit code and the words beside it mean: ssh itself ends with 255, rsync on a broken line as below."""
        for mark, message, hint in _LASTING:
            if re.search(mark, words):
                return self._refusal(message, hint, words)
        if code == 255 or code < 0 or (is_rsync and code in (10, 12, 20, 30, 35)):
            for mark, message, hint in _PASSING:
                if mark in words:
                    return LineDownError(message.format(self.name), hint)
            return LineDownError(f"The line to {self.name} broke.", _last_line(words))
        if re.search(_FULL, words):
            return NoRoomThereError(f"The disk of {self.name} is full.", "Make room there, then resume the run.")
        if is_rsync and code == 127:
            return JobError(f"There is no rsync on {self.name}.", "Install it there.")
        if code in (126, 127):  # of a shell that finds no such program, or cannot start it
            told = f"There is no Python called {self.python} on {self.name}." if code == 127 else _last_line(words)
            return NoPythonError(told, "Name the path of its Python where the place is added.")
        return JobError(f"{self.name} could not do its part: {_last_line(words) or f'code {code}'}", "See its check.")

    def _refusal(self, message: str, hint: str, words: str) -> JobError:
        """One of `_LASTING`, of this computer or of one on the way to it (ProxyJump), with what to type."""
        name, reach = self.name, self._by_hand()
        if "UNKNOWN port" in words:  # what ssh says itself when the way to it ends before its door
            name = f"the computer on the way to {name}"
            if refused := re.search(r"(\S+@\S+): Permission denied", words):
                reach = refused[1]
        forget = re.search(r"ssh-keygen .*-R .*", words)  # ssh says it itself: the file, and the name in it
        told = hint.format(reach=reach, forget=forget[0] if forget else f"ssh-keygen -R {self.name}")
        sentence = message.format(name)
        return LineDownError(sentence[0].upper() + sentence[1:] if name != self.name else sentence, told)

    def _by_hand(self) -> str:
        """What the person types after `ssh` or `ssh-copy-id` to get there."""
        return shlex.join([*self._options[len(_OPTIONS) :], self.host])

    def _program(self, name: str) -> str:
        found = shutil.which(name)
        if found is None:
            raise JobError(f"There is no {name} on this computer.", f"Install {name}; on Debian: apt install {name}")
        return found


_LASTING = (
    (
        "REMOTE HOST IDENTIFICATION HAS CHANGED",
        "The key of {} is not the one this computer knows: it was set up anew, or another one answers in its place.",
        "Ask whoever looks after it. Only if it was set up anew, forget its old key: {forget}",
    ),
    (
        "Host key verification failed",
        "This computer does not know {} yet.",
        "Connect once by hand and look at its key: ssh {reach}",
    ),
    (
        r"Permission denied \([a-z]",
        "{} does not let you in without a password.",
        "Give it your key: ssh-copy-id {reach}. If your key has a passphrase, type first: ssh-add",
    ),
    ("Too many authentication failures", "{} does not let you in.", "Name one key for it in ~/.ssh/config."),
)
_PASSING = (
    ("Could not resolve", "No computer called {} is known in this network.", "Check its name."),
    ("Connection refused", "{} does not take connections.", "Switch Remote Login (ssh) on there."),
    ("timed out", "{} does not answer.", "Is it awake, and in the same network?"),
    ("No route to host", "{} does not answer.", "Is it awake, and in the same network?"),
)


def end(process: subprocess.Popen[bytes]) -> None:
    """Let go of an ssh or rsync that may still be at work. An rsync that is asked to go takes its half written file
    with it; one that is killed leaves a second process at work for as long as the transfer takes.

    What it has started itself, the way over a third computer say, may hold its output open for as long as a dead line
    takes: that is not waited for.
    """
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(_FAREWELL_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream is not None:
            with suppress(OSError):  # what was not sent any more
                stream.close()


def _destination(host: str) -> tuple[str, str]:
    """What ssh and rsync both take, and the port: of "name", "user@name" or "ssh://user@name:port"."""
    destination, port = host.strip(), ""
    if destination.startswith("ssh://"):
        destination, colon, port = destination.removeprefix("ssh://").rstrip("/").partition(":")
        if colon and not port.isdecimal():
            destination = ""
    if not _HOST.fullmatch(destination):
        raise JobError(f"“{host}” names no computer for ssh.", "Write name, user@name or ssh://user@name:port.")
    return destination, port


def _popen(command: list[str]) -> subprocess.Popen[bytes]:
    try:
        pipe = subprocess.PIPE
        return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe)
    except OSError as error:
        raise JobError(f"{command[0]} could not be started: {error.strerror}.", "Check the installation.") from error


def _last_line(words: str) -> str:
    lines = [line for line in words.strip().splitlines() if line.strip()]
    return lines[-1].strip()[:300] if lines else ""
