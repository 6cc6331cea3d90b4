"""Find single bubbles in a clutter-filtered image, finer than its pixels."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import label, maximum_filter
from scipy.spatial import cKDTree

from sonoreach.beamform.grid import Grid
from sonoreach.errors import InputError

Array = NDArray[np.float64]


def localise_bubbles(
    image: NDArray[np.complexfloating], grid: Grid, *, threshold_db: float = -12.0, separation_m: float = 3e-4
) -> Array:
    """Peaks of the envelope, each refined by a parabola through the logarithm of its neighbours.

    Exact for Gaussian spots: Heiles et al., "Performance benchmarking of microbubble-localization algorithms for
    ultrasound localization microscopy", Nature Biomedical Engineering 6 (2022).

    Args:
        image: one frame, shape (n_lines, n_samples).
        grid: its Cartesian, evenly spaced grid.
        threshold_db: weakest peak against the strongest [dB].
        separation_m: of two peaks nearer than this, only the stronger counts [m].

    Returns:
        x and z of each bubble, shape (n, 2) [m], the strongest first.

    Raises:
        InputError: an image that does not lie on the grid, or is not finite, an uneven grid, or numbers out of range.
    """
    if not grid.is_cartesian or image.shape != (grid.n_lines, grid.n_samples) or min(image.shape) < 3:
        raise InputError(f"image must lie on a Cartesian grid of at least 3 x 3 points, got shape {image.shape}.")
    if not np.isfinite(image).all():
        raise InputError("image must be finite, got non-finite values.")
    if not (math.isfinite(threshold_db) and threshold_db <= 0):
        raise InputError(f"threshold_db must be finite and at most 0, got {threshold_db}.")
    if not (math.isfinite(separation_m) and separation_m >= 0):
        raise InputError(f"separation_m must be finite and at least 0, got {separation_m}.")
    steps = [np.diff(grid.x_m), np.diff(grid.z_m)]
    if any(np.ptp(one) > 1e-3 * one[0] for one in steps):
        raise InputError("grid must have even steps along x and along z, got uneven ones.")
    envelope = np.abs(image).astype(np.float64)
    if not envelope.max() > 0:
        return np.zeros((0, 2))
    step = np.array([one.mean() for one in steps])
    reach = 2 * np.clip(np.round(separation_m / step), 1, image.shape).astype(int) + 1
    peaks = (envelope == maximum_filter(envelope, tuple(reach))) & (
        envelope >= envelope.max() * 10 ** (threshold_db / 20)
    )
    peaks[[0, -1], :] = peaks[:, [0, -1]] = False
    _, first = np.unique(label(peaks, np.ones((3, 3)))[0][peaks], return_index=True)  # one of neighbours of one height
    where = np.argwhere(peaks)[first]
    where = where[np.argsort(-envelope[tuple(where.T)], kind="stable")]
    level = np.log(np.maximum(envelope, envelope.max() * 1e-9))
    found = np.empty((len(where), 2))
    for row, (i, k) in enumerate(where):
        shift_x = _top(level[i - 1, k], level[i, k], level[i + 1, k])
        shift_z = _top(level[i, k - 1], level[i, k], level[i, k + 1])
        found[row] = grid.x_m[i] + shift_x * step[0], grid.z_m[k] + shift_z * step[1]
    return _apart(found, separation_m)


def _apart(found: NDArray[np.float64], separation_m: float) -> NDArray[np.float64]:
    """Those of some places, shape (n, 2), that lie no nearer than that to an earlier one that is kept."""
    kept = np.ones(len(found), np.bool_)
    pairs = cKDTree(found).query_pairs(np.nextafter(separation_m, 0.0), output_type="ndarray")
    for first, second in pairs[np.lexsort(pairs.T[::-1])]:  # first < second
        kept[second] &= not kept[first]
    return found[kept]


def _top(before: float, peak: float, after: float) -> float:
    """Where a parabola through three neighbouring values is highest, in samples from the middle one."""
    bend = before - 2 * peak + after
    return 0.0 if bend >= 0 else float(np.clip(0.5 * (before - after) / bend, -0.5, 0.5))
