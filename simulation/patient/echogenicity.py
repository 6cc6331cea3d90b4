"""How strongly each tissue scatters, each boundary reflects, and how much each takes from the sound passing through.

Levels are relative to thyroid parenchyma. Attenuation slopes follow Szabo, Diagnostic Ultrasound Imaging (2nd ed.,
appendix B) and Duck, Physical Properties of Tissues (1990): 0.5-0.7 dB/cm/MHz in soft tissue, 0.15-0.2 in blood,
5 in cartilage, 15 and more in bone. Air is given a loss that lets reverberations fade over some millimetres.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from sonoreach.simulation.patient import packing as k
from sonoreach.simulation.patient import tissue as t

_LEVEL_DB = {  # diffuse backscatter, and attenuation slope [dB/cm/MHz]
    t.OUTSIDE: (-90.0, 0.0),
    t.SKIN: (2.0, 0.9),
    t.FAT: (-12.0, 0.5),
    t.STRAP: (-15.0, 0.7),
    t.SCM: (-15.0, 0.7),
    t.LONGUS: (-15.0, 0.7),
    t.THYROID: (0.0, 0.6),
    t.NODULE_HYPO: (-10.0, 0.7),
    t.NODULE_ISO: (-1.0, 0.6),
    t.NODULE_HYPER: (4.5, 0.6),
    t.NODULE_CYST: (-40.0, 0.1),
    t.CARTILAGE: (-17.0, 2.5),
    t.AIRWAY_SOFT: (-4.0, 0.8),
    t.AIR: (-12.0, 24.0),
    t.CAROTID_WALL: (-8.0, 0.6),
    t.CAROTID_BLOOD: (-42.0, 0.15),
    t.JUGULAR_BLOOD: (-42.0, 0.15),
    t.BONE: (-20.0, 15.0),
    t.OESOPHAGUS: (-11.0, 0.7),
    t.SOFT: (-8.0, 0.6),
}
_EDGE_DB = {  # specular echo of a boundary met at a right angle, and the share that stays at any angle
    t.NO_EDGE: (-90.0, 0.0),
    t.E_SKIN: (12.0, 0.3),
    t.E_FAT: (11.0, 0.2),
    t.E_AIRWAY: (11.0, 0.15),
    t.E_LUMEN: (20.0, 0.05),
    t.E_ADVENTITIA: (13.0, 0.15),
    t.E_INTIMA: (10.0, 0.05),
    t.E_JUGULAR: (8.0, 0.10),
    t.E_CAPSULE: (9.0, 0.12),
    t.E_NODULE: (-1.0, 0.3),
    t.E_BONE: (22.0, 0.1),
    t.E_FASCIA: (12.0, 0.15),
    t.E_STRAP: (10.0, 0.10),
    t.E_SCM: (12.0, 0.10),
}
LEVEL = np.array([10 ** (_LEVEL_DB[i][0] / 20) for i in range(t.N_TISSUES)])
SLOPE_DB_M_HZ = np.array([_LEVEL_DB[i][1] * 1e-4 for i in range(t.N_TISSUES)])
EDGE = np.array([10 ** (_EDGE_DB[i][0] / 20) for i in range(t.N_EDGES)])
EDGE_FLOOR = np.array([_EDGE_DB[i][1] for i in range(t.N_EDGES)])
SPECULAR_POWER = 8  # a boundary tilted by 24° returns half of what a perpendicular one does


@njit(cache=True, fastmath=True)
def specular(edge, cosine):  # type: ignore[no-untyped-def]
    """Amplitude of a boundary whose normal makes an angle with the beam."""
    c2 = cosine * cosine
    c4 = c2 * c2
    return EDGE[edge] * (EDGE_FLOOR[edge] + (1.0 - EDGE_FLOOR[edge]) * c4 * c4)


@njit(cache=True, fastmath=True)
def unevenness(x, y, z):  # type: ignore[no-untyped-def]
    """Slow variation of a boundary's strength over a few millimetres, 0.55 to 1.45."""
    return 1.0 + 0.45 * math.sin(x * 900.0 + 1.5 * math.sin(z * 700.0)) * math.sin(y * 1100.0 + z * 500.0)


@njit(cache=True, fastmath=True)
def texture(p, tissue, x, y, z, depth):  # type: ignore[no-untyped-def]
    """Relative amplitude of a tissue's own pattern at a material point: septa, fibres, flecks, slow unevenness."""
    phase = p[k.SEED] * 2.4
    if tissue == t.THYROID:
        return 1.0 + 0.12 * math.sin(x * 700.0 + 300.0 * z + phase) * math.sin(y * 800.0 - 450.0 * z)
    if tissue == t.FAT:  # thin bright septa, wavy and roughly along the skin
        bend = math.sin(x * 310.0 + phase) + 0.8 * math.sin(z * 260.0 + x * 170.0)
        strength = 0.5 + 0.5 * math.sin(x * 480.0 + 2.0 * math.sin(z * 300.0) + depth * 900.0)
        return 0.8 + 3.5 * strength * _ridge(depth / 1.8e-3 + 0.45 * bend, 16)
    if tissue in (t.STRAP, t.SCM, t.LONGUS):  # dark, with bright flecks of perimysium that run along the fibres
        across = x - p[k.SCM_OBLIQUITY] * z if tissue == t.SCM else x
        bend = math.sin(across * 520.0 + phase) + 0.6 * math.sin(across * 1310.0)
        strength = math.sin(across * 1150.0 + depth * 1900.0) * math.sin(across * 410.0 + z * 45.0 + phase)
        return 0.7 + 4.0 * max(0.0, strength) * _ridge(depth / 1.6e-3 + 0.5 * bend, 16)
    if tissue in (t.SOFT, t.OESOPHAGUS):  # irregular sheets of connective tissue
        bend = math.sin(x * 270.0 + phase) + math.sin(z * 190.0 + y * 160.0) + 0.7 * math.sin(x * 610.0 - y * 330.0)
        strength = math.sin(x * 330.0 + y * 410.0 + z * 120.0) * math.sin(x * 190.0 - y * 520.0 + phase)
        return 0.7 + 0.25 * bend * 0.4 + 2.2 * max(0.0, strength) * _ridge(y / 3.1e-3 + 0.55 * bend, 8)
    return 1.0


@njit(cache=True, fastmath=True)
def _ridge(wave, sharpness):  # type: ignore[no-untyped-def]
    """A crest once in a period of 1, the narrower the sharper."""
    return math.cos(math.pi * wave) ** sharpness
