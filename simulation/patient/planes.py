"""True standard planes, their target points and the true sizes, from the same distances as the echoes."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from sonoreach.simulation.patient import frame, packing
from sonoreach.simulation.patient import shapes as f
from sonoreach.simulation.patient.anatomy import Anatomy
from sonoreach.simulation.patient.skin import skin_distance, skin_normal
from sonoreach.simulation.patient.tissue import NODULE_CYST, THYROID, classify
from sonoreach.types.pose import Pose

Array = NDArray[np.float64]

SIDES = ("right", "left")
PLANES = ("right_transverse", "right_longitudinal", "isthmus_transverse", "left_transverse", "left_longitudinal")


def target_of(anatomy: Anatomy, plane: str) -> Array:
    """Material point (patient axes) on which a standard plane is centred: a lobe's or the isthmus' middle [m]."""
    if plane == "isthmus_transverse":
        airway, isthmus = anatomy.airway, anatomy.isthmus
        front = airway.y_m - airway.slope * isthmus.z_m - airway.radius_m - 0.5e-3
        return np.array([airway.x_m, front - isthmus.thickness_m / 2, isthmus.z_m])
    return anatomy.lobes[SIDES.index(plane.split("_")[0])].center_m


def plane_pose(p: Array, anatomy: Anatomy, plane: str) -> Pose:
    """Ideal probe pose patient_probe of one standard plane, its origin on the resting skin.

    Transverse through a lobe: perpendicular to its long axis, at the shortest way from the skin to its centre.
    Longitudinal: contains the long axis and the skin's normal. Isthmus: perpendicular to the skin, midline.
    """
    center = target_of(anatomy, plane)
    if plane.endswith("_longitudinal") or plane == "isthmus_transverse":
        outward = _nearest_normal(p, center)
        origin = center + _reach(p, center, outward) * outward
        lateral = np.array([1.0, 0.0, 0.0])
        if plane != "isthmus_transverse":
            lateral = -anatomy.lobes[SIDES.index(plane.split("_")[0])].axes[:, 2]
        return Pose.from_axes(origin, lateral, -outward)
    long_axis = anatomy.lobes[SIDES.index(plane.split("_")[0])].axes[:, 2]
    across = np.cross([0.0, 1.0, 0.0], long_axis)
    across /= np.linalg.norm(across)
    front = np.cross(across, long_axis)
    front *= -np.sign(front[1])

    def direction(angle: float) -> Array:
        return np.asarray(np.cos(angle) * front + np.sin(angle) * across)

    best = minimize_scalar(lambda angle: _reach(p, center, direction(angle)), bounds=(-1.2, 1.2), method="bounded")
    outward = direction(float(best.x))
    origin = center + _reach(p, center, outward) * outward
    return Pose.from_axes(origin, np.cross(-long_axis, -outward), -outward)


def _reach(p: Array, start: Array, direction: Array) -> float:
    """Length of the ray from an inner point to the skin, by sphere tracing [m]."""
    length = 0.0
    for _ in range(40):
        length -= skin_distance(p, *(start + length * direction))
    return length


def _nearest_normal(p: Array, center: Array) -> Array:
    """Outward skin normal at the skin point nearest to an inner point."""
    outward = np.array([0.0, -1.0, 0.0])
    for _ in range(25):
        outward = np.array(skin_normal(p, *(center + _reach(p, center, outward) * outward)))
    return outward


@njit(cache=True)
def _is_lobe(p, s, side, x, y, z):  # type: ignore[no-untyped-def]
    if f.lobe(p, side, x, y, z) >= 0.0:
        return False
    tissue = classify(p, s, x, y, z)[0]
    return THYROID <= tissue <= NODULE_CYST


@njit(cache=True)
def _extent(p, s, side, origin, u, v, half_u, half_v, step):  # type: ignore[no-untyped-def]
    """Extent of a lobe's section along u and v, sampled in the plane through origin spanned by u and v [m]."""
    low_u, high_u, low_v, high_v = 1.0, -1.0, 1.0, -1.0
    for i in range(int(2 * half_u / step) + 1):
        a = i * step - half_u
        for j in range(int(2 * half_v / step) + 1):
            b = j * step - half_v
            q = origin + a * u + b * v
            if _is_lobe(p, s, side, q[0], q[1], q[2]):
                low_u, high_u = min(low_u, a), max(high_u, a)
                low_v, high_v = min(low_v, b), max(high_v, b)
    return high_u - low_u + step, high_v - low_v + step


@njit(cache=True)
def _volume(p, s, side, center, half, step):  # type: ignore[no-untyped-def]
    count = 0
    n0, n1, n2 = int(2 * half[0] / step) + 1, int(2 * half[1] / step) + 1, int(2 * half[2] / step) + 1
    for i in range(n0):
        for j in range(n1):
            for m in range(n2):
                x, y, z = i * step - half[0], j * step - half[1], m * step - half[2]
                count += _is_lobe(p, s, side, center[0] + x, center[1] + y, center[2] + z)
    return count * step**3


def true_sizes(p: Array, anatomy: Anatomy) -> dict[str, float]:
    """Sizes at rest: width and depth in the ideal transverse plane, length in the ideal longitudinal plane [m],
    volumes by integration [m³].
    """
    rest = frame.rest_state()
    sizes = {"isthmus_thickness": anatomy.isthmus.thickness_m}
    for side, name in enumerate(SIDES):
        lobe = anatomy.lobes[side]
        axes = plane_pose(p, anatomy, f"{name}_transverse").rotation
        width, depth = _extent(p, rest, side, lobe.center_m, axes[:, 0], axes[:, 2], 0.016, 0.016, 1e-4)
        plane = plane_pose(p, anatomy, f"{name}_longitudinal")
        long_axis = lobe.axes[:, 2]
        inward = np.cross(plane.rotation[:, 1], long_axis)
        length, _ = _extent(p, rest, side, lobe.center_m, long_axis, inward, 0.034, 0.016, 2e-4)
        half = np.array([0.018, 0.016, 0.032])
        sizes |= {f"{name}_lobe_length": length, f"{name}_lobe_width": width, f"{name}_lobe_depth": depth}
        sizes[f"{name}_lobe_volume"] = _volume(p, rest, side, lobe.center_m, half, 5e-4)
    return {name: float(value) for name, value in sizes.items()}


def base_planes(p: Array, anatomy: Anatomy) -> dict[str, Pose]:
    """All five ideal poses base_probe, the body at rest (no breathing)."""
    rotation = p[packing.BASE_ROTATION : packing.BASE_ROTATION + 9].reshape(3, 3)
    base_patient = Pose(p[packing.BASE_POSITION : packing.BASE_POSITION + 3], rotation)
    return {plane: base_patient @ plane_pose(p, anatomy, plane) for plane in PLANES}
