"""ChatGPT's export: the way that was kept, and the ways that were edited or regenerated away."""

from __future__ import annotations

import json
from typing import Any

import pytest

from curator.core.exchange import EventKind, Exchange
from curator.formats.reader import read_events, read_transcript


def node(key: str, parent: str | None, role: str, text: Any, **more: Any) -> dict[str, Any]:
    parts = text if isinstance(text, list) else [text]
    content = more.pop("content", {"content_type": "text", "parts": parts})
    message = {"id": key, "author": {"role": role}, "content": content, "create_time": 1_700_000_000.5, **more}
    return {"id": key, "parent": parent, "children": [], "message": message}


def conversation(current: str, *nodes: dict[str, Any]) -> dict[str, Any]:
    mapping = {n["id"]: n for n in nodes}
    for one in nodes:
        if one["parent"] in mapping:
            mapping[one["parent"]]["children"].append(one["id"])
    return {"title": "Tea", "conversation_id": "c1", "current_node": current, "mapping": mapping}


def exchanges(document: Any) -> list[Exchange]:
    return [e for s in read_transcript(json.dumps(document).encode()).sessions for e in s.exchanges]


def is_left(exchange: Exchange) -> bool:
    return any(hit.name == "abandoned_branch" for hit in exchange.signals)


def test_the_kept_way_is_read_and_an_edited_prompt_is_abandoned() -> None:
    tree = conversation(
        "a2",
        node("u1", None, "user", "Green tea?"),
        node("a1", "u1", "assistant", "Yes."),
        node("u2", "a1", "user", "How hot, in degrees?"),
        node("a2", "u2", "assistant", "Eighty."),
        node("u3", "a1", "user", "How hot?"),
        node("a3", "u3", "assistant", "Quite."),
    )
    found = exchanges([tree])
    assert [(e.key, e.response, is_left(e)) for e in found] == [
        ("u1", "Yes.", False),
        ("u2", "Eighty.", False),
        ("u3", "Quite.", True),
    ]


def test_a_regenerated_answer_is_an_abandoned_exchange_with_the_same_prompt() -> None:
    tree = conversation(
        "b",
        node("u", None, "user", "A poem?"),
        node("a", "u", "assistant", "Ode."),
        node("b", "u", "assistant", "Sonnet."),
    )
    kept, left = exchanges([tree])
    assert (kept.key, kept.response, is_left(kept)) == ("u", "Sonnet.", False)
    assert (left.key, left.prompt, left.response, is_left(left)) == ("u~a", "A poem?", "Ode.", True)


def test_tools_thoughts_hidden_and_system_nodes_are_no_answer() -> None:
    tree = conversation(
        "e",
        node("s", None, "system", "Be kind.", metadata={"is_visually_hidden_from_conversation": True}),
        node("u", "s", "user", "Weather?"),
        node("t", "u", "assistant", "", content={"content_type": "thoughts", "thoughts": [{"content": "Hm."}]}),
        node("c", "t", "assistant", "search('weather')", recipient="web"),
        node("r", "c", "tool", "Sunny"),
        node("d", "r", "assistant", "It is \ue200cite\ue202turn0search1\ue201sunny"),
        node("e", "d", "assistant", "and warm.", end_turn=True),
    )
    [only] = exchanges([tree])
    assert only.response == "It is sunny\n\nand warm."
    assert [(s.kind, s.name) for s in only.steps[:1]] == [(EventKind.META, "hidden")]
    assert [s.kind for s in only.steps[1:]] == [EventKind.THINKING, EventKind.TOOL_CALL, EventKind.TOOL_RESULT]
    assert only.started == "2023-11-14T22:13:20.500Z"


def test_an_image_beside_words_is_flagged_and_an_unfinished_answer_is_cut_off() -> None:
    picture = {"content_type": "image_asset_pointer", "asset_pointer": "file-service://x"}
    tree = conversation(
        "a",
        node("u", None, "user", [picture, "What is it?"]),
        node("a", "u", "assistant", "It is a", status="in_progress"),
    )
    [only] = exchanges(tree)
    assert only.prompt == "What is it?"
    assert {"image", "truncated"} <= {hit.name for hit in only.signals}


