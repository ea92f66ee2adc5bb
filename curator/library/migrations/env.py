"""Runs migrations on the connection that `curator.library.schema` hands over, inside its one transaction."""

from __future__ import annotations

from alembic import context

from curator.library.tables import METADATA

FULL_TEXT = ("search", "search_rows")


def _is_told(name: str | None, kind: str) -> bool:
    """Leave out what SQLite makes by itself behind a full-text index."""
    return not (kind == "table" and name is not None and name.split("_")[0] == FULL_TEXT[0])


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,
    include_name=lambda name, kind, _parents: _is_told(name, kind),
)
with context.begin_transaction():
    context.run_migrations()
