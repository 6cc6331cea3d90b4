"""The picture in the documentation can be drawn again."""

import numpy as np

from sonoreach.simulation.patient.picture import COLOURS, TILE, draw
from sonoreach.types.structures import Structure


def test_five_planes_with_their_labels() -> None:
    picture = draw(1)
    width, height = TILE
    assert picture.shape == (2 * height, 5 * width, 3)
    assert 10 < picture[:height].mean() < 150
    for plane in range(5):
        labels = picture[height:, plane * width : (plane + 1) * width]
        assert (labels == np.array(COLOURS[Structure.THYROID], np.uint8)).all(axis=2).mean() > 0.03
