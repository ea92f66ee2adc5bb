"""Takes out of words what nobody else should read: secrets, names and folders of the person, and any text of theirs."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from curator.screening.secrets import mask

_NOBODY = frozenset({"root", "user", "admin", "ubuntu", "curator", "python", "localhost", "runner", "default", "home"})
_LEAST_NAME = 3  # letters: a shorter name stands in half of all words
_SECRET_NAMES = re.compile(r"(?i)key|secret|token|passw|pwd|credential|cookie|auth")
_LEAST_SECRET = 6
_ANY_HOME = re.compile(r"(?i)(?:\b[a-z]:)?(?:/|%2f|\\{1,2})(?:users|home)(?:/|%2f|\\{1,2})[^/\\%\s\"'”:,;)\]]+")
_ADDRESS = re.compile(r"(?<![\w.+\-])[\w.+\-]+@[\w\-]+(?:\.[\w\-]+)*")
_QUOTED = re.compile(r"“[^”]*”|\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|`[^`]*`")
_OWN_PATH = re.compile(
    r"(?P<root>(?<![\w.])(?:~|<library>)|(?<![\w~>.…/])(?=/(?!(?:usr|opt|s?bin|lib\w*|etc|proc|sys|dev|run|snap|nix|System"
    r"|Applications|Library)/)\w)|\b[A-Za-z]:(?=\\(?!Windows|Program)))[/\\][^\s\"'”,;)\]]*"
    r"(?:(?: [^\s/\\\"'”,;)\]~<]+){0,4} [^\s/\\\"'”,;)\]~<:]+"
    r"(?:[/\\][^\s\"'”,;)\]]*|\.[A-Za-z]\w{0,5}(?=[\s,;:.)]|$)))*"
)
"""A path that is not of the system: its folders bear the names of the person's projects, clients and disks. Words after
a space are of it too where one of them ends in a slash or like the name of a file: rather too much is left out."""
_PASSWORD = re.compile(
    r"(?i)(?P<name>(?:passwor[dt]|passwd|pass(?:phrase|code)|kennwort|pwd)[\w\-]{0,20}\\?[\"']?"
    r"[ \t]{0,3}(?:=>|:=|=|:)[ \t]{0,3})"
    r"(?:\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'|“[^”\n]*”|\S+(?:[ \t]+[^\s,;]+)*)"
)
"""A password with its name, however plain: which words after it are of it too nobody can tell, up to the next comma."""
_PLAIN_NAME = re.compile(r"[\w.\-<>/\[\]:]{1,48}")

_LOGGED = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:,\d+)? [A-Z]+ [\w.]+: .*")
_FRAME = re.compile(r'\s+File "[^"]*", line (?:\d+|\?\?\?)(?: in \S+|, in \S+)?\s*')
_KNOWN = re.compile(
    r"Traceback \(most recent call last\):"
    r"|During handling of the above exception, another exception occurred:"
    r"|The above exception was the direct cause of the following exception:"
    r"|(?:Current t|T)hread 0x[0-9a-f]+ (?:\[\w .\-]+\] )?\(most recent call first\):"
    r"|Fatal Python error: [\w ]+|Windows fatal exception: [\w ]+|Python runtime state: \w+"
    r"|Extension modules: [\w.,+\- ()]+"
    r"|\s+<no Python frame>|\s*\[Previous line repeated \d+ more times?\]|[\s\^~]*|\s+\.\.\."
    r"|Segmentation fault(?: \(core dumped\))?|Aborted(?: \(core dumped\))?|Killed|\[METAL\] [\w .:,()\-]+"
    r"|(?:libc\+\+abi: )?terminat(?:e|ing) [\w :'*.()]*|\[malloc[\w\]() :.,\-]*"
)
_RAISED = re.compile(r"((?:\w+\.)*[A-Z]\w*)(?:: (.*))?")
_TELLING = re.compile(
    r"(?:.*\.)?(?:OSError|\w*(?:Connection|Permission|FileNotFound|FileExists|IsADirectory|NotADirectory|Timeout)\w*Error|BlockingIOError"
    r"|BrokenPipeError|ImportError|ModuleNotFoundError|AttributeError|NameError|UnboundLocalError|TypeError|ZeroDivisionError"
    r"|IndexError|MemoryError|RecursionError|OperationalError|DatabaseError|NotImplementedError|StopIteration|KeyboardInterrupt"
    r"|CuratorError|UnreadableFileError|LibraryError|NotFoundError|ModelError|DatasetError|JobError|OllamaError)"
)
"""Exceptions whose message Python, the system or Curator wrote. That of another may be a text of the person's."""


