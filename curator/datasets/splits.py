"""Which rows are held out: whole sessions, chosen by their content, so that the same rows always split the same way."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from curator.core.row import Row
from curator.core.snapshot import Split

LEAST_ROWS = 4
"""Below this a set cannot be trained and checked."""

_ENOUGH = 9  # validation rows under which a loss says little
_MOST = 200  # validation rows above which measuring costs more than it tells


@dataclass(frozen=True, slots=True)
class SplitPlan:
    """A split for every row, in the order given; what was split by, and what is worth saying about it."""

    splits: tuple[Split, ...]
    is_by_session: bool
    notes: tuple[str, ...]

    def count(self, split: Split) -> int:
        """How many rows are in `split`."""
        return self.splits.count(split)


def content_key(row: Row) -> str:
    """SHA-256 of what a row says. Ids depend on the order of import; this does not."""
    parts = (row.system, row.prompt, row.response)
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def targets(rows: int) -> tuple[int, int]:
    """(validation, test) rows to hold out of `rows`: a tenth, but nine where that leaves four fifths; a twentieth."""
    valid = min(_MOST, max(round(rows * 0.1), min(_ENOUGH, max(1, rows // 5))))
    test = min(_MOST, round(rows * 0.05)) if rows >= 20 else 0
    return valid, test


def plan_splits(rows: Sequence[Row], seed: int = 0) -> SplitPlan:
    """Hold out whole sessions; sessions that share an identical row stay together, so that nothing leaks.

    When all rows come from one session they are split one by one, and the plan says so. From four rows on
    neither the training nor the validation part is empty.
    """
    keys = [content_key(row) for row in rows]
    groups = _groups(rows, keys)
    is_by_session = len(groups) > 1
    if not is_by_session:
        groups = _one_by_one(keys)
    ordered = sorted(groups, key=lambda group: _rank(seed, group, keys))
    valid_target, test_target = targets(len(rows))
    valid, rest = _take(ordered, valid_target)
    valid, rest = _fill(valid, rest, valid_target, most=len(rows) * 2 // 5, least=1)
    test, rest = _take(rest, test_target)
    test, rest = _fill(test, rest, test_target, most=len(rows) // 10, least=0)
    chosen = dict.fromkeys(_flat(valid), Split.VALID) | dict.fromkeys(_flat(test), Split.TEST)
    splits = tuple(chosen.get(index, Split.TRAIN) for index in range(len(rows)))
    return SplitPlan(splits, is_by_session, tuple(_notes(splits, is_by_session)))


def keep_splits(rows: Sequence[Row], splits: Sequence[Split]) -> SplitPlan:
    """The splits that rows have already, as a plan."""
    sessions: dict[int, set[Split]] = {}
    for row, split in zip(rows, splits, strict=True):
        sessions.setdefault(row.session, set()).add(split)
    is_by_session = len(sessions) > 1 and all(len(own) == 1 for own in sessions.values())
    return SplitPlan(tuple(splits), is_by_session, tuple(_notes(splits, is_by_session or len(sessions) > 1)))


def _groups(rows: Sequence[Row], keys: Sequence[str]) -> list[list[int]]:
    """Row indices by session; sessions with an identical row become one group, unless that leaves a single one."""
    by_session: dict[int, list[int]] = {}
    for index, row in enumerate(rows):
        by_session.setdefault(row.session, []).append(index)
    parent = {session: session for session in by_session}

    def root(session: int) -> int:
        while parent[session] != session:
            parent[session] = parent[parent[session]]
            session = parent[session]
        return session

    first: dict[str, int] = {}
    for row, key in zip(rows, keys, strict=True):
        parent[root(row.session)] = root(first.setdefault(key, row.session))
    joined: dict[int, list[int]] = {}
    for session, indices in by_session.items():
        joined.setdefault(root(session), []).extend(indices)
    return list((joined if len(joined) > 1 else by_session).values())


def _one_by_one(keys: Sequence[str]) -> list[list[int]]:
    """Groups of identical rows; single rows when all are identical."""
    same: dict[str, list[int]] = {}
    for index, key in enumerate(keys):
        same.setdefault(key, []).append(index)
    return list(same.values()) if len(same) > 1 else [[index] for index in range(len(keys))]


def _rank(seed: int, group: list[int], keys: Sequence[str]) -> str:
    """A group's place in the draw, from the seed and what its rows say."""
    content = "\n".join(sorted(keys[index] for index in group))
    return hashlib.sha256(f"{seed}\n{content}".encode()).hexdigest()


def _take(groups: list[list[int]], target: int) -> tuple[list[list[int]], list[list[int]]]:
    """Groups in order until `target` rows are reached, without going far beyond it; one group at least is left."""
    most = max(target, round(target * 1.25))
    taken: list[list[int]] = []
    left: list[list[int]] = []
    rows = 0
    for position, group in enumerate(groups):
        is_last = position + 1 == len(groups) and not left
        if rows < target and rows + len(group) <= most and not is_last:
            taken.append(group)
            rows += len(group)
        else:
            left.append(group)
    return taken, left


def _fill(
    taken: list[list[int]], left: list[list[int]], target: int, most: int, least: int
) -> tuple[list[list[int]], list[list[int]]]:
    """Where sessions are large: add the smallest ones left while the target is missed and `most` rows are not passed,
    and in any case until there are `least` groups. One group at least is left."""
    taken, left = list(taken), list(left)
    while len(left) > 1:
        rows = len(_flat(taken))
        smallest = min(left, key=len)
        if len(taken) >= least and (rows >= target or rows + len(smallest) > most):
            break
        taken.append(smallest)
        left = [group for group in left if group is not smallest]
    return taken, left


def _flat(groups: Iterable[list[int]]) -> list[int]:
    return [index for group in groups for index in group]


def _notes(splits: Sequence[Split], is_by_session: bool) -> list[str]:
    total, valid, test = len(splits), splits.count(Split.VALID), splits.count(Split.TEST)
    notes = []
    if not is_by_session:
        notes.append(
            "All rows come from one session, so rows were held out one by one: "
            "the validation loss may look better than it is."
        )
    if valid < _ENOUGH:
        notes.append(f"Only {valid} {_rows(valid)} held out for validation: its loss will jump about.")
    elif valid > total * 0.25:
        notes.append(f"{valid} of {total} rows are held out, because only whole sessions are.")
    if not test:
        notes.append("No rows are kept for a test: there are too few.")
    return notes


def _rows(count: int) -> str:
    return "row is" if count == 1 else "rows are"
