"""What the Train panel knows before a run: rows, what is left out, base models, snapshots, and what it will cost."""

from __future__ import annotations

from dataclasses import dataclass, field

from curator.core.machine import Finding, Weight
from curator.core.model import STARTER, BaseModel
from curator.core.settings import TrainSettings
from curator.core.sizes import size_words
from curator.core.snapshot import Snapshot
from curator.ui.models.amounts import count_words, rough_duration, rows_words
from curator.ui.models.run_words import day_and_time

ENOUGH_ROWS = 12
"""Clean rows that are enough for a quick look."""


@dataclass(frozen=True, slots=True)
class TrainFacts:
    """Figures about the clean rows under a base model and a maximum of tokens. `problem` is why nothing can be trained
    now; `memory_gb` and the seconds are estimates, None where nobody can tell yet."""

    rows: int = 0
    trained: int = 0
    held_out: int = 0
    over: int = 0
    refused: int = 0
    tokens: int = 0
    longest: int = 0
    limit: int = 2048
    is_estimate: bool = False
    is_by_session: bool = True
    model: str = ""
    models: tuple[BaseModel, ...] = ()
    snapshots: tuple[Snapshot, ...] = ()
    memory_gb: float | None = None
    total_gb: float = 0.0
    seconds: dict[str, float | None] = field(default_factory=dict)  # preset name, or "" for the settings as they stand
    problem: str = ""
    places: tuple[tuple[str, str], ...] = ()  # where one can train: name ("" is here) and title
    usual_place: str = ""  # where the next run is trained, unless the person chooses another
    findings: tuple[Finding, ...] = ()  # what speaks against starting now, the gravest first

    @property
    def is_advised(self) -> bool:
        """Whether nothing that was looked at says better not."""
        return all(finding.weight is not Weight.STOP for finding in self.findings)

    def base(self, name: str) -> BaseModel | None:
        """A base model by name."""
        return next((m for m in self.models if m.name == name), None)

    def snapshot(self, key: str) -> Snapshot | None:
        """A snapshot by the key of its option; None for the rows as they are now."""
        return next((s for s in self.snapshots if str(s.id) == key), None)


@dataclass(frozen=True, slots=True)
class TrainRequest:
    """What the person asked to be trained. `snapshot` 0 means: freeze the rows as they are now; `runtime` names where,
    "" is this computer. `report_to` are programs that the figures are also written for."""

    model: str
    settings: TrainSettings
    preset: str = ""
    snapshot: int = 0
    runtime: str = ""
    name: str = ""
    report_to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fact:
    """One line under the panel: icon, words, the ink of both."""

    icon: str
    words: str
    glyph: str = "text3"
    ink: str = "text2"


def facts_of(known: TrainFacts, snapshot: Snapshot | None) -> list[Fact]:
    """What training will do, in at most five lines; nothing is promised that is not known."""
    lines: list[Fact] = []
    told = {f.subject for f in known.findings if f.weight is not Weight.FINE}  # stands below, with what to do about it
    if known.memory_gb is not None and "memory" not in told:
        of = f" of {known.total_gb:.0f}" if known.total_gb else ""
        tight = bool(known.total_gb and known.memory_gb > known.total_gb * 0.8)
        words = f"≈ {known.memory_gb:.1f} GB{of} while it trains"
        lines.append(Fact("chip", words, "warn" if tight else "text3", "text" if tight else "text2"))
    trained = snapshot.train if snapshot else known.trained
    held = snapshot.valid + snapshot.test if snapshot else known.held_out
    if trained:
        lines.append(Fact("check", "Every row that fits is trained in every pass", "good"))
    if snapshot is not None:
        if snapshot.left_out:
            lines.append(Fact("cut", f"{_are(len(snapshot.left_out))} left out of this snapshot", "bad", "text"))
    else:
        if known.over and "over" not in told:
            lines.append(Fact("cut", f"{rows_words(known.over)} over budget {_is(known.over)} left out", "bad", "text"))
        if known.refused:
            lines.append(Fact("alert", f"{rows_words(known.refused)} cannot be trained", "bad", "text"))
    if held:
        by = (
            ", by session" if snapshot is not None or known.is_by_session else ", one by one: all come from one session"
        )
        lines.append(Fact("split", f"{rows_words(held)} held out{by}"))
    return lines


def _is(count: int) -> str:
    return "is" if count == 1 else "are"


def _are(count: int) -> str:
    return f"{rows_words(count)} {_is(count)}"


def passes_of(settings: TrainSettings, rows: int) -> float:
    """How often every one of so many trained rows is seen; 0 where that cannot be told. As `engine.plan` has it: the
    last, smaller batch of a pass is an iteration like the others."""
    if not settings.iterations:
        return settings.passes
    return settings.iterations / -(-rows // settings.batch_size) if rows else 0.0


def price(settings: TrainSettings, seconds: float | None, rows: int = 0) -> str:
    """What a run on so many rows costs in passes and time: "up to 8 passes · ≈ 10 min"."""
    if settings.iterations:
        passes = passes_of(settings, rows)
        words = f"{passes:.0f} passes" if passes >= 2 else f"{settings.iterations:,} steps"
    else:
        words = f"{'up to ' if settings.patience else ''}{count_words(settings.passes)}"
    return words if seconds is None else f"{words} · {rough_duration(seconds)}"


def can_be_prepared(model: BaseModel) -> bool:
    """Whether it is the starter, which is made ready by itself when it is first wanted and its wheel is here."""
    return model.name == STARTER and not model.is_ready and model.bytes > 0


def model_detail(model: BaseModel) -> str:
    """The second line of a base model: how it is stored, where, how large, and whether it must be prepared first."""
    if can_be_prepared(model):
        return "comes with Curator · prepared on first use"
    if not model.is_ready:
        return model.problem
    parts = [f"{model.bits}-bit" if model.bits else "", "on this computer"]
    if model.bytes:
        parts.append(size_words(model.bytes))
    return " · ".join(p for p in parts if p)


def snapshot_words(snapshot: Snapshot) -> tuple[str, str]:
    """Title and detail of a snapshot in the list of rows."""
    rows = snapshot.train + snapshot.valid + snapshot.test
    return (
        f"{rows_words(rows)}, {snapshot.name or f'snapshot {snapshot.id}'}",
        f"frozen {day_and_time(snapshot.created)}",
    )
