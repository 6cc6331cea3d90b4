"""Structures are found where they were painted."""

import numpy as np

from sonoreach.perception.resample import ImageGrid
from sonoreach.perception.structures import find_structures
from sonoreach.types.structures import Structure

GRID = ImageGrid.over(96, 128, 0.054, 0.043)


def painted() -> np.ndarray:
    return np.full((GRID.rows, GRID.columns), Structure.SOFT, np.uint8)


def disk(labels: np.ndarray, structure: Structure, x_m: float, z_m: float, radius_m: float) -> None:
    x, z = np.meshgrid(GRID.x_m(), GRID.z_m())
    labels[(x - x_m) ** 2 + (z - z_m) ** 2 < radius_m**2] = structure


def test_area_and_centroid() -> None:
    labels = painted()
    disk(labels, Structure.CAROTID, -0.01, 0.02, 0.004)
    (seen,) = find_structures(labels, GRID)
    assert seen.structure == "carotid"
    assert abs(seen.area_m2 - np.pi * 0.004**2) < 0.05 * seen.area_m2
    assert abs(seen.x_m + 0.01) < 2e-4 and abs(seen.z_m - 0.02) < 2e-4
    assert seen.edge_fraction == 0.0


def test_a_nodule_belongs_to_the_thyroid() -> None:
    labels = painted()
    disk(labels, Structure.THYROID, 0.0, 0.02, 0.008)
    disk(labels, Structure.NODULE, 0.0, 0.02, 0.003)
    thyroid, nodule = find_structures(labels, GRID)
    assert (thyroid.structure, nodule.structure) == ("thyroid", "nodule")
    assert abs(thyroid.area_m2 - np.pi * 0.008**2) < 0.05 * thyroid.area_m2


def test_the_border_counts_as_edge_and_so_does_lost_contact() -> None:
    labels = painted()
    disk(labels, Structure.THYROID, 0.027, 0.02, 0.008)
    (at_border,) = find_structures(labels, GRID)
    assert 0.25 < at_border.edge_fraction < 0.5
    labels = painted()
    disk(labels, Structure.THYROID, 0.0, 0.02, 0.008)
    labels[:, GRID.x_m() < 0.0] = Structure.NONE
    (half,) = find_structures(labels, GRID)
    assert 0.25 < half.edge_fraction < 0.5


def test_the_largest_of_a_kind_comes_first_and_specks_do_not_count() -> None:
    labels = painted()
    disk(labels, Structure.JUGULAR, -0.015, 0.01, 0.003)
    disk(labels, Structure.JUGULAR, 0.015, 0.01, 0.005)
    labels[90, 60] = Structure.JUGULAR
    seen = find_structures(labels, GRID)
    assert [round(s.x_m * 1e3) for s in seen] == [15, -15]


def test_a_fine_grid_gives_the_same_structures() -> None:
    coarse, fine = GRID, ImageGrid.over(384, 512, 0.054, 0.043)
    labels = painted()
    disk(labels, Structure.THYROID, 0.020, 0.02, 0.010)
    (seen,) = find_structures(labels, coarse)
    (again,) = find_structures(np.kron(labels, np.ones((4, 4), np.uint8)), fine)
    assert abs(again.area_m2 - seen.area_m2) < 1e-12
    assert abs(again.x_m - seen.x_m) < 1e-9 and abs(again.z_m - seen.z_m) < 1e-9
    assert seen.edge_fraction > 0.1 and again.edge_fraction > 0.1
