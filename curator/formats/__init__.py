"""Transcript formats: bytes in, exchanges out. Pure: no disk; of a database, only what its rows say."""
