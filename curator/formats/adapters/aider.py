"""Aider's chat history: a Markdown file that grows, in which the marks at the start of a line say who speaks.

As `aider/io.py` writes it: `# aider chat started at` begins a run, `#### ` each line of a prompt, `> ` each line of
aider's own output; every line of the last two ends with two spaces, which tells them from headings and quotes of the
answer. Everything else is the answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from curator.core.exchange import Event, EventKind, Problem
from curator.core.notes import REPLACED
from curator.formats.events import SessionEvents, clean, dropped
from curator.formats.head import Head
from curator.formats.jsonlines import Source, is_utf8

_START = "# aider chat started at "
_STARTED = re.compile(r"^# aider chat started at (\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)", re.M)
_PROMPT = "#### "
_OWN = "> "
_MODEL = re.compile(r"(?:Main )?[Mm]odels?: (\S+)")
_ASKING = re.compile(r"/(?:ask|code|architect|context)\s+(?=\S)")
"""Commands whose words go to the model as they stand (aider/commands.py); others act on the chat."""
_AUTOMATIC = re.compile(
    r"# Fix any errors below, if possible\.|I ran this command:|The LLM did not conform to the edit format\."
    r"|# \d+ SEARCH/REPLACE blocks? failed to match!|# Question: .*\s+# Relevant docs:"
)
"""How prompts begin that aider writes itself: output of lint and tests, failed edits, its help with the pages found
(aider/coders/base_coder.py, aider/coders/help_prompts.py)."""
_ERROR = re.compile(
    r"(?:litellm\.|openai\.|anthropic\.)\w*Error|API (?:Error|error)|The API provider .* (?:error|limit)"
)
_STOPPED = ("^C KeyboardInterrupt", "^C again to exit")
"""What aider says at ^C: above or below the part of an answer that was there, or at its prompt, where nothing is
stopped: there it has told the tokens of the answer first."""
_COMMAND = re.compile(r"[/!][a-z]")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_SOFT_BREAK = "  "
_LONGEST = 2_000
"""Lines of one message of aider's at most; a command's output can be long."""


def recognises(head: Head) -> bool:
    """Whether a run starts in it; a history that was cut at its front may begin with anything."""
    return not head.is_json and _STARTED.search(head.text) is not None


def read(data: Source, name: str, problems: list[Problem], unknown: dict[str, int]) -> list[SessionEvents]:
    """One session for each run that has a prompt. A run is known by its start, to the second."""
    raw = bytes(data[:])
    if not is_utf8(raw):
        problems.append(Problem(0, REPLACED))
    lines = raw.decode("utf-8", "replace").removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
    if lines[-1].startswith((">", "#")):
        lines.pop()  # still being written: whose it is shows at its end
    found = []
    taken: dict[str, int] = {}
    for stamp, started in _runs(lines):
        taken[stamp] = taken.get(stamp, 0) + 1
        key = f"{stamp or 'start'}" + (f"#{taken[stamp]}" if taken[stamp] > 1 else "")
        run = _Run(stamp.replace(" ", "T"))
        run.read(started)
        if any(e.kind is EventKind.PROMPT for e in run.events):
            found.append(SessionEvents(key, "aider", started=run.started, model=run.model, events=run.events))
    return found


def _runs(lines: list[str]) -> Iterator[tuple[str, list[tuple[int, str]]]]:
    """The start of each run with its lines, numbered from 1; what stands before the first start is a run without."""
    stamp = ""
    inside: list[tuple[int, str]] = []
    for number, line in enumerate(lines, 1):
        if line.startswith(_START) and (start := _STARTED.match(line)) is not None:
            yield stamp, inside
            stamp, inside = f"{start[1]} {start[2]}", []
        else:
            inside.append((number, line))
    yield stamp, inside


class _Run:
    """One pass over the lines of a run, cut into blocks of one voice each."""

    def __init__(self, started: str) -> None:
        self.started = started
        self.model = ""
        self.events: list[Event] = []
        self._ordinal = 0
        self._is_waiting = False  # the answer has not ended
        self._has_words = False  # but it has begun

    def read(self, lines: list[tuple[int, str]]) -> None:
        """Take the lines in; `events` and `model` are what they said."""
        blocks = list(_blocks(lines))
        for at, (voice, first, words) in enumerate(blocks):
            if voice == "prompt":
                after = next((n for n in range(at + 1, len(blocks)) if blocks[n][0] == "prompt"), len(blocks))
                is_answered = any(blocks[n][0] == "reply" for n in range(at + 1, after))
                self._prompt(words, first, is_answered, blocks[after][2] if after < len(blocks) else "")
            elif voice == "own":
                self._own(words, first)
            elif words.strip():
                self._has_words = True
                message = f"line-{first}"
                text = clean(words.strip("\n"))
                self.events.append(Event(EventKind.REPLY_TEXT, text, first, message, "", message, "", self.model))

    def _prompt(self, words: str, line: int, is_answered: bool, next_words: str) -> None:
        words = words.strip()
        self._ordinal += 1
        flags: set[str] = set()
        asking = _ASKING.match(words)
        if asking is not None:
            words = words[asking.end() :]
            if not is_answered and next_words.strip() == words:
                # Aider echoes what goes to the model as a prompt of its own.
                self.events.append(dropped("repeated", words, line))
                return
        elif words in ("", "<blank>") or (_COMMAND.match(words) and not is_answered):
            self.events.append(dropped("command", words, line))
            return
        elif _COMMAND.match(words):
            flags.add("slash_command")
        self._is_waiting = True
        self._has_words = False
        if _AUTOMATIC.match(words):
            flags.add("not_human")
        self.events.append(Event(EventKind.PROMPT, clean(words), line, str(self._ordinal), flags=frozenset(flags)))

    def _own(self, words: str, line: int) -> None:
        if (model := _MODEL.search(words)) is not None:
            self.model = clean(model[1])
        for at, said in enumerate(words.split("\n")):
            if self._is_waiting and said.startswith(_STOPPED):
                self._is_waiting = False
                self.events.append(Event(EventKind.INTERRUPT, clean(said), line + at))
                break
            if self._has_words and said.strip():
                self._is_waiting = False  # whatever else aider says below an answer, it says when that is whole
            if _ERROR.search(said):
                self.events.append(Event(EventKind.API_ERROR, clean(said), line + at))
                break
        else:
            self.events.append(dropped("status", words, line))


def _blocks(lines: list[tuple[int, str]]) -> Iterator[tuple[str, int, str]]:
    """Runs of lines of one voice: who speaks ("prompt", "own", "reply"), the first line's number, and the words."""
    voice = ""
    first = 0
    words: list[str] = []
    for (number, line), speaker in zip(lines, _voices([line for _, line in lines]), strict=True):
        if not line.strip() and speaker == "reply" and voice != "reply":
            speaker = ""
        if speaker != voice:
            if words:
                yield voice, first, "\n".join(words)
            voice, first, words = speaker, number, []
        if speaker == "reply":
            words.append(line)
        elif speaker:
            words.append(line.removeprefix(_PROMPT if speaker == "prompt" else _OWN).rstrip())
    if words:
        yield voice, first, "\n".join(words)


