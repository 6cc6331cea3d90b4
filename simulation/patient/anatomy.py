"""Anatomy of one neck. Patient axes are LPS (x left, y posterior, z superior), the origin lies on the skin in
the midline at the level of the isthmus. All lengths in metres, all angles in radians.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


class NoduleKind(IntEnum):
    """How a nodule echoes compared with the thyroid."""

    HYPOECHOIC = 0
    ISOECHOIC = 1
    HYPERECHOIC = 2
    CYSTIC = 3


@dataclass(frozen=True, eq=False)
class Skin:
    """Outer surface (an elliptic cylinder bent along z) and the layers that follow it.

    Attributes:
        half_width_m: half-width of the neck; radius_m: radius of curvature in the midline.
        slope: posterior rise of the midline per metre towards the head; bend_per_m: half its curvature [1/m].
        thickness_m: of the skin; fat_m: of the subcutaneous fat.
    """

    half_width_m: float
    radius_m: float
    slope: float
    bend_per_m: float
    thickness_m: float
    fat_m: float


def skin_height(skin: Skin, x_m: ArrayLike, z_m: ArrayLike) -> Array:
    """Antero-posterior position of the resting skin at x, z (broadcast) [m]."""
    x, z = np.asarray(x_m, dtype=np.float64), np.asarray(z_m, dtype=np.float64)
    depth = skin.half_width_m**2 / skin.radius_m
    apex = skin.slope * z + skin.bend_per_m * z**2
    return np.asarray(apex + depth * (1 - np.sqrt(1 - (x / skin.half_width_m) ** 2)))


@dataclass(frozen=True, eq=False)
class Lobe:
    """A thyroid lobe: an ellipsoid that narrows towards its upper pole.

    Attributes:
        center_m: shape (3,).
        axes: columns are the lateral, antero-posterior and long (superior) unit axes, shape (3, 3).
        radii_m: half width, half depth, half length, shape (3,).
        taper: relative narrowing of the cross-section from the middle to the upper pole.
    """

    center_m: Array
    axes: Array
    radii_m: Array
    taper: float


@dataclass(frozen=True)
class Isthmus:
    """The bridge before the trachea: thickness, height along z, level of its middle."""

    thickness_m: float
    height_m: float
    z_m: float = 0.0


@dataclass(frozen=True, eq=False)
class Airway:
    """Trachea and larynx.

    Attributes:
        x_m, y_m: axis at z = 0; slope: posterior shift of the axis per metre towards the feet.
        radius_m: outer radius; wall_m: thickness of the front wall.
        ring_period_m, ring_phase: cartilage rings along the axis.
        larynx_z_m: level at which the rings give way to the cricoid.
    """

    x_m: float
    y_m: float
    slope: float
    radius_m: float
    wall_m: float
    ring_period_m: float
    ring_phase: float
    larynx_z_m: float


@dataclass(frozen=True, eq=False)
class Vessels:
    """Common carotid and internal jugular of one side, straight, at z = 0.

    Attributes:
        carotid_m: x, y of the carotid axis; drift: its x, y shift per metre of z.
        carotid_radius_m: inner radius at diastole; carotid_wall_m: wall thickness.
        jugular_m: x, y of the jugular axis; jugular_radii_m: lateral and antero-posterior half axes.
    """

    carotid_m: Array
    drift: Array
    carotid_radius_m: float
    carotid_wall_m: float
    jugular_m: Array
    jugular_radii_m: Array


@dataclass(frozen=True)
class Muscles:
    """Strap thickness, sternocleidomastoid thickness, half-width, |x| of its middle at z = 0, obliquity dx/dz."""

    strap_m: float
    scm_m: float
    scm_half_width_m: float
    scm_x_m: float
    scm_obliquity: float


@dataclass(frozen=True, eq=False)
class Nodule:
    """An ellipsoidal nodule inside a lobe: side (0 right, 1 left), centre, radii along the patient axes."""

    side: int
    center_m: Array
    radii_m: Array
    kind: NoduleKind


@dataclass(frozen=True)
class Motion:
    """Amplitudes and rates of the body's own motion, all functions of absolute time.

    Attributes:
        breath_m: amplitude of the skin's antero-posterior motion; breath_hz, breath_phase.
        pulse: relative widening of the carotid at systole; pulse_hz, pulse_phase.
        swallow_m: rise of the larynx; swallow_s: duration; swallow_period_s: mean interval.
    """

    breath_m: float
    breath_hz: float
    breath_phase: float
    pulse: float
    pulse_hz: float
    pulse_phase: float
    swallow_m: float
    swallow_s: float
    swallow_period_s: float


@dataclass(frozen=True, eq=False)
class Anatomy:
    """Everything drawn for one seed; `sides` are ordered right, left.

    Attributes:
        spine_y_m: depth of the front of the vertebral bodies.
        chin_m, notch_m: surface landmarks, shape (3,).
        stiffness_n_m: what a whole probe face feels; damping_s_m: Hunt-Crossley factor.
    """

    skin: Skin
    airway: Airway
    isthmus: Isthmus
    lobes: tuple[Lobe, Lobe]
    vessels: tuple[Vessels, Vessels]
    muscles: Muscles
    nodules: tuple[Nodule, ...]
    motion: Motion
    spine_y_m: float
    chin_m: Array
    notch_m: Array
    stiffness_n_m: float
    damping_s_m: float
