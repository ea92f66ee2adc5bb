"""What can be done with a run, as a menu: the same at the run itself and in its line of the table."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu, QWidget

from curator.core.job import JobState
from curator.core.run import Run


class Act(StrEnum):
    """One thing to do with a run."""

    RENAME = "rename"
    NOTE = "note"
    COMPARE = "compare"
    SAME_AGAIN = "same again"
    WITHOUT_ROWS = "without rows"
    REPEAT = "how to repeat"
    PAUSE = "pause"
    RESUME = "resume"
    DISCARD = "discard"
    EARLIER = "earlier"
    LATER = "later"
    CANCEL = "cancel"
    PNG = "png"
    SVG = "svg"
    CSV = "csv"
    LOG = "log"
    DETAILS = "details"
    TRASH = "trash"
    RESTORE = "restore"


def acts_of(run: Run, state: JobState, is_compared: bool) -> list[tuple[Act, str, bool] | None]:
    """The acts of a run with their words and whether they can be done now; None parts groups."""
    if run.trashed:
        return [(Act.RESTORE, "Take out of the trash", True), (Act.LOG, "Show log", True)]
    if state is JobState.QUEUED:
        return [
            (Act.EARLIER, "Earlier in line", True),
            (Act.LATER, "Later in line", True),
            None,
            (Act.RENAME, "Rename…", True),
            (Act.NOTE, "Note…", True),
            None,
            (Act.CANCEL, "Take out of the queue", True),
        ]
    runs, over = state is JobState.RUNNING, state.is_over
    acts: list[tuple[Act, str, bool] | None] = [
        (Act.RENAME, "Rename…", True),
        (Act.NOTE, "Note…", True),
        (Act.COMPARE, "Lay over no longer" if is_compared else "Lay over other runs", True),
        None,
        (Act.SAME_AGAIN, "Same settings again", True),
        (Act.WITHOUT_ROWS, "Train again, leaving rows out…", True),
        (Act.REPEAT, "Copy how to repeat this", True),
        None,
    ]
    if not over:
        acts += [(Act.PAUSE, "Pause", runs), (Act.DISCARD, "Stop and discard…", state is not JobState.STOPPING), None]
    elif state.can_resume:
        acts += [(Act.RESUME, "Go on from its last checkpoint", True), None]
    acts += [
        (Act.PNG, "Save the chart as PNG…", True),
        (Act.SVG, "Save the chart as SVG…", True),
        (Act.CSV, "Save the figures as CSV…", True),
        None,
        (Act.LOG, "Show log", True),
        (Act.DETAILS, "Copy details", True),
        None,
        (Act.TRASH, "Move to the trash", over),
    ]
    return acts


def run_menu(parent: QWidget, run: Run, state: JobState, is_compared: bool, do: Callable[[Act], object]) -> QMenu:
    """The menu, which goes when it is closed."""
    menu = QMenu(parent)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    for entry in acts_of(run, state, is_compared):
        if entry is None:
            menu.addSeparator()
            continue
        act, words, is_possible = entry
        action = menu.addAction(words, partial(do, act))
        action.setEnabled(is_possible)
    return menu
