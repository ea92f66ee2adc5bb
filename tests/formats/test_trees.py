"""Conversations that branch: what is kept, what is left, and how much is looked at for it."""

from __future__ import annotations

from functools import cache

from curator.core.exchange import Event, EventKind
from curator.formats.trees import branching_events, leaves, path

ROLES = {
    "u": EventKind.PROMPT,
    "a": EventKind.REPLY_TEXT,
    "t": EventKind.TOOL_RESULT,
    "s": EventKind.SYSTEM,
    "h": EventKind.META,
}


def told(parents: dict[str, str], leaf: str) -> list[str]:
    """The ids of the events, prompts that were left marked with a minus."""

    def events_of(key: str) -> list[Event]:
        return [Event(ROLES[key[0]], key, id=key)]

    events = branching_events(parents, leaf, events_of)
    return [f"-{e.id}" if "abandoned_branch" in e.flags else e.id for e in events]


def test_a_path_ends_at_a_missing_parent_and_at_a_cycle() -> None:
    assert path({"u": "gone", "a": "u"}, "a") == ["u", "a"]
    assert path({"u": "a", "a": "u"}, "a") == ["u", "a"]
    assert path({}, "a") == []
    assert leaves({"u": "", "a": "u", "b": "u"}) == ["a", "b"]


def test_an_edited_prompt_and_a_regenerated_answer_follow_the_kept_way() -> None:
    tree = {"u": "", "a": "u", "u2": "a", "a2": "u2", "u3": "a", "a3": "u3"}
    assert told(tree, "a2") == ["u", "a", "u2", "a2", "-u3", "a3"]
    tree = {"u": "", "t": "u", "a": "t", "a2": "t", "u2": "a2"}
    assert told(tree, "a") == ["u", "t", "a", "-u~a2", "t", "a2", "-u2"]


def test_what_stands_before_a_left_prompt_comes_after_it() -> None:
    assert told({"u": "", "a": "u", "h": "u", "s": "h", "u2": "s", "a2": "u2"}, "a") == [
        "u",
        "a",
        "-u2",
        "h",
        "s",
        "a2",
    ]


def test_a_way_without_any_prompt_is_no_part_of_another_exchange() -> None:
    assert told({"u": "", "a": "u", "a2": "", "t": "a2"}, "a") == ["u", "a"]
    assert told({"u": "", "a": "u", "h": "u"}, "a") == ["u", "a"]


def test_no_message_is_looked_at_again_for_every_way_that_leaves_it() -> None:
    size = 400
    parents = {"u": ""}
    above = "u"
    for number in range(size):
        parents[f"t{number}"] = above
        parents[f"a{number}"] = above = f"t{number}"
    looked = 0

    @cache
    def events_of(key: str) -> list[Event]:
        return [Event(ROLES[key[0]], key, id=key)]

    def counted(key: str) -> list[Event]:
        nonlocal looked
        looked += 1
        return events_of(key)

    events = branching_events(parents, "t0", counted)
    assert sum(e.kind is EventKind.PROMPT for e in events) == size + 1
    assert looked < 6 * len(parents)
    assert len(events) < 5 * len(parents)
