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
    t.FAT: (-11.0, 0.5),
    t.STRAP: (-11.0, 0.7),
    t.SCM: (-9.0, 0.7),
    t.LONGUS: (-11.0, 0.7),
    t.THYROID: (0.0, 0.6),
    t.NODULE_HYPO: (-10.0, 0.7),
    t.NODULE_ISO: (-1.0, 0.6),
    t.NODULE_HYPER: (4.5, 0.6),
    t.NODULE_CYST: (-32.0, 0.1),
    t.CARTILAGE: (-17.0, 2.5),
    t.AIRWAY_SOFT: (-4.0, 0.8),
    t.AIR: (-8.0, 24.0),
    t.CAROTID_WALL: (-8.0, 0.6),
    t.CAROTID_BLOOD: (-34.0, 0.15),
    t.JUGULAR_BLOOD: (-33.0, 0.15),
    t.BONE: (-20.0, 15.0),
    t.OESOPHAGUS: (-9.0, 0.7),
    t.SOFT: (-5.0, 0.6),
}
_EDGE_DB = {  # specular echo of a boundary met at a right angle, and the share that stays at any angle
    t.NO_EDGE: (-90.0, 0.0),
    t.E_SKIN: (12.0, 0.3),
    t.E_FAT: (8.0, 0.2),
    t.E_AIRWAY: (11.0, 0.15),
    t.E_LUMEN: (20.0, 0.05),
    t.E_ADVENTITIA: (12.0, 0.2),
    t.E_INTIMA: (8.0, 0.05),
    t.E_JUGULAR: (7.0, 0.15),
    t.E_CAPSULE: (9.0, 0.2),
    t.E_NODULE: (-1.0, 0.3),
    t.E_BONE: (22.0, 0.1),
    t.E_FASCIA: (8.0, 0.15),
    t.E_STRAP: (7.0, 0.15),
    t.E_SCM: (7.0, 0.15),
}
LEVEL = np.array([10 ** (_LEVEL_DB[i][0] / 20) for i in range(t.N_TISSUES)])
SLOPE_DB_M_HZ = np.array([_LEVEL_DB[i][1] * 1e-4 for i in range(t.N_TISSUES)])
EDGE = np.array([10 ** (_EDGE_DB[i][0] / 20) for i in range(t.N_EDGES)])
EDGE_FLOOR = np.array([_EDGE_DB[i][1] for i in range(t.N_EDGES)])
SPECULAR_POWER = 8  # a boundary tilted by 24° returns half of what a perpendicular one does


@njit(cache=True)
def specular(edge, cosine):  # type: ignore[no-untyped-def]
    """Amplitude of a boundary whose normal makes an angle with the beam."""
    c2 = cosine * cosine
    c4 = c2 * c2
    return EDGE[edge] * (EDGE_FLOOR[edge] + (1.0 - EDGE_FLOOR[edge]) * c4 * c4)


@njit(cache=True)
def texture(p, tissue, x, y, z, depth):  # type: ignore[no-untyped-def]
    """Relative amplitude of a tissue's own pattern at a material point: septa, fibres, slow unevenness."""
    if tissue == t.FAT:  # thin bright septa, wavy and roughly along the skin
        wave = depth / 1.5e-3 + 0.6 * math.sin(x * 310.0 + p[k.SEED]) + 0.5 * math.sin(z * 260.0 + 2.0 * x * 150.0)
        return 0.7 + 2.6 * _ridge(wave)
    if tissue == t.STRAP or tissue == t.SCM or tissue == t.LONGUS:
        along = x - p[k.SCM_OBLIQUITY] * z if tissue == t.SCM else x  # constant along the fibres
        wave = depth / 1.25e-3 + 0.9 * math.sin(along * 520.0) + 0.4 * math.sin(along * 1270.0 + z * 90.0)
        return 0.6 + 2.2 * _ridge(wave) * (0.6 + 0.4 * math.sin(along * 2300.0))
    if tissue == t.SOFT or tissue == t.OESOPHAGUS:
        wave = depth / 2.3e-3 + 0.8 * math.sin(x * 240.0) + 0.6 * math.sin(z * 200.0 + p[k.SEED])
        return 0.65 + 1.3 * _ridge(wave)
    if tissue == t.THYROID:
        return 1.0 + 0.1 * math.sin(x * 700.0 + 300.0 * z) * math.sin(y * 800.0 - 450.0 * z)
    return 1.0


@njit(cache=True)
def _ridge(wave):  # type: ignore[no-untyped-def]
    """A narrow crest once in a period of 1."""
    c = math.cos(math.pi * wave)
    c *= c
    c *= c
    return c * c
