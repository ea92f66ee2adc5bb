"""What assistants will delete of the library's files: said below the lists, with the one setting that ends it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from curator.ui.doubts import Question

if TYPE_CHECKING:
    from curator.services.keeping import Cleanup, Deletion
    from curator.services.workspace import Workspace
    from curator.ui.tasks import Tasks
    from curator.ui.views.sidebar import Sidebar


_STEP = "Keep them longer…"


class KeepingDesk(QObject):
    """Nothing is written before a person chose it: the settings file is the other program's."""

    asked = Signal(object)  # Question
    offered = Signal(object)  # Question that nobody waits for: said where the sidebar is folded away
    told = Signal(str)  # what was done

    def __init__(self, workspace: Workspace, tasks: Tasks, sidebar: Sidebar) -> None:
        super().__init__(sidebar)
        self._ws, self._tasks, self._sidebar = workspace, tasks, sidebar
        self._deletion: Deletion | None = None
        self._is_said = False
        sidebar.notice_pressed.connect(self.ask)

    def show(self, deletion: Deletion | None) -> None:
        """What was found, or that there is nothing any more."""
        self._deletion = deletion
        words = "" if deletion is None else deletion.sentence
        self._sidebar.set_notice(words, step=_STEP if words else "")
        if words and not self._is_said and not self._sidebar.isVisible():
            self._is_said = True
            self.offered.emit(Question(words, "", [(_STEP, self.ask)]))

    def ask(self) -> None:
        """What can be done about it, with the file and the setting by their names."""
        from curator.services import keeping

        self._tasks.read(keeping.cleanup, self._ask)

    def _ask(self, cleanup: Cleanup) -> None:
        deletion = self._deletion
        if deletion is None:
            return
        question = Question(f"{deletion.agent} keeps its sessions for {_days(cleanup.days)}.", cleanup.offer, [])
        if cleanup.can_be_raised:
            question.choices.append(("Keep them for ten years", self._raise))
        question.choices.append(("Copy the files whole", lambda: self._copy(deletion)))
        question.choices.append(("Leave it", lambda: None))
        self.asked.emit(question)

    def _raise(self) -> None:
        from curator.services import keeping

        def done(cleanup: Cleanup) -> None:
            self.told.emit(f"Written into {cleanup.file}: sessions are kept for {_days(cleanup.days)}.")
            self.show(None)

        self._tasks.read(keeping.raise_cleanup, done)

    def _copy(self, deletion: Deletion) -> None:
        from curator.services import keeping

        files = f"{len(deletion.sources):,} file{'s are' if len(deletion.sources) != 1 else ' is'}"
        self._tasks.write(
            lambda: keeping.keep_whole(self._ws, deletion),
            lambda _changes: self.told.emit(f"{files} being copied whole into the library's folder."),
        )


def _days(days: float | None) -> str:
    if days is None:
        return "a time that is not understood here"
    if days >= 700:
        return f"{days / 365:,.0f} years"
    return f"{days:g} day{'s' * (days != 1)}"
