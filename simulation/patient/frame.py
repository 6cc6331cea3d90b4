"""State of the body under one probe pose at one time, as a flat array `s` for the compiled kernels.

Three frames follow each other: material (patient axes, at rest), probe' (where the tissue would be without the
probe: breathing and swallowing included), and probe (tissue pressed down by the face).
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from sonoreach.simulation.patient import packing as k
from sonoreach.simulation.patient.motion import body_shift, breath, pulse, swallow
from sonoreach.simulation.patient.skin import skin_distance

GAP_STEP = 1e-3
GAP_HALF = 30  # the gap is known at -30..30 mm along the face
N_GAP = 2 * GAP_HALF + 1
(ROT, POS, SWALLOW, CAROTID, JUGULAR, PRESSED, GAP, SIZE) = (0, 9, 12, 13, 14, 16, 17, 17 + N_GAP)

FACE_HALF_M = 0.0254  # half-width of the probe's face along x
FACE_DEPTH_M = 0.006  # half-depth of the face along y
PRESS_DEPTH_M = 0.0045  # depth over which the indentation fades to 1/e: skin and fat take most of it
PRESS_REACH_M = 0.008  # the same beside the face
JUGULAR_YIELD_M = 0.005  # indentation that flattens the jugular almost fully


@njit(cache=True)
def probe_state(p, rotation, position, t):  # type: ignore[no-untyped-def]
    """Compute the state for a probe pose.

    Args:
        p: packed patient.
        rotation, position: pose of the probe in the base, shapes (3, 3) and (3,) [m].
        t: time [s].

    Returns:
        s, shape (SIZE,): ROT and POS map rest-plus-breathing patient points into probe', row-major.
    """
    s = np.zeros(SIZE)
    sx, sy, sz = body_shift(p, t)
    for i in range(3):
        for j in range(3):
            for m in range(3):
                s[ROT + 3 * i + j] += rotation[m, i] * p[k.BASE_ROTATION + 3 * m + j]
        for m in range(3):
            s[POS + i] += rotation[m, i] * (p[k.BASE_POSITION + m] - position[m])
        s[POS + i] += s[ROT + 3 * i] * sx + s[ROT + 3 * i + 1] * sy + s[ROT + 3 * i + 2] * sz
    s[SWALLOW] = p[k.SWALLOW_M] * swallow(p, t)
    s[CAROTID] = 1.0 + p[k.PULSE] * pulse(p, t)
    for i in range(N_GAP):
        s[GAP + i] = _gap_along_z(p, s, (i - GAP_HALF) * GAP_STEP)
        s[PRESSED] = max(s[PRESSED], -s[GAP + i])
    for side in range(2):
        at = k.VESSELS + side * k.VESSEL_SIZE
        x = to_rest_probe(s, p[at + 6], 0.012, 0.0)[0]
        press = indentation(s, x, 0.0, 0.0) / JUGULAR_YIELD_M
        s[JUGULAR + side] = max(0.15, (1.0 - 0.08 * breath(p, t)) * (1.0 - 0.85 * min(1.0, press)))
    return s


@njit(cache=True)
def to_rest_probe(s, x, y, z):  # type: ignore[no-untyped-def]
    """Patient point (swallow already added) to probe'."""
    return (
        s[0] * x + s[1] * y + s[2] * z + s[POS],
        s[3] * x + s[4] * y + s[5] * z + s[POS + 1],
        s[6] * x + s[7] * y + s[8] * z + s[POS + 2],
    )


@njit(cache=True)
def from_rest_probe(s, x, y, z):  # type: ignore[no-untyped-def]
    """Inverse of `to_rest_probe`."""
    x, y, z = x - s[POS], y - s[POS + 1], z - s[POS + 2]
    return s[0] * x + s[3] * y + s[6] * z, s[1] * x + s[4] * y + s[7] * z, s[2] * x + s[5] * y + s[8] * z


@njit(cache=True)
def _gap_along_z(p, s, x):  # type: ignore[no-untyped-def]
    """Distance along probe z from the face at x to the resting skin [m]; negative where the face presses."""
    depth = 0.0
    for _ in range(3):  # secant-free Newton on the signed distance: two steps reach micrometres
        mx, my, mz = from_rest_probe(s, x, 0.0, depth)
        d = skin_distance(p, mx, my, mz)
        ex, ey, ez = from_rest_probe(s, x, 0.0, depth + 1e-4)
        slope = (skin_distance(p, ex, ey, ez) - d) / 1e-4
        depth -= d / min(slope, -0.3)
    return depth


