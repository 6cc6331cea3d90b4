"""Outlines of a label map."""

import numpy as np
import pytest

from sonoreach.reporting.outlines import outlines


def test_outlines_lie_on_the_structures(small):
    image = small.image(0)
    found = outlines(small.estimate(image, "right_transverse", True))
    assert set(found) == {"thyroid", "nodule", "trachea", "carotid"}
    ring = np.array(found["thyroid"][0])
    assert (ring.min(axis=0) + ring.max(axis=0)) / 2 == pytest.approx([0.0, 16.0], abs=0.5)
    radius = np.hypot((ring[:, 0]) / 9.0, (ring[:, 1] - 16.0) / 8.0)
    assert np.all(np.abs(radius - 1.0) < 0.08)


def test_no_labels_no_outlines(small):
    import dataclasses

    estimate = dataclasses.replace(small.estimate(small.image(0), "x", True), labels=np.zeros((0, 0), np.uint8))
    assert outlines(estimate) == {}
