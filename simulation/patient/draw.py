"""Draws an anatomy by seed from published adult ranges.

Sources (the table in docs/patient.md says which number comes from where, and which are our own choice):
    thyroid: Gray's Anatomy (isthmus before rings 2-4, about 12.5 mm high); cadaver and ultrasound series with lobes
        of 43 and 42 mm, widths of 15 and 14 mm, the right larger; isthmus under 5 mm (Rumack, Diagnostic Ultrasound).
    trachea: Breatnach et al., AJR 142:903 (1984); Lee et al., J Korean Radiol Soc 24:265 (1988).
    carotid: Krejza et al., Stroke 37:1103 (2006), inner diameter 6.1 ± 0.8 mm (women), 6.5 ± 1.0 mm (men).
    nodules: Guth et al., Eur J Clin Invest 39:699 (2009), found by ultrasound in up to 68 % of adults.
    swallow: Molfenter and Steele, Dysphagia 26:67 (2011).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sonoreach.simulation.patient.anatomy import (
    Airway,
    Anatomy,
    Isthmus,
    Lobe,
    Motion,
    Muscles,
    Nodule,
    NoduleKind,
    Skin,
    Vessels,
    skin_height,
)

Array = NDArray[np.float64]
MM = 1e-3


def draw_anatomy(rng: np.random.Generator) -> Anatomy:
    """Draw one adult neck; the same generator state gives the same neck."""
    skin = Skin(
        half_width_m=rng.uniform(56, 64) * MM,
        radius_m=rng.uniform(55, 75) * MM,
        slope=rng.uniform(-0.06, 0.06),
        bend_per_m=-rng.uniform(0.2, 0.8),
        thickness_m=rng.uniform(1.2, 1.9) * MM,
        fat_m=float(np.clip(rng.normal(4.2, 1.5), 2, 8)) * MM,
    )
    muscles = Muscles(
        strap_m=rng.uniform(2, 4) * MM,
        scm_m=rng.uniform(8, 12) * MM,
        scm_half_width_m=rng.uniform(15, 19) * MM,
        scm_x_m=rng.uniform(38, 43) * MM,
        scm_obliquity=rng.uniform(0.2, 0.4),
    )
    isthmus = Isthmus(thickness_m=rng.uniform(2, 5) * MM, height_m=rng.uniform(12, 18) * MM)
    airway = _airway(rng, skin, isthmus)
    lobes = (_lobe(rng, 0, skin, muscles, isthmus, airway), _lobe(rng, 1, skin, muscles, isthmus, airway))
    deepest = max(float(lobe.center_m[1] + lobe.radii_m[1]) for lobe in lobes)
    spine_y = max(rng.uniform(40, 50) * MM, airway.y_m + airway.radius_m + 4 * MM, deepest + 5 * MM)
    chin_z = rng.uniform(75, 100) * MM
    notch_z = -rng.uniform(15, 35) * MM
    return Anatomy(
        skin=skin,
        airway=airway,
        isthmus=isthmus,
        lobes=lobes,
        vessels=(_vessels(rng, 0, lobes[0]), _vessels(rng, 1, lobes[1])),
        muscles=muscles,
        nodules=_nodules(rng, lobes),
        motion=_motion(rng),
        spine_y_m=spine_y,
        chin_m=np.array([0.0, skin_height(skin, 0.0, chin_z) - rng.uniform(8, 20) * MM, chin_z]),
        notch_m=np.array([0.0, skin_height(skin, 0.0, notch_z), notch_z]),
        stiffness_n_m=rng.uniform(800, 1600),
        damping_s_m=rng.uniform(0.6, 1.2),
    )


def _airway(rng: np.random.Generator, skin: Skin, isthmus: Isthmus) -> Airway:
    radius = float(np.clip(rng.normal(10.0, 1.25), 7.5, 12.5)) * MM
    front = skin.thickness_m + skin.fat_m + rng.uniform(1.5, 3.0) * MM + isthmus.thickness_m + 0.5 * MM
    return Airway(
        x_m=float(np.clip(rng.normal(0, 1.2), -3, 3)) * MM,
        y_m=front + radius,
        slope=rng.uniform(0.02, 0.12) - skin.slope,
        radius_m=radius,
        wall_m=rng.uniform(1.4, 2.1) * MM,
        ring_period_m=rng.uniform(3.6, 4.6) * MM,
        ring_phase=rng.uniform(0, 1),
        larynx_z_m=isthmus.height_m / 2 + rng.uniform(9, 14) * MM,
    )


def _lobe(rng: np.random.Generator, side: int, skin: Skin, muscles: Muscles, isthmus: Isthmus, airway: Airway) -> Lobe:
    sign = -1.0 if side == 0 else 1.0
    scale = 1.03 if side == 0 else 0.97  # the right lobe is a little larger
    radii = (
        0.5
        * MM
        * scale
        * np.array(
            [
                np.clip(rng.normal(15, 2.4), 10, 21),
                np.clip(rng.normal(15, 2.4), 9.5, 21),
                np.clip(rng.normal(43, 5), 34, 49),
            ]
        )
    )
    lateral, posterior = rng.uniform(0.05, 0.18), rng.uniform(0.0, 0.08)
    long_axis = np.array([sign * lateral, skin.slope + posterior, 1.0])
    long_axis /= np.linalg.norm(long_axis)
    across = np.array([1.0, 0.0, 0.0]) - long_axis * long_axis[0]
    across /= np.linalg.norm(across)
    axes = np.column_stack([across, np.cross(long_axis, across), long_axis])
    z = isthmus.height_m / 2 + rng.uniform(2, 4) * MM  # the isthmus joins the lower third
    overlap = rng.uniform(0.3, 1.0) * MM
    x = airway.radius_m
    for _ in range(30):  # slide outwards until the lobe just hugs the trachea
        y = float(skin_height(skin, x, z)) + skin.thickness_m + skin.fat_m + muscles.strap_m + 1.0 * MM + radii[1]
        t = np.linspace(0, 2 * np.pi, 120)
        rim = np.hypot(x + radii[0] * np.cos(t), y + radii[1] * np.sin(t) - (airway.y_m - airway.slope * z))
        if rim.min() >= airway.radius_m - overlap:
            break
        x += 0.4 * MM
    return Lobe(np.array([airway.x_m + sign * x, y, z]), axes, radii, taper=rng.uniform(0.1, 0.3))


def _vessels(rng: np.random.Generator, side: int, lobe: Lobe) -> Vessels:
    sign = -1.0 if side == 0 else 1.0
    radius = float(np.clip(rng.normal(6.5, 0.5), 5.5, 7.5)) * MM / 2
    wall = rng.uniform(0.6, 0.8) * MM
    angle = rng.uniform(0.2, 0.8)  # posterior of lateral, seen from the lobe's centre
    direction = np.array([sign * np.cos(angle), np.sin(angle)])
    reach = 1 / np.hypot(*(direction / lobe.radii_m[:2])) + radius + wall + rng.uniform(0.3, 1.5) * MM
    drift = lobe.axes[:2, 2] / lobe.axes[2, 2]
    carotid = lobe.center_m[:2] + reach * direction - drift * lobe.center_m[2]
    radii = np.array([rng.uniform(5, 7.5), rng.uniform(3.5, 5.5)]) * MM
    # 10 ± 3 mm lateral of the carotid, and never through its wall
    offset = max(float(np.clip(rng.normal(10, 3), 6, 16)) * MM, radius + wall + radii[0] * 0.9)
    jugular = carotid + np.array([sign * offset, -rng.uniform(0, 4) * MM])
    return Vessels(carotid, drift, radius, wall, jugular, radii)


def _nodules(rng: np.random.Generator, lobes: tuple[Lobe, Lobe]) -> tuple[Nodule, ...]:
    nodules: list[Nodule] = []
    for _ in range(int(rng.choice(4, p=[0.4, 0.3, 0.2, 0.1]))):
        side = int(rng.integers(2))
        lobe = lobes[side]
        limit = min(10.0 * MM, 0.65 * float(lobe.radii_m[:2].min()))
        radii = min(limit, rng.uniform(2, 10) * MM) * rng.uniform([0.85, 0.75, 0.9], [1.0, 1.0, 1.15])
        room = np.maximum(lobe.radii_m - radii.max() - 0.8 * MM, 0) * np.array([0.6, 0.6, 0.6])
        center = lobe.center_m + lobe.axes @ (rng.uniform(-1, 1, 3) * room)
        kind = NoduleKind(int(rng.choice(4, p=[0.5, 0.2, 0.15, 0.15])))
        apart = [float(np.linalg.norm(center - n.center_m)) - n.radii_m.max() - radii.max() for n in nodules]
        if not apart or min(apart) > 0.5 * MM:
            nodules.append(Nodule(side, center, radii, kind))
    return tuple(nodules)


def _motion(rng: np.random.Generator) -> Motion:
    return Motion(
        breath_m=rng.uniform(1.5, 4.0) * MM,
        breath_hz=rng.uniform(0.2, 0.3),
        breath_phase=rng.uniform(0, 2 * np.pi),
        pulse=rng.uniform(0.06, 0.12),
        pulse_hz=rng.uniform(1.0, 1.3),
        pulse_phase=rng.uniform(0, 2 * np.pi),
        swallow_m=rng.uniform(10, 20) * MM,
        swallow_s=rng.uniform(0.9, 1.3),
        swallow_period_s=rng.uniform(40, 50),
    )