@njit(cache=True)
def gap_at(s, x):  # type: ignore[no-untyped-def]
    """Gap along z at a lateral position (linear between samples) [m]."""
    f = min(max(x / GAP_STEP + GAP_HALF, 0.0), N_GAP - 1.001)
    i = int(f)
    return s[GAP + i] + (f - i) * (s[GAP + i + 1] - s[GAP + i])


@njit(cache=True)
def surface_press(s, x, y):  # type: ignore[no-untyped-def]
    """Indentation of the skin at x, y: the face's own under it, fading beside it [m]."""
    if s[PRESSED] <= 0.0:
        return 0.0
    inside = min(max(x, -FACE_HALF_M), FACE_HALF_M)
    press = -gap_at(s, inside)
    if press <= 0.0:
        return 0.0
    beside = abs(x - inside) + max(0.0, abs(y) - FACE_DEPTH_M)
    if beside > 0.0:
        press *= math.exp(-beside / PRESS_REACH_M)
    return press


@njit(cache=True)
def indentation(s, x, y, z):  # type: ignore[no-untyped-def]
    """Displacement along +z of the tissue that lies now at x, y, z (probe frame) [m]."""
    press = surface_press(s, x, y)
    if press > 0.0 and z > 0.0:
        press *= math.exp(-z / PRESS_DEPTH_M)
    return press


@njit(cache=True)
def press_down(s, x, y, z):  # type: ignore[no-untyped-def]
    """Where tissue of probe' depth z lies once the face presses (inverse of z - indentation) [m]."""
    press = surface_press(s, x, y)
    if press <= 0.0 or z < -press - 1e-6:
        return z
    depth = z + press * math.exp(-(z + press) / PRESS_DEPTH_M)
    for _ in range(2):
        e = press * math.exp(-depth / PRESS_DEPTH_M)
        depth -= (depth - e - z) / (1.0 + e / PRESS_DEPTH_M)
    return depth


@njit(cache=True)
def swallow_weight(p, x, y):  # type: ignore[no-untyped-def]
    """Share of the larynx's rise that tissue at x, y takes (1 at the airway, 0 near skin, spine and vessels)."""
    u = (x - p[k.AIR_X]) / 0.026
    v = (y - p[k.AIR_Y]) / (0.9 * p[k.AIR_Y])
    r = u * u + v * v
    if r >= 1.0:
        return 0.0
    w = min(1.0, 1.6 * (1.0 - r))
    return w * w * (3.0 - 2.0 * w)


@njit(cache=True)
def material_of(p, s, x, y, z):  # type: ignore[no-untyped-def]
    """Material point (patient axes, at rest) of the tissue that lies at x, y, z of the probe frame."""
    mx, my, mz = from_rest_probe(s, x, y, z - indentation(s, x, y, z))
    if s[SWALLOW] > 0.0:
        mz -= swallow_weight(p, mx, my) * s[SWALLOW]
    return mx, my, mz


@njit(cache=True)
def probe_of(p, s, x, y, z):  # type: ignore[no-untyped-def]
    """Where a material point lies now, in the probe frame."""
    if s[SWALLOW] > 0.0:
        z += swallow_weight(p, x, y) * s[SWALLOW]
    px, py, pz = to_rest_probe(s, x, y, z)
    return px, py, press_down(s, px, py, pz)


def rest_state() -> NDArray[np.float64]:
    """State without probe, breathing, pulse and swallow; probe axes are the patient's."""
    s = np.zeros(SIZE)
    s[[ROT, ROT + 4, ROT + 8]] = 1.0
    s[CAROTID] = 1.0
    s[JUGULAR : JUGULAR + 2] = 1.0
    s[GAP:] = 1.0
    return s


def gap_profile(s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Gaps at 128 places across the aperture of a 50 mm face [m]."""
    places = (np.arange(N_GAP) - GAP_HALF) * GAP_STEP
    return np.asarray(np.interp(np.linspace(-0.0248, 0.0248, 128), places, s[GAP:]))
