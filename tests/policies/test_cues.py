"""Cues from a segmentation drawn by hand."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from sonoreach.policies.protocol import Protocol
from sonoreach.policies.steering.cues import Cues, read_cues
from sonoreach.types.plane import PlaneEstimate
from sonoreach.types.pose import Pose
from sonoreach.types.structures import Structure

X = np.linspace(-0.027, 0.027, 109)
Z = np.linspace(0.0, 0.042, 85)
DX, DZ = X[1] - X[0], Z[1] - Z[0]


def ellipse(labels: NDArray[np.uint8], what: Structure, x: float, z: float, rx: float, rz: float) -> None:
    labels[((X[None, :] - x) / rx) ** 2 + ((Z[:, None] - z) / rz) ** 2 <= 1.0] = what


def cues(labels: NDArray[np.uint8], plane: str) -> Cues | None:
    estimate = PlaneEstimate(
        0.0, 1, Pose(), plane, plane, 0.9, 0.9, 1.0, None, (), (), labels, X[0], float(DX), Z[0], float(DZ)
    )
    return read_cues(estimate, Protocol.load("thyroid").plane(plane).spec)


def neck() -> NDArray[np.uint8]:
    """A right lobe, an isthmus and a trachea to its left (at higher x)."""
    labels = np.full((len(Z), len(X)), Structure.SOFT, np.uint8)
    ellipse(labels, Structure.THYROID, 0.008, 0.010, 0.020, 0.002)
    ellipse(labels, Structure.TRACHEA, 0.012, 0.022, 0.009, 0.010)
    ellipse(labels, Structure.THYROID, -0.006, 0.018, 0.007, 0.008)
    return labels


def test_the_lobe_is_told_from_the_isthmus() -> None:
    got = cues(neck(), "right_transverse")
    assert got is not None and got.seen and got.x_m is not None
    assert got.x_m == pytest.approx(-0.006, abs=0.002)
    assert got.z_m == pytest.approx(0.018, abs=0.003)


def test_the_other_side_has_no_lobe_here() -> None:
    got = cues(neck(), "left_transverse")
    assert (got is not None and got.x_m is None) or got.x_m > 0.012  # type: ignore[operator,union-attr]


def test_the_isthmus_lies_before_the_trachea() -> None:
    got = cues(neck(), "isthmus_transverse")
    assert got is not None and got.seen
    assert got.x_m == pytest.approx(0.012, abs=0.001)
    labels = neck()
    labels[(labels == Structure.THYROID) & (X[None, :] > 0.003)] = Structure.SOFT
    without = cues(labels, "isthmus_transverse")
    assert without is not None and not without.seen


def test_a_lobe_cut_by_the_border_has_no_known_centre() -> None:
    labels = np.full((len(Z), len(X)), Structure.SOFT, np.uint8)
    ellipse(labels, Structure.THYROID, -0.026, 0.018, 0.008, 0.008)
    got = cues(labels, "right_transverse")
    assert got is not None and got.seen and got.x_m is None


def test_contact_that_lacks_on_one_side_tilts_towards_it() -> None:
    labels = neck()
    labels[:, X < -0.012] = Structure.NONE
    got = cues(labels, "right_transverse")
    assert got is not None and got.contact_tilt > 0.3


def test_no_labels_no_cues() -> None:
    assert cues(np.zeros((0, 0), np.uint8), "right_transverse") is None
