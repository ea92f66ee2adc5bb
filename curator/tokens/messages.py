"""The messages of a row; nothing else is imported for them."""

from __future__ import annotations

from collections.abc import Mapping

Message = Mapping[str, str]
"""One message: `role` ("system", "user" or "assistant") and `content`."""


def chat(prompt: str, response: str | None, system: str = "") -> list[Message]:
    """The messages of a row: an optional system message, the prompt, and the response unless it is None."""
    messages: list[Message] = [{"role": "system", "content": system}] if system else []
    messages.append({"role": "user", "content": prompt})
    if response is not None:
        messages.append({"role": "assistant", "content": response})
    return messages
