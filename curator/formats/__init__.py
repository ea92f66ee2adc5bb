"""Transcript formats: bytes in, exchanges out. Pure: no disk, no database."""

FORMATS: dict[str, str] = {
    "claude-code": "Claude Code",
    "codex": "Codex",
    "chatgpt": "ChatGPT",
    "openai-messages": "Chat rows",
    "sharegpt": "ShareGPT",
    "text": "Text",
}
"""Every format that is read, by name, with its title for people."""
