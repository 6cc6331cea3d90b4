"""Follow bubbles from frame to frame."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from sonoreach.beamform.check_numbers import check_whole
from sonoreach.errors import InputError

Array = NDArray[np.float64]


def link_bubbles(frames_m: Sequence[Array], *, max_step_m: float, min_length: int = 5) -> list[Array]:
    """Tracks of bubbles: least total distance between one frame and the next (Hungarian method).

    Args:
        frames_m: bubbles of each frame, shape (n, 2) [m].
        max_step_m: farthest a bubble moves from one frame to the next [m].
        min_length: frames that a track must last; shorter ones are noise.

    Returns:
        tracks, each of shape (length, 3): frame number, x, z.

    Raises:
        InputError: a step or length that no track can have, or a frame whose bubbles are not finite x and z.
    """
    if not max_step_m > 0:
        raise InputError(f"max_step_m must be above 0, got {max_step_m}.")
    check_whole("min_length", min_length, 2)
    finished: list[list[Array]] = []
    alive: list[list[Array]] = []
    for number, frame in enumerate(frames_m):
        bubbles = _places(number, frame)
        rows = [np.array([number, *bubble]) for bubble in bubbles]
        pairs: dict[int, int] = {}
        if alive and rows:
            distance = cdist(np.stack([track[-1][1:] for track in alive]), bubbles)
            # A link beyond reach costs more than all others together, so it is taken only for want of any.
            cost = np.where(distance <= max_step_m, distance, 1e3 * max_step_m * (1 + distance.size))
            matches = zip(*linear_sum_assignment(cost), strict=True)
            pairs = {int(k): int(b) for k, b in matches if distance[k, b] <= max_step_m}
        for track, bubble in pairs.items():
            alive[track].append(rows[bubble])
        finished += [track for k, track in enumerate(alive) if k not in pairs]
        alive = [track for k, track in enumerate(alive) if k in pairs]
        alive += [[row] for k, row in enumerate(rows) if k not in pairs.values()]
    return [np.stack(track) for track in finished + alive if len(track) >= min_length]


def _places(number: int, frame: Array) -> Array:
    """Bubbles of a frame, shape (n, 2); a frame without any may have any shape."""
    places = np.asarray(frame, dtype=np.float64)
    if not places.size:
        return np.zeros((0, 2))
    if places.ndim != 2 or places.shape[1] != 2 or not np.isfinite(places).all():
        raise InputError(f"frames_m[{number}] must hold finite x and z, shape (n, 2), got shape {places.shape}.")
    return places
