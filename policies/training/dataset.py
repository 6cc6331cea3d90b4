"""Training images in memory, and the ways in which each epoch sees them differently."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sonoreach.policies.training.vocabulary import MIRRORED, PLANES

BLACK = 0.01  # share of images that go black
Batch = dict[str, NDArray[Any]]
TRANSVERSE = np.array([name.endswith("_transverse") for name in PLANES])


def load(paths: list[Path]) -> Batch:
    """Read the files of `generate` into one set of arrays, the image as their first axis."""
    parts: list[Batch] = []
    for path in paths:
        with np.load(path) as data:
            parts.append({key: data[key] for key in data.files})
    return {key: np.concatenate([part[key] for part in parts]) for key in parts[0]}


def batches(images: Batch, size: int, rng: np.random.Generator) -> Iterator[Batch]:
    """Shuffle, augment and deal out whole batches."""
    order = rng.permutation(len(images["quality"]))
    for start in range(0, len(order) - size + 1, size):
        chosen = np.sort(order[start : start + size])
        yield augment({key: value[chosen] for key, value in images.items()}, rng)


def augment(batch: Batch, rng: np.random.Generator) -> Batch:
    """Mirror half of the necks left to right, and change brightness as gain and depth compensation would.

    A few images go black, as when transmits are off: nothing is to be recognised on them.
    """
    batch = blank(mirror(batch, rng.random(len(batch["quality"])) < 0.5), rng.random(len(batch["quality"])) < BLACK)
    n, rows, _ = batch["pixels"].shape
    pixels = batch["pixels"].astype(np.float32) / 255.0
    slope = np.linspace(-1.0, 1.0, rows, dtype=np.float32)[None, :, None]
    gain = rng.normal(0.0, 0.06, (n, 1, 1)) + rng.normal(0.0, 0.08, (n, 1, 1)) * slope
    contrast = np.exp(rng.normal(0.0, 0.12, (n, 1, 1)))
    echoes = pixels > 0  # unseen pixels stay black, whatever the gain
    pixels = np.clip(pixels * contrast + gain, 0.0, 1.0) * echoes
    pixels += rng.normal(0.0, 0.03, pixels.shape) * echoes
    batch["pixels"] = np.clip(pixels, 0.0, 1.0).astype(np.float32)[:, None]
    return batch


def blank(batch: Batch, chosen: NDArray[np.bool_]) -> Batch:
    """Black images with nothing on them."""
    out = {key: value.copy() for key, value in batch.items()}
    for key in ("pixels", "classes", "probability", "near", "quality"):
        out[key][chosen] = 0
    return out


def mirror(batch: Batch, chosen: NDArray[np.bool_]) -> Batch:
    """The same images of the mirrored neck: right planes become left ones.

    A mirrored neck can be described by a probe whose x is turned over (the image is flipped) or by one whose y
    is (the image stays). Transverse planes keep their convention, x to the patient's left, under the first;
    longitudinal ones, x to the feet, under the second. An image near planes of both kinds stays as it is.
    """
    out = {key: value.copy() for key, value in batch.items()}
    near = batch["near"] > 0.5
    transverse, longitudinal = near[:, TRANSVERSE].any(axis=1), near[:, ~TRANSVERSE].any(axis=1)
    flip_x = chosen & transverse & ~longitudinal
    flip_y = chosen & longitudinal & ~transverse
    for key in ("pixels", "classes"):
        out[key][flip_x] = batch[key][flip_x][:, :, ::-1]
    for flip, signs in ((flip_x, [-1, 1, -1]), (flip_y, [1, -1, -1])):
        for key in ("probability", "near", "known", "offset", "angle"):
            out[key][flip] = batch[key][flip][:, MIRRORED]
        out["offset"][flip] *= np.array(signs, dtype=np.float32)
    return out
