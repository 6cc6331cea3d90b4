"""The height field against the spline that it reads, and against a surface of known shape."""

import numpy as np
import pytest
from scipy.interpolate import LSQBivariateSpline

from sonoreach.policies.height_field import HeightField

RNG = np.random.default_rng(11)
PLACES = RNG.uniform((-0.02, -0.05), (0.12, 0.05), (4000, 2))
LOW, HIGH = PLACES.min(0), PLACES.max(0)


def field(heights: np.ndarray) -> HeightField:
    return HeightField(np.column_stack([PLACES, heights]), 0.03)


def test_it_reads_what_the_spline_says() -> None:
    heights = np.sin(40.0 * PLACES[:, 0]) * np.cos(50.0 * PLACES[:, 1]) + RNG.normal(0.0, 0.1, len(PLACES))
    surface = field(heights)
    knots = [np.arange(low + 0.03, high - 0.015, 0.03) for low, high in zip(LOW, HIGH, strict=True)]
    bounds = [LOW[0], HIGH[0], LOW[1], HIGH[1]]
    spline = LSQBivariateSpline(*PLACES.T, heights, *knots, bbox=bounds)
    corners = [LOW, HIGH, np.array([LOW[0], HIGH[1]]), np.array([knots[0][0], knots[1][1]])]
    for u, v in [*PLACES[:200], *corners]:
        got = surface.at(u, v)
        expected = [spline.ev(u, v, dx=du, dy=dv) for du, dv in ((0, 0), (1, 0), (0, 1))]
        assert got[:2] == (u, v)
        np.testing.assert_allclose(got[2:], expected, rtol=1e-11, atol=1e-12)
    assert surface.residual_m == pytest.approx(0.1, rel=0.05)


def test_a_cubic_is_read_back_with_its_slopes() -> None:
    u, v = PLACES.T
    surface = field(5.0 * u**3 - 2.0 * u * v + 3.0 * v**2)
    _, _, height, along_u, along_v = surface.at(0.05, -0.02)
    assert height == pytest.approx(5.0 * 0.05**3 + 2.0 * 0.05 * 0.02 + 3.0 * 0.02**2, abs=1e-12)
    assert along_u == pytest.approx(15.0 * 0.05**2 + 2.0 * 0.02, abs=1e-9)
    assert along_v == pytest.approx(-2.0 * 0.05 - 6.0 * 0.02, abs=1e-9)


def test_beside_its_points_it_reads_the_nearest_place() -> None:
    surface = field(PLACES[:, 0])
    assert surface.clamp(-1.0, 1.0) == (LOW[0], HIGH[1])
    assert surface.at(-1.0, 1.0) == surface.at(LOW[0], HIGH[1])
    assert surface.at(1.0, 0.0)[2] == pytest.approx(HIGH[0], abs=1e-12)
