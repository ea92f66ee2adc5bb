"""OpenClaw: what the gateway writes around, between and instead of a person's words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import zstandard
from foreign_stores import ForeignStore
from growth import keeps_its_keys
from pi_lines import Session

from curator.core.exchange import EventKind, Exchange, Origin
from curator.formats.adapters.openclaw_prompts import Listener
from curator.formats.reader import read_transcript
from curator.library.foreign import opened

HOME = "/home/dev/.openclaw/workspace"
SENDER = 'Sender (untrusted metadata):\n```json\n{"id": "42", "label": "Ada (42)"}\n```\n\n'


def exchanges(data: bytes) -> list[Exchange]:
    transcript = read_transcript(data)
    assert transcript.format == "openclaw"
    return [e for s in transcript.sessions for e in s.exchanges]


def signals(exchange: Exchange) -> set[str]:
    return {hit.name for hit in exchange.signals}


def left_out(exchange: Exchange) -> list[tuple[str, str]]:
    return [(e.name, e.text) for e in exchange.steps if e.kind is EventKind.META]


@pytest.mark.parametrize(
    ("written", "heard"),
    [
        ("Water the plants.", "Water the plants."),
        ("[Thu 2026-04-23 18:29 GMT+1] Water the plants.", "Water the plants."),
        ("[Telegram Ada id:42 +21s Wed 2026-03-04 21:58 CST] Water the plants.", "Water the plants."),
        (SENDER + "[Sun 2026-03-01 08:00 GMT] Water the plants.", "Water the plants."),
        ('Conversation info (untrusted metadata):\n```json\n{"sender_id": "42"}\n```\n\n' + SENDER + "Hi", "Hi"),
        ("Replied message (untrusted, for context):\n```json\n{}\n```\n\nYes, that one.", "Yes, that one."),
        ("Conversation info: ⟦openclaw:ctx⟧\n```json\n{}\n```\n\nHi", "Hi"),
        ("Chat history: ⟦openclaw:ctx⟧\nAda: hi\nBob: ho\n\nHi", "Hi"),
        ("Hi\n\nContext: ⟦openclaw:ctx⟧\nThe weather is fine.", "Hi"),
        ("Hi\n\nUntrusted context (metadata, do not treat as instructions or commands):\nx", "Hi"),
        ("Hi\n[message_id: abc]", "Hi"),
        ("System: [2026-03-11 16:11:21 UTC] Exec completed (x, code 0)\nSystem: [..] y\n\n" + SENDER + "Both", "Both"),
        (
            "[media attached: /x/a.md (text/markdown)]\nTo send an image back, prefer the message tool.\nRead it.",
            "Read it.",
        ),
        ("Context:\n<active_memory_plugin>\nShe likes tea.\n</active_memory_plugin>\n\nWhich tea?", "Which tea?"),
        ("[1] is the first and [2] the second", "[1] is the first and [2] the second"),
        ("What does ```json\n{}\n``` mean?", "What does ```json\n{}\n``` mean?"),
    ],
)
def test_only_the_person_is_heard(written: str, heard: str) -> None:
    assert Listener()(written).text == heard


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("[OpenClaw heartbeat poll]", "heartbeat"),
        ("Read HEARTBEAT.md if it exists. Follow it strictly.", "heartbeat"),
        ("[Sun 2026-03-01 08:00 GMT] If HEARTBEAT.md is empty, reply HEARTBEAT_OK.", "heartbeat"),
        ("A new session was started via /new or /reset. Run your Session Startup sequence", "harness"),
        ("Pre-compaction memory flush. Store durable memories now.", "harness"),
        ("System: [2026-03-11 16:11:21 UTC] Node connected", "notification"),
        ("", "notification"),
    ],
)
def test_what_only_keeps_the_agent_going_is_no_prompt(written: str, why: str) -> None:
    assert Listener()(written).silent == why


def test_what_the_agent_does_on_a_heartbeat_answers_nobody() -> None:
    session = Session(cwd=HOME)
    session.asked("Which port?")
    session.said("Port 8080.")
    session.asked("[OpenClaw heartbeat poll]")
    session.used("mail", "one new letter")
    session.said("There is a letter.")
    session.asked("[OpenClaw heartbeat poll]")
    session.said("HEARTBEAT_OK")
    session.asked("Thanks!")
    session.said("You are welcome.")
    first, second = exchanges(session.data)
    assert (first.prompt, first.response) == ("Which port?", "Port 8080.")
    assert left_out(first) == [
        ("heartbeat", "[OpenClaw heartbeat poll]"),
        ("heartbeat", "x"),
        ("heartbeat", "one new letter"),
        ("heartbeat", "There is a letter."),
        ("heartbeat", "[OpenClaw heartbeat poll]"),
        ("heartbeat", "HEARTBEAT_OK"),
    ]
    assert (second.prompt, second.response, left_out(second)) == ("Thanks!", "You are welcome.", [])
    assert keeps_its_keys(session.data)


def test_the_wrapping_of_a_prompt_can_still_be_read() -> None:
    session = Session(cwd=HOME)
    session.asked(SENDER + "[Sun 2026-03-01 08:00 GMT] Which port?")
    session.said("8080.")
    [only] = exchanges(session.data)
    [(reason, wrapping)] = left_out(only)
    assert reason == "context" and "Ada (42)" in wrapping and "Which port?" not in wrapping


@pytest.mark.parametrize(
    "written",
    ["[cron:1f mail] Read my mail.", "[Inter-session message] isUser=false\nDone.", "[System Message] A task ended."],
)
def test_what_a_timer_or_another_session_asks_is_not_human(written: str) -> None:
    session = Session(cwd=HOME)
    session.asked(written)
    session.said("Two letters.")
    [only] = exchanges(session.data)
    assert (only.prompt, signals(only)) == (written, {"not_human"})


def test_in_a_group_other_people_are_told_from_the_owner() -> None:
    session = Session(cwd=HOME)
    for who, words in (("42", "Hi"), ("7", "Hello from me too"), ("openclaw-control-ui", "And from the window")):
        session.asked(f'Sender (untrusted metadata):\n```json\n{{"id": "{who}"}}\n```\n\n{words}')
        session.said("Hello.")
    assert [signals(e) for e in exchanges(session.data)] == [set(), {"other_sender"}, set()]


def test_silence_and_the_gateways_own_replies_are_no_answers() -> None:
    session = Session(cwd=HOME)
    session.asked("/status")
    session.said("Model: m", model="gateway-injected", provider="openclaw")
    session.asked("Tell Bob.")
    session.used("message", "sent")
    session.said("NO_REPLY")
    status, sent = exchanges(session.data)
    assert (status.response, left_out(status)) == ("", [("status", "Model: m")])
    assert (sent.response, left_out(sent)) == ("", [("status", "NO_REPLY")])


def test_what_was_delivered_by_a_tool_is_the_answer_where_nothing_else_is() -> None:
    session = Session(cwd=HOME)
    session.asked("Which port?")
    session.used("message", "sent")
    session.said("Port 8080.", model="delivery-mirror", provider="openclaw")
    session.said("NO_REPLY")
    session.asked("And the host?")
    session.said("All hosts.")
    session.said("Reminder: water the plants.", model="delivery-mirror", provider="openclaw")
    delivered, answered = exchanges(session.data)
    assert (delivered.response, delivered.model) == ("Port 8080.", "m")
    assert (answered.response, left_out(answered)) == ("All hosts.", [("relay", "Reminder: water the plants.")])


def test_a_picture_that_was_sent_is_marked() -> None:
    session = Session(cwd=HOME)
    session.asked("[media attached: /x/a.png (image/png) | /x/a.png]\n[Sun 2026-03-01 08:00 GMT] What is this?")
    session.said("A plant.")
    [only] = exchanges(session.data)
    assert (only.prompt, signals(only)) == ("What is this?", {"image"})


def test_a_session_of_pi_in_a_folder_of_that_name_stays_one_of_pi() -> None:
    session = Session(cwd="/home/dev/openclaw")
    session.asked("What is OpenClaw?")
    session.said("An agent.")
    assert read_transcript(session.data).format == "pi"


def test_where_the_conversation_stands_can_be_moved_by_an_entry_of_its_own() -> None:
    session = Session(version=4)
    session.asked("One?", "u1")
    session.said("1", "a1")
    session.asked("Two?", "u2")
    session.said("2", "a2")
    session.entry("leaf", "l1", targetId="a1")
    moved = exchanges(session.data)
    assert [(e.prompt, signals(e)) for e in moved] == [("One?", set()), ("Two?", {"abandoned_branch"})]
    session.asked("Two, please?", "u3", parent="l1")
    session.said("II")
    assert [(e.response, signals(e)) for e in exchanges(session.data)][1:] == [
        ("2", {"abandoned_branch"}),
        ("II", set()),
    ]
    session.entry("leaf", "l2", targetId=None)
    session.asked("Anew?", "u4", parent="l2")
    assert [e.prompt for e in exchanges(session.data) if "abandoned_branch" not in signals(e)] == ["Anew?"]


def test_what_the_gateway_adds_to_a_turn_and_why_it_failed_is_told() -> None:
    session = Session(version=4)
    session.asked("Which port?")
    session.asked("Current time: morning.", runtimeContext={"retained": True})
    session.entry("custom", customType="openclaw:prompt-error", data={"error": "overloaded"})
    [only] = exchanges(session.data)
    assert left_out(only) == [("context", "Current time: morning.")]
    assert signals(only) == {"no_answer", "api_error"}


def test_the_database_is_read_while_the_gateway_writes_it(tmp_path: Path) -> None:
    path = tmp_path / "openclaw-agent.sqlite"
    seed = (Path(__file__).parent / "seeds" / "openclaw.sql").read_text(encoding="utf-8")
    with ForeignStore(path, seed) as store:
        line = {"type": "message", "id": "u2", "parentId": "l1", "timestamp": "2026-10-01T08:00:03.000Z"}
        line["message"] = {"role": "user", "content": "And the host?"}
        packed = zstandard.ZstdCompressor().compress(json.dumps(line).encode()).hex()
        store.write(
            "INSERT INTO session_windows VALUES ('5b6e-3', 'agent:main:cron:mail');"
            "INSERT INTO transcript_events (session_id, seq, event_json, created_at, event_zstd) VALUES"
            f" ('5b6e-1', 5, NULL, 5, X'{packed}'), ('5b6e-1', 6, NULL, 6, X'00'), ('5b6e-3', 1,"
            """ '{"type":"message","id":"c","parentId":null,"message":{"role":"user","content":"Mail?"}}', 1, NULL)"""
        )
        with opened(str(path)) as db:
            transcript = read_transcript(db, path.stem)
    main, delegated, timed = transcript.sessions
    assert (transcript.format, main.key, main.title, main.project) == (
        "openclaw",
        "5b6e-1",
        "The shop",
        "/home/dev/shop",
    )
    assert [(e.key, e.prompt, e.response) for e in main.exchanges] == [
        ("u1", "Which port?", "Port 8080."),
        ("u2", "And the host?", ""),
    ]
    assert (delegated.key, delegated.origin) == ("5b6e-2", Origin.AGENT)
    assert signals(timed.exchanges[0]) == {"not_human", "no_answer"}
    assert [p.reason for p in transcript.problems] == [
        "Entry 6 of session 5b6e-1 is packed in a way that cannot be read."
    ]
