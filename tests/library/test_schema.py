from __future__ import annotations

import os
import shutil
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from library_making import EVERYTHING, fill

from curator.core.errors import LibraryError
from curator.core.row import State
from curator.core.sizes import size_words
from curator.library import backups, opening, schema
from curator.library.library import Library

TODAY = schema.HEAD
NEXT = '''"""A version of tomorrow."""

from alembic import op

revision = "9990"
down_revision = "{before}"


def upgrade():
    op.execute("CREATE TABLE tomorrow(id INTEGER PRIMARY KEY)")
    {then}
'''


def tomorrow(monkeypatch: pytest.MonkeyPatch, folder: Path, then: str = "pass") -> None:
    """A Curator that knows one version more."""
    migrations = folder / "migrations"
    shutil.copytree(schema.MIGRATIONS, migrations)
    (migrations / "versions" / "9990_tomorrow.py").write_text(NEXT.format(then=then, before=TODAY))
    monkeypatch.setattr(schema, "MIGRATIONS", migrations)
    monkeypatch.setattr(schema, "HEAD", "9990")


def test_the_tables_are_what_the_migrations_make(library: Library) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext
    from sqlalchemy import create_engine
    from sqlalchemy.pool import NullPool

    from curator.library.tables import METADATA

    engine = create_engine(f"sqlite:///{library.folder / 'library.db'}", poolclass=NullPool)
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={"compare_type": True, "include_name": lambda name, kind, _: kind != "table" or name[:6] != "search"},
        )
        assert compare_metadata(context, METADATA) == []


def test_the_head_is_alembics_head() -> None:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(schema.MIGRATIONS))
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_current_head() == schema.HEAD
    assert schema.HEAD in schema.known_versions()


@pytest.mark.parametrize("is_new", [False, True])
def test_opening_and_reading_the_list_loads_nothing_large(library: Library, tmp_path: Path, is_new: bool) -> None:
    import subprocess
    import sys

    library.close()
    folder = tmp_path / "new" if is_new else library.folder
    code = (
        "import sys; from pathlib import Path; from curator.core.query import ExchangeQuery\n"
        "from curator.library.library import Library\n"
        f"library = Library.open(Path({str(folder)!r}))\n"
        "library.cards(library.exchange_ids(ExchangeQuery())), library.counts(), library.close()\n"
        "large = ('alembic', 'sqlalchemy', 'sqlmodel', 'pydantic', 'numpy')\n"
        "print([name for name in large if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_new_library_is_what_alembic_makes_of_nothing(library: Library, tmp_path: Path) -> None:
    path = tmp_path / "made.db"
    schema._upgrade(path)

    def tables(database: Path) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(database)) as db:
            made = db.execute("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY name").fetchall()
            made = [(*names, "".join(str(sql).split())) for *names, sql in made]
            return [*made, *db.execute("SELECT * FROM alembic_version"), *db.execute("SELECT * FROM signal")]

    assert tables(library.folder / "library.db") == tables(path)


