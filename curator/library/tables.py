"""The tables as SQLModel classes: what Alembic compares a library with. Nothing is read or written through them."""

from __future__ import annotations

from sqlalchemy import MetaData
from sqlmodel import SQLModel

from curator.library import decided_tables, recorded_tables

__all__ = ["METADATA", "decided_tables", "recorded_tables"]

METADATA: MetaData = SQLModel.metadata
"""Every table of a library; importing the modules that have them is what fills it."""