@dataclass(frozen=True)
class Redactor:
    """`places` are folders with the word that stands for each, `names` words that name the person or the computer,
    `secrets` values that are secret wherever they stand (those of telling variables of the environment)."""

    places: tuple[tuple[str, str], ...] = ()
    names: tuple[tuple[str, str], ...] = ()
    secrets: tuple[str, ...] = ()

    @classmethod
    def of_this_computer(cls, library: Path | None = None, environ: Mapping[str, str] = os.environ) -> Redactor:
        """Knows this person's home, names and environment, and the library's folder."""
        places = [] if library is None else [(one, "<library>") for one in _spellings(library)]
        places += [(one, "~") for one in _spellings(Path.home())]
        names = [(name, "<person>") for name in _person(environ)]
        names += [(part, "<computer>") for part in (platform.node(), platform.node().partition(".")[0])]
        kept = {(name, sign) for name, sign in names if len(name) >= _LEAST_NAME and name.lower() not in _NOBODY}
        secrets = {v for k, v in environ.items() if _SECRET_NAMES.search(k) and _is_hidden(v)}
        return cls(
            tuple((path, sign) for path, sign in places if len(path) > 1),
            tuple(sorted(kept, key=lambda pair: -len(pair[0]))),
            tuple(sorted(secrets, key=lambda value: -len(value))),
        )

    def text(self, words: str) -> str:
        """The words with secrets as “[kind]”, folders of the person as “~”, names and addresses as a sign."""
        for value in self.secrets:
            words = words.replace(value, "[from the environment]")
        words = mask(_PASSWORD.sub(r"\g<name>[password]", words))
        for path, sign in self.places:
            words = words.replace(path, sign)
        words = _ANY_HOME.sub("~", words)
        words = _ADDRESS.sub("<address>", words)
        return self._names.sub(lambda match: self._signs[match.group().lower()], words) if self.names else words

    def sentence(self, words: str) -> str:
        """A message of the program: what it quotes is left out as well, but for short names without a space, and what
        lies where in the person's folders."""
        return _OWN_PATH.sub(r"\g<root>/…", self.text(_QUOTED.sub(_unquoted, words.replace("\n", " "))))

    def log(self, words: str) -> str:
        """Lines of a log of which the shape is known: what was logged, tracebacks, where a process stood when it died.
        Every other line could be a text of the person's: only their number is told."""
        kept: list[str] = []
        left_out, after_frame = 0, False
        for line in words.splitlines():
            is_code = after_frame and line.startswith("    ")
            after_frame = bool(_FRAME.fullmatch(line))
            shown = line if is_code or after_frame or _KNOWN.fullmatch(line) else self._message(line)
            if shown is None:
                left_out += 1
                continue
            is_place = is_code or after_frame
            kept += [*_told(left_out), self.text(shown) if is_place else self.sentence(shown)]
            left_out = 0
        return "\n".join([*kept, *_told(left_out)])

    def _message(self, line: str) -> str | None:
        if _LOGGED.fullmatch(line):
            return line
        raised = _RAISED.fullmatch(line)
        if raised is None:
            return None
        name, message = raised.groups()
        if message is None:
            return line if name.endswith(("Error", "Exception", "Exit", "Interrupt", "Iteration", "Warning")) else None
        return line if _TELLING.fullmatch(name) else f"{name}: (its message is left out)"

    @cached_property
    def _names(self) -> re.Pattern[str]:
        return re.compile(rf"(?i)(?<![a-z0-9])(?:{'|'.join(re.escape(name) for name, _ in self.names)})(?![a-z0-9])")

    @cached_property
    def _signs(self) -> dict[str, str]:
        return {name.lower(): sign for name, sign in self.names}


def _unquoted(match: re.Match[str]) -> str:
    """Python quotes the names of attributes, which help; “…” are Curator's, around things that the person named."""
    quoted = match.group()
    is_plain = quoted[0] != "“" and _PLAIN_NAME.fullmatch(quoted[1:-1])
    return quoted if is_plain else f"{quoted[0]}…{quoted[-1]}"


def _told(left_out: int) -> Iterable[str]:
    if left_out:
        yield f"({left_out} {'line' if left_out == 1 else 'lines'} of unknown shape left out)"


def _spellings(folder: Path) -> list[str]:
    """A folder as it is named and as it really lies, with both kinds of slashes, the longest first."""
    named = {str(folder), str(folder.absolute()), os.path.realpath(folder)}
    also = {path.replace("\\", "\\\\") for path in named} | {path.replace(" ", "%20") for path in named}
    return sorted((named | also) - {"/", "."}, key=lambda path: -len(path))


def _person(environ: Mapping[str, str]) -> list[str]:
    names = [environ.get(key, "") for key in ("USER", "LOGNAME", "USERNAME", "SUDO_USER")]
    names.append(Path.home().name)
    try:
        import pwd

        entry = pwd.getpwuid(os.getuid())
        names += [entry.pw_name, entry.pw_gecos.partition(",")[0]]
    except (ImportError, KeyError):  # Windows, or a user that the system does not know
        return names
    return names


def _is_hidden(value: str) -> bool:
    """Whether this value of a telling variable is no path, number or switch."""
    return len(value) >= _LEAST_SECRET and not value.isdigit() and not value.startswith(("/", "~", "."))
