"""Contact is the share of columns with tissue near the face."""

import numpy as np
import pytest

from sonoreach.perception.contact import contact_fraction
from sonoreach.perception.resample import ImageGrid
from sonoreach.types.structures import Structure

GRID = ImageGrid.over(96, 128, 0.054, 0.043)


def test_columns_without_tissue_count_as_lost() -> None:
    labels = np.full((GRID.rows, GRID.columns), Structure.SOFT, np.uint8)
    assert contact_fraction(labels, GRID) == 1.0
    labels[:, GRID.x_m() > 0.0] = Structure.NONE
    assert contact_fraction(labels, GRID) == pytest.approx(0.5, abs=0.01)
    assert contact_fraction(np.zeros_like(labels), GRID) == 0.0


def test_what_lies_deep_or_beside_the_face_does_not_matter() -> None:
    labels = np.full((GRID.rows, GRID.columns), Structure.SOFT, np.uint8)
    labels[GRID.z_m() > 0.012] = Structure.NONE
    labels[:, np.abs(GRID.x_m()) > 0.0255] = Structure.NONE
    assert contact_fraction(labels, GRID) == 1.0


def test_a_grid_below_the_near_field_shows_no_contact() -> None:
    deep = ImageGrid(10, 10, -0.01, 0.002, 0.02, 0.001)
    assert contact_fraction(np.full((10, 10), Structure.SOFT, np.uint8), deep) == 0.0