def _voices(lines: list[str]) -> Iterator[str]:
    """Who speaks on each line. An editor may have taken the spaces at the end of lines away: then only fences tell."""
    is_marked = any(line.startswith((_PROMPT, _OWN)) and line.endswith(_SOFT_BREAK) for line in lines)
    fence = ""
    before = ""
    is_going_on = False
    last_break = max((at for at, line in enumerate(lines) if line.endswith(_SOFT_BREAK)), default=-1)
    for at, line in enumerate(lines):
        mark = next((m for m in (_PROMPT, _OWN) if line.startswith(m) or line == m.rstrip()), "")
        if is_going_on and mark != _PROMPT:
            is_going_on = not (line.strip() and line.endswith(_SOFT_BREAK))  # output may have blank lines of spaces
            voice = "own"
        elif mark and (line.endswith(_SOFT_BREAK) if is_marked else not fence):
            is_going_on = False
            voice = "prompt" if mark == _PROMPT else "own"
        elif mark == _OWN and at < last_break and _is_message(lines, at, before):
            is_going_on = True
            voice = "own"
        else:
            is_going_on = False
            voice = "reply"
        fence = _fence(line, fence) if voice == "reply" and not is_marked else ""
        before = voice if line.strip() else ""
        yield voice


def _is_message(lines: list[str], at: int, before: str) -> bool:
    """Whether a message of several lines starts here: only its first line is marked, only its last has the spaces.

    It stands right under another mark, or its paragraph ends with the spaces; a quote of the answer does neither.
    The caller has seen that a line with the spaces follows.
    """
    if before in ("prompt", "own"):
        return True
    for line in lines[at + 1 : at + _LONGEST]:
        if not line.strip() or line.startswith(_OWN):
            return False
        if line.endswith(_SOFT_BREAK):
            return True
    return False


def _fence(line: str, fence: str) -> str:
    """The fence that is open after this line."""
    mark = _FENCE.match(line)
    if mark is None:
        return fence
    if not fence:
        return mark[1]
    return "" if mark[1][0] == fence[0] and len(mark[1]) >= len(fence) else fence