def test_a_conversation_without_a_current_node_follows_its_newest_leaf() -> None:
    tree = conversation("gone", node("u", None, "user", "Hi?"), node("a", "u", "assistant", "Hello."))
    assert [e.response for e in exchanges([tree])] == ["Hello."]


def test_a_tree_that_bites_its_tail_is_read_once() -> None:
    tree = conversation("b", node("a", "b", "user", "Egg?"), node("b", "a", "assistant", "Hen."))
    assert [(e.prompt, e.response) for e in exchanges([tree])] == [("Egg?", "Hen.")]


def test_one_broken_conversation_costs_only_itself() -> None:
    good = conversation("a", node("u", None, "user", "Hi?"), node("a", "u", "assistant", "Hello."))
    transcript = read_transcript(json.dumps([good, 7, {**good, "conversation_id": "c2", "create_time": "?"}]).encode())
    assert [s.key for s in transcript.sessions] == ["c1", "c2"]
    assert [p.line for p in transcript.problems] == [2]


def test_an_export_that_breaks_off_gives_what_comes_before() -> None:
    good = conversation("a", node("u", None, "user", "Hi?"), node("a", "u", "assistant", "Hello."))
    whole = json.dumps([good, {**good, "conversation_id": "c2"}]).encode()
    transcript = read_transcript(whole[:-40])
    assert [s.key for s in transcript.sessions] == ["c1"]
    assert "breaks off" in transcript.problems[0].reason


def test_custom_instructions_are_kept_as_what_the_system_was_told() -> None:
    told = {"content_type": "user_editable_context", "user_profile": "I teach.", "user_instructions": "Be brief."}
    tree = conversation(
        "a",
        node("c", None, "user", "", content=told),
        node("u", "c", "user", "Hi?"),
        node("a", "u", "assistant", "Hello."),
    )
    [session] = read_events(json.dumps([tree]).encode()).sessions
    assert (session.events[0].kind, session.events[0].text) == (EventKind.SYSTEM, "I teach.\n\nBe brief.")
    assert len(exchanges([tree])) == 1


def test_an_answer_regenerated_after_a_tool_keeps_what_the_tool_said() -> None:
    tree = conversation(
        "b",
        node("u", None, "user", "Weather?"),
        node("c", "u", "assistant", "search('weather')", recipient="web"),
        node("r", "c", "tool", "Sunny"),
        node("a", "r", "assistant", "Sun."),
        node("b", "r", "assistant", "It is sunny."),
        node("t", "r", "assistant", "search('more')", recipient="web"),
    )
    kept, left, cut = exchanges([tree])
    assert (kept.key, kept.response, len(kept.steps)) == ("u", "It is sunny.", 2)
    assert (left.key, left.response, len(left.steps), is_left(left)) == ("u~a", "Sun.", 2, True)
    assert (cut.key, cut.response, len(cut.steps), is_left(cut)) == ("u~t", "", 3, True)


def test_a_greeting_regenerated_before_any_prompt_changes_no_other_answer() -> None:
    tree = conversation(
        "a",
        node("g", None, "assistant", "Welcome!"),
        node("h", None, "assistant", "Hello!"),
        node("u", "g", "user", "Hi?"),
        node("a", "u", "assistant", "Yes?"),
        node("v", "h", "user", "Hey?"),
    )
    assert [(e.key, e.response, is_left(e)) for e in exchanges([tree])] == [("u", "Yes?", False), ("v", "", True)]


def test_without_links_messages_follow_each_other_and_children_alone_are_links_enough() -> None:
    loose = conversation("", node("u", None, "user", "Hi?"), node("a", None, "assistant", "Hello."))
    assert [(e.prompt, e.response) for e in exchanges([loose])] == [("Hi?", "Hello.")]
    linked = conversation("", node("a", "u", "assistant", "Hello."), node("u", None, "user", "Hi?"))
    linked["mapping"]["a"]["parent"] = None
    assert [(e.prompt, e.response) for e in exchanges([linked])] == [("Hi?", "Hello.")]


