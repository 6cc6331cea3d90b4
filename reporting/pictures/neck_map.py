"""The neck seen from the front, as a map in millimetres: the patient's left to the right, the head up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial.transform import Rotation

Array = NDArray[np.float64]
MARGIN_MM = 28.0  # half the probe's face, so that a capture at the path's end is seen whole
LEAST_SPAN_MM = 90.0
ALIGNED_COSINE = 0.8
RELIEF_POINTS, RELIEF_MM = 48, 6.0


@dataclass(frozen=True, eq=False)
class NeckMap:
    """Maps points of the arm's base frame to the map.

    Attributes:
        origin_m: base point that lies at (0, 0), shape (3,).
        left, superior: unit vectors of the map's axes in base, shape (3,).
        skin_m: skin points, shape (n, 3); empty when there was no registration.
        landmarks_m: name -> point, shape (3,).
    """

    origin_m: Array
    left: Array
    superior: Array
    skin_m: Array
    landmarks_m: dict[str, Array]

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> NeckMap:
        """The map of an exam; without a registration the couch's nominal directions are taken."""
        registration = record["registration"]
        path = path_m(record)
        origin = np.nanmean(path, axis=0) if len(path) else np.zeros(3)
        return cls(
            origin_m=np.asarray(origin, dtype=np.float64),
            left=np.asarray(registration.get("left", (0.0, 1.0, 0.0)), dtype=np.float64),
            superior=np.asarray(registration.get("superior", (-1.0, 0.0, 0.0)), dtype=np.float64),
            skin_m=np.asarray(registration.get("skin_points_m", ()), dtype=np.float64).reshape(-1, 3),
            landmarks_m={k: np.asarray(v, dtype=np.float64) for k, v in registration.get("landmarks_m", {}).items()},
        )

    def to_map(self, points_m: ArrayLike) -> Array:
        """Map positions (left, superior) of base points, shape (n, 2) [mm]."""
        relative = np.asarray(points_m, dtype=np.float64).reshape(-1, 3) - self.origin_m
        result: Array = np.column_stack([relative @ self.left, relative @ self.superior]) * 1e3
        return result

    def height_mm(self, points_m: ArrayLike) -> Array:
        """Height above the map's plane, towards the viewer, shape (n,) [mm]."""
        anterior = np.cross(self.left, self.superior)
        relative = np.asarray(points_m, dtype=np.float64).reshape(-1, 3) - self.origin_m
        result: Array = relative @ anterior * 1e3
        return result

    def ends(self, quaternion_xyzw: Sequence[float]) -> tuple[str, str]:
        """What the left and the right border of the image look towards; empty words while it lies askew."""
        along = Rotation.from_quat(quaternion_xyzw).as_matrix()[:, 0]
        for axis, marks in ((self.left, ("R", "L")), (self.superior, ("Inf", "Sup"))):
            cosine = float(along @ axis)
            if abs(cosine) > ALIGNED_COSINE:
                return marks if cosine > 0 else (marks[1], marks[0])
        return "", ""

    def relief(self, window: tuple[float, float, float, float]) -> tuple[Array, Array, Array]:
        """Smooth height of the skin on a grid over the window: x, y (n,) and height (n, n) [mm], nan off the cloud."""
        x, y = np.linspace(*window[:2], RELIEF_POINTS), np.linspace(*window[2:], RELIEF_POINTS)
        skin, height = self.to_map(self.skin_m), self.height_mm(self.skin_m)
        squares = (x[None, :, None] - skin[:, 0]) ** 2 + (y[:, None, None] - skin[:, 1]) ** 2
        weights = np.exp(-0.5 * squares / RELIEF_MM**2)
        total = weights.sum(axis=2)
        smooth = (weights @ height) / np.maximum(total, 1e-12)
        return x, y, np.where(total > 0.03, smooth, np.nan)

    def extent(self, record: Mapping[str, Any], aspect: float) -> tuple[float, float, float, float]:
        """Window around the path with width / height = aspect: left, right, bottom, top [mm]."""
        path = self.to_map(path_m(record))
        low, high = (path.min(axis=0), path.max(axis=0)) if len(path) else (np.zeros(2), np.zeros(2))
        center, span = (low + high) / 2, high - low + 2 * MARGIN_MM
        height = max(span[1], span[0] / aspect, LEAST_SPAN_MM / max(aspect, 1.0))
        half = np.array([height * aspect, height]) / 2
        return center[0] - half[0], center[0] + half[0], center[1] - half[1], center[1] + half[1]


def path_m(record: Mapping[str, Any]) -> Array:
    """Positions of the probe while it touched the body, shape (n, 3) [m]; all positions when it never did."""
    positions = np.asarray(record["frames"].get("position_m", ()), dtype=np.float64).reshape(-1, 3)
    touching = touching_rows(record["frames"])
    return positions[touching] if touching.any() else positions


def touching_rows(frames: Mapping[str, Sequence[Any]]) -> NDArray[np.bool_]:
    """Which frames were taken with the probe on the skin."""
    states = frames.get("contact_state", ())
    return np.array([state in ("touch", "ramp", "scan", "recover") for state in states], dtype=bool)
