"""A folder in which sessions grow, are cut, replaced, renamed, deleted and brought back by writers that stop anywhere:
whatever happened, a scan makes the library what a fresh import would be, and decisions stay."""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
from pathlib import Path

from claude_sessions import ClaudeSession
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, precondition, rule

from curator.core.query import ExchangeQuery, ExchangeView, ImportProgress
from curator.core.row import State
from curator.ingest.catching_up import CatchUp
from curator.ingest.importer import import_files
from curator.library.library import Library
from curator.library.records import GONE

VISIBLE = ExchangeQuery()
EVERYTHING = ExchangeQuery(everything=True)
NAMES = st.sampled_from(["a.jsonl", "b.jsonl", "-p/c.jsonl", "-p/d e.jsonl", "ü/e.jsonl"])


class PulledOutError(Exception):
    """The importing program ends here."""


def shown(library: Library, query: ExchangeQuery) -> dict[str, list[ExchangeView]]:
    """The exchanges by their keys, which no other exchange has here."""
    found: dict[str, list[ExchangeView]] = {}
    for id in library.exchange_ids(query):
        view = library.exchange(id)
        found.setdefault(view.key, []).append(view)
    return found


class GrowingFolder(RuleBasedStateMachine):
    """The model is the folder itself: what it holds is known to whoever imports it anew."""

    sessions = Bundle("sessions")

    @initialize()
    def begin(self) -> None:
        self.place = Path(tempfile.mkdtemp(prefix="curator-growing-"))
        self.folder = self.place / "watched"
        self.folder.mkdir()
        self.made = 0
        self.changed: set[str] = set()
        self.decided: dict[int, tuple[State, str]] = {}
        self.deleted: dict[Path, bytes] = {}
        self.is_scanned = True
        self.open_library()
        self.root, _ = self.library.add_watched(str(self.folder), "Watched")

    def open_library(self) -> None:
        self.library = Library.open(self.place / "library")
        self.catch_up = CatchUp(self.library, lambda report, changes: None, None, threading.Event(), patience=30.0)

    def teardown(self) -> None:
        if hasattr(self, "library"):
            self.converge()
            self.library.close()
            shutil.rmtree(self.place)

    # What other programs do to the folder

    def touched(self, *paths: Path) -> None:
        self.changed.update(map(str, paths))
        self.is_scanned = False

    @rule(target=sessions, name=NAMES, exchanges=st.integers(0, 2))
    def start(self, name: str, exchanges: int) -> ClaudeSession:
        """A session begins, perhaps in a file that is there already: then two programs write to it."""
        self.made += 1
        session = ClaudeSession(self.folder / name, seed=self.made)
        for number in range(exchanges):
            session.exchange(f"Question {number} of {self.made}?", f"Answer {number} of {self.made}.", tools=0)
        self.touched(session.path)
        return session

    @rule(session=sessions, cut=st.floats(0, 1), is_finished=st.booleans())
    def append(self, session: ClaudeSession, cut: float, is_finished: bool) -> None:
        """An exchange is appended, in two writes; the writer may die between them."""
        if not session.path.exists():
            return
        self.made += 1
        lines = session.lines(f"Question {self.made} ü?", f"Answer {self.made}.", tools=self.made % 2)
        at = int(len(lines) * cut)
        session.write(lines[:at])
        self.touched(session.path)
        if is_finished:
            session.write(lines[at:])

    @rule(session=sessions, share=st.floats(0, 1))
    def truncate(self, session: ClaudeSession, share: float) -> None:
        if session.path.exists():
            os.truncate(session.path, int(session.path.stat().st_size * share))
            self.touched(session.path)

    @rule(session=sessions, name=NAMES)
    def rename(self, session: ClaudeSession, name: str) -> None:
        """A file gets another name, perhaps that of another file."""
        old, new = session.path, self.folder / name
        if old.exists() and new != old:
            new.parent.mkdir(exist_ok=True)
            old.replace(new)
            session.path = new
            self.touched(old, new)

    @rule(session=sessions, name=NAMES)
    def copy(self, session: ClaudeSession, name: str) -> None:
        if session.path.exists() and session.path != self.folder / name:
            (self.folder / name).parent.mkdir(exist_ok=True)
            shutil.copy(session.path, self.folder / name)
            self.touched(self.folder / name)

    @rule(session=consumes(sessions))
    def delete(self, session: ClaudeSession) -> None:
        if session.path.exists():
            self.deleted[session.path] = session.path.read_bytes()
            session.path.unlink()
            self.touched(session.path)

    @rule(data=st.data())
    def bring_back(self, data: st.DataObject) -> None:
        gone = sorted(path for path in self.deleted if not path.exists())
        if gone:
            path = data.draw(st.sampled_from(gone))
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(self.deleted.pop(path))
            self.touched(path)

    @rule(session=sessions, year=st.sampled_from([1971, 2026, 2100]))
    def set_clock(self, session: ClaudeSession, year: int) -> None:
        if session.path.exists():
            os.utime(session.path, ((year - 1970) * 31_536_000,) * 2)
            self.touched(session.path)

    # What Curator does

    @rule()
    def hear(self) -> None:
        """The watcher is told where something happened."""
        self.catch_up.look_at({self.root: str(self.folder)}, self.changed)
        self.changed.clear()

    def scan(self) -> None:
        self.catch_up.scan({self.root: str(self.folder)}, threading.Event(), lambda progress: None)
        self.changed.clear()
        self.is_scanned = True

    @rule(after=st.integers(1, 3))
    def stop_in_the_middle(self, after: int) -> None:
        """A scan ends after a few files, as a stop or a crash ends it; the program starts anew."""

        def pull_out(progress: ImportProgress) -> None:
            if progress.files >= after:
                raise PulledOutError

        try:
            self.catch_up.scan({self.root: str(self.folder)}, threading.Event(), pull_out)
        except PulledOutError:
            self.catch_up.rest()
            self.library.close()
            self.open_library()

    @rule(data=st.data(), state=st.sampled_from([State.CLEAN, State.LATER, State.REJECTED]), is_edited=st.booleans())
    def decide(self, data: st.DataObject, state: State, is_edited: bool) -> None:
        ids = list(self.library.exchange_ids(EVERYTHING))
        if ids:
            chosen = data.draw(st.sampled_from(ids))
            self.library.set_state([chosen], state)
            view = self.library.exchange(chosen)
            if is_edited:
                self.library.edit_row(chosen, view.row_prompt, f"Better answer {self.made}.")
            self.decided[chosen] = (state, self.library.exchange(chosen).row_response)

    # What has to be so

    @precondition(lambda self: not self.is_scanned)
    @rule()
    def converge(self) -> None:
        """After a scan the library shows what a fresh import shows, and besides only what is gone or decided."""
        self.scan()
        fresh = Library.open(self.place / "fresh")
        try:
            import_files(fresh, [self.folder])
            expected, every = shown(fresh, VISIBLE), shown(fresh, EVERYTHING)
        finally:
            fresh.close()
            shutil.rmtree(self.place / "fresh")
        here = shown(self.library, VISIBLE)
        assert expected.keys() <= here.keys()
        for key, found in here.items():
            undecided = [view for view in found if view.id not in self.decided]
            assert len(undecided) <= 1, f"{key} is shown {len(found)} times"
            for view in (each for each in undecided if not each.source_is_gone):
                assert (view.prompt, view.response) in {(each.prompt, each.response) for each in every[key]}
        for record in self.library.sources():
            is_held = Path(record.path).exists() and Path(record.path).stat().st_size > 0
            assert is_held or record.status == GONE, record
            assert record.status != GONE or not is_held or record.path not in self.held(every), record
        assert self.library.check() == []

    def held(self, every: dict[str, list[ExchangeView]]) -> set[str]:
        return {view.path for views in every.values() for view in views}

    @invariant()
    def decisions_stay(self) -> None:
        for id, (state, text) in getattr(self, "decided", {}).items():
            view = self.library.exchange(id)
            assert (view.state, view.row_response) == (state, text)


GrowingFolder.TestCase.settings = settings(
    max_examples=10,
    phases=[Phase.explicit, Phase.generate],
    stateful_step_count=24,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
test_the_library_follows_a_growing_folder = GrowingFolder.TestCase
