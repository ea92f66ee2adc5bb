"""Several processes or computers that train one run together (data parallel, experimental): each takes its share of
every batch, and mlx's ring adds the gradients up.

The first rank decides everything: it tells, validates, keeps, stops. The others only compute gradients in step with it,
from the same checkpoint, so that a stop or an end needs no agreement: they are ended when the first has.
"""

from __future__ import annotations

import hashlib
import os
from functools import partial

import mlx.core as mx
from mlx.nn.utils import average_gradients
from mlx_lm.tuner import trainer

from curator.core.errors import JobError
from curator.engine.failures import DEVICE


class PeerLostError(JobError):
    """A computer of the ring is gone; the run goes on from its checkpoint once all are there again."""

    cause = DEVICE


def join() -> int:
    """Find the other ranks, where this process is one of several. Returns how many there are together.

    Called before anything that takes long: the ranks wait for each other only for some seconds. Gradients are added up
    on the CPU stream: on the GPU's, a rank that waits for a slower one is ended by Metal's watchdog (mlx#4475).
    """
    if "MLX_HOSTFILE" not in os.environ:
        return 1
    try:
        world = mx.distributed.init(strict=True)
    except (RuntimeError, ValueError) as error:
        raise PeerLostError(f"The computers of the ring did not find each other: {error}.", "Check them.") from error
    trainer.average_gradients = partial(average_gradients, communication_stream=mx.cpu)
    size: int = world.size()
    return size


def insist_on_the_same(order: str, iteration: int) -> None:
    """Refuse ranks that hold other rows, another model, other settings or another checkpoint than the first."""
    world = mx.distributed.init()
    if world.size() == 1:
        return
    digest = hashlib.sha256(f"{order} {iteration}".encode()).digest()
    own = mx.array(list(digest), mx.int32)
    first = mx.distributed.all_sum(own if world.rank() == 0 else mx.zeros_like(own), stream=mx.cpu)
    differing = mx.distributed.all_sum(mx.any(first != own).astype(mx.int32), stream=mx.cpu)
    if differing.item():
        raise JobError(
            "The computers of the ring do not hold the same rows, model and settings.", "Start the run again."
        )


def lost_peer(error: RuntimeError) -> bool:
    """Whether an error of mlx means that another rank is gone."""
    return "[ring]" in str(error)
