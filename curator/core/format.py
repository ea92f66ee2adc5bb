"""The transcript formats that are read: their names, their titles, and whether their keys can be trusted."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Format:
    """A format that an adapter reads. The adapter is the module of that name in `formats/adapters`.

    `title` is what people call it. `is_keyed` says that a session's key is unique in the world, so that the same key in
    another file is the same session; where it is not (rows of a file), only equal words make a duplicate.
    `voice` is who answers in it, where that is more than "Assistant".
    """

    title: str
    is_keyed: bool = True
    voice: str = ""


FORMATS: dict[str, Format] = {
    "curator-session": Format("Copy of a session", is_keyed=False),
    "claude-code": Format("Claude Code", voice="Claude Code"),
    "codex": Format("Codex", voice="Codex"),
    "claude-code-web": Format("Claude Code on the web", voice="Claude Code"),
    "gemini-cli": Format("Gemini CLI", voice="Gemini"),
    "qwen-code": Format("Qwen Code", voice="Qwen"),
    "kimi": Format("Kimi", is_keyed=False, voice="Kimi"),
    "kiro": Format("Kiro", voice="Kiro"),
    "kiro-ide": Format("Kiro (editor)", voice="Kiro"),
    "stream-json": Format("Captured output"),
    "openhands": Format("OpenHands", voice="OpenHands"),
    "hermes": Format("Hermes", voice="Hermes"),
    "copilot-cli": Format("Copilot CLI", voice="Copilot"),
    "droid": Format("Factory droid", voice="Droid"),
    "letta": Format("Letta", voice="Letta"),
    "openclaw": Format("OpenClaw", voice="OpenClaw"),
    "omp": Format("OMP", voice="OMP"),
    "pi": Format("pi", voice="pi"),
    "deepseek": Format("DeepSeek", voice="DeepSeek"),
    "chatgpt": Format("ChatGPT", voice="ChatGPT"),
    "grok": Format("Grok", voice="Grok"),
    "antigravity": Format("Antigravity", voice="Antigravity"),
    "gemini-takeout": Format("Gemini", voice="Gemini"),
    "ai-studio": Format("Google AI Studio", is_keyed=False, voice="Gemini"),
    "vscode-chat": Format("VS Code chat", voice="Copilot"),
    "cursor": Format("Cursor", voice="Cursor"),
    "cursor-db": Format("Cursor (database)", voice="Cursor"),
    "cursor-cli": Format("Cursor CLI", voice="Cursor"),
    "cline": Format("Cline and Roo", voice="Cline"),
    "continue-dev": Format("Continue", voice="Continue"),
    "amp": Format("Amp", voice="Amp"),
    "opencode": Format("OpenCode", voice="OpenCode"),
    "opencode-db": Format("OpenCode (database)", voice="OpenCode"),
    "open-webui": Format("Open WebUI", voice="Open WebUI"),
    "open-webui-db": Format("Open WebUI (database)", voice="Open WebUI"),
    "zed": Format("Zed", voice="Zed"),
    "goose": Format("Goose", is_keyed=False, voice="Goose"),
    "crush": Format("Crush", voice="Crush"),
    "lm-studio": Format("LM Studio", voice="LM Studio"),
    "llm": Format("llm", voice="llm"),
    "claude-ai": Format("Claude.ai", voice="Claude"),
    "atif": Format("ATIF", is_keyed=False),
    "swe-agent": Format("SWE-agent", is_keyed=False, voice="SWE-agent"),
    "preference": Format("Preference rows", is_keyed=False),
    "sharegpt": Format("ShareGPT", is_keyed=False),
    "openai-messages": Format("Chat rows", is_keyed=False),
    "alpaca": Format("Alpaca", is_keyed=False),
    "prompt-completion": Format("Prompt and completion", is_keyed=False),
    "argilla": Format("Argilla", is_keyed=False),
    "text-rows": Format("Text rows", is_keyed=False),
    "aider": Format("Aider", is_keyed=False, voice="Aider"),
    "specstory": Format("SpecStory"),
    "csv-rows": Format("Table", is_keyed=False),
    "text": Format("Text", is_keyed=False),
}
"""Every format by its name, in the order in which their adapters are asked whether a file is theirs: the most common
and the most particular first, rows and text, which nearly anything resembles, last."""


def title_of(name: str) -> str:
    """What people call a format; its name where it is not known (a library may come from a newer version)."""
    known = FORMATS.get(name)
    return known.title if known is not None else name
