"""Signed distances of the inner structures [m], negative inside; first order away from the surface.

All take the packed patient `p` (and the state `s` where a vessel changes its size) and a material point.
"""

from __future__ import annotations

import math

from numba import njit

from sonoreach.simulation.patient import packing as k
from sonoreach.simulation.patient.frame import CAROTID, JUGULAR

FAR = 1.0  # what a structure answers beyond its bounding box


@njit(cache=True, fastmath=True)
def ellipse(u, v, a, b):  # type: ignore[no-untyped-def]
    """Distance to an ellipse in its own axes (Quilez' first-order form)."""
    ua, vb = u / a, v / b
    k0 = math.sqrt(ua * ua + vb * vb) + 1e-9
    ua, vb = ua / a, vb / b
    return k0 * (k0 - 1.0) / (math.sqrt(ua * ua + vb * vb) + 1e-9)


@njit(cache=True, fastmath=True)
def lobe(p, side, x, y, z):  # type: ignore[no-untyped-def]
    """A thyroid lobe, not yet cut by the airway: an ellipsoid that narrows upwards."""
    at = k.LOBES + side * k.LOBE_SIZE
    x, y, z = x - p[at], y - p[at + 1], z - p[at + 2]
    w = p[at + 5] * x + p[at + 8] * y + p[at + 11] * z
    c = p[at + 14]
    if abs(w) > c + 0.003 or abs(x) > 0.018:
        return FAR
    u = p[at + 3] * x + p[at + 6] * y + p[at + 9] * z
    v = p[at + 4] * x + p[at + 7] * y + p[at + 10] * z
    narrow = 1.0 - p[at + 15] * w / c
    ia, ib, ic = 1.0 / (p[at + 12] * narrow), 1.0 / (p[at + 13] * narrow), 1.0 / c
    u, v, w = u * ia, v * ib, w * ic
    k0 = math.sqrt(u * u + v * v + w * w) + 1e-9
    u, v, w = u * ia, v * ib, w * ic
    return k0 * (k0 - 1.0) / (math.sqrt(u * u + v * v + w * w) + 1e-9)


@njit(cache=True, fastmath=True)
def isthmus(p, x, y, z):  # type: ignore[no-untyped-def]
    """The bridge: a rounded band around the front of the trachea."""
    dz = abs(z - p[k.ISTHMUS_Z]) - 0.5 * p[k.ISTHMUS_HEIGHT]
    if dz > 0.003:
        return FAR
    dx, dy = x - p[k.AIR_X], y - (p[k.AIR_Y] - p[k.AIR_SLOPE] * z)
    if dy > 0.0:
        return FAR
    half = 0.5 * p[k.ISTHMUS_THICKNESS]
    rim = 0.8 * half  # rounding of the upper and lower edge
    band = abs(math.sqrt(dx * dx + dy * dy) - p[k.AIR_RADIUS] - 0.0005 - half) - half + rim
    edge = dz + rim
    outside = math.sqrt(max(band, 0.0) ** 2 + max(edge, 0.0) ** 2)
    return outside + min(max(band, edge), 0.0) - rim


@njit(cache=True, fastmath=True)
def thyroid(p, x, y, z):  # type: ignore[no-untyped-def]
    """Both lobes and the isthmus, not yet cut by airway and vessels."""
    d = lobe(p, 0, x, y, z) if x < p[k.AIR_X] else lobe(p, 1, x, y, z)
    return min(d, isthmus(p, x, y, z))


@njit(cache=True, fastmath=True)
def airway_radius(p, z):  # type: ignore[no-untyped-def]
    """Outer radius at a level: the trachea's, wider at the larynx."""
    u = min(max((z - p[k.LARYNX_Z]) / 0.010, 0.0), 1.0)
    return p[k.AIR_RADIUS] * (1.0 + 0.15 * u * u * (3.0 - 2.0 * u))


@njit(cache=True, fastmath=True)
def airway(p, x, y, z):  # type: ignore[no-untyped-def]
    """Outer surface of trachea and larynx: a tube that is flat behind."""
    r = airway_radius(p, z)
    dx, dy = x - p[k.AIR_X], y - (p[k.AIR_Y] - p[k.AIR_SLOPE] * z)
    return max(math.sqrt(dx * dx + dy * dy) - r, dy - 0.65 * r)


@njit(cache=True, fastmath=True)
def lumen(p, x, y, z):  # type: ignore[no-untyped-def]
    """Surface of the air inside."""
    wall = p[k.AIR_WALL] if z < p[k.LARYNX_Z] else 1.5 * p[k.AIR_WALL]
    return airway(p, x, y, z) + wall


