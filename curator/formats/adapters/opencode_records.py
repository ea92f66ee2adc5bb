"""The shapes of OpenCode's records: only the fields that are read, so that nothing else is decoded."""

from __future__ import annotations

from typing import Any

import msgspec

_RAW = msgspec.Raw()


class Time(msgspec.Struct, gc=False):
    """Milliseconds since 1970."""

    created: float | None = None
    completed: float | None = None
    start: float | None = None
    end: float | None = None


class State(msgspec.Struct, gc=False):
    """How far a tool has come."""

    status: str = ""
    input: msgspec.Raw = _RAW
    output: str | None = None
    error: str | None = None
    time: Time | None = None


class ErrorData(msgspec.Struct, gc=False):
    """What an error says."""

    message: str | None = None


class Error(msgspec.Struct, gc=False):
    """Why an assistant's message ended before its time."""

    name: str = ""
    data: ErrorData | None = None


class Part(msgspec.Struct, gc=False):
    """A part of a message: words, thoughts, a tool with its result, a file."""

    type: str = ""
    id: str | None = None
    text: str | None = None
    synthetic: bool | None = None
    ignored: bool | None = None
    tool: str | None = None
    callID: str | None = None  # noqa: N815
    state: State | None = None
    mime: str | None = None
    filename: str | None = None
    prompt: str | None = None
    command: str | None = None
    error: Error | None = None


class Info(msgspec.Struct, gc=False):
    """Who wrote a message, when, and how it ended. `steers`, which no record holds: whether a person said it while the
    assistant was at work; None where the times have to tell."""

    id: str | None = None
    role: str | None = None
    parentID: str | None = None  # noqa: N815
    time: Time | None = None
    modelID: str | None = None  # noqa: N815
    mode: str | None = None
    agent: str | None = None
    finish: str | None = None
    error: Error | None = None
    summary: Any = None
    steers: bool | None = None


class Message(msgspec.Struct, gc=False):
    """A message with its parts."""

    info: Info | None = None
    parts: list[Part] | None = None


class Revert(msgspec.Struct, gc=False):
    """The message from which on everything was taken back."""

    messageID: str | None = None  # noqa: N815


class SessionInfo(msgspec.Struct, gc=False):
    """A session as the export's head and the database's row tell it."""

    id: str | None = None
    parentID: str | None = None  # noqa: N815
    title: str | None = None
    directory: str | None = None
    time: Time | None = None
    revert: Revert | None = None
