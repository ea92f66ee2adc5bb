"""OMP: pi's shape with entries of its own."""

from __future__ import annotations

import json

from pi_lines import Session

from curator.formats.reader import read_transcript


def test_entries_that_only_omp_writes_tell_the_format() -> None:
    session = Session()
    session.entry("session_init", cliVersion="1.0.0")
    session.entry("service_tier_change", tier="default")
    session.asked("Which port?")
    session.used("bash", "8080")
    session.entry("ttsr_injection")
    session.said("Port 8080.")
    transcript = read_transcript(session.data)
    assert (transcript.format, transcript.unknown) == ("omp", {})
    [exchange] = transcript.sessions[0].exchanges
    assert (exchange.prompt, exchange.response) == ("Which port?", "Port 8080.")


def test_the_title_may_stand_before_the_head_or_in_it_and_the_newest_counts() -> None:
    session = Session(title="Ports")
    session.asked("Which port?")
    session.said("8080.")
    session.entry("title_change", title="Ports of the shop")
    first = json.dumps({"type": "title", "title": "Untitled"}).encode() + b"\n"
    [found] = read_transcript(first + session.data).sessions
    assert (found.format, found.title) == ("omp", "Ports of the shop")


def test_a_session_that_a_parent_of_omp_began_is_told_by_its_place() -> None:
    session = Session(parentSession="/home/dev/.omp/agent/sessions/--x--/2026_ab.jsonl")
    session.asked("Hi")
    session.said("Hello.")
    [found] = read_transcript(session.data).sessions
    assert (found.format, found.parent_key) == ("omp", "ab")