def test_without_a_current_node_the_latest_answer_is_the_kept_one() -> None:
    tree = conversation(
        "",
        node("u", None, "user", "A poem?", create_time=1.0),
        node("b", "u", "assistant", "Sonnet.", create_time=3.0),
        node("a", "u", "assistant", "Ode.", create_time=2.0),
    )
    del tree["current_node"]
    assert [(e.response, is_left(e)) for e in exchanges([tree])] == [("Sonnet.", False), ("Ode.", True)]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Sunny \ue200cite\ue202turn0search1\ue202turn0search2\ue201.", "Sunny."),
        ("Sunny\ue200cite\ue202turn0search1\ue201\n\nWarm", "Sunny\n\nWarm"),
        ("Sunny\u30104\u2020source\u3011 and warm \u30104:0\u2020tea.pdf\u3011", "Sunny and warm"),
        ("Sunny :contentReference[oaicite:0]{index=0}.", "Sunny."),
        ('Old \ue200entity\ue202["place","Egypt","a land"]\ue201, once', "Old Egypt, once"),
        ("See \ue200url\ue202Tea\ue202https://tea.example/\ue201.", "See [Tea](https://tea.example/)."),
        ('So \ue200genui\ue202{"math_block":{"content":"V = IR"}}\ue201', "So \\[V = IR\\]"),
        ('Look \ue200image_group\ue202{"query":["tea"]}\ue201 here', "Look here"),
        ("Broken \ue200cite\ue202turn0", "Broken citeturn0"),
        ("A \u2020 footnote, by reference", "A \u2020 footnote, by reference"),
    ],
)
def test_marks_of_sources_go_and_names_links_and_formulas_leave_their_words(written: str, read: str) -> None:
    tree = conversation("a", node("u", None, "user", "?"), node("a", "u", "assistant", written))
    assert [e.response for e in exchanges([tree])] == [read]


def test_a_final_channel_is_the_answer_and_commentary_is_talk_on_the_way() -> None:
    tree = conversation(
        "b",
        node("u", None, "user", "Plan?"),
        node("c", "u", "assistant", "Let me think.", channel="commentary"),
        node("r", "c", "assistant", "", content={"content_type": "reasoning_recap", "content": "Thought for 5 s"}),
        node("a", "r", "assistant", "First,", channel="final"),
        node("b", "a", "assistant", "second.", channel="final", end_turn=True),
        node("m", "b", "assistant", "{}", recipient="bio"),
    )
    tree["current_node"] = "m"
    [only] = exchanges([tree])
    assert only.response == "First,\n\nsecond."
    assert [(s.kind, s.name) for s in only.steps if s.kind is EventKind.META] == [(EventKind.META, "status")]


def test_files_beside_a_prompt_and_a_canvas_beside_an_answer_are_said() -> None:
    files = [{"name": "a.pdf", "mime_type": "application/pdf"}, {"name": "b.png", "mime_type": "image/png"}]
    tree = conversation(
        "b",
        node("u", None, "user", "Write it up.", metadata={"attachments": files}),
        node("c", "u", "assistant", '{"name": "tea"}', recipient="canmore.create_textdoc"),
        node("r", "c", "tool", "Created."),
        node("b", "r", "assistant", "Done."),
    )
    [only] = exchanges([tree])
    assert {"attachment", "image", "answer_in_artifact"} <= {hit.name for hit in only.signals}


