"""What the network speaks of: its planes and its classes, in the order of its outputs."""

from sonoreach.types.structures import Structure

PLANES = (
    "right_transverse",
    "right_longitudinal",
    "isthmus_transverse",
    "left_transverse",
    "left_longitudinal",
)
# Mirroring a neck left to right turns plane i into plane MIRRORED[i].
MIRRORED = (3, 4, 2, 0, 1)
# What the network tells apart. Skin, fat, bone and connective tissue matter to no plane, and become SOFT.
CLASSES = (
    Structure.NONE,
    Structure.SOFT,
    Structure.MUSCLE,
    Structure.THYROID,
    Structure.NODULE,
    Structure.TRACHEA,
    Structure.CAROTID,
    Structure.JUGULAR,
)
