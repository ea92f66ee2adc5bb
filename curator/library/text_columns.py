"""Columns of text as every table has them."""

from __future__ import annotations

from sqlalchemy import Column, Text


def text_column(default: str = "") -> Column[str]:
    """A column of text that is never null."""
    return Column(Text, nullable=False, server_default=default)
