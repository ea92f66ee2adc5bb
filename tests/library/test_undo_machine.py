"""Any sequence of acts, undos, redos, imports and restarts against a model made of dictionaries."""

from __future__ import annotations

import copy
import shutil
import sqlite3
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from library_making import EVERYTHING, make_exchange, make_session, make_source, make_transcript

from curator.core.query import ExchangeQuery
from curator.core.row import Check, State
from curator.library import tallies
from curator.library.columns import id_list
from curator.library.library import Library

COUNT = 6
SIGNALS = ([], ["sidechain"], ["secret"], ["no_answer"], ["duplicate"], [])
NUMBERS = st.sets(st.integers(0, COUNT - 1), max_size=COUNT)
NUMBER = st.integers(0, COUNT - 1)
TEXTS = st.sampled_from(["zebra", "lion", "Question number 0?", ""])


class Undoing(RuleBasedStateMachine):
    """The library beside a model; `past` and `future` are whole copies of the model."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.library = Library.open(self.folder)
        self.version = 0
        self._store()
        self.ids = sorted(self.library.exchange_ids(EVERYTHING))
        self.past: list[dict[int, dict[str, object]]] = []
        self.future: list[dict[int, dict[str, object]]] = []
        self.now: dict[int, dict[str, object]] = {
            number: {"state": State.UNREVIEWED, "flag": False, "checks": frozenset(), "tags": frozenset(), "text": None}
            for number in range(COUNT)
        }

    def _store(self) -> None:
        exchanges = [
            make_exchange(n, response=f"Answer {n} of reading {self.version}.", signals=SIGNALS[n])
            for n in range(COUNT)
        ]
        self.library.store(make_source("/gone/a", str(self.version)), make_transcript(make_session(exchanges)))

    def _act(self, model: dict[int, dict[str, object]], changed: bool) -> None:
        assert changed == (model != self.now)
        if changed:
            self.past.append(self.now)
            self.future.clear()
            self.now = model

    @initialize()
    def begin(self) -> None:
        pass

    @rule(numbers=NUMBERS, state=st.sampled_from(State))
    def mark(self, numbers: set[int], state: State) -> None:
        model = copy.deepcopy(self.now)
        for number in numbers:
            model[number]["state"] = state
        self._act(model, bool(self.library.set_state([self.ids[n] for n in numbers], state)))

    @rule(numbers=NUMBERS, on=st.booleans())
    def flag(self, numbers: set[int], on: bool) -> None:
        model = copy.deepcopy(self.now)
        for number in numbers:
            model[number]["flag"] = on
        self._act(model, bool(self.library.set_flag([self.ids[n] for n in numbers], on)))

    @rule(numbers=NUMBERS, check=st.sampled_from(Check), on=st.booleans())
    def check(self, numbers: set[int], check: Check, on: bool) -> None:
        model = copy.deepcopy(self.now)
        for number in numbers:
            before: frozenset[Check] = model[number]["checks"]  # type: ignore[assignment]
            model[number]["checks"] = before | {check} if on else before - {check}
        self._act(model, bool(self.library.set_check([self.ids[n] for n in numbers], check, on)))

    @rule(numbers=NUMBERS, name=st.sampled_from(["a", "b c"]), on=st.booleans())
    def tag(self, numbers: set[int], name: str, on: bool) -> None:
        model = copy.deepcopy(self.now)
        for number in numbers:
            before: frozenset[str] = model[number]["tags"]  # type: ignore[assignment]
            model[number]["tags"] = before | {name} if on else before - {name}
        self._act(model, bool(self.library.set_tag([self.ids[n] for n in numbers], name, on)))

    @rule(number=NUMBER, text=TEXTS)
    def edit(self, number: int, text: str) -> None:
        model = copy.deepcopy(self.now)
        model[number]["text"] = (text, "my answer")
        self._act(model, bool(self.library.edit_row(self.ids[number], text, "my answer")))

    @rule(number=NUMBER)
    def revert(self, number: int) -> None:
        model = copy.deepcopy(self.now)
        model[number]["text"] = None
        self._act(model, bool(self.library.revert_row(self.ids[number])))

    @rule()
    def undo(self) -> None:
        changes = self.library.undo()
        assert bool(changes) == bool(self.past)
        if self.past:
            self.future.append(self.now)
            self.now = self.past.pop()

    @rule()
    def redo(self) -> None:
        changes = self.library.redo()
        assert bool(changes) == bool(self.future)
        if self.future:
            self.past.append(self.now)
            self.now = self.future.pop()

    @rule()
    def read_the_file_again(self) -> None:
        self.version += 1
        self._store()

    @rule()
    def restart(self) -> None:
        self.library.close()
        self.library = Library.open(self.folder)

    @invariant()
    def the_library_is_as_the_model(self) -> None:
        for number, told in self.now.items():
            view = self.library.exchange(self.ids[number])
            original = (f"Question number {number}?", f"Answer {number} of reading {self.version}.")
            assert (view.prompt, view.response) == original
            assert (view.row_prompt, view.row_response) == (told["text"] or original)
            assert (view.revision > 0) == (told["text"] is not None)
            assert view.state is told["state"] and view.is_flagged is told["flag"]
            assert view.checks == told["checks"] and frozenset(view.tags) == told["tags"]
        assert bool(self.library.undo_state().undo) == bool(self.past)
        assert bool(self.library.undo_state().redo) == bool(self.future)

    @invariant()
    def lists_and_figures_agree(self) -> None:
        hiding = {1, 4}
        visible = {
            self.ids[n]
            for n, told in self.now.items()
            if n not in hiding or told["state"] is not State.UNREVIEWED or told["text"] is not None
        }
        assert set(self.library.exchange_ids(ExchangeQuery())) == visible
        zebras = {self.ids[n] for n, told in self.now.items() if told["text"] and told["text"][0] == "zebra"}  # type: ignore[index]
        assert set(self.library.exchange_ids(ExchangeQuery(text="zebra", everything=True))) == zebras
        counts = self.library.counts()
        states = [told["state"] for told in self.now.values()]
        assert (counts.clean, counts.later, counts.rejected) == tuple(
            states.count(state) for state in (State.CLEAN, State.LATER, State.REJECTED)
        )
        assert (counts.total, counts.hidden) == (COUNT, COUNT - len(visible))
        assert counts.flagged == sum(bool(told["flag"]) for told in self.now.values())
        assert counts.unreviewed == len(self.library.exchange_ids(ExchangeQuery(states=frozenset({State.UNREVIEWED}))))
        assert counts.secret == len(self.library.exchange_ids(ExchangeQuery(signal="secret")))

    def teardown(self) -> None:
        self.library.close()
        db = sqlite3.connect(self.folder / "library.db", isolation_level=None)
        for index in ("search", "search_rows"):
            db.execute(f"INSERT INTO {index}({index}, rank) VALUES ('integrity-check', 1)")
        kept = db.execute("SELECT * FROM tally ORDER BY 1, 2, 3").fetchall()
        sessions = [row[0] for row in db.execute("SELECT id FROM session")]
        db.execute("DELETE FROM tally")
        db.execute("UPDATE session SET total = 0, clean = 0, hidden = 99")
        db.execute(tallies._RECOUNT, (id_list(sessions),))
        tallies.put_in(db, sessions)
        assert db.execute("SELECT * FROM tally ORDER BY 1, 2, 3").fetchall() == kept
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        db.close()
        shutil.rmtree(self.folder)


TestUndoing = Undoing.TestCase
TestUndoing.settings = settings(
    max_examples=20, stateful_step_count=20, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