def test_a_migration_makes_a_backup_first(library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = fill(library, 3)
    library.set_state(ids, State.CLEAN)
    library.close()
    tomorrow(monkeypatch, tmp_path)
    again = Library.open(library.folder)
    assert len(again.rows()) == 3
    again.close()
    assert schema.version_of(library.folder / "library.db") == "9990"
    before = [file for file in backups.backups(library.folder / "library.db") if "before-9990" in file.name]
    assert len(before) == 1 and backups.is_sound(before[0])
    assert schema.version_of(before[0]) == TODAY
    with closing(sqlite3.connect(before[0])) as db:
        assert db.execute("SELECT count(*) FROM exchange WHERE state = 1").fetchone() == (3,)


@pytest.mark.parametrize("is_long", [True, False])
def test_a_migration_that_takes_long_says_so(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_long: bool
) -> None:
    fill(library, 1)
    library.close()
    tomorrow(monkeypatch, tmp_path)
    monkeypatch.setattr(opening, "_LONG", 0.0 if is_long else 3600.0)
    for expected in (int(is_long), 0):
        again = Library.open(library.folder)
        again.close()
        assert len(again.notices) == expected
        for notice in again.notices:
            (kept,) = backups.backups(library.folder / "library.db")
            assert notice.startswith("The library was written anew for this version of Curator, once; it took ")
            assert notice.endswith(f" As it was before, it is kept as {kept.name}.")


def test_a_migration_that_fails_leaves_the_library_as_it_was(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(library, 2)
    library.close()
    with monkeypatch.context() as patch:
        tomorrow(patch, tmp_path, 'op.execute("INSERT INTO no_such_table VALUES (1)")')
        with pytest.raises(LibraryError):
            Library.open(library.folder)
        assert schema.version_of(library.folder / "library.db") == TODAY
        with closing(sqlite3.connect(library.folder / "library.db")) as db:
            assert not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'tomorrow'").fetchone()
    again = Library.open(library.folder)
    assert len(again.exchange_ids(EVERYTHING)) == 2
    again.close()


def test_a_library_of_tomorrow_is_refused_and_left_alone(library: Library) -> None:
    fill(library, 1)
    library.close()
    path = library.folder / "library.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("UPDATE alembic_version SET version_num = '9999'")
    before = path.read_bytes()
    with pytest.raises(LibraryError) as error:
        Library.open(library.folder)
    assert "newer version" in error.value.message and "Update Curator" in error.value.hint
    assert path.read_bytes() == before and not backups.backups(path)


def test_the_last_ten_backups_are_kept(library: Library) -> None:
    path = library.folder / "library.db"
    made = [backups.make_backup(path, "daily") for _ in range(13)]
    assert backups.backups(path) == made[:2:-1]
    assert not list((library.folder / "backups").glob("*.part"))


def test_backups_of_a_large_library_are_fewer(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    path = library.folder / "library.db"
    size = backups.make_backup(path, "daily").stat().st_size
    monkeypatch.setattr(backups, "LARGE", 4 * size)
    made = [backups.make_backup(path, "daily") for _ in range(6)]
    assert backups.backups(path) == made[:1:-1]
    monkeypatch.setattr(backups, "LARGE", size - 1)
    made.append(backups.make_backup(path, "daily"))
    assert backups.backups(path) == made[:-3:-1]


def test_a_backup_that_would_fill_the_disk_is_not_begun(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(library, 1)
    library.close()
    monkeypatch.setattr(backups, "SPARE", 1 << 60)
    again = Library.open(library.folder)
    again.close()
    assert not backups.backups(library.folder / "library.db")
    (notice,) = again.notices
    size = size_words((library.folder / "library.db").stat().st_size)
    assert notice.startswith(
        f"Today's backup of the library could not be made (a backup needs {size} and {size_words(1 << 60)} to spare, "
        "and the disk has "
    )


def test_what_a_killed_backup_left_behind_goes_with_the_next_one(library: Library) -> None:
    folder = library.folder / "backups"
    folder.mkdir()
    old, fresh = folder / "library-1-daily.part", folder / "library-2-daily.part"
    for part in (old, fresh):
        part.write_bytes(b"half")
    os.utime(old, (0, 0))
    backups.make_backup(library.folder / "library.db", "daily")
    assert fresh.exists() and not old.exists()


def test_a_backup_is_made_once_a_day(library: Library) -> None:
    fill(library, 1)
    library.close()
    path = library.folder / "library.db"
    for _ in range(2):
        again = Library.open(library.folder)
        again.set_setting("touched", str(_))
        again.close()
        assert len(backups.backups(path)) == 1
    assert again.notices == []
    assert backups.is_sound(backups.backups(path)[0])


def test_a_place_with_odd_letters_works(tmp_path: Path) -> None:
    folder = tmp_path / "Meine Bücher %41 #1?"
    library = Library.open(folder)
    fill(library, 1)
    library.close()
    assert (folder / "library.db").exists()


def test_a_new_library_has_large_pages_and_an_older_one_keeps_its_own(tmp_path: Path) -> None:
    new, old = tmp_path / "new.db", tmp_path / "old.db"
    with closing(sqlite3.connect(old)) as db:
        db.executescript("PRAGMA page_size = 4096; CREATE TABLE here_before (id INTEGER)")
    sizes = []
    for path in (new, old):
        schema.bring_up_to_date(path)
        with closing(sqlite3.connect(path)) as db:
            sizes += db.execute("PRAGMA page_size").fetchone()
    assert sizes == [schema.PAGE, 4096]


def test_who_begin_the_daily_backup_at_the_same_moment_make_one(library: Library) -> None:
    fill(library, 1)
    path = library.folder / "library.db"
    start = threading.Barrier(6)

    def begin() -> Path | None:
        assert backups.is_backup_due(path)
        start.wait()
        return backups.make_daily_backup(path)

    with ThreadPoolExecutor(6) as pool:
        made = [one.result() for one in [pool.submit(begin) for _ in range(6)]]
    assert [backup for backup in made if backup] == backups.backups(path) and len(backups.backups(path)) == 1
    assert not list((path.parent / "backups").glob("*.part"))


def test_a_backup_that_another_process_makes_is_not_made_twice(library: Library) -> None:
    fill(library, 1)
    library.close()
    path = library.folder / "library.db"
    part = path.parent / "backups" / "library-1-daily.part"
    part.parent.mkdir()
    part.write_bytes(b"half")
    Library.open(library.folder).close()
    assert not backups.backups(path)
    os.utime(part, (0, 0))  # whoever began it was killed
    Library.open(library.folder).close()
    assert len(backups.backups(path)) == 1 and not part.exists()
