"""The figures of sessions and of the sidebar, kept with every write so that nothing has to be counted later."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection

from curator.core.query import Counts
from curator.library.columns import SECRET_BIT, id_list

FIGURES = ("total", "hidden", "unreviewed", "clean", "later", "rejected", "secret", "flagged")
_NAMES = ", ".join(FIGURES)
_SUMS = ", ".join(f"SUM({name})" for name in FIGURES)
_COUNTED = f"""
    COUNT(*), IFNULL(SUM(e.hidden), 0), IFNULL(SUM(e.state = 0 AND NOT e.hidden), 0), IFNULL(SUM(e.state = 1), 0),
    IFNULL(SUM(e.state = 2), 0), IFNULL(SUM(e.state = 3), 0),
    IFNULL(SUM(NOT e.hidden AND (e.signals & {SECRET_BIT}) <> 0), 0), IFNULL(SUM(e.flagged), 0)
"""
_RECOUNT = f"""
    UPDATE session SET ({_NAMES}) = (SELECT {_COUNTED} FROM exchange e WHERE e.session_id = session.id)
    WHERE id IN (SELECT value FROM json_each(?))
"""
_GROUPED = f"""
    SELECT root, format, project, {_SUMS} FROM session WHERE id IN (SELECT value FROM json_each(?)) GROUP BY 1, 2, 3
"""
_ADD = f"""
    INSERT INTO tally(root, format, project, {_NAMES}) VALUES (?, ?, ?, {", ".join("?" * len(FIGURES))})
    ON CONFLICT DO UPDATE SET {", ".join(f"{name} = {name} + excluded.{name}" for name in FIGURES)}
"""


def recount(db: sqlite3.Connection, sessions: Collection[int]) -> None:
    """Count these sessions anew and carry the difference into the sidebar's figures."""
    if not sessions:
        return
    ids = id_list(sessions)
    _add(db, ids, -1)
    db.execute(_RECOUNT, (ids,))
    _add(db, ids, 1)


def take_out(db: sqlite3.Connection, sessions: Collection[int]) -> None:
    """Take these sessions out of the sidebar's figures: they are about to move to another group, or to go."""
    _add(db, id_list(sessions), -1)


def put_in(db: sqlite3.Connection, sessions: Collection[int]) -> None:
    """Put these sessions, as they were counted last, into the sidebar's figures."""
    _add(db, id_list(sessions), 1)


def counts(db: sqlite3.Connection) -> Counts:
    """The figures of the sidebar: sums over one short table, however large the library."""
    total = hidden = unreviewed = clean = later = rejected = secret = flagged = 0
    roots: dict[int, int] = {}
    formats: dict[str, int] = {}
    projects: dict[str, int] = {}
    for root, kind, project, *figures in db.execute(f"SELECT root, format, project, {_NAMES} FROM tally"):
        visible = figures[0] - figures[1]
        total += figures[0]
        hidden += figures[1]
        unreviewed += figures[2]
        clean += figures[3]
        later += figures[4]
        rejected += figures[5]
        secret += figures[6]
        flagged += figures[7]
        roots[root] = roots.get(root, 0) + visible
        formats[kind] = formats.get(kind, 0) + visible
        projects[project] = projects.get(project, 0) + visible
    return Counts(
        unreviewed=unreviewed,
        clean=clean,
        later=later,
        rejected=rejected,
        secret=secret,
        flagged=flagged,
        total=total,
        hidden=hidden,
        formats=_largest_first(formats),
        roots=tuple(
            (root, name, roots.get(root, 0))
            for root, name in db.execute("SELECT id, name FROM watched_folder ORDER BY id")
        ),
        tags=tuple(
            db.execute(
                "SELECT t.name, COUNT(*) FROM exchange_tag x JOIN tag t ON t.id = x.tag_id"
                " GROUP BY t.id ORDER BY t.name"
            )
        ),
        projects=_largest_first(projects),
    )


def _largest_first(counted: dict[str, int]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(((k, n) for k, n in counted.items() if k and n), key=lambda pair: (-pair[1], pair[0])))


def _add(db: sqlite3.Connection, ids: str, sign: int) -> None:
    groups = db.execute(_GROUPED, (ids,)).fetchall()
    db.executemany(_ADD, [(*group[:3], *(sign * figure for figure in group[3:])) for group in groups])
