"""What the cells of the lattice hold: one scatterer each, at a hashed place with a hashed sign.

Most of it is a function of the patient alone, and a probe moves slowly over the same cells; so it is kept from frame
to frame. What a kept cell answers is what a fresh one would, to the bit. Cells at a vessel change with pulse, breath
and pressure and are looked at afresh.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from sonoreach.simulation.patient import packing as k
from sonoreach.simulation.patient import shapes as f
from sonoreach.simulation.patient import tissue as ts
from sonoreach.simulation.patient.echogenicity import LEVEL, texture
from sonoreach.simulation.patient.frame import CAROTID
from sonoreach.simulation.patient.skin import skin_distance

CELL_M = 0.585e-3
HALO_M = 0.8e-3  # dark rim inside a nodule; no boundary farther than this changes what a cell holds
FAR_M = np.float32(1.0)  # distance of a cell without boundary
UNIT = 1.0 / 65536.0
BITS = 7  # a cell shares its place with those 128 cells (75 mm) away, farther than a slab is wide
KEY_BITS = 19
KIND_BITS = 4
CHANGING = (1 << KIND_BITS) - 1  # kind of a cell at a vessel; the others are kinds of boundaries
FLATTENED = np.array([0.15, 0.2, 0.27, 0.36, 0.5, 0.7, 0.9, 1.1])  # states of a jugular, see `frame.probe_state`
CONTENT = np.dtype([("key", np.uint64), ("level", np.float32), ("distance", np.float32)])


def empty_cells() -> NDArray[Any]:
    """Room for what is kept, 32 MiB of which only the touched pages take memory; shape (2**(3 * BITS),)."""
    return np.zeros(1 << (3 * BITS), CONTENT)


@njit(cache=True, fastmath=True)
def cell_hash(seed, i, j, m):  # type: ignore[no-untyped-def]
    """64 hashed bits of a lattice cell."""
    h = np.uint64(seed) * np.uint64(0x9E3779B97F4A7C15)
    h ^= np.uint64(i) * np.uint64(0x8DA6B343A7C15F35)
    h ^= np.uint64(j) * np.uint64(0xD8163841FDD8B957)
    h ^= np.uint64(m) * np.uint64(0xCB1AB31F61C88647)
    h = (h ^ (h >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    h = (h ^ (h >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return h ^ (h >> np.uint64(31))


@njit(cache=True, fastmath=True)
def place_of(cell, bits):  # type: ignore[no-untyped-def]
    """Material point of a cell's scatterer [m]."""
    return (
        (cell[0] + UNIT * float(bits & np.uint64(0xFFFF))) * CELL_M,
        (cell[1] + UNIT * float((bits >> np.uint64(16)) & np.uint64(0xFFFF))) * CELL_M,
        (cell[2] + UNIT * float((bits >> np.uint64(32)) & np.uint64(0xFFFF))) * CELL_M,
    )


@njit(cache=True, fastmath=True)
def content(p, s, cells, cell, x, y, z):  # type: ignore[no-untyped-def]
    """What a cell holds whose scatterer lies at x, y, z; kept in `cells`.

    Returns:
        (level, edge, distance): amplitude before all losses, 0 outside the body; nearest boundary and the distance to
        it [m], which is right where it is less than HALO_M.
    """
    mask = (1 << BITS) - 1
    kept = cells[((cell[0] & mask) << (2 * BITS)) | ((cell[1] & mask) << BITS) | (cell[2] & mask)]
    key = np.uint64(1)  # no cell has the key 0 of an empty place
    for axis in range(3):
        key = (key << np.uint64(KEY_BITS)) | np.uint64(cell[axis] & ((1 << KEY_BITS) - 1))
    key <<= np.uint64(KIND_BITS)
    low = np.uint64((1 << KIND_BITS) - 1)
    if kept.key & ~low == key:
        kind = np.int64(kept.key & low)
        if kind != CHANGING:
            return kept.level, kind, kept.distance
        return fresh_content(p, s, x, y, z)
    level, edge, distance = fresh_content(p, s, x, y, z)
    kept.level, kept.distance = level, distance
    kept.key = key | np.uint64(CHANGING if at_vessel(p, s, x, y, z) else edge)
    return level, edge, distance


@njit(cache=True, fastmath=True)
def fresh_content(p, s, x, y, z):  # type: ignore[no-untyped-def]
    """What `content` returns, computed."""
    tissue, edge, distance = ts.classify(p, s, x, y, z)
    if tissue == ts.OUTSIDE:
        return np.float32(0.0), ts.NO_EDGE, FAR_M
    level = LEVEL[tissue] * texture(p, tissue, x, y, z, -skin_distance(p, x, y, z))
    if tissue == ts.AIR:
        level *= _reverberation(distance)
    elif edge == ts.E_NODULE and -HALO_M < distance < 0.0:
        level *= 0.4
    return np.float32(level), edge, np.float32(distance)


@njit(cache=True, fastmath=True)
def at_vessel(p, s, x, y, z):  # type: ignore[no-untyped-def]
    """Whether a vessel of this side comes within HALO_M of a point in any state of pulse, breath and pressure."""
    side = 0 if x < p[k.AIR_X] else 1
    radius = p[k.VESSELS + side * k.VESSEL_SIZE + 4]
    nearest = f.carotid(p, s, side, x, y, z) - radius * (1.0 + p[k.PULSE] - s[CAROTID])
    for flat in FLATTENED:
        nearest = min(nearest, f.vein(p, side, flat, x, y, z))
    return nearest < HALO_M + 0.2e-3


@njit(cache=True, fastmath=True)
def _reverberation(inside):  # type: ignore[no-untyped-def]
    """Bands that the tracheal wall throws into its own shadow, one wall's thickness apart."""
    c = math.cos(math.pi * inside / 2.2e-3)
    return 0.3 + 1.5 * c**8