@njit(cache=True, fastmath=True)
def is_cartilage(p, z):  # type: ignore[no-untyped-def]
    """Whether the airway's wall at a level is cartilage (a ring or the larynx) or the soft gap between rings."""
    turns = z / p[k.RING_PERIOD] + p[k.RING_PHASE]
    return z > p[k.LARYNX_Z] or turns - math.floor(turns) < 0.7


@njit(cache=True, fastmath=True)
def carotid(p, s, side, x, y, z):  # type: ignore[no-untyped-def]
    """Outer wall of a common carotid, as wide as the pulse makes it."""
    at = k.VESSELS + side * k.VESSEL_SIZE
    dx, dy = x - p[at] - p[at + 2] * z, y - p[at + 1] - p[at + 3] * z
    return math.sqrt(dx * dx + dy * dy) - p[at + 4] * s[CAROTID] - p[at + 5]


@njit(cache=True, fastmath=True)
def jugular(p, s, side, x, y, z):  # type: ignore[no-untyped-def]
    """Wall of an internal jugular vein, flattened by the probe."""
    return vein(p, side, s[JUGULAR + side], x, y, z)


@njit(cache=True, fastmath=True)
def vein(p, side, flat, x, y, z):  # type: ignore[no-untyped-def]
    """Wall of an internal jugular vein whose depth is `flat` times that at rest."""
    at = k.VESSELS + side * k.VESSEL_SIZE
    dx, dy = x - p[at + 6] - p[at + 2] * z, y - p[at + 7] - p[at + 3] * z
    return ellipse(dx, dy, p[at + 8] * (1.15 - 0.15 * flat), p[at + 9] * flat)


@njit(cache=True, fastmath=True)
def nodule(p, index, x, y, z):  # type: ignore[no-untyped-def]
    """One nodule."""
    at = k.NODULES + index * k.NODULE_SIZE
    u, v, w = x - p[at], y - p[at + 1], z - p[at + 2]
    a, b, c = p[at + 3], p[at + 4], p[at + 5]
    u, v, w = u / a, v / b, w / c
    k0 = math.sqrt(u * u + v * v + w * w) + 1e-9
    u, v, w = u / a, v / b, w / c
    return k0 * (k0 - 1.0) / (math.sqrt(u * u + v * v + w * w) + 1e-9)


@njit(cache=True, fastmath=True)
def spine(p, x, y, z):  # type: ignore[no-untyped-def]
    """Vertebral bodies and the transverse processes beside them, joined along z."""
    body = ellipse(x, y - p[k.SPINE_Y] - 0.014, 0.013, 0.014)
    return min(body, ellipse(x, y - p[k.SPINE_Y] - 0.015, 0.026, 0.007))


@njit(cache=True, fastmath=True)
def longus(p, x, y, z):  # type: ignore[no-untyped-def]
    """Longus colli: the pair of muscles on the front of the spine."""
    return ellipse(abs(x) - 0.012, y - p[k.SPINE_Y] - 0.001, 0.009, 0.0045)


@njit(cache=True, fastmath=True)
def straps(p, x, depth):  # type: ignore[no-untyped-def]
    """Sternohyoid and sternothyroid of both sides, in |x| and depth below the skin."""
    half = 0.5 * p[k.STRAP]
    return ellipse(abs(x) - 0.0135, depth - p[k.FAT_END] - 0.0003 - half, 0.012, half)


@njit(cache=True, fastmath=True)
def sternomastoid(p, x, z, depth):  # type: ignore[no-untyped-def]
    """Sternocleidomastoid of both sides, in |x| and depth; it runs outwards and up."""
    half = 0.5 * p[k.SCM]
    middle = p[k.SCM_X] + p[k.SCM_OBLIQUITY] * z
    return ellipse(abs(x) - middle, depth - p[k.FAT_END] - 0.0004 - half, p[k.SCM_WIDTH], half)


@njit(cache=True, fastmath=True)
def oesophagus(p, x, y, z):  # type: ignore[no-untyped-def]
    """Oesophagus, behind the trachea and a little to the left."""
    y_back = p[k.AIR_Y] - p[k.AIR_SLOPE] * z + 0.65 * p[k.AIR_RADIUS]
    return ellipse(x - p[k.AIR_X] - 0.006, y - y_back - 0.0042, 0.008, 0.0038)
