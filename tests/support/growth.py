"""Whether a format keeps its word while its file grows."""

from __future__ import annotations

from curator.formats.reader import read_transcript


def keys_of(data: bytes) -> list[tuple[str, list[str]]]:
    """Each session's key with the keys of its exchanges."""
    return [(s.key, [e.key for e in s.exchanges]) for s in read_transcript(data, "name").sessions]


def keeps_its_keys(data: bytes) -> bool:
    """Whether what every beginning of the file gave is given again, in the same order, by the whole file."""
    final = keys_of(data)
    for end in [at + shift for at, byte in enumerate(data) if byte == 10 for shift in (-7, 0, 1)]:
        for (key, keys), (last_key, last_keys) in zip(keys_of(data[: max(end, 0)]), final, strict=False):
            if key != last_key or keys != last_keys[: len(keys)]:
                return False
    return True
