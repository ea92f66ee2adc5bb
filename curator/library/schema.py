"""The version of a library's tables, and the way to the present one."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from importlib import import_module
from pathlib import Path

from curator.core.errors import LibraryError
from curator.library.backups import make_backup
from curator.library.spare_pages import INCREMENTAL, make_able

MIGRATIONS = Path(__file__).parent / "migrations"
VERSIONS = ("0001_first_tables", "0002_archive_and_documents", "0003_way_of_reading", "0004_sessions_of_databases")
"""Every migration in order. Alembic is loaded only where something must be migrated (it takes a second), so they stand
here too; a test keeps both equal."""
HEAD = VERSIONS[-1].partition("_")[0]
"""The version this Curator reads and writes."""
PAGE = 8192
"""Bytes of a page of a new library. The steps of an exchange fill one of SQLite's usual 4 KB and begin another: with
8 KB an import writes for a tenth less, and the file is 3 % larger. An older library keeps its own."""
_VERSION_TABLE = (
    "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL,"
    " CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"
)


def version_of(path: Path) -> str:
    """The version of the library at `path`, empty for a new one. Raises `sqlite3.Error`."""
    if not path.exists() or path.stat().st_size == 0:
        return ""
    with closing(sqlite3.connect(path, timeout=5)) as db:
        try:
            row = db.execute("SELECT version_num FROM alembic_version").fetchone()
        except sqlite3.OperationalError as error:
            if "no such table" not in str(error):
                raise
            return ""
    return str(row[0]) if row else ""


def bring_up_to_date(path: Path) -> Path | None:
    """Create or migrate the library at `path` in one transaction, after a backup if there is anything in it; returns
    that backup.

    Raises `LibraryError` for a library of a newer Curator, and `sqlite3.Error`; then the file is as it was.
    """
    version = version_of(path)
    if version == HEAD:
        return None
    if not version:
        _begin(path)
        return None
    if version not in known_versions():
        raise LibraryError(
            "This library was made by a newer version of Curator.",
            "Update Curator, or choose another folder for the library. Nothing in it was changed.",
        )
    backup = make_backup(path, f"before-{HEAD}")
    _upgrade(path)
    make_able(path)
    return backup


def known_versions() -> frozenset[str]:
    """Every version there is a way from."""
    return frozenset(file.stem.split("_")[0] for file in MIGRATIONS.glob("versions/[0-9]*.py*"))


def _begin(path: Path) -> None:
    """Make the tables as the migrations would, from the same statements, without a second of Alembic."""
    migrations = [import_module(f"curator.library.migrations.versions.{name}") for name in VERSIONS]
    with closing(sqlite3.connect(path, timeout=5, isolation_level=None)) as db:
        db.execute(f"PRAGMA page_size = {PAGE}")  # both are heeded while the file is empty
        db.execute(f"PRAGMA auto_vacuum = {INCREMENTAL}")
        db.execute("BEGIN EXCLUSIVE")
        if db.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone() is None:
            # Otherwise another process did it while this one waited for the lock.
            for statement in (_VERSION_TABLE, *(one for made in migrations for one in made.STATEMENTS)):
                db.execute(statement)
            db.execute("INSERT INTO alembic_version VALUES (?)", (HEAD,))
        db.execute("COMMIT")


def _upgrade(path: Path) -> None:
    from alembic import command
    from alembic.config import Config
    from sqlalchemy import create_engine, exc
    from sqlalchemy.pool import NullPool

    # isolation_level None: the driver begins nothing by itself, so that making tables is one transaction with the rest.
    engine = create_engine(
        "sqlite://",
        creator=lambda: sqlite3.connect(path, timeout=5, isolation_level=None),
        poolclass=NullPool,
    )
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("BEGIN EXCLUSIVE")
            # Another process may have done it while this one waited for the lock.
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.commit()
    except exc.DBAPIError as error:
        if isinstance(error.orig, sqlite3.Error):
            raise error.orig from error
        raise
