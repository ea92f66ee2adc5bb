"""Looks for newer versions where the person allows it, tells of one once, and serves that part of the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, QUrl
from PySide6.QtGui import QDesktopServices

if TYPE_CHECKING:
    from curator.services.updates import Release, Standing
    from curator.services.workspace import Workspace
    from curator.ui.dialogs.updates import UpdatesLine
    from curator.ui.tasks import Tasks
    from curator.ui.views.notice_bar import Choice, NoticeBar

FIRST, AGAIN = 20_000, 6 * 3_600_000  # ms from the start until it is looked whether to ask, and from there on


class UpdateDesk(QObject):
    """Belongs to the open library, where the permission is kept."""

    def __init__(self, ws: Workspace, tasks: Tasks, notice: NoticeBar, parent: QObject) -> None:
        super().__init__(parent)
        self._ws, self._tasks, self._notice = ws, tasks, notice
        QTimer.singleShot(FIRST, self, self.look)

    def look(self) -> None:
        """Ask if it is allowed and due; silent unless there is news, and room to tell it."""
        QTimer.singleShot(AGAIN, self, self.look)
        self._tasks.long(self._ask, self._tell, lambda _error: None)

    def serve(self, line: UpdatesLine) -> None:
        """Fill that part of the settings, and do what is asked there."""
        from curator.services import updates

        def show(standing: Standing) -> None:
            if line.isVisible():
                line.show_standing(standing)

        line.allowed.connect(lambda on: self._tasks.write(lambda: updates.allow(self._ws, on)))
        line.look_asked.connect(lambda: self._tasks.long(lambda: updates.check(self._ws, is_asked=True), show))
        line.page_asked.connect(_open)
        self._tasks.read(lambda: updates.standing(self._ws), line.show_standing)

    def _ask(self) -> Release | None:
        from curator.services import updates

        if not updates.standing(self._ws).is_allowed:
            return None
        updates.check(self._ws)
        return updates.take_news(self._ws) if self._notice.isHidden() else None

    def _tell(self, news: Release | None) -> None:
        if news is not None:
            from curator.ui.dialogs.updates import news_of

            page = news.page
            choices: list[Choice] = [("What is new", lambda: _open(page))] if page else []
            self._notice.report(news_of(news), "", choices)


def _open(page: str) -> None:
    QDesktopServices.openUrl(QUrl(page))
