"""Paints an exchange as a card of two lines: state, prompt, tokens; response, signals."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, cast

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QGuiApplication, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from curator.core.query import Card
from curator.core.row import State
from curator.core.signal import SIGNALS, SignalKind
from curator.ui.controls import LEFT, RIGHT, paint_icon, paint_pill, pill_width
from curator.ui.models.exchange_table import Role
from curator.ui.theme import Scheme, font, metrics, scheme_of
from curator.ui.views.markdown import unmarked

LINE = 20  # points that a line of a card takes at least; with large text more
NARROWEST = 3  # pixels that a letter takes at least, over some words
BADGES = 2  # shown at most; the others become a number

STATES = {
    State.UNREVIEWED: ("circle", "text3"),
    State.CLEAN: ("check-circle", "good"),
    State.LATER: ("clock", "text3"),
    State.REJECTED: ("x", "text3"),
}
ICONS = {
    "secret": "secret",
    "context_dep": "context",
    "context_bare": "context",
    "after_compaction": "context",
    "local_context": "local",
    "corrected_next": "corrected",
    "corrected_midstream": "corrected",
    "confirmed_next": "check",
    "no_answer": "alert",
    "interrupted": "stop",
    "api_error": "alert",
    "truncated": "cut",
    "personal_data": "eye-off",
    "tool_heavy": "terminal",
    "image": "eye",
    "duplicate": "copy",
}
_INKS = {SignalKind.GATE: "warn", SignalKind.SOFT: "warn", SignalKind.INFO: "text2"}
_SILENT = frozenset({"language", "tool_heavy"})  # said in the reader, not worth a badge


def card_height() -> int:
    """Points of a card: 64 with the usual size of text."""
    first, second = _lines()
    return 24 + first + second


def _lines() -> tuple[int, int]:
    """The heights of its two lines."""
    return max(LINE, round(metrics("strong").height())), max(LINE, round(metrics("small").height()))


def badge_of(name: str) -> tuple[str, str, str, str]:
    """Words, icon, ink and wash of a signal's badge. Good news wears no wash."""
    if name == "secret":
        return SIGNALS[name].badge, "secret", "bad", "bad_wash"
    if name == "confirmed_next":
        return SIGNALS[name].badge, "check", "good", ""
    ink = _INKS[SIGNALS[name].kind]
    return SIGNALS[name].badge, ICONS.get(name, "flag"), ink, "warn_wash" if ink == "warn" else ""


def _order(name: str) -> tuple[int, int]:
    return (name != "secret", -SIGNALS[name].weight)


