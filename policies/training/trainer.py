"""The training loop: seeded, with progress, resumable after every epoch."""

from __future__ import annotations

import pickle
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from sonoreach.errors import InputError
from sonoreach.policies.training.dataset import Batch, batches
from sonoreach.policies.training.loss import total_loss
from sonoreach.policies.training.network import PlaneNetwork


@dataclass(frozen=True)
class TrainingPlan:
    """How to train; a checkpoint of another plan is not resumed."""

    epochs: int = 16
    batch_size: int = 64
    learning_rate: float = 2e-3
    weight_decay: float = 0.02
    seed: int = 0


def train(images: Batch, plan: TrainingPlan, checkpoint: Path, start: Path | None = None) -> PlaneNetwork:
    """Train a network, or go on where a checkpoint of the same plan and images left off.

    Args:
        images: arrays of `dataset.load`.
        plan: epochs, sizes, rates, seed.
        checkpoint: file written after each epoch.
        start: checkpoint of another training whose weights to begin with; random weights when None.

    Returns:
        The trained network, in evaluation mode.
    """
    torch.manual_seed(plan.seed)
    n_images, rows, columns = images["pixels"].shape
    steps = max(1, n_images // plan.batch_size)
    network = PlaneNetwork(rows, columns)
    network.to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(network.parameters(), lr=plan.learning_rate, weight_decay=plan.weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, plan.learning_rate, total_steps=plan.epochs * steps, pct_start=0.15
    )
    identity = {**asdict(plan), "n_images": n_images}
    if start is not None:
        _begin_with(start, network)
    first = _resume(checkpoint, identity, network, optimizer, schedule)
    network.train()
    for epoch in range(first, plan.epochs):
        torch.manual_seed(plan.seed * 10_007 + epoch)  # the same draws, whether resumed or not
        rng = np.random.default_rng([plan.seed, epoch])
        started, count = time.monotonic(), 0
        sums: dict[str, float] = {}
        for batch in batches(images, plan.batch_size, rng):
            truth = to_tensors(batch)
            with torch.autocast("cpu", torch.bfloat16):  # half the time on processors that have it
                output = network(truth["pixels"])
            loss, parts = total_loss({name: value.float() for name, value in output.items()}, truth)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 5.0)
            optimizer.step()
            schedule.step()
            sums = {name: sums.get(name, 0.0) + part for name, part in parts.items()}
            count += 1
        _save(checkpoint, identity, epoch, network, optimizer, schedule)
        losses = "  ".join(f"{name} {value / count:.3f}" for name, value in sums.items())
        print(f"epoch {epoch + 1}/{plan.epochs}  {losses}  {time.monotonic() - started:.0f} s", file=sys.stderr)
    network.eval()
    return network


def _begin_with(start: Path, network: PlaneNetwork) -> None:
    """Take the weights of another training's checkpoint."""
    try:
        network.load_state_dict(torch.load(start, weights_only=True)["states"][0])
    except (pickle.UnpicklingError, RuntimeError, KeyError, TypeError, EOFError) as error:
        raise InputError(f"{start} is not a checkpoint of this network") from error


def to_tensors(batch: Batch) -> dict[str, Tensor]:
    """Arrays of an augmented batch as tensors; classes become int64."""
    tensors = {name: torch.from_numpy(np.ascontiguousarray(value)) for name, value in batch.items()}
    tensors["classes"] = tensors["classes"].long()
    tensors["pixels"] = tensors["pixels"].contiguous(memory_format=torch.channels_last)
    return tensors


def _save(path: Path, identity: dict[str, Any], epoch: int, *parts: Any) -> None:
    """Write a checkpoint under its final name only when whole."""
    partial = path.with_suffix(".partial")
    torch.save({"identity": identity, "epoch": epoch, "states": [part.state_dict() for part in parts]}, partial)
    partial.rename(path)


def _resume(path: Path, identity: dict[str, Any], *parts: Any) -> int:
    """Load a checkpoint when it fits; returns the epoch to go on with."""
    if not path.is_file():
        return 0
    saved = torch.load(path, weights_only=True)
    if saved["identity"] != identity:
        return 0
    for part, state in zip(parts, saved["states"], strict=True):
        part.load_state_dict(state)
    return int(saved["epoch"]) + 1
