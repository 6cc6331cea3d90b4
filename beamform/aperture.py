"""Which elements listen to a point, and how loud: f-number and window of the receive aperture."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from sonoreach.errors import InputError


class Window(StrEnum):
    """Shape of the weights across the receive aperture."""

    BOXCAR = "boxcar"
    HANN = "hann"
    TUKEY = "tukey"


@dataclass(frozen=True)
class ReceiveAperture:
    """The receive aperture grows with depth.

    An element listens to a point when its distance across the scan line, d, and along it, h, obey
    d <= h / (2 f_number). With u = 2 f_number d / h in [0, 1], the weight is 1 up to 1 - taper and then falls
    as a raised cosine to 0 at u = 1 (Tukey); boxcar is taper 0, Hann is taper 1.

    Attributes:
        f_number: depth over aperture; 0 lets every element in front of the point listen.
        window: shape of the weights.
        tukey_taper: tapered fraction of the aperture for `Window.TUKEY`, 0 to 1.
    """

    f_number: float = 1.5
    window: Window = Window.BOXCAR
    tukey_taper: float = 0.5

    def __post_init__(self) -> None:
        if self.window not in list(Window):
            raise InputError(f"window must be one of {', '.join(Window)}, got {self.window!r}.")
        if not 0 <= self.f_number < 100:
            raise InputError(f"f_number must lie in [0, 100), got {self.f_number}.")
        if not 0 <= self.tukey_taper <= 1:
            raise InputError(f"tukey_taper must lie in [0, 1], got {self.tukey_taper}.")
        if self.window != Window.BOXCAR and self.f_number == 0:
            raise InputError(f"a {self.window} window needs f_number > 0, got 0 (allowed with 0: boxcar).")

    @property
    def taper(self) -> float:
        """Tapered fraction of the aperture: 0 boxcar, 1 Hann."""
        return {Window.BOXCAR: 0.0, Window.HANN: 1.0, Window.TUKEY: self.tukey_taper}[self.window]

    def weight(self, across_m: NDArray[np.float64], height_m: float) -> NDArray[np.float64]:
        """Weights of elements at distances across the scan line from a point, of those that listen to it."""
        if self.taper == 0:
            return np.ones_like(across_m)
        u = 2 * self.f_number * across_m / max(height_m, 1e-9)
        weight: NDArray[np.float64] = 0.5 + 0.5 * np.cos(np.pi * np.clip((u - 1 + self.taper) / self.taper, 0, 1))
        return weight
