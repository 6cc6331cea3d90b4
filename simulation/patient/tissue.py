"""Which tissue a material point belongs to, and which boundary is nearest: the source of truth and echoes alike."""

from __future__ import annotations

import numpy as np
from numba import njit

from sonoreach.simulation.patient import packing as k
from sonoreach.simulation.patient import shapes as f
from sonoreach.simulation.patient.skin import skin_distance
from sonoreach.types.structures import Structure

(
    OUTSIDE,
    SKIN,
    FAT,
    STRAP,
    SCM,
    LONGUS,
    THYROID,
    NODULE_HYPO,  # the four kinds of nodules, in the order of NoduleKind
    NODULE_ISO,
    NODULE_HYPER,
    NODULE_CYST,
    CARTILAGE,
    AIRWAY_SOFT,
    AIR,
    CAROTID_WALL,
    CAROTID_BLOOD,
    JUGULAR_BLOOD,
    BONE,
    OESOPHAGUS,
    SOFT,
    N_TISSUES,
) = range(21)

(
    NO_EDGE,
    E_SKIN,
    E_FAT,
    E_AIRWAY,
    E_LUMEN,
    E_ADVENTITIA,
    E_INTIMA,
    E_JUGULAR,
    E_CAPSULE,
    E_NODULE,
    E_BONE,
    E_FASCIA,
    E_STRAP,
    E_SCM,
    N_EDGES,
) = range(15)

_STRUCTURE = {
    OUTSIDE: Structure.NONE,
    SKIN: Structure.SKIN,
    FAT: Structure.FAT,
    STRAP: Structure.MUSCLE,
    SCM: Structure.MUSCLE,
    LONGUS: Structure.MUSCLE,
    THYROID: Structure.THYROID,
    NODULE_HYPO: Structure.NODULE,
    NODULE_ISO: Structure.NODULE,
    NODULE_HYPER: Structure.NODULE,
    NODULE_CYST: Structure.NODULE,
    CARTILAGE: Structure.TRACHEA,
    AIRWAY_SOFT: Structure.TRACHEA,
    AIR: Structure.TRACHEA,
    CAROTID_WALL: Structure.CAROTID,
    CAROTID_BLOOD: Structure.CAROTID,
    JUGULAR_BLOOD: Structure.JUGULAR,
    BONE: Structure.BONE,
    OESOPHAGUS: Structure.SOFT,
    SOFT: Structure.SOFT,
}
STRUCTURE_OF_TISSUE = np.array([_STRUCTURE[tissue] for tissue in range(N_TISSUES)], np.uint8)


@njit(cache=True, fastmath=True)
def classify(p, s, x, y, z):  # type: ignore[no-untyped-def]
    """Tissue at a material point.

    Returns:
        (tissue, edge, distance): the nearest boundary among those that show at this point, and the signed
        distance to it [m].
    """
    depth = -skin_distance(p, x, y, z)
    if depth < 0.0:
        return OUTSIDE, E_SKIN, -depth
    skin_end, fat_end = p[k.SKIN_THICKNESS], p[k.FAT_END]
    if depth < skin_end:
        return (SKIN, E_SKIN, -depth) if depth < 0.5 * skin_end else (SKIN, E_FAT, skin_end - depth)
    if depth < fat_end:
        near_skin = depth - skin_end
        near_fascia = fat_end - depth
        return (FAT, E_FAT, -near_skin) if near_skin < near_fascia else (FAT, E_FASCIA, near_fascia)
    tissue, edge, near = _tubes(p, s, x, y, z, E_FASCIA, fat_end - depth)
    if tissue != SOFT:
        return tissue, edge, near
    return _solids(p, x, y, z, depth, edge, near)


