"""Steps say what was done in one line, unfold with the mouse and the keyboard, and keep secrets covered."""

from __future__ import annotations

from exchange_views import SECRET, STEPS
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from curator.core.exchange import Event, EventKind
from curator.core.signal import SignalHit
from curator.ui.views.step_words import LeftOut, Steered, Step, describe
from curator.ui.views.steps import FIRST, Dropped, Steps

HITS = (SignalHit("secret", 1, SECRET, "steps"),)


def steps_of(qtbot: QtBot, steps: list[Step]) -> Steps:
    well = Steps(steps, HITS)
    qtbot.addWidget(well)
    well.set_width(480)
    well.show()
    return well


def only_steps(events: tuple[Event, ...]) -> list[Step]:
    return [act for act in describe(events) if isinstance(act, Step)]


def test_events_become_a_verb_a_thing_and_an_outcome() -> None:
    told = [(s.verb, s.thing, s.outcome) for s in only_steps(STEPS)]
    assert told == [
        ("Thought", "", "6 words"),
        ("Read", "payments/webhook.py", "9,000 characters"),
        ("Ran", f"curl -H 'Key: {SECRET}' api.example.com", "failed · 36 characters"),
    ]


def test_what_is_left_out_is_said_with_its_reason() -> None:
    left = [act for act in describe(STEPS) if isinstance(act, LeftOut)]
    assert left[0].words == "≈ 2,259 tokens of tool output left out."
    assert left[0].why == "It is not part of the answer."
    assert left[1] == LeftOut(
        "1 record left out.",
        "Written by the program, not by you.",
        "Written by the program, not by you\n    a hook ran",
    )


def test_every_dropped_record_says_its_reason_and_its_line() -> None:
    meta = EventKind.META
    events = (
        Event(meta, "Caveat: generated", line=48, name="command-output"),
        Event(meta, "Caveat: generated", line=49, name="command-output"),
        Event(meta, "a" * 900, line=51, name="reminder"),
        Event(meta, "", line=60, name="never heard of"),
    )
    (left,) = (act for act in describe(events, path="/home/u/ada.jsonl") if isinstance(act, LeftOut))
    assert (left.words, left.why) == ("4 records left out.", "For 3 reasons.")
    first, second, third = left.body.split("\n\n")
    assert first == "Output of a command you typed (2 times) · ada.jsonl, lines 48–49\n    Caveat: generated"
    assert second.startswith("A reminder that the program slips in · ada.jsonl, line 51\n    aaa")
    assert second.endswith("a…") and len(second) < 520
    assert third == "Written by the program, not by you · ada.jsonl, line 60"
    (left,) = (act for act in describe(events[:1], path="C:\\logs\\all.json") if isinstance(act, LeftOut))
    assert "· all.json, message 48\n" in left.body and left.why == "Output of a command you typed."


def test_steering_stands_where_it_was_typed_and_is_never_said_twice() -> None:
    events = (STEPS[0], Event(EventKind.STEERING, "No, the other file"), STEPS[1], STEPS[2])
    acts = describe(events, ("No, the other file", "and be quick"))
    assert [type(act).__name__ for act in acts] == ["Step", "Steered", "Step", "Steered", "LeftOut"]
    assert [act.text for act in acts if isinstance(act, Steered)] == ["No, the other file", "and be quick"]


def test_parallel_calls_find_their_own_results() -> None:
    call, result = EventKind.TOOL_CALL, EventKind.TOOL_RESULT
    events = (
        Event(call, "one", id="1", name="Grep"),
        Event(call, "two", id="2", name="Grep"),
        Event(result, "b\nb", parent="2"),
        Event(result, "a\na\na", parent="1"),
    )
    assert [(s.thing, s.outcome) for s in only_steps(events)] == [("one", "3 lines"), ("two", "2 lines")]


def test_a_call_without_a_result_and_a_refused_one_say_so() -> None:
    events = (
        Event(EventKind.TOOL_CALL, '{"command": "rm -rf /"}', id="1", name="Bash"),
        Event(EventKind.TOOL_RESULT, "no", parent="1", flags=frozenset({"rejected_tool"})),
        Event(EventKind.TOOL_CALL, "x", id="2", name="mcp__notes__find"),
    )
    assert [(s.verb, s.thing, s.outcome) for s in only_steps(events)] == [
        ("Ran", "rm -rf /", "you said no"),
        ("Used", "find x", "no result"),
    ]


