"""The reader: an exchange as it happened, set like a script: who speaks at the left, the words at a readable width."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QApplication, QFrame, QMenu, QScrollArea, QVBoxLayout, QWidget

from curator.core.dropped import Dropped as DroppedRecord
from curator.core.query import ExchangeView
from curator.core.signal import SIGNALS
from curator.ui.controls import Button, ElidedText, Plane, Tag, Text, clear, column, row
from curator.ui.focus import order_tabs
from curator.ui.theme import tall
from curator.ui.views.growing_prose import GrowingProse
from curator.ui.views.links import open_link
from curator.ui.views.markdown import cut, is_in_fence, read_blocks
from curator.ui.views.marks import badges, cover_secrets, cover_title, find_marks
from curator.ui.views.prose import OVERSCAN, Prose, prose_width
from curator.ui.views.provenance import assistant_of, duration_of, heading_of, hour_of, session_of, where_of
from curator.ui.views.spoken import MARGIN, Speaker, Spoken, gutter
from curator.ui.views.step_words import LeftOut, Steered, Step, describe
from curator.ui.views.steps import Dropped, Steps

FIRST_PART = 64 * 1024  # characters that are laid out at once; the rest waits behind "Show more"
NARROW = 700  # points; under this the badges leave the head
BADGES = 3


class Reader(Plane):
    """Shows one exchange and changes nothing."""

    previous_requested = Signal()
    next_requested = Signal()
    places_asked = Signal(str, object)  # a file, and the dropped records whose places in it are to be shown
    copy_asked = Signal(int)  # the exchange whose archived copy is to be written to a folder

    def __init__(self) -> None:
        super().__init__("base")
        self.view: ExchangeView | None = None
        self._search = ""
        self._prose: list[Prose] = []
        self._spoken: list[Spoken] = []
        self._steps: list[Steps] = []
        self._head = self._make_head()
        self._area = QScrollArea()
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setWidgetResizable(True)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.viewport().setAutoFillBackground(False)
        self._area.verticalScrollBar().setSingleStep(24)
        self._script = QVBoxLayout()
        self._unfolded = QTimer(self, singleShot=True, interval=0)  # once for all that comes at a time
        self._unfolded.timeout.connect(self._order_tabs)
        self._clear()
        self._empty = self._make_empty()
        self.setLayout(column(self._head, self._area, self._empty))
        self.setAccessibleName("Reader")
        self.show_exchange(None)

    def show_exchange(self, view: ExchangeView | None) -> None:
        """Show an exchange from its beginning; the same one again keeps the place. None shows the empty place."""
        before, self.view = self.view, view
        self._head.setVisible(view is not None)
        self._area.setVisible(view is not None)
        self._empty.setVisible(view is None)
        if view is None:
            self._clear()
            return
        self._show_head(view)
        if before is not None and _reads_alike(before, view):
            return
        had_focus = self._area.isAncestorOf(QApplication.focusWidget() or self)
        self._clear()
        self._tell(view)
        self._script.addStretch(1)
        self._order_tabs()
        self._fit()
        self._area.verticalScrollBar().setValue(0)
        if had_focus and self._prose:
            self._prose[0].setFocus(Qt.FocusReason.OtherFocusReason)

    def set_search(self, text: str) -> None:
        """Mark the words that were searched for; an empty text marks nothing."""
        if text == self._search:
            return
        self._search = text
        for prose in self._prose:
            prose.set_search(text)

    def unfold_all(self, is_open: bool = True) -> None:
        """Unfold (or fold) every step of the exchange."""
        for steps in self._steps:
            steps.unfold_all(is_open)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._badges.setVisible(self.width() >= NARROW)
        self._fit()

    def _make_head(self) -> Plane:
        self._title = ElidedText("", "heading")
        self._where = ElidedText("", "small", "text3")
        self._badges = QWidget()
        self._badges.setLayout(row(spacing=1.5))
        self._previous = Button(icon="arrow-up", flat=True)
        self._next = Button(icon="arrow-down", flat=True)
        self._more = Button(icon="more", flat=True)
        for button, name, key in (
            (self._previous, "Previous exchange", "K"),
            (self._next, "Next exchange", "J"),
            (self._more, "More about this exchange", ""),
        ):
            button.setAccessibleName(name)
            button.setToolTip(f"{name} ({key})" if key else name)
        self._previous.clicked.connect(self.previous_requested)
        self._next.clicked.connect(self.next_requested)
        self._more.clicked.connect(self._on_more_clicked)
        words = column(None, self._title, self._where, None, spacing=0.5)
        nav = row(self._previous, self._next, self._more, spacing=0)
        bar = row(words, 2, self._badges, 2, nav, margins=(6, 0, 3, 0))
        bar.setStretch(0, 1)
        return Plane("base", "b", bar, height=tall(60, "heading", "small"))

    def _make_empty(self) -> QWidget:
        place = QWidget()
        sentence = Text("Choose an exchange to read it here.", "body", "text2")
        hint = Text("J and K go down and up the list; what you decide is kept at once.", "small", "text3", wrap=True)
        place.setLayout(column(None, sentence, hint, None, None, spacing=1, margins=(6, 6, 6, 6)))
        return place

    def _show_head(self, view: ExchangeView) -> None:
        self._title.setText(cover_title(heading_of(view)))
        session = cover_title(session_of(view))
        self._where.setText(" · ".join(part for part in (session, where_of(view)) if part))
        box = self._badges.layout()
        assert box is not None
        clear(box)
        if view.source_is_gone:
            gone = Tag("source gone", "text2", "sunken", "file")
            gone.setToolTip(f"{view.path} is not there any more. What is shown is kept in the library.")
            gone.setAccessibleDescription(gone.toolTip())
            box.addWidget(gone)
            gone.show()
        found = badges(view.present_signals)
        for badge in found[:BADGES]:
            tag = Tag(badge.words, badge.ink, badge.wash, badge.icon)
            tag.setToolTip(badge.sentence)
            tag.setAccessibleName(badge.words)
            tag.setAccessibleDescription(badge.sentence)
            box.addWidget(tag)
            tag.show()
        if len(found) > BADGES:
            rest = Tag(f"+{len(found) - BADGES}", "text2", "sunken")
            rest.setToolTip("\n".join(f"{badge.words}: {badge.sentence}" for badge in found[BADGES:]))
            box.addWidget(rest)
            rest.show()

    def _clear(self) -> None:
        """Begin with an empty page. The old one goes at once, so that nothing of it is ever seen beside the new."""
        self._prose, self._spoken, self._steps = [], [], []
        old = self._area.takeWidget()
        if old is not None:
            old.hide()
            old.deleteLater()
        page = QWidget()
        self._script = QVBoxLayout(page)
        self._script.setContentsMargins(0, 20, 0, 24)
        self._script.setSpacing(18)
        self._area.setWidget(page)
        page.setAutoFillBackground(False)

    def _tell(self, view: ExchangeView) -> None:
        """Lay the script out: prompt, what happened, answer."""
        self._say("You", hour_of(view.started), view.prompt, "prompt", typed=True)
        speaker, took = assistant_of(view), duration_of(view.started, view.ended)
        acts = describe(view.steps, view.steering, view.path)
        held: list[Step] = []
        dropped: list[LeftOut] = []
        for act in acts:
            match act:
                case Step():
                    held.append(act)
                case LeftOut():
                    dropped.append(act)
                case Steered():
                    speaker, took = self._work(speaker, took, held, [])
                    held = []
                    self._say("You", hour_of(act.hour) or "meanwhile", act.text, "steps", typed=True)
        speaker, took = self._work(speaker, took, held, dropped)
        if view.response.strip():
            self._say(speaker, took, view.response, "response", is_strong=False)
        else:
            self._say_nothing(speaker, view)

    def _work(self, speaker: str, took: str, steps: Sequence[Step], dropped: Sequence[LeftOut]) -> tuple[str, str]:
        """One well of steps and its scissors lines; the speaker is named once, where the assistant first acts."""
        if not steps and not dropped:
            return speaker, took
        part = self._begin(Speaker(speaker, took, is_strong=False, top=3))
        hits = self.view.signals if self.view is not None else ()
        well = Steps(steps, hits) if steps else None
        if well is not None:
            well.made.connect(self._adopt)
            well.resized.connect(self._unfolded.start)
            self._steps.append(well)
            part.add(well)
        for left_out in dropped:
            line = Dropped(left_out, hits)
            line.made.connect(self._adopt)
            line.resized.connect(self._unfolded.start)
            line.unfold_requested.connect(self.unfold_all)
            line.places_asked.connect(self._on_places_asked)
            part.add(line)
        return "", ""

    def _on_places_asked(self, records: tuple[DroppedRecord, ...]) -> None:
        if self.view is not None:
            self.places_asked.emit(self.view.path, records)

    def _say(self, speaker: str, hour: str, text: str, part: str, typed: bool = False, is_strong: bool = True) -> None:
        hits = self.view.signals if self.view is not None else ()
        spoken = self._begin(Speaker(speaker, hour, is_strong))
        name = f"{speaker or 'Answer'}: what was said"

        def show_part(start: int, in_fence: bool) -> None:
            end = start + cut(text[start : start + FIRST_PART + 1], FIRST_PART)
            words, covered = cover_secrets(text, hits, start, end)
            prose = GrowingProse(name)
            prose.set_width(self._column())
            blocks = read_blocks(("```\n" if in_fence else "") + words, typed)
            prose.tell(blocks, lambda doc: find_marks(doc, hits, part, covered, reasons=part == "response"))
            self._adopt(prose)
            spoken.add(prose, is_inset=False)
            if end >= len(text):
                return
            shown = f"{end / 1024:,.0f} of {len(text) / 1024:,.0f} KB"
            more = spoken.add_button(f"Show more · {shown}")

            def on_more_clicked() -> None:
                more.hide()
                show_part(end, is_in_fence(words) != in_fence)
                self._order_tabs()
                self._prose[-1].setFocus(Qt.FocusReason.OtherFocusReason)

            more.clicked.connect(on_more_clicked)

        show_part(0, False)

    def _say_nothing(self, speaker: str, view: ExchangeView) -> None:
        reason = next((hit.name for hit in view.signals if hit.name in _NO_ANSWER), "no_answer")
        part = self._begin(Speaker(speaker, "", is_strong=False))
        part.add(Text(SIGNALS[reason].sentence, "body", "text3"))

    def _begin(self, speaker: Speaker) -> Spoken:
        part = Spoken(speaker)
        self._spoken.append(part)
        self._script.addWidget(part)
        part.show()
        part.set_width(self._column())
        return part

    def _adopt(self, prose: Prose) -> None:
        """Make a piece of text part of the reader: its links, its caret and its search marks."""
        self._prose.append(prose)
        prose.caret_moved.connect(lambda place, prose=prose: self._keep_in_sight(prose, place))
        prose.link_requested.connect(lambda address: open_link(self, address))
        if self._search:
            prose.set_search(self._search)

    def _order_tabs(self) -> None:
        order_tabs(self._more, self._script)

    def _keep_in_sight(self, prose: Prose, caret: QRect) -> None:
        page = self._area.widget()
        if page is not None:
            at = prose.mapTo(page, caret.center())
            self._area.ensureVisible(at.x(), at.y(), 0, 24)

    def _column(self) -> int:
        room = self._area.viewport().width() - gutter() - MARGIN - OVERSCAN
        return max(160, min(prose_width(), room))

    def _fit(self) -> None:
        width = self._column()
        for part in self._spoken:
            part.set_width(width)

    def _on_more_clicked(self) -> None:
        view = self.view
        if view is None:
            return
        menu = QMenu(self)
        menu.addAction("Copy prompt", lambda: QGuiApplication.clipboard().setText(view.prompt))
        menu.addAction("Copy answer", lambda: QGuiApplication.clipboard().setText(view.response))
        menu.addSeparator()
        menu.addAction("Unfold every step", lambda: self.unfold_all(True))
        menu.addAction("Fold every step", lambda: self.unfold_all(False))
        menu.addSeparator()
        menu.addAction("Copy the file's path", lambda: QGuiApplication.clipboard().setText(view.path))
        copy = menu.addAction("Save the whole copy…", lambda: self.copy_asked.emit(view.id))
        copy.setObjectName("save_copy")
        copy.setEnabled(view.is_archived)
        if not view.is_archived:
            copy.setText("Save the whole copy… (once something of it is marked)")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self._more.mapToGlobal(self._more.rect().bottomLeft()))


_NO_ANSWER = ("interrupted", "api_error", "truncated", "no_answer")


def _reads_alike(a: ExchangeView, b: ExchangeView) -> bool:
    """Whether two views read the same: marking, tagging and editing change nothing in the reader."""
    return (a.id, a.prompt, a.response, a.steps, a.steering, a.signals) == (
        b.id,
        b.prompt,
        b.response,
        b.steps,
        b.steering,
        b.signals,
    )
