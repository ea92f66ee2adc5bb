"""The shapes of Cursor's records: only the fields that are read, so that nothing else is decoded."""

from __future__ import annotations

import msgspec


class Name(msgspec.Struct, gc=False):
    """The model that answered."""

    modelName: str | None = None  # noqa: N815


class Address(msgspec.Struct, gc=False):
    """Where a folder lies."""

    fsPath: str | None = None  # noqa: N815
    path: str | None = None


class Workspace(msgspec.Struct, gc=False):
    """The folder in which a conversation was held."""

    uri: Address | None = None


class Subagent(msgspec.Struct, gc=False):
    """Whose agent's conversation it is."""

    parentComposerId: str | None = None  # noqa: N815


class Heading(msgspec.Struct, gc=False):
    """What `composerHeaders` says of a conversation, and the conversation itself as well."""

    name: str | None = None
    workspaceIdentifier: Workspace | None = None  # noqa: N815
    subagentInfo: Subagent | None = None  # noqa: N815


class Tool(msgspec.Struct, gc=False):
    """A tool that was called, and what came of it; arguments and results are strings of JSON, or objects."""

    name: str | None = None
    toolCallId: str | None = None  # noqa: N815
    rawArgs: msgspec.Raw = msgspec.Raw()  # noqa: N815
    params: msgspec.Raw = msgspec.Raw()
    result: msgspec.Raw = msgspec.Raw()
    error: msgspec.Raw = msgspec.Raw()
    status: str | None = None
    userDecision: str | None = None  # noqa: N815


class Bubble(msgspec.Struct, gc=False):
    """A message; `type` is 1 for a person's, 2 for the assistant's."""

    bubbleId: str | None = None  # noqa: N815
    type: int | None = None
    text: str | None = None
    createdAt: float | str | None = None  # noqa: N815
    modelInfo: Name | None = None  # noqa: N815
    capabilityType: int | None = None  # noqa: N815
    thinking: msgspec.Raw = msgspec.Raw()
    toolFormerData: Tool | None = None  # noqa: N815
    errorDetails: msgspec.Raw = msgspec.Raw()  # noqa: N815
    images: list[msgspec.Raw] | None = None


class Composer(Heading, gc=False):
    """A conversation: the order of its bubbles, or, in older versions, the bubbles."""

    createdAt: float | str | None = None  # noqa: N815
    modelConfig: Name | None = None  # noqa: N815
    fullConversationHeadersOnly: list[Bubble] | None = None  # noqa: N815
    conversation: list[Bubble] | None = None