def test_a_plan_is_told_by_its_tasks_and_unfolds_whole() -> None:
    plan = 'todos: [{"content": "Read the notes", "status": "pending"}, {"content": "Cut them", "sta'
    [step] = only_steps((Event(EventKind.TOOL_CALL, text=plan, name="TodoWrite"),))
    assert (step.verb, step.thing) == ("Planned", "2 tasks: Read the notes")
    assert plan in step.body
    plan = r'todos: [{"content": ""}, {"content": "Say \"no\"\nto \u65e5\u672c"}, {"content": "Cut \u65'
    [step] = only_steps((Event(EventKind.TOOL_CALL, text=plan, name="TodoWrite"),))
    assert step.thing == '2 tasks: Say "no" to 日本'
    for cut in (r"Cut \u65", r"Cut \ud83d"):
        [step] = only_steps((Event(EventKind.TOOL_CALL, text=f'todos: [{{"content": "{cut}', name="TodoWrite"),))
        assert step.thing.startswith("1 task: Cut ") and step.thing.isprintable()
    [other] = only_steps((Event(EventKind.TOOL_CALL, text="nothing of a plan", name="update_plan"),))
    assert other.thing == "nothing of a plan"


def test_a_click_unfolds_the_output_and_a_second_folds_it(qtbot: QtBot) -> None:
    well = steps_of(qtbot, only_steps(STEPS))
    folded = well.height()
    line = well.lines[1]
    qtbot.mouseClick(line, Qt.MouseButton.LeftButton)
    assert "def handle(event):" in well.bodies[line].toPlainText()
    assert well.height() == folded + well.bodies[line].height()
    assert line.accessibleName().endswith("unfolded")
    qtbot.mouseClick(line, Qt.MouseButton.LeftButton)
    assert well.height() == folded and not well.bodies[line].isVisible()


def test_return_and_space_unfold_the_focused_step_though_the_window_uses_them(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    well = Steps(only_steps(STEPS), HITS)
    QVBoxLayout(window).addWidget(well)
    heard: list[str] = []
    for key in ("Return", "Space"):
        QShortcut(QKeySequence(key), window).activated.connect(lambda key=key: heard.append(key))
    well.set_width(480)
    with qtbot.waitExposed(window):
        window.show()
    line = well.lines[1]
    line.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert line.isChecked()
    qtbot.keyClick(line, Qt.Key.Key_Space)
    assert not line.isChecked()
    assert heard == []


def test_secrets_are_covered_in_the_line_and_in_the_output(qtbot: QtBot) -> None:
    well = steps_of(qtbot, only_steps(STEPS))
    line = well.lines[2]
    assert SECRET not in line.accessibleName() and "whsec_4fT9…" in line.step.thing
    line.click()
    body = well.bodies[line]
    assert SECRET not in body.toPlainText()
    assert "secret" in {mark.kind for mark in body.marks()}


def test_hundreds_of_steps_come_in_parts(qtbot: QtBot) -> None:
    well = steps_of(qtbot, [Step("file", "Read", f"file{i}.py", "done", "text") for i in range(300)])
    assert len(well.lines) == FIRST
    assert well._more.text() == f"Show {300 - FIRST} more steps"
    qtbot.mouseClick(well._more, Qt.MouseButton.LeftButton)
    assert len(well.lines) == 300 and not well._more.isVisible()


def test_a_step_with_nothing_to_show_cannot_be_unfolded(qtbot: QtBot) -> None:
    well = steps_of(qtbot, [Step("file", "Read", "x.py", "no result", "")])
    assert not well.lines[0].isEnabled()


def test_a_scissors_line_shows_what_it_hides_or_asks_for_the_steps(qtbot: QtBot) -> None:
    note = Dropped(LeftOut("1 note left out.", "Nobody said it.", "a hook ran"))
    output = Dropped(LeftOut("≈ 9 tokens left out.", "Not the answer."))
    for line in (note, output):
        qtbot.addWidget(line)
        line.set_width(480)
        line.show()
    note.line.click()
    assert note.body is not None and note.body.toPlainText() == "a hook ran"
    with qtbot.waitSignal(output.unfold_requested) as asked:
        output.line.click()
    assert asked.args == [True]