@njit(cache=True, fastmath=True)
def _tubes(p, s, x, y, z, edge, near):  # type: ignore[no-untyped-def]
    """Airway and vessels, which go before everything around them; SOFT when the point lies in none."""
    side = 0 if x < p[k.AIR_X] else 1

    d = f.airway(p, x, y, z)
    if d < 0.0:
        inner = f.lumen(p, x, y, z)
        if inner < 0.0:
            return AIR, E_LUMEN, inner
        wall = CARTILAGE if f.is_cartilage(p, z) else AIRWAY_SOFT
        return (wall, E_AIRWAY, d) if -d < inner else (wall, E_LUMEN, inner)
    if d < abs(near):
        edge, near = E_AIRWAY, d

    d = f.carotid(p, s, side, x, y, z)
    if d < 0.0:
        inner = d + p[k.VESSELS + side * k.VESSEL_SIZE + 5]
        if inner < 0.0:
            return CAROTID_BLOOD, E_INTIMA, inner
        return (CAROTID_WALL, E_ADVENTITIA, d) if -d < inner else (CAROTID_WALL, E_INTIMA, inner)
    if d < abs(near):
        edge, near = E_ADVENTITIA, d

    d = f.jugular(p, s, side, x, y, z)
    if d < 0.0:
        return JUGULAR_BLOOD, E_JUGULAR, d
    if d < abs(near):
        edge, near = E_JUGULAR, d
    return SOFT, edge, near


@njit(cache=True, fastmath=True)
def _solids(p, x, y, z, depth, edge, near):  # type: ignore[no-untyped-def]
    """Gland, bone and muscles, in the order in which they go before one another."""
    d = f.thyroid(p, x, y, z)
    if d < abs(near):
        edge, near = E_CAPSULE, d
    if d < 0.0:
        for index in range(int(p[k.N_NODULES])):
            dn = f.nodule(p, index, x, y, z)
            if abs(dn) < abs(near):
                edge, near = E_NODULE, dn
            if dn < 0.0:
                return NODULE_HYPO + int(p[k.NODULES + index * k.NODULE_SIZE + 6]), edge, near
        return THYROID, edge, near

    d = f.spine(p, x, y, z)
    if d < abs(near):
        edge, near = E_BONE, d
    if d < 0.0:
        return BONE, edge, near
    d = f.straps(p, x, depth)
    if abs(d) < abs(near):
        edge, near = E_STRAP, d
    if d < 0.0:
        return STRAP, edge, near
    d = f.sternomastoid(p, x, z, depth)
    if abs(d) < abs(near):
        edge, near = E_SCM, d
    if d < 0.0:
        return SCM, edge, near
    if f.longus(p, x, y, z) < 0.0:
        return LONGUS, edge, near
    if f.oesophagus(p, x, y, z) < 0.0:
        return OESOPHAGUS, edge, near
    return SOFT, edge, near


@njit(cache=True, fastmath=True)
def edge_distance(p, s, edge, x, y, z):  # type: ignore[no-untyped-def]
    """Signed distance to one kind of boundary, as `classify` reports it [m]."""
    side = 0 if x < p[k.AIR_X] else 1
    if edge == E_AIRWAY:
        return f.airway(p, x, y, z)
    if edge == E_LUMEN:
        return f.lumen(p, x, y, z)
    if edge == E_ADVENTITIA:
        return f.carotid(p, s, side, x, y, z)
    if edge == E_INTIMA:
        return f.carotid(p, s, side, x, y, z) + p[k.VESSELS + side * k.VESSEL_SIZE + 5]
    if edge == E_JUGULAR:
        return f.jugular(p, s, side, x, y, z)
    if edge == E_CAPSULE:
        return f.thyroid(p, x, y, z)
    if edge == E_BONE:
        return f.spine(p, x, y, z)
    if edge == E_NODULE:
        d = f.FAR
        for index in range(int(p[k.N_NODULES])):
            d = min(d, f.nodule(p, index, x, y, z))
        return d
    outer = skin_distance(p, x, y, z)
    if edge == E_SKIN:
        return outer
    if edge == E_FAT:
        return outer + p[k.SKIN_THICKNESS]
    if edge == E_STRAP:
        return f.straps(p, x, -outer)
    if edge == E_SCM:
        return f.sternomastoid(p, x, z, -outer)
    return outer + p[k.FAT_END]
