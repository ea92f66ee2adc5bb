"""Records that Claude Code writes beside a conversation, and why each is no part of it."""

from __future__ import annotations

from curator.formats.adapters.claude_records import Attachment, Record, raw_text

_STATUS = frozenset(
    [
        "user", "assistant", "progress", "file-history-snapshot", "file-history-delta", "permission-mode", "mode",
        "last-prompt", "ai-title", "custom-title", "agent-name", "agent-setting", "pr-link", "worktree-state",
        "started", "result", "failed", "launched", "agent-color", "tag", "bridge-session", "attribution-snapshot",
        "speculation-accept", "isolation-latch", "atis-latch", "frame-link", "content-replacement", "fork-context-ref",
        "marble-origami-commit", "marble-origami-snapshot", "marble-origami-reset", "history-suppression", "cost-state",
        "observer-ref", "relocated", "continued-in", "ended-by-model", "artifact-comment-monitor",
        "artifact-autoreact-ledger", "memory-mode", "dev-mods", "api-request", "api-request-blob",
    ]
)  # fmt: skip
"""Kinds of records about the program's own state, up to version 2.1.250 or so, as readers of them list them; a reply or
a prompt without a message is one too."""
_CONTEXT = frozenset(
    [
        "file", "edited_text_file", "nested_memory", "opened_file_in_ide", "selected_lines_in_ide", "diagnostics",
        "directory", "compact_file_reference", "date_change", "skill_listing", "deferred_tools_delta",
        "mcp_instructions_delta", "agent_listing_delta", "mcp_resource", "output_style",
    ]
)  # fmt: skip
"""Kinds of attachments that tell the model of its surroundings; the reference on formats, A.1, lists those seen."""


def of_kind(kind: str, record: Record) -> tuple[str, str]:
    """Why a record of this kind is dropped, and how it is shown; the reason `unknown` for a kind never met before."""
    if kind in _STATUS:
        return "status", kind
    if kind == "queue-operation":
        return "queued", raw_text(record.content) or record.operation or kind
    if kind in ("summary", "task-summary"):
        return "summary", record.summary or kind
    return "unknown", kind


def of_attachment(attachment: Attachment) -> tuple[str, str]:
    """Why an attachment is dropped, and how it is shown."""
    kind = attachment.type or "attachment"
    text = raw_text(attachment.prompt) or raw_text(attachment.content)
    shown = f"{kind}: {text}" if text else kind
    if kind == "queued_command":
        return "notification", text or kind
    if kind in _CONTEXT:
        return "context", shown
    if kind.startswith("hook_") or kind == "async_hook_response":
        return "harness", shown
    return ("reminder" if "reminder" in kind or kind.startswith("plan_mode") else "status"), shown
