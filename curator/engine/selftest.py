"""One training step on a tiny random model: shows that the runtime works, without any model on disk."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import mlx.core as mx
import mlx.nn as nn
from mlx_lm.models import llama

from curator.core.errors import JobError
from curator.core.settings import TrainSettings
from curator.engine.adapter import add_adapter
from curator.engine.batches import assemble
from curator.engine.blas import blas_name, device_name, versions
from curator.engine.loss import ResponseLoss
from curator.engine.optimizer import SafeAdamW
from curator.engine.stopping import StopRequest
from curator.engine.telling import Teller
from curator.tokens.template import Encoded

_STEPS = 4


def selftest_job(folder: Path, job: dict[str, Any], teller: Teller, stop: StopRequest) -> dict[str, Any]:
    """Train a few steps on random tokens; the loss must fall. Raises JobError where it does not."""
    teller.emit("started", blas=blas_name(), device=device_name(), versions=versions())
    mx.random.seed(0)
    model = llama.Model(
        llama.ModelArgs(
            model_type="llama",
            hidden_size=64,
            num_hidden_layers=2,
            intermediate_size=128,
            num_attention_heads=4,
            num_key_value_heads=2,
            rms_norm_eps=1e-5,
            vocab_size=128,
            tie_word_embeddings=True,
        )
    )
    add_adapter(model, TrainSettings(dropout=0.0))
    optimizer = SafeAdamW(1e-2, weight_decay=0.0, clip=1.0)
    optimizer.begin(model.trainable_parameters())
    ids = list(range(3, 36))
    batch = assemble([Encoded(ids, [0] * 8 + [1] * 25, 8, 25)] * 2)
    step = nn.value_and_grad(model, ResponseLoss(model))
    began, losses = time.monotonic(), []
    for _ in range(_STEPS):
        stop.check()
        (loss, _), gradients = step(model, *batch)
        optimizer.update(model, gradients)
        mx.eval(model.parameters(), optimizer.state)
        losses.append(round(float(loss.item()), 6))
    if not losses[-1] < losses[0]:
        raise JobError(f"The self-test's loss did not fall: {losses}.", "Update mlx, or report it with these numbers.")
    return {
        "losses": losses,
        "seconds": round(time.monotonic() - began, 3),
        "blas": blas_name(),
        "device": device_name(),
        "versions": versions(),
    }
