"""Trains LoRA on a snapshot: sets everything up, resumes where a checkpoint allows, and says how it ended."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path
from typing import Any

import mlx.core as mx
from mlx_lm.tuner.trainer import TrainingArgs, train

from curator.core.errors import DatasetError
from curator.core.settings import TrainSettings
from curator.engine.adapter import add_adapter, keys_of, save_config, trainable
from curator.engine.attempts import is_sparing
from curator.engine.base import load_base
from curator.engine.blas import blas_name, device_name, made_with, versions
from curator.engine.checkpoint import load_checkpoint
from curator.engine.course import Course, CourseOverError, SegmentOverError
from curator.engine.distributed import PeerLostError, insist_on_the_same, join, lost_peer
from curator.engine.ending import ended, ended_outside, throw_away
from curator.engine.given import given_day, given_folder, given_settings
from curator.engine.known_base import fingerprint_of
from curator.engine.loss import ResponseLoss
from curator.engine.metal import bound_memory
from curator.engine.optimizer import SafeAdamW, schedule
from curator.engine.order import order_of
from curator.engine.plan import make_plan
from curator.engine.probe import probe_of
from curator.engine.rows import read_rows, rows_to_train
from curator.engine.standing import BEFORE_FILE, CHECKPOINT_FILE, Standing
from curator.engine.stopping import StoppedError, StopRequest, StopRequestedError
from curator.engine.telling import Teller
from curator.tokens.template import Encoded
from curator.tokens.tokenizer import ModelTokenizer

CACHE_BYTES = 1 << 30
"""How much freed memory mlx may keep for the next step; with mlx-lm's 0 each step asks the system anew."""

_ROUGHLY = 0.25
"""So much of a pass more than was asked for is worth a word."""


def train_job(folder: Path, job: dict[str, Any], teller: Teller, stop: StopRequest) -> dict[str, Any]:
    """Train as `job` says ("model", "data", "settings", "seed") into `folder`. Returns the figures of `done`.

    Raises StoppedError after a stop that kept what was learned, and at the end of a segment; StopRequestedError after
    one that came before the course began; and CuratorError with a sentence.
    """
    began = time.monotonic()
    course = set_up(folder, job, teller, stop)
    course.pace.start_seconds = time.monotonic() - began
    try:
        _run(course)
    except SegmentOverError as over:
        raise StoppedError("segment", iteration=course.standing.iteration) from over
    except StopRequestedError as request:
        raise _end_on_request(folder, course, request) from request
    course.keeping.finish()
    standing = course.standing
    if (
        standing.best_loss is not None
        and standing.first_valid is not None
        and standing.best_loss > standing.first_valid
    ):
        teller.note("Validation never became better than the base model's own. Try a lower learning rate or more rows.")
    return course.figures()


