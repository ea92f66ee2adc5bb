"""Recorded pairs of other people's readers: a file of each agent, and the conversation that lies in it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from curator.core.exchange import Origin
from curator.core.format import FORMATS
from curator.formats.head import HEAD, Head
from curator.formats.reader import read_transcript
from curator.formats.sniff import sniff

pytestmark = pytest.mark.corpus

PAIRS = [
    f"{format}/{case}"
    for format, cases in {
        "atif": ("cleanup", "tool-calls"),
        "claude-code": ("cleanup", "subagent", "tool-call"),
        "codex": ("cleanup", "tool-calls"),
        "copilot-cli": ("cleanup", "tool-calls"),
        "cursor": ("cleanup", "tool-calls"),
        "droid": ("happy-path",),
        "gemini-cli": ("cleanup", "tool-calls"),
        "hermes": ("cleanup", "tool-calls"),
        "letta-code": ("cleanup", "tool-calls"),
        "omp": ("cleanup", "tool-calls"),
        "openclaw": ("cleanup", "tool-calls"),
        "opencode": ("cleanup", "tool-calls"),
        "openhands": ("cleanup", "tool-calls"),
        "pi": ("cleanup", "tool-calls"),
    }.items()
    for case in cases
]
NAMES = {"letta-code": "letta"}
"""Formats that are called otherwise here."""
MIRRORED = {"openclaw/cleanup": "\n\nReminder sent: meeting notes are due at 5pm."}
"""What they add to an answer and we do not: words sent to a channel by a schedule, which answer nobody's prompt."""


def conversation(records: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """Each prompt of a pair with its final answer: the assistant's words after the last tool, up to the next prompt."""
    prompt: str | None = None
    answer: list[str] = []
    for record in records:
        role = record["role"]
        if role == "user":
            content = record["content"].removesuffix("\n[image]")  # here a picture is a signal, not a word
            if prompt is not None:
                yield prompt, "\n\n".join(answer)
            prompt, answer = content, []
        elif role == "tool" or record.get("tool_calls"):
            answer = []
        elif role == "assistant" and record.get("content"):
            answer.append(record["content"])
    if prompt is not None:
        yield prompt, "\n\n".join(answer)


def test_every_pair_that_lies_there_is_compared(corpus: Path) -> None:
    folder = corpus / "trajectory-fixtures"
    assert sorted(str(p.parent.relative_to(folder)) for p in folder.glob("*/*/expected.json")) == sorted(PAIRS)


@pytest.mark.parametrize("pair", PAIRS)
def test_prompts_and_final_answers_agree(corpus: Path, pair: str) -> None:
    folder = corpus / "trajectory-fixtures" / pair
    [file] = folder.glob("input.*")
    records = json.loads((folder / "expected.json").read_text(encoding="utf-8"))["records"]
    wanted = [(prompt, answer.removesuffix(MIRRORED.get(pair, "\0"))) for prompt, answer in conversation(records)]
    transcript = read_transcript(file.read_bytes(), file.stem)
    name = pair.split("/")[0]
    assert transcript.format == NAMES.get(name, name) and transcript.format in FORMATS
    origin = Origin.AGENT if pair.endswith("/subagent") else Origin.HUMAN
    kept = [
        exchange
        for session in transcript.sessions
        if session.origin is origin  # an embedded subagent is a session of its own
        for exchange in session.exchanges
        if "abandoned_branch" not in {hit.name for hit in exchange.signals}
    ]
    assert [(exchange.prompt, exchange.response) for exchange in kept] == wanted


FOLDERS = {
    "aider": "aider",
    "alpaca": "alpaca",
    "chatgpt-export": "chatgpt",
    "claude-ai-export": "claude-ai",
    "claude-code": "claude-code",
    "claude-code-web": "claude-code-web",
    "cline": "cline",
    "codex": "codex",
    "copilot-cli": "copilot-cli",
    "cursor": "cursor",
    "droid": "droid",
    "gemini-cli": "gemini-cli",
    "hermes": "hermes",
    "letta-code": "letta",
    "omp": "omp",
    "openai-messages": "openai-messages",
    "openclaw": "openclaw",
    "opencode": "opencode",
    "openhands": "openhands",
    "pi": "pi",
    "prompt-completion": "prompt-completion",
    "sharegpt": "sharegpt",
    "specstory-md": "specstory",
    "swe-agent-traj": "swe-agent",
    "text-rows": "text-rows",
}


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_published_file_is_told_by_its_content(corpus: Path, folder: str) -> None:
    found = {file.name: sniff(Head(file.read_bytes()[:HEAD])) for file in (corpus / folder).iterdir()}
    assert found and set(found.values()) == {FOLDERS[folder]}, found
