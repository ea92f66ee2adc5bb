"""The parts of an answer in VS Code's chat: Markdown with references spliced in, tools, edits, thoughts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from curator.core.exchange import Event, EventKind
from curator.formats.events import clean, dropped, tool_call, tool_result
from curator.formats.loose import as_record, as_records, as_text

_NONE: frozenset[str] = frozenset()
_WORDS = frozenset(["", "markdownContent", "markdownVuln"])
_EDITS = frozenset(["textEditGroup", "notebookEditGroup", "textEdit", "notebookEdit", "workspaceEdit"])
_BETWEEN = frozenset(
    [
        "prepareToolInvocation", "undoStop", "progressMessage", "progressTask", "progressTaskSerialized", "command",
        "extensions", "pullRequest", "multiDiffData", "mcpServersStarting", "treeData", "confirmation", "hook",
        "elicitation", "elicitationSerialized", "clearToPreviousToolInvocation", "reference", "questionCarousel",
        "agentDetection", "disabledClaudeHooks", "mcpServersInteractionRequired", "references", "usedContext",
        "codeCitation", "codeCitations", "externalEdits", "move", "progressTaskResult", "elicitation2", "todoList",
    ]
)  # fmt: skip
"""What the program shows between the words: it says nothing that belongs to an answer."""
_FENCE_BEFORE_EDIT = re.compile(r"\n?[ \t]*`{3,}[\w.+-]*[ \t]*\n?\Z")
_FENCE_AFTER_EDIT = re.compile(r"\A\n?[ \t]*`{3,}[ \t]*(?:\n|\Z)")
_LINK = re.compile(r"\[([^\]]*)\]\(((?:file|vscode-[\w-]+|command):[^)]*)\)")


def response_events(
    parts: object, line: int, id: str, stamp: str, model: str, end: frozenset[str], unknown: dict[str, int]
) -> Iterator[Event]:
    """The answer's parts in order; words with nothing but references between them are one piece. `end` flags words."""
    words = ""
    is_after_edit = False
    for part in as_records(parts):
        kind = as_text(part.get("kind"))
        said = _spliced(part, kind)
        if said is not None:
            words += _FENCE_AFTER_EDIT.sub("", said) if is_after_edit else said
            is_after_edit = False
            continue
        if kind == "codeblockUri":
            # The fence around a code block that became an edit is empty.
            words = _FENCE_BEFORE_EDIT.sub("", words)
            continue
        events = list(_beside(part, kind, line, id, stamp, unknown))
        if events:
            yield from _piece(words, line, id, stamp, model, end)
            words = ""
            yield from events
        is_after_edit = is_after_edit or kind in _EDITS
    yield from _piece(words, line, id, stamp, model, end)


def _spliced(part: dict[str, Any], kind: str) -> str | None:
    """What a part adds to the running words; None where it is none of them."""
    if kind in _WORDS:
        value = part.get("value") if "value" in part else part.get("content")
        return as_text(value) or as_text(as_record(value).get("value"))
    if kind == "inlineReference":
        reference = as_record(part.get("inlineReference"))
        place = as_record(reference.get("location")).get("uri") or reference.get("uri") or reference
        name = as_text(part.get("name")) or as_text(reference.get("name")) or _file(place)
        return f"`{name}`" if name else ""
    return None


def _beside(
    part: dict[str, Any], kind: str, line: int, id: str, stamp: str, unknown: dict[str, int]
) -> Iterator[Event]:
    if kind == "thinking":
        value = part.get("value")
        text = "\n\n".join(map(as_text, value)) if isinstance(value, list) else as_text(value)
        if text.strip():
            yield Event(EventKind.THINKING, clean(text.strip()), line, "", "", id, stamp)
    elif kind in ("toolInvocationSerialized", "toolInvocation"):
        yield from _tool(part, line, id, stamp)
    elif kind in _EDITS:
        yield tool_call("edit", {"path": _file(part.get("uri"), whole=True)}, line, "", id, stamp)
    elif kind in ("warning", "info"):
        said = part.get("content")
        yield dropped("status", as_text(said) or as_text(as_record(said).get("value")), line, id, stamp)
    elif kind not in _BETWEEN:
        unknown[f"part {clean(kind)}"] = unknown.get(f"part {clean(kind)}", 0) + 1


def _tool(part: dict[str, Any], line: int, id: str, stamp: str) -> Iterator[Event]:
    name, call = clean(as_text(part.get("toolId"))), clean(as_text(part.get("toolCallId")))
    special = as_record(part.get("toolSpecificData"))
    details = as_record(part.get("resultDetails"))
    command = special.get("commandLine")
    asked: object = as_text(as_record(command).get("original")) or as_text(command) or as_text(special.get("command"))
    given = special.get("rawInput") or as_text(special.get("prompt"))  # a subagent's
    asked = {"command": asked} if asked else given or details.get("input") or _message(part, "invocation")
    yield tool_call(name, asked, line, call, id, stamp)
    output = details.get("output")
    texts = [as_text(one.get("value") or one.get("text")) for one in as_records(output) if not one.get("isEmbed")]
    told = (
        "\n".join(text for text in texts if text)
        or as_text(output)
        or _terminal(special)
        or as_text(special.get("result"))
        or _message(part, "pastTense")
    )
    confirmed = part.get("isConfirmed")
    is_refused = confirmed is False or (isinstance(confirmed, dict) and confirmed.get("type") == 0)
    if told or part.get("isComplete") or is_refused:
        flags = {"is_error"} if details.get("isError") else set()
        flags |= {"rejected_tool"} if is_refused else set()
        yield tool_result(told, line, call, stamp, name, frozenset(flags) if flags else _NONE)


def _terminal(special: dict[str, Any]) -> str:
    return as_text(as_record(special.get("terminalCommandOutput")).get("text"))


def _message(part: dict[str, Any], which: str) -> str:
    """What the program showed of a tool; a link to a file has an empty label and means the file's name."""
    said = part.get(f"{which}Message")
    return _LINK.sub(
        lambda found: found[1] or _file(found[2].split("#")[0]), as_text(said) or as_text(as_record(said).get("value"))
    )


def _file(place: object, *, whole: bool = False) -> str:
    """The path of a file, or its last part; places are recorded as text or as an object."""
    path = as_text(place) or as_text(as_record(place).get("fsPath")) or as_text(as_record(place).get("path"))
    path = unquote(path) if "%" in path else path
    return path if whole else re.split(r"[/\\]", path)[-1]


def _piece(words: str, line: int, id: str, stamp: str, model: str, end: frozenset[str]) -> Iterator[Event]:
    text = clean(words.strip())
    if text.strip("`\n ") or (text and len(text) < 3):
        yield Event(EventKind.REPLY_TEXT, text, line, id, "", id, stamp, model, 0, end)
