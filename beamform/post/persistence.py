"""Persistence: successive images averaged, so that noise fades and what stands still stays."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sonoreach.errors import InputError
from sonoreach.types.image import BModeImage


class Persistence:
    """First-order recursive average of grey levels: mean = weight * mean + (1 - weight) * image.

    The result depends on the images before; it starts afresh when the geometry changes and at `reset`.
    """

    def __init__(self, weight: float = 0.5) -> None:
        """Choose the weight of the past, 0 (none) to below 1.

        Raises:
            InputError: a weight out of range.
        """
        if not 0 <= weight < 1:
            raise InputError(f"weight of the persistence must lie in [0, 1), got {weight}.")
        self._weight = np.float32(weight)
        self._mean: NDArray[np.float32] | None = None
        self._geometry: tuple[Any, ...] = ()

    def __call__(self, image: BModeImage) -> BModeImage:
        """Average in one image; everything but the pixels is that of the image."""
        geometry = (image.pixels.shape, image.x0_m, image.dx_m, image.z0_m, image.dz_m, image.dynamic_range_db)
        if self._mean is None or geometry != self._geometry:
            self._mean, self._geometry = image.pixels.astype(np.float32), geometry
        else:
            self._mean += (1 - self._weight) * (image.pixels - self._mean)
        return dataclasses.replace(image, pixels=np.rint(self._mean).astype(np.uint8))

    def reset(self) -> None:
        """Forget the past, as after a freeze."""
        self._mean = None
