"""What became of a row, in a few words: as recorded, how many edits, what is not saved, whether a secret is in it."""

from __future__ import annotations

from curator.core.query import ExchangeView
from curator.ui.views.marks import holds_secret
from curator.ui.views.row_field import LONGEST_EDITED
from curator.ui.views.word_diff import count_edits, word_diff

LONGEST = 40_000  # characters; longer texts are not counted edit by edit while a person types


def summary_of(view: ExchangeView, prompt: str, response: str) -> tuple[str, str]:
    """The words and their ink, for the texts as they stand in the fields."""
    if max(len(prompt), len(response)) > LONGEST_EDITED:
        return f"too long to edit here: {max(len(prompt), len(response)):,} characters", "warn"
    parts: list[str] = []
    if (prompt, response) != (view.row_prompt, view.row_response):
        parts.append("unsaved draft")
    if (prompt, response) == (view.prompt, view.response):
        parts.append("as recorded")
    else:
        edits = _edits(view.prompt, prompt) + _edits(view.response, response)
        parts.append("edited" if edits <= 0 else "1 edit" if edits == 1 else f"{edits:,} edits")
    was_found = any(hit.name == "secret" and hit.part != "steps" for hit in view.signals)
    if was_found or len(prompt) + len(response) <= LONGEST:
        if holds_secret(prompt, view.signals) or holds_secret(response, view.signals):
            return " · ".join(["a secret is in it", *parts]), "bad"
        if was_found:
            parts.append("secret left out")
    return " · ".join(parts), "text3"


def _edits(before: str, after: str) -> int:
    if before == after:
        return 0
    if len(before) + len(after) > LONGEST:
        return -1_000_000  # "edited" says enough, and at once
    return count_edits(word_diff(before, after))
