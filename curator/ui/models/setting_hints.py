"""Every number of a run by its name in the window: what it does, and when to change it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Hint:
    """A number of `TrainSettings`: `name` is its field there, `title` and `words` are the window's."""

    name: str
    title: str
    words: str


@dataclass(frozen=True, slots=True)
class HintGroup:
    """Numbers that belong together."""

    title: str
    hints: tuple[Hint, ...]


GROUPS: tuple[HintGroup, ...] = (
    HintGroup(
        "Steps",
        (
            Hint("learning_rate", "Rate", "How far each step goes. Halve it when the loss jumps."),
            Hint("length", "", "A pass trains every row once; an iteration is one batch."),
            Hint("batch_size", "Batch", "Rows a step. Fewer need less memory, more make a calmer curve."),
            Hint("accumulate", "Batches a step", "2 with half the batch learns the same in less memory, slower."),
            Hint("warmup", "Warm-up", "Share of the run in which the rate rises. More when the start is rough."),
            Hint("final_rate", "Rate at the end", "As a share of the rate. Lower lets it settle; 1 keeps it."),
            Hint("clip", "Clip", "The longest a gradient may be. Lower it when single steps throw the loss off."),
            Hint("weight_decay", "Weight decay", "Pulls what was learned back a little. Rarely worth turning."),
        ),
    ),
    HintGroup(
        "Adapter",
        (
            Hint("method", "Method", "DoRA also learns how strong each direction is: often better, and slower."),
            Hint("rank", "Rank", "Room for what is new. 8 is enough up to 300 rows, 16 to 1,500."),
            Hint("scale", "Scale", "Multiplies what was learned, as it is; 4 goes with rank 8, 2 with 16."),
            Hint("is_rank_stabilized", "Scale by rank", "Another rank then needs no other rate (rsLoRA)."),
            Hint("dropout", "Dropout", "Share that is forgotten in each step, against learning by heart."),
            Hint("layers", "Layers", "How many of the last layers learn. Fewer need less memory and learn less."),
        ),
    ),
    HintGroup(
        "Rows",
        (
            Hint("max_tokens", "Maximum tokens", "Rows longer than this are left out, never cut."),
            Hint("seed", "Seed", "The same seed shuffles and starts the same way. Another one shows what is chance."),
        ),
    ),
    HintGroup(
        "Watching",
        (
            Hint("evals_per_pass", "Checks a pass", "How often the held-out rows are measured. Each takes a moment."),
            Hint("patience", "Patience", "Checks without a better one before it stops by itself; 0 goes to the end."),
            Hint("probe", "Probe", "Answered at every check, for the eye. It changes nothing in the run."),
        ),
    ),
    HintGroup(
        "Computer",
        (
            Hint("is_sparing", "Spare memory", "About a third of the memory for half as much time again; same result."),
            Hint("checkpoint_seconds", "Checkpoint every", "Seconds. At most so much is trained again after a crash."),
            Hint("segment_minutes", "New process every", "Minutes; helps where memory grows over hours. Same result."),
        ),
    ),
)
