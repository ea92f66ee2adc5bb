"""Trains LoRA on a snapshot: sets everything up, resumes where a checkpoint allows, and says how it ended."""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import mlx.core as mx
from mlx_lm.tuner.trainer import TrainingArgs, train

from curator.core.errors import DatasetError, JobError
from curator.core.settings import TrainSettings
from curator.engine.adapter import ADAPTER_FILE, add_adapter, save_adapter, save_config, trainable
from curator.engine.base import load_base
from curator.engine.blas import blas_name, device_name, versions
from curator.engine.checkpoint import CHECKPOINT_FILE, Standing, load_checkpoint
from curator.engine.course import Course, LearnedEnoughError
from curator.engine.metal import bound_memory
from curator.engine.optimizer import SafeAdamW, schedule
from curator.engine.plan import Plan, make_plan
from curator.engine.rows import read_rows
from curator.engine.stopping import StoppedError, StopRequest, StopRequestedError
from curator.engine.telling import Teller
from curator.tokens.template import Encoded
from curator.tokens.tokenizer import ModelTokenizer

LAST_FILE = "last_adapters.safetensors"


def train_job(folder: Path, job: dict[str, Any], teller: Teller, stop: StopRequest) -> dict[str, Any]:
    """Train as `job` says ("model", "data", "settings", "seed") into `folder`. Returns the figures of `done`.

    Raises StoppedError after a stop that kept what was learned, and CuratorError with a sentence.
    """
    settings = _settings(job)
    model_folder, data = Path(job["model"]), Path(job["data"])
    rows, valid = _rows(data, model_folder, settings)
    stop.check()
    model, _ = load_base(model_folder)
    stop.check()
    bound_memory(model)
    mx.random.seed(settings.seed)
    layers = add_adapter(model, settings)
    save_config(folder, model_folder, layers, settings)
    plan = make_plan(len(rows), settings)
    optimizer = SafeAdamW(
        schedule(settings.learning_rate, plan.updates, settings.warmup, settings.final_rate),
        settings.weight_decay,
        settings.clip,
    )
    optimizer.begin(model.trainable_parameters())
    order = _order(settings, rows, model_folder)
    standing = load_checkpoint(folder, model, optimizer, order) or Standing(order=order)
    _tell_start(teller, plan, rows, valid, settings, layers, trainable(model), standing)
    course = Course(folder, model, optimizer, plan, rows, valid, settings, standing, teller, stop)
    try:
        _run(course)
    except StopRequestedError as request:
        _end_on_request(course, request)
    course.finish()
    (folder / CHECKPOINT_FILE).unlink(missing_ok=True)
    return course.figures()


def _run(course: Course) -> None:
    """Train on from where the course stands. Comes back when it is through, or has learned enough."""
    standing, plan = course.standing, course.plan
    course.begin()
    if standing.iteration >= plan.iterations:
        return
    scratch = course.folder / LAST_FILE
    args = TrainingArgs(
        batch_size=plan.batch_size,
        iters=plan.iterations - standing.iteration,
        steps_per_report=1,
        steps_per_save=plan.iterations + 1,
        max_seq_length=course.settings.max_tokens,
        adapter_file=str(scratch),
        grad_accumulation_steps=max(1, course.settings.accumulate),
        clear_cache_threshold=CACHE_BYTES,
    )
    try:
        train(
            course.model,
            course.optimizer,
            course.rows,
            None,  # validation is the course's: mlx-lm measures it one step too early and never at the end
            args,
            loss=course.loss,
            iterate_batches=course.batches,
            training_callback=course,
        )
    except LearnedEnoughError:
        return
    finally:
        scratch.unlink(missing_ok=True)


CACHE_BYTES = 1 << 30
"""How much freed memory mlx may keep for the next step; with mlx-lm's 0 each step asks the system anew."""


def _end_on_request(course: Course, request: StopRequestedError) -> None:
    folder = course.folder
    if request.is_discarded:
        for name in (ADAPTER_FILE, CHECKPOINT_FILE):
            (folder / name).unlink(missing_ok=True)
        raise StoppedError(message="Stopped and thrown away.", discarded=True, **course.figures()) from request
    course.checkpoint()
    if course.standing.best_loss is None and course.standing.iteration > 0:
        save_adapter(course.model, folder)
        course.standing.is_adapter_kept = True
    learned = course.standing.iteration > 0
    message = "Stopped; what was learned is kept." if learned else "Stopped before anything was learned."
    raise StoppedError(message=message, **course.figures()) from request


def _settings(job: dict[str, Any]) -> TrainSettings:
    given = job.get("settings") or {}
    known = {field.name for field in fields(TrainSettings)}
    try:
        settings = TrainSettings(**{name: value for name, value in given.items() if name in known})
    except TypeError as error:
        raise JobError("The settings of this run cannot be read.", "Start it again from its snapshot.") from error
    return replace(settings, seed=int(job.get("seed", settings.seed)))


def _rows(data: Path, model: Path, settings: TrainSettings) -> tuple[list[Encoded], list[Encoded]]:
    if not data.is_dir():
        raise DatasetError(f"The snapshot is not where it was: {data}.", "Freeze the rows again.")
    if not model.is_dir():
        load_base(model)  # says what is missing
    tokenizer = ModelTokenizer(model)
    rows = read_rows(data / "train.jsonl", tokenizer, settings.max_tokens)
    if not rows:
        raise DatasetError("The snapshot has no rows to train.", "Mark some exchanges clean, then freeze again.")
    return rows, read_rows(data / "valid.jsonl", tokenizer, settings.max_tokens)


def _order(settings: TrainSettings, rows: list[Encoded], model: Path) -> str:
    """A digest of all that a checkpoint presumes: the same settings, rows and model."""
    digest = hashlib.sha256(json.dumps([str(settings), str(model)]).encode())
    for row in rows:
        digest.update(json.dumps([row.ids, row.weights]).encode())
    return digest.hexdigest()


def _tell_start(
    teller: Teller,
    plan: Plan,
    rows: list[Encoded],
    valid: list[Encoded],
    settings: TrainSettings,
    layers: int,
    trained: int,
    standing: Standing,
) -> None:
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
        trainable=trained,
        seed=settings.seed,
        versions=versions(),
        resumed_at=standing.iteration,
    )
    if standing.iteration:
        teller.note(f"Goes on after iteration {standing.iteration} of {plan.iterations}.")
    if not valid:
        teller.note("There are no validation rows, so overfitting cannot be seen; the last adapter is kept.")