def set_up(folder: Path, job: dict[str, Any], teller: Teller, stop: StopRequest) -> Course:
    """Everything up to the first step: the rows, the model, the adapter, and where an earlier sitting left off."""
    world = join()
    settings, named = given_settings(job)
    settings = replace(settings, is_sparing=is_sparing(folder, asdict(settings)))
    model_folder = given_folder(job, "model")
    tokenizer, rows, valid = _rows(given_folder(job, "data"), model_folder, settings, given_day(job))
    stop.check()
    base = fingerprint_of(folder, model_folder)
    model, config = load_base(model_folder)
    stop.check()
    bound_memory(model)
    mx.random.seed(settings.seed)
    layers = add_adapter(model, settings)
    save_config(folder, model_folder, layers, settings, keys_of(model))
    plan = make_plan(len(rows), settings)
    rate = schedule(settings.learning_rate, plan.updates, settings.warmup, settings.final_rate)
    optimizer = SafeAdamW(rate, settings.weight_decay, settings.clip)
    optimizer.begin(model.trainable_parameters())
    order = order_of(settings, base, rows, valid, named)
    was_begun = any((folder / name).exists() for name in (CHECKPOINT_FILE, BEFORE_FILE))
    found = load_checkpoint(folder, model, optimizer, order)
    standing, best = found or (Standing(order=order), None)
    insist_on_the_same(order, standing.iteration)
    loss = ResponseLoss(model)
    probe = probe_of(model, model_folder, config, tokenizer, settings, teller)
    teller.emit(
        "started",
        iterations=plan.iterations,
        passes=round(plan.passes(plan.iterations), 4),
        rows=len(rows),
        valid_rows=len(valid),
        batch_size=plan.batch_size,
        tokens_per_pass=sum(len(row.ids) for row in rows),
        blas=blas_name(),
        device=device_name(),
        layers=layers,
        trainable=trainable(model),
        seed=settings.seed,
        versions=versions(),
        resumed_at=standing.iteration,
        method=settings.method,
        head="response" if loss.is_split else "full",
        base=base,
        tags=sorted({tag for row in (*rows, *valid) for tag in row.tags}),
        sparing=settings.is_sparing,
        world=world,
    )
    if standing.iteration:
        teller.note(f"Goes on after iteration {standing.iteration} of {plan.iterations}.")
        _tell_changes(standing.made_with, teller)
    elif was_begun and found is None:  # one that was paused before its first update has a checkpoint as good as any
        teller.note("Its checkpoint is damaged, or belongs to other settings, rows or another model: it begins anew.")
    standing.made_with = made_with()
    passes = plan.passes(plan.iterations)
    if not standing.iteration and settings.iterations <= 0 and passes > settings.passes + _ROUGHLY:
        teller.note(
            f"An update takes {settings.accumulate} batches: it trains {passes:.2g} passes, not {settings.passes:g}."
        )
    if not valid:
        teller.note("There are no validation rows, so overfitting cannot be seen; the last adapter is kept.")
    return Course(
        folder, model, optimizer, plan, rows, valid, settings, standing, teller, stop, loss=loss, probe=probe, best=best
    )


def _run(course: Course) -> None:
    """Train on from where the course stands. Comes back when it is through, or has learned enough."""
    try:
        course.begin()
        train(
            course.model,
            course.optimizer,
            course.rows,
            None,  # validation is the course's: mlx-lm measures it one step too early and never at the end
            training_args(course),
            loss=course.loss,
            iterate_batches=course.batches,
            training_callback=course,
        )
    except CourseOverError:
        return
    except RuntimeError as error:
        if not lost_peer(error):
            raise
        raise PeerLostError("A computer of the ring is gone.", "Check it, then resume the run.") from error


_NO_ROOM = "The disk is full: what was learned since the last checkpoint could not be kept."


def training_args(course: Course) -> TrainingArgs:
    """What mlx-lm's `train` is told; the same on all ranks."""
    plan = course.plan
    return TrainingArgs(
        batch_size=plan.batch_size,
        iters=plan.iterations - course.standing.iteration,
        steps_per_report=1,
        steps_per_save=plan.iterations + 1,
        max_seq_length=course.settings.max_tokens,
        grad_accumulation_steps=max(1, course.settings.accumulate),
        clear_cache_threshold=CACHE_BYTES,
    )


def _end_on_request(folder: Path, course: Course, request: StopRequestedError) -> StoppedError:
    """The end that was asked for. Where the disk is full, what the checkpoint before holds is all that stays."""
    if request.is_discarded:
        throw_away(folder)
    elif not course.keeping.stop():
        stopped = ended_outside(folder, request.kind)
        stopped.figures["message"] = f"{str(stopped.figures['message']).split('; ')[0].rstrip('.')}. {_NO_ROOM}"
        return stopped
    return ended(request.kind, course.figures())


def _tell_changes(before: Mapping[str, str], teller: Teller) -> None:
    """Say where a run goes on with something else than it was begun with: it is the same run, but not bit for bit."""
    changes = [
        f"{name} {now} instead of {before[name]}" for name, now in made_with().items() if before.get(name, now) != now
    ]
    if changes:
        teller.note(f"It goes on with {', '.join(changes)}: from here on its numbers can differ in their last digits.")


def _rows(
    data: Path, model: Path, settings: TrainSettings, day: date | None
) -> tuple[ModelTokenizer, list[Encoded], list[Encoded]]:
    if not data.is_dir():
        raise DatasetError(f"The snapshot is not where it was: {data}.", "Freeze the rows again.")
    if not model.is_dir():
        load_base(model)  # says what is missing
    tokenizer = ModelTokenizer(model, day)
    rows = rows_to_train(data, tokenizer, settings.max_tokens)
    return tokenizer, rows, read_rows(data / "valid.jsonl", tokenizer, settings.max_tokens)
