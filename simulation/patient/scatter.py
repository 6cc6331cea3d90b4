"""Scatterers of the slab that the probe images, fixed in the tissue by an integer hash of its cells.

One scatterer lives in every cell of a lattice in material coordinates, at a hashed place and with a hashed sign;
the probe moves over them, so the same speckle returns when the probe returns. Cells that a boundary crosses carry
a second scatterer, on the boundary itself, as strong as its angle to the beam allows.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from sonoreach.simulation.patient import packing as k
from sonoreach.simulation.patient import tissue as ts
from sonoreach.simulation.patient.cells import CELL_M, cell_hash, content, place_of
from sonoreach.simulation.patient.echogenicity import specular, unevenness
from sonoreach.simulation.patient.frame import (
    POS,
    PRESSED,
    ROT,
    SWALLOW,
    press_down,
    probe_of,
    swallow_weight,
    to_rest_probe,
)
from sonoreach.simulation.patient.transmission import (
    DEPTH_STEP_M,
    FAN_SLOPE,
    HALF_APERTURE_M,
    SILENT,
    transmitted,
)

HALF_SLAB_M = 1.0e-3  # elevation beam: flat top with cosine flanks, zero at ± this distance
FLANK_M = 0.4e-3
FAINTEST = 3e-3  # amplitude below which a scatterer drowns in receiver noise and is left out


@njit(cache=True, fastmath=True)
def window(y):  # type: ignore[no-untyped-def]
    """Elevation weight of a scatterer at y."""
    flank = (HALF_SLAB_M - abs(y)) / FLANK_M
    if flank >= 1.0:
        return 1.0
    return 0.0 if flank <= 0.0 else 0.5 - 0.5 * math.cos(math.pi * flank)


@njit(cache=True, nogil=True, fastmath=True)
def slab_scatterers(p, s, table, depth_m, cells, part, parts):  # type: ignore[no-untyped-def]
    """Positions and amplitudes of everything that echoes in one part of the slab |y| < HALF_SLAB_M.

    Args:
        p, s: packed patient and probe state; table: from `transmission_map`.
        depth_m: deepest scatterer [m].
        cells: what earlier calls for this patient found, from `cells.empty_cells`; added to. Parts share no cell, so
            they may run at the same time.
        part, parts: which part, from 0, of how many; they follow each other along the first axis walked.

    Returns:
        positions float32 (n, 3) in the probe frame [m], amplitudes float32 (n,).
    """
    a, b, c = _axes(s)  # c is the patient axis nearest to the slab's normal, walked innermost
    normal = (s[ROT + 3 + a], s[ROT + 3 + b], s[ROT + 3 + c])
    half_x = HALF_APERTURE_M + FAN_SLOPE * depth_m
    low, high = _bounds(s, half_x, depth_m)
    reach = (HALF_SLAB_M + 0.5 * CELL_M * (abs(normal[0]) + abs(normal[1]))) / abs(normal[2])
    swallow = s[SWALLOW]
    positions = np.empty((90000, 3), np.float32)
    amplitudes = np.empty(90000, np.float32)
    n = 0
    cell = np.zeros(3, np.int64)
    # The loop's body is long because calls that hand arrays on would take as long as the body itself.
    wide = high[a] + 1 - low[a]
    for i in range(low[a] + wide * part // parts, low[a] + wide * (part + 1) // parts):
        cell[a] = i
        ma = (i + 0.5) * CELL_M
        for j in range(low[b], high[b] + 1):
            cell[b] = j
            mb = (j + 0.5) * CELL_M
            middle = -(s[POS + 1] + normal[0] * ma + normal[1] * mb) / normal[2]
            px = s[ROT + a] * ma + s[ROT + b] * mb + s[ROT + c] * middle + s[POS]
            pz = s[ROT + 6 + a] * ma + s[ROT + 6 + b] * mb + s[ROT + 6 + c] * middle + s[POS + 2]
            aside = abs(px) > half_x + 0.001 or pz > depth_m + 0.001 or pz < -s[PRESSED] - 0.001
            if aside and (swallow == 0.0 or c == 2):
                continue
            start, stop = middle - reach, middle + reach
            if swallow > 0.0:  # tissue from below has come into the slab
                lift = s[ROT + 5] * swallow / normal[2]
                weight, doubt = (swallow_weight(p, ma, mb), 0.1) if c == 2 else (0.5, 0.5)
                start -= weight * lift + doubt * abs(lift)
                stop -= weight * lift - doubt * abs(lift)
            for m in range(math.floor(start / CELL_M), math.floor(stop / CELL_M) + 1):
                cell[c] = m
                bits = cell_hash(int(p[k.SEED]), cell[0], cell[1], cell[2])
                x, y, z = place_of(cell, bits)
                lifted = z + swallow_weight(p, x, y) * swallow if swallow > 0.0 else z
                px, py, pz = to_rest_probe(s, x, y, lifted)
                weight = window(py)
                if weight <= 0.0:
                    continue
                pz = press_down(s, px, py, pz)
                through = transmitted(table, px, pz) if pz <= depth_m else 0.0
                if through < SILENT:
                    continue
                level, edge, distance = content(p, s, cells, cell, x, y, z)
                level *= weight * through
                if level > FAINTEST:
                    positions[n, 0], positions[n, 1], positions[n, 2] = px, py, pz
                    amplitudes[n] = level if bits >> np.uint64(63) else -level
                    n += 1
                if abs(distance) < 0.5 * CELL_M:
                    px, py, pz, level = _edge_echo(p, s, table, edge, distance, x, y, z)
                    if level >= FAINTEST:
                        positions[n, 0], positions[n, 1], positions[n, 2] = px, py, pz
                        amplitudes[n] = level
                        n += 1
    return positions[:n].copy(), amplitudes[:n].copy()


@njit(cache=True, fastmath=True)
def _edge_echo(p, s, table, edge, distance, x, y, z):  # type: ignore[no-untyped-def]
    """Position in the probe frame and amplitude of what a boundary sends from its point nearest to x, y, z."""
    e = 1e-5
    gx = ts.edge_distance(p, s, edge, x + e, y, z) - distance
    gy = ts.edge_distance(p, s, edge, x, y + e, z) - distance
    gz = ts.edge_distance(p, s, edge, x, y, z + e) - distance
    scale = 1.0 / math.sqrt(gx * gx + gy * gy + gz * gz + 1e-18)
    gx, gy, gz = gx * scale, gy * scale, gz * scale
    px, py, pz = probe_of(p, s, x - distance * gx, y - distance * gy, z - distance * gz)
    weight = window(py)
    through = transmitted(table, px, max(pz - DEPTH_STEP_M, 0.0))
    if weight <= 0.0 or through < SILENT or pz < 0.0:
        return px, py, pz, 0.0
    cosine = s[ROT + 6] * gx + s[ROT + 7] * gy + s[ROT + 8] * gz
    return px, py, pz, specular(edge, cosine) * unevenness(x, y, z) * weight * through


@njit(cache=True, fastmath=True)
def _axes(s):  # type: ignore[no-untyped-def]
    """Patient axes in walking order: the one nearest to the slab's normal (probe y) last."""
    best = 0
    for axis in range(3):
        if abs(s[ROT + 3 + axis]) > abs(s[ROT + 3 + best]):
            best = axis
    return (best + 1) % 3, (best + 2) % 3, best


@njit(cache=True, fastmath=True)
def _bounds(s, half_x, depth_m):  # type: ignore[no-untyped-def]
    """Lattice box, in patient axes, that holds the slab before the face presses it."""
    low, high = np.full(3, 1 << 40), np.full(3, -(1 << 40))
    for corner in range(8):
        x = half_x if corner & 1 else -half_x
        y = HALF_SLAB_M if corner & 2 else -HALF_SLAB_M
        z = depth_m if corner & 4 else -s[PRESSED]
        x, y, z = x - s[POS], y - s[POS + 1], z - s[POS + 2]
        for axis in range(3):
            value = s[ROT + axis] * x + s[ROT + 3 + axis] * y + s[ROT + 6 + axis] * z
            low[axis] = min(low[axis], math.floor((value - (s[SWALLOW] if axis == 2 else 0.0)) / CELL_M))
            high[axis] = max(high[axis], math.floor(value / CELL_M))
    return low, high
