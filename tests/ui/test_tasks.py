"""Work runs elsewhere, in order, and is answered on the window's thread."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from curator.core.changes import Changes
from curator.core.errors import LibraryError
from curator.ui.tasks import Tasks


class Radio:
    """A workspace's subscribe and publish, and nothing else."""

    def __init__(self) -> None:
        self.hearers: list[Callable[[Changes], None]] = []

    def subscribe(self, hear):
        self.hearers.append(hear)
        return lambda: self.hearers.remove(hear)

    def publish(self, changes: Changes) -> Changes:
        for hear in list(self.hearers):
            hear(changes)
        return changes


@pytest.fixture
def radio() -> Radio:
    return Radio()


@pytest.fixture
def tasks(qapp, radio: Radio) -> Iterator[Tasks]:
    made = Tasks(radio)
    yield made
    made.shutdown()


def test_an_answer_comes_on_the_windows_thread(tasks: Tasks, qtbot) -> None:
    worked, answered = [], []
    tasks.read(lambda: worked.append(threading.get_ident()), lambda _: answered.append(threading.get_ident()))
    qtbot.waitUntil(lambda: bool(answered))
    assert answered == [threading.get_ident()]
    assert worked != answered


def test_writes_run_one_after_the_other_in_the_order_asked(tasks: Tasks, qtbot) -> None:
    gate, done = threading.Event(), []
    tasks.write(lambda: gate.wait(60), lambda _: done.append("first"))
    for n in range(20):
        tasks.write(lambda n=n: n, done.append)
    gate.set()
    qtbot.waitUntil(lambda: len(done) == 21)
    assert done == ["first", *range(20)]


def test_only_the_newest_answer_under_a_key_is_delivered(tasks: Tasks, qtbot) -> None:
    gate, seen = threading.Event(), []
    tasks.read(lambda: gate.wait(60) and "late", seen.append, key="search")
    tasks.read(lambda: "newest", seen.append, key="search")
    qtbot.waitUntil(lambda: seen == ["newest"])
    gate.set()
    tasks.read(lambda: "other", seen.append)
    qtbot.waitUntil(lambda: "other" in seen)
    assert "late" not in seen


def test_forgetting_a_key_silences_what_was_asked(tasks: Tasks, qtbot) -> None:
    gate, seen = threading.Event(), []
    tasks.read(lambda: gate.wait(60), seen.append, key="exchange")
    tasks.forget("exchange")
    gate.set()
    tasks.read(lambda: "after", seen.append)
    qtbot.waitUntil(lambda: bool(seen))
    assert seen == ["after"]


def test_an_error_goes_to_whoever_asked_or_else_to_the_window(tasks: Tasks, qtbot) -> None:
    told, heard = [], []
    tasks.failed.connect(heard.append)

    def fail() -> None:
        raise LibraryError("The disk is full.")

    tasks.read(fail, lambda _: None, told.append)
    tasks.write(fail)
    qtbot.waitUntil(lambda: bool(told) and bool(heard))
    assert [str(e) for e in (*told, *heard)] == ["The disk is full.", "The disk is full."]


def test_changes_arrive_on_the_windows_thread_before_done(tasks: Tasks, radio: Radio, qtbot) -> None:
    order = []
    tasks.changed.connect(lambda c: order.append((c.words, threading.get_ident())))
    tasks.write(lambda: radio.publish(Changes(rows=True, words="Edit row")), lambda _: order.append(("done", 0)))
    qtbot.waitUntil(lambda: len(order) == 2)
    assert order == [("Edit row", threading.get_ident()), ("done", 0)]


def test_a_long_work_keeps_no_write_waiting(tasks: Tasks, qtbot) -> None:
    gate, seen = threading.Event(), []
    tasks.long(lambda: gate.wait(60), lambda _: seen.append("long"))
    tasks.write(lambda: "short", seen.append)
    qtbot.waitUntil(lambda: seen == ["short"])
    gate.set()
    qtbot.waitUntil(lambda: seen == ["short", "long"])


def test_once_closed_it_takes_no_work_and_delivers_nothing(tasks: Tasks, qapp, radio: Radio) -> None:
    gate, wrote, heard = threading.Event(), [], []
    tasks.write(lambda: gate.wait(60) and wrote.append("before"), heard.append)
    tasks.close()
    for ask in (tasks.read, tasks.count, tasks.write, tasks.long):
        ask(lambda: wrote.append("after"), heard.append)
    gate.set()
    tasks.shutdown()
    qapp.processEvents()
    assert wrote == ["before"] and heard == [] and radio.hearers == []


def test_after_shutdown_writes_are_done_and_nothing_is_delivered(qapp, radio: Radio, qtbot) -> None:
    tasks, wrote, heard = Tasks(radio), [], []
    for n in range(5):
        tasks.write(lambda n=n: wrote.append(n), heard.append)
    tasks.shutdown()
    assert wrote == list(range(5))
    assert radio.hearers == []
    qapp.processEvents()
    assert heard == []
