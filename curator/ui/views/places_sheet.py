"""Where to train: the places that are known, a look whether each is able to, and a new one."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from curator.core.machine import Finding, RuntimeKind, RuntimeSpec, Weight
from curator.services import runtimes
from curator.ui.controls import Button, ElidedText, Glyph, Plane, Segments, Text, Well, clear, column, row
from curator.ui.models.places import KINDS, spec_of
from curator.ui.theme import font, tall

SIZE = (620, 540)
_MARKS = {Weight.FINE: ("check", "good"), Weight.WARNING: ("alert", "warn"), Weight.STOP: ("x", "bad")}


class PlacesSheet(Well):
    """The card of the sheet. Says `add_requested(RuntimeSpec)`, `check_requested(name)`, `remove_requested(name)`."""

    help_page = "scale#a-faster-computer"

    add_requested = Signal(object)
    check_requested = Signal(str)
    remove_requested = Signal(str)
    make_requested = Signal()  # of a Python environment on this computer
    left = Signal()

    def __init__(self) -> None:
        super().__init__(None, "base", "line", 14)
        self._specs: tuple[RuntimeSpec, ...] = ()
        self._findings: dict[str, tuple[Finding, ...]] = {}
        self._busy: set[str] = set()
        self._lines: QVBoxLayout = column(spacing=1)
        self.kinds = Segments([kind.name for kind in KINDS], 0)
        self._words = Text("", "small", "text3", wrap=True)
        self.name, self.value = QLineEdit(), QLineEdit()
        self._value_title = Text("", "caption", "text3")
        self.add = Button("Add it", "plus")
        self.make = Button("Make a Python environment…", flat=True, small=True)
        self.problem = Text("", "small", "bad", wrap=True)
        self._build()
        self.kinds.chosen.connect(lambda _i: self._show_kind())
        self.add.clicked.connect(lambda: self.add_requested.emit(self.spec()))
        self.make.clicked.connect(self.make_requested)
        self.value.returnPressed.connect(self.add.click)
        self._show_kind()

    def _build(self) -> None:
        for field, name in ((self.name, "Name"), (self.value, "Reached as")):
            field.setFont(font("body"))
            field.setFixedHeight(tall(28, "body"))
            field.setTextMargins(4, 0, 4, 0)
            field.setAccessibleName(name)
        self.name.setPlaceholderText("studio")
        inner = Plane("base")
        inner.setLayout(column(self._lines, None, margins=(0, 0, 2, 0)))
        scroll = QScrollArea()
        scroll.setWidget(inner)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        close = Button(icon="x", flat=True)
        close.setAccessibleName("Close")
        close.clicked.connect(self.left)
        named = column(Text("Name", "caption", "text3"), 1, self.name)
        valued = column(self._value_title, 1, self.value)
        fields = row(named, valued, spacing=3)
        fields.setStretch(0, 1)
        fields.setStretch(1, 2)
        foot = row(self.problem, self.add)
        foot.setStretch(0, 1)
        box = column(
            *(row(Text("Where to train", "heading"), None, close), 2, scroll, 3, Plane("line", height=1), 4),
            *(
                row(Text("Another place", "strong"), None, self.make),
                2,
                row(self.kinds, None),
                2,
                self._words,
                2,
                fields,
                3,
                foot,
            ),
            margins=(6, 4, 5, 5),
        )
        box.setStretchFactor(scroll, 1)
        self.setLayout(box)
        self.setFocusProxy(self.name)

    def spec(self) -> RuntimeSpec:
        """What was typed, as the services take it."""
        return spec_of(KINDS[self.kinds.current].kind, self.name.text(), self.value.text())

    def show_places(self, specs: Sequence[RuntimeSpec]) -> None:
        """Show these; the fields are emptied when what they named is there."""
        self._specs = tuple(specs)
        if any(spec.name == self.spec().name for spec in specs if spec.name):
            self.name.clear()
            self.value.clear()
            self.problem.setText("")
        self._fill()

    def show_checking(self, name: str) -> None:
        """It is being looked at."""
        self._busy.add(name)
        self._fill()

    def show_findings(self, name: str, findings: Sequence[Finding]) -> None:
        """What was found there."""
        self._busy.discard(name)
        self._findings[name] = tuple(findings)
        self._fill()

    def show_problem(self, words: str) -> None:
        """Why it cannot be added."""
        self.problem.setText(words)

    def _show_kind(self) -> None:
        kind = KINDS[self.kinds.current]
        self._words.setText(kind.words)
        self._value_title.setText(kind.field)
        self.value.setPlaceholderText(kind.hint)
        self.value.setAccessibleName(kind.field)

    def _fill(self) -> None:
        clear(self._lines)
        for i, spec in enumerate(self._specs):
            if i:
                self._lines.addWidget(Plane("line", height=1))
            self._lines.addWidget(self._place(spec))

    def _place(self, spec: RuntimeSpec) -> QWidget:
        line = QWidget()
        title, _, detail = runtimes.title(spec).partition(" (")
        words = column(Text(title, "strong"), ElidedText(detail.rstrip(")") or "in Curator itself", "small", "text3"))
        check = Button("Looking…" if spec.name in self._busy else "Check", flat=True, small=True)
        check.setEnabled(spec.name not in self._busy)
        check.setAccessibleName(f"Check {title}")
        check.clicked.connect(lambda: self.check_requested.emit(spec.name))
        head = row(words, check, spacing=1)
        head.setStretch(0, 1)
        if spec.kind is not RuntimeKind.BUNDLED:
            remove = Button("Remove", flat=True, small=True)
            remove.setAccessibleName(f"Remove {title}")
            remove.clicked.connect(lambda: self.remove_requested.emit(spec.name))
            head.addWidget(remove)
        box = column(head, spacing=1, margins=(0, 1, 0, 1))
        findings = self._findings.get(spec.name, ())
        for finding in findings:
            box.addWidget(_found(finding))
        is_own = spec.name == runtimes.OWN_PYTHON  # what it was made from may have been replaced since
        is_unfit = any(finding.weight is Weight.STOP for finding in findings)
        if is_unfit and (is_own or spec.kind is RuntimeKind.BUNDLED):
            instead = Button("Make it anew…" if is_own else "Make a Python environment instead…", small=True)
            instead.clicked.connect(self.make_requested)
            box.addLayout(row(instead, None, margins=(5, 1, 0, 1)))
        line.setLayout(box)
        return line


def _found(finding: Finding) -> QWidget:
    line = QWidget()
    icon, ink = _MARKS[finding.weight]
    words = column(_wrapped(finding.sentence, "text2"))
    if finding.hint:
        words.addWidget(_wrapped(finding.hint, "text3"))
    glyph = Glyph(icon, 14, ink)
    box = row(glyph, words, spacing=2)
    box.setAlignment(glyph, Qt.AlignmentFlag.AlignTop)
    box.setStretch(1, 1)
    line.setLayout(box)
    return line


def _wrapped(words: str, ink: str) -> Text:
    """Words as high as their lines at the width that they get, not as high as they would be in a narrow column."""
    text = Text(words, "small", ink, wrap=True)
    policy = text.sizePolicy()
    policy.setHeightForWidth(True)
    text.setSizePolicy(policy)
    return text
