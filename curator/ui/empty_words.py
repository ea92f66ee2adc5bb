"""What an empty exchange list says: why it is empty, and the next step."""

from __future__ import annotations

from typing import NamedTuple

from curator.core.query import Counts
from curator.ui.models.source_list import Source


class EmptyWords(NamedTuple):
    """A title, a detail, and a button; `step` is "clear", "go:<source>" or a command's name."""

    title: str
    detail: str = ""
    button: str = ""
    step: str = ""


def words_for(source: Source | None, text: str, is_narrowed: bool, counts: Counts) -> EmptyWords:
    """The words for an empty list."""
    if text:
        return EmptyWords(
            f"No exchange says “{text}”.",
            "The search looks at prompts and responses, also at edited ones.",
            "Clear the search",
            "clear",
        )
    if is_narrowed:
        return EmptyWords("Nothing here passes the filter.", "", "No filter", "clear")
    key = source.key if source is not None else ""
    if not counts.total:
        return EmptyWords(
            "No exchange yet.",
            "Transcripts appear here as soon as they are read. Drop files or folders anywhere, or try it with samples.",
            "Try it with samples",
            "first_steps",
        )
    if key == "queue:unreviewed":
        detail = f"{counts.clean:,} of these became rows."
        if counts.later:
            return EmptyWords(
                "Nothing left to review here.",
                f"{detail} Next: Later, {counts.later:,}.",
                "Open Later",
                "go:queue:later",
            )
        return EmptyWords("Nothing left to review here.", detail, "Open Clean", "go:queue:clean")
    if key == "queue:clean":
        return EmptyWords(
            "No row yet.",
            "Mark an exchange clean with A: it becomes a row, and rows are what is trained.",
            "Open To review",
            "go:queue:unreviewed",
        )
    if key == "queue:later":
        return EmptyWords(
            "Nothing waits for later.", "Space puts an exchange here.", "Open To review", "go:queue:unreviewed"
        )
    if key == "queue:rejected":
        return EmptyWords(
            "Nothing is rejected.",
            "X rejects an exchange; it is never deleted.",
            "Open To review",
            "go:queue:unreviewed",
        )
    if source is not None and key.startswith("root:") and source.hint:  # followed, whether it is there or not
        return _of_folder(source)
    return EmptyWords("Nothing here.", "", "Open All exchanges", "go:queue:all")


def _of_folder(source: Source) -> EmptyWords:
    if source.mark == "live":
        title, detail = "Nothing came from this folder yet.", f"What is saved in {source.hint} comes in by itself."
    else:
        title = "This folder is not there at the moment."
        detail = f"{source.hint} is followed again as soon as it is back; what came from it stays."
    return EmptyWords(title, detail, "Open All exchanges", "go:queue:all")
