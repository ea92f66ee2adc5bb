"""Gemini's chats in a Google account, as Takeout gives them: "My Activity" as JSON or as a page, and the conversations
of Workspace, a document each.

Most activities name no chat. What was asked within half an hour of each other is one session then.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from curator.core.exchange import Event, EventKind, Problem
from curator.formats.adapters.gemini_activity import Activity, listed, paged
from curator.formats.adapters.gemini_workspace import conversation
from curator.formats.events import SessionEvents, dropped
from curator.formats.head import Head
from curator.formats.jsonlines import BOM, Source
from curator.formats.loose import loads
from curator.formats.trees import branching_events

_FIELDS = frozenset({"header", "title", "time", "products"})
_LIST = re.compile(rb'\A\[\s*\{\s*"header"\s*:\s*"[^"]{1,80}"\s*,\s*"title"\s*:')
_PAGE = re.compile(rb'<div class="outer-cell[^>]*>\s*<div class="mdl-grid">')
_TURNS = re.compile(rb'"conversation_turns"\s*:\s*\[\s*\{\s*"(?:user|system)_turn"')
_PAUSE = timedelta(minutes=30)


def recognises(head: Head) -> bool:
    """Whether it is a list or a page of activities, or a conversation that is made of turns. Activities with other
    products look the same, and are none of which anything is read."""
    if head.is_list:
        return head.records[0].keys() >= _FIELDS if head.records else head.matches(_LIST)
    return head.matches(_TURNS) if head.is_json else head.is_text and head.matches(_PAGE)


def read(data: Source, name: str, problems: list[Problem], unknown: dict[str, int]) -> Iterator[SessionEvents]:
    """The sessions, the oldest first. A problem's line is the number of its activity or turn."""
    start = bytes(data[:4096]).removeprefix(BOM).lstrip()
    if start.startswith(b"{"):
        yield from conversation(loads(bytes(data).removeprefix(BOM)), name, problems, unknown)
        return
    activities = listed(data, problems) if start.startswith(b"[") else paged(data, problems)
    if all(activity.told.stamp for activity in activities):
        activities.sort(key=lambda activity: activity.told.stamp)
    for key, group in _sessions(activities).items():
        yield SessionEvents(key, "gemini-takeout", started=group[0].told.stamp, events=list(_events(group)))


def _sessions(activities: Iterable[Activity]) -> dict[str, list[Activity]]:
    """Activities of one chat, or of one time, by a key that stays the same when there are more of them."""
    found: dict[str, list[Activity]] = {}
    now, last = "", None
    for activity in activities:
        told = activity.told
        key = told.chat
        if not key:
            if last is None or not _is_near(last, activity):
                now = told.stamp or told.day or f"activity-{activity.number}"
            last, key = activity, now
        found.setdefault(key, []).append(activity)
    return found


def _is_near(before: Activity, after: Activity) -> bool:
    try:
        pause = datetime.fromisoformat(after.told.stamp) - datetime.fromisoformat(before.told.stamp)
    except (ValueError, TypeError):
        return before.told.day == after.told.day  # the clock cannot be read: what was asked that day
    return pause <= _PAUSE


def _events(group: list[Activity]) -> list[Event]:
    """The events of a session: each prompt follows the answer before it, and answers to one prompt are siblings."""
    parents: dict[str, str] = {}
    events: dict[str, list[Event]] = {}
    last = ""
    for activity in group:
        told, key = activity.told, str(activity.number)
        parents[key] = last
        if activity.prompt is None:
            events[key] = [dropped("status", told.title, activity.number, "", told.stamp)]
            last = key
            continue
        id = told.stamp or key
        events[key] = [
            Event(EventKind.PROMPT, activity.prompt, activity.number, id, "", "", told.stamp, "", 0, told.flags)
        ]
        last = key
        for at, words in enumerate(activity.answers(), 1):
            last = f"{key}.{at}"
            parents[last] = key
            reply = f"{id}.{at}"
            events[last] = [Event(EventKind.REPLY_TEXT, words, activity.number, reply, "", reply, told.stamp)]
    return branching_events(parents, last, events.__getitem__)