class CardDelegate(QStyledItemDelegate):
    """One card a row. `limit` is the maximum a run takes, in tokens: what is longer is said in red."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.limit = 0
        self.is_estimate = False
        self.washed: frozenset[int] = frozenset()  # decided a moment ago
        self.wash = ""
        self.strength = 0.0  # of their wash, from 1 to 0

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(200, card_height())

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        card, opt = index.data(Role.CARD), cast(Any, option)
        if card is None:
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        state = opt.state
        paint_card(
            painter,
            QRectF(opt.rect),
            card,
            scheme_of(opt.palette),
            selected=bool(state & QStyle.StateFlag.State_Selected),
            hover=bool(state & QStyle.StateFlag.State_MouseOver),
            focused=bool(state & QStyle.StateFlag.State_Active)
            and (opt.widget is None or opt.widget.hasFocus() or not state & QStyle.StateFlag.State_Selected),
            limit=self.limit,
            is_estimate=self.is_estimate,
            wash=(self.wash, self.strength) if card.id in self.washed else ("", 0.0),
        )
        painter.restore()


def paint_card(
    p: QPainter,
    r: QRectF,
    card: Card,
    s: Scheme,
    *,
    selected: bool = False,
    hover: bool = False,
    focused: bool = True,
    limit: int = 0,
    is_estimate: bool = False,
    wash: tuple[str, float] = ("", 0.0),
) -> None:
    """One card into `r`."""
    _plane(p, r, s, selected, hover, focused)
    if wash[1]:
        p.fillRect(r.adjusted(3 if selected else 0, 0, 0, -1), s.color(*wash))
    dim = card.state is State.REJECTED
    x, right = r.x() + 40, r.right() - 14
    name, ink = STATES[card.state]
    first, second = _lines()
    paint_icon(p, name, r.x() + 23, r.y() + 11 + first / 2, 16, s.color(ink))

    over = max(0, (card.tokens or 0) - limit) if limit else 0
    tokens = max(1, card.characters // 4) if card.tokens is None else card.tokens
    count = f"{'≈ ' if is_estimate or card.tokens is None else ''}{tokens:,} tok"
    width = metrics("small").horizontalAdvance(count)
    p.setFont(font("small"))
    p.setPen(s.color("bad" if over else "text3"))
    p.drawText(QRectF(right - width, r.y() + 11, width + 1, first), RIGHT, count)

    p.setFont(font("strong"))
    p.setPen(s.color("text3" if dim else "text"))
    room = right - width - 12 - x
    p.drawText(QRectF(x, r.y() + 11, room, first), LEFT, _elided("strong", card.prompt, room))

    below = QRectF(x, r.y() + 13 + first, right - x, second)
    edge = _badges(p, below, card, s, over)
    p.setFont(font("small"))
    p.setPen(s.color("text3" if dim or not card.response else "text2"))
    below.setWidth(edge - x - (10 if edge < right else 0))
    p.drawText(below, LEFT, _elided("small", unmarked(card.response) or "no answer", below.width()))


def _plane(p: QPainter, r: QRectF, s: Scheme, selected: bool, hover: bool, focused: bool) -> None:
    if selected:
        p.fillRect(r, s.color("accent_wash" if focused else "hover"))
        p.fillRect(QRectF(r.x(), r.y(), 3, r.height()), s.color("accent" if focused else "line_strong"))
        return
    if hover:
        p.fillRect(r, s.color("hover"))
    p.fillRect(QRectF(r.x() + 40, r.bottom() - 1, r.width() - 40, 1), s.color("line"))


def _badges(p: QPainter, r: QRectF, card: Card, s: Scheme, over: int) -> float:
    """The right end of the second line `r`, from right to left; returns where it begins."""
    height = max(18, round(metrics("caption").height()))
    top = r.center().y() - height / 2
    badges = [badge_of(n) for n in sorted((n for n in card.signals if n in SIGNALS and n not in _SILENT), key=_order)]
    if over:
        badges.insert(0, (f"{over:,} over", "cut", "bad", "bad_wash"))
    if card.is_flagged:
        badges.insert(0, ("flagged", "flag", "warn", "warn_wash"))
    if not card.response:
        badges = [b for b in badges if b[0] != "no answer"]
    room = r.width() * 0.62  # the words keep the rest
    shown: list[tuple[str, str, str, str]] = []
    for badge in badges[:BADGES]:
        if sum(pill_width(b[0]) + 4 for b in [*shown, badge]) > room and shown:
            break
        shown.append(badge)
    edge = r.right()
    if len(badges) > len(shown):
        more = f"+{len(badges) - len(shown)}"
        w = metrics("caption").horizontalAdvance(more)
        p.setFont(font("caption"))
        p.setPen(s.color("text3"))
        p.drawText(QRectF(edge - w, r.y(), w + 1, r.height()), RIGHT, more)
        edge -= w + 6
    for words, icon, ink, wash in reversed(shown):
        w = pill_width(words)
        edge -= w
        plane = s.color(wash) if wash else s.color("base", 0)
        paint_pill(p, edge, top, words, s.color(ink), plane, icon, height)
        edge -= 4
    if card.is_edited:
        paint_icon(p, "pencil", edge - 7, r.center().y(), 14, s.color("text3"))
        edge -= 20
    return edge


def _elided(role: str, text: str, room: float) -> str:
    return _fitted(role, QGuiApplication.font().key(), text, int(room))


@lru_cache(maxsize=512)
def _fitted(role: str, _system: str, text: str, room: int) -> str:
    """The words that fit, kept while the list scrolls. What cannot fit is not measured: it would take longest."""
    words = " ".join(text.split())[: room // NARROWEST]
    return metrics(role).elidedText(words, Qt.TextElideMode.ElideRight, room)
