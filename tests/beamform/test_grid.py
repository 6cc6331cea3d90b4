"""Grids."""

from __future__ import annotations

import numpy as np
import pytest

from sonoreach.beamform.grid import Grid, default_grid
from sonoreach.errors import InputError


def test_cartesian_points() -> None:
    points = Grid.cartesian([-1.0, 2.0], [3.0, 4.0, 5.0]).points_m()
    assert points.shape == (2, 3, 3)
    assert points[1, 2].tolist() == [2.0, 0.0, 5.0]


def test_polar_points_turn_towards_positive_x() -> None:
    points = Grid.polar([0.0, np.pi / 2], [0.01, 0.02], (0, 0, -0.01)).points_m()
    assert np.allclose(points[0, 1], [0, 0, 0.01])
    assert np.allclose(points[1, 0], [0.01, 0, -0.01])


def test_volume_runs_through_y_first() -> None:
    grid = Grid.volume([0.0, 1.0], [0.0, 2.0, 3.0], [1.0, 4.0])
    points = grid.points_m().reshape(2, 3, 2, 3)
    assert points[1, 2, 1].tolist() == [1.0, 3.0, 4.0]


def test_default_grid() -> None:
    grid = default_grid()
    assert (grid.n_lines, grid.n_samples, grid.is_cartesian) == (276, 352, True)


@pytest.mark.parametrize("axis", [[1.0, 1.0], [2.0, 1.0], [np.nan], [], [[1.0]]])
def test_bad_axes_are_refused(axis: list[float]) -> None:
    with pytest.raises(InputError, match="x_m must"):
        Grid.cartesian(axis, [1.0])


@pytest.mark.parametrize(
    ("origin", "direction", "distance", "sentence"),
    [
        ([[0, 0, 0]], [[0, 0, 2]], [1e-3, 2e-3], "direction must hold unit vectors"),
        ([[0, 0, 0]], [[0, 0, 1]], [2e-3, 1e-3], "distance_m must rise"),
        ([[0, 0, 0]], [[0, 0, 1]], [np.nan, 1e-3], "distance_m must be finite"),
        ([[np.nan, 0, 0]], [[0, 0, 1]], [1e-3, 2e-3], "origin_m must be finite"),
        ([[0, 0, 0]], [[0, 0, 1]] * 2, [1e-3, 2e-3], "must both have shape"),
    ],
)
def test_lines_that_are_none_are_refused(origin: list, direction: list, distance: list, sentence: str) -> None:
    arrays = [np.array(a, dtype=np.float64) for a in (origin, direction, distance, [], [])]
    with pytest.raises(InputError, match=sentence):
        Grid(*arrays)


def test_an_apex_must_be_a_point() -> None:
    with pytest.raises(InputError, match="apex_m must be x, y and z"):
        Grid.polar([0.0, 0.1], [1e-3, 2e-3], (0.0, 0.0))
