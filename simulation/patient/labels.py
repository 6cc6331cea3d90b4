"""Label map of the image plane, in the tissue as it lies now."""

from __future__ import annotations

import numpy as np
from numba import njit

from sonoreach.simulation.patient.frame import FACE_HALF_M, gap_at, material_of
from sonoreach.simulation.patient.tissue import STRUCTURE_OF_TISSUE, classify

GEL_M = 1.5e-3  # a gap that the coupling gel still fills


@njit(cache=True)
def in_contact(s, x):  # type: ignore[no-untyped-def]
    """Whether sound reaches the column at x: its element (the outermost beyond the face) has gel or skin before it."""
    return gap_at(s, min(max(x, -FACE_HALF_M), FACE_HALF_M)) <= GEL_M


@njit(cache=True)
def label_plane(p, s, x_m, z_m):  # type: ignore[no-untyped-def]
    """`Structure` at every grid point of the plane y = 0; NONE outside the body and where no sound enters.

    Args:
        p, s: packed patient and probe state.
        x_m, z_m: grid in the probe frame, shapes (nx,) and (nz,) [m].

    Returns:
        uint8, shape (nz, nx).
    """
    labels = np.zeros((z_m.size, x_m.size), np.uint8)
    for j in range(x_m.size):
        if not in_contact(s, x_m[j]):
            continue
        for i in range(z_m.size):
            mx, my, mz = material_of(p, s, x_m[j], 0.0, z_m[i])
            labels[i, j] = STRUCTURE_OF_TISSUE[classify(p, s, mx, my, mz)[0]]
    return labels
