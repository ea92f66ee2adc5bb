"""ATIF, the Agent Trajectory Interchange Format: one document of steps by a person, the system or the agent.

As Harbor writes it (harborframework.com/docs/agents/trajectory-format); other tools export it too.
"""

from __future__ import annotations

from typing import Any

import xxhash

from curator.core.exchange import Event, EventKind, Origin, Problem
from curator.formats.adapters.turns import words_of
from curator.formats.documents import list_items
from curator.formats.events import KEEP, SessionEvents, clean, dropped, tool_call, tool_result
from curator.formats.head import Head
from curator.formats.jsonlines import Source
from curator.formats.loose import as_moment, as_record, as_records, as_text, loads

_IMAGE = frozenset({"image"})


def recognises(head: Head) -> bool:
    """Whether it says its version of the schema."""
    if head.records:
        return any(_is_own(record) for record in head.records[:1])
    return head.is_json and head.has("schema_version", "steps") and b'"ATIF-v' in head.raw


def _is_own(record: dict[str, Any]) -> bool:
    return as_text(record.get("schema_version")).startswith("ATIF-")


def read(data: Source, name: str, problems: list[Problem], unknown: dict[str, int]) -> list[SessionEvents]:
    """One session for each trajectory of the document, and one for each subagent's that is embedded in it."""
    found = []
    for _, raw in list_items(data, problems):
        found += _trajectory(as_record(loads(raw)), unknown, "", name)
    return found


def _trajectory(record: dict[str, Any], unknown: dict[str, int], parent: str, name: str) -> list[SessionEvents]:
    steps = as_records(record.get("steps"))
    agent = as_record(record.get("agent"))
    model = as_text(agent.get("model_name"))
    events: list[Event] = []
    for number, step in enumerate(steps, 1):
        events += _step(step, number, model, unknown)
    key = as_text(record.get("session_id")) or as_text(record.get("trajectory_id")) or name
    if not key:
        words = next((e.text for e in events if e.kind is EventKind.PROMPT), "")
        key = xxhash.xxh3_64_hexdigest(words.encode("utf-8", "replace"))
    if parent:
        key = f"{parent}/{as_text(record.get('trajectory_id')) or key}"
    session = SessionEvents(
        clean(key),
        "atif",
        started=next((e.timestamp for e in events if e.timestamp), ""),
        origin=Origin.AGENT if parent else Origin.HUMAN,
        model=clean(model),
        parent_key=clean(parent),
        joins_replies=False,
        events=events,
    )
    found = [session] if any(e.kind is EventKind.PROMPT for e in events) else []
    if not parent:
        for inner in as_records(record.get("subagent_trajectories")):
            found += _trajectory(inner, unknown, key, name)
    return found


def _step(step: dict[str, Any], number: int, model: str, unknown: dict[str, int]) -> list[Event]:
    source = as_text(step.get("source"))
    stamp = clean(as_moment(step.get("timestamp")))
    text, has_image = words_of(step.get("message"))
    key = f"step-{step['step_id']}" if isinstance(step.get("step_id"), int | str) else f"step-{number}"
    key = clean(key)
    if step.get("is_copied_context") is True:
        return [dropped("repeated", text, number, key, stamp)]
    if source == "user":
        if not text.strip() and not has_image:
            return []
        flags = _IMAGE if has_image else frozenset[str]()
        return [Event(EventKind.PROMPT, clean(text.strip()), number, key, "", "", stamp, "", 0, flags)]
    if source == "system":
        return [Event(EventKind.SYSTEM, clean(text[:KEEP]), number, key, timestamp=stamp)] if text.strip() else []
    if source != "agent":
        unknown[source or "step"] = unknown.get(source or "step", 0) + 1
        return []
    events: list[Event] = []
    if (thought := as_text(step.get("reasoning_content"))).strip():
        events.append(Event(EventKind.THINKING, clean(thought.strip()), number, timestamp=stamp))
    if text.strip():
        who = clean(as_text(step.get("model_name")) or model)
        events.append(Event(EventKind.REPLY_TEXT, clean(text.strip()), number, key, "", key, stamp, who))
    names: dict[str, str] = {}
    for call in as_records(step.get("tool_calls")):
        id, tool = as_text(call.get("tool_call_id")), as_text(call.get("function_name")) or "tool"
        names[id] = tool
        events.append(tool_call(tool, call.get("arguments"), number, clean(id), key, stamp))
    for result in as_records(as_record(step.get("observation")).get("results")):
        id = as_text(result.get("source_call_id"))
        said, _ = words_of(result.get("content"))
        if not id and not names:
            events.append(dropped("status", said, number, "", stamp))
        else:
            events.append(tool_result(said, number, clean(id), stamp, clean(names.get(id, ""))))
    return events
