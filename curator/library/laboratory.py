"""Snapshots, runs and settings as the rooms above the library see them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from curator.core.changes import Changes
from curator.library import experiments
from curator.library.access import Access
from curator.library.columns import storable

if TYPE_CHECKING:
    from curator.core.run import Run
    from curator.core.snapshot import Snapshot, Split


class Laboratory(Access):
    """What is made of the rows: snapshots, runs on them, the models that were added, and the library's own choices."""

    def add_snapshot(self, snapshot: Snapshot, rows: Sequence[tuple[int, int, Split]]) -> Snapshot:
        """Keep a snapshot with its (row, revision, split); the answer has its id."""
        return self._writer.run(lambda db: experiments.add_snapshot(db, snapshot, rows))

    def snapshots(self) -> list[Snapshot]:
        """All snapshots, newest first."""
        return self._read(lambda reader: experiments.snapshots(reader.db))

    def snapshot(self, snapshot: int) -> Snapshot:
        """One snapshot."""
        return self._read(lambda reader: experiments.snapshot(reader.db, snapshot))

    def add_run(self, run: Run) -> Run:
        """Keep a run; the answer has its id and its job folder `runs/<id>-<name>`, which is not made here."""
        return self._writer.run(lambda db: experiments.add_run(db, run, self.folder / "runs"))

    def update_run(self, run: Run) -> Changes:
        """Write a run's figures."""
        return self._write(lambda db: experiments.update_run(db, run), lists=False)

    def change_runs(self, change: Callable[[list[Run]], Iterable[Run]]) -> Changes:
        """Write the runs that `change` returns of all there are, in one transaction with the reading."""
        return self._write(lambda db: experiments.change_runs(db, change))

    def change_run(self, run: int, change: Callable[[Run], Run]) -> Changes:
        """Write one run as `change` makes it; nothing where that is the same."""

        def work(db: sqlite3.Connection) -> Changes:
            known = experiments.run(db, run)
            changed = change(known)
            return experiments.update_run(db, changed) if changed != known else Changes()

        return self._write(work)

    def runs(self) -> list[Run]:
        """All runs, newest first."""
        return self._read(lambda reader: experiments.runs(reader.db))

    def unfinished_runs(self) -> list[Run]:
        """The runs that are not over, newest first."""
        return self._read(lambda reader: experiments.unfinished_runs(reader.db))

    def run(self, run: int) -> Run:
        """One run."""
        return self._read(lambda reader: experiments.run(reader.db, run))

    def delete_run(self, run: int) -> Changes:
        """Forget a run. Its folder is the caller's."""
        return self._write(lambda db: experiments.delete_run(db, run))

    def setting(self, key: str, default: str = "") -> str:
        """A choice that belongs to this library."""
        row = self._read(lambda reader: reader.db.execute("SELECT value FROM setting WHERE key = ?", (key,)).fetchone())
        return str(row[0]) if row else default

    def settings(self) -> dict[str, str]:
        """All choices that belong to this library, by their keys."""
        return dict(self._read(lambda reader: reader.db.execute("SELECT key, value FROM setting").fetchall()))

    def set_setting(self, key: str, value: str) -> Changes:
        """Make a choice that belongs to this library."""

        def work(db: sqlite3.Connection) -> Changes:
            before = db.execute("SELECT value FROM setting WHERE key = ?", (key,)).fetchone()
            if before == (value,):
                return Changes()
            db.execute("INSERT OR REPLACE INTO setting(key, value) VALUES (?, ?)", (key, storable(value)))
            return Changes(settings=True)

        return self._write(work, lists=False)
