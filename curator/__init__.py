"""Curator: your own AI sessions, turned into a small model of your own."""

__version__ = "0.1.0"
