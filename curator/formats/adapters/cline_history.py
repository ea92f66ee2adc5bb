"""Cline's and Roo's messages as they were sent to the model: prompts in tags, tools in blocks or in tags too."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from curator.core.exchange import Event, EventKind
from curator.formats.adapters.message_blocks import blocks_of, has_image, reply_events, result_event
from curator.formats.events import KEEP, clean, dropped, tool_call, tool_result
from curator.formats.loose import as_moment, as_number, as_record, as_text

_NONE: frozenset[str] = frozenset()
_TYPED = re.compile(r"<(task|feedback|user_message|answer|user_input)>\s*(.*?)\s*</\1>", re.S)
_CONTEXT = re.compile(r"<(environment_details|explicit_instructions|file_content|workspace_configuration)[\s>].*", re.S)
_RESULT = re.compile(r"\[([\w-]+)(?: for '(.*?)')?\] Result:\s*", re.S)
_OWN_WORDS = re.compile(r"\[(?:ERROR|TASK RESUMPTION)\]|The user has provided feedback|\[NOTE\]")
_DENIED = ("The user denied", "The user rejected")
_TOOLS = (
    "execute_command|read_file|write_to_file|replace_in_file|apply_diff|insert_content|search_and_replace|search_files|"
    "list_files|list_code_definition_names|browser_action|use_mcp_tool|access_mcp_resource|ask_followup_question|"
    "attempt_completion|plan_mode_respond|new_task|switch_mode|codebase_search|update_todo_list|fetch_instructions|"
    "condense|load_mcp_documentation"
)
_CALL = re.compile(rf"<({_TOOLS})>(.*?)</\1>", re.S)
_FIELD = re.compile(r"<(\w+)>(.*?)</\1>", re.S)
_THOUGHT = re.compile(r"<thinking>(.*?)</thinking>", re.S)
_SAID_BY = {"attempt_completion": "result", "ask_followup_question": "question", "plan_mode_respond": "response"}
"""Tools with which the assistant speaks, and the argument that holds the words."""


def history_events(
    messages: list[tuple[int, dict[str, Any]]], unknown: dict[str, int], system: str = ""
) -> list[Event]:
    """The events of a conversation, its messages numbered."""
    reading = _Reading(unknown)
    events = [event for line, message in messages for event in reading.take(line, message)]
    return [Event(EventKind.SYSTEM, clean(system[:KEEP])), *events] if system else events


class _Reading:
    """One pass over the messages."""

    def __init__(self, unknown: dict[str, int]) -> None:
        self._unknown = unknown
        self._names: dict[str, str] = {}
        self._has_prompt = False
        self._is_waiting = False

    def take(self, line: int, message: dict[str, Any]) -> Iterator[Event]:
        role = as_text(message.get("role"))
        stamp = as_moment(as_number(message.get("ts")))
        id = clean(as_text(message.get("id")))
        blocks = blocks_of(message.get("content"))
        if role == "user":
            yield from self._user(blocks, line, id or (f"{as_number(message['ts']):.0f}" if stamp else ""), stamp)
        elif role == "assistant":
            info = as_record(message.get("modelInfo"))
            model = clean(as_text(info.get("id")) or as_text(info.get("modelId")))
            self._is_waiting = True  # until it calls a tool
            for block in blocks:
                yield from self._answered(block, line, id or f"line-{line}", stamp, model)
        else:
            self._unknown[clean(role)] = self._unknown.get(clean(role), 0) + 1

    def _answered(self, block: dict[str, Any], line: int, id: str, stamp: str, model: str) -> Iterator[Event]:
        """What a block says; a call of a tool that only speaks is what it says."""
        name = as_text(block.get("name"))
        spoken = as_text(as_record(block.get("input")).get(_SAID_BY.get(name, ""))).strip()
        if block.get("type") == "tool_use" and spoken:
            self._names[clean(as_text(block.get("id")))] = name
            self._is_waiting = True
            final = frozenset({"final"}) if name == "attempt_completion" else _NONE
            yield Event(EventKind.REPLY_TEXT, clean(spoken), line, id, "", id, stamp, model, 0, final)
            return
        for event in reply_events([block], line, id, stamp, model, _NONE, self._names, self._unknown):
            if event.kind is EventKind.TOOL_CALL:
                self._is_waiting = False
            yield from self._taken_apart(event)

    def _taken_apart(self, event: Event) -> Iterator[Event]:
        """Words with thoughts and calls in tags, as the older versions asked the model to write them."""
        if event.kind is not EventKind.REPLY_TEXT or "<" not in event.text:
            yield event
            return
        for thought in _THOUGHT.findall(event.text):
            if thought.strip():
                yield event._replace(kind=EventKind.THINKING, text=thought.strip(), id="", flags=_NONE)
        text = _THOUGHT.sub("", event.text)
        at = 0
        for number, call in enumerate(_CALL.finditer(text)):
            yield from _words(event, text[at : call.start()])
            arguments = {name: value.strip() for name, value in _FIELD.findall(call[2])}
            at = call.end()
            spoken = arguments.get(_SAID_BY.get(call[1], ""), "")
            if spoken:
                self._is_waiting = True
                final = frozenset({"final"}) if call[1] == "attempt_completion" else _NONE
                yield event._replace(text=spoken, flags=final)
            else:
                self._is_waiting = False
                name = f"{event.message_id}.{number}"
                yield tool_call(call[1], arguments, event.line, name, event.message_id, event.timestamp)
        yield from _words(event, text[at:])

    def _user(self, blocks: list[dict[str, Any]], line: int, id: str, stamp: str) -> Iterator[Event]:
        words: list[str] = []
        was_waiting = self._is_waiting
        has_result = False
        tool = ""
        for block in blocks:
            kind = as_text(block.get("type"))
            if kind == "tool_result":
                inner = blocks_of(block.get("content"))
                told = "\n".join(as_text(one.get("text")) for one in inner)
                words += [found[2] for found in _TYPED.finditer(told)]
                name = self._names.get(as_text(block.get("tool_use_id")), "")
                if name not in _SAID_BY:
                    has_result = True
                    yield result_event(block, line, stamp, self._names)
            elif kind == "text":
                text = as_text(block.get("text"))
                if result := _RESULT.match(text):
                    tool = clean(result[1])
                    text = text[result.end() :]
                    words += [found[2] for found in _TYPED.finditer(text)]
                    if tool not in _SAID_BY and text.strip():
                        has_result, tool = True, ""
                        yield self._told(text, result[1], line, stamp)
                elif tool and tool not in _SAID_BY:
                    has_result = True
                    yield self._told(text, tool, line, stamp)
                    tool = ""
                else:
                    yield from self._bare(text, words, line, id, stamp)
            elif kind == "file":
                yield dropped("context", as_text(block.get("path")), line, id, stamp)
        asked = clean("\n\n".join(word for word in words if word))
        flags = frozenset({"image"}) if has_image(blocks) and not has_result else _NONE
        if not asked and not flags:
            return
        opens = not self._has_prompt or (was_waiting and not has_result)
        self._has_prompt, self._is_waiting = True, False
        prompt = EventKind.PROMPT if opens else EventKind.STEERING
        yield Event(prompt, asked, line, id, "", "", stamp, "", 0, flags)

    def _bare(self, text: str, words: list[str], line: int, id: str, stamp: str) -> Iterator[Event]:
        """A text that is no tool's result: what was typed goes to `words`, the rest was put around it."""
        typed = [found[2] for found in _TYPED.finditer(text)]
        around = _CONTEXT.search(text)
        if around is not None:
            yield dropped("context", around[0], line, id, stamp)
        rest = text[: around.start()] if around is not None else text
        if typed:
            words += typed
        elif _OWN_WORDS.match(rest.strip()):
            yield dropped("harness", rest, line, id, stamp)
        elif rest.strip():
            words.append(rest.strip())

    def _told(self, text: str, tool: str, line: int, stamp: str) -> Event:
        is_denied = text.startswith(_DENIED)
        flags = frozenset({"rejected_tool"}) if is_denied else _NONE
        return tool_result(text, line, "", stamp, clean(tool), flags)


def _words(event: Event, text: str) -> Iterator[Event]:
    if text.strip():
        yield event._replace(text=text.strip())
