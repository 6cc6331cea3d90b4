"""Measures of image quality on images with known answers."""

from __future__ import annotations

import numpy as np
import pytest

from sonoreach.beamform.grid import Grid
from sonoreach.beamform.image_quality import contrast, disc_and_ring, half_width_m
from sonoreach.errors import InputError


def test_width_of_a_gaussian() -> None:
    x = np.arange(-50, 51) * 1e-4
    assert half_width_m(np.exp(-((x / 1e-3) ** 2)), 1e-4) == pytest.approx(2e-3 * np.sqrt(np.log(2)), rel=1e-3)
    with pytest.raises(InputError, match="both sides"):
        half_width_m(np.linspace(0, 1, 9), 1e-4)


def test_contrast_of_rayleigh_speckle() -> None:
    rng = np.random.default_rng(0)
    grid = Grid.cartesian(np.linspace(-0.01, 0.01, 200), np.linspace(0.01, 0.03, 200))
    inside, outside = disc_and_ring(grid, 0.0, 0.02, 5e-3)
    image = rng.standard_normal((200, 200, 2)) @ [1, 1j]
    same = contrast(image, inside, outside)
    assert abs(same.ratio_db) < 0.3
    assert same.gcnr < 0.1
    image[inside] *= 0.01
    dark = contrast(image, inside, outside)
    assert dark.ratio_db == pytest.approx(-40, abs=0.5)
    assert dark.gcnr > 0.99
    assert dark.cnr == pytest.approx(40 / np.sqrt(2 * 5.57**2), rel=0.05)  # log speckle: 5.57 dB
    with pytest.raises(InputError, match="regions"):
        contrast(image, inside & outside, outside)
