"""The folded lines of the reader: tool steps in their well, and what was left out; each unfolds in its place."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QVBoxLayout, QWidget

from curator.core.signal import SignalHit
from curator.ui.controls import LEFT, RIGHT, Button, paint_icon, row, smooth
from curator.ui.theme import RADIUS, Scheme, code_font, font, scheme_of, tall
from curator.ui.views.composer import compose, compose_code
from curator.ui.views.marks import COVER, cover_secrets, find_marks
from curator.ui.views.prose import OVERSCAN, Prose
from curator.ui.views.step_words import LeftOut, Step
from curator.ui.views.washes import wash

LINE = 28
FIRST = 40  # steps that are there at once; a session may hold hundreds
INSET = 48  # where the words of a step begin, and its output


class FoldLine(QAbstractButton):
    """A line that folds and unfolds what stands under it, by click, Return or Space."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setCheckable(True)
        self.setText(name)
        self.setFixedHeight(tall(LINE, "small"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.toggled.connect(self._say)
        self._has_keyboard_focus = False
        self._say(False)

    def _say(self, is_open: bool) -> None:
        self.setAccessibleName(f"{self.text()}, {'unfolded' if is_open else 'folded'}")

    def sizeHint(self) -> QSize:
        return QSize(200, tall(LINE, "small"))

    def event(self, event: QEvent) -> bool:
        """Keep Return and Space for this line, also where the window has a use for them."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride and event.key() in _UNFOLD:
            event.accept()
            return True
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            reason = event.reason() if hasattr(event, "reason") else None
            by_key = reason in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
            self._has_keyboard_focus = event.type() == QEvent.Type.FocusIn and by_key
            self.update()
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _UNFOLD:
            self._has_keyboard_focus = True
            self.click()
            return
        super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        p, s = smooth(self), scheme_of(self)
        self.paint_ground(p, s)
        p.setFont(font("small"))
        p.setPen(s.color("text2"))
        p.drawText(QRectF(26, 0, self.width() - 26, self.height()), LEFT, self.text())

    def paint_ground(self, p: QPainter, s: Scheme) -> None:
        """The hovered plane, the focus ring and the chevron."""
        if self.underMouse() and self.isEnabled():
            p.setPen(Qt.PenStyle.NoPen)
            p.setBrush(s.color("hover"))
            p.drawRoundedRect(QRectF(self.rect()).adjusted(2, 2, -2, -2), RADIUS, RADIUS)
        if self.hasFocus() and self._has_keyboard_focus:
            p.setPen(QPen(s.color("accent"), 2))
            p.setBrush(Qt.BrushStyle.NoBrush)
            p.drawRoundedRect(QRectF(self.rect()).adjusted(2, 2, -2, -2), RADIUS, RADIUS)
        if self.isEnabled():
            name = "chevron-down" if self.isChecked() else "chevron-right"
            paint_icon(p, name, 14, self.height() / 2, 12, s.color("text3"))


_UNFOLD = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)


class StepLine(FoldLine):
    """Verb, thing in the code font, outcome at the right."""

    def __init__(self, step: Step, covered: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(" ".join(filter(None, (step.verb, step.thing, step.outcome))), parent)
        self.step, self.covered = step, covered
        self.setEnabled(bool(step.body.strip()))
        if not self.isEnabled():
            self.setCursor(Qt.CursorShape.ArrowCursor)
            self.setAccessibleName(self.text())

    def paintEvent(self, _event: QPaintEvent) -> None:
        p, s, step = smooth(self), scheme_of(self), self.step
        self.paint_ground(p, s)
        paint_icon(p, step.icon, 33, self.height() / 2, 14, s.color("bad" if step.has_failed else "text2"))
        p.setFont(font("small"))
        metrics = QFontMetricsF(p.font())
        outcome_width = metrics.horizontalAdvance(step.outcome)
        right = self.width() - 12
        p.setPen(s.color("bad" if step.has_failed else "text3"))
        p.drawText(QRectF(right - outcome_width - 2, 0, outcome_width + 2, self.height()), RIGHT, step.outcome)
        p.setPen(s.color("text2"))
        p.drawText(QRectF(INSET, 0, right - INSET, self.height()), LEFT, step.verb)
        x = INSET + metrics.horizontalAdvance(step.verb) + 8
        room = right - outcome_width - 16 - x
        if step.thing and room > 24:
            self._paint_thing(p, s, x, room)

    def _paint_thing(self, p: QPainter, s: Scheme, x: float, room: float) -> None:
        p.setFont(font("small") if self.step.is_prose else code_font("small"))
        metrics = QFontMetricsF(p.font())
        is_path = self.step.icon in ("file", "pencil", "folder") and " " not in self.step.thing
        mode = Qt.TextElideMode.ElideLeft if is_path else Qt.TextElideMode.ElideRight  # a file is told by its end
        shown = metrics.elidedText(self.step.thing, mode, room)
        for short in () if is_path and shown != self.step.thing else self.covered:
            at = self.step.thing.find(short)
            left = metrics.horizontalAdvance(self.step.thing[:at]) if at >= 0 else room
            if left >= room - 8:
                continue
            fill, under = wash(s, "secret")
            high = max(18.0, metrics.height())
            wide = min(metrics.horizontalAdvance(short), room - left) + 4
            r = QRectF(x + left - 2, (self.height() - high) / 2, wide, high)
            p.setPen(Qt.PenStyle.NoPen)
            p.setBrush(fill or Qt.BrushStyle.NoBrush)
            p.drawRoundedRect(r, 3, 3)
            p.setPen(QPen(under or s.color("bad"), 1.25))
            p.drawLine(r.bottomLeft(), r.bottomRight())
        p.setPen(s.color("text2" if self.step.is_prose else "text"))
        p.drawText(QRectF(x, 0, room + 4, self.height()), LEFT, shown)


class LeftOutLine(FoldLine):
    """Scissors, what was left out, and the reason."""

    def __init__(self, left_out: LeftOut, parent: QWidget | None = None) -> None:
        super().__init__(f"{left_out.words} {left_out.why}", parent)
        self.left_out = left_out

    def paintEvent(self, _event: QPaintEvent) -> None:
        p, s = smooth(self), scheme_of(self)
        self.paint_ground(p, s)
        paint_icon(p, "cut", 33, self.height() / 2, 14, s.color("text3"))
        p.setFont(font("small"))
        p.setPen(s.color("text2"))
        p.drawText(QRectF(INSET, 0, self.width() - INSET, self.height()), LEFT, self.left_out.words)
        x = INSET + QFontMetricsF(p.font()).horizontalAdvance(self.left_out.words) + 6
        p.setPen(s.color("text3"))
        shown = QFontMetricsF(p.font()).elidedText(self.left_out.why, Qt.TextElideMode.ElideRight, self.width() - x - 8)
        p.drawText(QRectF(x, 0, self.width() - x, self.height()), LEFT, shown)


class Steps(QWidget):
    """What the agent did between prompt and answer, one folded line a step, in one well."""

    resized = Signal()
    made = Signal(Prose)  # a part that was unfolded for the first time

    def __init__(self, steps: Sequence[Step], hits: Sequence[SignalHit] = (), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._hits, self._width, self._waiting = hits, 0, list(steps)
        self.lines: list[StepLine] = []
        self.bodies: dict[StepLine, Prose] = {}
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(0)
        self._more = FoldLine("", self)
        self._more.setCheckable(False)
        self._more.clicked.connect(self._show_rest)
        self._more.hide()
        self._add(FIRST)

    def set_width(self, width: int) -> None:
        """Take this width and the height of what is unfolded."""
        self._width = width
        for body in self.bodies.values():
            body.set_width(width)
        self._fit()

    def unfold_all(self, is_open: bool = True) -> None:
        """Fold or unfold every step that is shown."""
        for line in self.lines:
            if line.isEnabled():
                line.setChecked(is_open)

    def paintEvent(self, _event: QPaintEvent) -> None:
        p, s = smooth(self), scheme_of(self)
        p.setPen(QPen(s.color("line"), 1))
        p.setBrush(s.color("sunken"))
        p.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        for line in self.lines[1:]:
            p.fillRect(QRectF(12, line.y(), self.width() - 24, 1), s.color("line"))

    def _add(self, count: int) -> None:
        now, self._waiting = self._waiting[:count], self._waiting[count:]
        self._box.removeWidget(self._more)
        for step in now:
            thing, covered = cover_secrets(step.thing, self._hits)
            verb = Step(step.icon, step.verb, thing, step.outcome, step.body, step.is_prose, step.has_failed)
            line = StepLine(verb, covered, self)
            line.toggled.connect(self._unfold(line))
            self.lines.append(line)
            self._box.addWidget(line)
        self._box.addWidget(self._more)
        self._more.setVisible(bool(self._waiting))
        self._more.setText(f"Show {len(self._waiting):,} more steps")
        self._more.setAccessibleName(self._more.text())

    def _show_rest(self) -> None:
        self._add(10 * FIRST)
        self._fit()

    def _unfold(self, line: StepLine) -> Callable[[bool], None]:
        def on_toggled(is_open: bool) -> None:
            body = self.bodies.get(line)
            if body is None and is_open:
                body = self.bodies[line] = self._make_body(line.step)
                self._box.insertWidget(self._box.indexOf(line) + 1, body)
                body.setContentsMargins(0, 0, 0, 0)
                self.made.emit(body)
            if body is not None:
                body.setVisible(is_open)
                if self._width:
                    body.set_width(self._width)
            self._fit()

        return on_toggled

    def _make_body(self, step: Step) -> Prose:
        return make_body(
            step.body, step.is_prose, self._hits, f"{step.verb} {step.thing}: what came back", self._width, self
        )

    def _fit(self) -> None:
        if not self._width:
            return
        height = sum(line.height() for line in self.lines) + (self._more.height() if self._waiting else 0)
        height += sum(body.height() for body in self.bodies.values() if not body.isHidden())
        self.setFixedSize(self._width, height)
        self._box.activate()
        self.resized.emit()


class Dropped(QWidget):
    """A scissors line with what it hides."""

    resized = Signal()
    made = Signal(Prose)
    unfold_requested = Signal(bool)  # tool output stands in the steps above: unfold them
    places_asked = Signal(object)  # the records whose places in the file are to be shown

    def __init__(self, left_out: LeftOut, hits: Sequence[SignalHit] = (), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._left_out, self._hits, self._width = left_out, hits, 0
        self.line = LeftOutLine(left_out, self)
        self.body: Prose | None = None
        self.places: QWidget | None = None
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(0)
        self._box.addWidget(self.line)
        self.line.toggled.connect(self._on_toggled)

    def set_width(self, width: int) -> None:
        """Take this width and the height of what is unfolded."""
        self._width = width
        if self.body is not None:
            self.body.set_width(width)
        below = [part for part in (self.body, self.places) if part is not None and not part.isHidden()]
        self.setFixedSize(width, self.line.height() + sum(part.height() for part in below))

    def _on_toggled(self, is_open: bool) -> None:
        if not self._left_out.body:
            self.unfold_requested.emit(is_open)
            return
        if self.body is None:
            self.body = make_body(self._left_out.body, False, self._hits, self._left_out.words, self._width, self)
            if self._left_out.records:  # above, in sight however long the words are
                self.places = self._make_places()
                self._box.addWidget(self.places)
            self._box.addWidget(self.body)
            self.made.emit(self.body)
        self.body.setVisible(is_open)
        if self.places is not None:
            self.places.setVisible(is_open)
        self.set_width(self._width)
        self.resized.emit()

    def _make_places(self) -> QWidget:
        records, places = self._left_out.records, QWidget(self)
        button = Button("Show them in the file" if len(records) > 1 else "Show it in the file", "file", small=True)
        button.clicked.connect(lambda: self.places_asked.emit(records))
        line = row(button, None)
        line.setContentsMargins(INSET - 1, 2, 0, 6)
        places.setLayout(line)
        places.setFixedHeight(button.height() + 8)
        return places


def make_body(text: str, is_prose: bool, hits: Sequence[SignalHit], name: str, width: int, parent: QWidget) -> Prose:
    """What a line unfolds: words as prose, tool output in the code font; secrets stay covered."""
    covered_text, covered = cover_secrets(text[:64_000], hits)
    doc, marks = compose(covered_text, role="small") if is_prose else compose_code(covered_text, "caption")
    frame = doc.rootFrame().frameFormat()
    frame.setLeftMargin(INSET)
    frame.setRightMargin(16 - OVERSCAN)
    frame.setTopMargin(4)
    frame.setBottomMargin(10)
    doc.rootFrame().setFrameFormat(frame)
    body = InsetProse(name.replace(COVER, ""), parent)
    body.set_width(width)
    body.show_document(doc, [*marks, *find_marks(doc, hits, "steps", covered)])
    return body


class InsetProse(Prose):
    """Prose inside a well: its insets are in its document, so it is as wide as the well."""

    def set_width(self, width: int) -> None:
        super().set_width(width - 2 * OVERSCAN)
