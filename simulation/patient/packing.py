"""The one place where an anatomy becomes a flat float64 array for the compiled kernels.

`P` is the array of parameters (fixed for a patient); every name below is an index into it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sonoreach.simulation.patient.anatomy import Anatomy
from sonoreach.types.pose import Pose

Array = NDArray[np.float64]

MAX_NODULES = 3
LOBE_SIZE = 16  # center 3, axes row-major 9, radii 3, taper 1
VESSEL_SIZE = 10  # carotid x y, drift x y, inner radius, wall, jugular x y, radii 2
NODULE_SIZE = 7  # center 3, radii 3, kind 1

(
    SEED,
    BASE_ROTATION,  # 9 numbers, row-major: patient -> base
    BASE_POSITION,  # 3 numbers
    SKIN_A,
    SKIN_B,
    SKIN_SLOPE,
    SKIN_BEND,
    SKIN_THICKNESS,
    FAT_END,  # depth at which fat ends
    STRAP,
    SCM,
    SCM_WIDTH,
    SCM_X,
    SCM_OBLIQUITY,
    AIR_X,
    AIR_Y,
    AIR_SLOPE,
    AIR_RADIUS,
    AIR_WALL,
    RING_PERIOD,
    RING_PHASE,
    LARYNX_Z,
    ISTHMUS_THICKNESS,
    ISTHMUS_HEIGHT,
    ISTHMUS_Z,
    SPINE_Y,
    BREATH_M,
    BREATH_HZ,
    BREATH_PHASE,
    PULSE,
    PULSE_HZ,
    PULSE_PHASE,
    SWALLOW_M,
    SWALLOW_S,
    SWALLOW_PERIOD,
    N_NODULES,
    LOBES,
    VESSELS,
    NODULES,
    SIZE,
) = (
    0,
    1,
    10,
    *range(13, 46),
    46,
    46 + 2 * LOBE_SIZE,
    46 + 2 * LOBE_SIZE + 2 * VESSEL_SIZE,
    46 + 2 * LOBE_SIZE + 2 * VESSEL_SIZE + MAX_NODULES * NODULE_SIZE,
)


def pack(anatomy: Anatomy, base_patient: Pose, seed: int) -> Array:
    """Flatten an anatomy and its pose in the arm's base; shape (SIZE,)."""
    skin, airway, motion, muscles = anatomy.skin, anatomy.airway, anatomy.motion, anatomy.muscles
    p = np.zeros(SIZE)
    p[SEED] = seed
    p[BASE_ROTATION : BASE_ROTATION + 9] = base_patient.rotation.ravel()
    p[BASE_POSITION : BASE_POSITION + 3] = base_patient.position_m
    p[SKIN_A], p[SKIN_B] = skin.half_width_m, skin.half_width_m**2 / skin.radius_m
    p[SKIN_SLOPE], p[SKIN_BEND] = skin.slope, skin.bend_per_m
    p[SKIN_THICKNESS], p[FAT_END] = skin.thickness_m, skin.thickness_m + skin.fat_m
    p[STRAP], p[SCM], p[SCM_WIDTH] = muscles.strap_m, muscles.scm_m, muscles.scm_half_width_m
    p[SCM_X], p[SCM_OBLIQUITY] = muscles.scm_x_m, muscles.scm_obliquity
    p[AIR_X], p[AIR_Y], p[AIR_SLOPE] = airway.x_m, airway.y_m, airway.slope
    p[AIR_RADIUS], p[AIR_WALL] = airway.radius_m, airway.wall_m
    p[RING_PERIOD], p[RING_PHASE], p[LARYNX_Z] = airway.ring_period_m, airway.ring_phase, airway.larynx_z_m
    p[ISTHMUS_THICKNESS], p[ISTHMUS_HEIGHT] = anatomy.isthmus.thickness_m, anatomy.isthmus.height_m
    p[ISTHMUS_Z], p[SPINE_Y] = anatomy.isthmus.z_m, anatomy.spine_y_m
    p[BREATH_M], p[BREATH_HZ], p[BREATH_PHASE] = motion.breath_m, motion.breath_hz, motion.breath_phase
    p[PULSE], p[PULSE_HZ], p[PULSE_PHASE] = motion.pulse, motion.pulse_hz, motion.pulse_phase
    p[SWALLOW_M], p[SWALLOW_S], p[SWALLOW_PERIOD] = motion.swallow_m, motion.swallow_s, motion.swallow_period_s
    for side in range(2):
        lobe, vessels = anatomy.lobes[side], anatomy.vessels[side]
        at = LOBES + side * LOBE_SIZE
        p[at : at + LOBE_SIZE] = [*lobe.center_m, *lobe.axes.ravel(), *lobe.radii_m, lobe.taper]
        at = VESSELS + side * VESSEL_SIZE
        tube = (vessels.carotid_radius_m, vessels.carotid_wall_m)
        p[at : at + VESSEL_SIZE] = [
            *vessels.carotid_m,
            *vessels.drift,
            *tube,
            *vessels.jugular_m,
            *vessels.jugular_radii_m,
        ]
    p[N_NODULES] = len(anatomy.nodules)
    for index, nodule in enumerate(anatomy.nodules):
        at = NODULES + index * NODULE_SIZE
        p[at : at + NODULE_SIZE] = [*nodule.center_m, *nodule.radii_m, float(nodule.kind)]
    return p