def test_hidden_prompts_are_no_prompts_and_what_the_system_was_told_is_known_by_its_mark() -> None:
    tree = conversation(
        "b",
        node("s", None, "user", "I teach.", metadata={"is_user_system_message": True}, weight=0),
        node("h", "s", "user", "Secretly brief.", metadata={"is_visually_hidden_from_conversation": True}),
        node("u", "h", "user", "Hi?"),
        node("b", "u", "assistant", "Hello."),
    )
    [session] = read_events(json.dumps([tree]).encode()).sessions
    assert [(e.kind, e.text) for e in session.events] == [
        (EventKind.SYSTEM, "I teach."),
        (EventKind.META, "Secretly brief."),
        (EventKind.PROMPT, "Hi?"),
        (EventKind.REPLY_TEXT, "Hello."),
    ]


def test_a_task_that_fires_adds_nothing_to_the_last_answer() -> None:
    hidden = {"is_visually_hidden_from_conversation": True}
    tree = conversation(
        "n2",
        node("u", None, "user", "Send me the news every morning."),
        node("h", "u", "user", "What the person has said before.", metadata=hidden),
        node("a", "h", "assistant", "I will."),
        node("t1", "a", "user", "The task fires.", metadata=hidden),
        node("n1", "t1", "assistant", "News of Monday."),
        node("t2", "n1", "user", "The task fires.", metadata=hidden),
        node("n2", "t2", "assistant", "News of Tuesday."),
    )
    told = [(e.prompt, e.response, [hit.name for hit in e.signals]) for e in exchanges([tree])]
    assert told == [
        ("Send me the news every morning.", "I will.", []),
        ("The task fires.", "News of Monday.", ["not_human"]),
        ("The task fires.", "News of Tuesday.", ["not_human"]),
    ]


@pytest.mark.parametrize("role", ["assistant", "tool"])
def test_the_report_of_a_research_is_the_answer_and_not_what_was_said_as_it_began(role: str) -> None:
    tree = conversation(
        "r",
        node("u", None, "user", "Look into tea."),
        node("a", "u", "assistant", "I begin."),
        node("r", "a", role, "# Tea\n\nIt is old.", metadata={"is_async_task_result_message": True}),
    )
    [only] = exchanges([tree])
    assert only.response == "# Tea\n\nIt is old."


def test_speech_without_words_is_a_prompt_and_what_was_quoted_stands_beside_it() -> None:
    speech = {"content_type": "multimodal_text", "parts": [{"content_type": "audio_asset_pointer"}]}
    tree = conversation(
        "d",
        node("a", None, "user", "Hi?"),
        node("b", "a", "assistant", "Hello."),
        node("c", "b", "user", "", content=speech),
        node("e", "c", "assistant", "Two cups."),
        node("f", "e", "user", "Why?", metadata={"targeted_reply": "Two cups"}),
        node("d", "f", "assistant", "", content={"content_type": "system_error", "text": "Too many requests."}),
    )
    first, spoken, quoting = exchanges([tree])
    assert (first.response, spoken.prompt, spoken.response) == ("Hello.", "", "Two cups.")
    assert [hit.name for hit in spoken.signals] == ["attachment"]
    assert (quoting.prompt, quoting.response) == ("Why?", "")
    assert [(step.kind, step.text) for step in quoting.steps] == [
        (EventKind.META, "Two cups"),
        (EventKind.API_ERROR, "Too many requests."),
    ]


def test_an_export_in_a_wrapper_gives_what_is_inside() -> None:
    chat = conversation("b", node("a", None, "user", "Hi?"), node("b", "a", "assistant", "Hello."))
    for filler in ("", "word " * 20_000):
        told = {"conversations": [{"title": filler, **chat}], "user": {}}
        assert [(e.prompt, e.response) for e in exchanges(told)] == [("Hi?", "Hello.")]


def test_shards_give_what_the_whole_export_gives() -> None:
    chats = []
    for number in range(3):
        tree = conversation("a", node("u", None, "user", f"{number}?"), node("a", "u", "assistant", f"{number}."))
        chats.append({**tree, "conversation_id": f"c{number}"})
    whole = read_transcript(json.dumps(chats).encode()).sessions
    shards = [read_transcript(json.dumps(part).encode()).sessions for part in (chats[:2], chats[2:])]
    assert whole == shards[0] + shards[1]
