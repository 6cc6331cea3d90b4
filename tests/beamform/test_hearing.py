"""What lines hear of elements, against the geometry written out."""

from __future__ import annotations

import numpy as np
import pytest

from sonoreach.beamform.grid import Grid
from sonoreach.beamform.hearing import hearing

F_NUMBER = 1.3
SECTOR = Grid.polar(np.linspace(-0.5, 0.4, 40), np.linspace(2e-3, 30e-3, 50))
IMAGE = Grid.cartesian(np.linspace(-5e-3, 7e-3, 35), np.linspace(1e-3, 20e-3, 60))


@pytest.mark.parametrize("grid", [SECTOR, IMAGE])
@pytest.mark.parametrize("n_elements", [1, 6, 8])
def test_against_the_points_themselves(grid: Grid, n_elements: int) -> None:
    rng = np.random.default_rng(n_elements)
    elements = rng.uniform(-4e-3, 4e-3, (n_elements, 3)) * (1, 1, 0.1)
    heard = hearing(grid, elements, F_NUMBER, grid.n_lines)
    apart = grid.points_m()[:, :, None] - elements  # lines, samples, elements
    s = heard.distance_m[:, None]
    squared, along = (a[:, None, :n_elements] for a in (heard.squared, heard.along))
    assert np.allclose(np.sqrt(squared + s * (2 * along + s)), np.linalg.norm(apart, axis=-1), atol=2e-8)
    height = np.sum(apart * grid.direction[:, None, None], axis=-1)
    across = np.sqrt(np.maximum(np.sum(apart**2, axis=-1) - height**2, 0))
    hears = height >= 2 * F_NUMBER * across
    doubtful = np.abs(height - 2 * F_NUMBER * across) < 1e-7
    assert ((s >= heard.nearest[:, None, :n_elements]) == hears)[~doubtful].all()
    if not doubtful.any():
        assert np.array_equal(heard.listeners, hears.sum(axis=-1))


def test_of_four_the_earliest_and_missing_ones_hear_nothing() -> None:
    elements = np.array([[0, 0, 0], [1e-3, 0, 0], [-2e-3, 0, 0], [3e-3, 0, 0], [1e-3, 0, 0.0]])
    heard = hearing(IMAGE, elements, F_NUMBER, 20)
    assert heard.squared.shape == (20, 8) and heard.earliest.shape == (20, 2)
    first = np.searchsorted(heard.distance_m, heard.nearest)
    assert np.array_equal(heard.earliest, first.reshape(20, 2, 4).min(axis=2))
    assert (first[:, 5:] == IMAGE.n_samples).all()
